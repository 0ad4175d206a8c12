/* virt-host-validate: whether this host can run guests of a kind; a table of checks, one row each. */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

typedef enum { PASS, NOTE, WARN, FAIL } Verdict;

typedef struct {
    const char *kind;  /* "QEMU" */
    const char *what;  /* "if device %s exists" */
    const char *about; /* what %s and the check mean */
    /* The verdict, and in *ret_advice what to do about it. */
    Verdict (*check)(const char *about, const char **ret_advice);
    Verdict worst; /* what its absence amounts to */
    const char *advice;
} Check;

static gboolean
has_word(const char *path, const char *word)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n,:", -1);
    return g_strv_contains((const char *const *)words, word);
}

static Verdict
hardware(const char *about, const char **ret_advice)
{
#if defined(__x86_64__) || defined(__i386__)
    /* a device alone says little: some hosts offer one that no ordinary guest runs on */
    if (!has_word("/proc/cpuinfo", "vmx") && !has_word("/proc/cpuinfo", "svm"))
        return FAIL;
#endif
    if (access("/dev/kvm", R_OK | W_OK) == 0)
        return PASS;
    if (access("/dev/kvm", F_OK) == 0)
        *ret_advice = "Check that the kvm modules are loaded, that the firmware has virtualization enabled, and that this user may open /dev/kvm";
    return FAIL;
}

static Verdict
file_exists(const char *about, const char **ret_advice)
{
    return access(about, F_OK) == 0 ? PASS : FAIL;
}

static Verdict
controller(const char *about, const char **ret_advice)
{
    /* version 2 names fewer: cpuacct and freezer are always there, devices is a program */
    static const char *const always[] = {"cpuacct", "devices", "freezer", NULL};
    const char *name = strcmp(about, "blkio") == 0 ? "io" : about;
    gboolean unified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    if (unified && (g_strv_contains(always, about) || has_word("/sys/fs/cgroup/cgroup.controllers", name)))
        return PASS;
    return has_word("/proc/self/cgroup", about) ? PASS : FAIL;
}

static Verdict
iommu(const char *about, const char **ret_advice)
{
    g_autoptr(GDir) groups = g_dir_open("/sys/kernel/iommu_groups", 0, NULL);
    if (groups && g_dir_read_name(groups))
        return PASS;
    if (access("/sys/firmware/acpi/tables/DMAR", F_OK) == 0 || access("/sys/firmware/acpi/tables/IVRS", F_OK) == 0)
        *ret_advice = "The platform has an IOMMU that the kernel does not use: add intel_iommu=on or amd_iommu=on to its command line";
    return FAIL;
}

static Verdict
secure(const char *about, const char **ret_advice)
{
    return access("/sys/firmware/uv/prot_virt_host", F_OK) == 0 || access("/dev/sev", F_OK) == 0 ||
                   access("/sys/module/kvm_intel/parameters/tdx", F_OK) == 0
               ? PASS : FAIL;
}

static Verdict
space(const char *about, const char **ret_advice)
{
    g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", about);
    return access(path, F_OK) == 0 ? PASS : FAIL;
}

static Verdict
kernel(const char *about, const char **ret_advice)
{
    struct utsname host;
    int major = 0, minor = 0, patch = 0;
    if (uname(&host) < 0 || sscanf(host.release, "%d.%d.%d", &major, &minor, &patch) < 2)
        return FAIL;
    return major > 2 || (major == 2 && (minor > 6 || (minor == 6 && patch >= 26))) ? PASS : FAIL;
}

#define CGROUP(kind, name)                                                                         \
    {kind, "for cgroup '%s' controller support", name, controller, WARN,                            \
     "Enable '" name "' in the kernel's configuration or mount its hierarchy"}
#define NAMESPACE(name) {"LXC", "for namespace %s", name, space, FAIL, "Namespace support is required by containers"}

static const Check checks[] = {
    {"QEMU", "for hardware virtualization", "", hardware, FAIL,
     "Host not compatible with KVM; HW virtualization CPU features not found. Only emulated CPUs are available; performance will be "
     "significantly limited"},
    {"QEMU", "if device %s exists", "/dev/vhost-net", file_exists, WARN,
     "Load the 'vhost_net' module to improve performance of virtio networking"},
    {"QEMU", "if device %s exists", "/dev/net/tun", file_exists, FAIL, "Load the 'tun' module to enable networking for guests"},
    CGROUP("QEMU", "cpu"), CGROUP("QEMU", "cpuacct"), CGROUP("QEMU", "cpuset"), CGROUP("QEMU", "memory"), CGROUP("QEMU", "devices"),
    CGROUP("QEMU", "blkio"),
    {"QEMU", "for device assignment IOMMU support", "", iommu, WARN, "Unknown if this platform has IOMMU support"},
    {"QEMU", "for secure guest support", "", secure, WARN, "Unknown if this platform has Secure Guest support"},
    {"LXC", "for Linux >= 2.6.26", "", kernel, FAIL, "Upgrade to a kernel that has namespaces"},
    NAMESPACE("ipc"), NAMESPACE("mnt"), NAMESPACE("pid"), NAMESPACE("uts"), NAMESPACE("net"), NAMESPACE("user"),
    CGROUP("LXC", "cpu"), CGROUP("LXC", "cpuacct"), CGROUP("LXC", "cpuset"), CGROUP("LXC", "memory"), CGROUP("LXC", "devices"),
    CGROUP("LXC", "freezer"), CGROUP("LXC", "blkio"),
    {"LXC", "if device %s exists", "/sys/fs/fuse/connections", file_exists, FAIL, "Load the 'fuse' module to enable /proc/ overrides"},
};

static const struct {
    const char *word, *colour;
} verdicts[] = {[PASS] = {"PASS", "\033[32m"}, [NOTE] = {"NOTE", "\033[34m"}, [WARN] = {"WARN", "\033[33m"}, [FAIL] = {"FAIL", "\033[31m"}};

/* %s in TEMPLATE is ABOUT. */
static char *
fill_in(const char *template, const char *about)
{
    const char *mark = strstr(template, "%s");
    return mark ? g_strdup_printf("%.*s%s%s", (int)(mark - template), template, about, mark + 2) : g_strdup(template);
}

static gboolean
run(const Check *check, gboolean quiet)
{
    const char *advice = check->advice;
    g_autofree char *what = fill_in(check->what, check->about);
    Verdict verdict = check->check(check->about, &advice) == PASS ? PASS : check->worst;
    gboolean colour = isatty(STDOUT_FILENO);
    if (quiet && verdict == PASS)
        return TRUE;
    printf("%6s: Checking %-60s: %s%s%s", check->kind, what, colour ? verdicts[verdict].colour : "", verdicts[verdict].word,
           colour ? "\033[0m" : "");
    if (verdict != PASS)
        printf(" (%s)", advice);
    putchar('\n');
    return verdict == PASS;
}

static int
usage(int code)
{
    fputs("\nsyntax: virt-host-validate [OPTIONS] [HVTYPE]\n\n Hypervisor types:\n\n   - qemu\n   - lxc\n\n Options:\n"
          "   -h, --help     Display command line help\n   -v, --version  Display command version\n"
          "   -q, --quiet    Don't display progress information\n\n", code ? stderr : stdout);
    return code;
}

int
main(int argc, char **argv)
{
    gboolean quiet = FALSE, good = TRUE, known = FALSE;
    const char *kind = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-q") == 0 || strcmp(argv[i], "--quiet") == 0)
            quiet = TRUE;
        else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return usage(0);
        else if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--version") == 0)
            return puts("version: " VIREO_VERSION) < 0;
        else if (argv[i][0] == '-' || kind)
            return usage(1);
        else
            kind = argv[i];
    }
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
        if (kind && g_ascii_strcasecmp(kind, checks[i].kind) != 0)
            continue;
        known = TRUE;
        good = run(&checks[i], quiet) && good;
    }
    if (!known) {
        fprintf(stderr, "virt-host-validate: unsupported hypervisor type '%s': qemu or lxc\n", kind);
        return 1;
    }
    return good ? 0 : 1;
}
