/* The session's connection: opened when the first command needs it, dropped when it is lost. */
#include "shell/commands.h"

static void
on_close(virConnectPtr conn, int reason, void *opaque)
{
    static const char *const why[] = {
        [VIR_CONNECT_CLOSE_REASON_ERROR] = "I/O error",
        [VIR_CONNECT_CLOSE_REASON_EOF] = "end of file",
        [VIR_CONNECT_CLOSE_REASON_KEEPALIVE] = "keepalive timeout",
    };
    Shell *sh = opaque;
    if ((guint)reason >= G_N_ELEMENTS(why))
        return;
    g_autofree char *uri = virConnectGetURI(conn);
    shell_error(sh, "Disconnected from %s due to %s", uri ? uri : "the hypervisor", why[reason]);
    sh->lost = TRUE;
}

gboolean
shell_connect(Shell *sh)
{
    if (sh->conn && sh->lost)
        shell_disconnect(sh);
    if (sh->conn)
        return TRUE;
    sh->lost = FALSE;
    sh->conn = virConnectOpenAuth(sh->uri, virConnectAuthPtrDefault, sh->read_only ? VIR_CONNECT_RO : 0);
    if (!sh->conn) {
        shell_save_error(sh);
        shell_error(sh, "failed to connect to the hypervisor");
        if (!sh->silent)
            shell_report_error(sh);
        return FALSE;
    }
    /* Drivers that live in this process have neither: that is no error. */
    if (virConnectRegisterCloseCallback(sh->conn, on_close, sh, NULL) < 0)
        virResetLastError();
    if (sh->keepalive_interval >= 0 &&
        virConnectSetKeepAlive(sh->conn, sh->keepalive_interval, (unsigned int)sh->keepalive_count) < 0)
        virResetLastError();
    return TRUE;
}

void
shell_disconnect(Shell *sh)
{
    if (!sh->conn)
        return;
    if (virConnectUnregisterCloseCallback(sh->conn, on_close) < 0)
        virResetLastError();
    virConnectClose(sh->conn);
    sh->conn = NULL;
}

gboolean
run_connect(Shell *sh, const Args *args)
{
    shell_disconnect(sh);
    g_free(sh->uri);
    sh->uri = g_strdup(args_string(args, "name"));
    sh->read_only = args_flag(args, "readonly");
    return shell_connect(sh);
}
