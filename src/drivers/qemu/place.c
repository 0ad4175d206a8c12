/* Addresses: every bus in its turn.  Third step of reading a definition, on the reader's thread. */
#include "drivers/qemu/address.h"
#include "drivers/qemu/fill.h"

int
qemu_assign_all(DomainDef *def, const QemuParse *parse)
{
    if (qemu_assign_virtio_serial(def) < 0 || qemu_assign_spapr(def) < 0 || qemu_assign_ccw(def) < 0 ||
        qemu_assign_mmio(def) < 0 || qemu_assign_pci(def, parse) < 0 || qemu_assign_zpci(def) < 0 ||
        qemu_assign_usb(def) < 0)
        return -1;
    /* the console of a port is that port */
    if (def->devices.n_console && def->devices.n_serial &&
        def->devices.console[0]->target.type == CONSOLE_TARGET_TYPE_SERIAL && def->devices.serial[0]->address) {
        DomainConsole *console = def->devices.console[0];
        g_clear_pointer(&console->address, domain_address_free);
        console->address = domain_address_copy(def->devices.serial[0]->address);
    }
    return qemu_assign_slots(def);
}

int
qemu_place_devices(DomainDef *def, const VrParseContext *context)
{
    const QemuParse *parse = context->opaque;
    if (qemu_fill_controllers(def, parse) < 0 || qemu_validate_placeable(def) < 0)
        return -1;
    return qemu_assign_all(def, parse);
}
