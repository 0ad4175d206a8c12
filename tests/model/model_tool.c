/* model-tool KIND OUTDIR FILE...: parse and print each file through the model, as a driver would.
 *
 * Writes OUTDIR/NAME.got, or OUTDIR/NAME.err with the error's code, domain and message.  With OUTDIR "-"
 * the XML goes to standard output.  Used by tests/model/corpus_model.py and by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/domain.h"
#include "model/caps.gen.h"
#include "model/domcaps.gen.h"
#include "model/interface.gen.h"
#include "model/moment.gen.h"
#include "model/network.h"
#include "model/nodedev.gen.h"
#include "model/nwfilter.gen.h"
#include "model/secret.gen.h"
#include "model/status.gen.h"
#include "model/storage.gen.h"

static const char *const all_namespaces[] = {"qemu", "lxc", "xen", "bhyve", "ch", "dnsmasq", "fs", "rbd", NULL};

static int
settle_network(void *object)
{
    return vr_network_settle(object, NULL, NULL);
}

/* What the pool would have told about a new volume. */
static int
place_volume(void *object)
{
    StorageVolDef *volume = object;

    g_free(volume->target.path);
    volume->target.path = g_strdup_printf("/default-pool/%s", volume->name);
    volume->key = g_strdup(volume->target.path);
    return 0;
}

/* As the test driver does: every interface without a name of its own gets the next free one. */
static int
name_interfaces(DomainDef *def, const VrParseContext *context)
{
    int next = 0;

    for (size_t i = 0; i < def->devices.n_interface; i++) {
        DomainNet *net = def->devices.interface[i];

        if (net->target && net->target->dev)
            continue;
        if (!net->target)
            net->target = domain_net_target_new();
        net->target->dev = g_strdup_printf("testnet%d", next++);
    }
    return 0;
}

static const DomainDriver test_driver = {.default_arch = "i686", .fill = name_interfaces};

#define DEFINED VR_MODEL_INACTIVE
#define SECURE (VR_MODEL_INACTIVE | VR_MODEL_SECURE)
/* The daemon's own files hold everything, and are not judged again. */
#define OURS (VR_MODEL_STATUS | VR_MODEL_SKIP_POST | VR_MODEL_SKIP_VALIDATE)

static const struct {
    const char *kind;
    const VrDesc *desc;
    const char *const *namespaces;
    unsigned parse_flags, format_flags;
    int (*finish)(void *object);
} kinds[] = {
    {"domain", &vr_desc_domain_def, NULL, DEFINED, SECURE, NULL},
    {"qemu", &vr_desc_domain_def, all_namespaces, DEFINED, SECURE, NULL},
    {"domain-live", &vr_desc_domain_def, all_namespaces, 0, 0, NULL},
    {"domain-migratable", &vr_desc_domain_def, all_namespaces, 0, VR_MODEL_SECURE | VR_MODEL_MIGRATABLE, NULL},
    {"network", &vr_desc_network_def, all_namespaces, DEFINED, SECURE, settle_network},
    {"network-test", &vr_desc_network_def, NULL, DEFINED, SECURE, NULL},
    {"networkport", &vr_desc_network_port_def, NULL, 0, 0, NULL},
    {"networkstatus", &vr_desc_network_status_def, all_namespaces, OURS, OURS, NULL},
    {"storage-pool", &vr_desc_storage_pool_def, all_namespaces, DEFINED, SECURE, NULL},
    {"storage-pool-test", &vr_desc_storage_pool_def, NULL, DEFINED, SECURE, NULL},
    {"storage-volume", &vr_desc_storage_vol_def, NULL, DEFINED, SECURE, place_volume},
    {"poolstatus", &vr_desc_storage_pool_status_def, all_namespaces, OURS, OURS, NULL},
    {"sources", &vr_desc_storage_pool_source_list, NULL, 0, 0, NULL},
    {"interface", &vr_desc_interface_def, NULL, DEFINED, SECURE, NULL},
    {"capabilities", &vr_desc_caps_def, NULL, DEFINED, SECURE, NULL},
    {"domcaps", &vr_desc_domcaps_def, NULL, 0, 0, NULL},
    {"poolcaps", &vr_desc_poolcaps_def, NULL, 0, 0, NULL},
    {"sysinfo", &vr_desc_sysinfo_def, NULL, 0, 0, NULL},
    {"cpu", &vr_desc_domain_cpu, NULL, 0, 0, NULL},
    {"hostcpu", &vr_desc_caps_cpu, NULL, 0, 0, NULL},
    {"nodedev", &vr_desc_node_device_def, NULL, DEFINED, SECURE, NULL},
    {"snapshot", &vr_desc_snapshot_def, NULL, DEFINED, SECURE, NULL},
    {"checkpoint", &vr_desc_checkpoint_def, NULL, DEFINED, SECURE, NULL},
    {"backup", &vr_desc_backup_def, NULL, 0, 0, NULL},
    {"domstatus", &vr_desc_domain_status_def, all_namespaces, OURS, OURS | VR_MODEL_SECURE, NULL},
    {"savecookie", &vr_desc_save_cookie_def, NULL, OURS, OURS, NULL},
    {"migcookie", &vr_desc_migration_cookie_def, NULL, OURS, OURS, NULL},
    {"nwfilter", &vr_desc_nwfilter_def, NULL, DEFINED, SECURE, NULL},
    {"nwfilterbinding", &vr_desc_nwfilter_binding_def, NULL, DEFINED, SECURE, NULL},
    {"nwfilterbindingstatus", &vr_desc_nwfilter_binding_status_def, NULL, OURS, OURS, NULL},
    {"secret", &vr_desc_secret_def, NULL, DEFINED, SECURE, NULL},
};

static void
say_difference(const char *path, const char *old_value, const char *new_value, void *opaque)
{
    unsigned *n = opaque;

    if ((*n)++ < 3)
        fprintf(stderr, "  %s: '%s', then '%s'\n", path, old_value ? old_value : "(absent)",
                new_value ? new_value : "(absent)");
}

/* What must hold for any object: it is its copy, differs from it nowhere, and is JSON. */
static gboolean
check_copy(size_t kind, const void *object)
{
    const VrDesc *desc = kinds[kind].desc;
    void *copy = vr_model_copy(desc, object);
    g_autofree char *json = vr_model_json(desc, object, kinds[kind].format_flags);
    unsigned n = 0;
    gboolean fine = vr_model_equal(desc, object, copy) && *json == '{';

    vr_model_diff(desc, object, copy, say_difference, &n);
    vr_model_free(desc, copy);
    return fine && n == 0;
}

/* What is read from an object's text is it again, and prints the same.  Documents that are put in order when
 * they are read may need one more writing to settle. */
static gboolean
check_again(size_t kind, const void *object, const char *text, const VrParseContext *context, gboolean last)
{
    const VrDesc *desc = kinds[kind].desc;
    void *again = vr_model_parse(desc, text, context);
    g_autofree char *second = NULL;
    unsigned n = 0;
    gboolean fine;

    if (!again)
        return FALSE;
    if (kinds[kind].finish)
        kinds[kind].finish(again);
    second = vr_model_format(desc, again, kinds[kind].format_flags);
    fine = strcmp(text, second) == 0 && vr_model_equal(desc, object, again);
    if (!fine && last)
        vr_model_diff(desc, object, again, say_difference, &n);
    if (!fine && !last)
        fine = check_again(kind, again, second, context, TRUE);
    vr_model_free(desc, again);
    return fine;
}

static char *
run(size_t kind, const char *path, gboolean *ret_fine)
{
    const VrDesc *desc = kinds[kind].desc;
    gboolean test = strcmp(kinds[kind].kind, "domain") == 0 || strcmp(kinds[kind].kind, "qemu") == 0;
    VrParseContext context = {.flags = kinds[kind].parse_flags, .namespaces = kinds[kind].namespaces,
                              .driver = test ? &test_driver : NULL};
    g_autofree char *text = NULL;
    void *object;
    char *first = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    object = vr_model_parse(desc, text, &context);
    if (!object)
        return NULL;
    if (!kinds[kind].finish || kinds[kind].finish(object) == 0) {
        first = vr_model_format(desc, object, kinds[kind].format_flags);
        *ret_fine = check_copy(kind, object) && check_again(kind, object, first, &context, FALSE);
    }
    vr_model_free(desc, object);
    return first;
}

int
main(int argc, char **argv)
{
    size_t kind = 0;
    int bad = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: model-tool KIND OUTDIR FILE...\n");
        return 2;
    }
    while (kind < G_N_ELEMENTS(kinds) && strcmp(kinds[kind].kind, argv[1]) != 0)
        kind++;
    if (kind == G_N_ELEMENTS(kinds)) {
        fprintf(stderr, "model-tool: no kind '%s'\n", argv[1]);
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        g_autofree char *base = g_path_get_basename(argv[i]);
        g_autofree char *text = NULL;
        g_autofree char *out = NULL;
        gboolean fine = FALSE;

        vr_error_clear();
        text = run(kind, argv[i], &fine);
        if (!text) {
            virErrorPtr error = vr_error_last();

            text = g_strdup_printf("%d %d\n%s\n", error->code, error->domain, error->message);
            out = g_strdup_printf("%s/%s.err", argv[2], base);
            bad = 1;
        } else {
            out = g_strdup_printf("%s/%s.got", argv[2], base);
            if (!fine)
                fprintf(stderr, "%s: not itself again\n", base);
        }
        if (strcmp(argv[2], "-") == 0)
            fputs(text, stdout);
        else if (!g_file_set_contents(out, text, -1, NULL))
            return 2;
    }
    return strcmp(argv[2], "-") == 0 ? bad : 0;
}
