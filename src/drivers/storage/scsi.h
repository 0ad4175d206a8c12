/* What pools of SCSI units share: a scan of one host's devices. */
#pragma once

#include "drivers/storage/storage.h"

int storage_scan_host(StorageScan *scan, unsigned host);
int storage_rescan_host(unsigned host);
/* WHAT completes "Could not open PATH ". */
int storage_write_sysfs(const char *path, const char *text, const char *what);
int storage_look_unit(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol);
