/* Pools that are iSCSI targets, spoken to by libiscsi: no session of the host's is needed.
 *
 * See StorageBackend; on the calling worker.
 */
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <string.h>

#include "drivers/storage/storage.h"

#define DEFAULT_PORT 3260
#define TIMEOUT_SECONDS 30

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

static char *
portal_of(const StoragePoolSource *source)
{
    const StoragePoolHost *host = source->host[0];
    return g_strdup_printf(strchr(host->name, ':') ? "[%s]:%d" : "%s:%d", host->name, host->port ? host->port : DEFAULT_PORT);
}

static int
fail(struct iscsi_context *iscsi, const char *what)
{
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "%s: %s", what, iscsi_get_error(iscsi));
}

static int
authenticate(VrInstance *instance, struct iscsi_context *iscsi, const Auth *auth)
{
    if (!auth)
        return 0;
    if (auth->type != AUTH_TYPE_CHAP)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "iscsi-direct pool only supports 'chap' auth type");
    char *password = storage_secret_text(instance, auth);
    if (!password)
        return -1;
    int result = iscsi_set_initiator_username_pwd(iscsi, auth->username, password) < 0 ? fail(iscsi, "Failed to set credential") : 0;
    explicit_bzero(password, strlen(password));
    g_free(password);
    return result;
}

/* Logged in to TARGET (NULL: to look for some); NULL with the error set. */
static struct iscsi_context *
log_in(VrInstance *instance, const StoragePoolSource *source, const char *target)
{
    const char *initiator = source->initiator ? source->initiator : "iqn.2008-11.org.linux-kvm";
    g_autofree char *portal = portal_of(source);
    struct iscsi_context *iscsi = iscsi_create_context(initiator);
    if (!iscsi)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "Failed to create iscsi context for %s", initiator);
    iscsi_set_timeout(iscsi, TIMEOUT_SECONDS);
    int result = authenticate(instance, iscsi, source->auth);
    if (result == 0 && ((target && iscsi_set_targetname(iscsi, target) < 0) ||
                        iscsi_set_session_type(iscsi, target ? ISCSI_SESSION_NORMAL : ISCSI_SESSION_DISCOVERY) < 0))
        result = fail(iscsi, "Failed to set the session's target");
    if (result == 0 && iscsi_connect_sync(iscsi, portal) < 0)
        result = fail(iscsi, "Failed to connect to the portal");
    if (result == 0 && iscsi_login_sync(iscsi) < 0)
        result = fail(iscsi, "Failed to log in to the target");
    if (result == 0)
        return iscsi;
    iscsi_destroy_context(iscsi);
    return NULL;
}

static void
log_out(struct iscsi_context *iscsi)
{
    iscsi_logout_sync(iscsi);
    iscsi_disconnect(iscsi);
    iscsi_destroy_context(iscsi);
}

/* A unit's first answers to a new session are notices ("power on", "parameters changed"). */
#define NOTICES 4

static unsigned long long
unit_size(struct iscsi_context *iscsi, int lun)
{
    struct scsi_task *task = iscsi_readcapacity16_sync(iscsi, lun);
    for (int i = 0; i < NOTICES && task && task->status == SCSI_STATUS_CHECK_CONDITION &&
                    task->sense.key == SCSI_SENSE_UNIT_ATTENTION;
         i++) {
        scsi_free_scsi_task(task);
        task = iscsi_readcapacity16_sync(iscsi, lun);
    }
    const struct scsi_readcapacity16 *size =
        task && task->status == SCSI_STATUS_GOOD ? scsi_datain_unmarshall(task) : NULL;
    unsigned long long bytes = size ? (size->returned_lba + 1) * size->block_length : 0;
    if (task)
        scsi_free_scsi_task(task);
    return bytes;
}

static void
add_unit(StorageScan *scan, struct iscsi_context *iscsi, int lun)
{
    const StoragePoolSource *source = &scan->def->source;
    unsigned long long size = unit_size(iscsi, lun);
    if (size == 0)
        return; /* a controller, a drive without a medium */
    g_autofree char *portal = portal_of(source);
    StorageVolDef *vol = storage_vol_def_new();
    vol->type = STORAGE_VOL_TYPE_NETWORK;
    vol->name = g_strdup_printf("unit:0:0:%d", lun);
    vol->target.path = g_strdup_printf("ip-%s-iscsi-%s-lun-%d", portal, source->device[0]->path, lun);
    vol->key = g_strdup(vol->target.path);
    vol->capacity = vol->allocation = size;
    vol->has_capacity = vol->has_allocation = true;
    storage_scan_add(scan, vol);
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    if (check_source(s->def) < 0)
        return -1;
    struct iscsi_context *iscsi = log_in(instance, &s->def->source, s->def->source.device[0]->path);
    if (!iscsi)
        return -1;
    int result = 0;
    struct scsi_task *task = iscsi_reportluns_sync(iscsi, 0, 16 + 8 * 256);
    const struct scsi_reportluns_list *list = task && task->status == SCSI_STATUS_GOOD ? scsi_datain_unmarshall(task) : NULL;
    if (!list)
        result = fail(iscsi, "Failed to list the target's units");
    for (uint32_t i = 0; list && result == 0 && i < list->num; i++) {
        if (storage_scan_cancelled(s))
            result = -1;
        else
            add_unit(s, iscsi, list->luns[i]);
    }
    if (task)
        scsi_free_scsi_task(task);
    log_out(iscsi);
    if (result == 0)
        storage_sum(s->def, s->volumes);
    return result;
}

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    /* there is nothing of it on the host; whether the server is there, the look that follows finds out */
    *ret_active = true;
    return 0;
}

static int
find_targets(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list)
{
    if (!spec)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "hostname must be specified for iscsi-direct sources");
    if (spec->n_host != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    struct iscsi_context *iscsi = log_in(instance, spec, NULL);
    if (!iscsi)
        return -1;
    struct iscsi_discovery_address *found = iscsi_discovery_sync(iscsi);
    for (const struct iscsi_discovery_address *at = found; at; at = at->next) {
        StoragePoolSource *source = storage_pool_source_new();
        StoragePoolHost *host = storage_pool_host_new();
        StoragePoolDevice *device = storage_pool_device_new();
        host->name = g_strdup(spec->host[0]->name);
        host->port = spec->host[0]->port;
        device->path = g_strdup(at->target_name);
        source->initiator = g_strdup(spec->initiator);
        vr_model_list_add(&source->host, &source->n_host, host);
        vr_model_list_add(&source->device, &source->n_device, device);
        vr_model_list_add(&list->source, &list->n_source, source);
    }
    if (found)
        iscsi_free_discovery_data(iscsi, found);
    log_out(iscsi);
    return 0;
}

const StorageBackend storage_backend_iscsi_direct = {
    .check = check,
    .find_sources = find_targets,
    .scan = scan,
};
