/* Domain capabilities: what one emulator offers guests of one machine. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/capabilities.h"
#include "drivers/qemu/cpu.h"
#include "drivers/qemu/firmware.h"
#include "drivers/qemu/ops.h"
#include "model/cpu.h"

/* What is asked about. */
typedef struct {
    const QemuCaps *caps;
    const QemuMachine *machine;
    bool kvm;
    DomainDef *def; /* of a guest with this architecture and machine */
    GString *xml;
} Query;

/* A value that is offered where TYPE (NULL: always) can be made. */
typedef struct {
    const char *value, *type;
} Value;

static void
enum_begin(Query *q, int depth, const char *name)
{
    g_string_append_printf(q->xml, "%*s<enum name='%s'>\n", depth * 2, "", name);
}

static void
enum_value(Query *q, int depth, const char *value)
{
    g_string_append_printf(q->xml, "%*s<value>%s</value>\n", depth * 2 + 2, "", value);
}

/* An enum without values is an empty element. */
static void
enum_end(Query *q, int depth)
{
    if (g_str_has_suffix(q->xml->str, "'>\n")) {
        g_string_truncate(q->xml, q->xml->len - 2);
        g_string_append(q->xml, "/>\n");
    } else {
        g_string_append_printf(q->xml, "%*s</enum>\n", depth * 2, "");
    }
}

static void
enum_of(Query *q, int depth, const char *name, const Value *values)
{
    enum_begin(q, depth, name);
    for (; values->value; values++) {
        if (!values->type || qemu_caps_has(q->caps, values->type))
            enum_value(q, depth, values->value);
    }
    enum_end(q, depth);
}

#define ENUM(q, depth, name, ...) enum_of(q, depth, name, (const Value[]){__VA_ARGS__, {NULL}})

static void
append_os(Query *q)
{
    QemuFirmwares firmwares;
    qemu_firmwares_of(q->def, &firmwares);
    g_auto(GStrv) paths = firmwares.paths;
    g_string_append(q->xml, "  <os supported='yes'>\n");
    enum_begin(q, 2, "firmware");
    if (firmwares.bios)
        enum_value(q, 2, "bios");
    if (firmwares.efi)
        enum_value(q, 2, "efi");
    enum_end(q, 2);
    g_string_append(q->xml, "    <loader supported='yes'>\n");
    for (char **path = paths; *path; path++)
        g_string_append_printf(q->xml, "      <value>%s</value>\n", *path);
    ENUM(q, 3, "type", {"rom"}, {"pflash"});
    ENUM(q, 3, "readonly", {"yes"}, {"no"});
    enum_begin(q, 3, "secure");
    if (firmwares.secure)
        enum_value(q, 3, "yes");
    enum_value(q, 3, "no");
    enum_end(q, 3);
    g_string_append(q->xml, "    </loader>\n  </os>\n");
}

/* The name under which we know QEMU's model NAME, when we know but some; NULL: it is none of ours. */
static const char *
known_model(char **known, const char *name)
{
    for (char **own = known; *own; own++) {
        if (g_ascii_strcasecmp(*own, name) == 0)
            return *own;
    }
    return *known ? NULL : name;
}

static void
append_models(Query *q, const GPtrArray *cpus)
{
    const char *arch = q->caps->arch;
    g_auto(GStrv) known = vr_cpu_model_names(arch, VIR_FROM_QEMU);
    if (!known) {
        vr_error_clear();
        return; /* an architecture whose processors have no names */
    }
    for (guint i = 0; i < cpus->len; i++) {
        const QemuCpuModel *cpu = cpus->pdata[i];
        const char *name = strcmp(cpu->name, "host") == 0 ? NULL : known_model(known, cpu->name);
        if (name)
            g_string_append_printf(q->xml, "      <model usable='%s' vendor='%s'>%s</model>\n",
                                   !cpu->blockers   ? "unknown"
                                   : *cpu->blockers ? "no"
                                                    : "yes",
                                   vr_cpu_model_vendor(arch, name) ?: "unknown", name);
    }
}

static bool
has_model(const GPtrArray *cpus, const char *name)
{
    for (guint i = 0; i < cpus->len; i++) {
        if (strcmp(((const QemuCpuModel *)cpus->pdata[i])->name, name) == 0)
            return true;
    }
    return false;
}

/* A mode of <cpu> whose guests can, or cannot, move. */
static void
append_mode(Query *q, const char *name, const char *choice, bool supported, bool can_move)
{
    g_string_append_printf(q->xml, "    <mode name='%s' supported='%s'", name, supported ? "yes'>\n" : "no'/>\n");
    g_string_truncate(q->xml, q->xml->len - 1);
    if (!supported)
        return;
    enum_begin(q, 3, choice);
    if (can_move)
        enum_value(q, 3, "on");
    enum_value(q, 3, "off");
    enum_end(q, 3);
    g_string_append(q->xml, "    </mode>\n");
}

static void
append_host_model(Query *q)
{
    g_autoptr(DomainCpu) cpu = qemu_arch_is_native(q->def->os.type.arch) ? qemu_cpu_host_model(q->caps, q->kvm, false) : NULL;
    if (!cpu) {
        g_string_append(q->xml, "    <mode name='host-model' supported='no'/>\n");
        return;
    }
    g_string_append_printf(q->xml,
                           "    <mode name='host-model' supported='yes'>\n"
                           "      <model fallback='forbid'>%s</model>\n",
                           cpu->model->value);
    if (cpu->vendor)
        g_string_append_printf(q->xml, "      <vendor>%s</vendor>\n", cpu->vendor);
    for (size_t i = 0; i < cpu->n_feature; i++)
        g_string_append_printf(q->xml, "      <feature policy='%s' name='%s'/>\n",
                               vr_enum_to_string(&vr_enum_cpu_feature_policy, cpu->feature[i]->policy),
                               cpu->feature[i]->name);
    g_string_append(q->xml, "    </mode>\n");
}

static void
append_cpu(Query *q)
{
    const GPtrArray *cpus = q->kvm ? q->caps->cpus : q->caps->tcg_cpus;
    g_string_append(q->xml, "  <cpu>\n");
    append_mode(q, "host-passthrough", "hostPassthroughMigratable", q->kvm, strcmp(q->caps->arch, "i686") != 0);
    append_mode(q, "maximum", "maximumMigratable", has_model(cpus, "max"), true);
    append_host_model(q);
    gsize before = q->xml->len;
    append_models(q, cpus);
    bool any = q->xml->len > before;
    g_string_insert(q->xml, (gssize)before,
                    any ? "    <mode name='custom' supported='yes'>\n" : "    <mode name='custom' supported='no'/>\n");
    g_string_append(q->xml, any ? "    </mode>\n  </cpu>\n" : "  </cpu>\n");
}

static void
append_disk(Query *q)
{
    bool pseries = qemu_is_pseries(q->def);
    g_string_append(q->xml, "    <disk supported='yes'>\n");
    enum_begin(q, 3, "diskDevice");
    enum_value(q, 3, "disk");
    enum_value(q, 3, "cdrom");
    if (!pseries)
        enum_value(q, 3, "floppy");
    enum_value(q, 3, "lun");
    enum_end(q, 3);
    enum_begin(q, 3, "bus");
    if (qemu_builtin_ide(q->def))
        enum_value(q, 3, "ide");
    if (!pseries)
        enum_value(q, 3, "fdc");
    enum_value(q, 3, "scsi");
    enum_value(q, 3, "virtio");
    if (qemu_caps_has(q->caps, "usb-storage"))
        enum_value(q, 3, "usb");
    if (qemu_caps_has(q->caps, "ich9-ahci"))
        enum_value(q, 3, "sata");
    enum_end(q, 3);
    ENUM(q, 3, "model", {"virtio"}, {"virtio-transitional", "virtio-blk-pci-transitional"},
         {"virtio-non-transitional", "virtio-blk-pci-non-transitional"});
    g_string_append(q->xml, "    </disk>\n");
}

static void
append_hostdev(Query *q)
{
    g_string_append(q->xml, "    <hostdev supported='yes'>\n");
    ENUM(q, 3, "mode", {"subsystem"});
    ENUM(q, 3, "startupPolicy", {"default"}, {"mandatory"}, {"requisite"}, {"optional"});
    ENUM(q, 3, "subsysType", {"usb", "usb-host"}, {"pci"}, {"scsi"});
    enum_begin(q, 3, "capsType");
    enum_end(q, 3);
    enum_begin(q, 3, "pciBackend");
    if (access("/dev/vfio/vfio", F_OK) == 0 && qemu_caps_has(q->caps, "vfio-pci")) {
        enum_value(q, 3, "default");
        enum_value(q, 3, "vfio");
    }
    enum_end(q, 3);
    g_string_append(q->xml, "    </hostdev>\n");
}

static void
append_tpm(Query *q)
{
    static const char *const models[] = {"tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy", NULL};
    static const char *const types[] = {"tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy", "tpm-tis-device", NULL};
    bool any = false;
    for (gsize i = 0; types[i]; i++)
        any |= qemu_caps_has(q->caps, types[i]);
    if (!any) {
        g_string_append(q->xml, "    <tpm supported='no'/>\n");
        return;
    }
    g_autofree char *swtpm = g_find_program_in_path("swtpm");
    g_string_append(q->xml, "    <tpm supported='yes'>\n");
    enum_begin(q, 3, "model");
    for (gsize i = 0; models[i]; i++) {
        if (qemu_caps_has(q->caps, models[i]) || (i == 0 && qemu_caps_has(q->caps, "tpm-tis-device")))
            enum_value(q, 3, models[i]);
    }
    enum_end(q, 3);
    enum_begin(q, 3, "backendModel");
    enum_value(q, 3, "passthrough");
    if (swtpm) {
        enum_value(q, 3, "emulator");
        enum_value(q, 3, "external");
    }
    enum_end(q, 3);
    if (swtpm)
        ENUM(q, 3, "backendVersion", {"1.2"}, {"2.0"});
    g_string_append(q->xml, "    </tpm>\n");
}

static void
append_devices(Query *q)
{
    g_string_append(q->xml, "  <devices>\n");
    append_disk(q);
    g_string_append(q->xml, "    <graphics supported='yes'>\n");
    ENUM(q, 3, "type", {"sdl"}, {"vnc"}, {"spice"}, {"egl-headless"}, {"dbus"});
    g_string_append(q->xml, "    </graphics>\n    <video supported='yes'>\n");
    ENUM(q, 3, "modelType", {"vga", "VGA"}, {"cirrus", "cirrus-vga"}, {"vmvga", "vmware-svga"}, {"qxl", "qxl"},
         {"virtio", "virtio-gpu-device"}, {"none"}, {"bochs", "bochs-display"}, {"ramfb", "ramfb"});
    g_string_append(q->xml, "    </video>\n");
    append_hostdev(q);
    g_string_append(q->xml, "    <rng supported='yes'>\n");
    ENUM(q, 3, "model", {"virtio", "virtio-rng-device"}, {"virtio-transitional", "virtio-rng-pci-transitional"},
         {"virtio-non-transitional", "virtio-rng-pci-non-transitional"});
    ENUM(q, 3, "backendModel", {"random", "rng-random"}, {"egd", "rng-egd"}, {"builtin", "rng-builtin"});
    g_string_append(q->xml, "    </rng>\n    <filesystem supported='yes'>\n");
    ENUM(q, 3, "driverType", {"path"}, {"handle"}, {"virtiofs", "vhost-user-fs-device"});
    g_string_append(q->xml, "    </filesystem>\n");
    append_tpm(q);
    if (qemu_caps_has(q->caps, "usb-redir")) {
        g_string_append(q->xml, "    <redirdev supported='yes'>\n");
        ENUM(q, 3, "bus", {"usb"});
        g_string_append(q->xml, "    </redirdev>\n");
    } else {
        g_string_append(q->xml, "    <redirdev supported='no'/>\n");
    }
    g_string_append(q->xml, "    <channel supported='yes'>\n");
    ENUM(q, 3, "type", {"pty"}, {"unix"}, {"spicevmc"});
    g_string_append(q->xml, "    </channel>\n  </devices>\n");
}

static const char *
yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void
append_features(Query *q)
{
    g_string_append(q->xml, "  <features>\n");
    if (qemu_is_arm_virt(q->def)) {
        g_string_append(q->xml, "    <gic supported='yes'>\n");
        ENUM(q, 3, "version", {"2"}, {"3"});
        g_string_append(q->xml, "    </gic>\n");
    } else {
        g_string_append(q->xml, "    <gic supported='no'/>\n");
    }
    g_string_append_printf(q->xml, "    <vmcoreinfo supported='%s'/>\n", yes_no(qemu_caps_has(q->caps, "vmcoreinfo")));
    g_string_append_printf(q->xml, "    <genid supported='%s'/>\n", yes_no(qemu_caps_has(q->caps, "vmgenid")));
    g_string_append(q->xml, "    <backingStoreInput supported='yes'/>\n    <backup supported='yes'/>\n");
    if (qemu_is_s390(q->def))
        g_string_append(q->xml, "    <s390-pv supported='no'/>\n");
    g_string_append(q->xml, "    <sev supported='no'/>\n    <sgx supported='no'/>\n");
    if (qemu_is_x86(q->def)) {
        g_string_append(q->xml, "    <hyperv supported='yes'>\n");
        ENUM(q, 3, "features", {"spinlocks"}, {"vendor_id"});
        g_string_append(q->xml, "    </hyperv>\n");
    }
    g_string_append(q->xml, "  </features>\n");
}

static bool
known_arch(const char *name)
{
    for (const QemuArch *arch = qemu_archs; arch->name; arch++) {
        if (strcmp(arch->name, name) == 0)
            return true;
    }
    return false;
}

/* The emulator that is asked about; NULL with the error set. */
QemuCaps *
qemu_find_caps(QemuDriver *driver, const char *emulator, const char *arch)
{
    if (arch && !known_arch(arch))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown architecture: %s", arch);
    if (emulator && access(emulator, X_OK) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Cannot check QEMU binary %s", emulator), NULL;
    g_autofree char *binary = emulator ? g_strdup(emulator) : qemu_caps_find_binary(arch ?: qemu_host_arch());
    if (!binary)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unable to find any emulator to serve '%s' architecture",
                             arch ?: qemu_host_arch());
    g_autoptr(QemuCaps) caps = qemu_caps_of(driver->caps, binary);
    bool same = !arch || !caps || strcmp(caps->arch, arch) == 0 ||
                (strcmp(caps->arch, "armv7l") == 0 && strcmp(arch, "armv6l") == 0);
    if (!same)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                             "architecture from emulator '%s' doesn't match given architecture '%s'", caps->arch, arch);
    return g_steal_pointer(&caps);
}

/* The kind of guest: TRUE for KVM; -1 with the error set. */
int
qemu_find_accelerator(const QemuCaps *caps, const char *type)
{
    static const char *const types[] = {"qemu", "kvm",    "kqemu", "xen",  "lxc",       "uml",   "openvz", "test", "vmware",
                                        "hyperv", "vbox", "phyp",  "parallels", "bhyve", "vz",    "hvf",    NULL};
    bool kvm = caps->kvm && qemu_arch_is_native(caps->arch);
    if (!type)
        return kvm;
    if (!g_strv_contains(types, type))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown virttype: %s", type);
    if (strcmp(type, "kvm") == 0 && !kvm)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the accel '%s' is not supported by '%s' on this host", type,
                        caps->binary);
    if (strcmp(type, "kvm") != 0 && strcmp(type, "qemu") != 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Emulator '%s' does not support virt type '%s'", caps->binary,
                        type);
    return strcmp(type, "kvm") == 0;
}

char *
qemu_get_domain_capabilities(virConnectPtr conn, const char *emulator, const char *arch, const char *machine,
                             const char *type, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return NULL;
    g_autoptr(QemuCaps) caps = qemu_find_caps(driver, emulator, arch);
    if (!caps)
        return NULL;
    int kvm = qemu_find_accelerator(caps, type);
    if (kvm < 0)
        return NULL;
    Query q = {.caps = caps, .kvm = kvm};
    q.machine = machine ? qemu_caps_machine(caps, machine) : qemu_caps_default_machine(caps);
    if (!q.machine)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the machine '%s' is not supported by emulator '%s'",
                             machine ?: "", caps->binary);
    g_autoptr(DomainDef) def = domain_def_new();
    def->os.type.arch = g_strdup(arch ?: caps->arch);
    def->os.type.machine = g_strdup(q.machine->name);
    q.def = def;
    q.xml = g_string_new("<domainCapabilities>\n");
    g_string_append_printf(q.xml,
                           "  <path>%s</path>\n"
                           "  <domain>%s</domain>\n"
                           "  <machine>%s</machine>\n"
                           "  <arch>%s</arch>\n"
                           "  <vcpu max='%u'/>\n"
                           "  <iothreads supported='yes'/>\n",
                           caps->binary, kvm ? "kvm" : "qemu", q.machine->name, def->os.type.arch, q.machine->cpu_max);
    append_os(&q);
    append_cpu(&q);
    g_string_append(q.xml, "  <memoryBacking supported='yes'>\n");
    ENUM(&q, 2, "sourceType", {"file"}, {"anonymous"}, {"memfd"});
    g_string_append(q.xml, "  </memoryBacking>\n");
    append_devices(&q);
    append_features(&q);
    g_string_append(q.xml, "</domainCapabilities>\n");
    return g_string_free(q.xml, FALSE);
}
