/* The mock host: one shared by all of test:///default's connections, one for each connection to a file. */
#include "drivers/test/test.h"

#include <string.h>

static VrMutex default_lock = VR_MUTEX_INIT;
static TestNode *default_node;

static void
user_free(void *data)
{
    TestUser *user = data;
    g_free(user->name);
    g_free(user->password);
    g_free(user);
}

TestNode *
test_node_new(void)
{
    TestNode *node = g_new0(TestNode, 1);
    node->refs = 1;
    node->domains = vr_table_new();
    node->networks = vr_table_new();
    node->pools = vr_table_new();
    node->interfaces = vr_table_new();
    node->nodedevs = vr_table_new();
    node->events = vr_event_hub_new();
    node->users = g_ptr_array_new_with_free_func(user_free);
    node->next_id = 1;
    node->started = g_get_monotonic_time();
    vr_mutex_init(&node->lock);
    vr_mutex_init(&node->transaction_lock);
    node->info = (virNodeInfo){.model = "i686", .memory = 3 * 1024 * 1024, .cpus = 16, .mhz = 1400,
                               .nodes = 2, .sockets = 2, .cores = 2, .threads = 2};
    return node;
}

void
test_node_free(TestNode *node)
{
    vr_table_free(node->domains);
    vr_table_free(node->networks);
    vr_table_free(node->pools);
    vr_table_free(node->interfaces);
    vr_table_free(node->nodedevs);
    vr_event_hub_unref(node->events);
    g_ptr_array_unref(node->users);
    g_free(node->cells);
    g_clear_pointer(&node->transaction, g_ptr_array_unref);
    vr_mutex_clear(&node->transaction_lock);
    vr_mutex_clear(&node->lock);
    g_free(node);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestNode, test_node_free)

/* Two cells of eight processors; the second has more memory and larger small pages. */
static void
add_default_cells(TestNode *node)
{
    node->n_cells = 2;
    node->cells = g_new0(TestCell, node->n_cells);
    for (unsigned i = 0; i < node->n_cells; i++) {
        node->cells[i] = (TestCell){.memory = (2ull + 2 * i) * 1024 * 1024, .free = (1ull + i) * 1024 * 1024, .page = 4 << i,
                                    .n_cpus = 8, .first_cpu = 8 * i, .socket = i};
    }
}

static TestNode *
make_default(void)
{
    g_autoptr(TestNode) node = test_node_new();
    add_default_cells(node);
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_TEST, test_default_node, "(test_node)");
    if (!tree || test_node_load(node, vr_xml_root(tree), NULL) < 0)
        return NULL;
    return g_steal_pointer(&node);
}

TestNode *
test_node_open_default(void)
{
    VR_SCOPED_LOCK(&default_lock);
    if (default_node)
        default_node->refs++;
    else
        default_node = make_default();
    return default_node;
}

TestNode *
test_node_open_file(const char *path)
{
    g_autoptr(VrXmlTree) tree = test_read_xml(path, NULL);
    if (!tree)
        return NULL;
    const VrXmlNode *root = vr_xml_root(tree);
    if (strcmp(root->name, "node") != 0)
        return vr_error_null(VIR_FROM_XML, VIR_ERR_XML_ERROR, "expecting root element of 'node', not '%s'",
                             root->name);
    g_autoptr(TestNode) node = test_node_new();
    g_autofree char *folder = g_path_get_dirname(path);
    if (test_node_load(node, root, folder) < 0)
        return NULL;
    return g_steal_pointer(&node);
}

void
test_node_close(TestNode *node)
{
    VR_SCOPED_LOCK(&default_lock);
    if (--node->refs > 0)
        return;
    if (node == default_node)
        default_node = NULL;
    test_node_free(node);
}
