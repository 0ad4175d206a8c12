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
        } else if (serial_is_console(devices->serial[0])) {
            mirror_serial(console, devices->serial[0]);
        }
    } else if (!console && devices->n_serial && serial_is_console(devices->serial[0])) {
        console = domain_console_new();
        mirror_serial(console, devices->serial[0]);
        console->target.port = 0;
        vr_model_list_add(&devices->console, &devices->n_console, console);
    }
}

static int
next_port(int most)
{
    return most + 1;
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

    if (domain_is_hvm(def))
        pair_console(def);
    NUMBER_PORTS(devices->serial, devices->n_serial);
    NUMBER_PORTS(devices->parallel, devices->n_parallel);
    NUMBER_PORTS(devices->console, devices->n_console);
    return 0;
}

void
domain_implied_devices(DomainDef *def)
{
}

int
domain_validate(const DomainDef *def)
{
    return 0;
}
