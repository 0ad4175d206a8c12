/* The test driver's node: the objects of one test:// host, shared by the connections to it. */
#pragma once

#include <libvirt/libvirt.h>

#include "base/connect.h"
#include "base/events.h"
#include "model/model.h"
#include "store/table.h"

typedef struct {
    gint refs;
    VrTable *networks, *pools, *interfaces, *nodedevs;
    VrEventHub *events;
    GMutex transaction_lock;
    GPtrArray *transaction; /* interfaces as they were when a change began; NULL while none runs */
} TestNode;

static inline TestNode *
test_node(virConnectPtr conn)
{
    return conn->data;
}

/* Read one element of a node file; -1 with the error set. */
int test_network_load(TestNode *node, const VrXmlNode *xml);
int test_pool_load(TestNode *node, const VrXmlNode *xml);
int test_interface_load(TestNode *node, const VrXmlNode *xml);
int test_nodedev_load(TestNode *node, const VrXmlNode *xml);

extern const VrNetworkOps test_network_ops;
extern const VrStorageOps test_storage_ops;
extern const VrInterfaceOps test_interface_ops;
extern const VrNodedevOps test_nodedev_ops;
