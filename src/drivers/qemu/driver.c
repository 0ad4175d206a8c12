/* The driver's instances: paths, tables, and sharing one among the connections to it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/fdgroup.h"
#include "drivers/qemu/run.h"

static VrMutex lock = VR_MUTEX_INIT;
static GPtrArray *instances; /* QemuDriver */

static void
paths_init(QemuPaths *paths, const char *root, bool privileged)
{
    if (root) {
        paths->config = g_build_filename(root, "etc", "qemu", NULL);
        paths->state = g_build_filename(root, "run", "qemu", NULL);
        paths->lib = g_build_filename(root, "lib", "qemu", NULL);
        paths->cache = g_build_filename(root, "cache", "qemu", NULL);
        paths->log = g_build_filename(root, "log", "qemu", NULL);
    } else if (privileged) {
        paths->config = g_strdup(VIREO_SYSCONFDIR "/libvirt/qemu");
        paths->state = g_strdup("/run/libvirt/qemu");
        paths->lib = g_strdup("/var/lib/libvirt/qemu");
        paths->cache = g_strdup("/var/cache/libvirt/qemu");
        paths->log = g_strdup("/var/log/libvirt/qemu");
    } else {
        paths->config = g_build_filename(g_get_user_config_dir(), "libvirt", "qemu", NULL);
        paths->state = g_build_filename(g_get_user_runtime_dir(), "libvirt", "qemu", "run", NULL);
        paths->lib = g_build_filename(g_get_user_config_dir(), "libvirt", "qemu", "lib", NULL);
        paths->cache = g_build_filename(g_get_user_cache_dir(), "libvirt", "qemu", NULL);
        paths->log = g_build_filename(g_get_user_cache_dir(), "libvirt", "qemu", "log", NULL);
    }
}

static void
driver_free(QemuDriver *driver)
{
    if (!driver)
        return;
    g_free(driver->root);
    g_free(driver->paths.config);
    g_free(driver->paths.state);
    g_free(driver->paths.lib);
    g_free(driver->paths.cache);
    g_free(driver->paths.log);
    g_clear_pointer(&driver->domains, vr_table_free);
    g_clear_pointer(&driver->events, vr_event_hub_unref);
    qemu_fd_groups_forget(driver, NULL);
    vr_mutex_clear(&driver->fd_lock);
    qemu_caps_cache_free(driver->caps);
    qemu_conf_free(driver->conf);
    vr_bitmap_free(driver->ports);
    vr_mutex_clear(&driver->ports_lock);
    if (driver->lock_fd >= 0)
        close(driver->lock_fd);
    g_free(driver);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuDriver, driver_free)

/* The same files are never two processes' at once: the second is told which has them. */
static int
lock_files(QemuDriver *driver)
{
    g_autofree char *path = g_build_filename(driver->paths.state, "driver.pid", NULL);
    if (g_mkdir_with_parents(driver->paths.state, 0755) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to create state dir %s", driver->paths.state);
    driver->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (driver->lock_fd < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to open pid file '%s'", path);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(driver->lock_fd, F_SETLK, &whole) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to acquire pid file '%s'", path);
    char text[32];
    int n = g_snprintf(text, sizeof(text), "%ld", (long)getpid());
    if (ftruncate(driver->lock_fd, 0) < 0 || write(driver->lock_fd, text, (size_t)n) != n)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to write to pid file '%s'", path);
    return 0;
}

static QemuDriver *
driver_new(const char *root, bool privileged)
{
    g_autoptr(QemuDriver) driver = g_new0(QemuDriver, 1);
    driver->refs = 1;
    driver->next_id = 1;
    driver->ports = vr_bitmap_new(65535);
    vr_mutex_init(&driver->ports_lock);
    driver->root = g_strdup(root);
    driver->privileged = privileged;
    paths_init(&driver->paths, root, privileged);
    driver->domains = vr_table_new();
    driver->events = vr_event_hub_new();
    driver->caps = qemu_caps_cache_new(driver->paths.cache);
    vr_mutex_init(&driver->fd_lock);
    driver->lock_fd = -1;
    g_autofree char *conf = g_strconcat(driver->paths.config, ".conf", NULL);
    driver->conf = qemu_conf_read(conf, privileged);
    if (!driver->conf || lock_files(driver) < 0 || qemu_config_load_all(driver) < 0)
        return NULL;
    qemu_take_over(driver);
    qemu_autostart_all(driver);
    return g_steal_pointer(&driver);
}

QemuDriver *
qemu_driver_open(const char *root, bool privileged)
{
    QemuDriver *driver = NULL;
    vr_mutex_lock(&lock);
    if (!instances)
        instances = g_ptr_array_new();
    for (guint i = 0; i < instances->len && !driver; i++) {
        QemuDriver *other = instances->pdata[i];
        if (g_strcmp0(other->root, root) == 0 && other->privileged == privileged)
            driver = other;
    }
    if (driver) {
        driver->refs++;
    } else if ((driver = driver_new(root, privileged))) {
        g_ptr_array_add(instances, driver);
    }
    vr_mutex_unlock(&lock);
    return driver;
}

void
qemu_driver_close(QemuDriver *driver)
{
    vr_mutex_lock(&lock);
    /* a driver with guests that run is needed for as long as the process lives */
    bool last = --driver->refs == 0 && !vr_guests_count(driver->domains, true) && !g_atomic_int_get(&driver->busy);
    if (last)
        g_ptr_array_remove_fast(instances, driver);
    vr_mutex_unlock(&lock);
    if (last)
        driver_free(driver);
}
