/* Devices that others imply: consoles for serial ports, port numbers, video for displays.
 *
 * Called by domain_post.c once everything was read.
 */
#include "model/domain_rules.h"

#include <string.h>

static bool
serial_is_console(const DomainSerial *serial)
{
    switch (serial->target.type) {
    case SERIAL_TARGET_TYPE_UNSET:
    case SERIAL_TARGET_TYPE_ISA_SERIAL:
    case SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL:
    case SERIAL_TARGET_TYPE_SYSTEM_SERIAL:
    case SERIAL_TARGET_TYPE_SCLP_SERIAL:
        return true;
    default:
        return false;
    }
}

static void
copy_source(ChardevSource *to, const ChardevSource *from)
{
    ChardevSource *copy = chardev_source_copy(from);

    vr_desc_clear(&vr_desc_chardev_source, to);
    *to = *copy;
    g_free(copy);
}

static void
mirror_serial(DomainConsole *console, const DomainSerial *serial)
{
    copy_source(&console->source, &serial->source);
    g_clear_pointer(&console->alias, g_free);
    console->alias = g_strdup(serial->alias);
    g_clear_pointer(&console->address, domain_address_free);
    console->address = domain_address_copy(serial->address);
    console->target.type = CONSOLE_TARGET_TYPE_SERIAL;
    console->target.port = serial->target.port;
}

/* The first console of a full guest and its first serial port are one and the same device. */
static void
pair_console(DomainDef *def)
{
    DomainDevices *devices = &def->devices;
    DomainConsole *console = devices->n_console ? devices->console[0] : NULL;

    if (console && (console->target.type == CONSOLE_TARGET_TYPE_SERIAL ||
                    console->target.type == CONSOLE_TARGET_TYPE_NONE)) {
        console->target.type = CONSOLE_TARGET_TYPE_SERIAL;
        if (devices->n_serial == 0) {
            DomainSerial *serial = domain_serial_new();

            copy_source(&serial->source, &console->source);
            serial->target.port = 0;
            serial->alias = g_strdup(console->alias);
            serial->address = domain_address_copy(console->address);
            vr_model_list_add(&devices->serial, &devices->n_serial, serial);
        } else {
            mirror_serial(console, devices->serial[0]);
        }
    } else if (devices->n_serial && serial_is_console(devices->serial[0])) {
        console = domain_console_new();
        mirror_serial(console, devices->serial[0]);
        vr_model_list_insert(&devices->console, &devices->n_console, 0, console);
    }
}

static int
check_consoles(const DomainDef *def)
{
    for (size_t i = 1; i < def->devices.n_console; i++) {
        if (def->devices.console[i]->target.type == CONSOLE_TARGET_TYPE_SERIAL)
            return UNSUPPORTED("Only the first console can be a serial port");
    }
    return 0;
}

static int
next_port(int most)
{
    return most == G_MAXINT ? most : most + 1;
}

/* Ports that were not given follow the highest one so far. */
#define NUMBER_PORTS(list, count)                                                                  \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (count); i_++) {                                                  \
            int most_ = -1;                                                                        \
                                                                                                   \
            if ((list)[i_]->target.port != -1)                                                     \
                continue;                                                                          \
            for (size_t j_ = 0; j_ < i_; j_++)                                                     \
                most_ = MAX(most_, (list)[j_]->target.port);                                       \
            (list)[i_]->target.port = next_port(most_);                                            \
        }                                                                                          \
    } while (0)

int
domain_chardevs_fill(DomainDef *def)
{
    DomainDevices *devices = &def->devices;

    /* A console made for the serial port comes on top and takes nobody's number. */
    for (size_t i = 0; i < devices->n_console; i++)
        devices->console[i]->target.port = (int) i;
    NUMBER_PORTS(devices->serial, devices->n_serial);
    NUMBER_PORTS(devices->parallel, devices->n_parallel);
    if (check_consoles(def) < 0)
        return -1;
    if (domain_is_hvm(def))
        pair_console(def);
    return 0;
}

/* What every hypervisor has; one that has another card chooses it before. */
static int
default_video(const DomainDef *def)
{
    const char *os = def->os.type.value;

    if (g_strcmp0(os, "xen") == 0 || g_strcmp0(os, "linux") == 0)
        return VIDEO_TYPE_XEN;
    return g_str_has_prefix(def->os.type.arch, "ppc64") ? VIDEO_TYPE_VGA : VIDEO_TYPE_CIRRUS;
}

/* Video memory in KiB where none is given, per model and hypervisor. */
static unsigned
default_vram(const DomainDef *def, int type)
{
    switch (type) {
    case VIDEO_TYPE_VGA:
    case VIDEO_TYPE_CIRRUS:
    case VIDEO_TYPE_VMVGA:
    case VIDEO_TYPE_BOCHS:
        return def->type == DOMAIN_VIRT_TYPE_VBOX ? 8 * 1024 : def->type == DOMAIN_VIRT_TYPE_VMWARE ? 4 * 1024 :
               16 * 1024;
    case VIDEO_TYPE_XEN:
        return 4 * 1024;
    case VIDEO_TYPE_QXL:
        return 64 * 1024;
    default:
        return 0;
    }
}

static unsigned
round_up_to_power(unsigned n)
{
    unsigned power = 1;

    while (n && power < n && power << 1)
        power <<= 1;
    return n ? power : 0;
}

static void
fill_video(const DomainDef *def, DomainVideo *video)
{
    DomainVideoModel *model = &video->model;
    unsigned vram;

    if (model->type == VIDEO_TYPE_DEFAULT)
        model->type = default_video(def);
    vram = model->has_vram && model->vram ? model->vram : default_vram(def, model->type);
    model->vram = round_up_to_power(vram);
    model->has_vram = vram > 0;
    if (model->type == VIDEO_TYPE_QXL)
        model->ram = round_up_to_power(model->ram ? model->ram : 64 * 1024);
    if (model->type == VIDEO_TYPE_NONE) {
        g_clear_pointer(&video->driver, domain_video_driver_free);
        model->heads = model->ram = model->vram64 = model->vgamem = 0;
        model->has_vram = false;
    }
}

/* A display needs a card; one card comes first. */
static int
fill_videos(DomainDef *def)
{
    DomainDevices *devices = &def->devices;
    unsigned primaries = 0;

    for (size_t i = 0; i < devices->n_video; i++)
        primaries += devices->video[i]->model.primary;
    if (primaries > 1)
        return UNSUPPORTED("Only one primary video device is supported");
    if (devices->n_graphics && devices->n_video == 0)
        vr_model_list_add(&devices->video, &devices->n_video, domain_video_new());
    for (size_t i = 1; i < devices->n_video; i++) {
        if (devices->video[i]->model.primary) {
            DomainVideo *primary = vr_model_list_take(&devices->video, &devices->n_video, i);

            vr_model_list_insert(&devices->video, &devices->n_video, 0, primary);
        }
    }
    for (size_t i = 0; i < devices->n_video; i++)
        fill_video(def, devices->video[i]);
    if (devices->n_video && devices->video[0]->model.type != VIDEO_TYPE_NONE)
        devices->video[0]->model.primary = true;
    return 0;
}

int
domain_implied_devices(DomainDef *def)
{
    /* what is not there has no place */
    if (def->devices.memballoon && def->devices.memballoon->model == DOMAIN_MEMBALLOON_MODEL_NONE)
        g_clear_pointer(&def->devices.memballoon->address, domain_address_free);
    return fill_videos(def);
}
