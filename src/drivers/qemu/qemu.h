/* The QEMU driver's own parts: one instance per root folder, its guests, and how operations reach them.
 *
 * Included by this folder only.  Every operation may run on any thread.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/events.h"
#include "base/lock.h"
#include "drivers/qemu/caps.h"
#include "drivers/qemu/conf.h"
#include "model/domain.h"
#include "model/model.h"
#include "store/guest.h"
#include "store/guest_query.h"
#include "store/table.h"

/* Where this instance keeps its files.  Everything lies below one folder for qemu:///embed. */
typedef struct {
    char *config; /* definitions: /etc/libvirt/qemu */
    char *state;  /* what ends with the host: /run/libvirt/qemu */
    char *lib;    /* guests' folders, saved images: /var/lib/libvirt/qemu */
    char *cache;  /* probed capabilities: /var/cache/libvirt/qemu */
    char *log;    /* /var/log/libvirt/qemu */
} QemuPaths;

typedef struct {
    gint refs;
    char *root; /* of an embedded driver; NULL otherwise */
    bool privileged;
    QemuPaths paths;
    QemuConf *conf;
    VrTable *domains;
    VrEventHub *events;
    QemuCapsCache *caps;
    VrMutex ports_lock;
    VrBitmap *ports; /* of displays, taken by guests of ours */
    VrMutex fd_lock;
    GSList *fd_groups; /* see fdgroup.c */
    gint next_id;
    gint busy;   /* workers that use it without a connection */
    int lock_fd; /* keeps other processes away from the same files; -1: none */
} QemuDriver;

/* driver.c: the instance for ROOT (NULL: the host's), shared by every connection to it. */
QemuDriver *qemu_driver_open(const char *root, bool privileged);
void qemu_driver_close(QemuDriver *driver);

static inline QemuDriver *
qemu_driver(const void *object)
{
    const VrHandle *handle = object;
    const struct _virConnect *conn = handle->magic == vr_kinds[VR_CONNECT].magic ? object : VR_OBJECT_CONN(object);
    return conn->data;
}

extern const VrGuestKind qemu_guest_kind;

/* guest.c: how operations reach a guest. */
VrGuestState *qemu_state(virDomainPtr dom);
VrGuestState *qemu_active_state(virDomainPtr dom);

typedef struct {
    QemuDriver *driver;
    VrGuest *guest;
    VrGuestChange change;
    VrGuestState *next; /* = change.next */
} QemuChange;

/* Wait for the guest's turn: -1 with the error set when it does not come in time or the guest is gone. */
int qemu_change_begin(QemuChange *c, virDomainPtr dom);
/* The same without waiting for a long job. */
int qemu_change_begin_urgent(QemuChange *c, virDomainPtr dom);
int qemu_change_begin_guest(QemuChange *c, QemuDriver *driver, VrGuest *guest); /* takes the reference over */
/* Show the change to readers and note it for who takes over; NEXT may be changed on and published again. */
void qemu_change_publish(QemuChange *c);
/* Keep the stored definition on disk, then publish: 0, or -1 with nothing changed. */
int qemu_change_commit(QemuChange *c, bool config);
void qemu_change_end(QemuChange *c);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuChange, qemu_change_end)

/* parse.c: read a definition as this driver wants it.  MODEL_FLAGS may have QEMU_PARSE_STABLE: of a guest that has been. */
#define QEMU_PARSE_STABLE (1u << 31)
DomainDef *qemu_domain_parse(QemuDriver *driver, const char *xml, unsigned model_flags);

/* define.c: definitions kept on disk. */
/* Begin the change that gives a guest, new or known by its identity, the definition DEF (taken over).  LIVE: it is about
 * to be started with it, and must not run yet; its stored definition stays. */
int qemu_domain_add(QemuChange *c, QemuDriver *driver, DomainDef *def, bool live, bool *ret_existed);
int qemu_config_load_all(QemuDriver *driver);
int qemu_config_write(const QemuDriver *driver, VrGuestDef *def);
char *qemu_config_file(const QemuDriver *driver, const char *name);
/* Where the link of a guest that starts by itself lies; ONCE: one that does so only once. */
char *qemu_autostart_link(const QemuDriver *driver, const char *name, bool once);

/* events.c */
void qemu_emit_lifecycle(const QemuChange *c, int event, int detail);
void qemu_emit(const QemuChange *c, int id, const VrEventArgs *args);
