/* virt-admin's connection, what its options can be completed with, and what it is. */
#include <libvirt/libvirt-admin.h>
#include <stdlib.h>
#include <string.h>

#include "shell/commands.h"
#include "shell/completion.h"

static void
on_close(virAdmConnectPtr admin, int reason, void *opaque)
{
    Shell *sh = opaque;
    shell_error(sh, "%s", "Disconnected from the daemon");
    sh->lost = TRUE;
}

gboolean
shell_connect(Shell *sh)
{
    if (sh->admin && sh->lost)
        shell_disconnect(sh);
    if (sh->admin)
        return TRUE;
    sh->lost = FALSE;
    sh->admin = virAdmConnectOpen(sh->uri, 0);
    if (!sh->admin) {
        shell_save_error(sh);
        shell_error(sh, "%s", "Failed to connect to the admin server");
        if (!sh->silent)
            shell_report_error(sh);
        return FALSE;
    }
    if (virAdmConnectRegisterCloseCallback(sh->admin, on_close, sh, NULL) < 0)
        virResetLastError();
    return TRUE;
}

void
shell_disconnect(Shell *sh)
{
    if (!sh->admin)
        return;
    if (virAdmConnectUnregisterCloseCallback(sh->admin, on_close) < 0)
        virResetLastError();
    virAdmConnectClose(sh->admin);
    sh->admin = NULL;
}

void
shell_complete_value(Completion *c)
{
    virAdmServerPtr *servers = NULL;
    if (strcmp(c->option->name, "server") != 0 || !completion_connect(c))
        return;
    int n = virAdmConnectListServers(c->sh->admin, &servers, 0);
    for (int i = 0; i < n; i++) {
        completion_add(c, virAdmServerGetName(servers[i]));
        virAdmServerFree(servers[i]);
    }
    free(servers);
    virResetLastError();
}

const Group shell_groups[] = {
    {"Virt-admin itself", "virt-admin", admin_commands},
    {"Monitoring commands", "monitor", servers_commands},
    {"Management commands", "management", manage_commands},
    {NULL},
};

const Program shell_program = {
    .name = "virt-admin",
    .welcome = "virt-admin, the administrating virtualization interactive terminal",
    .about = "Virt-admin command line tool of libvirt",
    .features = "Compiled with support for: Daemon Debug Readline\n",
    .uri_variable = "VIRT_ADMIN_DEFAULT_CONNECT_URI",
    .options = "+:c:d:hl:o:qvV",
    .usage = "    -c | --connect=URI      daemon admin connection URI\n"
             "    -d | --debug=NUM        debug level [0-4]\n"
             "    -h | --help             this help\n"
             "    -l | --log=FILE         output logging to file\n"
             "    -o | --output=FORMAT    print text (default), json or yaml\n"
             "    -q | --quiet            quiet mode\n"
             "    -v                      short version\n"
             "    -V                      long version\n"
             "         --version[=TYPE]   version, TYPE is short or long (default short)\n",
};
