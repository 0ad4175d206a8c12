#!/usr/bin/env python3
"""What outlives a call or the daemon: guests in files, guests taken over, guests that start by themselves.

With --stay the process starts a guest, says so and waits to be killed.
"""
import subprocess
import sys
import xml.etree.ElementTree as E

import common
from common import *  # noqa: F403

BALLOON = "<memballoon model='virtio'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


def open_here():
    return libvirt.open(f'qemu:///embed?root={root}')


def stay():
    common.root = sys.argv[2]
    conn = libvirt.open(f'qemu:///embed?root={sys.argv[2]}')
    xml = sys.stdin.read()
    conn.defineXML(xml).create()
    print('started', flush=True)
    time.sleep(100)


def saved(conn):
    path = root + '/image'
    guest = conn.defineXML(GUEST % ('sleeps', BALLOON))
    guest.create()
    wait(lambda: 'up' in serial())
    before = guest.XMLDesc(0)
    guest.save(path)
    check('saved, it is off', guest.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SAVED], guest.state())
    check('and no process is left', wait(lambda: processes() == []))
    head = open(path, 'rb').read(16)
    check('the image is a save image', head == b'LibvirtQemudSave', head)
    xml = conn.saveImageGetXMLDesc(path)
    check('which tells the definition', '<name>sleeps</name>' in xml, xml)
    conn.saveImageDefineXML(path, xml.replace('<on_crash>destroy', '<on_crash>preserve'))
    check('and takes another', '<on_crash>preserve' in conn.saveImageGetXMLDesc(path))
    code, message = error_of(conn.saveImageDefineXML, path, xml.replace("32768", "65536"))
    check('but not one that the guest would see', code is not None, message)
    conn.restore(path)
    check('restored, it runs', guest.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED], guest.state())
    check('as another guest of the same hardware', E.fromstring(before).find('devices/controller/address').attrib ==
          E.fromstring(guest.XMLDesc(0)).find('devices/controller/address').attrib)
    guest.shutdown()
    check('and still hears its power button', wait(lambda: not guest.isActive()), guest.state())
    os.unlink(path)

    guest.create()
    guest.managedSave()
    check('a managed save is known', guest.hasManagedSaveImage() == 1 and not guest.isActive())
    check('a guest with one is not undefined', error_of(guest.undefine)[0] == libvirt.VIR_ERR_OPERATION_INVALID)
    guest.create()
    check('the next start uses it up', guest.hasManagedSaveImage() == 0 and guest.state()[1] == libvirt.VIR_DOMAIN_RUNNING_RESTORED,
          guest.state())
    stats = guest.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    check('what the save did is told', stats.get('operation') == libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE and
          stats.get('memory_total', 0) > 0, stats)
    code, message = error_of(guest.save, '/no/such/folder/image')
    check('a save that fails says why', '/no/such/folder' in message, message)
    check('and the guest goes on', guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING, guest.state())
    states = []
    for _ in range(20):
        guest.suspend()
        states.append(guest.state()[0])
        guest.resume()
        time.sleep(0.002)
        states.append(guest.state()[0])
    check('what QEMU tells late of an earlier pause changes nothing', states == [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_RUNNING] * 20,
          states)
    open(root + '/etc/qemu.conf', 'w').write('save_image_format = "gzip"\n')
    guest.saveFlags(path, None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
    conn.restore(path)
    check('a packed one, asked to be paused, is', guest.state()[0] == libvirt.VIR_DOMAIN_PAUSED, guest.state())
    os.unlink(root + '/etc/qemu.conf')
    guest.resume()
    guest.saveFlags(path, None, libvirt.VIR_DOMAIN_SAVE_BYPASS_CACHE)
    conn.restoreFlags(path, None, libvirt.VIR_DOMAIN_SAVE_BYPASS_CACHE)
    check('past the cache', guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING, guest.state())

    guest.coreDumpWithFormat(root + '/core', libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, libvirt.VIR_DUMP_MEMORY_ONLY)
    check('its memory as a core file', open(root + '/core', 'rb').read(4) == b'\x7fELF')
    check('after which it runs', guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING, guest.state())
    guest.coreDumpWithFormat(root + '/core', libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB, libvirt.VIR_DUMP_MEMORY_ONLY)
    guest.coreDump(root + '/core', libvirt.VIR_DUMP_CRASH)
    check('a dump may end it', guest.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED], guest.state())
    guest.undefine()


def taken_over(conn):
    os.unlink(root + '/serial')
    xml = GUEST % ('left', BALLOON)
    child_root = root + '/child'
    os.mkdir(child_root)
    child = subprocess.Popen([sys.executable, __file__, '--stay', child_root], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(xml.encode())
    child.stdin.close()
    check('another process starts a guest', child.stdout.readline() == b'started\n')
    wait(lambda: 'up' in serial())
    code, message = error_of(libvirt.open, f'qemu:///embed?root={child_root}')
    check('whose files are its own', 'pid file' in message, message)
    child.kill()
    child.wait()
    pids = processes()
    check('the guest outlives it', len(pids) == 1, pids)
    status = E.parse(child_root + '/run/qemu/left.xml').getroot()
    check('its status file tells of it', status.tag == 'domstatus' and status.get('pid') == str(pids[0]), status.attrib)
    other = libvirt.open(f'qemu:///embed?root={child_root}')
    seen = []
    lifecycle(other, seen)
    guest = other.lookupByName('left')
    check('the next one knows it', guest.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED], guest.state())
    guest.suspend()
    check('and commands it', guest.state()[0] == libvirt.VIR_DOMAIN_PAUSED, guest.state())
    guest.resume()
    guest.shutdown()
    check('to its end', wait(lambda: not guest.isActive()), guest.state())
    check('which leaves nothing', wait(lambda: not os.path.exists(child_root + '/run/qemu/left.xml') and processes() == []))
    guest.create()
    os.kill(processes()[0], signal.SIGKILL)
    check('a death is noticed', wait(lambda: not guest.isActive()))
    guest.undefine()


def autostarted(conn):
    guest = conn.defineXML(GUEST % ('self', ''))
    guest.setAutostart(1)
    check('marked to start by itself', guest.autostart() == 1 and os.path.islink(root + '/etc/qemu/autostart/self.xml'))
    other_root = root + '/other'
    shutil.copytree(root + '/etc', other_root + '/etc', symlinks=True)
    other = libvirt.open(f'qemu:///embed?root={other_root}')
    there = other.lookupByName('self')
    check('it does', wait(there.isActive), there.state())
    there.destroy()
    check('once only while the host is up', os.path.exists(other_root + '/run/qemu/autostarted'))
    guest.setAutostart(0)
    check('and no longer', guest.autostart() == 0 and not os.path.exists(root + '/etc/qemu/autostart/self.xml'))
    guest.rename('myself')
    check('renamed', conn.lookupByName('myself').UUIDString() == guest.UUIDString() and
          os.path.exists(root + '/etc/qemu/myself.xml') and not os.path.exists(root + '/etc/qemu/self.xml'))
    conn.lookupByName('myself').undefine()


def owned(conn):
    other = open_here()
    other.createXML(GUEST % ('owned', ''), libvirt.VIR_DOMAIN_START_AUTODESTROY)
    check('a guest of a connection', conn.lookupByName('owned').isActive() == 1)
    other.close()
    check('goes with it', error_of(conn.lookupByName, 'owned')[0] == libvirt.VIR_ERR_NO_DOMAIN)


def main():
    start_loop()
    conn = open_here()
    for part in (saved, taken_over, autostarted, owned):
        step(part, conn)


if len(sys.argv) > 1 and sys.argv[1] == '--stay':
    stay()
run(main)
