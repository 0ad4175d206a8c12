/* Small settings of guests, as API calls name them: what follows a guest's end.  Pure functions over definitions; any thread. */
#pragma once

#include "model/domain.h"

/* Refuse what virDomainSetLifecycleAction cannot mean: 0, or -1 with the error set. */
int vr_guest_lifecycle_check(unsigned type, unsigned action);
void vr_guest_lifecycle_set(DomainDef *def, unsigned type, unsigned action);

/* TYPE is one of virDomainMetadataType: 0, or -1 with the error set. */
int vr_guest_metadata_check(int type);
