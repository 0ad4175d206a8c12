/* Mediated devices, for the operations that make and end them.  Included by this folder only. */
#pragma once

#include "drivers/nodedev/nodedev.h"

NodeDeviceCap *nodedev_mdev_cap(const NodeDeviceDef *def);
/* The name that a device of this identity and parent has. */
char *nodedev_mdev_name(const NodeDeviceCap *cap);

/* Its definition on disk. */
int nodedev_mdev_write(VrInstance *instance, const NodeDeviceDef *def, bool autostart);
int nodedev_mdev_forget(VrInstance *instance, const NodeDeviceDef *def);
/* DEF (taken over) is what the device of its name can be started from; RET_KNOWN may be NULL. */
int nodedev_mdev_keep(VrInstance *instance, NodeDeviceDef *def, bool autostart, bool *ret_known);

int nodedev_mdev_start(const NodeDeviceDef *parent, const NodeDeviceCap *cap);
int nodedev_mdev_stop(const NodeDeviceCap *cap);
