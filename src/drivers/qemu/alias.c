/* Names of devices in a running guest: QEMU's ids, by kind and number; those that users chose stay.
 *
 * Called before a command line is built, on the builder's thread.
 */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/fill.h"

const char *
qemu_controller_alias(const DomainDef *def, int type, unsigned index)
{
    const char *alias = NULL;
    /* several USB controllers may share a number: the first with ports of its own is meant */
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == type && controller->index == (int)index && (!alias || controller->master_startport < 0))
            alias = controller->alias;
    }
    return alias;
}

static char *
controller_alias(const DomainDef *def, const DomainController *controller)
{
    const char *type = vr_enum_to_string(&vr_enum_controller_type, controller->type);
    switch (controller->type) {
    case CONTROLLER_TYPE_PCI:
        if (controller->model == CONTROLLER_MODEL_PCIE_ROOT)
            return g_strdup("pcie.0");
        return g_strdup_printf("pci.%d", controller->index);
    case CONTROLLER_TYPE_IDE:
        if (qemu_builtin_ide(def) && controller->index == 0)
            return g_strdup("ide");
        break;
    case CONTROLLER_TYPE_SATA:
        if (qemu_builtin_sata(def, controller))
            return g_strdup("ide");
        break;
    case CONTROLLER_TYPE_USB:
        if (controller->index == 0)
            return g_strdup("usb");
        break;
    case CONTROLLER_TYPE_SCSI:
        if (controller->model == CONTROLLER_MODEL_NCR53C90 && controller->index == 0)
            return g_strdup("scsi");
        break;
    default:
        break;
    }
    return g_strdup_printf("%s%d", type, controller->index);
}

/* SCSI disks behind a narrow controller are told apart by bus and unit. */
bool
qemu_scsi_is_narrow(const DomainDef *def, unsigned controller)
{
    const DomainController *found = qemu_find_controller(def, CONTROLLER_TYPE_SCSI, (int)controller);
    int model = found ? found->model : CONTROLLER_MODEL_UNSET;
    return model == CONTROLLER_MODEL_UNSET || model == CONTROLLER_MODEL_LSILOGIC ||
           model == CONTROLLER_MODEL_NCR53C90 || model == CONTROLLER_MODEL_DC390 || model == CONTROLLER_MODEL_AM53C974;
}

static int
disk_index(const char *target)
{
    int index = 0;
    const char *letters = target;
    static const char *const prefixes[] = {"fd", "hd", "vd", "sd", "xvd", "ubd"};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(target, prefixes[i])) {
            letters = target + strlen(prefixes[i]);
            break;
        }
    }
    for (; g_ascii_islower(*letters) && index < 1000000; letters++)
        index = index * 26 + (*letters - 'a') + 1;
    return index - 1;
}

static char *
disk_alias(const DomainDef *def, const DomainDisk *disk)
{
    const char *bus = vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus);
    const DomainAddress *a = disk->address;
    if (a && a->type == DOMAIN_ADDRESS_TYPE_DRIVE) {
        switch (disk->target->bus) {
        case DISK_BUS_SCSI:
            if (!qemu_scsi_is_narrow(def, a->controller))
                return g_strdup_printf("scsi%u-%u-%u-%u", a->controller, a->bus, a->target, a->unit);
            return g_strdup_printf("scsi%u-%u-%u", a->controller, a->bus, a->unit);
        case DISK_BUS_IDE:
        case DISK_BUS_SATA:
        case DISK_BUS_FDC:
            return g_strdup_printf("%s%u-%u-%u", bus, a->controller, a->bus, a->unit);
        default:
            break;
        }
    }
    return g_strdup_printf("%s-disk%d", bus, disk_index(disk->target->dev));
}

static char *
memory_alias(const DomainMemoryDevice *memory, unsigned number)
{
    static const char *const names[] = {
        [MEMORY_MODEL_DIMM] = "dimm",           [MEMORY_MODEL_NVDIMM] = "nvdimm",
        [MEMORY_MODEL_VIRTIO_PMEM] = "virtiopmem", [MEMORY_MODEL_VIRTIO_MEM] = "virtiomem",
        [MEMORY_MODEL_SGX_EPC] = "epc",
    };
    const char *name = (size_t)memory->model < G_N_ELEMENTS(names) ? names[memory->model] : NULL;
    if (memory->address && memory->address->type == DOMAIN_ADDRESS_TYPE_DIMM)
        number = memory->address->slot;
    return g_strdup_printf("%s%u", name ? name : "memory", number);
}

/* Kinds that are simply counted. */
static const char *const counted[QEMU_N_KINDS] = {
    [QEMU_NET] = "net",           [QEMU_SOUND] = "sound",       [QEMU_HOSTDEV] = "hostdev",
    [QEMU_SMARTCARD] = "smartcard", [QEMU_SERIAL] = "serial",   [QEMU_PARALLEL] = "parallel",
    [QEMU_CHANNEL] = "channel",   [QEMU_CONSOLE] = "console",   [QEMU_INPUT] = "input",
    [QEMU_FILESYSTEM] = "fs",     [QEMU_WATCHDOG] = "watchdog", [QEMU_MEMBALLOON] = "balloon",
    [QEMU_RNG] = "rng",           [QEMU_NVRAM] = "nvram",       [QEMU_HUB] = "hub",
    [QEMU_SHMEM] = "shmem",       [QEMU_PANIC] = "panic",       [QEMU_REDIRDEV] = "redir",
    [QEMU_VIDEO] = "video",       [QEMU_TPM] = "tpm",           [QEMU_IOMMU] = "iommu",
    [QEMU_VSOCK] = "vsock",       [QEMU_CRYPTO] = "crypto",
};

/* The number in an alias NAMEn, or -1. */
static int
alias_number(const char *alias, const char *name)
{
    size_t len = strlen(name);
    if (!alias || strncmp(alias, name, len) != 0 || !g_ascii_isdigit(alias[len]))
        return -1;
    return (int)g_ascii_strtoll(alias + len, NULL, 10);
}

void
qemu_assign_aliases(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        if (!controller->alias)
            controller->alias = controller_alias(def, controller);
    }
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        DomainDisk *disk = def->devices.disk[i];
        if (!disk->alias)
            disk->alias = disk_alias(def, disk);
    }
    unsigned others[8] = {0};
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        DomainMemoryDevice *memory = def->devices.memory[i];
        unsigned *number = &others[(size_t)memory->model % G_N_ELEMENTS(others)];
        if (!memory->alias)
            memory->alias = memory_alias(memory, *number);
        (*number)++;
    }
    for (QemuKind kind = 0; kind < QEMU_N_KINDS; kind++) {
        for (size_t i = 0; counted[kind] && i < qemu_devices_count(def, kind); i++) {
            QemuDevice device = qemu_devices_at(def, kind, i);
            int number = (int)i;
            if (*device.alias)
                continue;
            for (size_t j = 0; j < qemu_devices_count(def, kind); j++) {
                QemuDevice other = qemu_devices_at(def, kind, j);
                if (j < i)
                    number = MAX(number, alias_number(*other.alias, counted[kind]) + 1);
            }
            *device.alias = g_strdup_printf("%s%d", counted[kind], number);
        }
    }
    /* one port, one name */
    if (def->devices.n_console && def->devices.n_serial &&
        def->devices.console[0]->target.type == CONSOLE_TARGET_TYPE_SERIAL) {
        DomainConsole *console = def->devices.console[0];
        g_free(console->alias);
        console->alias = g_strdup(def->devices.serial[0]->alias);
    }
}
