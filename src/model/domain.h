/* The domain document and what a hypervisor's driver may say about it.
 *
 * Included by whoever handles guests.  A driver passes its DomainDriver in VrParseContext.driver.
 */
#pragma once

#include "model/domain.gen.h"

/* A hypervisor's part in reading a domain; every member may be NULL. */
typedef struct {
    /* The machine's architecture when the document names none. */
    const char *default_arch;
    /* Each of the following: 0 or -1, in this sequence. */
    /* Settles the machine, before any device is looked at. */
    int (*begin)(DomainDef *def, const VrParseContext *context);
    /* Completes the definition after the common defaults, before addresses are given. */
    int (*fill)(DomainDef *def, const VrParseContext *context);
    /* Gives the addresses that are the hypervisor's to give, once every implied device is there. */
    int (*place)(DomainDef *def, const VrParseContext *context);
    /* Refuses what the hypervisor cannot do. */
    int (*validate)(const DomainDef *def, const VrParseContext *context);
    bool wide_scsi; /* sixteen units on a SCSI bus */
} DomainDriver;
