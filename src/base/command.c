/* Starting a program, feeding and draining it until it ends: see command.h. */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/log.h"

#define MAX_OUTPUT (64u << 20)

struct VrCommand {
    GPtrArray *argv;
    GPtrArray *env;
    GByteArray *input;
    int uid, gid;
    int cancel;
};

static void
add_list(VrCommand *command, va_list args)
{
    for (const char *arg; (arg = va_arg(args, const char *));)
        g_ptr_array_add(command->argv, g_strdup(arg));
}

VrCommand *
vr_command_new(const char *program, ...)
{
    VrCommand *command = g_new0(VrCommand, 1);
    command->argv = g_ptr_array_new_with_free_func(g_free);
    command->env = g_ptr_array_new_with_free_func(g_free);
    command->uid = command->gid = command->cancel = -1;
    g_ptr_array_add(command->argv, g_strdup(program));
    va_list args;
    va_start(args, program);
    add_list(command, args);
    va_end(args);
    static const char *const passed[] = {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR"};
    for (gsize i = 0; i < G_N_ELEMENTS(passed); i++) {
        const char *value = g_getenv(passed[i]);
        if (value)
            vr_command_env(command, passed[i], value);
    }
    vr_command_env(command, "LC_ALL", "C");
    return command;
}

void
vr_command_free(VrCommand *command)
{
    if (!command)
        return;
    g_ptr_array_unref(command->argv);
    g_ptr_array_unref(command->env);
    if (command->input) {
        explicit_bzero(command->input->data, command->input->len); /* passwords go this way */
        g_byte_array_unref(command->input);
    }
    g_free(command);
}

void
vr_command_add(VrCommand *command, ...)
{
    va_list args;
    va_start(args, command);
    add_list(command, args);
    va_end(args);
}

void
vr_command_addf(VrCommand *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(command->argv, g_strdup_vprintf(format, args));
    va_end(args);
}

void
vr_command_env(VrCommand *command, const char *name, const char *value)
{
    g_ptr_array_add(command->env, g_strdup_printf("%s=%s", name, value));
}

void
vr_command_input(VrCommand *command, const void *data, gsize length)
{
    if (!command->input)
        command->input = g_byte_array_new();
    g_byte_array_append(command->input, data, (guint)length);
}

void
vr_command_user(VrCommand *command, int uid, int gid)
{
    command->uid = uid == (int)geteuid() ? -1 : uid;
    command->gid = gid == (int)getegid() ? -1 : gid;
}

void
vr_command_cancel(VrCommand *command, int fd)
{
    command->cancel = fd;
}

char *
vr_command_find(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? g_strdup(name) : NULL;
    char *path = g_find_program_in_path(name);
    static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin"}; /* a user's PATH lacks some */
    for (gsize i = 0; !path && i < G_N_ELEMENTS(folders); i++) {
        path = g_build_filename(folders[i], name, NULL);
        if (access(path, X_OK) < 0)
            g_clear_pointer(&path, g_free);
    }
    return path;
}

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* In the child, with only what a signal handler may do. */
G_GNUC_NORETURN static void
child(const VrCommand *command, const char *path, const int *fds, int report)
{
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    bool ready = true;
    for (int i = 0; i < 3; i++)
        ready = ready && dup2(fds[i], i) >= 0;
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
        for (int fd = 3; fd < 4096; fd++)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    if (command->gid >= 0 || command->uid >= 0)
        ready = ready && setgroups(0, NULL) == 0;
    if (command->gid >= 0)
        ready = ready && setresgid((gid_t)command->gid, (gid_t)command->gid, (gid_t)command->gid) == 0;
    if (command->uid >= 0)
        ready = ready && setresuid((uid_t)command->uid, (uid_t)command->uid, (uid_t)command->uid) == 0;
    if (ready)
        execve(path, (char **)command->argv->pdata, (char **)command->env->pdata);
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof(error));
    (void)ignored;
    _exit(127);
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void
close_pair(int (*pair)[2])
{
    close_fd(&(*pair)[0]);
    close_fd(&(*pair)[1]);
}

typedef int Pair[2];
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, close_pair)

/* Our ends of the program's descriptors. */
typedef struct {
    pid_t pid;
    int in, out, err;
} Running;

/* Start it; -1 with the error set, also when it cannot be executed. */
static int
start(const VrCommand *command, const char *path, Running *ret_running)
{
    g_auto(Pair) in = {-1, -1}, out = {-1, -1}, err = {-1, -1}, report = {-1, -1};
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot create pipe for '%s'", path);
    pid_t pid = fork();
    if (pid == 0)
        child(command, path, (int[]){in[0], out[1], err[1]}, report[1]);
    if (pid < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot fork child process");
    close_fd(&report[1]);
    int error = 0;
    ssize_t got;
    do {
        got = read(report[0], &error, sizeof(error));
    } while (got < 0 && errno == EINTR);
    if (got == sizeof(error)) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        return vr_error_system(VIR_FROM_NONE, error, "cannot execute binary %s", path);
    }
    *ret_running = (Running){pid, in[1], out[0], err[0]};
    in[1] = out[0] = err[0] = -1;
    return 0;
}

/* Read what is there; FALSE at the end. */
static bool
drain(int fd, GString *text)
{
    char part[16384];
    ssize_t n = read(fd, part, sizeof(part));
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n > 0 && text->len + (gsize)n <= MAX_OUTPUT)
        g_string_append_len(text, part, n);
    return n > 0;
}

/* Until it has closed its outputs; FALSE when it was to be cancelled. */
static bool
converse(const VrCommand *command, Running *run, GString *out, GString *err)
{
    gsize sent = 0, size = command->input ? command->input->len : 0;
    fcntl(run->in, F_SETFL, O_NONBLOCK);
    while (run->out >= 0 || run->err >= 0) {
        if (sent >= size)
            close_fd(&run->in);
        struct pollfd fds[] = {{run->in, POLLOUT, 0}, {run->out, POLLIN, 0}, {run->err, POLLIN, 0}, {command->cancel, POLLIN, 0}};
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
            continue;
        if (fds[3].revents)
            return false;
        if (fds[0].revents) {
            ssize_t n = write(run->in, command->input->data + sent, size - sent);
            sent = n >= 0 ? sent + (gsize)n : errno == EAGAIN || errno == EINTR ? sent : size;
        }
        if (fds[1].revents && !drain(run->out, out))
            close_fd(&run->out);
        if (fds[2].revents && !drain(run->err, err))
            close_fd(&run->err);
    }
    return true;
}

/* The command as people would type it. */
static char *
as_text(const VrCommand *command, const char *path)
{
    GString *text = g_string_new(path);
    for (guint i = 1; i + 1 < command->argv->len; i++) {
        const char *arg = command->argv->pdata[i];
        bool plain = *arg && !arg[strcspn(arg, " \t\r\n;|&<>()$`\\\"'*?#~")];
        g_autofree char *quoted = plain ? NULL : g_shell_quote(arg);
        g_string_append_printf(text, " %s", plain ? arg : quoted);
    }
    return g_string_free(text, FALSE);
}

static int
run(VrCommand *command, int *ret_wait, char **ret_out, char **ret_err, char **ret_text)
{
    const char *name = command->argv->pdata[0];
    g_autofree char *path = vr_command_find(name);
    if (!path)
        return vr_error_system(VIR_FROM_NONE, ENOENT, "Cannot find '%s' in path", name);
    if (!command->argv->pdata[command->argv->len - 1])
        g_ptr_array_set_size(command->argv, (int)command->argv->len - 1);
    g_ptr_array_add(command->argv, NULL);
    g_ptr_array_add(command->env, NULL);
    g_autofree char *text = as_text(command, path);
    vr_debug("command", "running %s", text);
    Running running = {-1, -1, -1, -1};
    int started = start(command, path, &running);
    g_ptr_array_set_size(command->env, (int)command->env->len - 1);
    if (started < 0)
        return -1;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) err = g_string_new(NULL);
    bool whole = converse(command, &running, out, err);
    if (!whole)
        kill(-running.pid, SIGKILL);
    close_fd(&running.in);
    close_fd(&running.out);
    close_fd(&running.err);
    int status = 0;
    pid_t waited;
    do {
        waited = waitpid(running.pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    if (!whole)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_ABORTED, "'%s' was cancelled", text);
    if (waited < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "unable to wait for process %lld", (long long)running.pid);
    *ret_wait = status;
    if (ret_out)
        *ret_out = g_string_free(g_steal_pointer(&out), FALSE);
    if (ret_err)
        *ret_err = g_string_free(g_steal_pointer(&err), FALSE);
    if (ret_text)
        *ret_text = g_steal_pointer(&text);
    return 0;
}

int
vr_command_status(VrCommand *command, int *ret_status, char **ret_out, char **ret_err)
{
    int status;
    g_autofree char *text = NULL;
    if (run(command, &status, ret_out, ret_err, &text) < 0)
        return -1;
    if (!WIFEXITED(status))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Child process (%s) unexpected fatal signal %d", text,
                        WTERMSIG(status));
    *ret_status = WEXITSTATUS(status);
    return 0;
}

int
vr_command_run(VrCommand *command, char **ret_out)
{
    int status;
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    g_autofree char *text = NULL;
    if (run(command, &status, &out, &err, &text) < 0)
        return -1;
    if (!WIFEXITED(status))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Child process (%s) unexpected fatal signal %d: %s", text,
                        WTERMSIG(status), err);
    if (WEXITSTATUS(status) != 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Child process (%s) unexpected exit status %d: %s", text,
                        WEXITSTATUS(status), *err ? err : out);
    if (ret_out)
        *ret_out = g_steal_pointer(&out);
    return 0;
}
