#!/usr/bin/env python3
"""Every call of the test driver's connection, node, domains, snapshots and checkpoints, with its flags and errors,
compared with recorded answers.

usage: sweep_test_driver.py [--record] ANSWERS
Runs the library that python3-libvirt is bound to (LD_LIBRARY_PATH chooses).  --record writes ANSWERS instead, from the library
whose behaviour is to be kept.
"""
import os
import sys
import tempfile

try:
    import libvirt
except ImportError:
    print('1..0 # SKIP python3-libvirt is not installed')
    sys.exit(77)

import sweep
from sweep import Events, scenario

LIVE, CONFIG, MAXIMUM = 1, 2, 4
MAC = '52:54:00:00:00:01'
DEVICES = f"""<devices>
<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
<disk type='block'><source dev='/dev/b'/><target dev='vdb' bus='virtio'/></disk>
<disk type='network'><source protocol='nbd' name='x'><host name='h'/></source><target dev='vdc' bus='virtio'/></disk>
<interface type='network'><source network='default'/><mac address='{MAC}'/></interface>
<interface type='user'><mac address='52:54:00:00:00:02'/><target dev='testnet0'/></interface>
<memballoon model='virtio'/></devices>"""


def domain(name, vcpus="<vcpu current='2'>4</vcpu>", inside='', devices='', uuid=''):
    return (f"<domain type='test'><name>{name}</name>{uuid}<memory>8192</memory><currentMemory>4096</currentMemory>{vcpus}"
            f"{inside}<os><type>hvm</type></os>{devices}</domain>")


def guests(conn):
    """One guest of every kind: running, stopped, transient, paused."""
    conn.defineXML(domain('off', inside='<iothreads>2</iothreads>', devices=DEVICES))
    conn.defineXML(domain('on', inside='<iothreads>2</iothreads>', devices=DEVICES)).create()
    conn.createXML(domain('transient', devices=DEVICES), 0)
    paused = conn.defineXML(domain('paused', vcpus='<vcpu>1</vcpu>'))
    paused.create()
    paused.suspend()
    return [conn.lookupByName(name) for name in ('test', 'off', 'on', 'transient', 'paused')]


def length(value):
    return len(value)


def no_time(info):
    return info[:4]


def no_cpu_time(vcpus):
    return [[(number, state, cpu) for number, state, _, cpu in vcpus[0]], vcpus[1]]


def names(things):
    return sorted(thing.getName() if hasattr(thing, 'getName') else thing.name() for thing in things)


def tree(dom):
    """Each snapshot with its parent, and whether it is the current one."""
    rows = []
    for snap in sorted(dom.listAllSnapshots(), key=lambda s: s.getName()):
        try:
            parent = snap.getParent().getName()
        except libvirt.libvirtError:
            parent = None
        rows.append([snap.getName(), parent, snap.isCurrent(), snap.numChildren()])
    return rows


GETTERS = [  # method, arguments before the flags, known flags, what to hide
    ('XMLDesc', (), (1, 2, 8), None), ('state', (), (), None), ('controlInfo', (), (), None),
    ('hostname', (), (), None), ('messages', (), (1, 2), None), ('hasManagedSaveImage', (), (), None),
    ('memoryParameters', (), (1, 2), None), ('numaParameters', (), (1, 2), None), ('blkioParameters', (), (1, 2), None),
    ('perfEvents', (), (1, 2), None), ('blockIoTune', ('vda',), (1, 2), None), ('interfaceParameters', (MAC,), (1, 2), None),
    ('vcpusFlags', (), (1, 2, 4), None), ('emulatorPinInfo', (), (1, 2), None),
    ('ioThreadInfo', (), (1, 2), None), ('blockInfo', ('vda',), (), None),
    ('diskErrors', (), (), None), ('fsInfo', (), (), None), ('getTime', (), (), None), ('snapshotNum', (), (1, 2, 4), None),
    ('snapshotListNames', (), (1, 2, 4), None), ('listAllSnapshots', (), (1, 1024), None),
    ('listAllCheckpoints', (), (1, 2), None), ('hasCurrentSnapshot', (), (), None), ('snapshotCurrent', (), (), None),
    ('injectNMI', (), (), None), ('reset', (), (), None), ('fsFreeze', (None,), (), None), ('fsThaw', (None,), (), None),
    ('interfaceAddresses', (0,), (), None), ('interfaceAddresses', (3,), (), None), ('metadata', (0, None), (1, 2), None),
    ('metadata', (2, 'http://u'), (1, 2), None), ('memoryPeek', (0, 16), (1, 2), None),
]
PLAIN = [
    ('ID', (), None), ('vcpuPinInfo', (0,), None), ('vcpuPinInfo', (1,), None), ('vcpuPinInfo', (2,), None),
    ('vcpuPinInfo', (3,), None), ('memoryStats', (), None), ('OSType', (), None), ('info', (), no_time), ('maxMemory', (), None), ('maxVcpus', (), None),
    ('autostart', (), None), ('isActive', (), None), ('isPersistent', (), None), ('isUpdated', (), None),
    ('schedulerType', (), None), ('schedulerParameters', (), None), ('vcpus', (), no_cpu_time),
    ('securityLabel', (), None), ('getCPUStats', (True,), None), ('getCPUStats', (False,), None),
    ('blockStats', ('vda',), length), ('blockStats', ('/a',), length), ('blockStats', ('nope',), length),
    ('blockStats', ('',), length), ('interfaceStats', ('testnet0',), length), ('interfaceStats', (MAC,), length),
    ('interfaceStats', ('nope',), length), ('blockInfo', ('nope',), None), ('blockInfo', ('/dev/b',), None),
    ('sendKey', (0, 0, [1, 2], 2, 0), None), ('sendKey', (0, 0, [1], 1, 1), None), ('sendProcessSignal', (2, 9, 0), None),
    ('sendProcessSignal', (1, 0, 0), None), ('setUserPassword', ('root', 'x', 0), None), ('fSTrim', (None, 0, 0), None),
    ('fSTrim', (None, 0, 1), None), ('setTime', ({'seconds': 5, 'nseconds': 6}, 0), None), ('undefineFlags', (4,), None),
    ('fsFreeze', (['/nope'], 0), None), ('fsFreeze', (['/boot'], 0), None), ('fsThaw', (None, 0), None),
]


@scenario
def getters(sheet, conn):
    for dom in guests(conn):
        for method, args, known, mask in GETTERS:
            sheet.flags(f'{dom.name()}: {method}{args}', getattr(dom, method), *args, known=known, mask=mask)
        for method, args, mask in PLAIN:
            sheet.ask(f'{dom.name()}: {method}{args}', getattr(dom, method), *args, mask=mask)


@scenario
def lists(sheet, conn):
    for dom in guests(conn):
        if dom.name() in ('off', 'paused'):
            dom.setAutostart(1)
        if dom.name() == 'transient':
            dom.snapshotCreateXML('<domainsnapshot/>')
    conn.lookupByName('test').managedSave()
    sheet.flags('listAllDomains', conn.listAllDomains, known=[1 << b for b in range(16)], mask=names)
    for method in ('numOfDomains', 'numOfDefinedDomains', 'listDomainsID', 'listDefinedDomains'):
        sheet.ask(method, getattr(conn, method), mask=lambda v: sorted(v) if isinstance(v, list) else v)
    for method, key in (('lookupByName', 'nope'), ('lookupByID', 99), ('lookupByID', 0), ('lookupByID', 2),
                        ('lookupByUUIDString', '00000000-0000-0000-0000-000000000001')):
        sheet.ask(f'{method} {key}', getattr(conn, method), key)
    sheet.flags('getAllDomainStats', conn.getAllDomainStats, 0, mask=lambda v: sorted([d.name(), s] for d, s in v))
    for bit in range(20):
        for flags in (0, 1 << 31):
            signed = flags - (1 << 32) if flags else 0
            sheet.ask(f'getAllDomainStats {1 << bit} 0x{flags:x}', conn.getAllDomainStats, 1 << bit, signed,
                      mask=lambda v: sorted([d.name(), s] for d, s in v))


@scenario
def host(sheet, conn):
    for method, args in (
            ('getCapabilities', ()), ('getInfo', ()), ('getVersion', ()), ('getType', ()), ('getMaxVcpus', (None,)),
            ('getMaxVcpus', ('kvm',)), ('getFreeMemory', ()), ('getCellsFreeMemory', (0, 1)), ('getCellsFreeMemory', (1, 5)),
            ('getCellsFreeMemory', (2, 1)), ('getSecurityModel', ()), ('isAlive', ()), ('isSecure', ()), ('isEncrypted', ()),
            ('getURI', ()), ('getCPUModelNames', ('x86_64', 0)), ('getCPUModelNames', ('ppc64', 0)),
            ('getCPUModelNames', ('aarch64', 0)), ('getCPUModelNames', ('alpha', 0)), ('getCPUModelNames', ('nope', 0)),
            ('getCPUModelNames', ('x86_64', 1)), ('getCPUStats', (5, 0)), ('getFreePages', ([4, 2048], 0, 2, 0))):
        sheet.ask(f'{method}{args}', getattr(conn, method), *args)
    sheet.flags('getSysinfo', conn.getSysinfo)
    sheet.flags('getCPUMap', conn.getCPUMap)
    sheet.flags('getCPUStats', conn.getCPUStats, -1)


def follow(sheet, events, dom, calls):
    """CALLS on DOM, each with the events that it caused, and what the guest is afterwards."""
    for method, *args in calls:
        label = f'{dom.name()}: {method}{tuple(args)}'
        sheet.ask(label, getattr(dom, method), *args)
        events.drain(label)
    for method, mask in (('ID', None), ('state', None), ('info', no_time), ('isActive', None), ('isPersistent', None),
                         ('autostart', None), ('hasManagedSaveImage', None)):
        sheet.ask(f'{dom.name()}: then {method}', getattr(dom, method), mask=mask)


@scenario
def life(sheet, conn):
    events = Events(conn, sheet)
    dom = conn.lookupByName('test')
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, 'dump')
        os.chdir(folder)
        follow(sheet, events, dom, [
            ('suspend',), ('suspend',), ('resume',), ('resume',), ('create',), ('suspend',), ('reboot', 0), ('reboot', 32),
            ('reset',), ('shutdown',), ('shutdown',), ('destroy',), ('suspend',), ('resume',), ('reboot',), ('reset',)])
        follow(sheet, events, dom, [
            ('create',), ('create',), ('suspend',), ('destroy',), ('create',), ('destroyFlags', 1), ('createWithFlags', 1),
            ('createWithFlags', 0), ('shutdownFlags', 1), ('destroyFlags', 2), ('shutdownFlags', 0), ('create',)])
        follow(sheet, events, dom, [
            ('coreDump', 'dump', 0), ('coreDump', 'dump', 1), ('create',), ('coreDumpWithFormat', 'dump', 2, 0),
            ('coreDump', '/nowhere/dump', 0), ('coreDump', 'dump', 2)])
        follow(sheet, events, dom, [
            ('managedSave',), ('hasManagedSaveImage',), ('create',), ('managedSaveRemove',), ('managedSave', 2), ('undefine',),
            ('undefineFlags', 1)])
        sheet.ask('dump', lambda: os.path.getsize(dump))
        os.chdir('/')
    for name, flags in (('a', 0), ('a', 0), ('b', 16), ('c', 1), ('d', 2), ('e', 4)):
        sheet.ask(f'createXML {name} {flags}', conn.createXML, domain(name), flags)
        events.drain('createXML')
    sheet.ask('defineXML over a name', conn.defineXML, domain('a'))
    follow(sheet, events, conn.lookupByName('a'), [('undefine',), ('managedSave',), ('destroy',)])
    uuid = '<uuid>11111111-2222-3333-4444-555555555555</uuid>'
    sheet.ask('defineXML', conn.defineXML, domain('u', uuid=uuid))
    events.drain('defineXML')
    for method, name, flags in (('defineXML', 'u', ()), ('defineXML', 'other', ()), ('createXML', 'other', (0,)),
                                ('createXML', 'u', (0,)), ('createXML', 'u', (0,)), ('defineXML', 'u', ())):
        sheet.ask(f'{method} {name}', getattr(conn, method), domain(name, uuid=uuid, vcpus='<vcpu>3</vcpu>'), *flags)
        events.drain(method)
    dom = conn.lookupByName('u')
    follow(sheet, events, dom, [
        ('rename', 'x', 0), ('setAutostart', 1), ('undefine',), ('undefine',), ('setAutostart', 0), ('destroy',)])
    conn.defineXML(domain('r'))
    events.drain('defineXML')
    follow(sheet, events, conn.lookupByName('r'), [('rename', 'r', 0), ('rename', 'b', 0), ('rename', 's/t', 0), ('rename', 's', 1),
                                                   ('rename', 's', 0), ('create',), ('rename', 't', 0), ('destroy',)])
    for action in ('destroy', 'restart', 'preserve', 'rename-restart'):
        conn.defineXML(domain('reboots-' + action).replace('<os>', f'<on_reboot>{action}</on_reboot><os>'))
        follow(sheet, events, conn.lookupByName('reboots-' + action), [('create',), ('reboot',), ('resume',), ('shutdown',)])
    events.end()


@scenario
def saves(sheet, conn):
    events = Events(conn, sheet)
    dom = conn.lookupByName('test')
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        follow(sheet, events, dom, [('save', 'image'), ('save', 'image'), ('create',), ('save', '/nowhere/image')])
        for method, *args in (('restore', 'image'), ('restore', 'none'), ('restoreFlags', 'image', None, 1),
                              ('restoreFlags', 'image', '<domain/>', 0), ('saveImageGetXMLDesc', 'image', 0),
                              ('saveImageGetXMLDesc', 'image', 2), ('saveImageGetXMLDesc', 'none', 0)):
            sheet.ask(f'{method}{tuple(args)}', getattr(conn, method), *args)
            events.drain(method)
        follow(sheet, events, dom, [('destroy',)])
        sheet.ask('restore', conn.restore, 'image')
        events.drain('restore')
        follow(sheet, events, dom, [('saveFlags', 'image', None, 1), ('saveFlags', 'image', None, 0)])
        xml = conn.saveImageGetXMLDesc('image', 1)
        for flags in (0, 1, 2, 4, 6, 8):
            sheet.ask(f'saveImageDefineXML {flags}', conn.saveImageDefineXML, 'image', xml.replace('destroy', 'restart'), flags)
        sheet.ask('saveImageGetXMLDesc', conn.saveImageGetXMLDesc, 'image', 1)
        whole = open('image', 'rb').read()
        for label, data in (('empty', b''), ('short', whole[:10]), ('magic', b'x' + whole[1:]), ('no length', whole[:15]),
                            ('long', whole[:15] + b'\xff\xff\xff\x7f'), ('cut', whole[:100])):
            with open('bad', 'wb') as out:
                out.write(data)
            sheet.ask(f'restore {label}', conn.restore, 'bad')
        os.chdir('/')
    events.end()


SETTERS = [
    ('setMemoryParameters', {'hard_limit': 5000}), ('setMemoryParameters', {'hard_limit': 50, 'soft_limit': 60}),
    ('setMemoryParameters', {'swap_hard_limit': 5}), ('setBlkioParameters', {'weight': 500}),
    ('setBlkioParameters', {'device_weight': '/dev/sda,300,/dev/sdb,400'}), ('setBlkioParameters', {'device_weight': '/dev/sda'}),
    ('setBlkioParameters', {'device_write_bytes_sec': '/dev/sdb,77777'}), ('setBlkioParameters', {'device_weight': '/dev/sdb,0'}),
    ('setNumaParameters', {'numa_mode': 0}), ('setNumaParameters', {'numa_nodeset': '0-1'}),
    ('setNumaParameters', {'numa_mode': 9}), ('setNumaParameters', {'numa_nodeset': 'x'}),
    ('setNumaParameters', {'numa_mode': 2, 'numa_nodeset': '1'}), ('setPerfEvents', {'cmt': True, 'mbml': False}),
    ('setBlockIoTune', 'vda', {'total_bytes_sec': 100}), ('setBlockIoTune', 'vda', {'total_bytes_sec_max': 200}),
    ('setBlockIoTune', 'vda', {'total_bytes_sec': 100, 'read_bytes_sec': 3}), ('setBlockIoTune', 'vda', {'group_name': 'g'}),
    ('setBlockIoTune', 'nope', {'total_bytes_sec': 1}), ('setBlockIoTune', 'vdb', {'size_iops_sec': 4}),
    ('setInterfaceParameters', MAC, {'inbound.average': 10, 'inbound.peak': 20}),
    ('setInterfaceParameters', MAC, {'outbound.peak': 10}), ('setInterfaceParameters', MAC, {'outbound.average': 10}),
    ('setInterfaceParameters', 'nope', {'outbound.average': 10}), ('setInterfaceParameters', MAC, {'inbound.average': 0}),
    ('setInterfaceParameters', MAC, {'inbound.floor': 7}), ('pinEmulator', (True, False, True)), ('pinEmulator', (False,)),
    ('pinVcpuFlags', 0, (True, False)), ('pinVcpuFlags', 3, (True,)), ('pinVcpuFlags', 1, (False,)),
    ('addIOThread', 5), ('addIOThread', 5), ('pinIOThread', 5, (True, False, True)), ('pinIOThread', 77, (True,)),
    ('pinIOThread', 5, (False,)), ('setIOThreadParams', 5, {'poll_max_ns': 100}), ('setIOThreadParams', 50, {'poll_max_ns': 1}),
    ('setIOThreadParams', 5, {'x': 1}), ('delIOThread', 5), ('delIOThread', 5), ('setVcpusFlags', 3), ('setVcpusFlags', 5),
    ('setVcpusFlags', 40), ('setVcpusFlags', 2), ('setMemoryFlags', 2048), ('setMemoryFlags', 999999),
    ('setMemoryStatsPeriod', 7), ('setMetadata', 0, 'text', None, None), ('setMetadata', 1, 'title', None, None),
    ('setMetadata', 2, '<x><y/></x>', 'k', 'http://u'), ('setMetadata', 2, 'x>', 'k', 'http://u'),
    ('setMetadata', 2, "<y a='1'>z</y>", 'k', 'http://v'), ('setMetadata', 2, None, 'k', 'http://v'),
    ('setMetadata', 0, None, None, None), ('setLifecycleAction', 0, 1), ('setLifecycleAction', 1, 4),
    ('setLifecycleAction', 2, 5),
]


@scenario
def setters(sheet, conn):
    events = Events(conn, sheet)
    for dom in guests(conn):
        for flags in (0, LIVE, CONFIG, LIVE | CONFIG):
            for method, *args in SETTERS:
                label = f'{dom.name()}: {method}{tuple(args)} {flags}'
                sheet.ask(label, getattr(dom, method), *args, flags)
                events.drain(label)
            for method, args, known, mask in GETTERS:
                if 1 in known and 2 in known:
                    sheet.ask(f'{dom.name()}: {method} {flags}', getattr(dom, method), *args, flags & 2 or 0, mask=mask)
        for method, *args in (('setVcpusFlags', 6, CONFIG | MAXIMUM), ('setVcpusFlags', 33, CONFIG | MAXIMUM),
                              ('setVcpusFlags', 1, CONFIG | MAXIMUM), ('setVcpus', 1), ('setVcpus', 9), ('setMemory', 1000),
                              ('setMemory', 9999999), ('setMaxMemory', 7777), ('setMemoryFlags', 9000, CONFIG | MAXIMUM),
                              ('setMemoryFlags', 500, LIVE | MAXIMUM), ('setSchedulerParameters', {'weight': 70})):
            sheet.ask(f'{dom.name()}: {method}{tuple(args)}', getattr(dom, method), *args)
        for flags in (0, 2):
            sheet.ask(f'{dom.name()}: XMLDesc at last {flags}', dom.XMLDesc, flags)
    events.end()


def snapshot(name, inside=''):
    return f'<domainsnapshot><name>{name}</name>{inside}</domainsnapshot>'


@scenario
def snapshots(sheet, conn):
    events = Events(conn, sheet)
    dom = conn.lookupByName('test')

    def create(name, flags=0, inside=''):
        sheet.ask(f'create {name} {flags} {inside}', dom.snapshotCreateXML, snapshot(name, inside), flags)
        events.drain(f'create {name}')

    def go(label, function, *args):
        sheet.ask(label, function, *args)
        events.drain(label)
        sheet.ask(f'{label}: tree', tree, dom)
        sheet.ask(f'{label}: state', dom.state)

    create('s1')
    create('s2', 0, '<description>d</description>')
    create('s2')
    for flags in (8, 4, 0x80, 0x100, 0x200, 0x10, 0x400):
        create(f'f{flags}', flags)
    sheet.ask('tree', tree, dom)
    dom.create()
    events.drain('create')
    for inside in ("<memory snapshot='no'/>", "<memory snapshot='external' file='/m'/>", "<memory snapshot='external'/>",
                   "<disks><disk name='vda' snapshot='external'/></disks>", "<disks><disk name='nope'/></disks>",
                   "<disks><disk name='vda' snapshot='internal'/></disks>", "<disks><disk name='vda' snapshot='no'/></disks>",
                   "<disks><disk name='/guest/diskimage1'/></disks>"):
        create('x' + inside.replace('/', ''), 0, inside)
    dom.suspend()
    create('paused')
    dom.resume()
    events.drain('resume')
    snap = dom.snapshotLookupByName('s1')
    for label, function in (('listAllSnapshots', dom.listAllSnapshots), ('listAllChildren', snap.listAllChildren)):
        sheet.flags(label, function, known=[1 << b for b in range(11)], mask=names)
    for label, function in (('snapshotNum', dom.snapshotNum), ('numChildren', snap.numChildren), ('getParent', snap.getParent),
                            ('isCurrent', snap.isCurrent), ('hasMetadata', snap.hasMetadata), ('getXMLDesc', snap.getXMLDesc)):
        sheet.flags(label, function)
    for name in names(dom.listAllSnapshots()):
        sheet.ask(f'xml of {name}', dom.snapshotLookupByName(name).getXMLDesc)
    paused = dom.snapshotLookupByName('paused')
    for snap in (snap, paused):
        for flags in (0, 1, 2, 4, 3, 8):
            go(f'revert {snap.getName()} {flags}', dom.revertToSnapshot, snap, flags)
    dom.destroy()
    events.drain('destroy')
    create('off')
    off = dom.snapshotLookupByName('off')
    for target, flags in ((paused, 0), (off, 0), (off, 1), (off, 2), (off, 0)):
        go(f'revert {target.getName()} {flags}', dom.revertToSnapshot, target, flags)
    sheet.ask('undefine', dom.undefine)
    for name, flags in (('s2', 0), ('s1', 2), ('f8', 4), ('off', 1), ('s1', 1), ('s1', 0)):
        go(f'delete {name} {flags}', lambda: dom.snapshotLookupByName(name).delete(flags))
    create('q1')
    create('q2')
    xml = dom.snapshotLookupByName('q2').getXMLDesc()
    for label, text, flags in (
            ('same', xml, 1), ('other', xml.replace('q2', 'q3'), 1), ('current', xml.replace('q2', 'q4'), 3),
            ('no redefine', xml, 2), ('state', xml.replace('<state>shutoff', '<state>running'), 1),
            ('uuid', xml.replace('6695eb01', '6695eb02'), 1), ('no time', snapshot('z', '<state>shutoff</state>'), 1),
            ('no domain', snapshot('z', '<state>shutoff</state><creationTime>4</creationTime>'), 1),
            ('itself', xml.replace('<name>q1</name>', '<name>q2</name>'), 1),
            ('no parent', xml.replace('<name>q1</name>', '<name>zz</name>'), 1),
            ('circle', dom.snapshotLookupByName('q1').getXMLDesc().replace('<creation',
                                                                           '<parent><name>q2</name></parent><creation'), 1),
            ('no name', '<domainsnapshot><state>shutoff</state><creationTime>4</creationTime></domainsnapshot>', 1)):
        go(f'redefine {label}', dom.snapshotCreateXML, text, flags)
    for label, text in (('root', '<foo/>'), ('text', 'x'), ('open', '<domainsnapshot>')):
        sheet.ask(f'bad {label}', dom.snapshotCreateXML, text)
    go('undefineFlags', dom.undefineFlags, 2)
    dom = conn.createXML(domain('transient'), 0)
    events.drain('createXML')
    go('transient', dom.snapshotCreateXML, snapshot('a'))
    go('transient halt', dom.snapshotCreateXML, snapshot('b'), 8)
    events.end()


@scenario
def checkpoints(sheet, conn):
    dom = conn.lookupByName('test')

    def xml(name, inside=''):
        return f'<domaincheckpoint><name>{name}</name>{inside}</domaincheckpoint>'

    def shape():
        rows = []
        for point in sorted(dom.listAllCheckpoints(), key=lambda p: p.getName()):
            try:
                rows.append([point.getName(), point.getParent().getName()])
            except libvirt.libvirtError:
                rows.append([point.getName(), None])
        return rows

    for name, flags, inside in (
            ('c1', 0, ''), ('c2', 0, '<description>d</description>'), ('c3', 2, ''), ('c1', 0, ''), ('a/b', 0, ''),
            ('e1', 0, "<disks><disk name='nope'/></disks>"), ('e2', 0, "<disks><disk name='vda' checkpoint='no'/></disks>"),
            ('e3', 0, "<disks><disk name='vda' checkpoint='bitmap' bitmap='bb'/></disks>"),
            ('e4', 0, "<disks><disk name='vda'/><disk name='vda'/></disks>"), ('e5', 0, '<disks/>'),
            ('e6', 0, "<disks><disk name='/guest/diskimage1'/></disks>"), ('e7', 8, ''),
            ('z1', 1, ''), ('z2', 1, '<creationTime>4</creationTime>')):
        sheet.ask(f'create {name} {flags} {inside}', dom.checkpointCreateXML, xml(name, inside), flags)
    sheet.ask('tree', shape)
    point = dom.checkpointLookupByName('c2')
    sheet.ask('lookup', dom.checkpointLookupByName, 'nope')
    sheet.flags('listAllCheckpoints', dom.listAllCheckpoints, known=(1, 2, 4, 8), mask=names)
    sheet.flags('listAllChildren', point.listAllChildren, known=(1, 2, 4, 8), mask=names)
    sheet.flags('getXMLDesc', point.getXMLDesc, known=(1, 2, 4))
    sheet.flags('getParent', point.getParent)
    sheet.ask('snapshot', dom.snapshotCreateXML, '<domainsnapshot/>')
    for label, text in (('same', point.getXMLDesc()), ('other', point.getXMLDesc().replace('c2', 'c9')),
                        ('uuid', point.getXMLDesc().replace('6695eb01', '6695eb02')), ('root', '<foo/>')):
        sheet.ask(f'redefine {label}', dom.checkpointCreateXML, text, 1)
    for name, flags in (('c2', 2), ('c3', 4), ('c1', 8), ('c1', 1), ('c1', 0), ('z2', 0)):
        sheet.ask(f'delete {name} {flags}', lambda: dom.checkpointLookupByName(name).delete(flags))
        sheet.ask(f'delete {name} {flags}: tree', shape)
    dom.destroy()
    sheet.ask('inactive', dom.checkpointCreateXML, xml('x'))


TEST_NS = "xmlns:t='http://libvirt.org/schemas/domain/test/1.0'"


@scenario
def nodes(sheet, conn):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'node.xml')

        def look(xml):
            with open(path, 'w') as out:
                out.write(xml)
            node = libvirt.open('test:///' + path)
            doms = sorted(node.listAllDomains(), key=lambda d: d.name())
            return [node.getInfo(), [[d.name(), d.ID(), d.state(), d.isPersistent(), d.hasManagedSaveImage(), tree(d)] for d in doms]]

        def ask(label, inside):
            sheet.ask(label, look, f'<node>{inside}</node>')

        for inside in ('', '<cpu><mhz>1</mhz><model>m</model><active>9</active><nodes>3</nodes><sockets>4</sockets><cores>5</cores>'
                       '<threads>6</threads></cpu><memory>777777</memory>', '<cpu><mhz>a</mhz></cpu>', '<cpu><nodes>-1</nodes></cpu>',
                       '<cpu><nodes>0</nodes></cpu>', '<memory>x</memory>', '<cpu><active>99</active></cpu>', '<cpu><nodes/></cpu>',
                       f"<cpu><model>{'m' * 31}</model></cpu>", f"<cpu><model>{'m' * 32}</model></cpu>",
                       '<auth><user/></auth>', '<auth/>', '<domain file="/nowhere"/>'):
            ask(inside, inside)
        for state in [*range(-1, 10), 'x', '']:
            ask(f'runstate {state}', domain('d', inside=f'<t:runstate {TEST_NS}>{state}</t:runstate>'))
        for words in ('transient', 'transient,off', 'hasmanagedsave', 'hasmanagedsave,off', 'hasmanagedsave,transient'):
            inside = ''.join(f'<t:runstate {TEST_NS}>5</t:runstate>' if w == 'off' else f'<t:{w} {TEST_NS}/>'
                             for w in words.split(','))
            ask(words, domain('d', inside=inside))
        one = '<name>s1</name><state>running</state><creationTime>5</creationTime>'
        two = '<name>s2</name><state>shutoff</state><parent><name>s1</name></parent><creationTime>6</creationTime>'
        on, off = '<active>1</active>', '<active>0</active>'
        for label, snaps in (('no active', [one]), ('not current', [one + off]), ('current', [one + on]), ('two', [one + on, two + off]),
                             ('two current', [one + on, two + on]), ('turned', [two + off, one + on]), ('orphan', [two + off]),
                             ('no time', ['<name>q</name>']), ('no name', [one[15:] + on]), ('twice', [one + on, one + off]),
                             ('no state', ['<name>s1</name><creationTime>5</creationTime>' + on])):
            ask(f'snapshots {label}', domain('d', inside=''.join(f'<t:domainsnapshot {TEST_NS}>{s}</t:domainsnapshot>' for s in snaps)))
        ask('twice the same', domain('d') + domain('d'))
        for label, text in (('root', '<foo/>'), ('open', '<node'), ('empty', '')):
            sheet.ask(label, look, text)
        for uri in ('test:///', 'test://', 'test:', 'test:////nowhere', 'test:///default?x=y', 'test://user@/default', 'test:nowhere'):
            sheet.ask(uri, lambda: names(libvirt.open(uri).listAllDomains()))
        with open(path, 'w') as out:
            out.write('<node><auth><user password="p">u</user><user>w</user></auth></node>')
        sheet.ask('no credentials', libvirt.open, 'test:///' + path)
        for given in ({2: 'u', 5: 'p'}, {2: 'u', 5: 'x'}, {2: 'z', 5: 'p'}, {2: 'w'}, {}):
            for kinds in ([2, 5], [2], [5], [], [2, 7], [1, 5]):
                asked = []

                def answer(credentials, _):
                    for credential in credentials:
                        asked.append(credential[:3])
                        credential[4] = given.get(credential[0], '')
                    return 0 if given else -1
                sheet.ask(f'auth {given} {kinds}', lambda: libvirt.openAuth('test:///' + path, [kinds, answer, None], 0).isAlive())
                sheet.ask('asked', lambda: asked)


@scenario
def streams(sheet, conn):
    dom = conn.lookupByName('test')
    for screen in (0, 5):
        stream = conn.newStream(0)
        sheet.ask(f'screenshot {screen}', dom.screenshot, stream, screen, 0)
        parts = []
        sheet.ask('recvAll', stream.recvAll, lambda s, data, o: parts.append(data), None)
        sheet.ask('finish', stream.finish)
        sheet.ask('recv', stream.recv, 3)
        sheet.ask('PNG', lambda: b''.join(parts)[:8])
    sheet.ask('send', conn.newStream(0).send, b'x')
    sheet.flags('screenshot', lambda flags: dom.screenshot(conn.newStream(0), 0, flags))


def processor(model, features='', vendor='', arch='x86_64'):
    return (f'<cpu><arch>{arch}</arch><model>{model}</model>' + (f'<vendor>{vendor}</vendor>' if vendor else '') +
            ''.join(f"<feature policy='require' name='{name}'/>" for name in features.split()) + '</cpu>')


@scenario
def processors(sheet, conn):
    models = conn.getCPUModelNames('x86_64')
    for i, model in enumerate(models):
        sheet.ask(model, conn.baselineCPU, [processor(model)], 0)
        if i % 6 == 0:
            sheet.ask(f'{model} expanded', conn.baselineCPU, [processor(model)], 1)
        # Strides that meet every vendor and generation.
        for other in (models[(i * 7 + 3) % len(models)], models[(i * 11 + 5) % len(models)]):
            sheet.ask(f'{model} and {other}', conn.baselineCPU, [processor(model), processor(other)], 0)
    for features in ('vmx', 'svm', 'ss ds ht', 'avx512f ssb-no split-lock-detect', 'rtm hle', 'monitor', 'nope'):
        for model in ('pentiumpro', 'Westmere', 'Skylake-Client-noTSX-IBRS', 'EPYC'):
            sheet.ask(f'{model} with {features}', conn.baselineCPU, [processor(model, features)], 0)
    for one, two in (('Intel', 'AMD'), ('Intel', ''), ('', 'AMD'), ('Nope', ''), ('Hygon', 'Intel')):
        sheet.ask(f'vendor {one}', conn.baselineCPU, [processor('Penryn', '', one)], 0)
        sheet.ask(f'vendors {one} {two}', conn.baselineCPU, [processor('Penryn', '', one), processor('EPYC', '', two)], 0)
    for xml in ('<cpu><model>Penryn</model></cpu>', '<cpu><arch>x86_64</arch></cpu>', '<foo/>', '<cpu>', "<cpu mode='host-model'/>",
                processor('nope'), processor('Penryn', 'vmx vmx'), processor('cortex-a57', '', '', 'aarch64'),
                processor('z13', '', '', 's390x'), processor('POWER8', '', '', 'ppc64'), processor('x', '', '', 'riscv64')):
        sheet.ask(xml, conn.baselineCPU, [xml], 0)
        sheet.ask(f'Penryn and {xml}', conn.baselineCPU, [processor('Penryn'), xml], 0)
    sheet.ask('none', conn.baselineCPU, [], 0)
    sheet.flags('baselineCPU', lambda flags: conn.baselineCPU([processor('Penryn')], flags))


if __name__ == '__main__':
    sys.exit(sweep.main())
