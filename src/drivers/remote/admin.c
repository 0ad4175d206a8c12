/* Connections to a daemon's administration socket: a client without a driver.  Opened by the admin library. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/module.h"
#include "stubs.h"

static void
on_event(void *data, const VrHeader *header, VrIn *in)
{
}

static void
on_stream(void *data, const VrHeader *header, const guint8 *payload, gsize len)
{
}

static void
on_closed(void *data, int reason)
{
}

static const RemoteClientHooks hooks = {on_event, on_stream, on_closed};

int
remote_admin_begin(RemoteCall *call, virAdmConnectPtr conn, const VrProgram *program, int proc)
{
    return remote_client_begin(call, conn->data, program, proc);
}

static void
admin_close(virAdmConnectPtr conn)
{
    RemoteClient *client = conn->data;
    if (remote_client_is_open(client)) {
        virErrorPtr saved = vr_error_save();
        g_auto(RemoteCall) call = {0};
        if (remote_client_begin(&call, client, &vr_program_admin, VR_ADMIN_CONNECT_CLOSE) == 0)
            (void)remote_call_run(&call);
        vr_error_clear();
        vr_error_restore(saved);
    }
    remote_client_free(client);
}

static char *
socket_path(const VrUri *uri)
{
    const char *given = vr_uri_param(uri, "socket");
    if (given)
        return g_strdup(given);
    const char *prefix = strcmp(uri->scheme, "libvirtd") == 0 ? "libvirt" : uri->scheme;
    if (strcmp(uri->path, "/session") == 0)
        return g_strdup_printf("%s/libvirt/%s-admin-sock", g_get_user_runtime_dir(), prefix);
    return g_strdup_printf("/run/libvirt/%s-admin-sock", prefix);
}

static int
connect_socket(const VrUri *uri)
{
    g_autofree char *path = socket_path(uri);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
        return vr_error_system(VIR_FROM_RPC, ENAMETOOLONG, "Path %s too long for unix socket", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return vr_error_system(VIR_FROM_RPC, errno, "Failed to create socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int reason = errno;
        close(fd);
        return vr_error_system(VIR_FROM_RPC, reason, "Failed to connect socket to '%s'", path);
    }
    return fd;
}

__attribute__((visibility("default"))) int vr_admin_open(virAdmConnectPtr conn, const VrUri *uri, unsigned int flags);
__attribute__((visibility("default"))) int vr_admin_is_open(virAdmConnectPtr conn);

int
vr_admin_open(virAdmConnectPtr conn, const VrUri *uri, unsigned int flags)
{
    int fd = connect_socket(uri);
    if (fd < 0)
        return -1;
    RemoteClient *client = remote_client_new(fd, -1, &hooks, conn);
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_admin, VR_ADMIN_CONNECT_OPEN) == 0) {
        vr_out_u32(&call.out, flags);
        if (remote_call_run(&call) == 0) {
            remote_client_attach_loop(client);
            conn->data = client;
            conn->ops = &remote_admin_ops;
            conn->close = admin_close;
            return 0;
        }
    }
    remote_client_free(client);
    return -1;
}

int
vr_admin_is_open(virAdmConnectPtr conn)
{
    return remote_client_is_open(conn->data);
}
