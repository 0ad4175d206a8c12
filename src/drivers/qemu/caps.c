/* Emulators' capabilities: look-ups, and the cache in memory and on disk. */
#include "drivers/qemu/caps.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"

struct QemuCapsCache {
    char *folder;
    VrMutex lock;       /* guards the table, not the probing */
    GHashTable *binaries; /* path -> Entry */
};

/* One binary.  Its lock is held while it is probed, so that nobody probes it twice. */
typedef struct {
    VrMutex lock;
    char *identity;
    QemuCaps *caps;
} Entry;

static void
machine_free(void *data)
{
    QemuMachine *machine = data;
    g_free(machine->name);
    g_free(machine->alias);
    g_free(machine->cpu);
    g_free(machine->ram_id);
    g_free(machine);
}

static void
cpu_free(void *data)
{
    QemuCpuModel *cpu = data;
    g_free(cpu->name);
    g_free(cpu->type);
    g_strfreev(cpu->blockers);
    g_free(cpu);
}

static void
host_clear(QemuHostCpu *host)
{
    g_free(host->vendor);
    g_strfreev(host->features);
    g_strfreev(host->migratable);
}

QemuCaps *
qemu_caps_new(const char *binary)
{
    QemuCaps *caps = g_new0(QemuCaps, 1);
    caps->refs = 1;
    caps->binary = g_strdup(binary);
    caps->machines = g_ptr_array_new_with_free_func(machine_free);
    caps->cpus = g_ptr_array_new_with_free_func(cpu_free);
    caps->tcg_cpus = g_ptr_array_new_with_free_func(cpu_free);
    caps->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return caps;
}

QemuCaps *
qemu_caps_ref(QemuCaps *caps)
{
    g_atomic_int_inc(&caps->refs);
    return caps;
}

void
qemu_caps_unref(QemuCaps *caps)
{
    if (!caps || !g_atomic_int_dec_and_test(&caps->refs))
        return;
    g_free(caps->binary);
    g_free(caps->arch);
    g_free(caps->package);
    g_ptr_array_unref(caps->machines);
    g_ptr_array_unref(caps->cpus);
    g_ptr_array_unref(caps->tcg_cpus);
    host_clear(&caps->host);
    host_clear(&caps->tcg_host);
    g_hash_table_unref(caps->types);
    g_free(caps);
}

static void
entry_free(void *data)
{
    Entry *entry = data;
    vr_mutex_clear(&entry->lock);
    g_free(entry->identity);
    qemu_caps_unref(entry->caps);
    g_free(entry);
}

QemuCapsCache *
qemu_caps_cache_new(const char *folder)
{
    QemuCapsCache *cache = g_new0(QemuCapsCache, 1);
    cache->folder = g_build_filename(folder, "capabilities", NULL);
    vr_mutex_init(&cache->lock);
    cache->binaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    return cache;
}

void
qemu_caps_cache_free(QemuCapsCache *cache)
{
    if (!cache)
        return;
    g_free(cache->folder);
    g_hash_table_unref(cache->binaries);
    vr_mutex_clear(&cache->lock);
    g_free(cache);
}

/* Whatever changes when the binary, or what it may use, does. */
static char *
identity(const char *binary)
{
    struct stat st;
    if (stat(binary, &st) < 0) {
        vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "QEMU emulator '%s' is not usable: %s", binary, g_strerror(errno));
        return NULL;
    }
    return g_strdup_printf("4 %s %llu %llu %lld.%09ld %lld kvm=%d", binary, (unsigned long long)st.st_dev,
                           (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                           (long long)st.st_size, access("/dev/kvm", R_OK | W_OK) == 0);
}

static char *
cache_file(const QemuCapsCache *cache, const char *binary)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, binary, -1);
    g_autofree char *name = g_strconcat(sum, ".vireo", NULL);
    return g_build_filename(cache->folder, name, NULL);
}

/* The kept answers, when they are about the very same file. */
static QemuCaps *
load(const QemuCapsCache *cache, const char *binary, const char *id)
{
    g_autofree char *file = cache_file(cache, binary), *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, NULL))
        return NULL;
    size_t len = strlen(id);
    if (strncmp(text, id, len) != 0 || text[len] != '\n')
        return NULL;
    return qemu_caps_from_text(text + len + 1);
}

/* A cache that cannot be written costs time, nothing else. */
static void
save(const QemuCapsCache *cache, const QemuCaps *caps, const char *id)
{
    g_autofree char *file = cache_file(cache, caps->binary), *body = qemu_caps_to_text(caps);
    g_autofree char *text = g_strconcat(id, "\n", body, NULL);
    if (g_mkdir_with_parents(cache->folder, 0755) == 0)
        g_file_set_contents(file, text, -1, NULL);
}

static Entry *
entry_of(QemuCapsCache *cache, const char *binary)
{
    vr_mutex_lock(&cache->lock);
    Entry *entry = g_hash_table_lookup(cache->binaries, binary);
    if (!entry) {
        entry = g_new0(Entry, 1);
        vr_mutex_init(&entry->lock);
        g_hash_table_insert(cache->binaries, g_strdup(binary), entry);
    }
    vr_mutex_unlock(&cache->lock);
    return entry;
}

QemuCaps *
qemu_caps_of(QemuCapsCache *cache, const char *binary)
{
    g_autofree char *id = identity(binary);
    if (!id)
        return NULL;
    Entry *entry = entry_of(cache, binary);
    vr_mutex_lock(&entry->lock);
    if (!entry->caps || g_strcmp0(entry->identity, id) != 0) {
        QemuCaps *caps = load(cache, binary, id);
        if (!caps && (caps = qemu_caps_probe(binary)))
            save(cache, caps, id);
        if (caps) {
            qemu_caps_unref(entry->caps);
            g_free(entry->identity);
            entry->caps = caps;
            entry->identity = g_steal_pointer(&id);
        } else {
            g_clear_pointer(&entry->caps, qemu_caps_unref);
        }
    }
    QemuCaps *caps = entry->caps ? qemu_caps_ref(entry->caps) : NULL;
    vr_mutex_unlock(&entry->lock);
    return caps;
}

/* The emulators that are still to be asked, shared by the threads that ask. */
typedef struct {
    QemuCapsCache *cache;
    const char *const *binaries;
    int count, next;
} Prefetch;

static void *
fetch(void *data)
{
    Prefetch *all = data;
    int i;
    while ((i = g_atomic_int_add(&all->next, 1)) < all->count) {
        QemuCaps *caps = qemu_caps_of(all->cache, all->binaries[i]); /* who needs it is told of its error */
        g_clear_pointer(&caps, qemu_caps_unref);
    }
    return NULL;
}

void
qemu_caps_prefetch(QemuCapsCache *cache, const char *const *binaries)
{
    Prefetch all = {cache, binaries, (int)g_strv_length((char **)binaries), 0};
    int wanted = MIN((int)g_get_num_processors(), all.count);
    g_autofree GThread **threads = g_new0(GThread *, wanted);
    for (int i = 0; i < wanted; i++)
        threads[i] = g_thread_new("probe", fetch, &all);
    for (int i = 0; i < wanted; i++)
        g_thread_join(threads[i]);
}

/* Emulators whose names do not end in the architecture's. */
static const struct {
    const char *arch, *suffix;
} suffixes[] = {
    {"i686", "i386"}, {"armv7l", "arm"}, {"armv6l", "arm"}, {"parisc", "hppa"}, {"openrisc", "or1k"},
};

char *
qemu_caps_find_binary(const char *arch)
{
    const char *suffix = arch;
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        if (strcmp(suffixes[i].arch, arch) == 0)
            suffix = suffixes[i].suffix;
    }
    g_autofree char *name = g_strconcat("qemu-system-", suffix, NULL);
    return g_find_program_in_path(name);
}

const char *
qemu_host_arch(void)
{
    static gsize once;
    static struct utsname host;
    if (g_once_init_enter(&once)) {
        uname(&host);
        g_once_init_leave(&once, 1);
    }
    return host.machine;
}

bool
qemu_arch_is_native(const char *arch)
{
    const char *host = qemu_host_arch();
    return strcmp(arch, host) == 0 || (strcmp(host, "x86_64") == 0 && strcmp(arch, "i686") == 0) ||
           (strcmp(host, "aarch64") == 0 && strcmp(arch, "armv7l") == 0) ||
           (g_str_has_prefix(host, "ppc64") && g_str_has_prefix(arch, "ppc64"));
}

const QemuMachine *
qemu_caps_machine(const QemuCaps *caps, const char *name)
{
    for (guint i = 0; i < caps->machines->len; i++) {
        const QemuMachine *machine = caps->machines->pdata[i];
        if (strcmp(machine->name, name) == 0 || g_strcmp0(machine->alias, name) == 0)
            return machine;
    }
    return NULL;
}

/* The machine that guests of each architecture had first. */
static const struct {
    const char *arch, *machine;
} first_machines[] = {
    {"alpha", "clipper"},    {"armv7l", "integratorcp"}, {"armv6l", "integratorcp"}, {"aarch64", "integratorcp"},
    {"cris", "axis-dev88"},  {"i686", "pc"},             {"x86_64", "pc"},           {"m68k", "mcf5208evb"},
    {"microblaze", "petalogix-s3adsp1800"}, {"microblazeel", "petalogix-s3adsp1800"},
    {"mips", "malta"},       {"mipsel", "malta"},        {"mips64", "malta"},        {"mips64el", "malta"},
    {"ppc", "g3beige"},      {"ppc64", "pseries"},       {"ppc64le", "pseries"},     {"riscv32", "spike"},
    {"riscv64", "spike"},    {"s390x", "s390-ccw-virtio"}, {"sh4", "shix"},          {"sh4eb", "shix"},
    {"sparc", "SS-5"},       {"sparc64", "sun4u"},       {"xtensa", "sim"},          {"xtensaeb", "sim"},
    {"openrisc", "or1k-sim"}, {"loongarch64", "virt"},
};

const QemuMachine *
qemu_caps_default_machine(const QemuCaps *caps)
{
    for (gsize i = 0; i < G_N_ELEMENTS(first_machines); i++) {
        if (strcmp(first_machines[i].arch, caps->arch) == 0) {
            const QemuMachine *machine = qemu_caps_machine(caps, first_machines[i].machine);
            if (machine)
                return machine;
        }
    }
    for (guint i = 0; i < caps->machines->len; i++) {
        const QemuMachine *machine = caps->machines->pdata[i];
        if (machine->is_default)
            return machine;
    }
    return caps->machines->len ? caps->machines->pdata[0] : NULL;
}
