/* Limits of disks and of interfaces, of running guests and in definitions. */
#include "drivers/qemu/throttle.h"

#include <string.h>

#include "drivers/peer.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/tune.h"
#include "store/guest_devices.h"
#include "store/guest_iotune.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)
#define MOST 1000000000000000ull

/* QEMU's names of the limits, by their places in VR_IOTUNE. */
static const char *const qmp_names[VR_N_IOTUNE] = {
    "bps",        "bps_rd",        "bps_wr",        "iops",       "iops_rd",       "iops_wr",       "bps_max",
    "bps_rd_max", "bps_wr_max",    "iops_max",      "iops_rd_max", "iops_wr_max",  "iops_size",     "group",
    "bps_max_length", "bps_rd_max_length", "bps_wr_max_length", "iops_max_length", "iops_rd_max_length", "iops_wr_max_length",
};

/* The entry of query-block's answer that is the drive ALIAS. */
static const json_t *
drive_of(const json_t *answer, const char *alias)
{
    g_autofree char *prefix = g_strdup_printf("/machine/peripheral/%s", alias);
    size_t i;
    const json_t *entry;
    json_array_foreach(answer, i, entry) {
        const char *qdev = json_string_value(json_object_get(entry, "qdev"));
        gsize n = strlen(prefix);
        if (qdev && (strcmp(qdev, alias) == 0 || (strncmp(qdev, prefix, n) == 0 && (!qdev[n] || qdev[n] == '/'))))
            return entry;
    }
    return NULL;
}

/* The drive of DISK with its medium; NULL with the error set.  *RET_ANSWER holds it and is the caller's. */
static const json_t *
need_drive(QemuRun *run, const DomainDisk *disk, json_t **ret_answer)
{
    *ret_answer = qemu_qmp_call(run->qmp, "query-block", NULL, QEMU_QMP_PATIENCE);
    if (!*ret_answer)
        return NULL;
    const json_t *drive = disk->alias ? drive_of(*ret_answer, disk->alias) : NULL;
    if (drive && json_object_get(drive, "inserted"))
        return drive;
    return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "disk '%s' has no medium whose limits could be known; insert one first",
                         disk->target ? disk->target->dev : "");
}

static int
send_limits(QemuRun *run, const DomainDisk *disk, DomainIotune *tune)
{
    json_t *answer = NULL;
    const json_t *drive = need_drive(run, disk, &answer);
    if (!drive) {
        json_decref(answer);
        return -1;
    }
    json_t *arguments = json_object();
    json_object_set(arguments, "id", json_object_get(drive, "qdev"));
    json_decref(answer);
    for (int i = 0; i < VR_N_IOTUNE; i++) {
        if (i == VR_IOTUNE_GROUP)
            continue;
        unsigned long long value = *vr_iotune_limit(tune, i);
        if (i < VR_IOTUNE_LENGTHS || value)
            json_object_set_new(arguments, qmp_names[i], json_integer((json_int_t)value));
    }
    if (tune->group_name)
        json_object_set_new(arguments, "group", json_string(tune->group_name));
    json_t *result = qemu_qmp_call(run->qmp, "block_set_io_throttle", arguments, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

int
qemu_throttle_disk(QemuRun *run, const DomainDisk *disk)
{
    return disk->iotune && !vr_domain_disk_is_empty(disk) ? send_limits(run, disk, disk->iotune) : 0;
}

int
qemu_throttle_all(QemuRun *run, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        if (qemu_throttle_disk(run, def->devices.disk[i]) < 0)
            return -1;
    }
    return 0;
}

/* As the running guest has them; NULL with the error set. */
static DomainIotune *
limits_in_force(QemuRun *run, const DomainDisk *disk)
{
    json_t *answer = NULL;
    const json_t *drive = need_drive(run, disk, &answer), *inserted = json_object_get(drive, "inserted");
    DomainIotune *tune = drive ? domain_iotune_new() : NULL;
    for (int i = 0; tune && i < VR_N_IOTUNE; i++) {
        if (i != VR_IOTUNE_GROUP)
            *vr_iotune_limit(tune, i) = (unsigned long long)MAX(json_integer_value(json_object_get(inserted, qmp_names[i])), 0);
    }
    if (tune)
        tune->group_name = g_strdup(json_string_value(json_object_get(inserted, "group")));
    json_decref(answer);
    return tune;
}

int
qemu_domain_get_block_io_tune(virDomainPtr dom, const char *path, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    if (*nparams == 0) {
        vr_iotune_get(NULL, params, nparams);
        return 0;
    }
    bool live = vr_guest_is_active(state) && def == vr_guest_now(state);
    const DomainDisk *disk = vr_domain_disk(def, path);
    if (!disk)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                        live ? "disk '%s' not found in domain" : "disk '%s' was not found in the domain config", path);
    g_autoptr(DomainIotune) current = live ? limits_in_force(qemu_run_of(state), disk) : NULL;
    if (live && !current)
        return -1;
    vr_iotune_get(live ? current : disk->iotune, params, nparams);
    return 0;
}

/* Limits that are set together: naming one of them says that the others are none. */
static const struct {
    int first, n;
} sets[] = {{0, 3}, {3, 3}, {6, 3}, {9, 3}, {VR_IOTUNE_SIZE, 1}, {VR_IOTUNE_GROUP, 1}, {14, 3}, {17, 3}};

static bool
names(const virTypedParameter *params, int nparams, int first, int n)
{
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_iotune_specs());
        if (which >= first && which < first + n)
            return true;
    }
    return false;
}

/* What PARAMS make of BEFORE (NULL: no limits); the caller's. */
static DomainIotune *
merged(const DomainIotune *before, const virTypedParameter *params, int nparams)
{
    DomainIotune *tune = before ? domain_iotune_copy(before) : domain_iotune_new();
    for (gsize s = 0; s < G_N_ELEMENTS(sets); s++) {
        if (!names(params, nparams, sets[s].first, sets[s].n))
            continue;
        for (int i = sets[s].first; i < sets[s].first + sets[s].n; i++) {
            bool length = i >= VR_IOTUNE_LENGTHS;
            if (i != VR_IOTUNE_GROUP) /* a burst lasts a second unless it is said */
                *vr_iotune_limit(tune, i) = length && *vr_iotune_limit(tune, i - VR_IOTUNE_LENGTHS + VR_IOTUNE_BURSTS) ? 1 : 0;
        }
    }
    vr_iotune_set(tune, params, nparams);
    return tune;
}

static int
check_limits(const virTypedParameter *params, int nparams)
{
    g_autoptr(DomainIotune) given = domain_iotune_new();
    vr_iotune_set(given, params, nparams);
    for (int i = 0; i < VR_N_IOTUNE; i++) {
        if (i != VR_IOTUNE_GROUP && *vr_iotune_limit(given, i) > MOST)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "block I/O throttle limit value must be no more than %llu", MOST);
    }
    return vr_iotune_check_totals(given, VIR_FROM_QEMU);
}

/* A burst is above its rate. */
static int
check_bursts(DomainIotune *tune)
{
    for (int i = 0; i < VR_IOTUNE_BURSTS; i++) {
        unsigned long long rate = *vr_iotune_limit(tune, i), burst = *vr_iotune_limit(tune, i + VR_IOTUNE_BURSTS);
        const char *rate_name = vr_iotune_specs()[i].name, *burst_name = vr_iotune_specs()[i + VR_IOTUNE_BURSTS].name;
        if (burst && !rate)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "cannot reset '%s' when '%s' is set", rate_name, burst_name);
        if (burst && burst < rate)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "value '%s' cannot be smaller than '%s'", burst_name, rate_name);
    }
    return 0;
}

static void
tell_limits(QemuChange *c, const DomainDisk *disk, const virTypedParameter *params, int nparams)
{
    VrParams list = {0};
    vr_params_add_string(&list, VIR_DOMAIN_TUNABLE_BLKDEV_DISK, disk->target->dev);
    for (int i = 0; i < nparams; i++) {
        g_autofree char *name = g_strconcat("blkdeviotune.", params[i].field, NULL);
        if (params[i].type == VIR_TYPED_PARAM_STRING)
            vr_params_add_string(&list, name, params[i].value.s);
        else
            vr_params_add_ullong(&list, name, params[i].value.ul);
    }
    qemu_tell_tunable(c, &list);
}

int
qemu_domain_set_block_io_tune(virDomainPtr dom, const char *path, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, vr_iotune_specs()) < 0 ||
        check_limits(params, nparams) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        DomainDisk *disk = defs[d] ? vr_domain_disk(defs[d], path) : NULL;
        if (!defs[d])
            continue;
        if (!disk)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                            d == 0 ? "disk '%s' not found in domain" : "missing persistent configuration for disk '%s'", path);
        g_autoptr(DomainIotune) tune = merged(disk->iotune, params, nparams);
        if (d == 0 && (check_bursts(tune) < 0 || send_limits(qemu_run_of(c.next), disk, tune) < 0))
            return -1;
        domain_iotune_free(disk->iotune);
        disk->iotune = g_steal_pointer(&tune);
    }
    if (qemu_change_commit(&c, defs[1] != NULL) < 0)
        return -1;
    if (defs[0])
        tell_limits(&c, vr_domain_disk(vr_guest_now(c.next), path), params, nparams);
    return 0;
}

/* --- interfaces --- */

int
qemu_domain_get_interface_parameters(virDomainPtr dom, const char *device, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    const DomainNet *net = def && *nparams ? vr_domain_net(def, device) : NULL;
    if (!def || (*nparams && !net))
        return -1;
    vr_bandwidth_get(net ? net->bandwidth : NULL, params, nparams);
    return 0;
}

/* Only a virtual network can change the rate of what is plugged into it. */
static int
limit_interface(QemuRun *run, const DomainNet *net, virTypedParameterPtr params, int nparams)
{
    if (qemu_net_type(net) != NET_TYPE_NETWORK)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "the bandwidth of an interface of type '%s' cannot be changed while its guest runs; change the configuration",
                        vr_enum_to_string(&vr_enum_net_type, net->type));
    virConnectPtr conn = vr_peer_open(VR_HOST_NETWORK, run->driver->root, run->driver->privileged);
    virNetworkPtr network = conn ? VR_PEER(virNetworkLookupByName(conn, net->source.network)) : NULL;
    virNetworkPortPtr port = network ? VR_PEER(virNetworkPortLookupByUUID(network, net->source.portid)) : NULL;
    int result = port ? VR_PEER(virNetworkPortSetParameters(port, params, nparams, 0)) : -1;
    virErrorPtr saved = result < 0 ? vr_error_save() : NULL;
    if (port)
        VR_PEER(virNetworkPortFree(port));
    if (network)
        VR_PEER(virNetworkFree(network));
    if (conn)
        VR_PEER(virConnectClose(conn));
    if (saved)
        vr_error_restore(saved);
    return result;
}

int
qemu_domain_set_interface_parameters(virDomainPtr dom, const char *device, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, vr_bandwidth_specs) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        DomainNet *net = defs[d] ? vr_domain_net(defs[d], device) : NULL;
        if (!defs[d])
            continue;
        if (!net)
            return -1;
        if (!qemu_net_has_end(net))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "setting bandwidth on interfaces of type '%s' is not implemented yet",
                            vr_enum_to_string(&vr_enum_net_type, net->type));
        if (d == 0 && limit_interface(qemu_run_of(c.next), net, params, nparams) < 0)
            return -1;
        vr_bandwidth_set(net, params, nparams);
    }
    return qemu_change_commit(&c, defs[1] != NULL);
}
