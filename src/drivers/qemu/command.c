/* The command line as a whole, in the order in which QEMU gets it. */
#include <string.h>

#include "drivers/qemu/command.h"
#include "drivers/qemu/fdgroup.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/firmware.h"

/* The guest's name as part of a file name: short, and without what a path or a URI could trip over. */
static char *
short_name(const DomainDef *def)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *c = def->name; *c && name->len < 20; c++)
        g_string_append_c(name, *c);
    return g_strdup_printf("%d-%s", def->id, name->str);
}

QemuCommand *
qemu_command_new(QemuDriver *driver, const QemuCaps *caps, const DomainDef *def, bool pretend)
{
    QemuCommand *command = g_new0(QemuCommand, 1);
    command->driver = driver;
    command->caps = caps;
    command->def = domain_def_copy(def);
    command->args = g_ptr_array_new_with_free_func(g_free);
    command->env = g_ptr_array_new_with_free_func(g_free);
    command->pretend = pretend;
    command->next_fd = 20;
    command->ends = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)qemu_net_ends_free);
    command->passed = g_array_new(FALSE, FALSE, sizeof(int));
    command->short_name = short_name(def);
    command->domain_dir = g_strdup_printf("%s/domain-%s", driver->paths.lib, command->short_name);
    return command;
}

void
qemu_command_free(QemuCommand *command)
{
    if (!command)
        return;
    domain_def_free(command->def);
    g_ptr_array_unref(command->args);
    g_ptr_array_unref(command->env);
    g_hash_table_unref(command->ends);
    g_array_unref(command->passed);
    g_slist_free_full(command->fd_sets, (GDestroyNotify)g_array_unref);
    g_free(command->domain_dir);
    g_free(command->short_name);
    g_free(command);
}

static void
add_env(QemuCommand *command, const char *name, const char *suffix)
{
    g_ptr_array_add(command->env, g_strconcat(name, "=", command->domain_dir, suffix, NULL));
}

static void
environment(QemuCommand *command)
{
    g_ptr_array_add(command->env, g_strdup("LC_ALL=C"));
    g_ptr_array_add(command->env, g_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
    add_env(command, "HOME", "");
    add_env(command, "XDG_DATA_HOME", "/.local/share");
    add_env(command, "XDG_CACHE_HOME", "/.cache");
    add_env(command, "XDG_CONFIG_HOME", "/.config");
}

static void
identity(QemuCommand *command)
{
    g_autoptr(GString) name = g_string_new("guest=");
    qemu_append_value(name, command->def->name);
    if (command->driver->conf->set_process_name) {
        g_string_append(name, ",process=qemu:");
        qemu_append_value(name, command->def->name);
    }
    g_string_append(name, ",debug-threads=on");
    qemu_arg2(command, "-name", name->str);
    qemu_arg(command, "-S");
    json_t *secret = qemu_object_new("secret", "masterKey0");
    qemu_put_text(secret, "format", "raw");
    qemu_put_format(secret, "file", "%s/master-key.aes", command->domain_dir);
    qemu_arg_json(command, "-object", secret);
}

static int
iothreads(QemuCommand *command)
{
    const DomainDef *def = command->def;
    const DomainIothreadIds *ids = def->iothreadids;
    for (unsigned i = 0; i < def->iothreads; i++) {
        const DomainIothread *thread = ids && i < ids->n_iothread ? ids->iothread[i] : NULL;
        g_autofree char *id = g_strdup_printf("iothread%u", thread ? thread->id : i + 1);
        json_t *props = qemu_object_new("iothread", id);
        if (thread && thread->thread_pool_min >= 0)
            qemu_put_number(props, "thread-pool-min", thread->thread_pool_min);
        if (thread && thread->thread_pool_max >= 0)
            qemu_put_number(props, "thread-pool-max", thread->thread_pool_max);
        const DomainIothreadPoll *poll = thread ? thread->poll : NULL;
        if (poll && poll->has_max)
            qemu_put_number(props, "poll-max-ns", (long long)poll->max);
        if (poll && poll->has_grow)
            qemu_put_number(props, "poll-grow", (long long)poll->grow);
        if (poll && poll->has_shrink)
            qemu_put_number(props, "poll-shrink", (long long)poll->shrink);
        qemu_arg_json(command, "-object", props);
    }
    return 0;
}

static int
monitor(QemuCommand *command)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(command->def->uuid, uuid);
    qemu_arg2(command, "-uuid", uuid);
    if (qemu_command_smbios(command) < 0)
        return -1;
    bool shown = false;
    for (size_t i = 0; i < command->def->devices.n_graphics; i++) {
        int type = command->def->devices.graphics[i]->type;
        shown |= type == GRAPHICS_TYPE_SDL || type == GRAPHICS_TYPE_VNC || type == GRAPHICS_TYPE_SPICE ||
                 type == GRAPHICS_TYPE_EGL_HEADLESS || type == GRAPHICS_TYPE_DBUS;
    }
    if (!shown)
        qemu_arg2(command, "-display", "none");
    qemu_arg(command, "-no-user-config");
    qemu_arg(command, "-nodefaults");
    g_autoptr(GString) socket = g_string_new("socket,id=charmonitor,path=");
    qemu_append_value(socket, command->domain_dir);
    g_string_append(socket, "/monitor.sock,server=on,wait=off");
    qemu_arg2(command, "-chardev", socket->str);
    qemu_arg2(command, "-mon", "chardev=charmonitor,id=monitor,mode=control");
    return 0;
}

static int
passthrough(QemuCommand *command)
{
    const DomainQemuCommandline *given = command->def->qemu_commandline;
    for (size_t i = 0; given && i < given->n_qemu_env; i++)
        g_ptr_array_add(command->env, g_strconcat(given->qemu_env[i]->name, "=",
                                                  given->qemu_env[i]->value ? given->qemu_env[i]->value : "", NULL));
    for (size_t i = 0; given && i < given->n_qemu_arg; i++)
        qemu_arg(command, given->qemu_arg[i]->value);
    return 0;
}

/* The place that each kind of device has in the boot order. */
static void
boot_places(QemuCommand *command)
{
    const DomainOs *os = &command->def->os;
    for (size_t i = 0; i < os->n_boot; i++) {
        unsigned place = (unsigned)i + 1;
        switch (os->boot[i]->dev) {
        case DOMAIN_OS_BOOT_DEV_FD:
            command->boot_floppy = place;
            break;
        case DOMAIN_OS_BOOT_DEV_HD:
            command->boot_disk = place;
            break;
        case DOMAIN_OS_BOOT_DEV_CDROM:
            command->boot_cdrom = place;
            break;
        default:
            command->boot_network = place;
            break;
        }
    }
}

typedef int (*Part)(QemuCommand *command);

static const Part parts[] = {
    qemu_command_firmware, qemu_command_machine, qemu_command_cpu, qemu_command_memory, qemu_command_smp, iothreads,
    qemu_command_numa, monitor, qemu_command_clock, qemu_command_power, qemu_command_boot, qemu_command_controllers,
    qemu_command_memory_devices, qemu_command_disks, qemu_command_filesystems, qemu_command_nets,
    qemu_command_smartcards, qemu_command_chardevs, qemu_command_tpms, qemu_command_inputs, qemu_command_audio,
    qemu_command_graphics, qemu_command_videos, qemu_command_sounds, qemu_command_redirdevs, qemu_command_hostdevs,
    qemu_command_rngs, qemu_command_shmems, qemu_command_misc, passthrough,
};

/* Secrets that are missing are told before anything on the host is looked at. */
static int
check_secrets(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        if (qemu_blockdev_check(&def->devices.disk[i]->source) < 0)
            return -1;
    }
    for (size_t i = 0; i < def->devices.n_hostdev; i++) {
        const HostdevSource *from = &def->devices.hostdev[i]->source;
        StorageSource source = {.type = STORAGE_TYPE_NETWORK, .protocol = STORAGE_PROTOCOL_ISCSI, .auth = from->auth};
        if (from->protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI && qemu_blockdev_check(&source) < 0)
            return -1;
    }
    return 0;
}

/* The descriptors that disks are to be had by, as sets of the emulator's own, numbered like their images. */
static int
add_fd_sets(QemuCommand *command)
{
    const DomainDef *def = command->def;
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const StorageSource *source = &def->devices.disk[i]->source;
        if (!source->fdgroup || command->pretend)
            continue;
        GArray *fds = qemu_fd_group(command->driver, def->uuid, source->fdgroup);
        if (!fds)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "file descriptor group '%s' was not associated with the domain",
                            source->fdgroup);
        command->fd_sets = g_slist_prepend(command->fd_sets, fds);
        for (guint f = 0; f < fds->len; f++) {
            g_autofree char *fd = qemu_command_pass(command, g_array_index(fds, int, f));
            qemu_argf(command, "-add-fd", "set=%u,fd=%s,opaque=%s", source->index, fd, source->fdgroup);
        }
    }
    return 0;
}

int
qemu_command_build(QemuCommand *command)
{
    g_autofree char *variables = g_build_filename(command->driver->paths.lib, "nvram", NULL);
    if (qemu_command_check_cpu(command) < 0 || qemu_firmware_choose(command->def, variables) < 0 || check_secrets(command->def) < 0)
        return -1;
    qemu_assign_aliases(command->def);
    boot_places(command);
    if (qemu_blockdev_number(command->def) < 0)
        return -1;
    environment(command);
    qemu_arg(command, command->def->devices.emulator);
    identity(command);
    if (add_fd_sets(command) < 0)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i](command) < 0)
            return -1;
    }
    if (command->incoming)
        qemu_arg2(command, "-incoming", "defer");
    if (command->driver->conf->seccomp_sandbox)
        qemu_arg2(command, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    if (command->driver->conf->log_timestamp)
        qemu_arg2(command, "-msg", "timestamp=on");
    return 0;
}
