/* Addresses on the virtual I/O bus of POWER guests.  Called by place.c while a definition is read. */
#include "drivers/qemu/address.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/devices.h"

#include <string.h>

#define STEP 0x1000ull

/* The first register of each kind of device on this bus; 0 for those that are not on it. */
static unsigned long long
first_reg(const QemuDevice *device)
{
    switch (device->kind) {
    case QEMU_NET:
        return g_strcmp0(((const DomainNet *)device->object)->model, "spapr-vlan") == 0 ? 0x1000 : 0;
    case QEMU_CONTROLLER: {
        const DomainController *controller = device->object;
        return controller->type == CONTROLLER_TYPE_SCSI && controller->model == CONTROLLER_MODEL_IBMVSCSI ? 0x2000 : 0;
    }
    case QEMU_SERIAL:
        return ((const DomainSerial *)device->object)->target.type == SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL ? 0x30000000
                                                                                                          : 0;
    case QEMU_NVRAM:
        return 0x3000;
    case QEMU_TPM:
        return ((const DomainTpm *)device->object)->model == DOMAIN_TPM_MODEL_TPM_SPAPR ? 0x4000 : 0;
    default:
        return 0;
    }
}

static bool
reg_taken(DomainDef *def, unsigned long long reg, const DomainAddress *self)
{
    for (QemuKind kind = 0; kind < QEMU_N_KINDS; kind++) {
        if (kind == QEMU_CONSOLE) /* the first one is the first serial port again */
            continue;
        for (size_t i = 0; i < qemu_devices_count(def, kind); i++) {
            const DomainAddress *a = *qemu_devices_at(def, kind, i).address;
            if (a && a != self && a->type == DOMAIN_ADDRESS_TYPE_SPAPR_VIO && a->has_reg && a->reg == reg)
                return true;
        }
    }
    return false;
}

static int
assign(DomainDef *def, const QemuDevice *device)
{
    unsigned long long reg = first_reg(device);
    if (!reg || !qemu_address_default(device->address, DOMAIN_ADDRESS_TYPE_SPAPR_VIO))
        return 0;
    DomainAddress *address = *device->address;
    bool given = address->has_reg;
    if (given)
        reg = address->reg;
    while (reg_taken(def, reg, address)) {
        if (given)
            return XML_FAIL("spapr-vio address 0x%llx already in use", reg);
        reg += STEP;
    }
    address->reg = reg;
    address->has_reg = true;
    return 0;
}

int
qemu_assign_spapr(DomainDef *def)
{
    static const QemuKind order[] = {QEMU_NET, QEMU_CONTROLLER, QEMU_SERIAL, QEMU_NVRAM, QEMU_TPM};
    if (!qemu_is_pseries(def))
        return 0;
    for (gsize k = 0; k < G_N_ELEMENTS(order); k++) {
        for (size_t i = 0; i < qemu_devices_count(def, order[k]); i++) {
            QemuDevice device = qemu_devices_at(def, order[k], i);
            if (assign(def, &device) < 0)
                return -1;
        }
    }
    return 0;
}
