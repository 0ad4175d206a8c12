/* Reading a node file: processors, memory, users, and the objects that the host begins with.
 *
 * Called once per node while no other thread knows it.
 */
#include "drivers/test/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number inside element NAME below PARENT: 0 and *RET untouched when it is absent. */
static int
read_number(const VrXmlNode *parent, const char *name, const char *what, unsigned long max, unsigned long *ret)
{
    const VrXmlNode *node = parent ? vr_xml_child(parent, name) : NULL;
    const char *text = node ? vr_xml_text(node) : NULL;
    if (!text)
        return 0;
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || strchr(text, '-') || value > max)
        return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "invalid node %s value", what);
    *ret = value;
    return 0;
}

static int
load_hardware(TestNode *node, const VrXmlNode *root)
{
    const VrXmlNode *cpu = vr_xml_child(root, "cpu");
    virNodeInfo *info = &node->info;
    unsigned long nodes = info->nodes, sockets = info->sockets, cores = info->cores, threads = info->threads;
    unsigned long active, mhz = info->mhz, memory = info->memory;
    if (read_number(cpu, "nodes", "cpu nodes", INT_MAX, &nodes) < 0 ||
        read_number(cpu, "sockets", "cpu sockets", INT_MAX, &sockets) < 0 ||
        read_number(cpu, "cores", "cpu cores", INT_MAX, &cores) < 0 ||
        read_number(cpu, "threads", "cpu threads", INT_MAX, &threads) < 0)
        return -1;
    unsigned long total = nodes * sockets * cores * threads;
    active = total;
    if (read_number(cpu, "active", "cpu active", INT_MAX, &active) < 0 ||
        read_number(cpu, "mhz", "cpu mhz", INT_MAX, &mhz) < 0 ||
        read_number(root, "memory", "memory", ULONG_MAX, &memory) < 0)
        return -1;
    info->nodes = (unsigned)nodes;
    info->sockets = (unsigned)sockets;
    info->cores = (unsigned)cores;
    info->threads = (unsigned)threads;
    info->cpus = (unsigned)MIN(active, total);
    info->mhz = (unsigned)mhz;
    info->memory = memory;
    const VrXmlNode *model = cpu ? vr_xml_child(cpu, "model") : NULL;
    const char *text = model ? vr_xml_text(model) : NULL;
    if (text && g_strlcpy(info->model, text, sizeof(info->model)) >= sizeof(info->model))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "Model %s too big for destination", text);
    return 0;
}

static int
load_users(TestNode *node, const VrXmlNode *root)
{
    const VrXmlNode *auth = vr_xml_child(root, "auth");
    const VrXmlNode *xml = auth ? vr_xml_child(auth, "user") : NULL;
    for (; xml; xml = vr_xml_next(xml, "user")) {
        const char *name = vr_xml_text(xml);
        if (!name)
            return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "missing username in /node/auth/user field");
        TestUser *user = g_new0(TestUser, 1);
        user->name = g_strdup(name);
        user->password = g_strdup(vr_xml_attr(xml, "password"));
        g_ptr_array_add(node->users, user);
    }
    return 0;
}

VrXmlTree *
test_read_xml(const char *file, const char *folder)
{
    g_autofree char *path = g_path_is_absolute(file) || !folder ? g_strdup(file)
                                                                : g_build_filename(folder, file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR) || g_file_test(path, G_FILE_TEST_IS_DIR))
            return vr_error_null(VIR_FROM_TEST, VIR_ERR_XML_DETAIL, "%s: is a folder, not an XML document", path);
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "failed to parse xml document '%s'", path);
    }
    const char *shown = path[0] == '/' && path[1] == '/' ? path + 1 : path;
    return vr_xml_parse(VIR_FROM_TEST, text, shown);
}

/* What a node is made of, in the order in which it is loaded; an object may name further files, below FOLDER. */
static const struct {
    const char *element;
    int (*load)(TestNode *node, const VrXmlNode *xml, const char *folder);
} kinds[] = {
    {"domain", test_domain_load},
    {"network", test_network_load},
    {"interface", test_interface_load},
    {"pool", test_pool_load},
    {"device", test_nodedev_load},
};

/* An object stands in the node file, or in a file of its own that attribute "file" names. */
static int
load_object(TestNode *node, const VrXmlNode *xml, gsize kind, const char *folder)
{
    const char *file = vr_xml_attr(xml, "file");
    if (!file)
        return kinds[kind].load(node, xml, folder);
    g_autoptr(VrXmlTree) tree = test_read_xml(file, folder);
    return tree ? kinds[kind].load(node, vr_xml_root(tree), folder) : -1;
}

int
test_node_load(TestNode *node, const VrXmlNode *root, const char *folder)
{
    if (load_hardware(node, root) < 0)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        for (const VrXmlNode *xml = vr_xml_child(root, kinds[i].element); xml;
             xml = vr_xml_next(xml, kinds[i].element)) {
            if (load_object(node, xml, i, folder) < 0)
                return -1;
        }
    }
    return load_users(node, root);
}
