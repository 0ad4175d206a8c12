/* Disks by descriptors: a client that may open what the daemon may not hands it over under a name, which the guest's definition
 * uses.  Kept for as long as the client's connection.
 */
#include "drivers/qemu/fdgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/ops.h"

#define MOST_FDS 64 /* of one group */

typedef struct {
    unsigned char uuid[VR_UUID_SIZE];
    char *name;
    const void *conn; /* not a reference: it says so before it goes */
    GArray *fds;
} Group;

static void
close_fd(void *fd)
{
    close(*(int *)fd);
}

static GArray *
fds_new(void)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(fds, close_fd);
    return fds;
}

static void
group_free(Group *group)
{
    g_free(group->name);
    g_array_unref(group->fds);
    g_free(group);
}

/* Copies of N descriptors; NULL with the error set. */
static GArray *
copies(const int *from, unsigned n)
{
    g_autoptr(GArray) fds = fds_new();
    for (unsigned i = 0; i < n; i++) {
        int fd = fcntl(from[i], F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            vr_error_system(VIR_FROM_QEMU, errno, "cannot keep descriptor %d", from[i]);
            return NULL;
        }
        g_array_append_val(fds, fd);
    }
    return g_steal_pointer(&fds);
}

/* Called with the lock held. */
static GSList *
find(const QemuDriver *driver, const unsigned char *uuid, const char *name)
{
    for (GSList *l = driver->fd_groups; l; l = l->next) {
        const Group *group = l->data;
        if (memcmp(group->uuid, uuid, VR_UUID_SIZE) == 0 && strcmp(group->name, name) == 0)
            return l;
    }
    return NULL;
}

GArray *
qemu_fd_group(QemuDriver *driver, const unsigned char *uuid, const char *name)
{
    VR_SCOPED_LOCK(&driver->fd_lock);
    const GSList *found = find(driver, uuid, name);
    const GArray *fds = found ? ((const Group *)found->data)->fds : NULL;
    return fds ? copies((const int *)(const void *)fds->data, fds->len) : NULL;
}

void
qemu_fd_groups_forget(QemuDriver *driver, virConnectPtr conn)
{
    VR_SCOPED_LOCK(&driver->fd_lock);
    for (GSList *l = driver->fd_groups, *next; l; l = next) {
        Group *group = l->data;
        next = l->next;
        if (conn && group->conn != conn)
            continue;
        driver->fd_groups = g_slist_delete_link(driver->fd_groups, l);
        group_free(group);
    }
}

int
qemu_domain_fd_associate(virDomainPtr dom, const char *name, unsigned int n, int *fds, unsigned int flags)
{
    QemuDriver *driver = qemu_driver(dom);
    if (vr_flags_check(flags, VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_RESTORE | VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_WRITABLE, VIR_FROM_QEMU) < 0)
        return -1;
    if (n == 0 || n > MOST_FDS)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "a group has 1 to %d file descriptors, not %u", MOST_FDS, n);
    g_autoptr(VrGuestState) state = qemu_state(dom);
    g_autoptr(GArray) kept = state ? copies(fds, n) : NULL;
    if (!kept)
        return -1;
    Group *group = g_new0(Group, 1);
    memcpy(group->uuid, dom->object.uuid, VR_UUID_SIZE);
    group->name = g_strdup(name);
    group->conn = VR_OBJECT_CONN(dom);
    group->fds = g_steal_pointer(&kept);
    VR_SCOPED_LOCK(&driver->fd_lock);
    GSList *before = find(driver, group->uuid, name);
    if (before) {
        group_free(before->data);
        driver->fd_groups = g_slist_delete_link(driver->fd_groups, before);
    }
    driver->fd_groups = g_slist_prepend(driver->fd_groups, group);
    return 0;
}
