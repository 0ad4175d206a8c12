/* Headers of disk images, which guests write: any bytes have a format or are refused, and name nothing beyond themselves. */
#include <string.h>

#include "base/error.h"
#include "common.h"
#include "host/image.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {NULL, "qcow2", "vmdk", "raw"};
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_auto(VrImageInfo) info = {0};
        if (vr_image_read_header(data, size, formats[i], &info) < 0) {
            vr_error_clear();
            continue;
        }
        g_autofree char *path = info.backing ? vr_image_backing_path("/pool/image", info.backing) : NULL;
        if (info.backing && strlen(info.backing) > size)
            __builtin_trap();
    }
    return 0;
}
