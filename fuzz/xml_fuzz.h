/* The body of every document's fuzz target: read, print, read again; the second text equals the first print.
 *
 * A target is one line: XML_FUZZ_TARGET(descriptor).  Build with -Dfuzz=true and clang.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

static inline int
xml_fuzz(const VrDesc *desc, const uint8_t *data, size_t size)
{
    static const char *const namespaces[] = {"qemu", "lxc", "xen", "bhyve", "ch", "dnsmasq", "fs", "rbd", NULL};
    VrParseContext context = {.flags = size && data[0] & 1 ? VR_MODEL_INACTIVE : 0, .namespaces = namespaces};
    g_autofree char *text = g_strndup((const char *) data, size);
    void *object = vr_model_parse(desc, text, &context);
    g_autofree char *first = NULL;
    g_autofree char *json = NULL;
    void *again, *copy;

    vr_error_clear();
    if (!object)
        return 0;
    first = vr_model_format(desc, object, VR_MODEL_SECURE);
    json = vr_model_json(desc, object, VR_MODEL_SECURE);
    copy = vr_model_copy(desc, object);
    if (!vr_model_equal(desc, object, copy))
        abort();
    again = vr_model_parse(desc, first, &context);
    vr_error_clear();
    vr_model_free(desc, again);
    vr_model_free(desc, copy);
    vr_model_free(desc, object);
    return 0;
}

#define XML_FUZZ_TARGET(desc)                                                                      \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                  \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                   \
    {                                                                                              \
        return xml_fuzz(&desc, data, size);                                                        \
    }
