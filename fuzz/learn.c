/* Frames on a guest's port, which the guest makes up. */
#include "common.h"
#include "drivers/nwfilter/nwfilter.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char mac[6] = {0x52, 0x54, 0, 1, 2, 3};
    static const char *const servers[] = {"10.0.0.1", NULL};
    guint8 ip[4];
    for (int way = 0; way < 8; way++)
        nwfilter_learn_parse(data, size, mac, way & 1, way & 2, way & 4 ? servers : NULL, ip);
    return 0;
}
