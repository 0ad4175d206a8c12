/* The test driver's own parts: the node that a connection sees, and how its operations reach a guest.
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
#include "model/model.h"
#include "model/xml.h"
#include "store/guest.h"
#include "store/guest_query.h"
#include "store/table.h"

/* What a mock guest's clock shows, in seconds since 1970. */
#define TEST_GUEST_CLOCK 627319920

typedef struct {
    char *name;
    char *password; /* NULL: any */
} TestUser;

typedef struct {
    unsigned long long memory, free; /* KiB */
    unsigned page;                   /* size of its small pages, KiB */
    unsigned n_cpus, first_cpu, socket;
} TestCell;

/* One mock host.  What is not a table is set while it is loaded and then only read, next_id aside. */
typedef struct {
    gint refs;
    VrTable *domains, *networks, *pools, *interfaces, *nodedevs;
    VrEventHub *events;
    virNodeInfo info;
    TestCell *cells;
    unsigned n_cells;
    GPtrArray *users; /* TestUser */
    gint next_id;
    VrMutex lock;
    gint64 started;  /* monotonic, microseconds */
    VrMutex transaction_lock;
    GPtrArray *transaction; /* interfaces as they were when a change began; NULL while none runs */
} TestNode;

/* node.c */
TestNode *test_node_open_default(void);
TestNode *test_node_open_file(const char *path);
void test_node_close(TestNode *node);
TestNode *test_node_new(void);
void test_node_free(TestNode *node);

/* default_node.c */
extern const char test_default_node[];

/* nodexml.c */
int test_node_load(TestNode *node, const VrXmlNode *root, const char *folder);
/* The document in FILE, below FOLDER unless absolute; NULL with the error set. */
VrXmlTree *test_read_xml(const char *file, const char *folder);

/* The node that OBJECT, a connection or anything on one, belongs to. */
static inline TestNode *
test_node(const void *object)
{
    const VrHandle *handle = object;
    const struct _virConnect *conn = handle->magic == vr_kinds[VR_CONNECT].magic ? object : VR_OBJECT_CONN(object);
    return conn->data;
}

/* The test driver's part of a guest. */
typedef struct {
    bool frozen[2];   /* the two file systems that every guest seems to have */
    GArray *polling; /* TestPolling of each I/O thread that was added; NULL for none */
} TestGuest;

/* How an I/O thread waits for work. */
typedef struct {
    unsigned id;
    unsigned long long max_ns;
    unsigned grow, shrink;
} TestPolling;
extern const VrGuestKind test_guest_kind;

/* domain.c: how operations reach a guest. */

/* The current state of the guest that DOM names; NULL with the error set. */
VrGuestState *test_state(virDomainPtr dom);
/* The same, refused unless the guest runs. */
VrGuestState *test_active_state(virDomainPtr dom);

/* A change of one guest by one operation. */
typedef struct {
    TestNode *node;
    VrGuest *guest;
    VrGuestChange change;
    VrGuestState *next; /* = change.next */
} TestChange;

int test_change_begin(TestChange *c, virDomainPtr dom);
int test_change_begin_active(TestChange *c, virDomainPtr dom);
/* The same by the guest itself; takes GUEST's reference over. */
int test_change_begin_guest(TestChange *c, TestNode *node, VrGuest *guest);
void test_change_publish(TestChange *c);
void test_change_end(TestChange *c);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestChange, test_change_end)

/* What this driver says about definitions. */
const DomainDriver *test_domain_driver(void);
/* Parse a guest's definition the way this driver wants it. */
DomainDef *test_domain_parse(const char *xml, unsigned model_flags);
DomainDef *test_domain_parse_node(const VrXmlNode *xml);

/* domain_lifecycle.c: transitions inside a change; the caller publishes and emits. */
void test_domain_start(TestChange *c, int reason);
void test_domain_stop(TestChange *c, int reason);
/* Stop, publish and tell; a guest that ceases to exist leaves the table, and keeps its id in the event. */
void test_domain_stop_and_tell(TestChange *c, int reason, int detail);
/* After publishing: a guest that is gone leaves the table. */
void test_domain_leave(TestChange *c);
/* Put DEF (taken over) in the table as a new guest, or give it to the guest of the same identity.  LIVE: it is about
 * to be started, and must not run yet.  On success the change is begun. */
int test_domain_add(TestChange *c, TestNode *node, DomainDef *def, bool live, bool *ret_existed);

/* nodexml_domain.c */
int test_domain_load(TestNode *node, const VrXmlNode *xml, const char *folder);

void test_emit_lifecycle(const TestChange *c, int event, int detail);
void test_emit_lifecycle_id(const TestChange *c, int id, int event, int detail);
void test_emit(const TestChange *c, int id, const VrEventArgs *args);

/* Read one element of a node file; -1 with the error set. */
int test_network_load(TestNode *node, const VrXmlNode *xml, const char *folder);
int test_pool_load(TestNode *node, const VrXmlNode *xml, const char *folder);
int test_interface_load(TestNode *node, const VrXmlNode *xml, const char *folder);
int test_nodedev_load(TestNode *node, const VrXmlNode *xml, const char *folder);

extern const VrHypervisorOps test_hypervisor_ops;
extern const VrNetworkOps test_network_ops;
extern const VrStorageOps test_storage_ops;
extern const VrInterfaceOps test_interface_ops;
extern const VrNodedevOps test_nodedev_ops;
