/* Secrets on disk: UUID.xml, and UUID.base64 for the value, readable by their owner only.  Included by this folder only. */
#pragma once

#include "model/secret.gen.h"
#include "store/instance.h"
#include "store/item.h"

/* The identifier of what DEF is for; "" when it is for nothing. */
const char *secret_usage_id(const SecretDef *def);

/* A value that is wiped when nobody needs it any more; BYTES are copied. */
GBytes *secret_value_new(const void *bytes, gsize length);

/* Write the definition and the value that STATE has, where they differ from LAST's (NULL: nothing is there); remove what is
 * no longer kept.  -1 with the error set. */
int secret_keep(const VrInstance *instance, const char *name, const VrItemState *state, const VrItemState *last);
int secret_forget(const VrInstance *instance, const char *name);

/* VrInstanceKind.load */
int secret_load(VrInstance *instance);
