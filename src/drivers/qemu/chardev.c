/* Back ends of character devices: one -chardev each.  Called by command_*.c. */
#include <string.h>

#include "drivers/qemu/command.h"

static const char *
on_off(int value)
{
    return value == ON_OFF_ON ? "on" : "off";
}

static void
put_value(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, ",%s=", name);
    qemu_append_value(out, value);
}

static void
put_reconnect(GString *out, const ChardevSource *source)
{
    if (!source->has_reconnect)
        return;
    if (source->reconnect.enabled == YES_NO_YES)
        g_string_append_printf(out, ",reconnect=%u", source->reconnect.timeout);
    else if (source->reconnect.enabled == YES_NO_NO)
        g_string_append(out, ",reconnect=0");
}

static void
put_server(GString *out, const ChardevSource *source)
{
    if (source->mode == CHARDEV_MODE_BIND)
        g_string_append(out, ",server=on,wait=off");
}

static int
put_type(GString *out, const ChardevSource *source, const char *id)
{
    switch (source->type) {
    case CHARDEV_TYPE_NULL:
    case CHARDEV_TYPE_VC:
    case CHARDEV_TYPE_PTY:
    case CHARDEV_TYPE_STDIO:
        g_string_append_printf(out, "%s,id=%s", vr_enum_to_string(&vr_enum_chardev_type, source->type), id);
        return 0;
    case CHARDEV_TYPE_DEV:
        g_string_append_printf(out, "%s,id=%s", g_str_has_prefix(id, "charparallel") ? "parallel" : "serial", id);
        put_value(out, "path", source->path);
        return 0;
    case CHARDEV_TYPE_FILE:
        g_string_append_printf(out, "file,id=%s", id);
        put_value(out, "path", source->path);
        if (source->append)
            g_string_append_printf(out, ",append=%s", on_off(source->append));
        return 0;
    case CHARDEV_TYPE_PIPE:
        g_string_append_printf(out, "pipe,id=%s", id);
        put_value(out, "path", source->path);
        return 0;
    case CHARDEV_TYPE_UDP:
        g_string_append_printf(out, "udp,id=%s", id);
        put_value(out, "host", source->connect_host ? source->connect_host : "");
        put_value(out, "port", source->connect_service);
        put_value(out, "localaddr", source->host ? source->host : "");
        put_value(out, "localport", source->service ? source->service : "0");
        return 0;
    case CHARDEV_TYPE_TCP: {
        bool telnet = source->protocol == CHARDEV_SOURCE_PROTOCOL_TELNET;
        g_string_append_printf(out, "socket,id=%s", id);
        put_value(out, "host", source->host);
        put_value(out, "port", source->service);
        if (telnet)
            g_string_append(out, ",telnet=on");
        put_server(out, source);
        put_reconnect(out, source);
        return 0;
    }
    case CHARDEV_TYPE_UNIX:
        g_string_append_printf(out, "socket,id=%s", id);
        put_value(out, "path", source->path);
        put_server(out, source);
        put_reconnect(out, source);
        return 0;
    case CHARDEV_TYPE_SPICEVMC:
        g_string_append_printf(out, "spicevmc,id=%s,name=%s", id, g_str_has_prefix(id, "charchannel") ? "vdagent"
                                                                  : g_str_has_prefix(id, "charsmartcard") ? "smartcard"
                                                                                                          : "usbredir");
        return 0;
    case CHARDEV_TYPE_SPICEPORT:
        g_string_append_printf(out, "spiceport,id=%s", id);
        put_value(out, "name", source->channel);
        return 0;
    case CHARDEV_TYPE_QEMU_VDAGENT:
        g_string_append_printf(out, "qemu-vdagent,id=%s,name=vdagent", id);
        if (source->clipboard)
            g_string_append_printf(out, ",clipboard=%s", on_off(source->clipboard));
        if (source->mouse)
            g_string_append_printf(out, ",mouse=%s", source->mouse == CHARDEV_MOUSE_CLIENT ? "on" : "off");
        return 0;
    case CHARDEV_TYPE_DBUS:
        g_string_append_printf(out, "dbus,id=%s", id);
        put_value(out, "name", source->channel);
        return 0;
    default:
        return UNSUPPORTED("unsupported chardev '%s'", vr_enum_to_string(&vr_enum_chardev_type, source->type));
    }
}

int
qemu_command_chardev(QemuCommand *command, const ChardevSource *source, const char *id, bool wait_off)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (put_type(out, source, id) < 0)
        return -1;
    const QemuConf *conf = command->driver->conf;
    if (source->type == CHARDEV_TYPE_TCP && (source->tls == YES_NO_YES || (!source->tls && conf->chardev_tls))) {
        g_autofree char *dir = qemu_conf_tls_dir(conf, "chardev", conf->chardev_tls_x509_cert_dir);
        g_autofree char *creds = g_strdup_printf("obj%s_tls0", id);
        bool verify = conf->chardev_tls_x509_verify < 0 ? conf->default_tls_x509_verify : conf->chardev_tls_x509_verify;
        bool server = source->mode == CHARDEV_MODE_BIND;
        qemu_command_tls(command, creds, dir, server, server ? verify : true);
        put_value(out, "tls-creds", creds);
    }
    if (source->log_file) {
        put_value(out, "logfile", source->log_file);
        if (source->log_append)
            g_string_append_printf(out, ",logappend=%s", on_off(source->log_append));
    }
    qemu_arg2(command, "-chardev", out->str);
    return 0;
}
