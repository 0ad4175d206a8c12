#!/usr/bin/env python3
"""Devices put into a running guest, changed and taken out again, and the same in its stored definition."""
import subprocess
import xml.etree.ElementTree as E

from common import *  # noqa: F403

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
DEVICES = """<controller type='scsi' model='virtio-scsi'/><controller type='usb' model='qemu-xhci'/>
  <disk type='file' device='cdrom'><target dev='sdc' bus='scsi'/></disk>
  <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
  <graphics type='vnc' autoport='yes' passwd='before'/>"""


def disk(path, target, bus='virtio', kind='disk'):
    return f"<disk type='file' device='{kind}'><driver name='qemu' type='raw'/><source file='{path}'/>" \
           f"<target dev='{target}' bus='{bus}'/></disk>"


def count_of(guest, path, flags=0):
    return len(E.fromstring(guest.XMLDesc(flags)).findall('devices/' + path))


def add_and_remove(guest, xml, path, quick=True):
    name = path.split('[')[0]
    before = count_of(guest, name)
    guest.attachDeviceFlags(xml, LIVE)
    check(f'{path} is plugged in', count_of(guest, name) == before + 1, guest.XMLDesc(0))
    check(f'{path} has an alias', E.fromstring(guest.XMLDesc(0)).findall('devices/' + name)[-1].find('alias') is not None or
          name == 'lease')
    guest.detachDeviceFlags(xml, LIVE)
    check(f'{path} is taken out', wait(lambda: count_of(guest, name) == before), guest.XMLDesc(0))


def live(guest, seen):
    for name in ('a', 'b', 'iso', 'iso2'):
        subprocess.run(['truncate', '-s', '1M', f'{root}/{name}.img'], check=True)
    add_and_remove(guest, disk(root + '/a.img', 'vda'), 'disk[vda]')
    add_and_remove(guest, disk(root + '/a.img', 'sda', 'scsi'), 'disk[sda]')
    add_and_remove(guest, disk(root + '/a.img', 'sdb', 'usb'), 'disk[usb]')
    add_and_remove(guest, "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>", 'interface')
    add_and_remove(guest, "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", 'rng')
    add_and_remove(guest, "<input type='tablet' bus='usb'/>", 'input')
    add_and_remove(guest, "<controller type='scsi' index='3' model='virtio-scsi'/>", 'controller')
    add_and_remove(guest, "<watchdog model='i6300esb' action='reset'/>", 'watchdog')
    add_and_remove(guest, f"<channel type='unix'><source mode='bind' path='{root}/chan'/><target type='virtio' name='a.b'/></channel>",
                   'channel')
    add_and_remove(guest, "<redirdev bus='usb' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/></redirdev>", 'redirdev')
    aliases = [what for what, _ in seen]
    check('each is announced', 'added' in aliases and 'removed' in aliases, seen)

    code, message = error_of(guest.attachDeviceFlags, disk('/no/such/file', 'vdb'), LIVE)
    check('what is not there is refused', '/no/such/file' in message, message)
    check('and leaves nothing', count_of(guest, 'disk') == 1)
    guest.attachDeviceFlags(disk(root + '/a.img', 'vdb'), LIVE)
    check('afterwards another goes in', count_of(guest, 'disk') == 2)
    code, message = error_of(guest.attachDeviceFlags, disk(root + '/b.img', 'vdb'), LIVE)
    check('a name is taken once', code == libvirt.VIR_ERR_OPERATION_FAILED and 'already exists' in message, message)
    alias = E.fromstring(guest.XMLDesc(0)).find("devices/disk/target[@dev='vdb']/../alias").get('name')
    guest.detachDeviceAlias(alias, LIVE)
    check('taken out by its alias', wait(lambda: count_of(guest, 'disk') == 1))
    code, message = error_of(guest.detachDeviceFlags, disk(root + '/a.img', 'vdz'), LIVE)
    check('what is not there cannot go', code == libvirt.VIR_ERR_DEVICE_MISSING, (code, message))
    code, message = error_of(guest.attachDeviceFlags, "<panic model='isa'/>", LIVE)
    check('some kinds cannot be plugged', code == libvirt.VIR_ERR_OPERATION_UNSUPPORTED, (code, message))
    code, message = error_of(guest.attachDeviceFlags, "<nonsense/>", LIVE)
    check('nonsense is refused', code == libvirt.VIR_ERR_XML_ERROR, (code, message))


def source(guest):
    element = E.fromstring(guest.XMLDesc(0)).find("devices/disk[@device='cdrom']/source")
    return element.get('file') if element is not None else None


def changes(guest):
    cd = lambda path: "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>" + \
        (f"<source file='{path}'/>" if path else '') + "<target dev='sdc' bus='scsi'/><readonly/></disk>"
    guest.updateDeviceFlags(cd(root + '/iso.img'), LIVE)
    check('a medium goes in', source(guest) == root + '/iso.img', guest.XMLDesc(0))
    guest.updateDeviceFlags(cd(root + '/iso2.img'), LIVE)
    check('another replaces it', source(guest) == root + '/iso2.img')
    code, message = error_of(guest.updateDeviceFlags, cd('/no/such/iso'), LIVE)
    check('one that is not there does not', '/no/such/iso' in message and source(guest) == root + '/iso2.img', message)
    guest.updateDeviceFlags(cd(None), LIVE)
    check('and it comes out', source(guest) is None)
    net = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>%s</interface>"
    guest.updateDeviceFlags(net % "<link state='down'/>", LIVE)
    check('a cable is pulled', "<link state='down'/>" in guest.XMLDesc(0))
    guest.updateDeviceFlags(net % '', LIVE)
    check('and put back', "<link state='down'/>" not in guest.XMLDesc(0))
    guest.updateDeviceFlags("<graphics type='vnc' autoport='yes' passwd='after'/>", LIVE)
    check('a password changes', "passwd='after'" in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE))


def stored(conn, guest):
    guest.attachDeviceFlags(disk(root + '/b.img', 'vdq'), LIVE | CONFIG)
    check('in both at once', 'vdq' in guest.XMLDesc(0) and 'vdq' in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    text = open(root + '/etc/qemu/plug.xml').read()
    check('and on disk', 'vdq' in text, text)
    guest.detachDeviceFlags(disk(root + '/b.img', 'vdq'), CONFIG)
    check('out of one only', 'vdq' in guest.XMLDesc(0) and 'vdq' not in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    guest.attachDeviceFlags("<sound model='ich6'/>", CONFIG)
    check('kinds that wait for the next start', '<sound' in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) and
          '<sound' not in guest.XMLDesc(0))
    guest.updateDeviceFlags("<interface type='user'><mac address='52:54:00:00:00:01'/><model type='e1000'/></interface>", CONFIG)
    inactive = E.fromstring(guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    check('an update replaces in place', inactive.find('devices/interface/model').get('type') == 'e1000' and
          inactive.find('devices/interface/address') is not None and len(inactive.findall('devices/interface')) == 1)


def memory(conn):
    xml = (GUEST % ('modules', '')).replace('<os>', "<maxMemory slots='4' unit='MiB'>512</maxMemory><os>").replace(
        '<devices>', "<cpu><numa><cell id='0' cpus='0' memory='32' unit='MiB'/></numa></cpu><devices>")
    guest = conn.createXML(xml, 0)
    before = guest.info()
    dimm = "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>"
    guest.attachDeviceFlags(dimm, LIVE)
    check('a memory module goes in', guest.info()[1] == before[1] + 128 * 1024, guest.info())
    address = E.fromstring(guest.XMLDesc(0)).find('devices/memory/address')
    check('and has its place', address is not None and address.get('base'), guest.XMLDesc(0))
    guest.destroy()


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    seen = []
    for event, word in ((libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, 'added'), (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, 'removed')):
        conn.domainEventRegisterAny(None, event, lambda c, d, alias, w: seen.append((w, alias)), word)
    guest = conn.defineXML(GUEST % ('plug', DEVICES))
    guest.create()
    wait(lambda: 'up' in serial())
    step(live, guest, seen)
    step(changes, guest)
    step(stored, conn, guest)
    guest.destroy()
    guest.undefine()
    step(memory, conn)


run(main)
