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
    /* Completes the definition after the common defaults, before addresses are given: 0 or -1. */
    int (*fill)(DomainDef *def, const VrParseContext *context);
    /* Last word: refuses what the hypervisor cannot do: 0 or -1. */
    int (*validate)(const DomainDef *def, const VrParseContext *context);
    bool wide_scsi; /* sixteen units on a SCSI bus */
} DomainDriver;
