/* Building properties: see props.h. */
#include "drivers/qemu/props.h"

#include <stdarg.h>
#include <stdlib.h>

json_t *
qemu_device_new(const char *driver, const char *alias)
{
    json_t *props = json_object();
    qemu_put_text(props, "driver", driver);
    qemu_put_text(props, "id", alias);
    return props;
}

json_t *
qemu_object_new(const char *type, const char *id)
{
    json_t *props = json_object();
    qemu_put_text(props, "qom-type", type);
    qemu_put_text(props, "id", id);
    return props;
}

void
qemu_put_text(json_t *props, const char *name, const char *value)
{
    if (value)
        json_object_set_new(props, name, json_string(value));
}

void
qemu_put_format(json_t *props, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    qemu_put_text(props, name, value);
}

void
qemu_put_number(json_t *props, const char *name, long long value)
{
    json_object_set_new(props, name, json_integer(value));
}

void
qemu_put_positive(json_t *props, const char *name, unsigned long long value)
{
    if (value)
        qemu_put_number(props, name, (long long)value);
}

void
qemu_put_bool(json_t *props, const char *name, bool value)
{
    json_object_set_new(props, name, json_boolean(value));
}

void
qemu_put_switch(json_t *props, const char *name, int value)
{
    if (value)
        qemu_put_bool(props, name, value == ON_OFF_ON);
}

void
qemu_put_on_off(json_t *props, const char *name, int value)
{
    if (value)
        qemu_put_text(props, name, value == ON_OFF_ON ? "on" : "off");
}

char *
qemu_props_text(json_t *props)
{
    char *text = json_dumps(props, JSON_COMPACT);
    char *copy = g_strdup(text ? text : "{}"); /* NULL only for text that is not UTF-8 */
    free(text);
    json_decref(props);
    return copy;
}
