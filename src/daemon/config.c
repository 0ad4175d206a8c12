/* See config.h: one row per key of the file. */
#include "daemon/config.h"

#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"

DaemonConfig daemon_config;

typedef enum {
    BOOL,
    NUMBER,
    UNSIGNED,
    STRING,
    LIST,
    MODE,
    AUTH,
    IGNORED, /* known, without effect here */
} KeyKind;

#define AT(field) G_STRUCT_OFFSET(DaemonConfig, field)

static const struct {
    const char *name;
    KeyKind kind;
    gsize offset;
} keys[] = {
    {"listen_tls", BOOL, AT(listen_tls)},
    {"listen_tcp", BOOL, AT(listen_tcp)},
    {"tls_port", STRING, AT(tls_port)},
    {"tcp_port", STRING, AT(tcp_port)},
    {"listen_addr", STRING, AT(listen_addr)},
    {"unix_sock_group", STRING, AT(unix_group)},
    {"unix_sock_ro_perms", MODE, AT(unix_ro_mode)},
    {"unix_sock_rw_perms", MODE, AT(unix_rw_mode)},
    {"unix_sock_admin_perms", MODE, AT(unix_admin_mode)},
    {"unix_sock_dir", STRING, AT(unix_dir)},
    {"auth_unix_ro", AUTH, AT(auth_unix_ro)},
    {"auth_unix_rw", AUTH, AT(auth_unix_rw)},
    {"auth_tcp", AUTH, AT(auth_tcp)},
    {"auth_tls", AUTH, AT(auth_tls)},
    {"tcp_min_ssf", NUMBER, AT(tcp_min_ssf)},
    {"key_file", STRING, AT(key_file)},
    {"cert_file", STRING, AT(cert_file)},
    {"ca_file", STRING, AT(ca_file)},
    {"crl_file", STRING, AT(crl_file)},
    {"tls_no_verify_certificate", BOOL, AT(tls_no_verify)},
    {"tls_no_sanity_certificate", BOOL, AT(tls_no_sanity)},
    {"tls_allowed_dn_list", LIST, AT(tls_allowed_dn)},
    {"tls_priority", STRING, AT(tls_priority)},
    {"sasl_allowed_username_list", LIST, AT(sasl_allowed_users)},
    {"access_drivers", LIST, AT(access_drivers)},
    {"min_workers", UNSIGNED, AT(workers.min)},
    {"max_workers", UNSIGNED, AT(workers.max)},
    {"prio_workers", UNSIGNED, AT(workers.reserve)},
    {"max_clients", UNSIGNED, AT(limits.max_clients)},
    {"max_queued_clients", IGNORED, 0}, /* the kernel's queue is long enough */
    {"max_anonymous_clients", UNSIGNED, AT(limits.max_anonymous)},
    {"max_client_requests", UNSIGNED, AT(limits.max_requests)},
    {"admin_min_workers", UNSIGNED, AT(admin_workers.min)},
    {"admin_max_workers", UNSIGNED, AT(admin_workers.max)},
    {"admin_max_clients", UNSIGNED, AT(admin_limits.max_clients)},
    {"admin_max_queued_clients", IGNORED, 0},
    {"admin_max_client_requests", UNSIGNED, AT(admin_limits.max_requests)},
    {"log_level", NUMBER, AT(log_level)},
    {"log_filters", STRING, AT(log_filters)},
    {"log_outputs", STRING, AT(log_outputs)},
    {"audit_level", IGNORED, 0},
    {"audit_logging", IGNORED, 0},
    {"keepalive_interval", NUMBER, AT(limits.keepalive_interval)},
    {"keepalive_count", UNSIGNED, AT(limits.keepalive_count)},
    {"keepalive_required", IGNORED, 0},
    {"admin_keepalive_interval", NUMBER, AT(admin_limits.keepalive_interval)},
    {"admin_keepalive_count", UNSIGNED, AT(admin_limits.keepalive_count)},
    {"admin_keepalive_required", IGNORED, 0},
    {"host_uuid", IGNORED, 0},
    {"host_uuid_source", IGNORED, 0},
    {"ovs_timeout", IGNORED, 0},
};

static const char *const auth_words[] = {[VR_AUTH_NONE] = "none", [VR_AUTH_SASL] = "sasl", [VR_AUTH_POLKIT] = "polkit"};

static int
read_auth(const char *key, const char *word, int *ret)
{
    for (gsize i = 0; i < G_N_ELEMENTS(auth_words); i++) {
        if (strcmp(auth_words[i], word) == 0)
            return *ret = (int)i, 0;
    }
    return vr_error(VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported auth %s for %s: it may be none, sasl or polkit", word, key);
}

static int
read_mode(const char *key, const char *word, mode_t *ret)
{
    char *end;
    guint64 mode = g_ascii_strtoull(word, &end, 8);
    if (end == word || *end || mode > 0777)
        return vr_error(VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED, "%s is no mode for %s: it may be \"0700\" or the like", word, key);
    *ret = (mode_t)mode;
    return 0;
}

static int
read_key(DaemonConfig *config, const char *name, KeyKind kind, void *field)
{
    const char *text = NULL;
    long long number = 0;
    int found;
    switch (kind) {
    case BOOL:
    case NUMBER:
    case UNSIGNED:
        found = vr_config_number(config->file, name, &number);
        if (found <= 0)
            return found;
        if (number > G_MAXINT || number < (kind == NUMBER ? -1 : 0))
            return vr_error(VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED, "%lld is out of range for %s", number, name);
        *(int *)field = (int)number;
        return 0;
    case LIST:
        return vr_config_strings(config->file, name, (const char *const **)field);
    default:
        found = vr_config_string(config->file, name, &text);
        if (found <= 0)
            return found;
        if (kind == AUTH)
            return read_auth(name, text, field);
        if (kind == MODE)
            return read_mode(name, text, field);
        *(const char **)field = text;
        return 0;
    }
}

int
daemon_config_read(DaemonConfig *config, const char *daemon)
{
    config->privileged = geteuid() == 0;
    config->listen_tls = TRUE;
    config->tls_port = "16514";
    config->tcp_port = "16509";
    config->unix_ro_mode = 0777;
    config->unix_rw_mode = config->privileged ? 0777 : 0700;
    config->unix_admin_mode = 0700;
    config->auth_unix_ro = config->auth_unix_rw = config->privileged ? VR_AUTH_POLKIT : VR_AUTH_NONE;
    config->auth_tcp = VR_AUTH_SASL;
    config->auth_tls = VR_AUTH_NONE;
    config->tcp_min_ssf = 112;
    config->workers = (VrPoolLimits){.min = 5, .max = 20, .reserve = 5};
    config->admin_workers = (VrPoolLimits){.min = 5, .max = 20, .reserve = 0};
    config->limits = (DaemonLimits){5000, 20, 5, 5, 5};
    config->admin_limits = (DaemonLimits){5000, 0, 5, 5, 5};
    config->log_level = -1;

    g_autofree char *usual = NULL;
    const char *path = config->config_path;
    if (!path) {
        g_autofree char *file = g_strdup_printf("%s.conf", daemon);
        usual = config->privileged ? g_build_filename(VIREO_SYSCONFDIR, "libvirt", file, NULL)
                                   : g_build_filename(g_get_user_config_dir(), "libvirt", file, NULL);
        path = usual;
    } else if (access(path, R_OK) < 0) {
        return vr_error(VIR_FROM_CONF, VIR_ERR_OPEN_FAILED, "cannot read the configuration file '%s' that --config names", path);
    }
    config->file = vr_config_read(path);
    if (!config->file)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].kind != IGNORED && read_key(config, keys[i].name, keys[i].kind, (char *)config + keys[i].offset) < 0)
            return -1;
    }
    config->workers.max = MAX(config->workers.max, 1);
    return 0;
}
