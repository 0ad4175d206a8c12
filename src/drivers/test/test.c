/* The driver itself: opening connections to a mock node, and the table of its operations. */
#include "drivers/test/test.h"

#include <string.h>

#include "base/auth.h"
#include "drivers/test/ops.h"

static int
authenticate(const TestNode *node, const VrUri *uri, virConnectAuthPtr auth)
{
    if (node->users->len == 0)
        return 0;
    g_autofree char *name = vr_auth_user_name(uri, auth, "test", "localhost");
    if (!name)
        return -1;
    const TestUser *found = NULL;
    for (guint i = 0; i < node->users->len && !found; i++) {
        const TestUser *user = node->users->pdata[i];
        if (strcmp(user->name, name) == 0)
            found = user;
    }
    /* An unknown user is asked for a password too, so that the answer tells nothing. */
    if (!found || found->password) {
        g_autofree char *password = vr_auth_password(uri, auth, "test", name, "localhost");
        if (!password)
            return -1;
        if (found && strcmp(found->password, password) == 0)
            return 0;
        return vr_error(VIR_FROM_TEST, VIR_ERR_AUTH_FAILED,
                        "authentication failed, see test XML for the correct username/password");
    }
    return 0;
}

static int
test_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    if (!*uri->path || strcmp(uri->path, "/") == 0)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "testOpen: supply a path or use test:///default");
    TestNode *node = strcmp(uri->path, "/default") == 0 ? test_node_open_default() : test_node_open_file(uri->path);
    if (!node)
        return -1;
    if (authenticate(node, uri, auth) < 0) {
        test_node_close(node);
        return -1;
    }
    conn->data = node;
    return 0;
}

static void
test_close(virConnectPtr conn)
{
    TestNode *node = conn->data;
    vr_event_forget(node->events, conn);
    test_node_close(node);
}

#define TEST_SLOT(slot, function) .slot = function,
const VrHypervisorOps test_hypervisor_ops = {TEST_OPS(TEST_SLOT)};

static const char *const schemes[] = {"test", NULL};

static const VrDriver driver = {
    .name = "test",
    .schemes = schemes,
    .error_domain = VIR_FROM_TEST,
    .open = test_open,
    .close = test_close,
    .hypervisor = &test_hypervisor_ops,
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
