/* Commands about storage pools: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/names.h"
#include "shell/report.h"

gboolean
run_pool_autostart(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, &name);
    if (!pool)
        return FALSE;
    gboolean on = !args_flag(args, "disable");
    return shell_outcome(sh, virStoragePoolSetAutostart(pool, on) == 0,
                         on ? "Pool %t marked as autostarted" : "Pool %t unmarked as autostarted",
                         on ? "failed to mark pool %t as autostarted" : "failed to unmark pool %t as autostarted", NULL, name);
}

gboolean
run_pool_uuid(Shell *sh, const Args *args)
{
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (!pool)
        return FALSE;
    return shell_tell(sh, virStoragePoolGetUUIDString(pool, uuid) == 0 ? uuid : NULL, "failed to get pool UUID", NULL);
}

/* A size as people want it: rounded, or in bytes. */
static void
put_size(Report *report, const char *key, const char *label, unsigned long long bytes, gboolean exact)
{
    g_autofree char *text = shell_size_text(bytes);
    if (exact)
        put_number(report, key, label, (long long)bytes, "%llu", bytes);
    else
        put_number(report, key, label, (long long)bytes, "%s", text);
}

gboolean
run_pool_info(Shell *sh, const Args *args)
{
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    if (!pool)
        return FALSE;
    virStoragePoolInfo info;
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autoptr(Report) report = report_one(16);
    put_text(report, "name", "Name:", virStoragePoolGetName(pool));
    if (virStoragePoolGetUUIDString(pool, uuid) == 0)
        put_text(report, "uuid", "UUID:", uuid);
    if (virStoragePoolGetInfo(pool, &info) < 0)
        return FALSE;
    put_text(report, "state", "State:", name_of_pool_state(info.state));
    int persistent = virStoragePoolIsPersistent(pool), autostart;
    if (persistent < 0)
        put_nothing(report, "persistent", "Persistent:", "unknown");
    else
        put_bool(report, "persistent", "Persistent:", persistent, yes_no(persistent));
    if (virStoragePoolGetAutostart(pool, &autostart) < 0)
        put_nothing(report, "autostart", "Autostart:", "no autostart");
    else
        put_bool(report, "autostart", "Autostart:", autostart, yes_no(autostart));
    if (info.state == VIR_STORAGE_POOL_RUNNING || info.state == VIR_STORAGE_POOL_DEGRADED) {
        gboolean exact = args_flag(args, "bytes");
        put_size(report, "capacity", "Capacity:", info.capacity, exact);
        put_size(report, "allocation", "Allocation:", info.allocation, exact);
        put_size(report, "available", "Available:", info.available, exact);
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

static int
compare_pools(const void *a, const void *b)
{
    virStoragePoolPtr one = *(virStoragePoolPtr *)a, two = *(virStoragePoolPtr *)b;
    int active_one = virStoragePoolIsActive(one), active_two = virStoragePoolIsActive(two);
    if (active_one != active_two)
        return active_one ? -1 : 1;
    return g_ascii_strcasecmp(virStoragePoolGetName(one), virStoragePoolGetName(two));
}

/* The list flags of comma-separated kinds; FALSE after an error was told. */
static gboolean
type_flags(Shell *sh, const char *text, unsigned int *flags)
{
    static const struct {
        const char *name;
        unsigned int flag;
    } kinds[] = {
        {"dir", VIR_CONNECT_LIST_STORAGE_POOLS_DIR},
        {"fs", VIR_CONNECT_LIST_STORAGE_POOLS_FS},
        {"netfs", VIR_CONNECT_LIST_STORAGE_POOLS_NETFS},
        {"logical", VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL},
        {"disk", VIR_CONNECT_LIST_STORAGE_POOLS_DISK},
        {"iscsi", VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI},
        {"scsi", VIR_CONNECT_LIST_STORAGE_POOLS_SCSI},
        {"mpath", VIR_CONNECT_LIST_STORAGE_POOLS_MPATH},
        {"rbd", VIR_CONNECT_LIST_STORAGE_POOLS_RBD},
        {"sheepdog", VIR_CONNECT_LIST_STORAGE_POOLS_SHEEPDOG},
        {"gluster", VIR_CONNECT_LIST_STORAGE_POOLS_GLUSTER},
        {"zfs", VIR_CONNECT_LIST_STORAGE_POOLS_ZFS},
        {"vstorage", VIR_CONNECT_LIST_STORAGE_POOLS_VSTORAGE},
        {"iscsi-direct", VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI_DIRECT},
    };
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    for (char **word = words; *word; word++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(kinds) && strcmp(kinds[i].name, *word) != 0)
            i++;
        if (i == G_N_ELEMENTS(kinds)) {
            shell_error(sh, "Invalid pool type '%s'", *word);
            return FALSE;
        }
        *flags |= kinds[i].flag;
    }
    return TRUE;
}

static void
report_pool(Report *report, virStoragePoolPtr pool, gboolean details)
{
    virStoragePoolInfo info = {0};
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    int autostart, active = virStoragePoolIsActive(pool) > 0, persistent = virStoragePoolIsPersistent(pool);
    gboolean known = details && virStoragePoolGetInfo(pool, &info) == 0;
    report_row(report);
    put_text(report, NULL, NULL, virStoragePoolGetName(pool));
    if (details)
        put_text(report, NULL, NULL, known ? name_of_pool_state(info.state) : "unknown");
    else
        put_bool(report, NULL, NULL, active, active ? "active" : "inactive");
    if (virStoragePoolGetAutostart(pool, &autostart) < 0)
        put_nothing(report, NULL, NULL, "no autostart");
    else
        put_bool(report, NULL, NULL, autostart, yes_no(autostart));
    put_bool(report, NULL, NULL, persistent > 0, yes_no(persistent));
    const unsigned long long sizes[] = {info.capacity, info.allocation, info.available};
    for (gsize i = 0; details && i < G_N_ELEMENTS(sizes); i++) {
        if (known && (info.state == VIR_STORAGE_POOL_RUNNING || info.state == VIR_STORAGE_POOL_DEGRADED))
            put_size(report, NULL, NULL, sizes[i], FALSE);
        else
            put_nothing(report, NULL, NULL, "-");
    }
    virStoragePoolGetUUIDString(pool, uuid);
    put_text(report, NULL, NULL, uuid);
}

gboolean
run_pool_list(Shell *sh, const Args *args)
{
    static const Column brief[] = {{"name", "Name"}, {"active", "State"}, {"autostart", "Autostart"}, {"persistent", NULL},
                                   {"uuid", NULL}, {NULL}};
    static const Column whole[] = {{"name", "Name"}, {"state", "State"}, {"autostart", "Autostart"}, {"persistent", "Persistent"},
                                   {"capacity", "Capacity"}, {"allocation", "Allocation"}, {"available", "Available"},
                                   {"uuid", NULL}, {NULL}};
    const char *types = args_string(args, "type");
    unsigned int flags = args_flags(args);
    if (!args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE;
    if (args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE;
    if (types && !type_flags(sh, types, &flags))
        return FALSE;
    virStoragePoolPtr *pools = NULL;
    int n = virConnectListAllStoragePools(sh->conn, &pools, flags);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list pools", NULL, NULL);
    qsort(pools, (size_t)n, sizeof(*pools), compare_pools);
    gboolean details = args_flag(args, "details");
    gboolean bare = sh->format == FORMAT_TEXT && (args_flag(args, "uuid") || args_flag(args, "name"));
    g_autoptr(Report) report = report_list(details ? whole : brief);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        if (!bare)
            report_pool(report, pools[i], details);
        else if (args_flag(args, "uuid") && virStoragePoolGetUUIDString(pools[i], uuid) == 0)
            shell_print(sh, args_flag(args, "name") ? "%s " : "%s\n", uuid);
        if (bare && args_flag(args, "name"))
            shell_print(sh, "%-20s\n", virStoragePoolGetName(pools[i]));
        virStoragePoolFree(pools[i]);
    }
    free(pools);
    if (!bare)
        report_print(sh, report, !sh->quiet);
    return TRUE;
}

/* <TAG NAME='VALUE'/>, for as many of the pairs as have a value; nothing when none has. */
static void
append_element(GString *xml, int indent, const char *tag, const char *const pairs[][2], gsize n, const char *end)
{
    gboolean any = FALSE;
    for (gsize i = 0; i < n; i++) {
        if (!pairs[i][1])
            continue;
        if (!any)
            g_string_append_printf(xml, "%*s<%s", indent, "", tag);
        g_autofree char *escaped = g_markup_escape_text(pairs[i][1], -1);
        g_string_append_printf(xml, " %s='%s'", pairs[i][0], escaped);
        any = TRUE;
    }
    if (any)
        g_string_append(xml, end);
}

#define ELEMENT(xml, indent, tag, ...)                                                             \
    do {                                                                                           \
        const char *const pairs[][2] = {__VA_ARGS__};                                              \
        append_element(xml, indent, tag, pairs, G_N_ELEMENTS(pairs), "/>\n");                      \
    } while (0)

/* The XML of the pool that the options describe. */
static char *
describe_pool(const Args *args)
{
#define GIVEN(name) args_string(args, name)
    GString *xml = g_string_new(NULL);
    g_autofree char *start = g_markup_printf_escaped("<pool type='%s'>\n  <name>%s</name>\n", GIVEN("type"), GIVEN("name"));
    g_string_append(xml, start);
    gsize before = xml->len;
    g_string_append(xml, "  <source>\n");
    gsize empty = xml->len;
    ELEMENT(xml, 4, "host", {"name", GIVEN("source-host")});
    ELEMENT(xml, 4, "dir", {"path", GIVEN("source-path")});
    ELEMENT(xml, 4, "device", {"path", GIVEN("source-dev")});
    ELEMENT(xml, 4, "adapter", {"type", GIVEN("adapter-wwnn") ? "fc_host" : GIVEN("adapter-name") ? "scsi_host" : NULL},
            {"name", GIVEN("adapter-wwnn") ? NULL : GIVEN("adapter-name")}, {"parent", GIVEN("adapter-parent")},
            {"parent_wwnn", GIVEN("adapter-parent-wwnn")}, {"parent_wwpn", GIVEN("adapter-parent-wwpn")},
            {"parent_fabric_wwn", GIVEN("adapter-parent-fabric-wwn")}, {"wwnn", GIVEN("adapter-wwnn")},
            {"wwpn", GIVEN("adapter-wwpn")});
    if (GIVEN("source-initiator")) {
        g_autofree char *iqn = g_markup_printf_escaped("    <initiator>\n      <iqn name='%s'/>\n    </initiator>\n",
                                                       GIVEN("source-initiator"));
        g_string_append(xml, iqn);
    }
    if (GIVEN("auth-type") && GIVEN("auth-username") && (GIVEN("secret-usage") || GIVEN("secret-uuid"))) {
        const char *const auth[][2] = {{"type", GIVEN("auth-type")}, {"username", GIVEN("auth-username")}};
        append_element(xml, 4, "auth", auth, 2, ">\n");
        ELEMENT(xml, 6, "secret", {"usage", GIVEN("secret-usage")}, {"uuid", GIVEN("secret-usage") ? NULL : GIVEN("secret-uuid")});
        g_string_append(xml, "    </auth>\n");
    }
    ELEMENT(xml, 4, "protocol", {"ver", GIVEN("source-protocol-ver")});
    ELEMENT(xml, 4, "format", {"type", GIVEN("source-format")});
    if (GIVEN("source-name")) {
        g_autofree char *name = g_markup_printf_escaped("    <name>%s</name>\n", GIVEN("source-name"));
        g_string_append(xml, name);
    }
    if (xml->len == empty)
        g_string_truncate(xml, before);
    else
        g_string_append(xml, "  </source>\n");
    if (GIVEN("target")) {
        g_autofree char *target = g_markup_printf_escaped("  <target>\n    <path>%s</path>\n  </target>\n", GIVEN("target"));
        g_string_append(xml, target);
    }
    g_string_append(xml, "</pool>\n");
    return g_string_free(xml, FALSE);
#undef GIVEN
}

gboolean
run_pool_create_as(Shell *sh, const Args *args)
{
    g_autofree char *xml = describe_pool(args);
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", xml);
        return TRUE;
    }
    g_autoptr(virStoragePool) pool = virStoragePoolCreateXML(sh->conn, xml, args_flags(args));
    return shell_outcome(sh, pool != NULL, "Pool %t created", "Failed to create pool %t", NULL, args_string(args, "name"));
}

gboolean
run_pool_define_as(Shell *sh, const Args *args)
{
    g_autofree char *xml = describe_pool(args);
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", xml);
        return TRUE;
    }
    g_autoptr(virStoragePool) pool = virStoragePoolDefineXML(sh->conn, xml, 0);
    return shell_outcome(sh, pool != NULL, "Pool %t defined", "Failed to define pool %t", NULL, args_string(args, "name"));
}

gboolean
run_find_storage_pool_sources_as(Shell *sh, const Args *args)
{
    const char *host = args_string(args, "host"), *initiator = args_string(args, "initiator");
    g_autoptr(GString) spec = g_string_new(NULL);
    if (host) {
        g_string_append(spec, "<source>\n");
        ELEMENT(spec, 2, "host", {"name", host}, {"port", args_string(args, "port")});
        if (initiator) {
            g_autofree char *iqn = g_markup_printf_escaped("  <initiator>\n    <iqn name='%s'/>\n  </initiator>\n", initiator);
            g_string_append(spec, iqn);
        }
        g_string_append(spec, "</source>\n");
    }
    const char *type = args_string(args, "type");
    g_autofree char *found = virConnectFindStoragePoolSources(sh->conn, type, host ? spec->str : NULL, 0);
    return shell_tell_xml(sh, args, found, "Failed to find any %t pool sources", type);
}

gboolean
run_find_storage_pool_sources(Shell *sh, const Args *args)
{
    const char *type = args_string(args, "type"), *path = args_string(args, "srcSpec");
    g_autofree char *spec = path ? shell_read_file(sh, path) : NULL;
    if (path && !spec)
        return FALSE;
    g_autofree char *found = virConnectFindStoragePoolSources(sh->conn, type, spec, 0);
    return shell_tell_xml(sh, args, found, "Failed to find any %t pool sources", type);
}

static char *
get_pool(void *object)
{
    char *xml = virStoragePoolGetXMLDesc(object, VIR_STORAGE_XML_INACTIVE);
    return xml ? xml : virStoragePoolGetXMLDesc(object, 0);
}

static gboolean
put_pool(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virStoragePool) pool = virStoragePoolDefineXML(sh->conn, xml, 0);
    return pool != NULL;
}

gboolean
run_pool_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Pool %t XML configuration not changed.", "Pool %t XML configuration edited."};
    const char *name;
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, &name);
    return pool && shell_edit_object(sh, &words, get_pool, put_pool, pool, name);
}
