/* dnsmasq as a process: started, told of changes, ended, found again after the daemon's death. */
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/command.h"
#include "drivers/network/network.h"

static char *
lib_file(const VrInstance *instance, const char *name, const char *ending)
{
    return vr_files_path(network_driver(instance)->lib, name, ending);
}

/* dnsmasq rereads its hosts as nobody. */
static int
write_file(const char *path, const char *text, int mode)
{
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, &error))
        return 0;
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_SYSTEM_ERROR, "cannot write '%s': %s", path, error->message);
}

static int
write_files(VrInstance *instance, const NetworkDef *def, const NetworkDnsmasqFiles *files)
{
    const char *lib = network_driver(instance)->lib;
    g_autofree char *conf = lib_file(instance, def->name, ".conf"), *hosts = lib_file(instance, def->name, ".hostsfile");
    g_autofree char *names = lib_file(instance, def->name, ".addnhosts");
    if (g_mkdir_with_parents(lib, 0755) < 0 || g_mkdir_with_parents(instance->state, 0755) < 0)
        return vr_error_system(VIR_FROM_NETWORK, errno, "cannot create directory %s", lib);
    if (write_file(conf, files->conf, 0600) < 0 || write_file(hosts, files->hosts, 0644) < 0 ||
        write_file(names, files->addn_hosts, 0644) < 0)
        return -1;
    return 0;
}

/* The pid of the dnsmasq that serves DEF, or 0: the file may be old, and its number somebody else's by now. */
static pid_t
find_process(const VrInstance *instance, const NetworkDef *def)
{
    g_autofree char *pid_file = vr_files_path(instance->state, def->name, ".pid");
    g_autofree char *conf = lib_file(instance, def->name, ".conf");
    g_autofree char *wanted = g_strconcat("--conf-file=", conf, NULL);
    g_autofree char *text = NULL, *words = NULL;
    gsize size = 0;
    if (!g_file_get_contents(pid_file, &text, NULL, NULL))
        return 0;
    gint64 pid = g_ascii_strtoll(text, NULL, 10);
    g_autofree char *cmdline = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    if (pid <= 1 || pid > G_MAXINT || !g_file_get_contents(cmdline, &words, &size, NULL))
        return 0;
    for (const char *word = words; word < words + size; word += strlen(word) + 1) {
        if (strcmp(word, wanted) == 0)
            return (pid_t)pid;
    }
    return 0;
}

bool
network_service_runs(VrInstance *instance, const NetworkDef *def)
{
    return find_process(instance, def) != 0;
}

#define PATIENCE_MS 3000

/* Wait until the process behind FD is over, not merely dying: only then are its sockets free. */
static bool
wait_for_end(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    int n;
    while ((n = poll(&poller, 1, PATIENCE_MS)) < 0 && errno == EINTR)
        continue;
    return n > 0;
}

static void
end_process(VrInstance *instance, const NetworkDef *def)
{
    pid_t pid = find_process(instance, def);
    int fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (fd < 0)
        return;
    kill(pid, SIGTERM);
    if (!wait_for_end(fd)) {
        kill(pid, SIGKILL);
        wait_for_end(fd);
    }
    close(fd);
}

static int
launch(VrInstance *instance, const NetworkDef *def)
{
    const NetworkDriver *driver = network_driver(instance);
    if (!driver->dnsmasq)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                        "network '%s' needs dnsmasq, which is not installed on this host", def->name);
    g_autofree char *file = lib_file(instance, def->name, ".conf");
    g_autoptr(VrCommand) command = vr_command_new(driver->dnsmasq, NULL);
    vr_command_addf(command, "--conf-file=%s", file);
    vr_command_add(command, "--leasefile-ro", NULL);
    vr_command_addf(command, "--dhcp-script=%s", driver->helper);
    vr_command_env(command, "VIR_BRIDGE_NAME", def->bridge.name);
    if (instance->root || !instance->privileged)
        vr_command_env(command, "VIREO_DNSMASQ_DIR", driver->lib);
    return vr_command_run(command, NULL);
}

int
network_service_start(VrInstance *instance, const NetworkDef *def)
{
    g_auto(NetworkDnsmasqFiles) files = {0};
    if (!network_wants_dnsmasq(def))
        return 0;
    if (network_dnsmasq_files(instance, def, &files) < 0 || write_files(instance, def, &files) < 0)
        return -1;
    /* one that outlived its network would hold the address */
    end_process(instance, def);
    return launch(instance, def);
}

void
network_service_stop(VrInstance *instance, const NetworkDef *def)
{
    static const char *const endings[] = {".conf", ".hostsfile", ".addnhosts"};
    static const char *const bridge_endings[] = {".status", ".macs"};
    end_process(instance, def);
    g_autofree char *pid_file = vr_files_path(instance->state, def->name, ".pid");
    g_unlink(pid_file);
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = lib_file(instance, def->name, endings[i]);
        g_unlink(path);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bridge_endings); i++) {
        g_autofree char *path = lib_file(instance, def->bridge.name, bridge_endings[i]);
        g_unlink(path);
    }
}

int
network_service_refresh(VrInstance *instance, const NetworkDef *def)
{
    g_auto(NetworkDnsmasqFiles) files = {0};
    g_autofree char *path = lib_file(instance, def->name, ".conf");
    g_autofree char *before = NULL;
    if (!network_wants_dnsmasq(def)) {
        network_service_stop(instance, def);
        return 0;
    }
    g_file_get_contents(path, &before, NULL, NULL);
    if (network_dnsmasq_files(instance, def, &files) < 0 || write_files(instance, def, &files) < 0)
        return -1;
    pid_t pid = find_process(instance, def);
    if (pid && g_strcmp0(before, files.conf) == 0)
        return kill(pid, SIGHUP) < 0 ? vr_error_system(VIR_FROM_NETWORK, errno, "cannot tell dnsmasq about changes") : 0;
    end_process(instance, def);
    return launch(instance, def);
}
