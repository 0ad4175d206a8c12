/* BRIDGE.macs: which guest has which MAC addresses, for the name service that finds guests by their names. */
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#include "drivers/network/network.h"

static json_t *
entry_of(json_t *list, const char *domain)
{
    for (gsize i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        if (g_strcmp0(json_string_value(json_object_get(entry, "domain")), domain) == 0)
            return entry;
    }
    json_t *entry = json_object();
    json_object_set_new(entry, "domain", json_string(domain));
    json_object_set_new(entry, "macs", json_array());
    json_array_append_new(list, entry);
    return entry;
}

int
network_write_macs(VrInstance *instance, const VrItemState *next)
{
    const NetworkDef *def = network_now(next);
    if (!network_wants_dnsmasq(def))
        return 0;
    json_t *list = json_array();
    for (guint i = 0; i < next->parts->len; i++) {
        const NetworkPortDef *port = ((VrDefinition *)next->parts->pdata[i])->def;
        const unsigned char *m = port->mac;
        g_autofree char *mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
        json_array_append_new(json_object_get(entry_of(list, port->owner_name), "macs"), json_string(mac));
    }
    char *text = json_dumps(list, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(list);
    g_autofree char *path = vr_files_path(network_driver(instance)->lib, def->bridge.name, ".macs");
    g_autoptr(GError) error = NULL;
    bool good = text && g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error);
    free(text);
    return good ? 0 : vr_error(VIR_FROM_NETWORK, VIR_ERR_SYSTEM_ERROR, "cannot write '%s': %s", path,
                               error ? error->message : "no memory");
}
