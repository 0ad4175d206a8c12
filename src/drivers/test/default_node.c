/* The host behind test:///default, in the same form as a node file.  Read by node.c when the first connection opens. */
#include "drivers/test/test.h"

#define FC_HOST(wwnn, wwpn, fabric)                                                                \
    "<capability type='fc_host'><wwnn>" wwnn "</wwnn><wwpn>" wwpn "</wwpn><fabric_wwn>" fabric     \
    "</fabric_wwn></capability>"
#define VPORT_OPS "<capability type='vport_ops'><max_vports>0</max_vports><vports>0</vports></capability>"
#define SCSI_HOST(name, parent, host, id, capabilities)                                            \
    "<device><name>" name "</name><parent>" parent "</parent><capability type='scsi_host'><host>"  \
    host "</host><unique_id>" id "</unique_id>" capabilities "</capability></device>"

const char test_default_node[] =
    "<node>"
    " <domain type='test'>"
    "  <name>test</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
    "  <memory>8388608</memory><currentMemory>2097152</currentMemory><vcpu>2</vcpu>"
    "  <os><type>hvm</type></os>"
    "  <devices>"
    "   <disk type='file'><source file='/guest/diskimage1'/><target dev='vda' bus='virtio'/>"
    "    <address type='pci' domain='0' bus='1' slot='0' function='0'/></disk>"
    "   <interface type='network'><mac address='aa:bb:cc:dd:ee:ff'/><source network='default'/>"
    "    <target dev='testnet0'/>"
    "    <address type='pci' domain='0' bus='0' slot='1' function='0'/></interface>"
    "   <memballoon model='virtio'>"
    "    <address type='pci' domain='0' bus='0' slot='2' function='0'/></memballoon>"
    "  </devices>"
    " </domain>"
    " <network>"
    "  <name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>"
    "  <forward mode='nat'/><bridge name='virbr0' stp='on' delay='0'/>"
    "  <ip address='192.168.122.1' netmask='255.255.255.0'>"
    "   <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>"
    " </network>"
    " <interface type='ethernet' name='eth1'>"
    "  <start mode='onboot'/><mac address='aa:bb:cc:dd:ee:ff'/><mtu size='1492'/>"
    "  <protocol family='ipv4'><ip address='192.168.0.5' prefix='24'/><route gateway='192.168.0.1'/></protocol>"
    " </interface>"
    " <pool type='dir'>"
    "  <name>default-pool</name><uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>"
    "  <target><path>/default-pool</path></target>"
    " </pool>"
    " <device><name>computer</name>"
    "  <capability type='system'>"
    "   <hardware><vendor>Libvirt</vendor><version>Test driver</version><serial>123456</serial>"
    "    <uuid>11111111-2222-3333-4444-555555555555</uuid></hardware>"
    "   <firmware><vendor>Libvirt</vendor><version>Test Driver</version><release_date>01/22/2007</release_date></firmware>"
    "  </capability>"
    " </device>"
    SCSI_HOST("scsi_host1", "computer", "1", "0", FC_HOST("2000000012341234", "1000000012341234", "2000000043214321") VPORT_OPS)
    SCSI_HOST("scsi_host2", "computer", "2", "1", FC_HOST("2000000056785678", "1000000056785678", "2000000087658765") VPORT_OPS)
    SCSI_HOST("scsi_host11", "scsi_host1", "11", "10", FC_HOST("2000000034563456", "1000000034563456", "2000000043214321"))
    "</node>";
