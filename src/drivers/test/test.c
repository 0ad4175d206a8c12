/* The test driver: a host of mock objects inside the calling process.  The library loads it for test:// URIs. */
#include "drivers/test/test.h"

#include <string.h>

#include "drivers/test/node.h"

static int
test_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    conn->data = strcmp(uri->path, "/default") == 0 ? test_node_default() : test_node_from_file(uri->path);
    return conn->data ? 0 : -1;
}

static void
test_close(virConnectPtr conn)
{
    vr_event_forget(test_node(conn)->events, conn);
    test_node_unref(test_node(conn));
}

static const char *const schemes[] = {"test", NULL};

static const VrDriver driver = {
    .name = "test",
    .schemes = schemes,
    .open = test_open,
    .close = test_close,
    .network = &test_network_ops,
    .storage = &test_storage_ops,
    .interface = &test_interface_ops,
    .nodedev = &test_nodedev_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
