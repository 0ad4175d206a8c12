/* The domain as a whole: defaults and derived values once every element was read, in a fixed sequence.
 *
 * Called by the engine at the end of a domain.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <string.h>

bool
domain_is_hvm(const DomainDef *def)
{
    return g_strcmp0(def->os.type.value, "hvm") == 0;
}

bool
domain_is_x86(const DomainDef *def)
{
    return g_strcmp0(def->os.type.arch, "x86_64") == 0 || g_strcmp0(def->os.type.arch, "i686") == 0;
}

static unsigned long long
numa_memory(const DomainDef *def)
{
    const DomainNuma *numa = def->cpu ? def->cpu->numa : NULL;
    unsigned long long sum = 0;

    for (size_t i = 0; numa && i < numa->n_cell; i++)
        sum += numa->cell[i]->memory;
    return sum;
}

static unsigned long long
plugged_memory(const DomainDef *def)
{
    unsigned long long sum = 0;

    for (size_t i = 0; i < def->devices.n_memory; i++)
        sum += def->devices.memory[i]->target.size;
    return sum;
}

int
domain_memory_fill(DomainDef *def, bool anew)
{
    unsigned long long cells = numa_memory(def);

    /* a guest that is made anew has what its cells and modules have together */
    if ((!def->memory.value || anew) && cells)
        def->memory.value = cells + plugged_memory(def);
    if (!def->memory.value)
        return XML_FAIL("Memory size must be specified via <memory> or in the <numa> configuration");
    if (!def->current_memory || def->current_memory > def->memory.value)
        def->current_memory = def->memory.value;
    return 0;
}

static bool
known_arch(const char *arch)
{
    static const char *const names[] = {
        "alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "lm32", "loongarch64",
        "m68k", "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el", "openrisc", "parisc",
        "parisc64", "ppc", "ppc64", "ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4",
        "sh4eb", "sparc", "sparc64", "unicore32", "x86_64", "xtensa", "xtensaeb", NULL,
    };

    return g_strv_contains(names, arch);
}

/* Several labels are told apart by their models. */
static int
check_labels(const VrXmlNode *domain)
{
    const VrXmlNode *first = vr_xml_child(domain, "seclabel");

    for (const VrXmlNode *label = first; label && vr_xml_next(first, "seclabel"); label = vr_xml_next(label, "seclabel")) {
        const char *model = vr_xml_attr(label, "model");

        if (!model || strcmp(model, "none") == 0)
            return XML_FAIL("missing security model when using multiple labels");
    }
    return 0;
}

/* What kind of guest it is, is asked before anything else. */
int
domain_os_first(VrParse *parse, const VrXmlNode *node, void *object)
{
    const VrXmlNode *os = vr_xml_child(node, "os"), *type = os ? vr_xml_child(os, "type") : NULL;
    const char *text = type ? vr_xml_text(type) : NULL, *arch = type ? vr_xml_attr(type, "arch") : NULL;

    for (os = os ? vr_xml_next(os, "os") : NULL; os && !type; os = vr_xml_next(os, "os")) {
        type = vr_xml_child(os, "type");
        text = type ? vr_xml_text(type) : NULL;
    }
    if (!text && !vr_xml_child(node, "bootloader"))
        return XML_FAIL("an os <type> must be specified");
    if (text && vr_enum_from_string(&vr_enum_domain_os_type, text) < 0)
        return UNSUPPORTED("unknown OS type '%s'", text);
    if (arch && *arch && !known_arch(arch))
        return UNSUPPORTED("Unknown architecture %s", arch);
    return check_labels(node);
}

static int
fill_os(DomainDef *def, const DomainDriver *driver)
{
    DomainOs *os = &def->os;
    bool per_device = false;

    if (def->bootloader && !os->type.value)
        os->type.value = g_strdup("xen");
    if (!os->type.value)
        return XML_FAIL("an os <type> must be specified");
    if (def->type == DOMAIN_VIRT_TYPE_XEN && strcmp(os->type.value, "xen") == 0) {
        g_free(os->type.value);
        os->type.value = g_strdup("linux"); /* what Xen's own documents say */
    }
    if (os->type.arch && !*os->type.arch)
        g_clear_pointer(&os->type.arch, g_free);
    if (!os->type.arch)
        os->type.arch = g_strdup(driver && driver->default_arch ? driver->default_arch : "i686");
    if (domain_os_settle(def) < 0)
        return -1;
    for (size_t i = 0; i < def->devices.n_disk; i++)
        per_device |= def->devices.disk[i]->boot != NULL;
    for (size_t i = 0; i < def->devices.n_interface; i++)
        per_device |= def->devices.interface[i]->boot != NULL;
    for (size_t i = 0; i < def->devices.n_hostdev; i++)
        per_device |= def->devices.hostdev[i]->boot != NULL;
    for (size_t i = 0; i < def->devices.n_redirdev; i++)
        per_device |= def->devices.redirdev[i]->boot != NULL;
    if (per_device && os->n_boot)
        return UNSUPPORTED("per-device boot elements cannot be used together with os/boot elements");
    if (domain_boots_from_devices(def) && !per_device && !os->n_boot) {
        DomainOsBoot *boot = domain_os_boot_new();

        boot->dev = DOMAIN_OS_BOOT_DEV_HD;
        vr_model_list_add(&os->boot, &os->n_boot, boot);
    }
    return 0;
}

static void
fill_vcpu(DomainDef *def)
{
    DomainVcpu *vcpu = &def->vcpu;

    if (!vcpu->cpuset && !(def->cputune && def->cputune->emulatorpin) && def->numatune && def->numatune->memory &&
        def->numatune->memory->placement == DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO)
        vcpu->placement = DOMAIN_VCPU_PLACEMENT_AUTO;
    if (!vcpu->placement)
        vcpu->placement = DOMAIN_VCPU_PLACEMENT_STATIC;
    if (vcpu->placement == DOMAIN_VCPU_PLACEMENT_AUTO)
        g_clear_pointer(&vcpu->cpuset, vr_bitmap_free);
    if (vcpu->has_current && vcpu->current == vcpu->value)
        vcpu->has_current = false;
    if (vr_bitmap_is_empty(vcpu->cpuset))
        g_clear_pointer(&vcpu->cpuset, vr_bitmap_free);
}

#define MAX_IOTHREADS 32768u /* that are told one by one */

/* iothreads and iothreadids name the same threads: each completes the other. */
static int
fill_iothreads(DomainDef *def)
{
    DomainIothreadIds *ids = def->iothreadids;
    size_t given = ids ? ids->n_iothread : 0;

    if (!given)
        g_clear_pointer(&def->iothreadids, domain_iothread_ids_free);
    for (size_t i = 0; i < given; i++) {
        for (size_t j = 0; j < i; j++) {
            if (ids->iothread[j]->id == ids->iothread[i]->id)
                return XML_FAIL("duplicate iothread id '%u' found", ids->iothread[i]->id);
        }
    }
    if (def->iothreads == G_MAXUINT || (given && def->iothreads > MAX_IOTHREADS))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "failed to populate iothreadids");
    if (def->iothreads < given)
        def->iothreads = (unsigned) given;
    if (!given)
        return 0;
    for (unsigned id = 1; ids->n_iothread < def->iothreads; id++) {
        DomainIothread *thread;
        bool used = false;

        for (size_t i = 0; i < ids->n_iothread; i++)
            used |= ids->iothread[i]->id == id;
        if (used)
            continue;
        thread = domain_iothread_new();
        thread->id = id;
        vr_model_list_add(&ids->iothread, &ids->n_iothread, thread);
    }
    return 0;
}

int
domain_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainDef *def = object;
    const DomainDriver *driver = parse->context->driver;

    if (vr_check_name(def->name, VIR_FROM_DOMAIN, true) < 0)
        return -1;
    if (strchr(def->name, '/'))
        return XML_FAIL("name %s cannot contain '/'", def->name);
    if (domain_sysinfo_settle(def) < 0 || domain_sysinfo_agree(def) < 0)
        return -1;
    if (vr_xml_child(node, "resource") && !def->resource_partition && !def->resource_appid)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "<resource> names neither a partition nor an appid");
    domain_capabilities_settle(&def->features);
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (vr_xml_child(node, "vcpu") && !vr_xml_text(vr_xml_child(node, "vcpu")))
        return XML_FAIL("maximum vcpus count must be an integer");
    domain_disks_sort(def);
    domain_controllers_sort(def);
    if (parse->context->flags & VR_MODEL_SKIP_POST)
        return 0;
    if (fill_os(def, driver) < 0)
        return -1;
    if (driver && driver->begin && driver->begin(def, parse->context) < 0)
        return -1;
    if (domain_memory_fill(def, parse->context->flags & VR_MODEL_ABI_UPDATE) < 0)
        return -1;
    fill_vcpu(def);
    if (fill_iothreads(def) < 0 || domain_idmap_settle(def->idmap) < 0)
        return -1;
    domain_memory_identify(def);
    if (domain_cpu_fill(def) < 0 || domain_tuning_fill(def) < 0)
        return -1;
    vr_metadata_clean(def->metadata);
    if (domain_chardevs_fill(def) < 0)
        return -1;
    domain_controllers_number(def);
    if (driver && driver->fill && driver->fill(def, parse->context) < 0)
        return -1;
    if (domain_cpu_check_model(def->cpu) < 0)
        return -1;
    domain_disks_place(def);
    domain_hostdevs_place(def);
    domain_controllers_number(def);
    if (domain_implied_devices(def) < 0)
        return -1;
    if (domain_disks_fill(def) < 0 || domain_controllers_fill(def) < 0)
        return -1;
    if (driver && driver->place && driver->place(def, parse->context) < 0)
        return -1;
    if (parse->context->flags & VR_MODEL_SKIP_VALIDATE)
        return 0;
    /* what the hypervisor cannot do is told before what nobody can */
    if (driver && driver->validate && driver->validate(def, parse->context) < 0)
        return -1;
    return domain_validate(def);
}
