/* The administration program: what virt-admin asks and sets.  On the administration server's workers. */
#include <grp.h>
#include <pwd.h>

#include <libvirt/libvirt-admin.h>

#include "base/log.h"
#include "daemon/calls.h"
#include "daemon/daemon.h"
#include "daemon/tls.h"

/* The servers there are, in the order in which they are listed. */
static gsize
servers(DaemonServer **ret)
{
    ret[0] = daemon_state.admin;
    ret[1] = daemon_state.server;
    return 2;
}

static DaemonServer *
find_server(const char *name)
{
    DaemonServer *all[2];
    gsize n = servers(all);
    for (gsize i = 0; i < n; i++) {
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    }
    return vr_error_null(VIR_FROM_THREAD, VIR_ERR_NO_SERVER, "No server named '%s'", name);
}

/* A reference to a client of SERVER; NULL with the error set. */
static DaemonClient *
find_client(DaemonServer *server, guint64 id)
{
    VR_SCOPED_LOCK(&server->lock);
    for (guint i = 0; i < server->clients->len; i++) {
        DaemonClient *client = server->clients->pdata[i];
        if (client->id == id)
            return daemon_client_ref(client);
    }
    return vr_error_null(VIR_FROM_THREAD, VIR_ERR_NO_CLIENT, "No client with matching ID '%llu'", (unsigned long long)id);
}

static int
no_flags(VrDispatch *d)
{
    unsigned int flags = vr_in_u32(d->in);
    if (flags == 0)
        return 0;
    return vr_error(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s", flags, d->proc->name);
}

static int
connect_open(VrDispatch *d)
{
    return no_flags(d);
}

static int
connect_close(VrDispatch *d)
{
    daemon_client_close_after_answer(d->client);
    return 0;
}

static int
get_lib_version(VrDispatch *d)
{
    vr_out_u64(d->out, LIBVIR_VERSION_NUMBER);
    return 0;
}

static int
list_servers(VrDispatch *d)
{
    gboolean wanted = vr_in_u32(d->in) != 0;
    if (no_flags(d) < 0)
        return -1;
    DaemonServer *all[2];
    gsize n = servers(all);
    vr_out_u32(d->out, wanted ? (guint32)n : 0);
    for (gsize i = 0; wanted && i < n; i++)
        vr_out_string(d->out, all[i]->name);
    vr_out_u32(d->out, (guint32)n);
    return 0;
}

static int
lookup_server(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    if (!server || no_flags(d) < 0)
        return -1;
    vr_out_string(d->out, server->name);
    return 0;
}

/* --- parameters --- */

typedef struct {
    const char *name;
    unsigned int value;
} Number;

static void
out_numbers(VrOut *out, const Number *numbers, guint32 n)
{
    vr_out_u32(out, n);
    for (guint32 i = 0; i < n; i++) {
        vr_out_string(out, numbers[i].name);
        vr_out_u32(out, VIR_TYPED_PARAM_UINT);
        vr_out_u32(out, numbers[i].value);
    }
}

typedef struct {
    const char *name;
    unsigned int *value; /* NULL: may not be set */
} Setting;

static int
in_settings(VrDispatch *d, const Setting *settings, gsize n)
{
    g_auto(VrDispatchParams) sent = {0};
    vr_in_params(d->in, &sent.params, &sent.n);
    if (no_flags(d) < 0)
        return -1;
    for (int i = 0; i < sent.n; i++) {
        const virTypedParameter *param = &sent.params[i];
        gsize j = 0;
        while (j < n && strcmp(settings[j].name, param->field) != 0)
            j++;
        if (j == n)
            return vr_error(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "parameter '%s' not supported", param->field);
        if (param->type != VIR_TYPED_PARAM_UINT)
            return vr_error(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "invalid type '%d' requested for parameter '%s', expected 'uint'",
                            param->type, param->field);
        if (!settings[j].value)
            return vr_error(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "parameter '%s' is read-only", param->field);
        *settings[j].value = param->value.ui;
    }
    return 0;
}

static int
get_threadpool(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    if (!server || no_flags(d) < 0)
        return -1;
    VrPoolInfo info;
    vr_pool_info(server->pool, &info);
    /* Workers are started when there is work; those that would stay count as there and free. */
    unsigned int sleeping = info.limits.min > info.workers ? info.limits.min - info.workers : 0;
    const Number numbers[] = {
        {VIR_THREADPOOL_WORKERS_MIN, info.limits.min},
        {VIR_THREADPOOL_WORKERS_MAX, info.limits.max},
        {VIR_THREADPOOL_WORKERS_CURRENT, info.workers + sleeping},
        {VIR_THREADPOOL_WORKERS_FREE, info.idle + sleeping},
        {VIR_THREADPOOL_WORKERS_PRIORITY, info.limits.reserve},
        {VIR_THREADPOOL_JOB_QUEUE_DEPTH, info.queued},
    };
    out_numbers(d->out, numbers, G_N_ELEMENTS(numbers));
    return 0;
}

static int
set_threadpool(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    if (!server)
        return -1;
    VrPoolInfo info;
    vr_pool_info(server->pool, &info);
    VrPoolLimits limits = info.limits;
    const Setting settings[] = {
        {VIR_THREADPOOL_WORKERS_MIN, &limits.min},
        {VIR_THREADPOOL_WORKERS_MAX, &limits.max},
        {VIR_THREADPOOL_WORKERS_PRIORITY, &limits.reserve},
        {VIR_THREADPOOL_WORKERS_CURRENT, NULL},
        {VIR_THREADPOOL_WORKERS_FREE, NULL},
        {VIR_THREADPOOL_JOB_QUEUE_DEPTH, NULL},
    };
    if (in_settings(d, settings, G_N_ELEMENTS(settings)) < 0)
        return -1;
    if (limits.min > limits.max)
        return vr_error(VIR_FROM_THREAD, VIR_ERR_INVALID_ARG, "minWorkers cannot be larger than maxWorkers");
    vr_pool_set_limits(server->pool, &limits);
    return 0;
}

static int
get_client_limits(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    if (!server || no_flags(d) < 0)
        return -1;
    vr_mutex_lock(&server->lock);
    const Number numbers[] = {
        {VIR_SERVER_CLIENTS_MAX, server->limits.max_clients},
        {VIR_SERVER_CLIENTS_CURRENT, server->clients->len},
        {VIR_SERVER_CLIENTS_UNAUTH_MAX, server->limits.max_anonymous},
        {VIR_SERVER_CLIENTS_UNAUTH_CURRENT, server->anonymous},
    };
    vr_mutex_unlock(&server->lock);
    out_numbers(d->out, numbers, G_N_ELEMENTS(numbers));
    return 0;
}

static int
set_client_limits(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    if (!server)
        return -1;
    vr_mutex_lock(&server->lock);
    DaemonLimits limits = server->limits;
    vr_mutex_unlock(&server->lock);
    const Setting settings[] = {
        {VIR_SERVER_CLIENTS_MAX, &limits.max_clients},
        {VIR_SERVER_CLIENTS_UNAUTH_MAX, &limits.max_anonymous},
        {VIR_SERVER_CLIENTS_CURRENT, NULL},
        {VIR_SERVER_CLIENTS_UNAUTH_CURRENT, NULL},
    };
    if (in_settings(d, settings, G_N_ELEMENTS(settings)) < 0)
        return -1;
    if (limits.max_clients < limits.max_anonymous)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INVALID_ARG, "The overall maximum number of clients waiting for authentication must "
                        "not be less than the overall maximum number of clients");
    daemon_server_set_limits(server, &limits);
    return 0;
}

/* --- clients --- */

static void
out_client(VrOut *out, const DaemonClient *client)
{
    vr_out_string(out, client->server->name);
    vr_out_u64(out, client->id);
    vr_out_u64(out, (guint64)client->since);
    vr_out_u32(out, (guint32)client->transport);
}

static gint
by_id(gconstpointer a, gconstpointer b)
{
    const DaemonClient *x = *(DaemonClient *const *)a, *y = *(DaemonClient *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static int
list_clients(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    gboolean wanted = vr_in_u32(d->in) != 0;
    if (!server || no_flags(d) < 0)
        return -1;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)daemon_client_unref);
    vr_mutex_lock(&server->lock);
    for (guint i = 0; i < server->clients->len; i++)
        g_ptr_array_add(all, daemon_client_ref(server->clients->pdata[i]));
    vr_mutex_unlock(&server->lock);
    g_ptr_array_sort(all, by_id);
    if (wanted && all->len > 16384)
        return vr_too_many("clients", all->len, 16384);
    vr_out_u32(d->out, wanted ? all->len : 0);
    for (guint i = 0; wanted && i < all->len; i++)
        out_client(d->out, all->pdata[i]);
    vr_out_u32(d->out, all->len);
    return 0;
}

static int
lookup_client(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    guint64 id = vr_in_u64(d->in);
    if (!server || no_flags(d) < 0)
        return -1;
    g_autoptr(DaemonClient) client = find_client(server, id);
    if (!client)
        return -1;
    out_client(d->out, client);
    return 0;
}

/* The client that a call names; NULL with the error set. */
static DaemonClient *
in_client(VrDispatch *d)
{
    DaemonServer *server = find_server(vr_in_string(d->in));
    guint64 id = vr_in_u64(d->in);
    vr_in_u64(d->in);
    vr_in_u32(d->in);
    if (!server || no_flags(d) < 0)
        return NULL;
    return find_client(server, id);
}

static void
add_string(GArray *params, const char *name, const char *value)
{
    if (!value)
        return;
    virTypedParameter p = {.type = VIR_TYPED_PARAM_STRING, .value.s = g_strdup(value)};
    g_strlcpy(p.field, name, sizeof(p.field));
    g_array_append_val(params, p);
}

static void
add_int(GArray *params, const char *name, int type, int value)
{
    virTypedParameter p = {.type = type};
    if (type == VIR_TYPED_PARAM_BOOLEAN)
        p.value.b = value != 0;
    else
        p.value.i = value;
    g_strlcpy(p.field, name, sizeof(p.field));
    g_array_append_val(params, p);
}

static int
client_get_info(VrDispatch *d)
{
    g_autoptr(DaemonClient) client = in_client(d);
    if (!client)
        return -1;
    g_autoptr(GArray) params = g_array_new(FALSE, TRUE, sizeof(virTypedParameter));
    add_int(params, VIR_CLIENT_INFO_READONLY, VIR_TYPED_PARAM_BOOLEAN, client->read_only);
    if (client->pid >= 0) {
        char buffer[4096];
        struct passwd user, *found_user = NULL;
        struct group group, *found_group = NULL;
        add_int(params, VIR_CLIENT_INFO_UNIX_USER_ID, VIR_TYPED_PARAM_INT, (int)client->uid);
        if (getpwuid_r(client->uid, &user, buffer, sizeof(buffer), &found_user) == 0 && found_user)
            add_string(params, VIR_CLIENT_INFO_UNIX_USER_NAME, found_user->pw_name);
        add_int(params, VIR_CLIENT_INFO_UNIX_GROUP_ID, VIR_TYPED_PARAM_INT, (int)client->gid);
        if (getgrgid_r(client->gid, &group, buffer, sizeof(buffer), &found_group) == 0 && found_group)
            add_string(params, VIR_CLIENT_INFO_UNIX_GROUP_NAME, found_group->gr_name);
        add_int(params, VIR_CLIENT_INFO_UNIX_PROCESS_ID, VIR_TYPED_PARAM_INT, (int)client->pid);
    } else {
        add_string(params, VIR_CLIENT_INFO_SOCKET_ADDR, client->address);
        add_string(params, VIR_CLIENT_INFO_SASL_USER_NAME, client->sasl_name);
        add_string(params, VIR_CLIENT_INFO_X509_DISTINGUISHED_NAME, client->x509_name);
    }
    add_string(params, VIR_CLIENT_INFO_SELINUX_CONTEXT, client->selinux);
    vr_out_params(d->out, (virTypedParameterPtr)(void *)params->data, (int)params->len, TRUE);
    vr_dispatch_params_release((virTypedParameterPtr)(void *)params->data, (int)params->len);
    return 0;
}

static int
client_close(VrDispatch *d)
{
    g_autoptr(DaemonClient) client = in_client(d);
    if (!client)
        return -1;
    daemon_client_close(client);
    return 0;
}

/* --- the daemon --- */

static guint32
words(const char *text)
{
    g_auto(GStrv) all = g_strsplit(text, " ", -1);
    guint32 n = 0;
    for (char **w = all; *w; w++)
        n += **w != '\0';
    return n;
}

static int
get_log_outputs(VrDispatch *d)
{
    if (no_flags(d) < 0)
        return -1;
    g_autofree char *outputs = vr_log_get_outputs();
    vr_out_string(d->out, outputs);
    vr_out_u32(d->out, words(outputs));
    return 0;
}

static int
get_log_filters(VrDispatch *d)
{
    if (no_flags(d) < 0)
        return -1;
    g_autofree char *filters = vr_log_get_filters();
    vr_out_string_or_null(d->out, *filters ? filters : NULL);
    vr_out_u32(d->out, words(filters));
    return 0;
}

static int
set_log_outputs(VrDispatch *d)
{
    const char *outputs = vr_in_string_or_null(d->in);
    if (no_flags(d) < 0)
        return -1;
    return vr_log_set_outputs(outputs && *outputs ? outputs : "1:stderr");
}

static int
set_log_filters(VrDispatch *d)
{
    const char *filters = vr_in_string_or_null(d->in);
    return no_flags(d) < 0 ? -1 : vr_log_set_filters(filters ? filters : "");
}

static int
update_tls_files(VrDispatch *d)
{
    if (!find_server(vr_in_string(d->in)) || no_flags(d) < 0)
        return -1;
    if (!daemon_tls_is_set_up())
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "no tls service found, unable to update tls files");
    return daemon_tls_reload();
}

static void
set_timeout(void *data)
{
    daemon_set_timeout(GPOINTER_TO_INT(data));
}

static int
set_daemon_timeout(VrDispatch *d)
{
    guint32 seconds = vr_in_u32(d->in);
    if (no_flags(d) < 0)
        return -1;
    vr_loop_post(set_timeout, GINT_TO_POINTER((int)MIN(seconds, G_MAXINT / 1000)));
    return 0;
}

static void
shut_down(VrSource *source, void *data)
{
    vr_source_cancel(source);
    daemon_stop();
}

static int
daemon_shutdown(VrDispatch *d)
{
    unsigned int flags = vr_in_u32(d->in);
    if (flags & ~(unsigned int)VIR_DAEMON_SHUTDOWN_PRESERVE)
        return vr_error(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s", flags, d->proc->name);
    vr_source_unref(vr_loop_timer(50, 0, shut_down, NULL, NULL)); /* once the answer is out */
    return 0;
}

static const VrDispatchFunc functions[] = {
    [VR_ADMIN_CONNECT_OPEN] = connect_open,
    [VR_ADMIN_CONNECT_CLOSE] = connect_close,
    [VR_ADMIN_CONNECT_GET_LIB_VERSION] = get_lib_version,
    [VR_ADMIN_CONNECT_LIST_SERVERS] = list_servers,
    [VR_ADMIN_CONNECT_LOOKUP_SERVER] = lookup_server,
    [VR_ADMIN_SERVER_GET_THREADPOOL_PARAMETERS] = get_threadpool,
    [VR_ADMIN_SERVER_SET_THREADPOOL_PARAMETERS] = set_threadpool,
    [VR_ADMIN_SERVER_LIST_CLIENTS] = list_clients,
    [VR_ADMIN_SERVER_LOOKUP_CLIENT] = lookup_client,
    [VR_ADMIN_CLIENT_GET_INFO] = client_get_info,
    [VR_ADMIN_CLIENT_CLOSE] = client_close,
    [VR_ADMIN_SERVER_GET_CLIENT_LIMITS] = get_client_limits,
    [VR_ADMIN_SERVER_SET_CLIENT_LIMITS] = set_client_limits,
    [VR_ADMIN_CONNECT_GET_LOGGING_OUTPUTS] = get_log_outputs,
    [VR_ADMIN_CONNECT_GET_LOGGING_FILTERS] = get_log_filters,
    [VR_ADMIN_CONNECT_SET_LOGGING_OUTPUTS] = set_log_outputs,
    [VR_ADMIN_CONNECT_SET_LOGGING_FILTERS] = set_log_filters,
    [VR_ADMIN_SERVER_UPDATE_TLS_FILES] = update_tls_files,
    [VR_ADMIN_CONNECT_SET_DAEMON_TIMEOUT] = set_daemon_timeout,
    [VR_ADMIN_CONNECT_DAEMON_SHUTDOWN] = daemon_shutdown,
};

VrDispatchFunc
daemon_admin_function(int proc)
{
    return proc > 0 && (gsize)proc < G_N_ELEMENTS(functions) ? functions[proc] : NULL;
}
