/* Which driver serves a URI: see drivers.c. */
#pragma once

#include "base/driver.h"

/* The driver for URI, its module loaded; NULL with the error set. */
const VrDriver *vr_driver_find(const VrUri *uri);

/* The driver of PART for a hypervisor's connection at URI; NULL without an error when this process has none. */
const VrDriver *vr_driver_companion(VrHostPart part, const VrUri *uri);

/* The URI to open when nobody names one: the first hypervisor found on this host.  NULL with the error set. */
char *vr_driver_probe_uri(void);
