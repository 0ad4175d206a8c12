/* Starting an emulator: see spawn.h.  Between fork and exec only what a signal handler might do. */
#include "drivers/qemu/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* What the child tells when it cannot go on. */
typedef struct {
    int step, error;
} Failure;

static const char *const steps[] = {"enter its control group", "change to its folder", "open /dev/null", "use its log",
                                    "keep a descriptor", "be executed"};
enum { GROUP, FOLDER, INPUT, OUTPUT, KEEP, EXECUTE };

G_GNUC_NORETURN static void
fail(int report, int step)
{
    Failure failure = {step, errno};
    ssize_t ignored = write(report, &failure, sizeof(failure));
    (void)ignored;
    _exit(127);
}

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* Whatever the process around us left open ends with exec. */
static void
close_on_exec(void)
{
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = 3; fd < 4096; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

G_GNUC_NORETURN static void
child(const QemuSpawn *spawn, int report)
{
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    umask(0002);
    for (gsize i = 0; i < spawn->n_groups; i++) {
        if (write(spawn->groups[i], "0", 1) < 0)
            fail(report, GROUP);
    }
    if (spawn->folder && chdir(spawn->folder) < 0)
        fail(report, FOLDER);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0)
        fail(report, INPUT);
    if (dup2(spawn->log, 1) < 0 || dup2(spawn->log, 2) < 0)
        fail(report, OUTPUT);
    close_on_exec();
    for (gsize i = 0; i < spawn->n_keep; i++) {
        if (fcntl(spawn->keep[i], F_SETFD, 0) < 0)
            fail(report, KEEP);
    }
    execve(spawn->argv[0], spawn->argv, spawn->environment);
    fail(report, EXECUTE);
}

pid_t
qemu_spawn(const QemuSpawn *spawn)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot make a pipe to '%s'", spawn->argv[0]);
    pid_t pid = fork();
    if (pid == 0)
        child(spawn, report[1]);
    int error = errno;
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return vr_error_system(VIR_FROM_QEMU, error, "cannot fork for '%s'", spawn->argv[0]);
    }
    Failure failure;
    ssize_t got;
    do {
        got = read(report[0], &failure, sizeof(failure));
    } while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got != sizeof(failure))
        return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return vr_error_system(VIR_FROM_QEMU, failure.error, "emulator '%s' cannot %s", spawn->argv[0],
                           steps[CLAMP(failure.step, 0, (int)G_N_ELEMENTS(steps) - 1)]);
}
