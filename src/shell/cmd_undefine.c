/* Forgetting a domain, and what it stood on if that is wished. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"

/* A disk's volume that goes with the domain. */
typedef struct {
    char *target, *source;
    virStorageVolPtr vol;
} Doomed;

static void
doomed_free(void *data)
{
    Doomed *doomed = data;
    g_free(doomed->target);
    g_free(doomed->source);
    if (doomed->vol)
        virStorageVolFree(doomed->vol);
    g_free(doomed);
}

static virStorageVolPtr
volume_of(Shell *sh, const Element *source)
{
    const char *pool_name = element_attr(source, "pool"), *volume = element_attr(source, "volume");
    if (!pool_name || !volume) {
        const char *path = element_attr(source, "file") ? element_attr(source, "file") : element_attr(source, "dev");
        return path ? virStorageVolLookupByPath(sh->conn, path) : NULL;
    }
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(sh->conn, pool_name);
    return pool ? virStorageVolLookupByName(pool, volume) : NULL;
}

static gboolean
is_wanted(char **wanted, const char *target, const char *source)
{
    for (char **w = wanted; *w; w++) {
        if (g_strcmp0(*w, target) == 0 || g_strcmp0(*w, source) == 0) {
            **w = '\0'; /* found */
            return TRUE;
        }
    }
    return FALSE;
}

/* The volumes that the options give up; NULL after an error was told. */
static GPtrArray *
find_doomed(Shell *sh, const Args *args, virDomainPtr dom)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(doomed_free);
    const char *text = args_string(args, "storage");
    gboolean all = args_flag(args, "remove-all-storage");
    g_auto(GStrv) wanted = g_strsplit(text ? text : "", ",", -1);
    g_autofree char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *devices = doc ? element_at(doc, "devices") : NULL;
    for (const Element *e = NULL; (e = element_next(devices, e, "disk"));) {
        const Element *source = element_at(e, "source");
        const char *target = element_attr_at(e, "target", "dev");
        const char *path = element_attr(source, "file") ? element_attr(source, "file") : element_attr(source, "dev");
        if (!source || (!all && !is_wanted(wanted, target, path)))
            continue;
        Doomed *doomed = g_new0(Doomed, 1);
        doomed->target = g_strdup(target);
        doomed->source = g_strdup(path ? path : element_attr(source, "volume"));
        doomed->vol = volume_of(sh, source);
        g_ptr_array_add(list, doomed);
        if (!doomed->vol) {
            shell_save_error(sh);
            shell_forget_error(sh);
            shell_error(sh, "Storage volume '%s'(%s) is not managed by libvirt. Remove it manually.", target,
                        doomed->source ? doomed->source : "");
        }
    }
    for (char **w = wanted; *w; w++) {
        if (**w) {
            shell_error(sh, "Volume '%s' was not found in domain's definition.", *w);
            return NULL;
        }
    }
    return g_steal_pointer(&list);
}

static gboolean
remove_volumes(Shell *sh, const Args *args, const GPtrArray *list)
{
    gboolean ok = TRUE, wipe = args_flag(args, "wipe-storage");
    unsigned int flags = args_flag(args, "delete-storage-volume-snapshots") ? VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS : 0;
    for (guint i = 0; i < list->len; i++) {
        const Doomed *doomed = list->pdata[i];
        if (!doomed->vol)
            continue;
        if (wipe && virStorageVolWipe(doomed->vol, 0) < 0) {
            shell_error(sh, "Failed! Volume not removed: cannot wipe volume '%s'(%s)", doomed->target, doomed->source);
            ok = FALSE;
        } else if (virStorageVolDelete(doomed->vol, flags) < 0) {
            shell_error(sh, "Failed to remove storage volume '%s'(%s)", doomed->target, doomed->source);
            ok = FALSE;
        } else {
            shell_note(sh, "Volume '%s'(%s) removed.\n", doomed->target, doomed->source);
        }
        if (!ok)
            shell_save_error(sh);
    }
    return ok;
}

gboolean
run_undefine(Shell *sh, const Args *args)
{
    const char *name;
    gboolean storage = args_flag(args, "storage"), all = args_flag(args, "remove-all-storage");
    static const char *const dependent[] = {"wipe-storage", "delete-storage-volume-snapshots"};
    for (gsize i = 0; i < G_N_ELEMENTS(dependent); i++) {
        if (args_flag(args, dependent[i]) && !storage && !all) {
            shell_error(sh, "'--%s' requires '--storage <string>' or '--remove-all-storage'", dependent[i]);
            return FALSE;
        }
    }
    if (storage && all) {
        shell_error(sh, "%s", "Specified both --storage and --remove-all-storage");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    if ((storage || all) && virDomainIsActive(dom) != 0) {
        shell_error(sh, "%s", "Storage volume deletion is supported only on stopped domains");
        return FALSE;
    }
    g_autoptr(GPtrArray) doomed = storage || all ? find_doomed(sh, args, dom) : g_ptr_array_new();
    if (!doomed)
        return FALSE;
    unsigned int flags = args_flags(args);
    int bad = flags ? virDomainUndefineFlags(dom, flags) : virDomainUndefine(dom);
    return shell_outcome(sh, bad == 0, "Domain '%t' has been undefined", "Failed to undefine domain '%t'", NULL, name) &&
           remove_volumes(sh, args, doomed);
}
