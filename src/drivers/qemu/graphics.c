/* Displays of a guest that starts: see graphics.h. */
#include "drivers/qemu/graphics.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/qemu/props.h"

/* --- ports --- */

/* Nobody listens on PORT, on any address of either kind. */
static bool
is_free(int port)
{
    const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    const struct {
        const void *address;
        socklen_t size;
        int family;
    } both[] = {{&v4, sizeof(v4), AF_INET}, {&v6, sizeof(v6), AF_INET6}};
    for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
        int fd = socket(both[i].family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
        if (fd < 0)
            continue; /* a host without that kind */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (both[i].family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
        int bound = bind(fd, both[i].address, both[i].size);
        close(fd);
        if (bound < 0)
            return false;
    }
    return true;
}

/* A port that is ours before the emulator listens on it, in the eyes of other instances of this driver: a name that is taken in the
 * network's own namespace.  -1: it is somebody's. */
static int
claim(int port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = g_snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "vireo-display-%d", port);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (gsize)n)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool
reserve(QemuRun *run, int port)
{
    QemuDriver *driver = run->driver;
    VR_SCOPED_LOCK(&driver->ports_lock);
    if (port <= 0 || vr_bitmap_has(driver->ports, (unsigned)port))
        return false;
    QemuPort taken = {port, claim(port)};
    driver->ports = vr_bitmap_add(driver->ports, (unsigned)port);
    g_array_append_val(run->ports, taken);
    return taken.claim >= 0;
}

static int
take_port(QemuRun *run, const char *what, long long from, long long to)
{
    for (long long port = from; port <= to; port++) {
        if (reserve(run, (int)port) && is_free((int)port))
            return (int)port;
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Unable to find an unused port in range '%s' (%lld-%lld)", what, from, to);
}

void
qemu_graphics_release(QemuRun *run)
{
    QemuDriver *driver = run->driver;
    VR_SCOPED_LOCK(&driver->ports_lock);
    for (guint i = 0; i < run->ports->len; i++) {
        const QemuPort *port = &g_array_index(run->ports, QemuPort, i);
        vr_bitmap_remove(driver->ports, (unsigned)port->number);
        if (port->claim >= 0)
            close(port->claim);
    }
    g_array_set_size(run->ports, 0);
}

void
qemu_graphics_adopt(QemuRun *run, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        const DomainGraphics *graphics = def->devices.graphics[i];
        reserve(run, graphics->port);
        reserve(run, graphics->tls_port);
        reserve(run, graphics->websocket);
    }
}

static bool
on_network(const DomainGraphics *graphics)
{
    int type = graphics->n_listen ? (int)graphics->listen[0]->type : LISTEN_TYPE_ADDRESS;
    return type == LISTEN_TYPE_ADDRESS || type == LISTEN_TYPE_NETWORK;
}

static int
choose_ports(QemuRun *run, DomainGraphics *graphics)
{
    const QemuConf *conf = run->driver->conf;
    bool vnc = graphics->type == GRAPHICS_TYPE_VNC, spice = graphics->type == GRAPHICS_TYPE_SPICE;
    if ((!vnc && !spice) || !on_network(graphics))
        return 0;
    const long long from = conf->remote_display_port_min, to = conf->remote_display_port_max;
    if (graphics->autoport == YES_NO_YES || graphics->port == -1) {
        graphics->port = take_port(run, "remote display", from, to);
        if (graphics->port < 0)
            return -1;
    } else if (graphics->port > 0) {
        reserve(run, graphics->port);
    }
    bool tls = spice && conf->spice_tls && (graphics->autoport == YES_NO_YES || graphics->tls_port == -1);
    if (tls && (graphics->tls_port = take_port(run, "remote display", from, to)) < 0)
        return -1;
    if (vnc && graphics->websocket == -1) {
        graphics->websocket = take_port(run, "websocket", conf->remote_websocket_port_min, conf->remote_websocket_port_max);
        graphics->websocket_generated = YES_NO_YES;
        if (graphics->websocket < 0)
            return -1;
    }
    return 0;
}

/* Where a display listens when its definition does not say. */
static void
choose_address(const QemuConf *conf, DomainGraphics *graphics)
{
    bool vnc = graphics->type == GRAPHICS_TYPE_VNC;
    const char *standard = vnc ? conf->vnc_listen : conf->spice_listen;
    for (size_t i = 0; i < graphics->n_listen; i++) {
        GraphicsListen *listen = graphics->listen[i];
        if (listen->type == LISTEN_TYPE_ADDRESS && !listen->address)
            listen->address = g_strdup(standard ? standard : "127.0.0.1");
    }
}

int
qemu_graphics_prepare(QemuRun *run, DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        DomainGraphics *graphics = def->devices.graphics[i];
        if (graphics->type == GRAPHICS_TYPE_VNC || graphics->type == GRAPHICS_TYPE_SPICE)
            choose_address(run->driver->conf, graphics);
        if (choose_ports(run, graphics) < 0)
            return -1;
    }
    return 0;
}

/* --- passwords --- */

static int
tell(QemuRun *run, const char *command, json_t *arguments)
{
    json_t *result = qemu_qmp_call(run->qmp, command, arguments, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

int
qemu_graphics_password(QemuRun *run, const DomainGraphics *graphics)
{
    static const char *const connected[] = {NULL, "fail", "disconnect", "keep"};
    const QemuConf *conf = run->driver->conf;
    bool vnc = graphics->type == GRAPHICS_TYPE_VNC;
    const char *protocol = vnc ? "vnc" : "spice";
    const char *password = graphics->passwd ? graphics->passwd : vnc ? conf->vnc_password : conf->spice_password;
    if (!password)
        return 0;
    json_t *arguments = json_object();
    qemu_put_text(arguments, "protocol", protocol);
    qemu_put_text(arguments, "password", password);
    if (graphics->connected)
        qemu_put_text(arguments, "connected", connected[MIN(graphics->connected, 3)]);
    if (tell(run, "set_password", arguments) < 0)
        return -1;
    if (!graphics->passwd_valid_to)
        return 0;
    g_autofree char *zoned = g_strconcat(graphics->passwd_valid_to, "Z", NULL);
    g_autoptr(GDateTime) until = g_date_time_new_from_iso8601(zoned, NULL);
    arguments = json_object();
    qemu_put_text(arguments, "protocol", protocol);
    qemu_put_format(arguments, "time", "%" G_GINT64_FORMAT, until ? g_date_time_to_unix(until) : 0);
    return tell(run, "expire_password", arguments);
}

int
qemu_graphics_passwords(QemuRun *run, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        const DomainGraphics *graphics = def->devices.graphics[i];
        if ((graphics->type == GRAPHICS_TYPE_VNC || graphics->type == GRAPHICS_TYPE_SPICE) &&
            qemu_graphics_password(run, graphics) < 0)
            return -1;
    }
    return 0;
}
