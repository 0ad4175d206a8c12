/* Finding a guest's devices by the names that API calls use.  Pure functions; any thread. */
#pragma once

#include "model/domain.h"

/* The disk whose target is NAME, or whose source is the path NAME; NULL without an error. */
DomainDisk *vr_domain_disk(const DomainDef *def, const char *name);

/* What a disk lies on, as a path: its file, block device or folder; NULL for the rest. */
const char *vr_domain_disk_path(const DomainDisk *disk);
/* A drive without a medium. */
bool vr_domain_disk_is_empty(const DomainDisk *disk);

/* The interface whose MAC address or host device is NAME; NULL with VIR_ERR_INVALID_ARG. */
DomainNet *vr_domain_net(const DomainDef *def, const char *name);
