/* Domains saved to files and dumped: what takes a while, and can be watched and stopped. */
#include "shell/commands.h"

#include <string.h>

#include "shell/progress.h"

/* What a call that takes a while is made with. */
typedef struct {
    virDomainPtr dom;
    const char *path, *xml, *image_format;
    unsigned int flags, format;
    int channels;
} SaveCall;

/* The content of the file that option xml names, if it names one; FALSE after an error was told. */
static gboolean
other_xml(Shell *sh, const Args *args, char **ret_xml)
{
    const char *path = args_string(args, "xml");
    return !path || (*ret_xml = shell_read_file(sh, path)) != NULL;
}

/* --parallel-channels and --image-format, which only calls with parameters know. */
static gboolean
get_image_options(Shell *sh, const Args *args, SaveCall *call)
{
    long long channels = 0;
    if (args_number(sh, args, "parallel-channels", 1, G_MAXINT, &channels) < 0)
        return FALSE;
    call->channels = (int)channels;
    call->image_format = args_string(args, "image-format");
    return TRUE;
}

static int
image_params(const SaveCall *call, virTypedParameterPtr *params)
{
    int n = 0, room = 0;
    virTypedParamsAddString(params, &n, &room, VIR_DOMAIN_SAVE_PARAM_FILE, call->path);
    if (call->xml)
        virTypedParamsAddString(params, &n, &room, VIR_DOMAIN_SAVE_PARAM_DXML, call->xml);
    if (call->image_format)
        virTypedParamsAddString(params, &n, &room, VIR_DOMAIN_SAVE_PARAM_IMAGE_FORMAT, call->image_format);
    if (call->channels)
        virTypedParamsAddInt(params, &n, &room, VIR_DOMAIN_SAVE_PARAM_PARALLEL_CHANNELS, call->channels);
    return n;
}

static gboolean
call_save(void *data)
{
    const SaveCall *call = data;
    if (call->channels || call->image_format) {
        virTypedParameterPtr params = NULL;
        int n = image_params(call, &params);
        int bad = virDomainSaveParams(call->dom, params, n, call->flags);
        virTypedParamsFree(params, n);
        return bad == 0;
    }
    return (call->flags || call->xml ? virDomainSaveFlags(call->dom, call->path, call->xml, call->flags) : virDomainSave(call->dom, call->path)) == 0;
}

gboolean
run_save(Shell *sh, const Args *args)
{
    const char *name, *path = args_string(args, "file");
    g_autofree char *xml = NULL;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    SaveCall save = {.dom = dom, .path = path, .flags = args_flags(args)};
    if (!dom || !other_xml(sh, args, &xml) || !get_image_options(sh, args, &save))
        return FALSE;
    save.xml = xml;
    const LongCall call = {.label = "Save", .verbose = args_flag(args, "verbose"), .call = call_save, .data = &save};
    gboolean ok = shell_long_call(sh, dom, &call);
    g_autofree char *says = g_strdup_printf("\nDomain '%%t' saved to %s", path);
    g_autofree char *fails = g_strdup_printf("Failed to save domain '%%t' to %s", path);
    return shell_outcome(sh, ok, says, fails, NULL, name);
}

static gboolean
call_managed_save(void *data)
{
    const SaveCall *call = data;
    return virDomainManagedSave(call->dom, call->flags) == 0;
}

gboolean
run_managedsave(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    SaveCall save = {.dom = dom, .flags = args_flags(args)};
    const LongCall call = {.label = "Managedsave", .verbose = args_flag(args, "verbose"), .call = call_managed_save, .data = &save};
    return dom && shell_outcome(sh, shell_long_call(sh, dom, &call), "\nDomain '%t' state saved by libvirt",
                                "Failed to save domain '%t' state", NULL, name);
}

static gboolean
call_dump(void *data)
{
    const SaveCall *call = data;
    return (call->format ? virDomainCoreDumpWithFormat(call->dom, call->path, call->format, call->flags)
                         : virDomainCoreDump(call->dom, call->path, call->flags)) == 0;
}

gboolean
run_dump(Shell *sh, const Args *args)
{
    static const char *const formats[] = {"elf", "kdump-zlib", "kdump-lzo", "kdump-snappy", "win-dmp", "kdump-raw-zlib",
                                          "kdump-raw-lzo", "kdump-raw-snappy"};
    const char *name, *path = args_string(args, "file"), *text = args_string(args, "format");
    SaveCall dump = {.path = path, .flags = args_flags(args)};
    if (text && !(dump.flags & VIR_DUMP_MEMORY_ONLY)) {
        shell_error(sh, "%s", "--format only works with --memory-only");
        return FALSE;
    }
    while (text && dump.format < G_N_ELEMENTS(formats) && strcmp(formats[dump.format], text) != 0)
        dump.format++;
    if (dump.format == G_N_ELEMENTS(formats)) {
        shell_error(sh, "format '%s' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'", text);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    dump.dom = dom;
    const LongCall call = {.label = "Dump", .verbose = args_flag(args, "verbose"), .call = call_dump, .data = &dump};
    gboolean ok = shell_long_call(sh, dom, &call);
    g_autofree char *says = g_strdup_printf("\nDomain '%%t' dumped to %s", path);
    g_autofree char *fails = g_strdup_printf("Failed to core dump domain '%%t' to %s", path);
    return shell_outcome(sh, ok, says, fails, NULL, name);
}

gboolean
run_restore(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = NULL;
    SaveCall restore = {.path = path, .flags = args_flags(args)};
    int bad;
    if (!other_xml(sh, args, &xml) || !get_image_options(sh, args, &restore))
        return FALSE;
    restore.xml = xml;
    if (restore.channels) {
        virTypedParameterPtr params = NULL;
        int n = image_params(&restore, &params);
        bad = virDomainRestoreParams(sh->conn, params, n, restore.flags);
        virTypedParamsFree(params, n);
    } else if (restore.flags || xml) {
        bad = virDomainRestoreFlags(sh->conn, path, xml, restore.flags);
    } else {
        bad = virDomainRestore(sh->conn, path);
    }
    return shell_outcome(sh, bad == 0, "Domain restored from %t", "Failed to restore domain from %t", NULL, path);
}

/* --- the XML in images --- */

gboolean
run_save_image_define(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = shell_read_file(sh, args_string(args, "xml"));
    return xml && shell_outcome(sh, virDomainSaveImageDefineXML(sh->conn, path, xml, args_flags(args)) == 0,
                                "State file %t updated.", "Failed to update %t", NULL, path);
}

gboolean
run_managedsave_define(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    g_autofree char *xml = dom ? shell_read_file(sh, args_string(args, "xml")) : NULL;
    return xml && shell_outcome(sh, virDomainManagedSaveDefineXML(dom, xml, args_flags(args)) == 0,
                                "Managed save state file of domain '%t' updated.", "Failed to update %t", NULL, name);
}

gboolean
run_managedsave_remove(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    int has = dom ? virDomainHasManagedSaveImage(dom, 0) : -1;
    if (!dom)
        return FALSE;
    if (has < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to check for domain managed save image", NULL, NULL);
    if (has == 0)
        return shell_outcome(sh, TRUE, "Domain '%t' has no manage save image; removal skipped", NULL, NULL, name);
    return shell_outcome(sh, virDomainManagedSaveRemove(dom, 0) == 0, "Removed managedsave image for domain '%t'",
                         "Failed to remove managed save image for domain '%t'", NULL, name);
}

/* An image whose XML is edited: a file's, or what is kept of a domain. */
typedef struct {
    virConnectPtr conn;
    SaveCall image;
} Edited;

static char *
get_image(void *object)
{
    const Edited *e = object;
    return e->image.dom ? virDomainManagedSaveGetXMLDesc(e->image.dom, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE)
                        : virDomainSaveImageGetXMLDesc(e->conn, e->image.path, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE);
}

static gboolean
put_image(Shell *sh, const char *xml, void *object)
{
    const Edited *e = object;
    return (e->image.dom ? virDomainManagedSaveDefineXML(e->image.dom, xml, e->image.flags)
                         : virDomainSaveImageDefineXML(e->conn, e->image.path, xml, e->image.flags)) == 0;
}

gboolean
run_save_image_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Saved image %t XML configuration not changed.", "State file %t edited."};
    Edited e = {sh->conn, {.path = args_string(args, "file"), .flags = args_flags(args)}};
    return shell_edit_object(sh, &words, get_image, put_image, &e, e.image.path);
}

gboolean
run_managedsave_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Managed save image of domain '%t' XML configuration not changed.",
                                    "Managed save image of Domain '%t' XML configuration edited."};
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    Edited e = {sh->conn, {.dom = dom, .flags = args_flags(args)}};
    return dom && shell_edit_object(sh, &words, get_image, put_image, &e, name);
}
