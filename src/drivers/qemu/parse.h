/* The steps of reading a definition, each in a file of its own.  Included by this folder only; on the reader's thread. */
#pragma once

#include "drivers/qemu/qemu.h"

/* One reading: what the steps share. */
typedef struct {
    QemuDriver *driver;
    QemuCaps *caps; /* the emulator's, from the first step on */
} QemuParse;

#define UNSUPPORTED(...) vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, __VA_ARGS__)
#define XML_FAIL(...) vr_error(VIR_FROM_QEMU, VIR_ERR_XML_ERROR, __VA_ARGS__)

/* basics.c: emulator, architecture, machine; before anything else is filled in. */
int qemu_fill_basics(DomainDef *def, const VrParseContext *context);
/* fill.c: each device's own defaults, and the devices that every guest of a machine has. */
int qemu_fill_devices(DomainDef *def, const VrParseContext *context);
/* place.c: addresses on every bus. */
int qemu_place_devices(DomainDef *def, const VrParseContext *context);
/* validate.c: what QEMU cannot do. */
int qemu_validate(const DomainDef *def, const VrParseContext *context);
/* What no bus has a place for on this machine; before addresses are given. */
int qemu_validate_placeable(const DomainDef *def);
/* validate_*.c: its parts by kind of device. */
int qemu_validate_controllers(const DomainDef *def, const QemuCaps *caps);
int qemu_validate_disks(const DomainDef *def);
/* Whether processes beside QEMU may see all of the guest's memory. */
bool qemu_has_shared_memory(const DomainDef *def);
int qemu_validate_devices(const DomainDef *def, const QemuCaps *caps);
