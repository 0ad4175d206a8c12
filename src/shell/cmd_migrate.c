/* Guests that move to another host. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/progress.h"

typedef enum {
    AS_TEXT,
    AS_WORDS, /* comma-separated, one parameter each */
    AS_FILE,  /* the content of the file */
    AS_INT,
    AS_ULLONG,
} ParamKind;

static const struct {
    const char *option, *field;
    ParamKind kind;
} options[] = {
    {"migrateuri", VIR_MIGRATE_PARAM_URI, AS_TEXT},
    {"graphicsuri", VIR_MIGRATE_PARAM_GRAPHICS_URI, AS_TEXT},
    {"listen-address", VIR_MIGRATE_PARAM_LISTEN_ADDRESS, AS_TEXT},
    {"dname", VIR_MIGRATE_PARAM_DEST_NAME, AS_TEXT},
    {"xml", VIR_MIGRATE_PARAM_DEST_XML, AS_FILE},
    {"persistent-xml", VIR_MIGRATE_PARAM_PERSIST_XML, AS_FILE},
    {"migrate-disks", VIR_MIGRATE_PARAM_MIGRATE_DISKS, AS_WORDS},
    {"migrate-disks-detect-zeroes", VIR_MIGRATE_PARAM_MIGRATE_DISKS_DETECT_ZEROES, AS_WORDS},
    {"disks-port", VIR_MIGRATE_PARAM_DISKS_PORT, AS_INT},
    {"disks-uri", VIR_MIGRATE_PARAM_DISKS_URI, AS_TEXT},
    {"comp-methods", VIR_MIGRATE_PARAM_COMPRESSION, AS_WORDS},
    {"comp-mt-level", VIR_MIGRATE_PARAM_COMPRESSION_MT_LEVEL, AS_INT},
    {"comp-mt-threads", VIR_MIGRATE_PARAM_COMPRESSION_MT_THREADS, AS_INT},
    {"comp-mt-dthreads", VIR_MIGRATE_PARAM_COMPRESSION_MT_DTHREADS, AS_INT},
    {"comp-xbzrle-cache", VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE, AS_ULLONG},
    {"comp-zlib-level", VIR_MIGRATE_PARAM_COMPRESSION_ZLIB_LEVEL, AS_INT},
    {"comp-zstd-level", VIR_MIGRATE_PARAM_COMPRESSION_ZSTD_LEVEL, AS_INT},
    {"auto-converge-initial", VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, AS_INT},
    {"auto-converge-increment", VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, AS_INT},
    {"bandwidth", VIR_MIGRATE_PARAM_BANDWIDTH, AS_ULLONG},
    {"postcopy-bandwidth", VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, AS_ULLONG},
    {"available-switchover-bandwidth", VIR_MIGRATE_PARAM_BANDWIDTH_AVAIL_SWITCHOVER, AS_ULLONG},
    {"parallel-connections", VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, AS_INT},
    {"tls-destination", VIR_MIGRATE_PARAM_TLS_DESTINATION, AS_TEXT},
};

typedef struct {
    virDomainPtr dom;
    virConnectPtr dest; /* NULL: the hosts do it themselves */
    const char *uri;
    virTypedParameterPtr params;
    int n, room;
    unsigned int flags;
    gboolean postcopy; /* switch to it after the first round */
    gboolean switched;
} Migration;

static gboolean
add_option(Shell *sh, const Args *args, Migration *m, gsize i)
{
    const char *field = options[i].field, *text = args_string(args, options[i].option);
    long long number = 0;
    switch (options[i].kind) {
    case AS_TEXT:
        return virTypedParamsAddString(&m->params, &m->n, &m->room, field, text) == 0;
    case AS_WORDS: {
        g_auto(GStrv) words = g_strsplit(text, ",", -1);
        return virTypedParamsAddStringList(&m->params, &m->n, &m->room, field, (const char **)words) == 0;
    }
    case AS_FILE: {
        g_autofree char *content = shell_read_file(sh, text);
        return content && virTypedParamsAddString(&m->params, &m->n, &m->room, field, content) == 0;
    }
    case AS_INT:
        return args_number(sh, args, options[i].option, 0, G_MAXINT, &number) > 0 &&
               virTypedParamsAddInt(&m->params, &m->n, &m->room, field, (int)number) == 0;
    default:
        return args_number(sh, args, options[i].option, 0, G_MAXINT64, &number) > 0 &&
               virTypedParamsAddULLong(&m->params, &m->n, &m->room, field, (unsigned long long)number) == 0;
    }
}

static gboolean
call_migrate(void *data)
{
    Migration *m = data;
    if (!m->dest)
        return virDomainMigrateToURI3(m->dom, m->uri, m->params, (unsigned int)m->n, m->flags) == 0;
    virDomainPtr moved = virDomainMigrate3(m->dom, m->dest, m->params, (unsigned int)m->n, m->flags);
    if (moved)
        virDomainFree(moved);
    return moved != NULL;
}

static void
suspend(Shell *sh, virDomainPtr dom, void *data)
{
    int id = virDomainGetID(dom) == (unsigned int)-1;
    if (!id && virDomainSuspend(dom) < 0)
        virResetLastError();
}

static void
go_postcopy(Shell *sh, virDomainPtr dom, void *data)
{
    Migration *m = data;
    m->switched = virDomainMigrateStartPostCopy(dom, 0) == 0;
    if (!m->switched)
        virResetLastError();
}

/* With --postcopy-after-precopy: once all memory was sent once. */
static void
watch_rounds(Shell *sh, virDomainPtr dom, void *data)
{
    Migration *m = data;
    virTypedParameterPtr params = NULL;
    int type, n = 0;
    unsigned long long round = 0;
    if (!m->postcopy || m->switched)
        return;
    if (virDomainGetJobStats(dom, &type, &params, &n, 0) == 0 &&
        virTypedParamsGetULLong(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION, &round) == 1 && round > 1)
        go_postcopy(sh, dom, m);
    virTypedParamsFree(params, n);
    virResetLastError();
}

static gboolean
migrate(Shell *sh, const Args *args, Migration *m)
{
    long long seconds = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        if (args_flag(args, options[i].option) && !add_option(sh, args, m, i))
            return FALSE;
    }
    if (args_number(sh, args, "timeout", 1, G_MAXINT / 1000, &seconds) < 0)
        return FALSE;
    if (args_flag(args, "parallel-connections"))
        m->flags |= VIR_MIGRATE_PARALLEL;
    if (args_flag(args, "tls-destination"))
        m->flags |= VIR_MIGRATE_TLS;
    if (!(m->flags & VIR_MIGRATE_PEER2PEER) && !args_flag(args, "direct")) {
        m->dest = virConnectOpenAuth(m->uri, virConnectAuthPtrDefault, 0);
        if (!m->dest)
            return FALSE;
    }
    const LongCall call = {
        .label = "Migration", .verbose = args_flag(args, "verbose"), .timeout_ms = (int)seconds * 1000,
        .on_timeout = args_flag(args, "timeout-postcopy") ? go_postcopy : suspend, .call = call_migrate, .each = watch_rounds, .data = m,
    };
    return shell_long_call(sh, m->dom, &call);
}

gboolean
run_migrate(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    Migration m = {.dom = dom, .uri = args_string(args, "desturi"), .flags = args_flags(args),
                   .postcopy = args_flag(args, "postcopy-after-precopy")};
    if (!dom)
        return FALSE;
    if (m.flags & VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES && !(m.flags & (VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC))) {
        shell_error(sh, "%s", "'--copy-storage-synchronous-writes' requires one of '--copy-storage-all', 'copy-storage-inc'");
        return FALSE;
    }
    gboolean ok = migrate(sh, args, &m);
    shell_save_error(sh);
    virTypedParamsFree(m.params, m.n);
    if (m.dest)
        virConnectClose(m.dest);
    return ok;
}

gboolean
run_migrate_compcache(Shell *sh, const Args *args)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned long long size = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || (args_flag(args, "size") && !shell_size(sh, "size", args_string(args, "size"), &size)))
        return FALSE;
    if (args_flag(args, "size") && virDomainMigrateSetCompressionCache(dom, size, 0) < 0)
        return FALSE;
    if (virDomainMigrateGetCompressionCache(dom, &size, 0) < 0)
        return FALSE;
    gsize unit = 0;
    double value = (double)size;
    for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1024;
    shell_print(sh, "Compression cache: %.3f %s", value, units[unit]);
    return TRUE;
}
