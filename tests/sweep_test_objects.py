#!/usr/bin/env python3
"""Every call of the test driver's networks, storage, interfaces and node devices, with its flags and errors,
compared with recorded answers.

usage: sweep_test_objects.py [--record] ANSWERS
Runs the library that python3-libvirt is bound to (LD_LIBRARY_PATH chooses).  --record writes ANSWERS instead,
from the library whose behaviour is to be kept.
"""
import itertools
import os
import sys
import tempfile

try:
    import libvirt
except ImportError:
    print('1..0 # SKIP python3-libvirt is not installed')
    sys.exit(77)

import sweep
from sweep import plain, scenario


class Events:
    """What arrived, as (kind, object, arguments)."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.seen = []

    def __call__(self, conn, obj, *args):
        self.seen.append([plain(obj), *plain(list(args))])

    def on(self, conn, kind, obj, event):
        """Listen for EVENT of KIND; the run ends it with the scenario."""
        register = getattr(conn, kind + 'EventRegisterAny')
        number = register(obj, event, self, None)
        self.sheet.ends.append((getattr(conn, kind + 'EventDeregisterAny'), number))
        return number

    def drain(self, label):
        sweep.turn()
        self.sheet.rows.append([f'events {label}', self.seen])
        self.seen = []


def network_xml(name='net', uuid='abcdabcd-0000-0000-0000-000000000001', bridge='virbr7', inside='', forward=''):
    return (f'<network><name>{name}</name>' + (f'<uuid>{uuid}</uuid>' if uuid else '') + forward +
            (f"<bridge name='{bridge}'/>" if bridge else '') + inside + '</network>')


def pool_xml(name='pool', uuid='abcdabcd-0000-0000-0000-000000000011', kind='dir', source='', path='/pools/one'):
    return (f"<pool type='{kind}'><name>{name}</name>" + (f'<uuid>{uuid}</uuid>' if uuid else '') +
            (f'<source>{source}</source>' if source else '') + f'<target><path>{path}</path></target></pool>')


def volume_xml(name='vol', capacity=1000000, allocation=None, inside='', kind=''):
    return (f'<volume{kind}><name>{name}</name><capacity>{capacity}</capacity>' +
            (f'<allocation>{allocation}</allocation>' if allocation is not None else '') + inside + '</volume>')


def interface_xml(name='eth2', mac='52:54:00:00:00:01'):
    return (f"<interface type='ethernet' name='{name}'><start mode='onboot'/>" +
            (f"<mac address='{mac}'/>" if mac else '') + "</interface>")


def state(sheet, label, obj, *calls):
    for call in calls:
        sheet.ask(f'{label} {call}', getattr(obj, call))


NETWORK = ('name', 'UUIDString', 'isActive', 'isPersistent', 'autostart', 'bridgeName', 'XMLDesc')
POOL = ('name', 'UUIDString', 'isActive', 'isPersistent', 'autostart', 'info', 'XMLDesc', 'numOfVolumes',
        'listVolumes', 'listAllVolumes')
VOLUME = ('name', 'key', 'path', 'info', 'XMLDesc', 'storagePoolLookupByVolume')
INTERFACE = ('name', 'MACString', 'isActive', 'XMLDesc')
NODEDEV = ('name', 'parent', 'numOfCaps', 'listCaps', 'XMLDesc')


def lists(sheet, label, conn):
    for call in ('numOfNetworks', 'listNetworks', 'numOfDefinedNetworks', 'listDefinedNetworks', 'listAllNetworks',
                 'numOfStoragePools', 'listStoragePools', 'numOfDefinedStoragePools', 'listDefinedStoragePools',
                 'listAllStoragePools', 'numOfInterfaces', 'listInterfaces', 'numOfDefinedInterfaces',
                 'listDefinedInterfaces', 'listAllInterfaces', 'listAllDevices'):
        sheet.ask(f'{label} {call}', getattr(conn, call))


@scenario
def builtin(sheet, conn):
    lists(sheet, 'new', conn)
    state(sheet, 'network', conn.networkLookupByName('default'), *NETWORK)
    state(sheet, 'pool', conn.storagePoolLookupByName('default-pool'), *POOL)
    state(sheet, 'interface', conn.interfaceLookupByName('eth1'), *INTERFACE)
    for name in ('computer', 'scsi_host1', 'scsi_host2', 'scsi_host11'):
        state(sheet, name, conn.nodeDeviceLookupByName(name), *NODEDEV)


@scenario
def lookups(sheet, conn):
    net, pool = conn.networkLookupByName('default'), conn.storagePoolLookupByName('default-pool')
    for label, call, *keys in (
            ('network', conn.networkLookupByName, 'default', 'none', ''),
            ('network uuid', conn.networkLookupByUUIDString, net.UUIDString(), pool.UUIDString(), 'junk'),
            ('pool', conn.storagePoolLookupByName, 'default-pool', 'none', ''),
            ('pool uuid', conn.storagePoolLookupByUUIDString, net.UUIDString(), pool.UUIDString(), 'junk'),
            ('pool target', conn.storagePoolLookupByTargetPath, '/default-pool', '/none'),
            ('volume key', conn.storageVolLookupByKey, '/default-pool/none', '', '/none/x'),
            ('volume path', conn.storageVolLookupByPath, '/default-pool/none', '', '/none/x'),
            ('volume', pool.storageVolLookupByName, 'none', ''),
            ('interface', conn.interfaceLookupByName, 'eth1', 'none', ''),
            ('interface mac', conn.interfaceLookupByMACString, 'aa:bb:cc:dd:ee:ff', 'AA:BB:CC:DD:EE:FF',
             '52:54:00:00:00:99', 'junk', ''),
            ('device', conn.nodeDeviceLookupByName, 'computer', 'none', '')):
        for key in keys:
            sheet.ask(f'{label} {key!r}', call, key)
    sheet.flags('device wwn', lambda flags: conn.nodeDeviceLookupSCSIHostByWWN('2000000012341234', '1000000012341234',
                                                                              flags))


@scenario
def list_flags(sheet, conn):
    conn.networkDefineXML(network_xml())
    conn.networkCreateXML(network_xml('transient', 'abcdabcd-0000-0000-0000-000000000002', 'virbr8'))
    auto = conn.networkDefineXML(network_xml('auto', 'abcdabcd-0000-0000-0000-000000000003', 'virbr9'))
    auto.setAutostart(1)
    sheet.flags('networks', conn.listAllNetworks, known=[1 << b for b in range(6)])
    for kinds in itertools.product((0, 1, 2, 3), repeat=3):
        flags = kinds[0] | kinds[1] << 2 | kinds[2] << 4
        sheet.ask(f'networks by group 0x{flags:x}', conn.listAllNetworks, flags)
    conn.storagePoolDefineXML(pool_xml())
    conn.storagePoolCreateXML(pool_xml('transient', 'abcdabcd-0000-0000-0000-000000000012', path='/pools/transient'))
    auto = conn.storagePoolDefineXML(pool_xml('auto', 'abcdabcd-0000-0000-0000-000000000013', path='/pools/auto'))
    auto.setAutostart(1)
    sources = {'fs': "<device path='/dev/sda1'/>", 'netfs': "<host name='h'/><dir path='/d'/>",
               'logical': '<name>vg</name>', 'disk': "<device path='/dev/sdb'/>",
               'iscsi': "<host name='h'/><device path='iqn.x'/>",
               'iscsi-direct': "<host name='h'/><device path='iqn.x'/><initiator><iqn name='i'/></initiator>",
               'scsi': "<adapter type='scsi_host' name='scsi_host1'/>", 'mpath': '',
               'rbd': "<name>p</name><host name='h'/>", 'sheepdog': "<name>p</name><host name='h'/>",
               'gluster': "<name>v</name><host name='h'/><dir path='/'/>", 'zfs': '<name>z</name>',
               'vstorage': '<name>c</name>'}
    for kind, source in sources.items():
        sheet.ask(f'define {kind}', conn.storagePoolDefineXML, pool_xml('p-' + kind, None, kind, source, '/pools/' + kind))
    sheet.flags('pools', conn.listAllStoragePools, known=[1 << b for b in range(20)])
    for kinds in itertools.product((0, 1, 2, 3), repeat=3):
        flags = kinds[0] | kinds[1] << 2 | kinds[2] << 4
        sheet.ask(f'pools by group 0x{flags:x}', conn.listAllStoragePools, flags)
    conn.interfaceDefineXML(interface_xml())
    sheet.flags('interfaces', conn.listAllInterfaces, known=(1, 2))
    sheet.flags('devices', conn.listAllDevices, known=[1 << b for b in range(22)] + [1 << 30, 1 << 31])
    lists(sheet, 'all', conn)


def device_names(conn, cap):
    return [conn.numOfDevices(cap, 0), sorted(conn.listDevices(cap, 0))]


@scenario
def device_lists(sheet, conn):
    for cap in (None, 'system', 'pci', 'usb_device', 'usb', 'net', 'scsi_host', 'scsi_target', 'scsi', 'storage', 'fc_host',
                'vports', 'scsi_generic', 'drm', 'mdev_types', 'mdev', 'ccw', 'css', 'vdpa', 'ap_card', 'vpd', 'junk', ''):
        sheet.ask(f'devices {cap!r}', device_names, conn, cap)
    sheet.flags('numOfDevices', lambda flags: conn.numOfDevices(None, flags))
    sheet.flags('listDevices', lambda flags: conn.listDevices(None, flags))
    dev = conn.nodeDeviceLookupByName('scsi_host2')
    sheet.flags('XMLDesc', dev.XMLDesc, known=(1,))


@scenario
def getter_flags(sheet, conn):
    net, pool = conn.networkLookupByName('default'), conn.storagePoolLookupByName('default-pool')
    iface = conn.interfaceLookupByName('eth1')
    vol = pool.createXML(volume_xml(), 0)
    sheet.flags('network XMLDesc', net.XMLDesc, known=(1,))
    sheet.flags('pool XMLDesc', pool.XMLDesc, known=(1,))
    sheet.flags('pool refresh', pool.refresh)
    sheet.flags('pool listAllVolumes', pool.listAllVolumes)
    sheet.flags('pool build', pool.build, known=(1, 2, 4, 8))
    sheet.flags('pool delete', pool.delete, known=(1,))
    sheet.flags('pool create', pool.create, known=(1, 2, 4))
    sheet.flags('volume XMLDesc', vol.XMLDesc)
    sheet.flags('volume infoFlags', vol.infoFlags, known=(1,))
    sheet.flags('volume delete', vol.delete, known=(1, 2))
    sheet.flags('interface XMLDesc', iface.XMLDesc, known=(1,))
    sheet.flags('interface create', iface.create)
    sheet.flags('find sources', lambda flags: conn.findStoragePoolSources('logical', None, flags))
    sheet.flags('pool capabilities', conn.getStoragePoolCapabilities)
    for name in ('interface create', 'interface destroy'):
        pass
    sheet.flags('changeBegin', conn.changeBegin)
    sheet.flags('changeCommit', conn.changeCommit)
    sheet.flags('changeRollback', conn.changeRollback)
    sheet.flags('network leases', lambda flags: net.DHCPLeases(None, flags))
    sheet.flags('network ports', net.listAllPorts)
    ports = 'abcdabcd-0000-0000-0000-000000000099'
    sheet.ask('network port', net.portLookupByUUIDString, ports)
    sheet.flags('network metadata', lambda flags: net.metadata(0, None, flags) if hasattr(net, 'metadata') else None)


@scenario
def unsupported_volume_calls(sheet, conn):
    pool = conn.storagePoolLookupByName('default-pool')
    vol = pool.createXML(volume_xml(), 0)
    sheet.ask('wipe', vol.wipe, 0)
    sheet.ask('wipePattern', vol.wipePattern, 0, 0)
    sheet.ask('resize', vol.resize, 2000000, 0)
    stream = conn.newStream(0)
    sheet.ask('download', vol.download, stream, 0, 0, 0)
    sheet.ask('upload', vol.upload, stream, 0, 0, 0)


@scenario
def network_lifecycle(sheet, conn):
    events = Events(sheet)
    events.on(conn, 'network', None, 0)
    net = sheet.ask('define', conn.networkDefineXML, network_xml())
    events.drain('define')
    state(sheet, 'defined', net, *NETWORK)
    sheet.ask('destroy inactive', net.destroy)
    sheet.ask('create', net.create)
    sheet.ask('create again', net.create)
    events.drain('create')
    state(sheet, 'created', net, *NETWORK)
    sheet.ask('setAutostart', net.setAutostart, 1)
    sheet.ask('autostart', net.autostart)
    sheet.ask('setAutostart 5', net.setAutostart, 5)
    sheet.ask('autostart', net.autostart)
    sheet.ask('redefine', conn.networkDefineXML, network_xml(bridge='virbr70'))
    events.drain('redefine')
    state(sheet, 'redefined', net, *NETWORK)
    sheet.ask('undefine active', net.undefine)
    events.drain('undefine active')
    state(sheet, 'undefined', net, *NETWORK)
    sheet.ask('setAutostart transient', net.setAutostart, 1)
    lists(sheet, 'undefined', conn)
    sheet.ask('destroy', net.destroy)
    events.drain('destroy')
    state(sheet, 'gone', net, *NETWORK)
    for call in ('create', 'destroy', 'undefine'):
        sheet.ask(f'gone {call}', getattr(net, call))
    sheet.ask('gone setAutostart', net.setAutostart, 0)
    net = sheet.ask('define', conn.networkDefineXML, network_xml())
    sheet.ask('create', net.create)
    sheet.ask('redefine', conn.networkDefineXML, network_xml(bridge='virbr70'))
    sheet.ask('destroy', net.destroy)
    state(sheet, 'destroyed', net, *NETWORK)
    sheet.ask('undefine', net.undefine)
    events.drain('end')
    net = sheet.ask('createXML', conn.networkCreateXML, network_xml())
    events.drain('createXML')
    state(sheet, 'transient', net, *NETWORK)
    sheet.ask('transient setAutostart', net.setAutostart, 1)
    sheet.ask('transient undefine', net.undefine)
    sheet.ask('transient define', conn.networkDefineXML, network_xml())
    events.drain('transient define')
    state(sheet, 'promoted', net, *NETWORK)
    sheet.ask('destroy', net.destroy)
    events.drain('destroy')
    state(sheet, 'inactive', net, *NETWORK)
    sheet.ask('createXML of defined', conn.networkCreateXML, network_xml())
    events.drain('createXML of defined')
    state(sheet, 'created from xml', net, *NETWORK)
    sheet.ask('createXML again', conn.networkCreateXML, network_xml())
    sheet.ask('destroy', net.destroy)
    state(sheet, 'destroyed', net, *NETWORK)
    events.drain('last')


@scenario
def network_clashes(sheet, conn):
    for label, xml in (('same name', network_xml('default')), ('same uuid', network_xml('x', 'dd8fe884-6c02-601e-7551-cca97df1c5df')),
                       ('same both', network_xml('default', 'dd8fe884-6c02-601e-7551-cca97df1c5df')),
                       ('same bridge', network_xml('x', bridge='virbr0')),
                       ('no bridge', network_xml('y', None, bridge='')), ('name only', '<network><name>z</name></network>'),
                       ('no name', '<network/>'), ('empty name', '<network><name/></network>'),
                       ('slash', network_xml('a/b', None)), ('newline', network_xml('a\nb', None)), ('spaces', network_xml('  ', None)),
                       ('bad uuid', network_xml('q', 'junk')), ('wrong root', '<domain/>'), ('junk', '<'), ('empty', ''),
                       ('unknown element', network_xml('u', None, inside='<foo/>')),
                       ('isolated', network_xml('i', None, 'b1', forward="<forward mode='none'/>")),
                       ('bridge mode', network_xml('br', None, 'b2', forward="<forward mode='bridge'/>")),
                       ('open mode', network_xml('op', None, 'b3', forward="<forward mode='open'/>"))):
        sheet.ask(f'define {label}', conn.networkDefineXML, xml)
        sheet.ask(f'create {label}', conn.networkCreateXML, xml)
    for name in sorted(conn.listDefinedNetworks() + conn.listNetworks()):
        state(sheet, name, conn.networkLookupByName(name), *NETWORK)
    sheet.flags('defineFlags', lambda flags: conn.networkDefineXMLFlags(network_xml('f', None), flags), known=(1,))
    sheet.flags('createFlags', lambda flags: conn.networkCreateXMLFlags(network_xml('g', None), flags), known=(1,))
    sheet.ask('validate', conn.networkDefineXMLFlags, network_xml('h', None, inside='<foo/>'), 1)


HOST = "<host mac='52:54:00:00:00:{0:02x}' name='h{0}' ip='192.168.122.{0}'/>"
UPDATES = (
    (1, 'junk', '<foo/>'),
    (4, 'dhcp-host', HOST.format(10)), (4, 'dhcp-host', HOST.format(11)),
    (4, 'dhcp-host no mac', "<host name='hx' ip='192.168.122.12'/>"), (4, 'dhcp-host bad', '<foo/>'),
    (5, 'dhcp-range', "<range start='192.168.122.2' end='192.168.122.254'/>"),
    (5, 'dhcp-range 2', "<range start='192.168.123.5' end='192.168.123.9'/>"),
    (6, 'forward', '<forward/>'),
    (7, 'forward-interface', "<interface dev='eth20'/>"),
    (8, 'forward-pf', "<pf dev='eth20'/>"),
    (9, 'portgroup', "<portgroup name='pg'/>"), (9, 'portgroup default', "<portgroup name='pd' default='yes'/>"),
    (9, 'portgroup noname', '<portgroup/>'),
    (10, 'dns-host', "<host ip='192.168.122.55'><hostname>x</hostname></host>"),
    (10, 'dns-host bad', '<host/>'),
    (11, 'dns-txt', "<txt name='t' value='v'/>"), (11, 'dns-txt bad', '<txt/>'),
    (12, 'dns-srv', "<srv service='s' protocol='tcp' domain='d' target='t' port='5' priority='1' weight='2'/>"),
    (2, 'domain', "<domain name='x'/>"), (3, 'ip', "<ip address='10.0.0.1' prefix='8'/>"), (1, 'bridge', "<bridge name='x'/>"), (0, 'none', '<x/>'),
    (13, 'unknown', '<x/>'), (99, 'unknown', '<x/>'))


@scenario
def network_update(sheet, conn):
    events = Events(sheet)
    events.on(conn, 'network', None, 0)
    net = conn.networkLookupByName('default')
    for section, label, xml in UPDATES:
        for command in (3, 4, 3, 1, 2, 2):
            sheet.ask(f'{label} {command}', net.update, command, section, -1, xml, 0)
            sheet.ask(f'{label} {command} xml', net.XMLDesc)
    for command in (0, 5, 9):
        sheet.ask(f'command {command}', net.update, command, 4, -1, HOST.format(20), 0)
    sheet.flags('update', lambda flags: net.update(3, 4, -1, HOST.format(30), flags), known=(1, 2))
    for index in (0, 1, 5, -2):
        sheet.ask(f'index {index}', net.update, 3, 4, index, HOST.format(40 + index), 0)
    sheet.ask('xml', net.XMLDesc)
    events.drain('update')
    net = conn.networkDefineXML(network_xml())
    for flags in (0, 1, 2, 3):
        sheet.ask(f'inactive {flags}', net.update, 3, 9, -1, f"<portgroup name='p{flags}'/>", flags)
        sheet.ask(f'inactive {flags} xml', net.XMLDesc)
    net.create()
    for flags in (0, 1, 2, 3):
        sheet.ask(f'active {flags}', net.update, 3, 9, -1, f"<portgroup name='q{flags}'/>", flags)
        sheet.ask(f'active {flags} xml', net.XMLDesc)
    net.destroy()
    sheet.ask('after xml', net.XMLDesc)
    transient = conn.networkCreateXML(network_xml('transient', None, 'virbr8'))
    for flags in (0, 1, 2, 3):
        sheet.ask(f'transient {flags}', transient.update, 3, 9, -1, f"<portgroup name='q{flags}'/>", flags)
    sheet.ask('transient xml', transient.XMLDesc)
    hostdev = conn.networkDefineXML("<network><name>hd</name><forward mode='passthrough'><interface dev='eth20'/></forward></network>")
    for section, label, xml in UPDATES:
        for command in (3, 4, 3, 1, 2, 2):
            sheet.ask(f'pass {label} {command}', hostdev.update, command, section, -1, xml, 0)
            sheet.ask(f'pass {label} {command} xml', hostdev.XMLDesc)


@scenario
def pool_lifecycle(sheet, conn):
    events = Events(sheet)
    events.on(conn, 'storagePool', None, 0)
    events.on(conn, 'storagePool', None, 1)
    pool = sheet.ask('define', conn.storagePoolDefineXML, pool_xml())
    events.drain('define')
    state(sheet, 'defined', pool, *POOL)
    for call in ('destroy', 'refresh', 'build'):
        sheet.ask(f'inactive {call}', getattr(pool, call))
    events.drain('inactive')
    sheet.ask('inactive createVol', pool.createXML, volume_xml(), 0)
    sheet.ask('inactive lookup', pool.storageVolLookupByName, 'vol')
    sheet.ask('create', pool.create, 0)
    sheet.ask('create again', pool.create, 0)
    events.drain('create')
    state(sheet, 'created', pool, *POOL)
    for value in (1, 7, 0):
        sheet.ask(f'setAutostart {value}', pool.setAutostart, value)
        sheet.ask('autostart', pool.autostart)
    for call in ('refresh', 'build', 'delete', 'undefine'):
        sheet.ask(f'active {call}', getattr(pool, call))
    events.drain('active')
    vol = sheet.ask('createVol', pool.createXML, volume_xml(), 0)
    state(sheet, 'with volume', pool, *POOL)
    sheet.ask('redefine', conn.storagePoolDefineXML, pool_xml(path='/pools/two'))
    events.drain('redefine')
    state(sheet, 'redefined', pool, *POOL)
    sheet.ask('destroy', pool.destroy)
    events.drain('destroy')
    state(sheet, 'destroyed', pool, *POOL)
    state(sheet, 'volume of inactive', vol, *VOLUME)
    sheet.ask('create again', pool.create, 0)
    state(sheet, 'created again', pool, *POOL)
    sheet.ask('destroy', pool.destroy)
    sheet.ask('delete', pool.delete, 0)
    events.drain('delete')
    sheet.ask('undefine', pool.undefine)
    events.drain('undefine')
    state(sheet, 'gone', pool, *POOL)
    for call in ('create', 'destroy', 'undefine', 'refresh', 'build', 'delete'):
        sheet.ask(f'gone {call}', getattr(pool, call))
    sheet.ask('gone setAutostart', pool.setAutostart, 1)
    sheet.ask('gone createVol', pool.createXML, volume_xml(), 0)
    state(sheet, 'volume of gone', vol, *VOLUME)
    pool = sheet.ask('createXML', conn.storagePoolCreateXML, pool_xml(), 0)
    events.drain('createXML')
    state(sheet, 'transient', pool, *POOL)
    sheet.ask('transient setAutostart', pool.setAutostart, 1)
    sheet.ask('transient undefine', pool.undefine)
    sheet.ask('transient createXML', conn.storagePoolCreateXML, pool_xml(), 0)
    sheet.ask('transient define', conn.storagePoolDefineXML, pool_xml())
    events.drain('define')
    state(sheet, 'promoted', pool, *POOL)
    sheet.ask('destroy', pool.destroy)
    sheet.ask('createXML of defined', conn.storagePoolCreateXML, pool_xml(), 0)
    events.drain('createXML of defined')
    state(sheet, 'created from xml', pool, *POOL)
    sheet.ask('destroy', pool.destroy)
    state(sheet, 'destroyed', pool, *POOL)
    sheet.ask('createXML transient', conn.storagePoolCreateXML, pool_xml('t', None), 0)
    sheet.ask('destroy transient', conn.storagePoolLookupByName('t').destroy)
    lists(sheet, 'end', conn)
    events.drain('last')


@scenario
def pool_clashes(sheet, conn):
    same = 'dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566'
    for label, xml in (('same name', pool_xml('default-pool')), ('same uuid', pool_xml('x', same)),
                       ('same both', pool_xml('default-pool', same)), ('same path', pool_xml('x', None, path='/default-pool')),
                       ('no path', '<pool type="dir"><name>a</name></pool>'), ('no name', '<pool type="dir"><target><path>/a</path></target></pool>'),
                       ('no type', '<pool><name>a</name><target><path>/a</path></target></pool>'),
                       ('bad type', pool_xml('a', None, 'junk')), ('slash', pool_xml('a/b', None)), ('spaces', pool_xml('  ', None)),
                       ('newline', pool_xml('a\nb', None)), ('bad uuid', pool_xml('a', 'junk')), ('wrong root', '<domain/>'), ('junk', '<'), ('empty', ''),
                       ('relative path', pool_xml('rel', None, path='x/y')), ('end slash', pool_xml('ends', None, path='/x/y/'))):
        sheet.ask(f'define {label}', conn.storagePoolDefineXML, xml)
        sheet.ask(f'create {label}', conn.storagePoolCreateXML, xml)
    for name in sorted(conn.listDefinedStoragePools() + conn.listStoragePools()):
        state(sheet, name, conn.storagePoolLookupByName(name), *POOL)
    sheet.flags('defineFlags', lambda flags: conn.storagePoolDefineXML(pool_xml('f', None, path='/f'), flags), known=(1,))
    sheet.flags('createFlags', lambda flags: conn.storagePoolCreateXML(pool_xml('g', None, path='/g'), flags), known=(1, 2, 4))
    sheet.ask('overwrite both', conn.storagePoolCreateXML, pool_xml('o1', None), 7)
    events = Events(sheet)
    events.on(conn, 'storagePool', None, 0)
    for flags in (1, 2, 4, 3, 5):
        sheet.ask(f'createXML build {flags}', conn.storagePoolCreateXML, pool_xml(f'b{flags}', None, path=f'/b{flags}'), flags)
        events.drain(f'createXML {flags}')
        pool = conn.storagePoolDefineXML(pool_xml(f'c{flags}', None, path=f'/c{flags}'))
        sheet.ask(f'create build {flags}', pool.create, flags)
        events.drain(f'create {flags}')


@scenario
def volumes(sheet, conn):
    pool = conn.storagePoolLookupByName('default-pool')
    vol = sheet.ask('create', pool.createXML, volume_xml(), 0)
    state(sheet, 'created', vol, *VOLUME)
    sheet.ask('create again', pool.createXML, volume_xml(), 0)
    state(sheet, 'pool', pool, *POOL)
    big = 1 << 40
    for label, xml in (
            ('no allocation', volume_xml('a')), ('allocation', volume_xml('b', 5000, 100)), ('too big', volume_xml('c', big)),
            ('sparse', volume_xml('d', big, 0)), ('too big allocation', volume_xml('d2', 1, big)), ('no name', '<volume><capacity>1</capacity></volume>'),
            ('no capacity', '<volume><name>e</name></volume>'), ('zero', volume_xml('f', 0)), ('empty', ''), ('junk', '<'), ('wrong root', '<pool/>'),
            ('units', "<volume><name>u</name><capacity unit='G'>1</capacity><allocation unit='MiB'>1</allocation></volume>"),
            ('bad unit', "<volume><name>u2</name><capacity unit='Q'>1</capacity></volume>"),
            ('negative', volume_xml('neg', -1)), ('text', volume_xml('txt', 'x')),
            ('qcow2', volume_xml('q.qcow2', 1000, inside="<target><format type='qcow2'/></target>")),
            ('unknown format', volume_xml('uf', 1000, inside="<target><format type='junk'/></target>")),
            ('block', volume_xml('bl', 1000, kind=" type='block'")), ('bad type', volume_xml('bt', 1000, kind=" type='junk'")),
            ('type dir', volume_xml('ty', 1000, kind=" type='dir'")),
            ('path given', volume_xml('pg', 1000, inside='<target><path>/elsewhere/pg</path></target>')),
            ('key given', '<volume><name>kg</name><key>k</key><capacity>1</capacity></volume>'),
            ('slash', volume_xml('x/y')), ('space', volume_xml('  ')), ('newline', volume_xml('x\ny')),
            ('backing', volume_xml('bk', 1000, inside="<backingStore><path>/b</path><format type='raw'/></backingStore>")),
            ('backing no path', volume_xml('bn', 1000, inside="<backingStore><format type='raw'/></backingStore>")),
            ('permissions', volume_xml('pm', 1000, inside='<target><permissions><mode>0640</mode><owner>1</owner><group>2</group><label>l</label></permissions></target>')),
            ('compat', volume_xml('cm', 1000, inside="<target><format type='qcow2'/><compat>1.1</compat><features><lazy_refcounts/></features></target>")),
            ('bad compat', volume_xml('bc', 1000, inside="<target><format type='qcow2'/><compat>x</compat></target>")),
            ('nocow', volume_xml('nc', 1000, inside="<target><nocow/></target>"))):
        made = sheet.ask(f'create {label}', pool.createXML, xml, 0)
        if made:
            state(sheet, label, made, *VOLUME)
    state(sheet, 'pool', pool, *POOL)
    sheet.ask('by key', conn.storageVolLookupByKey, '/default-pool/a')
    sheet.ask('by path', conn.storageVolLookupByPath, '/default-pool/a')
    sheet.ask('by name', pool.storageVolLookupByName, 'a')
    a = pool.storageVolLookupByName('a')
    for label, xml in (('new', volume_xml('clone')), ('smaller', volume_xml('smaller', 10)), ('bigger', volume_xml('bigger', 2000000)),
                       ('same name', volume_xml('a')), ('too big', volume_xml('huge', big)), ('no capacity', '<volume><name>clonenc</name></volume>'),
                       ('junk', '<')):
        made = sheet.ask(f'clone {label}', pool.createXMLFrom, xml, a, 0)
        if made:
            state(sheet, f'clone {label}', made, *VOLUME)
    sheet.flags('cloneFlags', lambda flags: pool.createXMLFrom(
        volume_xml('cf%x' % (flags & 0xffffffff), inside='<target/>'), a, flags), known=(1, 2, 4))
    sheet.flags('createFlags', lambda flags: pool.createXML(
        volume_xml('df%x' % (flags & 0xffffffff), inside='<target/>'), flags), known=(1, 2, 4))
    other = conn.storagePoolDefineXML(pool_xml())
    sheet.ask('other lookup inactive', other.storageVolLookupByName, 'a')
    sheet.ask('clone to inactive', other.createXMLFrom, volume_xml('clone'), a, 0)
    other.create()
    sheet.ask('clone to other', other.createXMLFrom, volume_xml('clone'), a, 0)
    state(sheet, 'other', other, *POOL)
    sheet.ask('other lookup', other.storageVolLookupByName, 'a')
    copy = other.storageVolLookupByName('clone')
    sheet.ask('delete', a.delete, 0)
    sheet.ask('delete again', a.delete, 0)
    state(sheet, 'deleted', a, *VOLUME)
    sheet.ask('clone of deleted', pool.createXMLFrom, volume_xml('clone2'), a, 0)
    state(sheet, 'pool', pool, *POOL)
    sheet.ask('refresh', pool.refresh)
    state(sheet, 'refreshed', pool, *POOL)
    pool.destroy()
    sheet.ask('delete in inactive', vol.delete, 0)
    state(sheet, 'inactive', vol, *VOLUME)
    sheet.ask('by key', conn.storageVolLookupByKey, '/default-pool/vol')
    sheet.ask('by path', conn.storageVolLookupByPath, '/default-pool/vol')
    sheet.ask('clone from inactive', other.createXMLFrom, volume_xml('clone3'), vol, 0)
    state(sheet, 'pool', pool, *POOL)
    other.destroy()
    other.undefine()
    state(sheet, 'pool gone', copy, *VOLUME)
    sheet.ask('delete, pool gone', copy.delete, 0)


@scenario
def volumes_by_pool_type(sheet, conn):
    kinds = {'fs': "<device path='/dev/sda1'/>", 'netfs': "<host name='h'/><dir path='/d'/>", 'logical': '<name>vg</name>',
             'disk': "<device path='/dev/sdb'/>", 'iscsi': "<host name='h'/><device path='iqn.x'/>",
             'iscsi-direct': "<host name='h'/><device path='iqn.x'/><initiator><iqn name='i'/></initiator>",
             'scsi': "<adapter type='scsi_host' name='scsi_host1'/>", 'mpath': '', 'rbd': "<name>p</name><host name='h'/>",
             'sheepdog': "<name>p</name><host name='h'/>", 'gluster': "<name>v</name><host name='h'/><dir path='/'/>",
             'zfs': '<name>z</name>', 'vstorage': '<name>c</name>'}
    for kind, source in kinds.items():
        pool = sheet.ask(f'{kind} define', conn.storagePoolDefineXML, pool_xml('p-' + kind, None, kind, source, '/pools/' + kind))
        if not pool:
            continue
        sheet.ask(f'{kind} build', pool.build, 0)
        sheet.ask(f'{kind} create', pool.create)
        state(sheet, kind, pool, *POOL)
        for label, inside in (('plain', ''), ('raw', "<target><format type='raw'/></target>"), ('qcow2', "<target><format type='qcow2'/></target>"),
                              ('linux', "<target><format type='linux'/></target>"), ('none', "<target><format type='none'/></target>"),
                              ('extended', "<target><format type='extended'/></target>")):
            vol = sheet.ask(f'{kind} {label}', pool.createXML, volume_xml(label, 1000, inside=inside), 0)
            if vol:
                state(sheet, f'{kind} {label}', vol, *VOLUME)
        sheet.ask(f'{kind} refresh', pool.refresh)
        sheet.ask(f'{kind} volumes', pool.listVolumes)
        sheet.ask(f'{kind} destroy', pool.destroy)
        state(sheet, f'{kind} destroyed', pool, *POOL)


@scenario
def pool_sources(sheet, conn):
    for kind in ('dir', 'fs', 'netfs', 'logical', 'disk', 'iscsi', 'iscsi-direct', 'scsi', 'mpath', 'rbd', 'sheepdog', 'gluster', 'zfs', 'vstorage',
                 'junk', ''):
        for label, spec in (('none', None), ('empty', '<source/>'), ('host', "<source><host name='fake'/></source>"),
                            ('no host name', '<source><host/></source>'), ('junk', '<')):
            if (kind, label) == ('netfs', 'empty'):
                continue  # the original crashes
            sheet.ask(f'{kind} {label}', conn.findStoragePoolSources, kind, spec, 0)
            sheet.ask(f'{kind} {label} 2', conn.findStoragePoolSources, kind, spec, 0)


@scenario
def interfaces(sheet, conn):
    iface = sheet.ask('define', conn.interfaceDefineXML, interface_xml(), 0)
    state(sheet, 'defined', iface, *INTERFACE)
    sheet.ask('destroy inactive', iface.destroy, 0)
    sheet.ask('create', iface.create, 0)
    sheet.ask('create again', iface.create, 0)
    state(sheet, 'created', iface, *INTERFACE)
    lists(sheet, 'created', conn)
    sheet.ask('redefine active', conn.interfaceDefineXML, interface_xml(mac='52:54:00:00:00:07'), 0)
    state(sheet, 'redefined', conn.interfaceLookupByName('eth2'), *INTERFACE)
    sheet.ask('undefine active', iface.undefine)
    state(sheet, 'undefined', iface, *INTERFACE)
    iface = sheet.ask('define', conn.interfaceDefineXML, interface_xml(), 0)
    sheet.flags('create', iface.create)
    sheet.flags('destroy', iface.destroy)
    for flag in (1, 2, 0x80):
        sheet.ask(f'define {flag}', conn.interfaceDefineXML, interface_xml('f%d' % flag), flag)
    other = conn.interfaceDefineXML(interface_xml('eth3'), 0)
    sheet.ask('two of a mac', conn.interfaceLookupByMACString, '52:54:00:00:00:01')
    sheet.ask('undefine', iface.undefine)
    sheet.ask('undefine again', iface.undefine)
    sheet.ask('gone create', iface.create, 0)
    sheet.ask('gone destroy', iface.destroy, 0)
    state(sheet, 'gone', iface, *INTERFACE)
    for label, xml in (('no name', "<interface type='ethernet'/>"), ('no type', "<interface name='x'/>"), ('bad type', "<interface type='x' name='x'/>"),
                       ('no start', "<interface type='ethernet' name='ns'/>"), ('junk', '<'), ('empty', ''), ('wrong root', '<network/>'),
                       ('no mac', interface_xml('nm', None)), ('bad mac', interface_xml('bm', 'junk')),
                       ('vlan', "<interface type='vlan' name='eth1.7'><start mode='onboot'/><vlan tag='7'><interface name='eth1'/></vlan></interface>"),
                       ('bridge', "<interface type='bridge' name='br9'><start mode='none'/><bridge stp='off'><interface type='ethernet' name='eth8'/></bridge></interface>"),
                       ('bond', "<interface type='bond' name='bo9'><start mode='none'/><bond mode='active-backup'><miimon freq='100' carrier='netif'/><interface type='ethernet' name='eth8'/></bond></interface>")):
        made = sheet.ask(f'define {label}', conn.interfaceDefineXML, xml, 0)
        if made:
            state(sheet, label, made, *INTERFACE)
    lists(sheet, 'end', conn)
    other.undefine()


@scenario
def interface_changes(sheet, conn):
    sheet.ask('commit early', conn.changeCommit, 0)
    sheet.ask('rollback early', conn.changeRollback, 0)
    sheet.ask('begin', conn.changeBegin, 0)
    sheet.ask('begin again', conn.changeBegin, 0)
    conn.interfaceDefineXML(interface_xml(), 0)
    iface = conn.interfaceLookupByName('eth1')
    sheet.ask('destroy', iface.destroy, 0)
    sheet.ask('lists', lambda: [sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces())])
    sheet.ask('rollback', conn.changeRollback, 0)
    sheet.ask('lists', lambda: [sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces())])
    sheet.ask('rollback again', conn.changeRollback, 0)
    sheet.ask('begin', conn.changeBegin, 0)
    conn.interfaceDefineXML(interface_xml('eth5'), 0).create()
    sheet.ask('commit', conn.changeCommit, 0)
    sheet.ask('commit again', conn.changeCommit, 0)
    sheet.ask('rollback after commit', conn.changeRollback, 0)
    sheet.ask('lists', lambda: [sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces())])
    sheet.ask('begin', conn.changeBegin, 0)
    conn.interfaceLookupByName('eth5').undefine()
    sheet.ask('lists', lambda: [sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces())])
    sheet.ask('rollback', conn.changeRollback, 0)
    sheet.ask('lists', lambda: [sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces())])
    sheet.ask('mac', lambda: conn.interfaceLookupByName('eth5').MACString())


def vhba_xml(parent='<parent>scsi_host1</parent>', wwns='<wwnn>2000000099999999</wwnn><wwpn>1000000099999999</wwpn>', host=''):
    return (f"<device>{parent}<capability type='scsi_host'>{host}<capability type='fc_host'>{wwns}</capability></capability></device>")


@scenario
def vhbas(sheet, conn):
    events = Events(sheet)
    events.on(conn, 'nodeDevice', None, 0)
    events.on(conn, 'nodeDevice', None, 1)
    dev = sheet.ask('create', conn.nodeDeviceCreateXML, vhba_xml(), 0)
    events.drain('create')
    if dev:
        state(sheet, 'created', dev, *NODEDEV)
    sheet.ask('devices', conn.listAllDevices)
    second = sheet.ask('create second', conn.nodeDeviceCreateXML, vhba_xml(wwns='<wwnn>2000000099999998</wwnn><wwpn>1000000099999998</wwpn>'), 0)
    if second:
        state(sheet, 'second', second, *NODEDEV)
    sheet.ask('create again', conn.nodeDeviceCreateXML, vhba_xml(), 0)
    sheet.flags('create', lambda flags: conn.nodeDeviceCreateXML(vhba_xml(parent='<name>n</name><parent>none</parent>', host='<host>7</host>'), flags),
                known=(1,))
    for label, xml in (
            ('no parent', vhba_xml(parent='')), ('parent none', vhba_xml(parent='<parent>none</parent>')),
            ('parent computer', vhba_xml(parent='<parent>computer</parent>')), ('parent scsi_host2', vhba_xml(parent='<parent>scsi_host2</parent>')),
            ('parent scsi_host11', vhba_xml(parent='<parent>scsi_host11</parent>')),
            ('parent wwns', vhba_xml(parent="<parent wwnn='2000000012341234' wwpn='1000000012341234'/>")),
            ('parent wwnn', vhba_xml(parent="<parent wwnn='2000000012341234'/>")),
            ('parent fabric', vhba_xml(parent="<parent fabric_wwn='2000000043214321'/>")),
            ('parent bad fabric', vhba_xml(parent="<parent fabric_wwn='2000000043214329'/>")),
            ('parent bad wwns', vhba_xml(parent="<parent wwnn='2000000012341239' wwpn='1000000012341239'/>")),
            ('no wwns', vhba_xml(wwns='')), ('no wwpn', vhba_xml(wwns='<wwnn>2000000099999999</wwnn>')),
            ('bad wwns', vhba_xml(wwns='<wwnn>x</wwnn><wwpn>y</wwpn>')),
            ('not fc', "<device><parent>scsi_host1</parent><capability type='scsi_host'/></device>"),
            ('named', "<device><name>mine</name><parent>scsi_host1</parent><capability type='scsi_host'><capability type='fc_host'>"
                      "<wwnn>2000000099999991</wwnn><wwpn>1000000099999991</wwpn></capability></capability></device>"),
            ('system', "<device><name>c2</name><parent>computer</parent><capability type='system'/></device>"),
            ('no capability', '<device><parent>scsi_host1</parent></device>'), ('bad capability', "<device><parent>scsi_host1</parent><capability type='x'/></device>"),
            ('junk', '<'), ('empty', ''), ('wrong root', '<domain/>')):
        made = sheet.ask(f'create {label}', conn.nodeDeviceCreateXML, xml, 0)
        if made:
            state(sheet, label, made, *NODEDEV)
            sheet.ask(f'destroy {label}', made.destroy)
        events.drain(label)
    if dev:
        sheet.ask('destroy', dev.destroy)
        events.drain('destroy')
        sheet.ask('destroy again', dev.destroy)
        state(sheet, 'gone', dev, *NODEDEV)
    for name in ('computer', 'scsi_host1', 'scsi_host2', 'scsi_host11'):
        device = conn.nodeDeviceLookupByName(name)
        sheet.ask(f'destroy {name}', device.destroy)
        events.drain(name)
        sheet.ask(f'look up {name}', conn.nodeDeviceLookupByName, name)
    for call, args in (('undefine', (0,)), ('create', (0,)), ('isPersistent', ()), ('isActive', ()), ('autostart', ()), ('setAutostart', (1,))):
        if hasattr(libvirt.virNodeDevice, call):
            device = conn.nodeDeviceLookupByName('computer')
            sheet.ask(call, getattr(device, call), *args)
    sheet.ask('define', conn.nodeDeviceDefineXML, vhba_xml(), 0)


@scenario
def event_registration(sheet, conn):
    net, pool = conn.networkLookupByName('default'), conn.storagePoolLookupByName('default-pool')
    dev = conn.nodeDeviceLookupByName('scsi_host1')
    one, every = Events(sheet), Events(sheet)
    one.on(conn, 'network', net, 0)
    first = every.on(conn, 'network', None, 0)
    one.on(conn, 'storagePool', pool, 0)
    second = every.on(conn, 'storagePool', None, 0)
    one.on(conn, 'nodeDevice', dev, 0)
    third = every.on(conn, 'nodeDevice', None, 0)
    net.destroy()
    net.create()
    pool.destroy()
    pool.create()
    made = conn.networkDefineXML(network_xml())
    conn.storagePoolDefineXML(pool_xml())
    one.drain('one')
    every.drain('every')
    for call, registered in ((conn.networkEventDeregisterAny, first), (conn.storagePoolEventDeregisterAny, second),
                             (conn.nodeDeviceEventDeregisterAny, third)):
        sheet.ask('deregister', call, registered)
    for register, other in ((conn.networkEventRegisterAny, net), (conn.storagePoolEventRegisterAny, pool), (conn.nodeDeviceEventRegisterAny, dev)):
        for event in (-1, 1, 2, 3):
            sheet.ask(f'register {event}', lambda: register(other, event, one, None) >= 0)
    made.undefine()
    every.drain('after')
    one.drain('one')


@scenario
def second_connection(sheet, conn):
    other = libvirt.open('test:///default')
    conn.networkDefineXML(network_xml())
    sheet.ask('shared', other.listDefinedNetworks)
    read_only = libvirt.openReadOnly('test:///default')
    sheet.ask('read-only lists', read_only.listAllNetworks)
    net, pool = read_only.networkLookupByName('net'), read_only.storagePoolLookupByName('default-pool')
    for call in ('create', 'destroy', 'undefine'):
        sheet.ask(f'read-only network {call}', getattr(net, call))
        sheet.ask(f'read-only pool {call}', getattr(pool, call))
    sheet.ask('read-only define', read_only.networkDefineXML, network_xml())
    sheet.ask('read-only sources', read_only.findStoragePoolSources, 'logical', None, 0)
    sheet.ask('read-only device', read_only.nodeDeviceCreateXML, vhba_xml(), 0)
    sheet.ask('read-only interface', read_only.interfaceDefineXML, interface_xml(), 0)
    sheet.ask('read-only begin', read_only.changeBegin, 0)


def open_node(xml):
    with tempfile.NamedTemporaryFile('w', suffix='.xml') as node:
        node.write(xml)
        node.flush()
        return libvirt.open('test://' + node.name)


def node_lists(xml):
    conn = open_node(xml)
    return [sorted(conn.listNetworks()), sorted(conn.listDefinedNetworks()), sorted(conn.listStoragePools()), sorted(conn.listDefinedStoragePools()),
            sorted(conn.listInterfaces()), sorted(conn.listDefinedInterfaces()), sorted(conn.listDevices(None, 0))]


@scenario
def node_files(sheet, conn):
    device = "<device><name>dev</name><parent>computer</parent><capability type='system'/></device>"
    sheet.ask('empty', node_lists, '<node/>')
    sheet.ask('one each', node_lists, '<node>' + network_xml() + pool_xml() + interface_xml() + device + '</node>')
    sheet.ask('twice', node_lists, '<node>' + network_xml() + network_xml() + '</node>')
    sheet.ask('pool twice', node_lists, '<node>' + pool_xml() + pool_xml() + '</node>')
    sheet.ask('interface twice', node_lists, '<node>' + interface_xml() + interface_xml() + '</node>')
    sheet.ask('device twice', node_lists, '<node>' + device + device + '</node>')
    sheet.ask('bad network', node_lists, '<node><network/></node>')
    sheet.ask('bad pool', node_lists, '<node><pool/></node>')
    sheet.ask('bad interface', node_lists, '<node><interface/></node>')
    sheet.ask('bad device', node_lists, '<node><device/></node>')
    volumes = pool_xml().replace('</pool>', volume_xml('v1') + volume_xml('v2', inside='<target><path>/x/v2</path></target>') + '</pool>')
    made = sheet.ask('volumes', open_node, f'<node>{volumes}</node>')
    if made:
        pool = made.storagePoolLookupByName('pool')
        state(sheet, 'pool', pool, *POOL)
        for name in sorted(pool.listVolumes()):
            state(sheet, name, pool.storageVolLookupByName(name), *VOLUME)
    sheet.ask('bad volume', node_lists, '<node>' + pool_xml().replace('</pool>', '<volume/></pool>') + '</node>')
    with tempfile.TemporaryDirectory() as folder:
        for name, xml in (('n', network_xml()), ('p', pool_xml()), ('i', interface_xml()), ('d', device), ('v', volume_xml('fv'))):
            with open(os.path.join(folder, name), 'w') as out:
                out.write(xml)
        sheet.ask('files', node_lists, ''.join(('<node>', *(f'<{kind} file="{folder}/{name}"/>' for kind, name in (
            ('network', 'n'), ('pool', 'p'), ('interface', 'i'), ('device', 'd'))), '</node>')))
        with_volume = pool_xml().replace('</pool>', f'<volume file="{folder}/v"/></pool>')
        sheet.ask('volume file', lambda: open_node(f'<node>{with_volume}</node>').storagePoolLookupByName('pool').listVolumes())


if __name__ == '__main__':
    sys.exit(sweep.main())
