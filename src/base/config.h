/* Configuration files: NAME = value, where a value is a number, a quoted string or a list of strings.
 *
 * The form of libvirt.conf, libvirtd.conf, qemu.conf and auth.conf's relatives.  Reading is strict: the error
 * names the file and the line.
 */
#pragma once

#include <glib.h>

typedef struct VrConfig VrConfig;

/* NULL with VIR_ERR_CONF_SYNTAX (or VIR_ERR_OPEN_FAILED) set.  A missing file is an empty configuration. */
VrConfig *vr_config_read(const char *path);
VrConfig *vr_config_parse(const char *text, const char *name);
void vr_config_free(VrConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrConfig, vr_config_free)

/* Each leaves *ret untouched and returns 0 when KEY is absent, 1 when it was found, -1 with the error set when the
 * value is of another type.  Strings and lists stay owned by CONFIG. */
int vr_config_string(const VrConfig *config, const char *key, const char **ret);
int vr_config_strings(const VrConfig *config, const char *key, const char *const **ret);
int vr_config_number(const VrConfig *config, const char *key, long long *ret);
