/* The node behind test:///default and test:///FILE: made on opening, gone with its last connection. */
#include "drivers/test/node.h"

#include <string.h>

#include "base/error.h"

static const char default_node[] =
    "<node>"
    "<network><name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid><forward mode='nat'/>"
    "<bridge name='virbr0' stp='on' delay='0'/><ip address='192.168.122.1' netmask='255.255.255.0'><dhcp>"
    "<range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>"
    "<interface type='ethernet' name='eth1'><start mode='onboot'/><mac address='aa:bb:cc:dd:ee:ff'/><mtu size='1492'/>"
    "<protocol family='ipv4'><ip address='192.168.0.5' prefix='24'/><route gateway='192.168.0.1'/></protocol></interface>"
    "<pool type='dir'><name>default-pool</name><uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>"
    "<target><path>/default-pool</path></target></pool>"
    "<device><name>computer</name><capability type='system'><hardware><vendor>Libvirt</vendor><version>Test driver</version>"
    "<serial>123456</serial><uuid>11111111-2222-3333-4444-555555555555</uuid></hardware><firmware><vendor>Libvirt</vendor>"
    "<version>Test Driver</version><release_date>01/22/2007</release_date></firmware></capability></device>"
    "<device><name>scsi_host1</name><parent>computer</parent><capability type='scsi_host'><host>1</host>"
    "<unique_id>0</unique_id><capability type='fc_host'><wwnn>2000000012341234</wwnn><wwpn>1000000012341234</wwpn>"
    "<fabric_wwn>2000000043214321</fabric_wwn></capability><capability type='vport_ops'><max_vports>0</max_vports>"
    "<vports>0</vports></capability></capability></device>"
    "<device><name>scsi_host2</name><parent>computer</parent><capability type='scsi_host'><host>2</host>"
    "<unique_id>1</unique_id><capability type='fc_host'><wwnn>2000000056785678</wwnn><wwpn>1000000056785678</wwpn>"
    "<fabric_wwn>2000000087658765</fabric_wwn></capability><capability type='vport_ops'><max_vports>0</max_vports>"
    "<vports>0</vports></capability></capability></device>"
    "<device><name>scsi_host11</name><parent>scsi_host1</parent><capability type='scsi_host'><host>11</host>"
    "<unique_id>10</unique_id><capability type='fc_host'><wwnn>2000000034563456</wwnn><wwpn>1000000034563456</wwpn>"
    "<fabric_wwn>2000000043214321</fabric_wwn></capability></capability></device>"
    "</node>";

static const struct {
    const char *element;
    int (*load)(TestNode *node, const VrXmlNode *xml);
} loaders[] = {
    {"network", test_network_load},
    {"interface", test_interface_load},
    {"pool", test_pool_load},
    {"device", test_nodedev_load},
};

static GMutex lock;
static TestNode *default_shared;

static int
load(TestNode *node, const VrXmlNode *root)
{
    for (gsize i = 0; i < G_N_ELEMENTS(loaders); i++) {
        const VrXmlNode *xml = vr_xml_child(root, loaders[i].element);
        for (; xml; xml = vr_xml_next(xml, loaders[i].element)) {
            const char *file = vr_xml_attr(xml, "file");
            g_autoptr(VrXmlTree) tree = file ? vr_xml_parse_file(file) : NULL;
            if ((file && !tree) || loaders[i].load(node, tree ? vr_xml_root(tree) : xml) < 0)
                return -1;
        }
    }
    return 0;
}

static TestNode *
node_new(VrXmlTree *tree)
{
    if (!tree)
        return NULL;
    TestNode *node = g_new0(TestNode, 1);
    node->refs = 1;
    node->networks = vr_table_new();
    node->pools = vr_table_new();
    node->interfaces = vr_table_new();
    node->nodedevs = vr_table_new();
    node->events = vr_event_hub_new();
    g_mutex_init(&node->transaction_lock);
    if (load(node, vr_xml_root(tree)) == 0)
        return node;
    test_node_unref(node);
    return NULL;
}

TestNode *
test_node_default(void)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
    if (default_shared) {
        default_shared->refs++;
        return default_shared;
    }
    g_autoptr(VrXmlTree) tree = vr_xml_parse(default_node, "test:///default");
    return default_shared = node_new(tree);
}

TestNode *
test_node_from_file(const char *path)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse_file(path);
    return node_new(tree);
}

void
test_node_unref(TestNode *node)
{
    g_mutex_lock(&lock);
    bool last = --node->refs == 0;
    if (last && node == default_shared)
        default_shared = NULL;
    g_mutex_unlock(&lock);
    if (!last)
        return;
    vr_table_free(node->networks);
    vr_table_free(node->pools);
    vr_table_free(node->interfaces);
    vr_table_free(node->nodedevs);
    vr_event_hub_unref(node->events);
    if (node->transaction)
        g_ptr_array_unref(node->transaction);
    g_mutex_clear(&node->transaction_lock);
    g_free(node);
}
