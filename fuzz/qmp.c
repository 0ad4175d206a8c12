/* An emulator's monitor, which a guest may have taken over: any bytes are messages or end the connection. */
#include <stdint.h>

#include "drivers/qemu/qmp_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    QemuQmpReader reader;
    gboolean broken = FALSE;
    size_t step = size > 0 ? 1 + data[0] : 1; /* the pieces that it comes in */
    qemu_qmp_reader_init(&reader);
    for (size_t at = 0; at < size && !broken; at += step) {
        if (!qemu_qmp_reader_feed(&reader, data + at, MIN(step, size - at)))
            break;
        json_t *message;
        while ((message = qemu_qmp_reader_next(&reader, &broken)))
            json_decref(message);
    }
    qemu_qmp_reader_clear(&reader);
    return 0;
}
