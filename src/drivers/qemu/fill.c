/* Devices that every guest of a machine has, and the guest's own defaults: CPU, interrupt controller, sound back end.
 *
 * Second step of reading a definition; the order in which devices are added here is the order of the document.
 */
#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

#include <string.h>

#include "model/bitmap.h"

/* What a kind of machine comes with. */
typedef struct {
    bool (*is)(const DomainDef *def);
    int usb;       /* CONTROLLER_MODEL_...: _UNSET for the default, _NONE for no controller */
    int pci_root;  /* the root bus' model, _UNSET for none */
    bool sata, balloon, usb_input;
    int panic;
} Machine;

static bool
is_arm_other(const DomainDef *def)
{
    return qemu_is_arm(def);
}

static bool
is_sparc32(const DomainDef *def)
{
    return strcmp(def->os.type.arch, "sparc") == 0;
}

static bool
has_plain_pci(const DomainDef *def)
{
    static const char *const archs[] = {"alpha", "ppc", "ppcemb", "sh4", "sh4eb", NULL};
    const char *machine = def->os.type.machine ? def->os.type.machine : "";
    return g_strv_contains(archs, def->os.type.arch) || (qemu_is_mips(def) && strcmp(machine, "malta") == 0) ||
           (strcmp(def->os.type.arch, "sparc64") == 0);
}

/* The first row that fits decides. */
static const Machine machines[] = {
    {qemu_is_isapc, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_UNSET, .balloon = true},
    {qemu_is_q35, CONTROLLER_MODEL_QEMU_XHCI, CONTROLLER_MODEL_PCIE_ROOT, .sata = true, .balloon = true},
    {qemu_is_i440fx, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_PCI_ROOT, .balloon = true},
    {qemu_is_x86, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_UNSET, .balloon = true},
    {qemu_is_arm_virt, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_PCIE_ROOT},
    {is_arm_other, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_UNSET},
    {qemu_is_pseries, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_PCI_ROOT, .balloon = true, .usb_input = true,
     .panic = DOMAIN_PANIC_MODEL_PSERIES},
    {qemu_is_ppc64, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_PCI_ROOT, .balloon = true, .usb_input = true},
    {qemu_is_riscv_virt, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_PCIE_ROOT, .balloon = true},
    {qemu_is_riscv, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_UNSET, .balloon = true},
    {qemu_is_s390, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_PCI_ROOT, .balloon = true,
     .panic = DOMAIN_PANIC_MODEL_S390},
    {is_sparc32, CONTROLLER_MODEL_NONE, CONTROLLER_MODEL_UNSET},
    {has_plain_pci, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_PCI_ROOT, .balloon = true},
};

static const Machine *
machine_of(const DomainDef *def)
{
    static const Machine other = {NULL, CONTROLLER_MODEL_UNSET, CONTROLLER_MODEL_UNSET, .balloon = true};
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++) {
        if (machines[i].is(def))
            return &machines[i];
    }
    return &other;
}

DomainController *
qemu_find_controller(const DomainDef *def, int type, int index)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        if (controller->type == type && controller->index == index)
            return controller;
    }
    return NULL;
}

/* Controllers that nobody wrote down come last, whatever stands there. */
DomainController *
qemu_add_controller(DomainDef *def, int type, int index, int model)
{
    DomainController *controller = domain_controller_new();
    controller->type = type;
    controller->index = index;
    controller->model = model;
    vr_model_list_add(&def->devices.controller, &def->devices.n_controller, controller);
    return controller;
}

static bool
has_controller(const DomainDef *def, int type)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        if (def->devices.controller[i]->type == type)
            return true;
    }
    return false;
}

/* A tablet points as well as a mouse. */
static void
add_input(DomainDef *def, int type, int bus)
{
    for (size_t i = 0; i < def->devices.n_input; i++) {
        const DomainInput *input = def->devices.input[i];
        bool points = type == DOMAIN_INPUT_TYPE_MOUSE && bus == INPUT_BUS_USB && input->type == DOMAIN_INPUT_TYPE_TABLET;
        if ((input->type == type || points) && input->bus == bus)
            return;
    }
    DomainInput *input = domain_input_new();
    input->type = type;
    input->bus = bus;
    vr_model_list_add(&def->devices.input, &def->devices.n_input, input);
}

static int
check_pci_root(const DomainDef *def, const Machine *machine)
{
    for (size_t i = 0; machine->pci_root && i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type != CONTROLLER_TYPE_PCI)
            continue;
        if (controller->index != 0 && !controller->model)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "PCI controller model was not set correctly");
        if (controller->index == 0 && controller->model != machine->pci_root)
            return XML_FAIL("The PCI controller with index='0' must be model='%s' for this machine type, but "
                            "model='%s' was found instead",
                            vr_enum_to_string(&vr_enum_controller_model, machine->pci_root),
                            controller->model ? vr_enum_to_string(&vr_enum_controller_model, controller->model)
                                              : "(null)");
    }
    return 0;
}

static int
add_devices(DomainDef *def, const QemuParse *parse)
{
    const Machine *machine = machine_of(def);
    if (machine->usb != CONTROLLER_MODEL_NONE && !has_controller(def, CONTROLLER_TYPE_USB)) {
        int model = machine->usb;
        if (model == CONTROLLER_MODEL_QEMU_XHCI && !qemu_caps_has(parse->caps, "qemu-xhci"))
            model = CONTROLLER_MODEL_NEC_XHCI;
        qemu_add_controller(def, CONTROLLER_TYPE_USB, 0, model);
    }
    if (machine->sata && !qemu_find_controller(def, CONTROLLER_TYPE_SATA, 0))
        qemu_add_controller(def, CONTROLLER_TYPE_SATA, 0, CONTROLLER_MODEL_UNSET);
    if (check_pci_root(def, machine) < 0)
        return -1;
    if (machine->pci_root && !qemu_find_controller(def, CONTROLLER_TYPE_PCI, 0))
        qemu_add_controller(def, CONTROLLER_TYPE_PCI, 0, machine->pci_root);
    if (machine->balloon && !def->devices.memballoon) {
        def->devices.memballoon = domain_memballoon_new();
        def->devices.memballoon->model = DOMAIN_MEMBALLOON_MODEL_VIRTIO;
    }
    if (qemu_is_x86(def)) {
        add_input(def, DOMAIN_INPUT_TYPE_MOUSE, INPUT_BUS_PS2);
        add_input(def, DOMAIN_INPUT_TYPE_KEYBOARD, INPUT_BUS_PS2);
    }
    if (machine->usb_input && def->devices.n_graphics) {
        add_input(def, DOMAIN_INPUT_TYPE_KEYBOARD, INPUT_BUS_USB);
        add_input(def, DOMAIN_INPUT_TYPE_MOUSE, INPUT_BUS_USB);
    }
    if (machine->panic) {
        bool found = false;
        for (size_t i = 0; i < def->devices.n_panic; i++)
            found |= !def->devices.panic[i]->model || def->devices.panic[i]->model == machine->panic;
        if (!found) {
            DomainPanic *panic = domain_panic_new();
            panic->model = machine->panic;
            vr_model_list_add(&def->devices.panic, &def->devices.n_panic, panic);
        }
    }
    return 0;
}

/* Sound goes to the last display where that can take it, else nowhere; some displays bring their own. */
static void
add_audio(DomainDef *def)
{
    int type = AUDIO_TYPE_NONE;
    bool wanted = def->devices.n_graphics == 0;
    if (def->devices.n_audio)
        return;
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        int display = def->devices.graphics[i]->type;
        if (display == GRAPHICS_TYPE_VNC || display == GRAPHICS_TYPE_SPICE) {
            type = display == GRAPHICS_TYPE_SPICE ? AUDIO_TYPE_SPICE : AUDIO_TYPE_NONE;
            wanted = true;
        } else if (display == GRAPHICS_TYPE_SDL) {
            wanted = false;
        }
    }
    if (!wanted)
        return;
    DomainAudio *audio = domain_audio_new();
    audio->id = 1;
    audio->type = type;
    audio->implied = true;
    vr_model_list_add(&def->devices.audio, &def->devices.n_audio, audio);
}

/* The model that a machine's default CPU type has by name; NULL when QEMU names none. */
static const char *
default_cpu(const QemuCaps *caps, const char *machine)
{
    const QemuMachine *found = machine ? qemu_caps_machine(caps, machine) : NULL;
    for (guint i = 0; found && found->cpu && i < caps->cpus->len; i++) {
        const QemuCpuModel *cpu = caps->cpus->pdata[i];
        if (g_strcmp0(cpu->type, found->cpu) == 0)
            return cpu->name;
    }
    return NULL;
}

static bool
is_vector_length(const char *name)
{
    return g_str_has_prefix(name, "sve") && g_ascii_isdigit(name[3]);
}

/* Whoever asks for a length of ARM's vectors asks for vectors. */
static int
fill_vectors(DomainCpu *cpu)
{
    bool wanted = false, named = false;
    for (size_t i = 0; cpu && i < cpu->n_feature; i++) {
        const DomainCpuFeature *feature = cpu->feature[i];
        if (is_vector_length(feature->name) && feature->policy == CPU_FEATURE_POLICY_REQUIRE)
            wanted = true;
        if (strcmp(feature->name, "sve") != 0)
            continue;
        named = true;
        if (feature->policy == CPU_FEATURE_POLICY_DISABLE) {
            for (size_t j = 0; j < cpu->n_feature; j++) {
                if (is_vector_length(cpu->feature[j]->name) && cpu->feature[j]->policy == CPU_FEATURE_POLICY_REQUIRE)
                    return UNSUPPORTED("SVE disabled, but SVE vector lengths provided");
            }
        }
    }
    if (!wanted || named)
        return 0;
    DomainCpuFeature *feature = domain_cpu_feature_new();
    feature->name = g_strdup("sve");
    feature->policy = CPU_FEATURE_POLICY_REQUIRE;
    vr_model_list_add(&cpu->feature, &cpu->n_feature, feature);
    return 0;
}

static void
fill_cpu(DomainDef *def, const QemuCaps *caps)
{
    DomainCpu *cpu = def->cpu;
    const char *model = default_cpu(caps, def->os.type.machine);
    if (model && strcmp(model, "host") == 0)
        return; /* named for KVM on the architectures where nothing else runs */
    if (model && (!cpu || (cpu->mode == CPU_MODE_CUSTOM && !cpu->model))) {
        if (!cpu)
            cpu = def->cpu = domain_cpu_new();
        cpu->mode = CPU_MODE_CUSTOM;
        cpu->match = CPU_MATCH_EXACT;
        cpu->check = DOMAIN_CPU_CHECK_NONE;
        cpu->model = domain_cpu_model_new();
        /* POWER's names are written in capitals */
        cpu->model->value = qemu_is_ppc64(def) && g_str_has_prefix(model, "power") ? g_ascii_strup(model, -1)
                                                                                     : g_strdup(model);
        cpu->model->fallback = DOMAIN_CPU_MODEL_FALLBACK_FORBID;
        return;
    }
    if (!cpu)
        return;
    if (!cpu->check) {
        switch (cpu->mode) {
        case CPU_MODE_CUSTOM:
            if (cpu->model)
                cpu->check = def->type == DOMAIN_VIRT_TYPE_KVM && qemu_is_x86(def) ? DOMAIN_CPU_CHECK_PARTIAL
                                                                                   : DOMAIN_CPU_CHECK_NONE;
            break;
        case CPU_MODE_HOST_MODEL:
            cpu->check = DOMAIN_CPU_CHECK_PARTIAL;
            break;
        default:
            cpu->check = DOMAIN_CPU_CHECK_NONE;
            break;
        }
    }
    if ((cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM) && !cpu->migratable &&
        qemu_is_x86(def))
        cpu->migratable = strcmp(caps->arch, "x86_64") == 0 ? ON_OFF_ON : ON_OFF_OFF;
}

/* Processors that no NUMA cell names belong to the first. */
static void
fill_numa(DomainDef *def)
{
    DomainNuma *numa = def->cpu ? def->cpu->numa : NULL;
    if (!numa || numa->n_cell == 0)
        return;
    for (unsigned i = 0; i < MIN(def->vcpu.value, 65536u); i++) {
        bool named = false;
        for (size_t c = 0; c < numa->n_cell && !named; c++)
            named = numa->cell[c]->cpus && vr_bitmap_has(numa->cell[c]->cpus, i);
        if (!named) {
            if (!numa->cell[0]->cpus)
                numa->cell[0]->cpus = vr_bitmap_new(i);
            numa->cell[0]->cpus = vr_bitmap_add(numa->cell[0]->cpus, i);
        }
    }
}

/* Read-only firmware keeps its variables elsewhere: in a file of the guest's own. */
static void
fill_nvram(DomainDef *def, const QemuDriver *driver)
{
    DomainOs *os = &def->os;
    bool wants = os->loader && os->loader->type == DOMAIN_OS_LOADER_TYPE_PFLASH && os->loader->value &&
                 os->loader->readonly == YES_NO_YES && os->loader->stateless != YES_NO_YES;
    if (!wants)
        return;
    if (!os->nvram)
        os->nvram = domain_os_nvram_new();
    if (!os->nvram->path && !os->nvram->type)
        os->nvram->path = g_strdup_printf("%s/nvram/%s_VARS.fd", driver->paths.lib, def->name);
}

/* Without a security driver a label that names none means that there is none. */
static void
fill_seclabel(DomainDef *def)
{
    DomainSeclabel *label = def->n_seclabel == 1 ? def->seclabel[0] : NULL;
    if (!label || label->model || label->type == DOMAIN_SECLABEL_TYPE_STATIC)
        return;
    label->type = DOMAIN_SECLABEL_TYPE_NONE;
    label->relabel = YES_NO_NO;
    label->model = g_strdup("none");
}

/* ARM boards made for virtual machines have an interrupt controller to choose. */
static void
fill_gic(DomainDef *def)
{
    if (!qemu_is_arm_virt(def))
        return;
    if (!def->features.gic)
        def->features.gic = domain_gic_new();
    if (!def->features.gic->version)
        def->features.gic->version = DOMAIN_GIC_VERSION_2;
}

int
qemu_fill_devices(DomainDef *def, const VrParseContext *context)
{
    const QemuParse *parse = context->opaque;
    if (qemu_fill_each(def, parse) < 0)
        return -1;
    if (add_devices(def, parse) < 0)
        return -1;
    add_audio(def);
    fill_cpu(def, parse->caps);
    if (fill_vectors(def->cpu) < 0)
        return -1;
    fill_gic(def);
    fill_numa(def);
    fill_nvram(def, parse->driver);
    fill_seclabel(def);
    return qemu_fill_controllers(def, parse);
}
