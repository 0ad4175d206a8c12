/* See polkit.h: over D-Bus by a module of ours where there is one, else by polkit's own pkcheck. */
#include "daemon/polkit.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "rpc/tls.h"

extern char **environ;

/* When the process began, so that a process that takes over its number is not taken for it; 0 when it is gone. */
static unsigned long long
start_time(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    /* The second field is a name in parentheses, which may hold anything. */
    const char *after = strrchr(text, ')');
    unsigned long long start = 0;
    if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &start) != 1)
        return 0;
    return start;
}

/* The module's function, or NULL. */
static VrPolkitAsk
bus_module(void)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        const void *ask = vr_rpc_module(VR_POLKIT_MODULE, VR_POLKIT_SYMBOL);
        vr_error_clear();
        g_once_init_leave(&once, ask ? (gsize)ask : 1);
    }
    return once == 1 ? NULL : (VrPolkitAsk)once;
}

static int
refuse(int answer, const char *action)
{
    if (answer == 2)
        return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_UNAVAILABLE, "no polkit agent available to authenticate action '%s'", action);
    return vr_error(VIR_FROM_RPC, VIR_ERR_ACCESS_DENIED, "polkit: action '%s' is not allowed", action);
}

static int run_pkcheck(DaemonClient *client, unsigned long long start, const char *action, const char *const *details,
                       gboolean interactive);

int
daemon_polkit_check(DaemonClient *client, const char *action, const char *const *details, gboolean interactive)
{
    unsigned long long start = client->pid > 0 ? start_time(client->pid) : 0;
    if (!start)
        return vr_error(VIR_FROM_RPC, VIR_ERR_ACCESS_DENIED, "polkit can only be asked about processes of this host");
    VrPolkitAsk ask = bus_module();
    int answer = ask ? ask(client->pid, start, client->uid, action, details, interactive) : -1;
    if (answer < 0) {
        vr_error_clear();
        return run_pkcheck(client, start, action, details, interactive);
    }
    return answer == 1 ? 0 : refuse(answer, action);
}

static int
run_pkcheck(DaemonClient *client, unsigned long long start, const char *action, const char *const *details,
            gboolean interactive)
{
    g_autofree char *process = g_strdup_printf("%d,%llu,%d", (int)client->pid, start, (int)client->uid);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    static const char *const head[] = {"pkcheck", "--action-id"};
    for (gsize i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(argv, (char *)head[i]);
    g_ptr_array_add(argv, (char *)action);
    g_ptr_array_add(argv, "--process");
    g_ptr_array_add(argv, process);
    for (; details && details[0]; details += 2) {
        g_ptr_array_add(argv, "--detail");
        g_ptr_array_add(argv, (char *)details[0]);
        g_ptr_array_add(argv, (char *)details[1]);
    }
    if (interactive)
        g_ptr_array_add(argv, "--allow-user-interaction");
    g_ptr_array_add(argv, NULL);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    pid_t pid;
    int bad = posix_spawnp(&pid, "pkcheck", &actions, NULL, (char **)argv->pdata, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (bad)
        return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_UNAVAILABLE, "cannot run pkcheck to ask polkit: %s", g_strerror(bad));
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return vr_error_system(VIR_FROM_RPC, errno, "cannot wait for pkcheck");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return refuse(WIFEXITED(status) ? WEXITSTATUS(status) : 1, action);
}
