#!/usr/bin/env python3
"""Network filters: defined, bound to ports, and what becomes of packets, sent and counted in namespaces."""
import glob
import json
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'network'))
from netlab import check, finish, libvirt, refused, root, sh, wait  # noqa: E402

libvirt.virEventRegisterDefaultImpl()
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
URI = f'nwfilter:///embed?root={root}'
FOLDER = f'{root}/etc/nwfilter'
os.makedirs(FOLDER)
for f in glob.glob(os.path.join(os.environ['VIREO_SOURCE'], 'stock', 'nwfilter', '*.xml')):
    sh(f'cp {f} {FOLDER}')
conn = libvirt.open(URI)
MAC = '52:54:00:00:00:01'


def filter_xml(name, rules, chain='root', uuid=''):
    return f"<filter name='{name}' chain='{chain}'>{f'<uuid>{uuid}</uuid>' if uuid else ''}{rules}</filter>"


def bind(port, name, parameters='', mac=MAC):
    return conn.nwfilterBindingCreateXML(
        f"<filterbinding><owner><name>g</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner><portdev name='{port}'/>"
        f"<mac address='{mac}'/><filterref filter='{name}'>{parameters}</filterref></filterbinding>", 0)


def parameter(name, value):
    return f"<parameter name='{name}' value='{value}'/>"


def rules():
    return sh('nft list table bridge vireo_nwfilter', check=False)


# --- filters
stock = sorted(conn.listNWFilters())
check('the stock filters', len(stock) == 24 and 'clean-traffic' in stock, stock)
check('each with an identity from now on', all('<uuid>' in open(f).read() for f in glob.glob(f'{FOLDER}/*.xml')))
first = conn.nwfilterDefineXML(filter_xml('a', "<rule action='drop' direction='out'><tcp dstportstart='22'/></rule>"))
check('a definition is kept', "<filter name='a' chain='root'>" in open(f'{FOLDER}/a.xml').read())
refused('another identity', 9, "filter 'a' already exists with uuid", conn.nwfilterDefineXML, filter_xml('a', '', uuid='11111111-1111-1111-1111-111111111111'))
refused('another name', 9, "same UUID but different name ('a')", conn.nwfilterDefineXML, filter_xml('b', '', uuid=first.UUIDString()))
refused('a filter that takes itself in', 9, 'would introduce a loop', conn.nwfilterDefineXML, filter_xml('l', "<filterref filter='l'/>"))
conn.nwfilterDefineXML(filter_xml('l1', "<filterref filter='l2'/>"))
refused('by way of another', 9, 'would introduce a loop', conn.nwfilterDefineXML, filter_xml('l2', "<filterref filter='l1'/>"))
refused("a name with '/'", 27, "cannot contain '/'", conn.nwfilterDefineXML, filter_xml('../x', ''))
refused('no such filter', 62, "no nwfilter with matching name 'zz'", conn.nwfilterLookupByName, 'zz')

# --- two guests on a bridge: each a namespace
sh('ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.254/24 dev br0')
for i in (1, 2):
    sh(f'ip netns add g{i}; ip link add tap{i} type veth peer name eth0 netns g{i}; ip link set tap{i} master br0 up; '
       f'ip -n g{i} link set eth0 address 52:54:00:00:00:0{i} up; ip -n g{i} link set lo up; ip -n g{i} addr add 10.0.0.{i}/24 dev eth0; '
       f'ethtool -K tap{i} tx off rx off 2>/dev/null; ip netns exec g{i} ethtool -K eth0 tx off rx off 2>/dev/null; true')


def ping(source, target, count=1):
    return f'{count} received' in sh(f'ip netns exec g{source} ping -c {count} -i 0.2 -W 1 {target}', check=False)


SERVER = "import socket,sys\ns=socket.socket();s.setsockopt(1,2,1);s.bind(('',int(sys.argv[1])));s.listen(5)\nprint('up',flush=True)\nwhile 1:\n c,_=s.accept();c.send(b'hi');c.close()\n"
CLIENT = "import socket,sys\ns=socket.socket();s.settimeout(1)\ntry:\n s.connect((sys.argv[1],int(sys.argv[2])));print(s.recv(2).decode())\nexcept OSError as e: print('no',e)\n"
for name, text in (('server', SERVER), ('client', CLIENT)):
    open(f'{root}/{name}.py', 'w').write(text)
import subprocess  # noqa: E402
from netlab import clean  # noqa: E402
servers = [subprocess.Popen(['ip', 'netns', 'exec', 'g2', 'python3', f'{root}/server.py', str(port)], env=clean, stdout=subprocess.PIPE) for port in (22, 80)]
for s in servers:
    s.stdout.readline()


def tcp(port):
    return sh(f'ip netns exec g1 python3 {root}/client.py 10.0.0.2 {port}').strip() == 'hi'


try:
    check('unfiltered they talk', ping(1, '10.0.0.2') and tcp(22) and tcp(80))
    binding = bind('tap1', 'a')
    check('the binding is shown with what it stands for', parameter('MAC', MAC).replace('/>', '') in binding.XMLDesc(0), binding.XMLDesc(0))
    check('and kept', '<filterbindingstatus>' in open(f'{root}/run/nwfilter-binding/tap1.xml').read())
    check('a port that is closed is closed, no other', not tcp(22) and tcp(80) and ping(1, '10.0.0.2'), rules())
    counted = [line for line in rules().splitlines() if 'drop' in line and 'packets 0' not in line]
    check('its packets are counted', len(counted) == 1, rules())
    refused('a second filter on a port', 9, "binding 'tap1' already exists", bind, 'tap1', 'a')
    refused('a filter in use is not undefined', 55, 'nwfilter is in use', first.undefine)
    refused('nor one that is not there bound', 1, "referenced filter 'zz' is missing", bind, 'tap2', 'zz')
    check('bindings are listed', [(b.portDev(), b.filterName()) for b in conn.listAllNWFilterBindings(0)] == [('tap1', 'a')])

    conn.nwfilterDefineXML(filter_xml('a', "<rule action='drop' direction='out'><tcp dstportstart='80'/></rule>", uuid=first.UUIDString()))
    check('a filter that changes changes at once', tcp(22) and not tcp(80), rules())
    refused('a change that its user cannot have', 1, 'unresolvable variables or unavailable list elements: NOBODY', conn.nwfilterDefineXML,
            filter_xml('a', "<rule action='drop' direction='out'><tcp srcipaddr='$NOBODY'/></rule>", uuid=first.UUIDString()))
    check('changes nothing', tcp(22) and not tcp(80) and 'NOBODY' not in conn.nwfilterLookupByName('a').XMLDesc(0))
    binding.delete()
    check('taken off', tcp(22) and tcp(80) and 'p_tap1' not in rules() and not os.path.exists(f'{root}/run/nwfilter-binding/tap1.xml'), rules())
    refused('it is gone', 101, "no nwfilter binding for port dev 'tap1'", binding.delete)
    first.undefine()
    check('and the filter can go', not os.path.exists(f'{FOLDER}/a.xml'))

    # --- variables
    conn.nwfilterDefineXML(filter_xml('v', "<rule action='drop' direction='out' priority='400'><tcp dstipaddr='$TO' dstportstart='$PORT'/></rule>"))
    refused('a variable without a value', 1, 'unresolvable variables', bind, 'tap1', 'v', parameter('TO', '10.0.0.2'))
    b = bind('tap1', 'v', parameter('TO', '10.0.0.2') + parameter('PORT', '22') + parameter('PORT', '80'))
    check('each value of a list is a rule', not tcp(22) and not tcp(80), rules())
    b.delete()
    refused('a value that is no address', 1, 'is no value for attribute', bind, 'tap1', 'v', parameter('TO', '1.2.3.4; flush ruleset') + parameter('PORT', '1'))
    refused('nor a port', 1, 'is no value for attribute', bind, 'tap1', 'v', parameter('TO', '10.0.0.2') + parameter('PORT', '99999'))
    conn.nwfilterDefineXML(filter_xml('each', "<rule action='accept' direction='out'><tcp dstipaddr='$A[@1]' dstportstart='$B[@2]'/></rule>"
                                      "<rule action='accept' direction='out'><tcp dstipaddr='$A[1]' dstportstart='$B[0]'/></rule>"))
    b = bind('tap1', 'each', ''.join(parameter('A', f'10.0.1.{i}') for i in (1, 2)) + ''.join(parameter('B', str(i)) for i in (5, 6, 7)))
    check('lists that are not in step are multiplied, items can be picked', sum(line.count('10.0.1.2') for line in rules().splitlines() if 'th,16,16' in line or 'dport' in line) >= 3, rules())
    b.delete()
    refused('a device with a strange name', 67, 'cannot be told about a device', bind, 'a"b', 'v', parameter('TO', '10.0.0.2') + parameter('PORT', '22'))

    # --- whose traffic is clean
    b = bind('tap1', 'clean-traffic', parameter('IP', '10.0.0.1'))
    check('clean traffic passes', ping(1, '10.0.0.2') and ping(2, '10.0.0.1') and tcp(80), rules())
    sh('ip -n g1 addr add 10.0.0.77/24 dev eth0')
    check("another's address does not", '1 received' not in sh('ip netns exec g1 ping -I 10.0.0.77 -c 1 -W 1 10.0.0.2', check=False))
    sh('ip -n g1 addr del 10.0.0.77/24 dev eth0; ip -n g1 link set eth0 address 52:54:00:00:00:99; ip -n g1 neigh flush all')
    check('nor another MAC', not ping(1, '10.0.0.2'))
    sh(f'ip -n g1 link set eth0 address {MAC}')
    check('it is heard again in its own name', wait(lambda: ping(1, '10.0.0.2')))
    sh('nft delete table bridge vireo_nwfilter')
    conn.close()
    del b, binding, first, conn
    conn = libvirt.open(URI)
    check('rules that somebody flushed are back with the next start', 'p_tap1' in rules() and [x.portDev() for x in conn.listAllNWFilterBindings(0)] == ['tap1'], rules())
    sh('nft delete table bridge vireo_nwfilter')
    conn.nwfilterBindingLookupByPortDev('tap1').delete()
    check('and taking them off does not mind', conn.listAllNWFilterBindings(0) == [] and 'p_tap1' not in rules())

    # --- protocols: every one of them is understood by the packet filter
    every = ("<rule action='drop' direction='out'><{} {}/></rule>")
    samples = {'mac': "srcmacaddr='1:2:3:4:5:6' srcmacmask='ff:ff:ff:0:0:0' protocolid='arp'", 'vlan': "vlanid='0x123' encap-protocol='ipv4'",
               'stp': "type='0x12' root-priority='0x1234' root-priority-hi='0x2345' root-address='6:5:4:3:2:1' root-cost='1' root-cost-hi='9' flags='0x44'",
               'arp': "opcode='Request' arpsrcipaddr='10.1.2.3' arpsrcipmask='24' arpdstmacaddr='a:b:c:d:e:f' hwtype='12' gratuitous='true'",
               'rarp': "opcode='Request_Reverse' protocoltype='34'", 'ip': "srcipaddr='10.1.2.0' srcipmask='255.255.128.0' protocol='udp' srcportstart='20' srcportend='22' dscp='2'",
               'ipv6': "srcipaddr='::1' dstipaddr='fe80::' dstipmask='10' protocol='tcp' dstportstart='100' dstportend='101'",
               'tcp': "flags='SYN,ACK/SYN' srcipfrom='1.2.3.4' srcipto='1.2.3.9' option='254'", 'udp': "dscp='33' srcportstart='0x123'", 'sctp': "dstportstart='20'",
               'icmp': "type='12' code='11'", 'igmp': "srcipaddr='10.1.2.3'", 'esp': '', 'ah': '', 'udplite': '', 'all': "srcipaddr='10.1.0.0' srcipmask='16'",
               'tcp-ipv6': "srcipaddr='a:b:c::' srcipmask='128' dstportstart='1'", 'icmpv6': "type='12'", 'udp-ipv6': '', 'sctp-ipv6': '', 'esp-ipv6': '', 'ah-ipv6': '', 'all-ipv6': ''}
    conn.nwfilterDefineXML(filter_xml('every', ''.join(every.format(k, v) for k, v in samples.items())))
    conn.nwfilterDefineXML(filter_xml('other', ''.join(f"<rule action='accept' direction='in'><{k} match='no' {v}/></rule><rule action='reject' direction='inout'><{k} {v}/></rule>" for k, v in samples.items())))
    for name in ('every', 'other'):
        b = bind('tap1', name)
        check(f'every protocol ({name})', len(rules().splitlines()) > 2 * len(samples), rules())
        b.delete()

    # --- learning
    conn.nwfilterDefineXML(filter_xml('learn', "<filterref filter='clean-traffic'/>"))
    sh('ip -n g1 neigh flush all; ip -n g2 neigh flush all')
    b = bind('tap1', 'learn')
    lease = f'{root}/run/nwfilter-binding/tap1.lease'
    wait(lambda: ping(1, '10.0.0.2') and os.path.exists(lease))
    check('a guest says itself which address it has', open(lease).read() == '10.0.0.1' and wait(lambda: '10.0.0.1' in rules()), rules())
    check('and is held to it', ping(1, '10.0.0.2') and not sh('ip -n g1 addr add 10.0.0.78/24 dev eth0') and '1 received' not in sh('ip netns exec g1 ping -I 10.0.0.78 -c 1 -W 1 10.0.0.2', check=False))
    sh('ip -n g1 addr del 10.0.0.78/24 dev eth0')
    b.delete()
    check('what was learnt goes with the binding', not os.path.exists(lease))

    b = bind('tap1', 'learn', parameter('CTRL_IP_LEARNING', 'dhcp') + parameter('DHCPSERVER', '10.0.0.254'))
    check('with DHCP only, nothing passes before there is an address', not ping(1, '10.0.0.2'))

    def offer(yours, server, forged=False):
        """A DHCP acknowledgement, as the host's end of the bridge sends it (or the guest itself)."""
        mac = bytes.fromhex(MAC.replace(':', ''))
        bootp = struct.pack('>BBBBIHH4s4s4s4s6s10s192s4s', 2, 1, 6, 0, 1, 0, 0, b'\0' * 4, socket.inet_aton(yours), b'\0' * 4, b'\0' * 4, mac, b'\0' * 10, b'\0' * 192, b'c\x82Sc') + bytes([53, 1, 5, 255])
        udp = struct.pack('>HHHH', 67, 68, 8 + len(bootp), 0) + bootp
        header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(server), socket.inet_aton(yours))
        total = sum(struct.unpack('>10H', header))
        total = (total & 0xffff) + (total >> 16)
        header = header[:10] + struct.pack('>H', ~((total & 0xffff) + (total >> 16)) & 0xffff) + header[12:]
        frame = (mac if not forged else b'\xff' * 6) + (b'\x02\0\0\0\0\x01' if not forged else mac) + b'\x08\0' + header + udp
        open(f'{root}/frame', 'wb').write(frame)
        send = f"python3 -c \"import socket;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind(('{'eth0' if forged else 'br0'}',0));s.send(open('{root}/frame','rb').read())\""
        sh(('ip netns exec g1 ' if forged else '') + send)

    offer('10.0.0.1', '10.0.0.254', forged=True)
    offer('10.0.0.1', '10.0.0.66')
    time.sleep(0.2)
    check('a guest cannot give itself one, nor a server that is not named', not os.path.exists(lease))
    offer('10.0.0.1', '10.0.0.254')
    check('the server can', wait(lambda: os.path.exists(lease)) and open(lease).read() == '10.0.0.1' and wait(lambda: ping(1, '10.0.0.2')), rules())
    del b
    conn.close()
    del conn
    conn = libvirt.open(URI)
    check('and it is known to the next daemon', ping(1, '10.0.0.2') and 'drop' in rules())
    offer('10.0.0.9', '10.0.0.254')
    check('which hears of another address', wait(lambda: open(lease).read() == '10.0.0.9') and wait(lambda: '10.0.0.9' in rules()))
    conn.nwfilterBindingLookupByPortDev('tap1').delete()
    refused('another way of learning', 1, '', bind, 'tap1', 'learn', parameter('CTRL_IP_LEARNING', 'none'))
finally:
    for s in servers:
        s.kill()
        s.wait()
conn.close()
finish()
