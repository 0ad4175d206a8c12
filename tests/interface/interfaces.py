#!/usr/bin/env python3
"""The host's interfaces: seen, defined, brought up and down, and changes that are taken back."""
import os
import sys
import xml.etree.ElementTree as E

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'network'))
from netlab import check, finish, libvirt, refused, root, sh  # noqa: E402

URI = f'interface:///embed?root={root}'
FOLDER = f'{root}/etc/interfaces.d'
sh('ip link add eth7 type veth peer name eth8; ip link set eth7 address 52:54:00:00:00:07; ip link set eth7 up; ip link set eth8 up; '
   'ip link add old0 type bridge; ip link set old0 up; ip link add eth5 type veth peer name eth6; ip link set eth5 master old0')
conn = libvirt.open(URI)


def one(name):
    return conn.interfaceLookupByName(name)


def link(name):
    return sh(f'ip -o addr show {name}; ip -o link show {name}', check=False)


# --- what there is
check('those that run', {'eth7', 'eth8', 'old0'} <= set(conn.listInterfaces()) and 'lo' not in conn.listInterfaces(), conn.listInterfaces())
check('those that do not', {'eth5', 'eth6'} <= set(conn.listDefinedInterfaces()), conn.listDefinedInterfaces())
check('all', len(conn.listAllInterfaces(0)) == len(sh('ls /sys/class/net').split()), [i.name() for i in conn.listAllInterfaces(0)])
check('by kind', {i.name() for i in conn.listAllInterfaces(2)} >= {'eth7', 'old0'} and 'eth5' in {i.name() for i in conn.listAllInterfaces(1)})
check('found by address', conn.interfaceLookupByMACString('52:54:00:00:00:07').name() == 'eth7')
refused('no such address', 57, "couldn't find interface with MAC address", conn.interfaceLookupByMACString, '52:54:00:00:00:ff')
refused('no such name', 57, "couldn't find interface named 'zz'", one, 'zz')
seen = E.fromstring(one('eth7').XMLDesc(0))
check('an Ethernet interface', (seen.get('type'), seen.find('mac').get('address'), seen.find('link').get('state'), seen.find('mtu').get('size')) == ('ethernet', '52:54:00:00:00:07', 'up', '1500'), E.tostring(seen))
seen = E.fromstring(one('old0').XMLDesc(0))
check('a bridge with its parts', seen.get('type') == 'bridge' and [p.get('name') for p in seen.findall('bridge/interface')] == ['eth5'] and seen.find('bridge').get('stp') == 'off', E.tostring(seen))
refused('what is configured elsewhere is not undefined here', 55, 'is configured elsewhere', one('eth7').undefine)

# --- definitions
BRIDGE = """<interface type='bridge' name='br7'><start mode='onboot'/><mtu size='1400'/>
<protocol family='ipv4'><ip address='10.7.0.1' prefix='24'/><ip address='10.7.1.1' prefix='24'/><route gateway='10.7.0.254'/></protocol>
<protocol family='ipv6'><ip address='fd07::1' prefix='64'/></protocol>
<bridge stp='off' delay='0'><interface type='ethernet' name='eth7'/></bridge></interface>"""
br = conn.interfaceDefineXML(BRIDGE)
stanza = open(f'{FOLDER}/br7').read()
check('a definition is a file of ifupdown', all(line in stanza for line in ('auto br7', 'iface br7 inet static', 'address 10.7.0.1/24', 'bridge_ports eth7', 'iface br7 inet6 static', 'gateway 10.7.0.254')), stanza)
check('it does not run', not br.isActive() and 'br7' in conn.listDefinedInterfaces() and E.fromstring(br.XMLDesc(1)).find('bridge/interface').get('name') == 'eth7')
br.create()
check('made, with its addresses, parts and size', br.isActive() and all(w in link('br7') for w in ('10.7.0.1/24', '10.7.1.1/24', 'fd07::1/64', 'mtu 1400')) and 'master br7' in link('eth7'), link('br7'))
check('and its way out', 'via 10.7.0.254' in sh('ip route show dev br7'))
refused('twice', 55, 'is already running', br.create)
check('it is seen as it runs', [p.get('name') for p in E.fromstring(br.XMLDesc(0)).findall('bridge/interface')] == ['eth7'] and E.fromstring(br.XMLDesc(1)).find('start').get('mode') == 'onboot')
br.destroy()
check('taken down', 'br7' not in sh('ip -o link') and 'master' not in link('eth7') and not br.isActive())
refused('twice', 55, 'is not running', br.destroy)
eth = one('eth7')
eth.destroy()
check('hardware goes down and stays', ',UP' not in link('eth7') and 'eth7' in sh('ip -o link'))
conn.interfaceDefineXML("<interface type='ethernet' name='eth7'><protocol family='ipv4'><ip address='10.8.0.1' prefix='16'/></protocol></interface>")
eth.create()
check('and comes up with what is defined for it', '10.8.0.1/16' in link('eth7') and eth.isActive(), link('eth7'))

# --- what is refused
refused('a name that leads elsewhere', 67, 'cannot be the name', conn.interfaceDefineXML, "<interface type='ethernet' name='../x'/>")
refused('a name that is too long', 67, 'cannot be the name', conn.interfaceDefineXML, "<interface type='ethernet' name='abcdefghijklmnop'/>")
refused('words for ifupdown', 67, 'cannot be the address', conn.interfaceDefineXML, "<interface type='ethernet' name='e'><protocol family='ipv4'><ip address='1.2.3.4&#10;up rm -rf' prefix='24'/></protocol></interface>")
check('nothing of it is written', os.listdir(FOLDER) and all('rm' not in open(f'{FOLDER}/{f}').read() for f in os.listdir(FOLDER)))
open(f'{FOLDER}/hand', 'w').write('iface hand inet dhcp\n')
refused("somebody else's file", 9, 'was written by hand', conn.interfaceDefineXML, "<interface type='ethernet' name='hand'/>")
bad = conn.interfaceDefineXML("<interface type='bridge' name='bad'><bridge><interface type='ethernet' name='nothere'/></bridge></interface>")
refused('a bridge of what is not there', 38, 'nothere', bad.create)
check('leaves nothing', 'bad' not in sh('ip -o link'))
bad.undefine()
taken = conn.interfaceDefineXML("<interface type='bridge' name='eth8'><bridge/></interface>")
sh('ip link set eth8 down')
refused('a bridge where there is another interface', 38, 'eth8', taken.create)
check('which stays', 'eth8' in sh('ip -o link'))
taken.undefine()
for kind, xml in (('bond', "<interface type='bond' name='bond7'><bond mode='active-backup'><miimon freq='100' carrier='netif'/><interface type='ethernet' name='eth8'/></bond></interface>"),
                  ('VLAN', "<interface type='vlan' name='eth8.5'><vlan tag='5'><interface name='eth8'/></vlan></interface>")):
    made = conn.interfaceDefineXML(xml)
    try:
        made.create()
    except libvirt.libvirtError as e:
        check(f'a {kind} (this kernel has none)', 'not supported' in str(e).lower() or 'Unknown' in str(e), str(e))
    else:
        check(f'a {kind}', made.isActive() and E.fromstring(made.XMLDesc(0)).get('type') == kind.lower(), made.XMLDesc(0))
        made.destroy()
    made.undefine()

# --- changes that are taken back
refused('nothing to keep', 55, 'no transaction running', conn.changeCommit)
refused('nothing to take back', 55, 'no transaction running', conn.changeRollback)
br.create()
conn.changeBegin()
refused('a second change', 55, 'another transaction', conn.changeBegin)
conn.interfaceDefineXML("<interface type='bridge' name='new7'><bridge/></interface>").create()
conn.interfaceDefineXML(BRIDGE.replace('10.7.0.1', '10.9.0.1'))
eth.undefine()
del br, eth, bad, taken, made
conn.close()
del conn
conn = libvirt.open(URI)
check('a change outlives the daemon', sorted(os.listdir(FOLDER)) == ['br7', 'hand', 'new7'])
conn.changeRollback()
check('definitions are as they were', sorted(os.listdir(FOLDER)) == ['br7', 'eth7', 'hand'] and '10.7.0.1' in open(f'{FOLDER}/br7').read())
check('what was made is gone, what ran runs', 'new7' not in sh('ip -o link') and '10.7.0.1/24' in link('br7') and 'master br7' in link('eth7'), link('br7'))
check("what is not ours is as it was", open(f'{FOLDER}/hand').read() == 'iface hand inet dhcp\n')
conn.changeBegin()
one('br7').destroy()
one('br7').undefine()
conn.changeCommit()
check('kept', not os.path.exists(f'{FOLDER}/br7') and 'br7' not in sh('ip -o link'))
refused('gone', 57, "couldn't find interface named 'br7'", one, 'br7')
conn.close()
finish()
