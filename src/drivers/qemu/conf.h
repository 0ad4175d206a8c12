/* qemu.conf: how the host's owner wants guests to run.
 *
 * Read when the driver opens, never changed after; any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Every key: its kind, and its value where the file says nothing. */
#define QEMU_CONF_KEYS(BOOL, INT, STRING, LIST)                                                    \
    STRING(default_tls_x509_cert_dir)                                                              \
    BOOL(default_tls_x509_verify, true)                                                            \
    STRING(default_tls_x509_secret_uuid)                                                           \
    STRING(vnc_listen)                                                                             \
    BOOL(vnc_auto_unix_socket, false)                                                              \
    BOOL(vnc_tls, false)                                                                           \
    STRING(vnc_tls_x509_cert_dir)                                                                  \
    STRING(vnc_tls_x509_secret_uuid)                                                               \
    BOOL(vnc_tls_x509_verify, -1)                                                                  \
    STRING(vnc_password)                                                                           \
    BOOL(vnc_sasl, false)                                                                          \
    STRING(vnc_sasl_dir)                                                                           \
    BOOL(vnc_allow_host_audio, false)                                                              \
    STRING(spice_listen)                                                                           \
    BOOL(spice_tls, false)                                                                         \
    STRING(spice_tls_x509_cert_dir)                                                                \
    BOOL(spice_auto_unix_socket, false)                                                            \
    STRING(spice_password)                                                                         \
    BOOL(spice_sasl, false)                                                                        \
    STRING(spice_sasl_dir)                                                                         \
    BOOL(chardev_tls, false)                                                                       \
    STRING(chardev_tls_x509_cert_dir)                                                              \
    BOOL(chardev_tls_x509_verify, -1)                                                              \
    STRING(chardev_tls_x509_secret_uuid)                                                           \
    STRING(migrate_tls_x509_cert_dir)                                                              \
    BOOL(migrate_tls_x509_verify, -1)                                                              \
    STRING(migrate_tls_x509_secret_uuid)                                                           \
    BOOL(migrate_tls_force, false)                                                                 \
    STRING(backup_tls_x509_cert_dir)                                                               \
    BOOL(backup_tls_x509_verify, -1)                                                               \
    STRING(backup_tls_x509_secret_uuid)                                                            \
    BOOL(vxhs_tls, false)                                                                          \
    STRING(vxhs_tls_x509_cert_dir)                                                                 \
    STRING(vxhs_tls_x509_secret_uuid)                                                              \
    BOOL(nbd_tls, false)                                                                           \
    STRING(nbd_tls_x509_cert_dir)                                                                  \
    STRING(nbd_tls_x509_secret_uuid)                                                               \
    BOOL(nographics_allow_host_audio, false)                                                       \
    INT(remote_display_port_min, 5900)                                                             \
    INT(remote_display_port_max, 65535)                                                            \
    INT(remote_websocket_port_min, 5700)                                                           \
    INT(remote_websocket_port_max, 65535)                                                          \
    LIST(security_driver)                                                                          \
    BOOL(security_default_confined, true)                                                          \
    BOOL(security_require_confined, false)                                                         \
    STRING(user)                                                                                   \
    STRING(group)                                                                                  \
    BOOL(dynamic_ownership, true)                                                                  \
    BOOL(remember_owner, true)                                                                     \
    LIST(cgroup_controllers)                                                                       \
    LIST(cgroup_device_acl)                                                                        \
    INT(seccomp_sandbox, -1)                                                                       \
    LIST(namespaces)                                                                               \
    STRING(save_image_format)                                                                      \
    STRING(dump_image_format)                                                                      \
    STRING(snapshot_image_format)                                                                  \
    STRING(auto_dump_path)                                                                         \
    BOOL(auto_dump_bypass_cache, false)                                                            \
    BOOL(auto_start_bypass_cache, false)                                                           \
    LIST(hugetlbfs_mount)                                                                          \
    STRING(bridge_helper)                                                                          \
    STRING(pr_helper)                                                                              \
    STRING(slirp_helper)                                                                           \
    STRING(dbus_daemon)                                                                            \
    BOOL(set_process_name, false)                                                                  \
    INT(max_processes, 0)                                                                          \
    INT(max_files, 0)                                                                              \
    INT(max_core, -2)                                                                              \
    BOOL(dump_guest_core, false)                                                                   \
    STRING(stdio_handler)                                                                          \
    INT(max_threads_per_process, 0)                                                                \
    STRING(sched_core)                                                                             \
    BOOL(mac_filter, false)                                                                        \
    BOOL(relaxed_acs_check, false)                                                                 \
    BOOL(allow_disk_format_probing, false)                                                         \
    STRING(lock_manager)                                                                           \
    INT(max_queued, 0)                                                                             \
    INT(keepalive_interval, 5)                                                                     \
    INT(keepalive_count, 5)                                                                        \
    STRING(migration_address)                                                                      \
    INT(migration_port_min, 49152)                                                                 \
    INT(migration_port_max, 49215)                                                                 \
    STRING(migration_host)                                                                         \
    BOOL(log_timestamp, true)                                                                      \
    LIST(nvram)                                                                                    \
    INT(gluster_debug_level, 4)                                                                    \
    BOOL(virtiofsd_debug, false)                                                                   \
    STRING(deprecation_behavior)                                                                   \
    STRING(memory_backing_dir)                                                                     \
    STRING(swtpm_user)                                                                             \
    STRING(swtpm_group)                                                                            \
    BOOL(clear_emulator_capabilities, true)                                                        \
    LIST(capability_filters)

typedef struct {
#define FIELD_NUMBER(name, value) long long name;
#define FIELD_STRING(name) char *name;
#define FIELD_LIST(name) char **name; /* NULL: not given */
    QEMU_CONF_KEYS(FIELD_NUMBER, FIELD_NUMBER, FIELD_STRING, FIELD_LIST)
#undef FIELD_NUMBER
#undef FIELD_STRING
#undef FIELD_LIST
    /* what follows from them */
    uid_t uid; /* emulators' */
    gid_t gid;
    uid_t swtpm_uid;
    gid_t swtpm_gid;
    bool mount_namespace; /* each guest has a /dev of its own */
    unsigned controllers; /* VrCgroupController's bits; 0: all */
} QemuConf;

/* PATH need not exist.  NULL with the error set when the file says what cannot be. */
QemuConf *qemu_conf_read(const char *path, bool privileged);
void qemu_conf_free(QemuConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuConf, qemu_conf_free)

/* Where the certificates of KIND ("vnc") lie: SPECIFIC when given, else the host's for it, else those for all. */
char *qemu_conf_tls_dir(const QemuConf *conf, const char *kind, const char *specific);
