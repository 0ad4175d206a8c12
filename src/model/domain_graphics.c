/* Graphics: ports and listening addresses, which old and new documents write in two places.
 *
 * Called by the engine per display.
 */
#include "model/domain_rules.h"

#include <string.h>

static const GraphicsListen *
first_listen(const DomainGraphics *graphics)
{
    return graphics->n_listen ? graphics->listen[0] : NULL;
}

bool
graphics_listen_show_socket(const void *object, const VrFormat *format)
{
    const GraphicsListen *listen = object;

    return !listen->auto_socket || !(format->flags & VR_MODEL_INACTIVE);
}

static GraphicsListen *
add_listen(DomainGraphics *graphics, int type)
{
    GraphicsListen *listen = graphics_listen_new();

    listen->type = type;
    vr_model_list_add(&graphics->listen, &graphics->n_listen, listen);
    return listen;
}

/* The attributes of old are one more way to write the first <listen>. */
static int
merge_listens(DomainGraphics *graphics)
{
    GraphicsListen *first = graphics->n_listen ? graphics->listen[0] : NULL;

    if (graphics->socket && first && first->type == LISTEN_TYPE_SOCKET && first->socket &&
        strcmp(first->socket, graphics->socket) != 0)
        return UNSUPPORTED("graphics 'socket' attribute '%s' must match 'socket' attribute of first "
                           "listen element (found '%s')", graphics->socket, first->socket);
    if (graphics->socket) {
        /* the socket wins over any address */
        if (!first)
            first = add_listen(graphics, LISTEN_TYPE_SOCKET);
        g_clear_pointer(&first->address, g_free);
        first->type = LISTEN_TYPE_SOCKET;
        if (!first->socket)
            first->socket = g_strdup(graphics->socket);
        return 0;
    }
    if (!first) {
        add_listen(graphics, LISTEN_TYPE_ADDRESS)->address = g_strdup(graphics->listen_attr);
        return 0;
    }
    if (graphics->listen_attr && first->type == LISTEN_TYPE_ADDRESS && first->address &&
        strcmp(first->address, graphics->listen_attr) != 0)
        return UNSUPPORTED("graphics 'listen' attribute '%s' must match 'address' attribute of first "
                           "listen element (found '%s')", graphics->listen_attr, first->address);
    if (graphics->listen_attr && first->type == LISTEN_TYPE_ADDRESS && !first->address)
        first->address = g_strdup(graphics->listen_attr);
    return 0;
}

static void
fill_ports(DomainGraphics *graphics, bool inactive, bool port_given)
{
    if (graphics->type == GRAPHICS_TYPE_SPICE) {
        if (graphics->autoport == YES_NO_YES && inactive)
            graphics->port = graphics->tls_port = 0;
        if (!graphics->autoport)
            graphics->autoport = YES_NO_NO;
        return;
    }
    if (graphics->port == -1 || (!port_given && graphics->autoport != YES_NO_NO)) {
        graphics->autoport = YES_NO_YES;
        graphics->port = 0;
    }
    if (graphics->autoport == YES_NO_YES && inactive)
        graphics->port = 0;
    if (!graphics->autoport)
        graphics->autoport = YES_NO_NO;
}

static int
check_listens(const DomainGraphics *graphics)
{
    for (size_t i = 0; i < graphics->n_listen; i++) {
        const GraphicsListen *listen = graphics->listen[i];

        if (listen->type != LISTEN_TYPE_NETWORK && listen->network)
            return XML_FAIL("'network' attribute is valid only for listen type 'network'");
        if (listen->type == LISTEN_TYPE_NETWORK && !listen->network)
            return XML_FAIL("'network' attribute is required for listen type 'network'");
    }
    return 0;
}

/* Without a password there is neither an end of it nor a rule for who is connected. */
static int
settle_password(DomainGraphics *graphics)
{
    const char *until = graphics->passwd_valid_to;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = NULL;

    if (!graphics->passwd) {
        g_clear_pointer(&graphics->passwd_valid_to, g_free);
        graphics->connected = 0;
        return 0;
    }
    if (!until)
        return 0;
    time = strlen(until) == strlen("YYYY-MM-DDTHH:MM:SS") ? g_date_time_new_from_iso8601(until, utc) : NULL;
    return time ? 0 : vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                               "cannot parse password validity time '%s', expect YYYY-MM-DDTHH:MM:SS", until);
}

/* Each channel has one mode: the last that was written. */
static void
settle_channels(DomainGraphics *graphics)
{
    for (size_t i = graphics->n_channel; i-- > 0;) {
        for (size_t j = i; j-- > 0;) {
            if (graphics->channel[j]->name != graphics->channel[i]->name)
                continue;
            graphics->channel[j]->mode = graphics->channel[i]->mode;
            graphics_channel_free(vr_model_list_take(&graphics->channel, &graphics->n_channel, i));
            break;
        }
    }
}

int
domain_graphics_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainGraphics *graphics = object;
    bool inactive = parse->context->flags & VR_MODEL_INACTIVE;

    if (graphics->type == GRAPHICS_TYPE_SDL && graphics->fullscreen == YES_NO_NO)
        graphics->fullscreen = YES_NO_UNSET;
    if (graphics->type != GRAPHICS_TYPE_EGL_HEADLESS && graphics->gl && !graphics->gl->enable)
        return vr_missing_attr(vr_xml_child(node, "gl"), "enable");
    if (settle_password(graphics) < 0)
        return -1;
    settle_channels(graphics);

    switch (graphics->type) {
    case GRAPHICS_TYPE_VNC:
    case GRAPHICS_TYPE_SPICE:
    case GRAPHICS_TYPE_RDP:
        break;
    default:
        return 0;
    }
    if (graphics->listen_attr && !*graphics->listen_attr)
        g_clear_pointer(&graphics->listen_attr, g_free);
    if (merge_listens(graphics) < 0 || check_listens(graphics) < 0)
        return -1;
    fill_ports(graphics, inactive, vr_xml_attr(node, "port"));
    /* without any port nothing listens */
    if (graphics->type == GRAPHICS_TYPE_SPICE && !graphics->port && !graphics->tls_port &&
        graphics->autoport != YES_NO_YES && graphics->n_listen == 1 &&
        graphics->listen[0]->type == LISTEN_TYPE_ADDRESS) {
        g_clear_pointer(&graphics->listen[0]->address, g_free);
        graphics->listen[0]->type = LISTEN_TYPE_NONE;
    }
    return 0;
}

/* Ports and addresses as attributes, for clients that know nothing else. */
int
graphics_format_place(VrFormat *format, const void *object)
{
    const DomainGraphics *graphics = object;
    const GraphicsListen *listen = first_listen(graphics);
    bool automatic = graphics->autoport == YES_NO_YES;

    if (!listen || listen->type == LISTEN_TYPE_NONE)
        return 0;
    if (listen->type == LISTEN_TYPE_SOCKET) {
        if (graphics->type == GRAPHICS_TYPE_VNC && listen->socket)
            vr_print_attr(format->out, "socket", listen->socket);
        return 0;
    }
    if (graphics->port)
        g_string_append_printf(format->out, " port='%d'", graphics->port);
    else if (automatic && graphics->type != GRAPHICS_TYPE_SPICE)
        g_string_append_printf(format->out, " port='%d'", graphics->type == GRAPHICS_TYPE_VNC ? -1 : 0);
    if (graphics->type == GRAPHICS_TYPE_SPICE && graphics->tls_port)
        g_string_append_printf(format->out, " tlsPort='%d'", graphics->tls_port);
    if (automatic || graphics->type != GRAPHICS_TYPE_RDP)
        vr_print_attr(format->out, "autoport", automatic ? "yes" : "no");
    return 0;
}

int
graphics_format_listen(VrFormat *format, const void *object)
{
    const GraphicsListen *listen = first_listen(object);

    if (listen && listen->type != LISTEN_TYPE_NONE && listen->type != LISTEN_TYPE_SOCKET)
        vr_print_attr(format->out, "listen", listen->address);
    return 0;
}

/* "any" is what a channel is without being named. */
bool
graphics_show_channel(const void *object, const VrFormat *format)
{
    return ((const GraphicsChannel *) object)->mode != GRAPHICS_CHANNEL_MODE_ANY;
}
