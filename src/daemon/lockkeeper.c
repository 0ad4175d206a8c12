/* virtlockd: leases on resources, each a file that this daemon holds locked for a client's guest.
 *
 * A resource of the default lockspace is a file's path; in any other lockspace it is a file in that folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/client.h"
#include "daemon/handover.h"
#include "daemon/keepers.h"

enum {
    ACQUIRE_SHARED = 1 << 0,
    ACQUIRE_AUTOCREATE = 1 << 1,
};

/* The owner that a client speaks for. */
typedef struct {
    DaemonClient *client;
    gboolean restricted;
    gint64 pid;
} Owner;

typedef struct {
    char *file;
    int fd;
    gboolean shared;
    GArray *holders; /* DaemonClient *, once for each lease */
} Lease;

static GHashTable *owners;     /* DaemonClient * -> Owner */
static GHashTable *leases;     /* file -> Lease */
static GHashTable *lockspaces; /* folders */

static void
lease_free(void *data)
{
    Lease *lease = data;
    close(lease->fd); /* and with it the lock */
    g_array_unref(lease->holders);
    g_free(lease->file);
    g_free(lease);
}

static void
setup(void)
{
    if (owners)
        return;
    owners = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    leases = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, lease_free);
    lockspaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* The client's owner; NULL with the error set unless it has registered one and may still change things. */
static Owner *
owner_of(VrDispatch *d)
{
    setup();
    Owner *owner = g_hash_table_lookup(owners, d->client);
    if (!owner)
        return vr_error_null(VIR_FROM_LOCKSPACE, VIR_ERR_OPERATION_INVALID, "lock owner details have not been registered");
    return owner;
}

static int
reg(VrDispatch *d)
{
    setup();
    vr_in_uuid(d->in);
    vr_in_string(d->in);
    vr_in_u32(d->in);
    guint32 pid = vr_in_u32(d->in);
    if (g_hash_table_contains(owners, d->client))
        return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_OPERATION_INVALID, "lock owner details have already been registered");
    Owner *owner = g_new0(Owner, 1);
    owner->client = d->client;
    owner->pid = pid;
    g_hash_table_insert(owners, d->client, owner);
    return 0;
}

static int
restrict_client(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    if (!owner)
        return -1;
    owner->restricted = TRUE;
    return 0;
}

static int
refuse_restricted(void)
{
    return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_OPERATION_DENIED, "lock manager connection has been restricted");
}

static int
new_lockspace(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    const char *path = vr_in_string(d->in);
    if (!owner)
        return -1;
    if (owner->restricted)
        return refuse_restricted();
    if (!*path)
        return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_INVALID_ARG, "the default lockspace already exists");
    if (g_hash_table_contains(lockspaces, path))
        return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_OPERATION_INVALID, "Lockspace for path %s already exists", path);
    if (g_mkdir_with_parents(path, 0700) < 0)
        return vr_error_system(VIR_FROM_LOCKSPACE, errno, "Unable to create lockspace %s", path);
    g_hash_table_add(lockspaces, g_strdup(path));
    return 0;
}

/* The file of a resource; NULL with the error set. */
static char *
in_resource(VrDispatch *d)
{
    const char *space = vr_in_string(d->in), *name = vr_in_string(d->in);
    if (!*space) {
        if (*name == '/')
            return g_strdup(name);
        return vr_error_null(VIR_FROM_LOCKSPACE, VIR_ERR_INVALID_ARG, "resource '%s' of the default lockspace is no path", name);
    }
    if (!g_hash_table_contains(lockspaces, space))
        return vr_error_null(VIR_FROM_LOCKSPACE, VIR_ERR_INVALID_ARG, "Lockspace for path %s does not exist", space);
    if (strchr(name, '/') || *name == '.' || !*name)
        return vr_error_null(VIR_FROM_LOCKSPACE, VIR_ERR_INVALID_ARG, "'%s' is no name of a resource", name);
    return g_build_filename(space, name, NULL);
}

static int
create_resource(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    g_autofree char *file = owner ? in_resource(d) : NULL;
    if (!file)
        return -1;
    if (owner->restricted)
        return refuse_restricted();
    int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return vr_error_system(VIR_FROM_LOCKSPACE, errno, "Unable to create lockspace resource '%s'", file);
    if (fd >= 0)
        close(fd);
    return 0;
}

static int
delete_resource(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    g_autofree char *file = owner ? in_resource(d) : NULL;
    if (!file)
        return -1;
    if (owner->restricted)
        return refuse_restricted();
    if (g_hash_table_contains(leases, file))
        return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_RESOURCE_BUSY, "Lockspace resource '%s' is locked", file);
    if (unlink(file) < 0 && errno != ENOENT)
        return vr_error_system(VIR_FROM_LOCKSPACE, errno, "Unable to delete lockspace resource '%s'", file);
    return 0;
}

static int
busy(const char *file)
{
    return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_RESOURCE_BUSY, "Lockspace resource '%s' is locked", file);
}

static int
acquire_resource(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    g_autofree char *file = owner ? in_resource(d) : NULL;
    guint32 flags = vr_in_u32(d->in);
    if (!file)
        return -1;
    if (owner->restricted)
        return refuse_restricted();
    gboolean shared = (flags & ACQUIRE_SHARED) != 0;
    Lease *lease = g_hash_table_lookup(leases, file);
    if (lease) {
        if (!lease->shared || !shared)
            return busy(file);
        g_array_append_val(lease->holders, d->client);
        return 0;
    }
    int fd = open(file, O_RDWR | O_CLOEXEC | (flags & ACQUIRE_AUTOCREATE ? O_CREAT : 0), 0600);
    if (fd < 0)
        return vr_error_system(VIR_FROM_LOCKSPACE, errno, "Unable to open/create resource %s", file);
    struct flock lock = {.l_type = shared ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        int reason = errno;
        close(fd);
        return reason == EAGAIN || reason == EACCES
                   ? busy(file)
                   : vr_error_system(VIR_FROM_LOCKSPACE, reason, "Unable to acquire lock on '%s'", file);
    }
    lease = g_new0(Lease, 1);
    lease->file = g_strdup(file);
    lease->fd = fd;
    lease->shared = shared;
    lease->holders = g_array_new(FALSE, FALSE, sizeof(DaemonClient *));
    g_array_append_val(lease->holders, d->client);
    g_hash_table_replace(leases, lease->file, lease);
    return 0;
}

/* One of CLIENT's holds of LEASE, if it has any; FALSE when it has none. */
static gboolean
let_go(Lease *lease, DaemonClient *client)
{
    for (guint i = 0; i < lease->holders->len; i++) {
        if (g_array_index(lease->holders, DaemonClient *, i) == client) {
            g_array_remove_index_fast(lease->holders, i);
            return TRUE;
        }
    }
    return FALSE;
}

static int
release_resource(VrDispatch *d)
{
    Owner *owner = owner_of(d);
    g_autofree char *file = owner ? in_resource(d) : NULL;
    if (!file)
        return -1;
    if (owner->restricted)
        return refuse_restricted();
    Lease *lease = g_hash_table_lookup(leases, file);
    if (!lease || !let_go(lease, d->client))
        return vr_error(VIR_FROM_LOCKSPACE, VIR_ERR_RESOURCE_BUSY, "Lockspace resource '%s' is not locked by this owner", file);
    if (lease->holders->len == 0)
        g_hash_table_remove(leases, file);
    return 0;
}

void
daemon_lock_client_gone(DaemonClient *client)
{
    setup();
    GHashTableIter iter;
    void *lease;
    g_hash_table_iter_init(&iter, leases);
    while (g_hash_table_iter_next(&iter, NULL, &lease)) {
        while (let_go(lease, client))
            vr_log(VR_LOG_WARN, "virtlockd", "a client left without releasing %s", ((Lease *)lease)->file);
        if (((Lease *)lease)->holders->len == 0)
            g_hash_table_iter_remove(&iter);
    }
    g_hash_table_remove(owners, client);
}

static void
note_lease(Handover *handover, const Lease *lease)
{
    g_autofree char *group = g_strdup_printf("lease %d", lease->fd);
    GKeyFile *notes = daemon_handover_notes(handover);
    g_autofree int *holders = g_new0(int, lease->holders->len + 1);
    for (guint i = 0; i < lease->holders->len; i++)
        holders[i] = g_array_index(lease->holders, DaemonClient *, i)->socket.fd;
    daemon_handover_fd(handover, group, "fd", lease->fd);
    g_key_file_set_string(notes, group, "file", lease->file);
    g_key_file_set_boolean(notes, group, "shared", lease->shared);
    g_key_file_set_integer_list(notes, group, "holders", holders, lease->holders->len);
}

void
daemon_lock_note(Handover *handover)
{
    GHashTableIter iter;
    void *key, *value;
    guint n = 0;
    setup();
    g_hash_table_iter_init(&iter, leases);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        note_lease(handover, value);
    GKeyFile *notes = daemon_handover_notes(handover);
    g_hash_table_iter_init(&iter, owners);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Owner *owner = value;
        g_autofree char *group = g_strdup_printf("owner %d", owner->client->socket.fd);
        g_key_file_set_integer(notes, group, "client", owner->client->socket.fd);
        g_key_file_set_boolean(notes, group, "restricted", owner->restricted);
        g_key_file_set_int64(notes, group, "pid", owner->pid);
    }
    g_hash_table_iter_init(&iter, lockspaces);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_autofree char *group = g_strdup_printf("lockspace %u", n++);
        g_key_file_set_string(notes, group, "path", key);
    }
}

static void
take_lease(GKeyFile *notes, const char *group)
{
    gsize n = 0;
    g_autofree int *holders = g_key_file_get_integer_list(notes, group, "holders", &n, NULL);
    Lease *lease = g_new0(Lease, 1);
    lease->file = g_key_file_get_string(notes, group, "file", NULL);
    lease->fd = g_key_file_get_integer(notes, group, "fd", NULL);
    lease->shared = g_key_file_get_boolean(notes, group, "shared", NULL);
    lease->holders = g_array_new(FALSE, FALSE, sizeof(DaemonClient *));
    fcntl(lease->fd, F_SETFD, FD_CLOEXEC);
    for (gsize i = 0; i < n; i++) {
        DaemonClient *client = daemon_handover_client(holders[i]);
        if (client)
            g_array_append_val(lease->holders, client);
    }
    g_hash_table_replace(leases, lease->file, lease);
}

void
daemon_lock_take(GKeyFile *notes, const char *group)
{
    setup();
    DaemonClient *client = daemon_handover_client(g_key_file_get_integer(notes, group, "client", NULL));
    char *path = g_key_file_get_string(notes, group, "path", NULL);
    if (g_key_file_has_key(notes, group, "file", NULL)) {
        take_lease(notes, group);
    } else if (path) {
        g_hash_table_add(lockspaces, path);
    } else if (client) {
        Owner *owner = g_new0(Owner, 1);
        owner->client = client;
        owner->restricted = g_key_file_get_boolean(notes, group, "restricted", NULL);
        owner->pid = g_key_file_get_int64(notes, group, "pid", NULL);
        g_hash_table_insert(owners, client, owner);
    }
}

VrDispatchFunc
daemon_lock_function(int proc)
{
    static const VrDispatchFunc functions[] = {
        [VR_LOCK_REGISTER] = reg,
        [VR_LOCK_RESTRICT] = restrict_client,
        [VR_LOCK_NEW] = new_lockspace,
        [VR_LOCK_CREATE_RESOURCE] = create_resource,
        [VR_LOCK_DELETE_RESOURCE] = delete_resource,
        [VR_LOCK_ACQUIRE_RESOURCE] = acquire_resource,
        [VR_LOCK_RELEASE_RESOURCE] = release_resource,
        [VR_LOCK_CREATE_LOCKSPACE] = new_lockspace,
    };
    return proc > 0 && (gsize)proc < G_N_ELEMENTS(functions) ? functions[proc] : NULL;
}
