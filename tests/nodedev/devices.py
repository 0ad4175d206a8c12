#!/usr/bin/env python3
"""The node device driver in this process, in a network namespace: devices there are, that come and go, that are defined."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'network'))
from netlab import check, finish, libvirt, refused, root, sh, wait  # noqa: E402

libvirt.virEventRegisterDefaultImpl()
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
sh('ip link add before0 type veth peer name before1; ip link set before0 address 02:00:00:00:00:01 up')
conn = libvirt.open(f'nodedev:///embed?root={root}')
events = []
conn.nodeDeviceEventRegisterAny(None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
                                lambda c, d, event, detail, o: events.append((d.name(), event)), None)
CREATED, DELETED, DEFINED, UNDEFINED = range(4)


def names(flags=0):
    return {d.name() for d in conn.listAllDevices(flags)}


# --- what is there
computer = conn.nodeDeviceLookupByName('computer')
check('the machine itself', "<capability type='system'>" in computer.XMLDesc() and computer.parent() is None and
      computer.listCaps() == ['system'] and computer.isActive() and computer.isPersistent())
net = conn.nodeDeviceLookupByName('net_before0_02_00_00_00_00_01')
xml = net.XMLDesc()
check('a network card', '<path>/sys/devices/virtual/net/before0</path>' in xml and '<interface>before0</interface>' in xml and
      '<address>02:00:00:00:00:01</address>' in xml and "<feature name='tx'/>" in xml and "<capability type='80203'/>" in xml, xml)
check('and where it hangs', net.parent() == 'computer')
pci = sorted(os.listdir('/sys/bus/pci/devices')) if os.path.isdir('/sys/bus/pci/devices') else []
check('all PCI devices', names(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV) ==
      {'pci_' + p.replace(':', '_').replace('.', '_') for p in pci})
if pci:
    xml = conn.nodeDeviceLookupByName('pci_' + pci[0].replace(':', '_').replace('.', '_')).XMLDesc()
    number = open(f'/sys/bus/pci/devices/{pci[0]}/vendor', encoding='ascii').read().strip()
    check('by their numbers', f"<vendor id='{number}'" in xml, xml)
disks = [d for d in os.listdir('/sys/block') if d.startswith('vd')]
check('disks', all(any(n.startswith(f'block_{d}') for n in names(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE)) for d in disks))
check('lists by name of a capability', set(conn.listDevices('net', 0)) == names(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET) and
      conn.numOfDevices('net', 0) == len(conn.listDevices('net', 0)) and conn.listDevices('nothing', 0) == [])
refused('a device that is not there', 53, "no node device with matching name 'x'", conn.nodeDeviceLookupByName, 'x')

# --- what comes and goes
sh('ip link add late0 type veth peer name late1; ip link set late0 address 02:00:00:00:00:02')
late = [n for n in names() if n.startswith('net_late0')] if wait(lambda: any(n.startswith('net_late0') for n in names())) else []
check('a device that appears', len(late) == 1, names())
check('is told', wait(lambda: any(n.startswith('net_late0') and e == CREATED for n, e in events)), events)
sh('ip link del late0')
check('and one that goes', wait(lambda: not any(n.startswith('net_late') for n in names())), names())
check('is told too', wait(lambda: {e for n, e in events if n.startswith('net_late1')} == {CREATED, DELETED}), events)

# --- what cannot be
refused('only some kinds are made', 67, 'Unsupported device type', conn.nodeDeviceDefineXML,
        "<device><parent>computer</parent><capability type='net'><interface>a</interface></capability></device>", 0)
refused('the machine has no mediated devices', 32, "Unable to find address for parent device 'computer'", conn.nodeDeviceCreateXML,
        "<device><parent>computer</parent><capability type='mdev'><type id='foo'/></capability></device>", 0)
refused('no adapter there', 1, 'Parent device computer is not capable of vport operations', conn.nodeDeviceCreateXML,
        "<device><parent>computer</parent><capability type='scsi_host'><capability type='fc_host'><wwnn>2001</wwnn>"
        "<wwpn>1002</wwpn></capability></capability></device>", 0)
refused('nobody ends the machine', 67, 'Unsupported device type', computer.destroy)
refused('nor starts it', 55, 'Device is already active', computer.create)

# --- mediated devices, as far as there are none
if pci:
    parent = 'pci_' + pci[0].replace(':', '_').replace('.', '_')
    uuid = 'c60cc60c-c60c-c60c-c60c-c60cc60cc60c'
    mdev = conn.nodeDeviceDefineXML(f"""<device><parent>{parent}</parent><capability type='mdev'><type id='some'/><uuid>{uuid}</uuid>
<attr name='assign' value='5'/></capability></device>""", 0)
    check('a mediated device is defined', mdev.name() == f'mdev_{uuid.replace("-", "_")}_{pci[0].replace(":", "_").replace(".", "_")}',
          mdev.name())
    kept = json.load(open(f'{root}/etc/mdevctl.d/{pci[0]}/{uuid}', encoding='utf-8'))
    check('where mdevctl finds it', kept == {'mdev_type': 'some', 'start': 'manual', 'attrs': [{'assign': '5'}]}, kept)
    check('it does not run', not mdev.isActive() and mdev.isPersistent() and mdev.name() in
          names(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE) and mdev.name() not in conn.listDevices(None, 0))
    refused('and cannot', 67, "no mediated devices of type 'some'", mdev.create)
    mdev.setAutostart(1)
    check('it is marked', mdev.autostart() == 1 and
          json.load(open(f'{root}/etc/mdevctl.d/{pci[0]}/{uuid}', encoding='utf-8'))['start'] == 'auto')
    name = mdev.name()
    mdev.undefine()
    refused('and forgotten', 53, name, conn.nodeDeviceLookupByName, name)
    check('on disk too', os.listdir(f'{root}/etc/mdevctl.d/{pci[0]}') == [])
    check('with events', wait(lambda: [e for n, e in events if n == name] == [DEFINED, UNDEFINED]), events)
finish()
