/* The numbers under which s390 guests know PCI functions.  Called by place.c while a definition is read. */
#include "drivers/qemu/address.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/devices.h"

/* Numbers in use. */
typedef struct {
    GHashTable *uids, *fids;
} ZpciSet;

static void
set_clear(ZpciSet *set)
{
    g_hash_table_unref(set->uids);
    g_hash_table_unref(set->fids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ZpciSet, set_clear)

static int
reserve(DomainDef *def, const QemuDevice *device, void *opaque)
{
    const ZpciSet *set = opaque;
    const DomainZpci *zpci = *device->address ? (*device->address)->zpci : NULL;
    if (!zpci)
        return 0;
    if (zpci->uid_given && (zpci->uid == 0 || zpci->uid > 0xffff))
        return XML_FAIL("Invalid PCI address uid='0x%.4x', must be > 0x0000 and <= 0xffff", zpci->uid);
    if (zpci->uid_given && !g_hash_table_add(set->uids, GUINT_TO_POINTER(zpci->uid)))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "zPCI uid %u is already reserved", zpci->uid);
    if (zpci->fid_given && !g_hash_table_add(set->fids, GUINT_TO_POINTER(zpci->fid)))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "zPCI fid %u is already reserved", zpci->fid);
    return 0;
}

static unsigned
next(GHashTable *taken, unsigned from)
{
    while (!g_hash_table_add(taken, GUINT_TO_POINTER(from)))
        from++;
    return from;
}

static void
give(const ZpciSet *set, DomainZpci *zpci)
{
    if (!zpci->uid_given)
        zpci->uid = next(set->uids, 1);
    if (!zpci->fid_given)
        zpci->fid = next(set->fids, 0);
    zpci->has_uid = zpci->has_fid = zpci->uid_given = zpci->fid_given = true;
}

/* Those with one of the two numbers come before those with neither. */
static int
complete(DomainDef *def, const QemuDevice *device, void *opaque)
{
    if (*device->address && (*device->address)->zpci)
        give(opaque, (*device->address)->zpci);
    return 0;
}

static int
add(DomainDef *def, const QemuDevice *device, void *opaque)
{
    DomainAddress *address = *device->address;
    if (!qemu_is_pci(address) || address->zpci || device->kind == QEMU_SERIAL || device->kind == QEMU_WATCHDOG)
        return 0;
    address->zpci = domain_zpci_new();
    give(opaque, address->zpci);
    return 0;
}

int
qemu_assign_zpci(DomainDef *def)
{
    g_auto(ZpciSet) set = {g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL)};
    if (!qemu_is_s390(def))
        return 0;
    if (qemu_devices_each(def, reserve, &set) < 0)
        return -1;
    qemu_devices_each(def, complete, &set);
    return qemu_devices_each(def, add, &set);
}
