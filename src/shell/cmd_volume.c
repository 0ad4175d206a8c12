/* Commands about storage volumes: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/names.h"
#include "shell/report.h"

static void
put_size(Report *report, const char *key, const char *label, unsigned long long bytes, gboolean exact)
{
    g_autofree char *text = shell_size_text(bytes);
    if (exact)
        put_number(report, key, label, (long long)bytes, "%llu bytes", bytes);
    else
        put_number(report, key, label, (long long)bytes, "%s", text);
}

gboolean
run_vol_info(Shell *sh, const Args *args)
{
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, NULL);
    virStorageVolInfo info;
    if (!vol)
        return FALSE;
    gboolean exact = args_flag(args, "bytes"), physical = args_flag(args, "physical");
    int bad = physical ? virStorageVolGetInfoFlags(vol, &info, args_flags(args)) : virStorageVolGetInfo(vol, &info);
    g_autoptr(Report) report = report_one(16);
    put_text(report, "name", "Name:", virStorageVolGetName(vol));
    if (bad == 0) {
        put_text(report, "type", "Type:", name_of_vol_type(info.type));
        put_size(report, "capacity", "Capacity:", info.capacity, exact);
        put_size(report, physical ? "physical" : "allocation", physical ? "Physical:" : "Allocation:", info.allocation, exact);
    }
    report_print(sh, report, TRUE);
    return bad == 0;
}

static int
compare_volumes(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virStorageVolGetName(*(virStorageVolPtr *)a), virStorageVolGetName(*(virStorageVolPtr *)b));
}

gboolean
run_vol_list(Shell *sh, const Args *args)
{
    static const Column brief[] = {{"name", "Name"}, {"path", "Path"}, {NULL}};
    static const Column whole[] = {{"name", "Name"}, {"path", "Path"}, {"type", "Type"}, {"capacity", "Capacity"},
                                   {"allocation", "Allocation"}, {NULL}};
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    virStorageVolPtr *vols = NULL;
    if (!pool)
        return FALSE;
    int n = virStoragePoolListAllVolumes(pool, &vols, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list volumes", NULL, NULL);
    qsort(vols, (size_t)n, sizeof(*vols), compare_volumes);
    gboolean details = args_flag(args, "details");
    g_autoptr(Report) report = report_list(details ? whole : brief);
    for (int i = 0; i < n; i++) {
        virStorageVolInfo info;
        g_autofree char *path = virStorageVolGetPath(vols[i]);
        report_row(report);
        put_text(report, NULL, NULL, virStorageVolGetName(vols[i]));
        put_text(report, NULL, NULL, path ? path : "unknown");
        if (details && virStorageVolGetInfo(vols[i], &info) == 0) {
            put_text(report, NULL, NULL, name_of_vol_type(info.type));
            put_size(report, NULL, NULL, info.capacity, FALSE);
            put_size(report, NULL, NULL, info.allocation, FALSE);
        } else if (details) {
            put_nothing(report, NULL, NULL, "unknown");
            put_nothing(report, NULL, NULL, "unknown");
            put_nothing(report, NULL, NULL, "unknown");
        }
        virStorageVolFree(vols[i]);
    }
    free(vols);
    virResetLastError();
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_vol_name(Shell *sh, const Args *args)
{
    g_autoptr(virStorageVol) vol = shell_vol_in(sh, args, "vol", NULL);
    return vol && shell_tell(sh, virStorageVolGetName(vol), NULL, NULL);
}

gboolean
run_vol_path(Shell *sh, const Args *args)
{
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, NULL);
    g_autofree char *path = vol ? virStorageVolGetPath(vol) : NULL;
    return path && shell_tell(sh, path, NULL, NULL);
}

gboolean
run_vol_pool(Shell *sh, const Args *args)
{
    g_autoptr(virStorageVol) vol = shell_vol_in(sh, args, "vol", NULL);
    if (!vol)
        return FALSE;
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByVolume(vol);
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (!pool)
        return shell_outcome(sh, FALSE, NULL, "failed to get parent pool", NULL, NULL);
    if (!args_flag(args, "uuid"))
        return shell_tell(sh, virStoragePoolGetName(pool), NULL, NULL);
    return shell_tell(sh, virStoragePoolGetUUIDString(pool, uuid) == 0 ? uuid : NULL, NULL, NULL);
}

gboolean
run_vol_resize(Shell *sh, const Args *args)
{
    const char *text = args_string(args, "capacity");
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, NULL);
    if (!vol)
        return FALSE;
    unsigned int flags = args_flags(args);
    gboolean delta = flags & VIR_STORAGE_VOL_RESIZE_DELTA;
    const char *digits = text;
    if (*digits == '-') {
        /* A negative size is a change, and only --shrink allows it. */
        if (!(flags & VIR_STORAGE_VOL_RESIZE_SHRINK)) {
            shell_error(sh, "%s", "negative size requires --shrink");
            return FALSE;
        }
        digits++;
    }
    unsigned long long size;
    if (!shell_size(sh, "capacity", digits, &size))
        return FALSE;
    gboolean ok = virStorageVolResize(vol, size, flags) == 0;
    g_autofree char *says = g_strdup_printf("Size of volume '%s' successfully changed %s %s", virStorageVolGetName(vol),
                                            delta ? "by" : "to", text);
    g_autofree char *fails = g_strdup_printf("Failed to change size of volume '%s' %s %s", virStorageVolGetName(vol),
                                             delta ? "by" : "to", text);
    return shell_outcome(sh, ok, says, fails, NULL, NULL);
}

gboolean
run_vol_wipe(Shell *sh, const Args *args)
{
    static const char *const algorithms[] = {"zero", "nnsa", "dod", "bsi", "gutmann", "schneier", "pfitzner7", "pfitzner33",
                                             "random", "trim"};
    const char *name, *text = args_string(args, "algorithm");
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, &name);
    if (!vol)
        return FALSE;
    gsize algorithm = 0;
    while (text && algorithm < G_N_ELEMENTS(algorithms) && strcmp(algorithms[algorithm], text) != 0)
        algorithm++;
    if (algorithm == G_N_ELEMENTS(algorithms)) {
        shell_error(sh, "Unsupported algorithm '%s'", text);
        return FALSE;
    }
    int bad = text ? virStorageVolWipePattern(vol, (unsigned int)algorithm, 0) : virStorageVolWipe(vol, 0);
    return shell_outcome(sh, bad == 0, "Vol %t wiped", "Failed to wipe vol %t", NULL, name);
}

gboolean
run_vol_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    g_autofree char *xml = pool ? shell_read_file(sh, path) : NULL;
    if (!xml)
        return FALSE;
    g_autoptr(virStorageVol) vol = virStorageVolCreateXML(pool, xml, args_flags(args));
    return shell_outcome(sh, vol != NULL, "Vol %s created from %t", "Failed to create vol from %t",
                         vol ? virStorageVolGetName(vol) : NULL, path);
}

gboolean
run_vol_create_from(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    g_autofree char *xml = pool ? shell_read_file(sh, path) : NULL;
    g_autoptr(virStorageVol) from = xml ? shell_vol_in(sh, args, "vol", "inputpool") : NULL;
    if (!from)
        return FALSE;
    g_autoptr(virStorageVol) vol = virStorageVolCreateXMLFrom(pool, xml, from, args_flags(args));
    g_autofree char *says = g_strdup_printf("Vol %%s created from input vol %s", virStorageVolGetName(from));
    return shell_outcome(sh, vol != NULL, says, "Failed to create vol from %t", vol ? virStorageVolGetName(vol) : NULL, path);
}

/* The volume that backing-vol means: in the pool, or anywhere by key or path. */
static virStorageVolPtr
find_backing(Shell *sh, virStoragePoolPtr pool, const char *text)
{
    virStorageVolPtr vol = virStorageVolLookupByName(pool, text);
    if (!vol)
        vol = virStorageVolLookupByKey(sh->conn, text);
    if (!vol)
        vol = virStorageVolLookupByPath(sh->conn, text);
    if (!vol) {
        shell_save_error(sh);
        shell_error(sh, "failed to get vol '%s'", text);
    }
    virResetLastError();
    return vol;
}

gboolean
run_vol_create_as(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "name"), *format = args_string(args, "format");
    const char *allocation = args_string(args, "allocation"), *backing = args_string(args, "backing-vol");
    const char *backing_format = args_string(args, "backing-vol-format");
    unsigned long long capacity, taken = 0;
    g_autoptr(virStoragePool) pool = shell_pool(sh, args, NULL);
    if (!pool || !shell_size(sh, "capacity", args_string(args, "capacity"), &capacity) ||
        (allocation && !shell_size(sh, "allocation", allocation, &taken)))
        return FALSE;
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autofree char *start = g_markup_printf_escaped("<volume>\n  <name>%s</name>\n  <capacity>%llu</capacity>\n", name, capacity);
    g_string_append(xml, start);
    if (allocation)
        g_string_append_printf(xml, "  <allocation>%llu</allocation>\n", taken);
    if (format) {
        g_autofree char *target = g_markup_printf_escaped("  <target>\n    <format type='%s'/>\n  </target>\n", format);
        g_string_append(xml, target);
    }
    if (backing) {
        g_autoptr(virStorageVol) below = find_backing(sh, pool, backing);
        g_autofree char *path = below ? virStorageVolGetPath(below) : NULL;
        if (!path)
            return FALSE;
        g_autofree char *line = g_markup_printf_escaped("  <backingStore>\n    <path>%s</path>\n", path);
        g_autofree char *type = backing_format ? g_markup_printf_escaped("    <format type='%s'/>\n", backing_format) : NULL;
        g_string_append_printf(xml, "%s%s  </backingStore>\n", line, type ? type : "");
    }
    g_string_append(xml, "</volume>\n");
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", xml->str);
        return TRUE;
    }
    g_autoptr(virStorageVol) vol = virStorageVolCreateXML(pool, xml->str, args_flags(args));
    return shell_outcome(sh, vol != NULL, "Vol %t created", "Failed to create vol %t", NULL, name);
}

/* The XML of a volume under another name. */
static char *
renamed(Shell *sh, const char *xml, const char *name)
{
    const char *begin = strstr(xml, "<name>"), *end = begin ? strstr(begin, "</name>") : NULL;
    if (!end) {
        shell_error(sh, "%s", "the volume's XML has no name");
        return NULL;
    }
    g_autofree char *escaped = g_markup_escape_text(name, -1);
    return g_strdup_printf("%.*s<name>%s%s", (int)(begin - xml), xml, escaped, end);
}

gboolean
run_vol_clone(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "newname");
    g_autoptr(virStorageVol) from = shell_vol(sh, args, NULL);
    g_autoptr(virStoragePool) pool = from ? virStoragePoolLookupByVolume(from) : NULL;
    g_autofree char *old = pool ? virStorageVolGetXMLDesc(from, 0) : NULL;
    if (!old)
        return from ? shell_outcome(sh, FALSE, NULL, "failed to get parent pool", NULL, NULL) : FALSE;
    g_autofree char *xml = renamed(sh, old, name);
    if (!xml)
        return FALSE;
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", xml);
        return TRUE;
    }
    g_autoptr(virStorageVol) vol = virStorageVolCreateXMLFrom(pool, xml, from, args_flags(args));
    g_autofree char *says = g_strdup_printf("Vol %%s cloned from %s", virStorageVolGetName(from));
    g_autofree char *fails = g_strdup_printf("Failed to clone vol from %s", virStorageVolGetName(from));
    return shell_outcome(sh, vol != NULL, says, fails, vol ? virStorageVolGetName(vol) : NULL, NULL);
}
