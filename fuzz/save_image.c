/* Saved guests' files: any head is read or refused, and what was read is built the same. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "model/save_image.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(VrSaveImage) image = {0};
    g_auto(VrSaveImage) again = {0};
    GByteArray *bytes;

    if (vr_save_image_parse(data, size, &image) < 0)
        return 0;
    bytes = vr_save_image_build(&image);
    if (!bytes)
        return 0;
    if (vr_save_image_parse(bytes->data, bytes->len, &again) < 0 || strcmp(image.xml, again.xml) != 0 ||
        g_strcmp0(image.cookie, again.cookie) != 0 || image.running != again.running)
        abort();
    g_byte_array_unref(bytes);
    return 0;
}
