/* Connection URIs and UUIDs: any text parses or is refused. */
#include "base/uri.h"
#include "base/uuid.h"
#include "common.h"

DEFINE_FUZZ_TARGET(text)
{
    unsigned char uuid[VR_UUID_SIZE];
    char back[VR_UUID_TEXT_SIZE];
    if (vr_uuid_parse(text, uuid))
        vr_uuid_format(uuid, back);
    g_autoptr(VrUri) uri = vr_uri_parse(text);
    if (uri)
        (void)vr_uri_param(uri, "socket");
}
