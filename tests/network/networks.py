#!/usr/bin/env python3
"""The network driver in this process: definitions, files, bridges, the packet filter, dnsmasq, ports, taking over."""
import glob
import os
import signal
import threading
import time

from netlab import check, finish, libvirt, refused, root, sh, wait

URI = f'network:///embed?root={root}'
libvirt.virEventRegisterDefaultImpl()
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
events = []
conn = None


def reopen():
    """Another connection, when the instance is gone: as after the daemon's death."""
    global conn, registered
    if conn:
        conn.networkEventDeregisterAny(registered)
        time.sleep(0.1)  # the loop lets go of it
        if conn.close() != 0:
            raise RuntimeError('somebody keeps the connection')
    conn = libvirt.open(URI)
    registered = conn.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE,
                                              lambda c, n, event, detail, o: events.append((n.name(), event)), None)


reopen()
DEFINED, UNDEFINED, STARTED, STOPPED = range(4)


def conf(name, ending='conf'):
    with open(f'{root}/lib/dnsmasq/{name}.{ending}', encoding='utf-8') as f:
        return [line for line in f.read().split('\n') if line and not line.startswith('##')]


def state_files():
    return sorted(os.path.relpath(p, root) for p in glob.glob(f'{root}/run/network/**', recursive=True) +
                  glob.glob(f'{root}/lib/dnsmasq/*') if os.path.isfile(p) and not p.endswith('autostarted'))


# --- a network with translation, all it takes
NAT = """<network><name>default</name><forward mode='nat'/><ip address='192.168.122.1' netmask='255.255.255.0'>
<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>"""
net = conn.networkDefineXML(NAT)
check('a defined network has a bridge of its own', net.bridgeName() == 'virbr0' and not net.isActive() and net.isPersistent())
check('and a file', 'net-edit default' in open(f'{root}/etc/qemu/networks/default.xml', encoding='utf-8').read())
net.create()
check('it starts', net.isActive() == 1)
check('the bridge has the address', '192.168.122.1/24 brd 192.168.122.255' in sh('ip addr show dev virbr0'))
check('and no IPv6', open('/proc/sys/net/ipv6/conf/virbr0/disable_ipv6').read() == '1\n')
check('packets are let through', open('/proc/sys/net/ipv4/ip_forward').read() == '1\n')
check('dnsmasq is told as always', conf('default') == [
    'strict-order', f'pid-file={root}/run/network/default.pid', 'except-interface=lo', 'bind-dynamic', 'interface=virbr0',
    'dhcp-range=192.168.122.2,192.168.122.254,255.255.255.0', 'dhcp-no-override', 'dhcp-authoritative', 'dhcp-lease-max=253',
    f'dhcp-hostsfile={root}/lib/dnsmasq/default.hostsfile', f'addn-hosts={root}/lib/dnsmasq/default.addnhosts'],
      conf('default'))
rules = sh('nft list table ip libvirt_network')
check('the filter knows it', 'elements = { "virbr0" : jump in_virbr0 }' in rules and 'masquerade to :1024-65535' in rules, rules)
check('a running network shows its ports', "<port start='1024' end='65535'/>" in net.XMLDesc() and
      '<nat>' not in net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE))
refused('it does not start twice', 55, 'network is already active', net.create)
refused('another cannot have its bridge', 1, "bridge name 'virbr0' already in use", conn.networkDefineXML,
        "<network><name>other</name><bridge name='virbr0'/></network>")
refused('nor its addresses', 1, 'Network is already in use by interface virbr0', conn.networkCreateXML,
        "<network><name>other</name><ip address='192.168.122.77' prefix='24'/></network>")
check('what did not start left nothing', conn.listAllNetworks() and len(conn.listAllNetworks()) == 1 and
      'virbr1' not in sh('ip link') and 'virbr1' not in sh('nft list ruleset'))

# --- changes while it runs
LIVE, CONFIG = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE, libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG
pid = open(f'{root}/run/network/default.pid').read()
net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, -1,
           "<host mac='52:54:00:00:00:05' name='five' ip='192.168.122.5'/>", LIVE)
check('a fixed address is added live', conf('default', 'hostsfile') == ['52:54:00:00:00:05,192.168.122.5,five'] and
      'five' in net.XMLDesc() and 'five' not in net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE))
net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_DNS_HOST, -1,
           "<host ip='192.168.122.9'><hostname>nine</hostname></host>", LIVE | CONFIG)
check('a name, live and for the next start', conf('default', 'addnhosts') == ['192.168.122.9\tnine\t'] and
      'nine' in open(f'{root}/etc/qemu/networks/default.xml', encoding='utf-8').read())
check('by the same dnsmasq', open(f'{root}/run/network/default.pid').read() == pid)
net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE, libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE, -1,
           "<range start='192.168.122.2' end='192.168.122.254'/>", LIVE)
net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE, -1,
           "<range start='192.168.122.100' end='192.168.122.110'/>", LIVE)
check('another range by another dnsmasq', 'dhcp-range=192.168.122.100,192.168.122.110,255.255.255.0' in conf('default') and
      wait(lambda: os.path.exists(f'{root}/run/network/default.pid') and
           open(f'{root}/run/network/default.pid').read() not in ('', pid)))
refused('what cannot be changed is refused', 3, "can't update 'bridge' section of network 'default'", net.update,
        libvirt.VIR_NETWORK_UPDATE_COMMAND_MODIFY, libvirt.VIR_NETWORK_SECTION_BRIDGE, -1, '<bridge/>', LIVE)

# --- ports
OWNER = '<owner><name>vm</name><uuid>3ea5b4f5-8cfb-4bb1-9a6f-1d2f0d3bd1a1</uuid></owner>'


def port_xml(i, more=''):
    return (f'<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207{i}</uuid>{OWNER}'
            f"<mac address='52:54:00:7b:35:9{i}'/>{more}</networkport>")


port = net.portCreateXML(port_xml(1))
check('a port leads to the bridge', "<plug type='network' bridge='virbr0'/>" in port.XMLDesc(), port.XMLDesc())
check('is counted', "<network connections='1'>" in net.XMLDesc())
check('is on disk', len(glob.glob(f'{root}/run/network/default/ports/*.xml')) == 1 and
      '52:54:00:7b:35:91' in open(f'{root}/lib/dnsmasq/virbr0.macs', encoding='utf-8').read())
refused('is unique', 106, 'already exists', net.portCreateXML, port_xml(1))
refused('a guaranteed rate needs a limited network', 84, "Invalid use of 'floor'", net.portCreateXML,
        port_xml(2, "<bandwidth><inbound average='100' floor='50'/></bandwidth>"))
check('is found', net.portLookupByUUIDString(port.UUIDString()).UUIDString() == port.UUIDString() and len(net.listAllPorts()) == 1)

# --- the daemon dies: everything is found again
port_uuid = port.UUIDString()
sh('ip link add t0 type veth peer name t1; ip link set t0 master virbr0 up; ip link set t1 up')
del port, net
reopen()
net = conn.networkLookupByName('default')
check('taken over', net.isActive() == 1 and net.isPersistent() == 1 and 'five' in net.XMLDesc() and
      "<network connections='1'>" in net.XMLDesc(), net.XMLDesc())
check('with the ports', [p.UUIDString() for p in net.listAllPorts()] == [port_uuid])
net.portLookupByUUIDString(port_uuid).delete()
refused('a port that is gone', 107, 'does not exist', net.portLookupByUUIDString, port_uuid)
check('is gone everywhere', 'connections' not in net.XMLDesc() and not glob.glob(f'{root}/run/network/default/ports/*.xml'))
del net
sh('nft flush ruleset')
os.kill(int(open(f'{root}/run/network/default.pid').read()), signal.SIGKILL)
reopen()
net = conn.networkLookupByName('default')
check('rules that somebody flushed are back', 'virbr0' in sh('nft list ruleset'))
check('and dnsmasq', os.path.exists('/proc/' + open(f'{root}/run/network/default.pid').read().strip()))
net.destroy()
check('stopping leaves nothing', state_files() == [] and 'virbr0' not in sh('ip link') and
      'libvirt_network' not in sh('nft list ruleset'), (state_files(), sh('nft list ruleset')))
check('the stored definition is in force again', 'five' not in net.XMLDesc() and 'nine' in net.XMLDesc())
refused('stopping twice', 55, "network 'default' is not active", net.destroy)

# --- marked to start by itself
net.setAutostart(1)
check('a link says so', os.readlink(f'{root}/etc/qemu/networks/autostart/default.xml') == f'{root}/etc/qemu/networks/default.xml')
del net
reopen()
check('not twice since the host started', not conn.networkLookupByName('default').isActive())
os.unlink(f'{root}/run/network/autostarted')
reopen()
net = conn.networkLookupByName('default')
check('started by itself', net.isActive() == 1)

# --- a bridge that somebody removed
del net
sh('ip link del virbr0')
reopen()
net = conn.networkLookupByName('default')
check('a network whose bridge is gone has stopped', not net.isActive() and state_files() == [], state_files())
net.undefine()
refused('an undefined network', 43, 'no network with matching', conn.networkLookupByName, 'default')
check('has no files', not glob.glob(f'{root}/etc/qemu/networks/*.xml') and not glob.glob(f'{root}/etc/qemu/networks/autostart/*'))

# --- every part of dnsmasq's configuration
FULL = """<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>full</name>
<forward mode='nat'><nat ipv6='yes'><address start='203.0.113.1' end='203.0.113.9'/><port start='500' end='1000'/></nat></forward>
<bridge name='br-full' stp='off' delay='3'/><mtu size='1400'/><mac address='52:54:00:11:22:33'/><domain name='lab.example' localOnly='yes'/>
<dns forwardPlainNames='no'><forwarder addr='8.8.8.8'/><forwarder domain='a.b' addr='1.2.3.4'/><txt name='ex' value='val ue'/>
<srv service='sip' protocol='tcp' domain='d.e' target='.' port='5060' priority='3' weight='4'/>
<srv service='s3' protocol='tcp' domain='dd' target='t2' port='5' weight='7'/>
<host ip='192.168.123.2'><hostname>h1</hostname><hostname>h2</hostname></host></dns>
<ip address='192.168.123.1' netmask='255.255.255.0' localPtr='yes'><tftp root='/tmp'/><dhcp>
<range start='192.168.123.2' end='192.168.123.254'><lease expiry='5' unit='minutes'/></range>
<host mac='52:54:00:00:00:01' name='foo' ip='192.168.123.10'/><host mac='52:54:00:00:00:03' ip='192.168.123.11'><lease expiry='2' unit='hours'/></host>
<bootp file='pxe.img' server='10.0.0.1'/></dhcp></ip>
<ip family='ipv6' address='fd00:1::1' prefix='64'><dhcp><range start='fd00:1::100' end='fd00:1::1ff'/>
<host id='0:3:0:1:0:16:3e:11:22:33' name='p' ip='fd00:1::2'/></dhcp></ip>
<route address='192.168.222.0' prefix='24' gateway='192.168.123.2'/>
<dnsmasq:options><dnsmasq:option value='cache-size=7'/></dnsmasq:options></network>"""
net = conn.networkCreateXML(FULL)
lib = f'{root}/lib/dnsmasq'
check('all that a network may say', conf('full') == [
    'strict-order', 'domain-needed', 'local=//', 'server=8.8.8.8', 'server=/a.b/1.2.3.4', 'no-resolv', 'local=/lab.example/',
    'domain=lab.example', 'expand-hosts', 'local=/123.168.192.in-addr.arpa/', f'pid-file={root}/run/network/full.pid',
    'except-interface=lo', 'bind-dynamic', 'interface=br-full', 'txt-record=ex,val ue', 'srv-host=_sip._tcp.d.e',
    'srv-host=_s3._tcp.dd,t2,5,0,7', 'enable-tftp', 'tftp-root=/tmp', 'dhcp-range=192.168.123.2,192.168.123.254,255.255.255.0,5m',
    'dhcp-no-override', 'dhcp-authoritative', 'dhcp-boot=pxe.img,,10.0.0.1', 'dhcp-range=fd00:1::100,fd00:1::1ff,64',
    'dhcp-lease-max=509', f'dhcp-hostsfile={lib}/full.hostsfile', f'addn-hosts={lib}/full.addnhosts', 'dhcp-option=option:mtu,1400',
    'enable-ra', 'cache-size=7'], conf('full'))
check('its hosts', conf('full', 'hostsfile') == [
    '52:54:00:00:00:01,192.168.123.10,foo', '52:54:00:00:00:03,192.168.123.11,2h', 'id:0:3:0:1:0:16:3e:11:22:33,p,[fd00:1::2]'],
      conf('full', 'hostsfile'))
check('its names', conf('full', 'addnhosts') == ['192.168.123.2\th1\th2\t'])
link = sh('ip -d link show dev br-full')
check('its bridge', 'mtu 1400' in link and '52:54:00:11:22:33' in link and 'forward_delay 300' in link and 'stp_state 0' in link, link)
check('its IPv6', 'fd00:1::1/64' in sh('ip addr show dev br-full'))
check('its route', 'via 192.168.123.2' in sh('ip route show 192.168.222.0/24'))
rules = sh('nft list table ip libvirt_network')
check('its translation', 'snat to 203.0.113.1-203.0.113.9:500-1000' in rules, rules)
check('and that of IPv6', 'masquerade' in sh('nft list table ip6 libvirt_network'))
net.destroy()
check('a transient network is gone when it stops', conn.listAllNetworks() == [] and state_files() == [] and sh('nft list ruleset') == '')
refused('dnsmasq says what it does not know', 1, 'bad option', conn.networkCreateXML, FULL.replace('cache-size=7', 'foo=bar'))
check('and nothing is left of it', state_files() == [] and 'br-full' not in sh('ip link') and sh('nft list ruleset') == '')
refused('nobody slips lines into files', 27, 'control character', conn.networkCreateXML,
        FULL.replace('cache-size=7', 'cache-size=7&#10;addn-hosts=/etc/shadow'))
refused('nor into rules', 67, 'cannot be told about', conn.networkCreateXML,
        "<network><name>x</name><bridge name='a;b{'/></network>")

# --- other modes
for mode, words in (('route', ('counter packets 0 bytes 0 accept', 'reject')), ('open', ())):
    net = conn.networkCreateXML(f"<network><name>{mode}</name><forward mode='{mode}'/><ip address='10.9.0.1' prefix='24'/></network>")
    rules = sh('nft list ruleset')
    check(f'mode {mode}', all(w in rules for w in words) and (bool(rules) == bool(words)) and 'masquerade' not in rules, rules)
    net.destroy()
net = conn.networkCreateXML("<network><name>alone</name><ip address='10.8.0.1' prefix='24'/></network>")
rules = sh('nft list ruleset')
check('an isolated network', rules.count('reject') == 2 and '10.8.0' not in rules and
      conf('alone')[-4:-1] == ['dhcp-option=3', 'no-resolv', 'ra-param=*,0,0'], (rules, conf('alone')))
net.destroy()
sh('ip link add e0 type veth peer name e1; ip link add e2 type veth peer name e3')
net = conn.networkCreateXML("<network><name>given</name><forward mode='bridge'/><bridge name='some'/></network>")
check('a bridge of somebody else', "<plug type='bridge' bridge='some'/>" in net.portCreateXML(port_xml(1)).XMLDesc())
net.destroy()
net = conn.networkCreateXML("<network><name>pool</name><forward mode='passthrough'><interface dev='e0'/><interface dev='e2'/></forward></network>")
check('interfaces are handed out', "dev='e0' mode='passthrough'" in net.portCreateXML(port_xml(1)).XMLDesc() and
      "dev='e2' mode='passthrough'" in net.portCreateXML(port_xml(2)).XMLDesc() and net.XMLDesc().count("connections='1'/>") == 2)
refused('until there are none', 1, 'requires exclusive access to interfaces, but none are available', net.portCreateXML, port_xml(3))
net.destroy()
refused('a physical function without virtual ones', 1, 'No usable Vf', conn.networkCreateXML,
        "<network><name>vf</name><forward mode='hostdev'><pf dev='e0'/></forward></network>")
net = conn.networkCreateXML("""<network><name>groups</name><forward mode='bridge'/><bridge name='ovs'/><virtualport type='openvswitch'/>
<portgroup name='a' default='yes'><vlan><tag id='7'/></vlan></portgroup><portgroup name='b'><vlan><tag id='9'/></vlan></portgroup></network>""")
check('port groups', "<tag id='7'/>" in net.portCreateXML(port_xml(1)).XMLDesc() and
      "<tag id='9'/>" in net.portCreateXML(port_xml(2, '').replace('<mac', '<group>b</group><mac')).XMLDesc() and
      "type='openvswitch'" in net.portLookupByUUIDString(port_uuid).XMLDesc())
net.destroy()
wait(lambda: ('groups', STOPPED) in events, 2)
check('events in order', [e for e in events if e[0] == 'default'][:2] == [('default', DEFINED), ('default', STARTED)], events)
finish()
