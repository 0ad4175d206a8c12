/* Capabilities: the host, and each installed emulator with its machines. */
#include "drivers/qemu/capabilities.h"

#include <string.h>

#include "drivers/qemu/ops.h"
#include "model/cpu.h"

const QemuArch qemu_archs[] = {
    {"alpha", 64},      {"armv6l", 32},       {"armv7l", 32}, {"aarch64", 64},  {"cris", 32},    {"i686", 32},
    {"m68k", 32},       {"microblaze", 32},   {"microblazeel", 32}, {"mips", 32}, {"mipsel", 32}, {"mips64", 64},
    {"mips64el", 64},   {"ppc", 32},          {"ppc64", 64},  {"ppc64le", 64},  {"riscv32", 32}, {"riscv64", 64},
    {"s390x", 64},      {"sh4", 32},          {"sh4eb", 64},  {"sparc", 32},    {"sparc64", 64}, {"x86_64", 64},
    {"xtensa", 32},     {"xtensaeb", 32},     {NULL},
};

static void
append_machine(GString *xml, const QemuMachine *machine)
{
    const char *deprecated = machine->deprecated ? " deprecated='yes'" : "";
    g_string_append_printf(xml, "      <machine maxCpus='%u'%s>%s</machine>\n", machine->cpu_max, deprecated,
                           machine->name);
    if (machine->alias)
        g_string_append_printf(xml, "      <machine canonical='%s' maxCpus='%u'%s>%s</machine>\n", machine->name,
                               machine->cpu_max, deprecated, machine->alias);
}

static void
append_guest(GString *xml, const QemuArch *arch, const QemuCaps *caps)
{
    g_string_append_printf(xml,
                           "  <guest>\n"
                           "    <os_type>hvm</os_type>\n"
                           "    <arch name='%s'>\n"
                           "      <wordsize>%u</wordsize>\n"
                           "      <emulator>%s</emulator>\n",
                           arch->name, arch->word_size, caps->binary);
    const QemuMachine *first = qemu_caps_default_machine(caps);
    if (first)
        append_machine(xml, first);
    for (guint i = 0; i < caps->machines->len; i++) {
        if (caps->machines->pdata[i] != first)
            append_machine(xml, caps->machines->pdata[i]);
    }
    g_string_append(xml, "      <domain type='qemu'/>\n");
    if (caps->kvm && qemu_arch_is_native(arch->name))
        g_string_append(xml, "      <domain type='kvm'/>\n");
    bool x86 = strcmp(arch->name, "i686") == 0 || strcmp(arch->name, "x86_64") == 0;
    g_string_append(xml, "    </arch>\n    <features>\n");
    if (strcmp(arch->name, "i686") == 0)
        g_string_append(xml, "      <pae/>\n      <nonpae/>\n");
    if (x86 || strcmp(arch->name, "aarch64") == 0)
        g_string_append(xml, "      <acpi default='on' toggle='yes'/>\n");
    if (x86)
        g_string_append(xml, "      <apic default='on' toggle='no'/>\n");
    g_string_append(xml, "      <cpuselection/>\n"
                         "      <deviceboot/>\n"
                         "      <disksnapshot default='on' toggle='no'/>\n"
                         "    </features>\n"
                         "  </guest>\n\n");
}

char *
qemu_get_capabilities(virConnectPtr conn)
{
    QemuDriver *driver = conn->data;
    g_autoptr(GPtrArray) binaries = g_ptr_array_new_with_free_func(g_free);
    for (const QemuArch *arch = qemu_archs; arch->name; arch++) {
        char *binary = qemu_caps_find_binary(arch->name);
        if (binary)
            g_ptr_array_add(binaries, binary);
    }
    g_ptr_array_add(binaries, NULL);
    qemu_caps_prefetch(driver->caps, (const char *const *)binaries->pdata);

    GString *xml = g_string_new("<capabilities>\n\n");
    qemu_append_host(xml, driver);
    for (const QemuArch *arch = qemu_archs; arch->name; arch++) {
        g_autofree char *binary = qemu_caps_find_binary(arch->name);
        g_autoptr(QemuCaps) caps = binary ? qemu_caps_of(driver->caps, binary) : NULL;
        if (caps)
            append_guest(xml, arch, caps);
    }
    g_string_append(xml, "</capabilities>\n");
    return g_string_free(xml, FALSE);
}

int
qemu_get_cpu_model_names(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(GStrv) names = vr_cpu_model_names(arch, VIR_FROM_QEMU);
    if (!names)
        return -1;
    int n = (int)g_strv_length(names);
    if (models)
        *models = g_steal_pointer(&names);
    return n;
}

char *
qemu_baseline_cpu(virConnectPtr conn, const char **cpus, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE,
                       VIR_FROM_QEMU) < 0)
        return NULL;
    return vr_cpu_baseline(cpus, n, flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
}
