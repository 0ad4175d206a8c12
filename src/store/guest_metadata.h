/* A guest's title, description and application metadata, as virDomainGetMetadata and virDomainSetMetadata mean them.
 *
 * Pure functions over definitions; any thread.
 */
#pragma once

#include "model/domain.h"

/* Caller frees; NULL with VIR_ERR_NO_DOMAIN_METADATA when there is none. */
char *vr_domain_metadata(const DomainDef *def, int type, const char *uri);

/* NULL METADATA removes. */
int vr_domain_set_metadata(DomainDef *def, int type, const char *metadata, const char *key, const char *uri);
