/* Title, description and what applications keep in a definition, as the metadata calls of guests and networks mean them.
 *
 * Pure functions over definitions; any thread.
 */
#pragma once

#include "model/xml.h"

/* Where a definition has them, and what an error is called. */
typedef struct {
    char **description, **title;
    VrXmlTree **elements;
    int domain, missing;
} VrMetadata;

/* Caller frees; NULL with the code MISSING when there is none. */
char *vr_metadata_get(const VrMetadata *of, int type, const char *uri);

/* NULL TEXT removes. */
int vr_metadata_set(const VrMetadata *of, int type, const char *text, const char *key, const char *uri);
