/* Devices one by one, as hot-plugging means them: read alone, found in a definition, put in and taken out.
 *
 * Included by this folder only.  Pure but for errors; any thread.
 */
#pragma once

#include "drivers/qemu/qemu.h"

/* What can be done with a kind of device. */
enum {
    QEMU_LIVE_ATTACH = 1 << 0,
    QEMU_LIVE_DETACH = 1 << 1,
    QEMU_LIVE_UPDATE = 1 << 2,
    QEMU_CONFIG_ATTACH = 1 << 3,
    QEMU_CONFIG_DETACH = 1 << 4,
    QEMU_CONFIG_UPDATE = 1 << 5,
};

/* One kind of device. */
typedef struct {
    const char *element;
    const VrDesc *desc;
    size_t list, count;    /* in DomainDevices; COUNT 0: one pointer */
    size_t alias, address; /* in the device; ALIAS 0: it has none */
    bool (*match)(const void *have, const void *wanted); /* whether WANTED, which says little, means HAVE */
    char *(*describe)(const void *device); /* for "... not found" */
    unsigned can;
} QemuPart;

const QemuPart *qemu_part(const char *element);
/* A device read alone, unfilled; which kind in RET_PART.  NULL with the error set.  RET_XML: its text, checked and alone. */
void *qemu_device_read(const char *xml, const QemuPart **ret_part, char **ret_xml);
/* -1 with the error set unless PART can be ACTION ("attach"...) LIVE or in the configuration. */
int qemu_part_check(const QemuPart *part, const char *action, bool live, unsigned can);

size_t qemu_part_count(const DomainDef *def, const QemuPart *part);
void *qemu_part_at(const DomainDef *def, const QemuPart *part, size_t at);
/* Where the device that WANTED means is; -1 with VIR_ERR_DEVICE_MISSING when there is none. */
int qemu_part_find(const DomainDef *def, const QemuPart *part, const void *wanted);
void qemu_part_add(DomainDef *def, const QemuPart *part, void *device);
void *qemu_part_take(DomainDef *def, const QemuPart *part, size_t at);
const char *qemu_part_alias(const QemuPart *part, const void *device);
/* The kind and place of the device named ALIAS; NULL when there is none. */
const QemuPart *qemu_part_by_alias(const DomainDef *def, const char *alias, size_t *ret_at);

/* A copy of DEF with the device XML (of kind PART) in it as well, filled in, placed and checked as a whole.  RET_DEVICE is where it is
 * there.  NULL with the error set. */
DomainDef *qemu_device_join(QemuDriver *driver, const DomainDef *def, const QemuPart *part, const char *xml, size_t *ret_at);
