/* Displays and video cards.  Called by command.c. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"

#define VNC_FIRST 5900
#define SPICE_FIRST 5901

/* The render node for a display that names none; NULL with the error set. */
static char *
render_node(const char *given)
{
    if (given)
        return g_strdup(given);
    DIR *dir = opendir("/dev/dri");
    if (!dir) {
        vr_error_system(VIR_FROM_NONE, errno, "cannot open directory '/dev/dri'");
        return NULL;
    }
    char *found = NULL;
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        if (g_str_has_prefix(entry->d_name, "renderD"))
            found = g_build_filename("/dev/dri", entry->d_name, NULL);
    }
    closedir(dir);
    if (!found)
        QEMU_FAIL("No DRM render nodes available");
    return found;
}

static const GraphicsListen *
first_listen(const DomainGraphics *graphics)
{
    return graphics->n_listen ? graphics->listen[0] : NULL;
}

static int
check_listens(const DomainGraphics *graphics)
{
    if (graphics->n_listen > 1)
        return UNSUPPORTED("QEMU does not support multiple listens for one graphics device.");
    const GraphicsListen *listen = first_listen(graphics);
    if (listen && listen->type == LISTEN_TYPE_NETWORK)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK, "no network with matching name '%s'", listen->network);
    return 0;
}

/* Sound goes with the display that it is meant for, or is the only one. */
static const DomainAudio *
audio_of(const DomainDef *def, unsigned id)
{
    for (size_t i = 0; i < def->devices.n_audio; i++) {
        if (!id || def->devices.audio[i]->id == id)
            return def->devices.audio[i];
    }
    return NULL;
}

static int
vnc(QemuCommand *command, const DomainGraphics *graphics)
{
    static const char *const policies[] = {NULL, "allow-exclusive", "force-shared", "ignore"};
    const GraphicsListen *listen = first_listen(graphics);
    g_autoptr(GString) out = g_string_new(NULL);
    switch (listen ? listen->type : LISTEN_TYPE_ADDRESS) {
    case LISTEN_TYPE_SOCKET:
        g_string_append(out, "vnc=unix:");
        if (listen->socket)
            qemu_append_value(out, listen->socket);
        else
            g_string_append_printf(out, "%s/vnc.sock", command->domain_dir);
        break;
    case LISTEN_TYPE_NONE:
        g_string_append(out, "none");
        break;
    default: {
        const char *address = listen && listen->address ? listen->address : "127.0.0.1";
        int port = graphics->autoport == YES_NO_YES && command->pretend ? VNC_FIRST : graphics->port;
        if (port < VNC_FIRST || port > 65535)
            return UNSUPPORTED("vnc port must be in range [5900,65535]");
        bool v6 = strchr(address, ':') && *address != '[';
        g_string_append_printf(out, v6 ? "[%s]:%d" : "%s:%d", address, port - VNC_FIRST);
        if (graphics->websocket)
            g_string_append_printf(out, ",websocket=%d", graphics->websocket);
        break;
    }
    }
    if (graphics->share_policy)
        g_string_append_printf(out, ",share=%s", policies[graphics->share_policy]);
    const QemuConf *conf = command->driver->conf;
    if (graphics->passwd || conf->vnc_password)
        g_string_append(out, ",password=on");
    if (conf->vnc_tls) {
        g_autofree char *dir = qemu_conf_tls_dir(conf, "vnc", conf->vnc_tls_x509_cert_dir);
        bool verify = conf->vnc_tls_x509_verify < 0 ? conf->default_tls_x509_verify : conf->vnc_tls_x509_verify;
        qemu_command_tls(command, "vnc-tls-creds0", dir, true, verify);
        g_string_append(out, ",tls-creds=vnc-tls-creds0");
    }
    if (conf->vnc_sasl)
        g_string_append(out, ",sasl=on");
    if (graphics->power_control)
        g_string_append_printf(out, ",power-control=%s", graphics->power_control == YES_NO_YES ? "on" : "off");
    const DomainAudio *audio = audio_of(command->def, graphics->audio_id);
    if (audio)
        g_string_append_printf(out, ",audiodev=audio%u", audio->id);
    qemu_arg2(command, "-vnc", out->str);
    if (graphics->keymap)
        qemu_arg2(command, "-k", graphics->keymap);
    return 0;
}

static void
choice(GString *out, const char *name, const VrEnum *names, int value)
{
    if (value)
        g_string_append_printf(out, ",%s=%s", name, vr_enum_to_string(names, value));
}

static int
spice_gl(GString *out, const DomainGraphics *graphics)
{
    if (!graphics->gl || graphics->gl->enable != YES_NO_YES)
        return 0;
    g_autofree char *node = render_node(graphics->gl->rendernode);
    if (!node)
        return -1;
    g_string_append(out, "gl=on,rendernode=");
    qemu_append_value(out, node);
    g_string_append_c(out, ',');
    return 0;
}

static int
spice(QemuCommand *command, const DomainGraphics *graphics)
{
    static const char *const streaming[] = {NULL, "filter", "all", "off"};
    const GraphicsListen *listen = first_listen(graphics);
    const QemuConf *conf = command->driver->conf;
    g_autoptr(GString) out = g_string_new(NULL), more = g_string_new(NULL);
    int port = graphics->autoport == YES_NO_YES && command->pretend ? SPICE_FIRST : graphics->port;
    switch (listen ? listen->type : LISTEN_TYPE_ADDRESS) {
    case LISTEN_TYPE_SOCKET:
        g_string_append(out, "unix,addr=");
        if (listen->socket)
            qemu_append_value(out, listen->socket);
        else
            g_string_append_printf(out, "%s/spice.sock", command->domain_dir);
        g_string_append_c(out, ',');
        break;
    case LISTEN_TYPE_NONE:
        g_string_append(out, "port=0,");
        break;
    default:
        if (port)
            g_string_append_printf(out, "port=%d,", port);
        if (graphics->tls_port > 0)
            g_string_append_printf(out, "tls-port=%d,", graphics->tls_port);
        if (port || graphics->tls_port > 0)
            g_string_append_printf(out, "addr=%s,", listen && listen->address ? listen->address : "127.0.0.1");
        break;
    }
    if (conf->spice_tls) {
        g_autofree char *dir = qemu_conf_tls_dir(conf, "spice", conf->spice_tls_x509_cert_dir);
        g_string_append(out, "x509-dir=");
        qemu_append_value(out, dir);
        g_string_append_c(out, ',');
    }
    if (conf->spice_sasl)
        g_string_append(out, "sasl=on,");
    if (!graphics->passwd && !conf->spice_password)
        g_string_append(out, "disable-ticketing=on,");
    switch (graphics->default_mode) {
    case DOMAIN_GRAPHICS_DEFAULT_MODE_SECURE:
        g_string_append(out, "tls-channel=default,");
        break;
    case DOMAIN_GRAPHICS_DEFAULT_MODE_INSECURE:
        g_string_append(out, "plaintext-channel=default,");
        break;
    default:
        break;
    }
    for (size_t i = 0; i < graphics->n_channel; i++) {
        const GraphicsChannel *channel = graphics->channel[i];
        const char *name = vr_enum_to_string(&vr_enum_graphics_channel_name, channel->name);
        if (channel->mode == GRAPHICS_CHANNEL_MODE_SECURE && conf->spice_tls)
            g_string_append_printf(out, "tls-channel=%s,", name);
        else if (channel->mode == GRAPHICS_CHANNEL_MODE_SECURE)
            return UNSUPPORTED("spice secure channels set in XML configuration, but TLS is disabled in qemu.conf");
        if (channel->mode == GRAPHICS_CHANNEL_MODE_INSECURE)
            g_string_append_printf(out, "plaintext-channel=%s,", name);
    }
    choice(more, "image-compression", &vr_enum_domain_graphics_image, graphics->image);
    choice(more, "jpeg-wan-compression", &vr_enum_domain_graphics_jpeg, graphics->jpeg);
    choice(more, "zlib-glz-wan-compression", &vr_enum_domain_graphics_zlib, graphics->zlib);
    choice(more, "playback-compression", &vr_enum_on_off, graphics->playback);
    if (graphics->streaming)
        g_string_append_printf(more, ",streaming-video=%s", streaming[graphics->streaming]);
    if (graphics->mouse)
        g_string_append_printf(more, ",agent-mouse=%s", graphics->mouse == DOMAIN_GRAPHICS_MOUSE_CLIENT ? "on" : "off");
    if (graphics->copypaste == YES_NO_NO)
        g_string_append(more, ",disable-copy-paste=on");
    if (graphics->filetransfer == YES_NO_NO)
        g_string_append(more, ",disable-agent-file-xfer=on");
    if (more->len)
        g_string_append_printf(out, "%s,", more->str + 1);
    if (spice_gl(out, graphics) < 0)
        return -1;
    g_string_append(out, "seamless-migration=on");
    qemu_arg2(command, "-spice", out->str);
    if (graphics->keymap)
        qemu_arg2(command, "-k", graphics->keymap);
    return 0;
}

static int
sdl(QemuCommand *command, const DomainGraphics *graphics)
{
    g_autoptr(GString) out = g_string_new("sdl");
    if (graphics->xauth)
        g_ptr_array_add(command->env, g_strdup_printf("XAUTHORITY=%s", graphics->xauth));
    if (graphics->display)
        g_ptr_array_add(command->env, g_strdup_printf("DISPLAY=%s", graphics->display));
    if (graphics->gl && graphics->gl->enable)
        g_string_append_printf(out, ",gl=%s", graphics->gl->enable == YES_NO_YES ? "on" : "off");
    qemu_arg2(command, "-display", out->str);
    if (graphics->fullscreen == YES_NO_YES)
        qemu_arg(command, "-full-screen");
    return 0;
}

static int
egl_headless(QemuCommand *command, const DomainGraphics *graphics)
{
    g_autofree char *node = render_node(graphics->gl ? graphics->gl->rendernode : NULL);
    if (!node)
        return -1;
    g_autoptr(GString) out = g_string_new("egl-headless,rendernode=");
    qemu_append_value(out, node);
    qemu_arg2(command, "-display", out->str);
    return 0;
}

static int
dbus(QemuCommand *command, const DomainGraphics *graphics)
{
    g_autoptr(GString) out = g_string_new("dbus");
    if (graphics->p2p == YES_NO_YES) {
        g_string_append(out, ",p2p=on");
    } else {
        g_string_append(out, ",addr=");
        if (graphics->dbus_address)
            qemu_append_value(out, graphics->dbus_address);
        else
            g_string_append_printf(out, "unix:path=%s/dbus.sock", command->domain_dir);
    }
    if (graphics->gl && graphics->gl->enable) {
        g_string_append_printf(out, ",gl=%s", graphics->gl->enable == YES_NO_YES ? "on" : "off");
        if (graphics->gl->enable == YES_NO_YES) {
            g_autofree char *node = render_node(graphics->gl->rendernode);
            if (!node)
                return -1;
            g_string_append(out, ",rendernode=");
            qemu_append_value(out, node);
        }
    }
    if (graphics->audio_id)
        g_string_append_printf(out, ",audiodev=audio%u", graphics->audio_id);
    qemu_arg2(command, "-display", out->str);
    return 0;
}

int
qemu_command_graphics(QemuCommand *command)
{
    static int (*const adders[])(QemuCommand *, const DomainGraphics *) = {
        [GRAPHICS_TYPE_VNC] = vnc, [GRAPHICS_TYPE_SPICE] = spice, [GRAPHICS_TYPE_SDL] = sdl,
        [GRAPHICS_TYPE_EGL_HEADLESS] = egl_headless, [GRAPHICS_TYPE_DBUS] = dbus,
    };
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_graphics; i++) {
        const DomainGraphics *graphics = devices->graphics[i];
        if ((size_t)graphics->type >= G_N_ELEMENTS(adders) || !adders[graphics->type])
            return UNSUPPORTED("unsupported graphics type '%s'",
                               vr_enum_to_string(&vr_enum_graphics_type, graphics->type));
        if (check_listens(graphics) < 0 || adders[graphics->type](command, graphics) < 0)
            return -1;
    }
    return 0;
}

/* The card by model: the one that shows the firmware's screen, and any other. */
static const struct {
    int type;
    const char *primary, *secondary;
} cards[] = {
    {VIDEO_TYPE_VGA, "VGA", "secondary-vga"},     {VIDEO_TYPE_CIRRUS, "cirrus-vga", "cirrus-vga"},
    {VIDEO_TYPE_VMVGA, "vmware-svga", "vmware-svga"}, {VIDEO_TYPE_QXL, "qxl-vga", "qxl"},
    {VIDEO_TYPE_BOCHS, "bochs-display", "bochs-display"}, {VIDEO_TYPE_RAMFB, "ramfb", "ramfb"},
};

static char *
card_name(const QemuCaps *caps, const DomainVideo *video)
{
    bool primary = video->model.primary;
    if (video->model.type == VIDEO_TYPE_VIRTIO) {
        bool gl = video->model.acceleration && video->model.acceleration->accel3d == YES_NO_YES;
        if (primary && qemu_caps_has(caps, "virtio-vga") && qemu_is_pci(video->address))
            return g_strdup(gl ? "virtio-vga-gl" : "virtio-vga");
        return qemu_virtio_name(gl ? "virtio-gpu-gl" : "virtio-gpu", video->address, "");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
        if (cards[i].type == video->model.type)
            return g_strdup(primary ? cards[i].primary : cards[i].secondary);
    }
    return NULL;
}

static int
video(QemuCommand *command, const DomainVideo *video)
{
    const DomainVideoModel *model = &video->model;
    if (video->driver && video->driver->name == DOMAIN_VIDEO_DRIVER_NAME_VHOSTUSER)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "Unable to find a satisfying vhost-user-gpu");
    g_autofree char *name = card_name(command->caps, video);
    if (!name)
        return UNSUPPORTED("invalid video type '%s'", vr_enum_to_string(&vr_enum_video_type, model->type));
    json_t *props = qemu_device_new(name, video->alias);
    switch (model->type) {
    case VIDEO_TYPE_VIRTIO:
        if (video->driver)
            QEMU_PUT_VIRTIO(props, video->driver);
        qemu_put_positive(props, "max_outputs", model->heads);
        qemu_put_switch(props, "blob", model->blob);
        break;
    case VIDEO_TYPE_QXL:
        qemu_put_positive(props, "max_outputs", model->heads);
        qemu_put_positive(props, "ram_size", model->ram * 1024ull);
        qemu_put_positive(props, "vram_size", model->vram * 1024ull);
        qemu_put_number(props, "vram64_size_mb", model->vram64 / 1024);
        qemu_put_number(props, "vgamem_mb", model->vgamem / 1024);
        break;
    case VIDEO_TYPE_VGA:
    case VIDEO_TYPE_VMVGA:
        qemu_put_positive(props, "vgamem_mb", model->vram / 1024);
        break;
    case VIDEO_TYPE_BOCHS:
        qemu_put_positive(props, "vgamem", model->vram * 1024ull);
        break;
    default:
        break;
    }
    if (model->resolution) {
        qemu_put_number(props, "xres", model->resolution->x);
        qemu_put_number(props, "yres", model->resolution->y);
    }
    return qemu_arg_device(command, props, video->address);
}

int
qemu_command_videos(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_video; i++) {
        if (devices->video[i]->model.type != VIDEO_TYPE_NONE && video(command, devices->video[i]) < 0)
            return -1;
    }
    return 0;
}
