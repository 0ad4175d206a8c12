/* Pools that are iSCSI targets, logged in to by the host: iscsiadm does it.
 *
 * See StorageBackend; on the calling worker.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/storage/scsi.h"

#define DEFAULT_PORT 3260

static char *
portal_of(const StoragePoolSource *source)
{
    const StoragePoolHost *host = source->host[0];
    bool v6 = strchr(host->name, ':') != NULL;
    return g_strdup_printf(v6 ? "[%s]:%d,1" : "%s:%d,1", host->name, host->port ? host->port : DEFAULT_PORT);
}

/* "tcp: [1] 127.0.0.1:3260,1 iqn.x (non-flash)": the number of the session with TARGET, -1 without one. */
static int
find_session(const char *target, int *ret_session)
{
    g_autoptr(VrCommand) command = vr_command_new("iscsiadm", "--mode", "session", NULL);
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    *ret_session = -1;
    if (vr_command_status(command, &status, &out, &err) < 0)
        return -1;
    if (status != 0 && status != 21) /* 21: no sessions */
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "iscsiadm does not list its sessions: %s", g_strstrip(err));
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        if (g_strv_length(words) >= 4 && strcmp(words[3], target) == 0 && sscanf(words[1], "[%d]", ret_session) == 1)
            return 0;
    }
    return 0;
}

static int
check_source(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    if (source->n_host != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    if (source->n_device != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "missing source device");
    return 0;
}

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    int session = -1;
    if (check_source(def) < 0 || find_session(def->source.device[0]->path, &session) < 0)
        return -1;
    *ret_active = session >= 0;
    return 0;
}

/* About the target's node record.  iscsiadm takes settings as arguments only, a password among them, which root's other processes can
 * read for a moment. */
static VrCommand *
node(const StoragePoolDef *def, const char *portal)
{
    return vr_command_new("iscsiadm", "--mode", "node", "--portal", portal, "--targetname", def->source.device[0]->path, NULL);
}

static int
set_node(const StoragePoolDef *def, const char *portal, const char *name, const char *value)
{
    g_autoptr(VrCommand) command = node(def, portal);
    vr_command_add(command, "--op", "update", "--name", name, "--value", value, NULL);
    return vr_command_run(command, NULL);
}

static int
set_credentials(VrInstance *instance, const StoragePoolDef *def, const char *portal)
{
    const Auth *auth = def->source.auth;
    if (!auth)
        return 0;
    if (auth->type != AUTH_TYPE_CHAP)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "iscsi pool only supports 'chap' auth type");
    char *password = storage_secret_text(instance, auth);
    if (!password)
        return -1;
    int result = set_node(def, portal, "node.session.auth.authmethod", "CHAP") < 0 ||
                         set_node(def, portal, "node.session.auth.username", auth->username) < 0 ||
                         set_node(def, portal, "node.session.auth.password", password) < 0
                     ? -1
                     : 0;
    explicit_bzero(password, strlen(password));
    g_free(password);
    return result;
}

static int
start(VrInstance *instance, const StoragePoolDef *def)
{
    int session = -1;
    if (check_source(def) < 0 || find_session(def->source.device[0]->path, &session) < 0)
        return -1;
    if (session >= 0)
        return 0;
    g_autofree char *portal = portal_of(&def->source);
    g_autoptr(VrCommand) record = node(def, portal);
    vr_command_add(record, "--op", "new", NULL);
    if (def->source.initiator)
        vr_command_add(record, "--interface", def->source.initiator, NULL);
    if (vr_command_run(record, NULL) < 0 || set_node(def, portal, "node.startup", "manual") < 0 ||
        set_credentials(instance, def, portal) < 0)
        return -1;
    g_autoptr(VrCommand) login = node(def, portal);
    vr_command_add(login, "--login", NULL);
    return vr_command_run(login, NULL);
}

static int
stop(const StoragePoolDef *def)
{
    int session = -1;
    if (check_source(def) < 0 || find_session(def->source.device[0]->path, &session) < 0)
        return -1;
    if (session < 0)
        return 0;
    g_autofree char *portal = portal_of(&def->source);
    g_autoptr(VrCommand) command = node(def, portal);
    vr_command_add(command, "--logout", NULL);
    return vr_command_run(command, NULL);
}

static int
host_of_session(int session, unsigned *ret_host)
{
    g_autofree char *path = g_strdup_printf("/sys/class/iscsi_session/session%d/device", session);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (sscanf(name, "target%u:", ret_host) == 1)
            return 0;
    }
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "Failed to get host number for iSCSI session with path '%s'", path);
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    int session = -1;
    unsigned host = 0;
    if (check_source(s->def) < 0 || find_session(s->def->source.device[0]->path, &session) < 0)
        return -1;
    if (session < 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "cannot find iscsiadm session with target '%s'",
                        s->def->source.device[0]->path);
    g_autoptr(VrCommand) command = vr_command_new("iscsiadm", "--mode", "session", "-r", NULL);
    vr_command_addf(command, "%d", session);
    vr_command_add(command, "-R", NULL);
    storage_scan_guard(s, command);
    if (vr_command_run(command, NULL) < 0 || host_of_session(session, &host) < 0)
        return -1;
    return storage_scan_host(s, host);
}

/* "127.0.0.1:3260,1 iqn.x" a line. */
static int
find_targets(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list)
{
    if (!spec)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "hostname must be specified for iscsi sources");
    if (spec->n_host != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    g_autofree char *portal = portal_of(spec);
    g_autoptr(VrCommand) command = vr_command_new("iscsiadm", "--mode", "discovery", "--type", "sendtargets", "--portal", portal, NULL);
    g_autofree char *out = NULL;
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *target = strchr(*line, ' ');
        if (!target)
            continue;
        StoragePoolSource *source = storage_pool_source_new();
        StoragePoolHost *host = storage_pool_host_new();
        StoragePoolDevice *device = storage_pool_device_new();
        host->name = g_strdup(spec->host[0]->name);
        host->port = spec->host[0]->port;
        device->path = g_strdup(target + 1);
        source->initiator = g_strdup(spec->initiator);
        vr_model_list_add(&source->host, &source->n_host, host);
        vr_model_list_add(&source->device, &source->n_device, device);
        vr_model_list_add(&list->source, &list->n_source, source);
    }
    return 0;
}

const StorageBackend storage_backend_iscsi = {
    .program = {"iscsiadm"},
    .local = true,
    .check = check,
    .find_sources = find_targets,
    .start = start,
    .stop = stop,
    .scan = scan,
    .volume_look = storage_look_unit,
};
