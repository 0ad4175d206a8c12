/* Reading qemu.conf: see conf.h. */
#include "drivers/qemu/conf.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/config.h"
#include "base/error.h"
#include "host/cgroup.h"

typedef enum { KIND_BOOL, KIND_INT, KIND_STRING, KIND_LIST } Kind;

static const struct {
    const char *key;
    Kind kind;
    size_t offset;
    long long value;
} keys[] = {
#define ROW_BOOL(name, value) {#name, KIND_BOOL, offsetof(QemuConf, name), value},
#define ROW_INT(name, value) {#name, KIND_INT, offsetof(QemuConf, name), value},
#define ROW_STRING(name) {#name, KIND_STRING, offsetof(QemuConf, name), 0},
#define ROW_LIST(name) {#name, KIND_LIST, offsetof(QemuConf, name), 0},
    QEMU_CONF_KEYS(ROW_BOOL, ROW_INT, ROW_STRING, ROW_LIST)
};

static long long *
number_at(QemuConf *conf, gsize i)
{
    return (long long *)(void *)((char *)conf + keys[i].offset);
}

static void **
pointer_at(QemuConf *conf, gsize i)
{
    return (void **)(void *)((char *)conf + keys[i].offset);
}

void
qemu_conf_free(QemuConf *conf)
{
    for (gsize i = 0; conf && i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].kind == KIND_STRING)
            g_free(*pointer_at(conf, i));
        else if (keys[i].kind == KIND_LIST)
            g_strfreev(*pointer_at(conf, i));
    }
    g_free(conf);
}

/* A list may be one word instead, and the largest core may be "unlimited". */
static int
read_key(QemuConf *conf, const VrConfig *file, gsize i)
{
    const char *key = keys[i].key, *text = NULL;
    const char *const *list = NULL;
    switch (keys[i].kind) {
    case KIND_INT:
        if (strcmp(key, "max_core") == 0 && vr_config_string(file, key, &text) == 1) {
            if (strcmp(text, "unlimited") != 0)
                return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "Unknown core size '%s'", text);
            conf->max_core = -1;
            return 0;
        }
        vr_error_clear();
        return vr_config_number(file, key, number_at(conf, i)) < 0 ? -1 : 0;
    case KIND_BOOL:
        if (vr_config_number(file, key, number_at(conf, i)) < 0)
            return -1;
        return 0;
    case KIND_STRING:
        if (vr_config_string(file, key, &text) < 0)
            return -1;
        if (text)
            *pointer_at(conf, i) = g_strdup(text);
        return 0;
    case KIND_LIST:
        if (vr_config_string(file, key, &text) == 1) {
            *pointer_at(conf, i) = g_strdupv((char *[]){(char *)text, NULL});
            return 0;
        }
        vr_error_clear();
        if (vr_config_strings(file, key, &list) < 0)
            return -1;
        if (list)
            *pointer_at(conf, i) = g_strdupv((char **)list);
        return 0;
    }
    return 0;
}

/* "+107" is a number even where a user is called so. */
static int
find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
    char *end;
    bool number = *name == '+';
    if (!number && vr_user_find(name, ret_uid, ret_gid))
        return 0;
    guint64 id = g_ascii_strtoull(name + number, &end, 10);
    if (!name[number] || *end || id > G_MAXINT)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "user = \"%s\": there is no such user", name);
    *ret_uid = (uid_t)id;
    return 0;
}

static int
find_group(const char *name, gid_t *ret_gid)
{
    char *end;
    bool number = *name == '+';
    if (!number && vr_group_find(name, ret_gid))
        return 0;
    guint64 id = g_ascii_strtoull(name + number, &end, 10);
    if (!name[number] || *end || id > G_MAXINT)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "group = \"%s\": there is no such group", name);
    *ret_gid = (gid_t)id;
    return 0;
}

#define DEFAULT_USER "libvirt-qemu"

static int
find_ids(QemuConf *conf, bool privileged)
{
    conf->uid = conf->swtpm_uid = geteuid();
    conf->gid = conf->swtpm_gid = getegid();
    if (!privileged)
        return 0;
    if (!conf->user)
        vr_user_find(DEFAULT_USER, &conf->uid, &conf->gid); /* root's where there is none */
    else if (find_user(conf->user, &conf->uid, &conf->gid) < 0)
        return -1;
    if (conf->group && find_group(conf->group, &conf->gid) < 0)
        return -1;
    if (!conf->swtpm_user)
        vr_user_find("swtpm", &conf->swtpm_uid, &conf->swtpm_gid);
    else if (find_user(conf->swtpm_user, &conf->swtpm_uid, &conf->swtpm_gid) < 0)
        return -1;
    return conf->swtpm_group ? find_group(conf->swtpm_group, &conf->swtpm_gid) : 0;
}

static int
find_controllers(QemuConf *conf)
{
    static const char *const names[] = {"cpu", "cpuacct", "cpuset", "memory", "blkio", "devices", "freezer", "pids"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == VR_CGROUP_CONTROLLERS);
    for (char **c = conf->cgroup_controllers; c && *c; c++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(names) && strcmp(names[i], *c) != 0)
            i++;
        if (i == G_N_ELEMENTS(names) && strcmp(*c, "net_cls") != 0 && strcmp(*c, "perf_event") != 0)
            return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "Unknown cgroup controller '%s'", *c);
        if (i < G_N_ELEMENTS(names))
            conf->controllers |= 1u << i;
    }
    if (conf->cgroup_controllers && !conf->controllers)
        conf->controllers = 1u << VR_CGROUP_CONTROLLERS; /* none of them */
    return 0;
}

static int
check_range(const char *what, long long min, long long max, long long lowest)
{
    if (min < lowest || min > 65535)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s_min: port must be between the minimal port %lld and 65535",
                        what, lowest);
    if (max < min || max > 65535)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s_max: port must be between the minimal port and 65535", what);
    return 0;
}

static int
check(QemuConf *conf, bool privileged)
{
    conf->mount_namespace = privileged && !conf->namespaces;
    for (char **n = conf->namespaces; n && *n; n++) {
        if (strcmp(*n, "mount") != 0)
            return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "Unknown namespace: %s", *n);
        if (!privileged)
            return vr_error(VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED, "cannot use namespaces in session mode");
        conf->mount_namespace = true;
    }
    if (conf->stdio_handler && strcmp(conf->stdio_handler, "logd") != 0 && strcmp(conf->stdio_handler, "file") != 0)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "Unknown stdio handler %s", conf->stdio_handler);
    if (check_range("remote_display_port", conf->remote_display_port_min, conf->remote_display_port_max, 5900) < 0 ||
        check_range("remote_websocket_port", conf->remote_websocket_port_min, conf->remote_websocket_port_max, 1) < 0 ||
        check_range("migration_port", conf->migration_port_min, conf->migration_port_max, 1) < 0)
        return -1;
    if (conf->default_tls_x509_cert_dir && !g_file_test(conf->default_tls_x509_cert_dir, G_FILE_TEST_IS_DIR))
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "default_tls_x509_cert_dir directory '%s' does not exist",
                        conf->default_tls_x509_cert_dir);
    return find_ids(conf, privileged) < 0 ? -1 : find_controllers(conf);
}

QemuConf *
qemu_conf_read(const char *path, bool privileged)
{
    g_autoptr(VrConfig) file = vr_config_read(path);
    g_autoptr(QemuConf) conf = g_new0(QemuConf, 1);
    if (!file)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].kind == KIND_BOOL || keys[i].kind == KIND_INT)
            *number_at(conf, i) = keys[i].value;
        if (read_key(conf, file, i) < 0)
            return NULL;
    }
    return check(conf, privileged) < 0 ? NULL : g_steal_pointer(&conf);
}

char *
qemu_conf_tls_dir(const QemuConf *conf, const char *kind, const char *specific)
{
    if (specific)
        return g_strdup(specific);
    g_autofree char *own = g_strdup_printf("%s/pki/libvirt-%s", VIREO_SYSCONFDIR, kind);
    if (!conf->default_tls_x509_cert_dir && g_file_test(own, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&own);
    return g_strdup(conf->default_tls_x509_cert_dir ? conf->default_tls_x509_cert_dir : VIREO_SYSCONFDIR "/pki/qemu");
}
