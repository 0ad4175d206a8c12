/* virt-admin's commands: a daemon's servers, their clients and workers, and its log. */
#include <libvirt/libvirt-admin.h>
#include <stdlib.h>
#include <string.h>

#include "shell/commands.h"
#include "shell/report.h"

/* Frees keep the error that a command ends with. */
#define FREE_QUIETLY(Type, name)                                                                   \
    static void name(Type##Ptr *object)                                                            \
    {                                                                                              \
        virErrorPtr before = virGetLastErrorCode() != VIR_ERR_OK ? virSaveLastError() : NULL;      \
        if (*object)                                                                               \
            Type##Free(*object);                                                                   \
        shell_keep_error(before);                                                                  \
    }
FREE_QUIETLY(virAdmServer, server_free)
FREE_QUIETLY(virAdmClient, client_free)

#define SERVER __attribute__((cleanup(server_free))) virAdmServerPtr
#define CLIENT __attribute__((cleanup(client_free))) virAdmClientPtr

static virAdmServerPtr
get_server(Shell *sh, const Args *args)
{
    return virAdmConnectLookupServer(sh->admin, args_string(args, "server"), 0);
}

static virAdmClientPtr
get_client(Shell *sh, const Args *args)
{
    long long id;
    if (args_number(sh, args, "client", 0, G_MAXINT64, &id) < 0)
        return NULL;
    SERVER server = get_server(sh, args);
    return server ? virAdmServerLookupClient(server, (unsigned long long)id, 0) : NULL;
}

/* --- the shell --- */

gboolean
run_admin_connect(Shell *sh, const Args *args)
{
    shell_disconnect(sh);
    g_free(sh->uri);
    sh->uri = g_strdup(args_string(args, "name"));
    if (!shell_connect(sh))
        return FALSE;
    shell_note(sh, "Connected to the admin server\n");
    return TRUE;
}

gboolean
run_admin_uri(Shell *sh, const Args *args)
{
    g_autofree char *uri = virAdmConnectGetURI(sh->admin);
    return shell_tell(sh, uri, "failed to get URI", NULL);
}

gboolean
run_admin_version(Shell *sh, const Args *args)
{
    static const char *const labels[] = {"Compiled against library", "Using library", "Running against daemon"};
    static const char *const keys[] = {"compiled", "library", "daemon"};
    unsigned long long versions[3] = {LIBVIR_VERSION_NUMBER};
    unsigned long library;
    if (virGetVersion(&library, NULL, NULL) < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to get the library version", NULL, NULL);
    versions[1] = library;
    if (virAdmConnectGetLibVersion(sh->admin, &versions[2]) < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to get the daemon version", NULL, NULL);
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < 3; i++) {
        g_autofree char *text = g_strdup_printf("%llu.%llu.%llu", versions[i] / 1000000, versions[i] / 1000 % 1000, versions[i] % 1000);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%s: %s%s\n", labels[i], i < 2 ? "libvirt " : "", text);
        else
            put_text(report, keys[i], NULL, text);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    return TRUE;
}

/* --- looking --- */

/* Parameters as lines "NAME: value", NAME in WIDTH columns. */
static void
tell_params(Shell *sh, const virTypedParameter *params, int n, int width)
{
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&params[i]);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%-*s: %s\n", width, params[i].field, text);
        else
            put_param(report, &params[i]);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
}

static int
compare_servers(const void *a, const void *b)
{
    return strcmp(virAdmServerGetName(*(const virAdmServerPtr *)a), virAdmServerGetName(*(const virAdmServerPtr *)b));
}

gboolean
run_server_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"id", "Id"}, {"name", "Name"}, {NULL}};
    virAdmServerPtr *servers = NULL;
    int n = virAdmConnectListServers(sh->admin, &servers, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to obtain list of available servers from the daemon", NULL, NULL);
    qsort(servers, (size_t)n, sizeof(*servers), compare_servers);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        report_row(report);
        put_number(report, NULL, NULL, i, "%d", i);
        put_text(report, NULL, NULL, virAdmServerGetName(servers[i]));
        virAdmServerFree(servers[i]);
    }
    free(servers);
    report_print(sh, report, TRUE);
    return TRUE;
}

/* The functions that get a server's parameters are alike. */
static gboolean
tell_server(Shell *sh, const Args *args, int (*get)(virAdmServerPtr server, virTypedParameterPtr *params, int *n, unsigned int flags),
            int width, const char *fails)
{
    virTypedParameterPtr params = NULL;
    int n = 0;
    SERVER server = get_server(sh, args);
    if (!server)
        return FALSE;
    if (get(server, &params, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, fails, NULL, NULL);
    tell_params(sh, params, n, width);
    virTypedParamsFree(params, n);
    return TRUE;
}

gboolean
run_server_threadpool_info(Shell *sh, const Args *args)
{
    return tell_server(sh, args, virAdmServerGetThreadPoolParameters, 15, "Unable to get server workerpool parameters");
}

gboolean
run_server_clients_info(Shell *sh, const Args *args)
{
    return tell_server(sh, args, virAdmServerGetClientLimits, 20, "Unable to retrieve client limits from server's configuration");
}

static const char *
transport_name(int transport)
{
    static const char *const names[] = {"unix", "tcp", "tls"};
    return transport >= 0 && transport < (int)G_N_ELEMENTS(names) ? names[transport] : "unknown";
}

static char *
time_text(long long seconds)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(seconds);
    return when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S%z") : g_strdup("unknown");
}

gboolean
run_client_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"id", "Id"}, {"transport", "Transport"}, {"connected", "Connected since"}, {NULL}};
    virAdmClientPtr *clients = NULL;
    SERVER server = get_server(sh, args);
    int n = server ? virAdmServerListClients(server, &clients, 0) : -1;
    if (!server)
        return FALSE;
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to obtain list of connected clients from server '%t'", NULL, args_string(args, "server"));
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        g_autofree char *when = time_text(virAdmClientGetTimestamp(clients[i]));
        unsigned long long id = virAdmClientGetID(clients[i]);
        report_row(report);
        put_number(report, NULL, NULL, (long long)id, "%llu", id);
        put_text(report, NULL, NULL, transport_name(virAdmClientGetTransport(clients[i])));
        put_text(report, NULL, NULL, when);
        virAdmClientFree(clients[i]);
    }
    free(clients);
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_client_info(Shell *sh, const Args *args)
{
    virTypedParameterPtr params = NULL;
    int n = 0;
    CLIENT client = get_client(sh, args);
    if (!client)
        return FALSE;
    if (virAdmClientGetInfo(client, &params, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to retrieve client identity information for client '%t'", NULL, args_string(args, "client"));
    g_autofree char *when = time_text(virAdmClientGetTimestamp(client));
    const char *transport = transport_name(virAdmClientGetTransport(client));
    unsigned long long id = virAdmClientGetID(client);
    g_autoptr(Report) report = report_one(0);
    if (sh->format == FORMAT_TEXT) {
        shell_print(sh, "%-15s: %llu\n%-15s: %s\n%-15s: %s\n", "id", id, "connection_time", when, "transport", transport);
    } else {
        put_number(report, "id", NULL, (long long)id, "%llu", id);
        put_text(report, "connection_time", NULL, when);
        put_text(report, "transport", NULL, transport);
    }
    for (int i = 0; i < n; i++) {
        gboolean yes = params[i].type == VIR_TYPED_PARAM_BOOLEAN;
        g_autofree char *text = yes ? g_strdup(yes_no(params[i].value.b)) : shell_param_text(&params[i]);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%-15s: %s\n", params[i].field, text);
        else
            put_param(report, &params[i]);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    virTypedParamsFree(params, n);
    return TRUE;
}

/* --- changing --- */

/* A number among a server's settings. */
typedef struct {
    const char *option, *field;
} Setting;

/* Set what the options give; FALSE after an error was told. */
static gboolean
set_server(Shell *sh, const Args *args, const Setting *settings,
           int (*set)(virAdmServerPtr server, virTypedParameterPtr params, int n, unsigned int flags), const char *fails)
{
    virTypedParameterPtr params = NULL;
    int n = 0, room = 0;
    g_autoptr(GString) names = g_string_new(NULL);
    for (const Setting *s = settings; s->option; s++) {
        long long value;
        int given = args_number(sh, args, s->option, 0, G_MAXUINT, &value);
        g_string_append_printf(names, "%s--%s", names->len ? ", " : "", s->option);
        if (given < 0) {
            shell_error(sh, "Unable to parse integer parameter '%s'", s->option);
            virTypedParamsFree(params, n);
            return FALSE;
        }
        if (given)
            virTypedParamsAddUInt(&params, &n, &room, s->field, (unsigned int)value);
    }
    gboolean ok = n > 0;
    if (n == 0)
        shell_error(sh, "At least one of options %s is mandatory", names->str);
    SERVER server = ok ? get_server(sh, args) : NULL;
    if (ok && server && set(server, params, n, 0) < 0)
        ok = shell_outcome(sh, FALSE, NULL, fails, NULL, NULL);
    virTypedParamsFree(params, n);
    return ok && server;
}

/* Whether LESS is not more than MORE, where both are given. */
static gboolean
in_order(Shell *sh, const Args *args, const char *less, const char *more)
{
    const char *a = args_string(args, less), *b = args_string(args, more);
    if (!a || !b || g_ascii_strtoull(a, NULL, 10) <= g_ascii_strtoull(b, NULL, 10))
        return TRUE;
    shell_error(sh, "--%s must be less than or equal to --%s", less, more);
    return FALSE;
}

gboolean
run_server_threadpool_set(Shell *sh, const Args *args)
{
    static const Setting settings[] = {{"min-workers", VIR_THREADPOOL_WORKERS_MIN},
                                       {"max-workers", VIR_THREADPOOL_WORKERS_MAX},
                                       {"priority-workers", VIR_THREADPOOL_WORKERS_PRIORITY},
                                       {NULL}};
    return in_order(sh, args, "min-workers", "max-workers") &&
           set_server(sh, args, settings, virAdmServerSetThreadPoolParameters, "Unable to set server workerpool parameters");
}

gboolean
run_server_clients_set(Shell *sh, const Args *args)
{
    static const Setting settings[] = {{"max-clients", VIR_SERVER_CLIENTS_MAX}, {"max-unauth-clients", VIR_SERVER_CLIENTS_UNAUTH_MAX}, {NULL}};
    return in_order(sh, args, "max-unauth-clients", "max-clients") &&
           set_server(sh, args, settings, virAdmServerSetClientLimits, "Unable to set server's client-related configuration limits");
}

gboolean
run_client_disconnect(Shell *sh, const Args *args)
{
    CLIENT client = get_client(sh, args);
    if (!client)
        return FALSE;
    if (virAdmClientClose(client, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to disconnect client '%t'", NULL, args_string(args, "client"));
    shell_note(sh, "Client '%s' disconnected", args_string(args, "client"));
    return TRUE;
}

gboolean
run_server_update_tls(Shell *sh, const Args *args)
{
    SERVER server = get_server(sh, args);
    if (!server)
        return FALSE;
    if (virAdmServerUpdateTlsFiles(server, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to update server's tls related files.", NULL, NULL);
    shell_note(sh, "update tls related files succeed\n");
    return TRUE;
}

/* The log's filters and outputs are alike. */
typedef struct {
    const char *option, *label, *key;
    int (*get)(virAdmConnectPtr conn, char **text, unsigned int flags);
    int (*set)(virAdmConnectPtr conn, const char *text, unsigned int flags);
} LogSetting;

static gboolean
log_setting(Shell *sh, const Args *args, const LogSetting *setting)
{
    const char *value = args_string(args, setting->option);
    if (value)
        return setting->set(sh->admin, value, 0) == 0 || shell_outcome(sh, FALSE, NULL, "Unable to change daemon logging settings", NULL, NULL);
    char *text = NULL;
    if (setting->get(sh->admin, &text, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get daemon logging settings", NULL, NULL);
    g_autofree char *owned = NULL;
    owned = text;
    if (sh->format == FORMAT_TEXT) {
        shell_print(sh, " %-15s %s\n", setting->label, text ? text : "");
        return TRUE;
    }
    g_autoptr(Report) report = report_one(0);
    put_text(report, setting->key, NULL, text);
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_daemon_log_filters(Shell *sh, const Args *args)
{
    static const LogSetting setting = {"filters", "Logging filters:", "filters", virAdmConnectGetLoggingFilters, virAdmConnectSetLoggingFilters};
    return log_setting(sh, args, &setting);
}

gboolean
run_daemon_log_outputs(Shell *sh, const Args *args)
{
    static const LogSetting setting = {"outputs", "Logging outputs:", "outputs", virAdmConnectGetLoggingOutputs, virAdmConnectSetLoggingOutputs};
    return log_setting(sh, args, &setting);
}

gboolean
run_daemon_timeout(Shell *sh, const Args *args)
{
    long long seconds = 0;
    return args_number(sh, args, "timeout", 0, G_MAXUINT, &seconds) >= 0 &&
           virAdmConnectSetDaemonTimeout(sh->admin, (unsigned int)seconds, 0) == 0;
}

gboolean
run_daemon_shutdown(Shell *sh, const Args *args)
{
    SHELL_NEWER(sh, virAdmConnectDaemonShutdown, shut_down);
    return shut_down && shut_down(sh->admin, args_flags(args)) == 0;
}
