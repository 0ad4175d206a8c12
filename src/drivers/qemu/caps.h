/* What one emulator binary can do, as it says itself over QMP; asked once and kept on disk by file identity.
 *
 * Objects are immutable once made.  Any thread; two threads that want the same binary wait for one probe.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *name, *alias;
    char *cpu;    /* type of the default CPU; NULL for none */
    char *ram_id; /* of the memory that the machine makes itself; NULL for none */
    unsigned cpu_max;
    bool is_default, hotplug_cpus, numa_mem, deprecated;
} QemuMachine;

typedef struct {
    char *name, *type;
    bool deprecated;
    char **blockers; /* features that keep it from running here; NULL: not known */
} QemuCpuModel;

/* A processor by its features, as QEMU names them; all NULL where that is not how they are told apart. */
typedef struct {
    char *vendor;
    char **features, **migratable; /* the latter of the former */
} QemuHostCpu;

typedef struct {
    gint refs;
    char *binary, *arch, *package;
    unsigned version; /* major * 1000000 + minor * 1000 + micro */
    bool kvm;         /* this binary runs guests with KVM on this host */
    GPtrArray *machines; /* QemuMachine */
    GHashTable *types;   /* names of what can be made with -device and -object */
    GPtrArray *cpus;     /* QemuCpuModel, as they run with KVM where there is KVM */
    GPtrArray *tcg_cpus; /* as they run without */
    QemuHostCpu host, tcg_host; /* the most that a guest can have, with KVM where there is KVM and without */
} QemuCaps;

typedef struct QemuCapsCache QemuCapsCache;

QemuCapsCache *qemu_caps_cache_new(const char *folder);
void qemu_caps_cache_free(QemuCapsCache *cache);

/* What BINARY can do; NULL with an error that names it. */
QemuCaps *qemu_caps_of(QemuCapsCache *cache, const char *binary);
QemuCaps *qemu_caps_ref(QemuCaps *caps);
void qemu_caps_unref(QemuCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCaps, qemu_caps_unref)

/* The installed emulator for guests of ARCH, or NULL. */
char *qemu_caps_find_binary(const char *arch);
const char *qemu_host_arch(void);
/* Whether a guest of ARCH can run on this host's CPU itself. */
bool qemu_arch_is_native(const char *arch);

static inline bool
qemu_caps_has(const QemuCaps *caps, const char *type)
{
    return g_hash_table_contains(caps->types, type);
}

/* The machine that NAME (its name or its alias) means, or NULL. */
const QemuMachine *qemu_caps_machine(const QemuCaps *caps, const char *name);
/* The machine for a guest that names none. */
const QemuMachine *qemu_caps_default_machine(const QemuCaps *caps);

/* Every installed emulator that has an architecture's name, asked side by side: what connections report wants them all. */
void qemu_caps_prefetch(QemuCapsCache *cache, const char *const *binaries);

/* caps_probe.c: ask BINARY; NULL with the error set. */
QemuCaps *qemu_caps_probe(const char *binary);
/* caps_store.c: to and from text; NULL when the text is none of ours. */
char *qemu_caps_to_text(const QemuCaps *caps);
QemuCaps *qemu_caps_from_text(const char *text);
QemuCaps *qemu_caps_new(const char *binary);
