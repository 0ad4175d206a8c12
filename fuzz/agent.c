/* A guest's agent, which is the guest's: any bytes are messages, nonsense that is said to be so, or nothing. */
#include <stdint.h>

#include "drivers/qemu/agent_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    QemuAgentReader reader;
    size_t step = size > 0 ? 1 + data[0] : 1; /* the pieces that it comes in */
    qemu_agent_reader_init(&reader);
    for (size_t at = 0; at < size; at += step) {
        gboolean broken = !qemu_agent_reader_feed(&reader, data + at, MIN(step, size - at));
        json_t *message = NULL;
        while ((message = qemu_agent_reader_next(&reader, &broken)) || broken)
            json_decref(message);
        if (data[at] == 'S')
            qemu_agent_reader_seek(&reader);
    }
    qemu_agent_reader_clear(&reader);
    return 0;
}
