/* Starting an emulator: see spawn.h.  Between fork and exec only what a signal handler might do. */
#include "drivers/qemu/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* What the child tells when it cannot go on. */
typedef struct {
    int step, error;
} Failure;

/* What may fail, as the error puts it. */
#define STEPS(X)                                                                                   \
    X(NUMBER, "write its number down")                                                             \
    X(GROUP, "enter its control group")                                                            \
    X(LIMIT, "have its limits raised")                                                             \
    X(CPUS, "run on its processors alone")                                                         \
    X(MEMORY, "have its memory on its nodes")                                                      \
    X(CORE, "be scheduled apart from other guests")                                                \
    X(DEV, "get a /dev of its own")                                                                \
    X(FOLDER, "change to its folder")                                                              \
    X(INPUT, "open /dev/null")                                                                     \
    X(OUTPUT, "use its log")                                                                       \
    X(KEEP, "keep a descriptor")                                                                   \
    X(USER, "become its user")                                                                     \
    X(RIGHTS, "give up root's rights")                                                             \
    X(EXECUTE, "be executed")

#define STEP_NAME(name, words) name,
#define STEP_WORDS(name, words) words,
enum { STEPS(STEP_NAME) };
static const char *const steps[] = {STEPS(STEP_WORDS)};

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

#ifndef PR_SCHED_CORE_SCOPE_THREAD_GROUP
#define PR_SCHED_CORE_SCOPE_THREAD_GROUP 1
#endif

/* Limits and places, while it is still root. */
static void
confine(const QemuSpawn *spawn, int report)
{
    for (gsize i = 0; i < spawn->n_limits; i++) {
        if (setrlimit((__rlimit_resource_t)spawn->limits[i].what, &spawn->limits[i].limit) < 0)
            fail(report, LIMIT);
    }
    if (spawn->cpus && sched_setaffinity(0, spawn->cpus_size, spawn->cpus) < 0)
        fail(report, CPUS);
    if (spawn->memory_mode >= 0 && syscall(SYS_set_mempolicy, spawn->memory_mode, spawn->memory_nodes,
                                           QEMU_NODE_WORDS * sizeof(unsigned long) * 8) < 0)
        fail(report, MEMORY);
    if (spawn->core_apart && prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0) < 0)
        fail(report, CORE);
}

static void
give_up_rights(int report)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            fail(report, RIGHTS);
    }
    if (syscall(SYS_capset, &header, none) < 0)
        fail(report, RIGHTS);
}

static void
write_number(int fd, int report)
{
    char digits[24], *at = digits + sizeof(digits);
    *--at = '\n';
    for (long n = getpid(); n > 0; n /= 10)
        *--at = (char)('0' + n % 10);
    if (write(fd, at, (size_t)(digits + sizeof(digits) - at)) < 0)
        fail(report, NUMBER);
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
    if (spawn->pid_file >= 0)
        write_number(spawn->pid_file, report);
    confine(spawn, report);
    if (spawn->dev && qemu_dev_enter(spawn->dev) < 0)
        fail(report, DEV);
    /* not before: the group allows no making of nodes */
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
    if (spawn->other_user && (setgroups(spawn->n_more, spawn->more) < 0 || setresgid(spawn->gid, spawn->gid, spawn->gid) < 0 ||
                              setresuid(spawn->uid, spawn->uid, spawn->uid) < 0))
        fail(report, USER);
    if (spawn->no_capabilities)
        give_up_rights(report);
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
