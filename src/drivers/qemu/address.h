/* The buses besides PCI: one function each, called by place.c in this order.  Each 0, or -1 with the error set. */
#pragma once

#include "drivers/qemu/parse.h"

/* All of them. */
int qemu_assign_all(DomainDef *def, const QemuParse *parse);
int qemu_assign_virtio_serial(DomainDef *def);
int qemu_assign_spapr(DomainDef *def);
int qemu_assign_ccw(DomainDef *def);
int qemu_assign_mmio(DomainDef *def);
int qemu_assign_pci(DomainDef *def, const QemuParse *parse);
int qemu_assign_usb(DomainDef *def);
int qemu_assign_zpci(DomainDef *def);
int qemu_assign_slots(DomainDef *def);
