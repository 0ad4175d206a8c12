/* What the values of virsh's options can be: names of what there is, asked live, and words that are fixed. */
#include <stdlib.h>
#include <string.h>

#include "shell/completion.h"
#include "shell/element.h"

/* Objects of a kind that their names are wanted of. */
#define ADD_ALL(c, Type, count, free_one, list, name)                                              \
    do {                                                                                           \
        Type *all = NULL;                                                                          \
        int n_all = (count);                                                                       \
        for (int i = 0; i < n_all; i++) {                                                          \
            completion_add(c, name(all[i]));                                                       \
            free_one(all[i]);                                                                      \
        }                                                                                          \
        free(all);                                                                                 \
    } while (0)

/* Commands that want domains in one state. */
static const struct {
    const char *command;
    unsigned int flags;
} wanted_domains[] = {
    {"start", VIR_CONNECT_LIST_DOMAINS_INACTIVE},  {"suspend", VIR_CONNECT_LIST_DOMAINS_RUNNING},
    {"resume", VIR_CONNECT_LIST_DOMAINS_PAUSED},   {"shutdown", VIR_CONNECT_LIST_DOMAINS_ACTIVE},
    {"reboot", VIR_CONNECT_LIST_DOMAINS_ACTIVE},   {"reset", VIR_CONNECT_LIST_DOMAINS_ACTIVE},
    {"destroy", VIR_CONNECT_LIST_DOMAINS_ACTIVE},  {"save", VIR_CONNECT_LIST_DOMAINS_ACTIVE},
    {"console", VIR_CONNECT_LIST_DOMAINS_ACTIVE},  {"managedsave", VIR_CONNECT_LIST_DOMAINS_ACTIVE},
    {"migrate", VIR_CONNECT_LIST_DOMAINS_ACTIVE},  {"undefine", VIR_CONNECT_LIST_DOMAINS_PERSISTENT},
    {"managedsave-remove", VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE},
};

static void
add_domains(Completion *c)
{
    unsigned int flags = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(wanted_domains); i++) {
        if (strcmp(wanted_domains[i].command, c->command->name) == 0)
            flags = wanted_domains[i].flags;
    }
    ADD_ALL(c, virDomainPtr, virConnectListAllDomains(c->sh->conn, &all, flags), virDomainFree, all, virDomainGetName);
}

static void
add_networks(Completion *c)
{
    unsigned int flags = strcmp(c->command->name, "net-start") == 0     ? VIR_CONNECT_LIST_NETWORKS_INACTIVE
                         : strcmp(c->command->name, "net-destroy") == 0 ? VIR_CONNECT_LIST_NETWORKS_ACTIVE
                                                                        : 0;
    ADD_ALL(c, virNetworkPtr, virConnectListAllNetworks(c->sh->conn, &all, flags), virNetworkFree, all, virNetworkGetName);
}

static void
add_pools(Completion *c)
{
    unsigned int flags = strcmp(c->command->name, "pool-start") == 0     ? VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE
                         : strcmp(c->command->name, "pool-destroy") == 0 ? VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
                                                                         : 0;
    ADD_ALL(c, virStoragePoolPtr, virConnectListAllStoragePools(c->sh->conn, &all, flags), virStoragePoolFree, all, virStoragePoolGetName);
}

static void
add_volumes(Completion *c)
{
    const char *name = completion_value(c, "pool");
    virStoragePoolPtr pool = name ? virStoragePoolLookupByName(c->sh->conn, name) : NULL;
    if (!pool)
        return;
    ADD_ALL(c, virStorageVolPtr, virStoragePoolListAllVolumes(pool, &all, 0), virStorageVolFree, all, virStorageVolGetName);
    virStoragePoolFree(pool);
}

static const char *
secret_name(virSecretPtr secret)
{
    static char uuid[VIR_UUID_STRING_BUFLEN];
    return virSecretGetUUIDString(secret, uuid) == 0 ? uuid : NULL;
}

static void
add_secrets(Completion *c)
{
    ADD_ALL(c, virSecretPtr, virConnectListAllSecrets(c->sh->conn, &all, 0), virSecretFree, all, secret_name);
}

static void
add_devices(Completion *c)
{
    ADD_ALL(c, virNodeDevicePtr, virConnectListAllNodeDevices(c->sh->conn, &all, 0), virNodeDeviceFree, all, virNodeDeviceGetName);
}

static void
add_filters(Completion *c)
{
    ADD_ALL(c, virNWFilterPtr, virConnectListAllNWFilters(c->sh->conn, &all, 0), virNWFilterFree, all, virNWFilterGetName);
}

static void
add_bindings(Completion *c)
{
    ADD_ALL(c, virNWFilterBindingPtr, virConnectListAllNWFilterBindings(c->sh->conn, &all, 0), virNWFilterBindingFree, all,
            virNWFilterBindingGetPortDev);
}

static void
add_host_interfaces(Completion *c)
{
    ADD_ALL(c, virInterfacePtr, virConnectListAllInterfaces(c->sh->conn, &all, 0), virInterfaceFree, all, virInterfaceGetName);
}

/* The domain that the words before name. */
static virDomainPtr
domain_of(Completion *c)
{
    const char *name = completion_value(c, "domain");
    return name && *name ? virDomainLookupByName(c->sh->conn, name) : NULL;
}

static void
add_snapshots(Completion *c)
{
    g_autoptr(virDomain) dom = domain_of(c);
    if (dom)
        ADD_ALL(c, virDomainSnapshotPtr, virDomainListAllSnapshots(dom, &all, 0), virDomainSnapshotFree, all, virDomainSnapshotGetName);
}

static void
add_checkpoints(Completion *c)
{
    g_autoptr(virDomain) dom = domain_of(c);
    if (dom)
        ADD_ALL(c, virDomainCheckpointPtr, virDomainListAllCheckpoints(dom, &all, 0), virDomainCheckpointFree, all, virDomainCheckpointGetName);
}

/* PATH's attribute NAME of the domain's devices of KIND. */
static void
add_of_devices(Completion *c, const char *kind, const char *path, const char *name)
{
    g_autoptr(virDomain) dom = domain_of(c);
    g_autofree char *xml = dom ? virDomainGetXMLDesc(dom, 0) : NULL;
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *devices = doc ? element_at(doc, "devices") : NULL;
    for (const Element *e = NULL; (e = element_next(devices, e, kind));)
        completion_add(c, element_attr_at(e, path, name));
}

static void
add_disks(Completion *c)
{
    add_of_devices(c, "disk", "target", "dev");
}

static void
add_interfaces(Completion *c)
{
    if (g_str_has_prefix(c->command->name, "iface-")) {
        add_host_interfaces(c);
        return;
    }
    add_of_devices(c, "interface", "target", "dev");
    add_of_devices(c, "interface", "mac", "address");
}

static void
add_aliases(Completion *c)
{
    g_autoptr(virDomain) dom = domain_of(c);
    g_autofree char *xml = dom ? virDomainGetXMLDesc(dom, 0) : NULL;
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *devices = doc ? element_at(doc, "devices") : NULL;
    for (const Element *e = NULL; (e = element_next(devices, e, NULL));)
        completion_add(c, element_attr_at(e, "alias", "name"));
}

static void
add_device_option(Completion *c)
{
    if (g_str_has_prefix(c->command->name, "nodedev-"))
        add_devices(c);
    else
        add_disks(c);
}

/* What an option's value is, by the option's name; COMMAND (a prefix, may be NULL) says where. */
static const struct {
    const char *option, *command;
    void (*add)(Completion *c);
} sources[] = {
    {"domain", NULL, add_domains},         {"network", NULL, add_networks},          {"pool", NULL, add_pools},
    {"inputpool", NULL, add_pools},        {"vol", NULL, add_volumes},               {"secret", NULL, add_secrets},
    {"nwfilter", NULL, add_filters},       {"binding", NULL, add_bindings},          {"snapshotname", NULL, add_snapshots},
    {"checkpointname", NULL, add_checkpoints}, {"from", "snapshot-", add_snapshots}, {"from", "checkpoint-", add_checkpoints},
    {"interface", NULL, add_interfaces},   {"device", NULL, add_device_option},      {"target", "detach-disk", add_disks},
    {"path", "block", add_disks},          {"path", "change-media", add_disks},      {"dev", "domblk", add_disks},
    {"alias", NULL, add_aliases},          {"mac", "detach-interface", add_interfaces},
};

/* Values that are words which never change. */
static const struct {
    const char *option, *command;
    const char *words; /* between blanks */
} fixed[] = {
    {"mode", "shutdown", "acpi agent initctl signal paravirt"},
    {"mode", "reboot", "acpi agent initctl signal paravirt"},
    {"event", "event", "lifecycle reboot rtc-change watchdog io-error graphics io-error-reason control-error block-job disk-change "
                       "tray-change pm-wakeup pm-suspend balloon-change pm-suspend-disk device-removed block-job-2 tunable "
                       "agent-lifecycle device-added migration-iteration job-completed device-removal-failed metadata-change "
                       "block-threshold memory-failure memory-device-size-change nic-mac-change"},
    {"event", "net-event", "lifecycle metadata-change"},
    {"event", "pool-event", "lifecycle refresh"},
    {"event", "nodedev-event", "lifecycle update"},
    {"event", "secret-event", "lifecycle value-changed"},
    {"state", "domif-setlink", "up down"},
    {"source", "domifaddr", "lease agent arp"},
    {"source", "domhostname", "lease agent"},
    {"mode", "domdirtyrate-calc", "page-sampling dirty-bitmap dirty-ring"},
    {"target", "nodesuspend", "mem disk hybrid"},
    {"format", "dump", "elf kdump-zlib kdump-lzo kdump-snappy win-dmp"},
    {"format", "vol-create-as", "raw qcow2 qcow qed vmdk vpc vdi luks"},
    {"algorithm", "vol-wipe", "zero nnsa dod bsi gutmann schneier pfitzner7 pfitzner33 random trim"},
    {"target", "dompmsuspend", "mem disk hybrid"},
    {"type", "set-lifecycle-action", "poweroff reboot crash"},
    {"action", "set-lifecycle-action", "destroy restart rename-restart preserve coredump-destroy coredump-restart"},
    {"codeset", "send-key", "linux xt atset1 atset2 atset3 os_x xt_kbd usb win32 qnum"},
    {"command", "net-update", "add-first add-last delete modify"},
    {"type", "attach-interface", "network bridge direct hostdev"},
    {"type", "domdisplay", "vnc spice rdp sdl"},
};

static gboolean
applies(const Completion *c, const char *option, const char *command)
{
    return strcmp(option, c->option->name) == 0 && (!command || g_str_has_prefix(c->command->name, command));
}

void
shell_complete_value(Completion *c)
{
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++) {
        if (!applies(c, fixed[i].option, fixed[i].command) || strcmp(fixed[i].command, c->command->name) != 0)
            continue;
        /* Several can stand in a list. */
        const char *comma = strrchr(c->text, ',');
        g_autofree char *before = comma ? g_strndup(c->text, (gsize)(comma - c->text) + 1) : g_strdup("");
        g_auto(GStrv) words = g_strsplit(fixed[i].words, " ", -1);
        for (char **word = words; *word; word++) {
            g_autofree char *value = g_strconcat(before, *word, NULL);
            if (!strstr(before, *word))
                completion_add(c, value);
        }
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++) {
        if (applies(c, sources[i].option, sources[i].command) && completion_connect(c)) {
            sources[i].add(c);
            virResetLastError();
            return;
        }
    }
}
