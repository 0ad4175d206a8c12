/* See peer.h. */
#include "drivers/peer.h"

#include "base/connect.h"

virConnectPtr
vr_peer_open(VrHostPart part, const char *root, gboolean privileged)
{
    g_autofree char *escaped = root ? g_uri_escape_string(root, "/", FALSE) : NULL;
    g_autofree char *uri = root ? g_strdup_printf("%s:///embed?root=%s", vr_host_parts[part], escaped)
                                : g_strdup_printf("%s:///%s", vr_host_parts[part], privileged ? "system" : "session");
    virConnectPtr conn = VR_PEER(virConnectOpen(uri));
    if (conn)
        conn->extra->peer = TRUE;
    return conn;
}
