/* Serial ports, consoles and channels of running guests as streams, and displays as descriptors.
 *
 * Opening runs on the calling thread; data flows between the stream and the emulator without us.  One stream at a time is at
 * each device; another ends it only by force.
 */
#include "drivers/qemu/console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/fdstream.h"
#include "drivers/qemu/ops.h"

/* A stream's hold on a device. */
typedef struct {
    QemuRun *run;
    char *path;
    VrFdStream *stream; /* set once it is open */
} Hold;

static void
hold_free(Hold *hold)
{
    if (hold->stream)
        vr_fdstream_unref(hold->stream);
    g_free(hold->path);
    qemu_run_unref(hold->run);
    g_free(hold);
}

/* The stream has ended: whoever comes next may have the device. */
static void
let_go(void *data)
{
    Hold *hold = data;
    QemuRun *run = qemu_run_ref(hold->run);
    vr_mutex_lock(&run->lock);
    run->consoles = g_slist_remove(run->consoles, hold);
    vr_mutex_unlock(&run->lock);
    hold_free(hold);
    qemu_run_unref(run);
}

/* Take the device at PATH, from whoever has it if that is wanted by FORCE; NULL with the error set. */
static Hold *
take_hold(QemuRun *run, const char *path, bool force)
{
    Hold *mine = g_new0(Hold, 1), *other = NULL;
    mine->run = qemu_run_ref(run);
    mine->path = g_strdup(path);
    vr_mutex_lock(&run->lock);
    for (GSList *l = run->consoles; l && !other; l = l->next) {
        if (strcmp(((Hold *)l->data)->path, path) == 0)
            other = l->data;
    }
    bool refused = other && (!force || !other->stream);
    if (other && !refused)
        run->consoles = g_slist_remove(run->consoles, other);
    if (!refused)
        run->consoles = g_slist_prepend(run->consoles, mine);
    VrFdStream *stream = other && !refused ? vr_fdstream_ref(other->stream) : NULL;
    vr_mutex_unlock(&run->lock);
    if (refused) {
        hold_free(mine);
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "Active console session exists for this domain");
    }
    if (stream) {
        if (vr_fdstream_cut(stream))
            hold_free(other);
        vr_fdstream_unref(stream);
    }
    return mine;
}

static int
open_terminal(const char *path)
{
    struct termios raw;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_STREAMS, errno, "unable to open pty device '%s'", path);
    if (tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    return fd;
}

static int
open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "Socket path %s too big for destination", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return vr_error_system(VIR_FROM_STREAMS, error, "cannot connect to character device '%s'", path);
    }
    return fd;
}

/* Put STREAM at what SOURCE leads to. */
static int
open_source(QemuRun *run, const ChardevSource *source, virStreamPtr stream, bool force)
{
    Hold *hold = take_hold(run, source->path, force);
    if (!hold)
        return -1;
    int fd = source->type == CHARDEV_TYPE_PTY ? open_terminal(source->path) : open_socket(source->path);
    if (fd < 0) {
        let_go(hold);
        return -1;
    }
    if (vr_fdstream_open(stream, fd, let_go, hold) < 0) {
        let_go(hold);
        return -1;
    }
    vr_mutex_lock(&run->lock);
    hold->stream = vr_fdstream_ref(vr_fdstream_of(stream));
    vr_mutex_unlock(&run->lock);
    return 0;
}

/* The back end of the port or console named ALIAS (NULL: the first console, else the first port). */
static const ChardevSource *
port_named(const DomainDevices *devices, const char *alias)
{
    if (!alias && devices->n_console) {
        /* a console that stands for the first port has the port's back end */
        const DomainConsole *first = devices->console[0];
        if (first->target.type == CONSOLE_TARGET_TYPE_SERIAL && devices->n_serial)
            return &devices->serial[0]->source;
        return &first->source;
    }
    if (!alias)
        return devices->n_serial ? &devices->serial[0]->source : devices->n_parallel ? &devices->parallel[0]->source : NULL;
    for (size_t i = 0; i < devices->n_console; i++) {
        if (g_strcmp0(devices->console[i]->alias, alias) == 0)
            return &devices->console[i]->source;
    }
    for (size_t i = 0; i < devices->n_serial; i++) {
        if (g_strcmp0(devices->serial[i]->alias, alias) == 0)
            return &devices->serial[i]->source;
    }
    for (size_t i = 0; i < devices->n_parallel; i++) {
        if (g_strcmp0(devices->parallel[i]->alias, alias) == 0)
            return &devices->parallel[i]->source;
    }
    return NULL;
}

int
qemu_domain_open_console(virDomainPtr dom, const char *alias, virStreamPtr stream, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_CONSOLE_SAFE | VIR_DOMAIN_CONSOLE_FORCE, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    const ChardevSource *source = port_named(&vr_guest_now(state)->devices, alias);
    if (!source)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, alias ? "cannot find character device %s" : "cannot find character device",
                        alias);
    if ((source->type != CHARDEV_TYPE_PTY && source->type != CHARDEV_TYPE_UNIX) || !source->path)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "character device %s is not using a PTY", alias ? alias : "");
    return open_source(qemu_run_of(state), source, stream, flags & VIR_DOMAIN_CONSOLE_FORCE);
}

int
qemu_domain_open_channel(virDomainPtr dom, const char *name, virStreamPtr stream, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_CHANNEL_FORCE, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    const DomainDevices *devices = &vr_guest_now(state)->devices;
    const DomainChannel *channel = !name && devices->n_channel ? devices->channel[0] : NULL;
    for (size_t i = 0; name && i < devices->n_channel && !channel; i++) {
        const DomainChannel *at = devices->channel[i];
        if (g_strcmp0(at->target.name, name) == 0 || g_strcmp0(at->alias, name) == 0)
            channel = at;
    }
    if (!channel)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "cannot find channel %s", name ? name : "");
    if (channel->source.type != CHARDEV_TYPE_UNIX || !channel->source.path)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "channel %s is not using a UNIX socket", name ? name : "");
    return open_source(qemu_run_of(state), &channel->source, stream, flags & VIR_DOMAIN_CHANNEL_FORCE);
}

void
qemu_consoles_free(QemuRun *run)
{
    g_slist_free(run->consoles); /* each hold keeps the run: there is none left */
}

/* Give the display at INDEX the client at the other end of FD, in C's turn. */
static int
add_client(QemuChange *c, unsigned index, int fd, unsigned flags)
{
    const DomainDevices *devices = &vr_guest_now(c->next)->devices;
    const DomainGraphics *graphics = index < devices->n_graphics ? devices->graphics[index] : NULL;
    if (!graphics)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "No graphics backend with index %u", index);
    if (graphics->type != GRAPHICS_TYPE_VNC && graphics->type != GRAPHICS_TYPE_SPICE)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Can only open VNC or SPICE graphics backends, not %s",
                        vr_enum_to_string(&vr_enum_graphics_type, graphics->type));
    QemuQmp *qmp = qemu_run_of(c->next)->qmp;
    json_t *given = qemu_ask_result(qemu_qmp_ask_with_fd(qmp, "getfd", json_pack("{s:s}", "fdname", "graphicsfd"), fd), QEMU_QMP_PATIENCE);
    json_decref(given);
    if (!given)
        return -1;
    json_t *arguments = json_pack("{s:s, s:s, s:b}", "protocol", graphics->type == GRAPHICS_TYPE_VNC ? "vnc" : "spice", "fdname",
                                  "graphicsfd", "skipauth", (flags & VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH) != 0);
    return qemu_do(c, "add_client", arguments);
}

int
qemu_domain_open_graphics(virDomainPtr dom, unsigned int index, int fd, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    return qemu_change_begin_active(&c, dom) < 0 ? -1 : add_client(&c, index, fd, flags);
}

int
qemu_domain_open_graphics_fd(virDomainPtr dom, unsigned int index, unsigned int flags)
{
    int pair[2];
    if (vr_flags_check(flags, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Unable to create socket pair");
    int result = add_client(&c, index, pair[1], flags);
    close(pair[1]);
    if (result == 0)
        return pair[0];
    close(pair[0]);
    return -1;
}

int
qemu_domain_graphics_reload(virDomainPtr dom, unsigned int type, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    if (type != VIR_DOMAIN_GRAPHICS_RELOAD_TYPE_ANY && type != VIR_DOMAIN_GRAPHICS_RELOAD_TYPE_VNC)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown graphics reload type '%u'", type);
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    const DomainDevices *devices = &vr_guest_now(c.next)->devices;
    bool vnc = false;
    for (size_t i = 0; i < devices->n_graphics; i++)
        vnc |= devices->graphics[i]->type == GRAPHICS_TYPE_VNC;
    if (!vnc)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the guest '%s' has no display whose certificates can be read again",
                        vr_guest_now(c.next)->name);
    return qemu_do(&c, "display-reload", json_pack("{s:s, s:b}", "type", "vnc", "tls-certs", 1));
}
