/* What the agent tells about the guest: users, system, time zone, name, file systems, disks, interfaces, processors. */
#include <string.h>

#include "base/params.h"
#include "drivers/qemu/addresses.h"
#include "drivers/qemu/agent.h"
#include "drivers/qemu/ops.h"

static const char *
text_in(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The number of entries of an answer that must be a list; -1 with the error set. */
static int
length_of(const json_t *answer, const char *command)
{
    if (json_is_array(answer) && json_array_size(answer) <= QEMU_AGENT_MANY)
        return (int)json_array_size(answer);
    return qemu_agent_nonsense(command, "a list");
}

char *
qemu_agent_host_name(QemuAgentCall *call)
{
    json_t *answer = qemu_agent_ask(call, "guest-get-host-name", NULL);
    if (!answer)
        return NULL;
    char *name = g_strdup(text_in(answer, "host-name"));
    json_decref(answer);
    if (!name)
        qemu_agent_nonsense("guest-get-host-name", "'host-name'");
    return name;
}

const DomainDisk *
qemu_agent_disk(const DomainDef *def, const json_t *place)
{
    const json_t *pci = json_object_get(place, "pci-controller");
    long long domain = json_integer_value(json_object_get(pci, "domain")), bus = json_integer_value(json_object_get(pci, "bus"));
    long long slot = json_integer_value(json_object_get(pci, "slot")), function = json_integer_value(json_object_get(pci, "function"));
    long long unit = json_integer_value(json_object_get(place, "unit")), target = json_integer_value(json_object_get(place, "target"));
    const DomainController *controller = NULL;
    for (size_t i = 0; i < def->devices.n_controller && !controller; i++) {
        const DomainAddress *at = def->devices.controller[i]->address;
        if (at && at->type == DOMAIN_ADDRESS_TYPE_PCI && at->domain == domain && at->bus == bus && at->slot == slot && at->function == function)
            controller = def->devices.controller[i];
    }
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];
        const DomainAddress *at = disk->address;
        if (!at)
            continue;
        if (at->type == DOMAIN_ADDRESS_TYPE_PCI && at->domain == domain && at->bus == bus && at->slot == slot && at->function == function)
            return disk;
        if (controller && at->type == DOMAIN_ADDRESS_TYPE_DRIVE && (int)at->controller == controller->index && at->target == target &&
            at->unit == unit)
            return disk;
    }
    return NULL;
}

/* "vda" of the disk where the guest says that one lies; NULL when it is none of ours. */
static const char *
alias_of(const DomainDef *def, const json_t *place)
{
    const DomainDisk *disk = qemu_agent_disk(def, place);
    return disk && disk->target ? disk->target->dev : NULL;
}

static int
by_name(const void *a, const void *b)
{
    const virDomainFSInfo *left = *(virDomainFSInfoPtr *)a, *right = *(virDomainFSInfoPtr *)b;
    return strcmp(left->mountpoint, right->mountpoint);
}

static virDomainFSInfoPtr
file_system(const DomainDef *def, const json_t *entry)
{
    virDomainFSInfoPtr info = g_new0(virDomainFSInfo, 1);
    const json_t *disks = json_object_get(entry, "disk"), *disk;
    size_t n = MIN(json_array_size(disks), QEMU_AGENT_MANY), i;
    info->mountpoint = g_strdup(text_in(entry, "mountpoint"));
    info->name = g_strdup(text_in(entry, "name"));
    info->fstype = g_strdup(text_in(entry, "type"));
    info->devAlias = g_new0(char *, n + 1);
    json_array_foreach(disks, i, disk) {
        const char *alias = i < n ? alias_of(def, disk) : NULL;
        if (alias)
            info->devAlias[info->ndevAlias++] = g_strdup(alias);
    }
    return info;
}

int
qemu_domain_get_fs_info(virDomainPtr dom, virDomainFSInfoPtr **ret_info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *answer = qemu_agent_ask(&call, "guest-get-fsinfo", NULL);
    int n = answer ? length_of(answer, "guest-get-fsinfo") : -1;
    if (n < 0) {
        json_decref(answer);
        return -1;
    }
    virDomainFSInfoPtr *list = g_new0(virDomainFSInfoPtr, (size_t)n + 1);
    int kept = 0;
    for (int i = 0; i < n; i++) {
        const json_t *entry = json_array_get(answer, (size_t)i);
        if (text_in(entry, "mountpoint") && text_in(entry, "name") && text_in(entry, "type"))
            list[kept++] = file_system(vr_guest_now(call.state), entry);
    }
    json_decref(answer);
    qsort(list, (size_t)kept, sizeof(*list), by_name);
    *ret_info = list;
    return kept;
}

/* What virDomainGetGuestInfo gives, kind by kind. */
typedef struct {
    VrParams list;
    const DomainDef *def;
    char field[VIR_TYPED_PARAM_FIELD_LENGTH];
} Info;

/* A parameter's name, until the next is made. */
static const char *named(Info *info, const char *format, ...) G_GNUC_PRINTF(2, 3);

static const char *
named(Info *info, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_vsnprintf(info->field, sizeof(info->field), format, args);
    va_end(args);
    return info->field;
}

/* The text at KEY of ENTRY, if there is one. */
static void
put_text(Info *info, const json_t *entry, const char *key, const char *field)
{
    const char *text = text_in(entry, key);
    if (text)
        vr_params_add_string(&info->list, field, text);
}

static void
put_number(Info *info, const json_t *entry, const char *key, const char *field)
{
    const json_t *value = json_object_get(entry, key);
    if (json_is_number(value))
        vr_params_add_ullong(&info->list, field, (unsigned long long)CLAMP(json_number_value(value), 0, 1.8e19));
}

static void
put_string(Info *info, const char *text, const char *field)
{
    vr_params_add_string(&info->list, field, text);
}

static void
put_count(Info *info, unsigned n, const char *field)
{
    vr_params_add_uint(&info->list, field, n);
}

static int
users(Info *info, const json_t *answer)
{
    int n = length_of(answer, "guest-get-users");
    if (n < 0)
        return -1;
    vr_params_add_uint(&info->list, "user.count", (unsigned)n);
    for (int i = 0; i < n; i++) {
        const json_t *user = json_array_get(answer, (size_t)i);
        put_text(info, user, "user", named(info, "user.%d.name", i));
        put_text(info, user, "domain", named(info, "user.%d.domain", i));
        double login = json_number_value(json_object_get(user, "login-time"));
        vr_params_add_ullong(&info->list, named(info, "user.%d.login-time", i), (unsigned long long)(CLAMP(login, 0, 1e15) * 1000));
    }
    return 0;
}

static int
system_info(Info *info, const json_t *answer)
{
    static const char *const names[] = {"id", "name", "pretty-name", "version", "version-id", "machine", "variant", "variant-id",
                                        "kernel-release", "kernel-version"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        put_text(info, answer, names[i], named(info, "os.%s", names[i]));
    return 0;
}

static int
time_zone(Info *info, const json_t *answer)
{
    put_text(info, answer, "zone", "timezone.name");

    const json_t *offset = json_object_get(answer, "offset");
    if (!json_is_integer(offset))
        return qemu_agent_nonsense("guest-get-timezone", "'offset'");
    vr_params_add_int(&info->list, "timezone.offset", (int)CLAMP(json_integer_value(offset), G_MININT, G_MAXINT));
    return 0;
}

static int
host_name(Info *info, const json_t *answer)
{
    put_text(info, answer, "host-name", "hostname");

    return 0;
}

static int
file_systems(Info *info, const json_t *answer)
{
    int n = length_of(answer, "guest-get-fsinfo");
    if (n < 0)
        return -1;
    vr_params_add_uint(&info->list, "fs.count", (unsigned)n);
    for (int i = 0; i < n; i++) {
        const json_t *entry = json_array_get(answer, (size_t)i), *disks = json_object_get(entry, "disk");
        put_text(info, entry, "name", named(info, "fs.%d.name", i));
        put_text(info, entry, "mountpoint", named(info, "fs.%d.mountpoint", i));
        put_text(info, entry, "type", named(info, "fs.%d.fstype", i));
        put_number(info, entry, "total-bytes", named(info, "fs.%d.total-bytes", i));
        put_number(info, entry, "used-bytes", named(info, "fs.%d.used-bytes", i));
        unsigned count = (unsigned)MIN(json_array_size(disks), QEMU_AGENT_MANY);
        put_count(info, count, named(info, "fs.%d.disk.count", i));
        for (unsigned d = 0; d < count; d++) {
            const json_t *disk = json_array_get(disks, d);
            const char *alias = alias_of(info->def, disk);
            if (alias)
                put_string(info, alias, named(info, "fs.%d.disk.%u.alias", i, d));
            put_text(info, disk, "serial", named(info, "fs.%d.disk.%u.serial", i, d));
            put_text(info, disk, "dev", named(info, "fs.%d.disk.%u.device", i, d));
        }
    }
    return 0;
}

static int
disks(Info *info, const json_t *answer)
{
    int n = length_of(answer, "guest-get-disks");
    if (n < 0)
        return -1;
    vr_params_add_uint(&info->list, "disk.count", (unsigned)n);
    for (int i = 0; i < n; i++) {
        const json_t *disk = json_array_get(answer, (size_t)i), *on = json_object_get(disk, "dependencies");
        const json_t *place = json_object_get(disk, "address");
        put_text(info, disk, "name", named(info, "disk.%d.name", i));
        vr_params_add_bool(&info->list, named(info, "disk.%d.partition", i), json_is_true(json_object_get(disk, "partition")));
        unsigned count = (unsigned)MIN(json_array_size(on), QEMU_AGENT_MANY);
        if (count)
            put_count(info, count, named(info, "disk.%d.dependency.count", i));
        for (unsigned d = 0; d < count; d++) {
            const char *name = json_string_value(json_array_get(on, d));
            if (name)
                put_string(info, name, named(info, "disk.%d.dependency.%u.name", i, d));
        }
        put_text(info, place, "serial", named(info, "disk.%d.serial", i));
        const char *alias = place ? alias_of(info->def, place) : NULL;
        if (alias)
            put_string(info, alias, named(info, "disk.%d.alias", i));
        put_text(info, disk, "alias", named(info, "disk.%d.guest_alias", i));
        put_text(info, place, "bus-type", named(info, "disk.%d.guest_bus", i));
    }
    return 0;
}

static int
interfaces(Info *info, const json_t *answer)
{
    g_autoptr(GPtrArray) list = qemu_interfaces_of_agent(answer);
    if (!list)
        return -1;
    vr_params_add_uint(&info->list, "if.count", list->len);
    for (guint i = 0; i < list->len; i++) {
        const virDomainInterface *iface = list->pdata[i];
        put_string(info, iface->name, named(info, "if.%u.name", i));
        if (iface->hwaddr)
            put_string(info, iface->hwaddr, named(info, "if.%u.hwaddr", i));
        put_count(info, iface->naddrs, named(info, "if.%u.addr.count", i));
        for (unsigned a = 0; a < iface->naddrs; a++) {
            put_string(info, iface->addrs[a].type == VIR_IP_ADDR_TYPE_IPV4 ? "ipv4" : "ipv6", named(info, "if.%u.addr.%u.type", i, a));
            put_string(info, iface->addrs[a].addr, named(info, "if.%u.addr.%u.addr", i, a));
            put_count(info, iface->addrs[a].prefix, named(info, "if.%u.addr.%u.prefix", i, a));
        }
    }
    return 0;
}

static int
load(Info *info, const json_t *answer)
{
    static const struct {
        const char *name, *param;
    } loads[] = {{"load1m", "load.1m"}, {"load5m", "load.5m"}, {"load15m", "load.15m"}};
    for (gsize i = 0; i < G_N_ELEMENTS(loads); i++) {
        const json_t *value = json_object_get(answer, loads[i].name);
        if (json_is_number(value))
            vr_params_add_double(&info->list, loads[i].param, json_number_value(value));
    }
    return 0;
}

static const struct {
    unsigned bit;
    const char *command;
    int (*read)(Info *info, const json_t *answer);
} kinds[] = {
    {VIR_DOMAIN_GUEST_INFO_USERS, "guest-get-users", users},
    {VIR_DOMAIN_GUEST_INFO_OS, "guest-get-osinfo", system_info},
    {VIR_DOMAIN_GUEST_INFO_TIMEZONE, "guest-get-timezone", time_zone},
    {VIR_DOMAIN_GUEST_INFO_HOSTNAME, "guest-get-host-name", host_name},
    {VIR_DOMAIN_GUEST_INFO_FILESYSTEM, "guest-get-fsinfo", file_systems},
    {VIR_DOMAIN_GUEST_INFO_DISKS, "guest-get-disks", disks},
    {VIR_DOMAIN_GUEST_INFO_INTERFACES, "guest-network-get-interfaces", interfaces},
    {VIR_DOMAIN_GUEST_INFO_LOAD, "guest-get-load", load},
};

/* What was asked for by name must be there; of everything, what there is. */
static int
collect(QemuAgentCall *call, unsigned types, Info *info)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        json_t *answer = NULL;
        if (types && !(types & kinds[i].bit))
            continue;
        if (types)
            answer = qemu_agent_ask(call, kinds[i].command, NULL);
        else if (qemu_agent_try(call, kinds[i].command, NULL, &answer) < 0)
            return -1;
        if (types && !answer)
            return -1;
        int result = answer ? kinds[i].read(info, answer) : 0;
        json_decref(answer);
        if (result < 0)
            return -1;
    }
    return 0;
}

int
qemu_domain_get_guest_info(virDomainPtr dom, unsigned int types, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    unsigned known = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        known |= kinds[i].bit;
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    if (types & ~known)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported guest information types '0x%x'", types & ~known);
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    Info info = {.def = vr_guest_now(call.state)};
    if (collect(&call, types, &info) < 0) {
        vr_params_clear(&info.list);
        return -1;
    }
    *params = info.list.params;
    *nparams = info.list.n;
    return 0;
}
