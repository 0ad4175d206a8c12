/* Properties of what QEMU makes: one JSON object serves the command line and the monitor alike.
 *
 * Setters leave out what is absent, so that a device's function reads like a table.  Any thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "model/domain.h"

/* A device of DRIVER, an object of TYPE with ID. */
json_t *qemu_device_new(const char *driver, const char *alias);
json_t *qemu_object_new(const char *type, const char *id);

void qemu_put_text(json_t *props, const char *name, const char *value); /* NULL: left out */
void qemu_put_format(json_t *props, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
void qemu_put_number(json_t *props, const char *name, long long value);
void qemu_put_positive(json_t *props, const char *name, unsigned long long value); /* 0: left out */
void qemu_put_bool(json_t *props, const char *name, bool value);
/* VALUE is one of the model's OnOff or YesNo: absent, true, false. */
void qemu_put_switch(json_t *props, const char *name, int value);
void qemu_put_on_off(json_t *props, const char *name, int value); /* as "on" and "off" */
/* The JSON text; frees PROPS. */
char *qemu_props_text(json_t *props);
