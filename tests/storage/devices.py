#!/usr/bin/env python3
"""Pools upon real devices and servers: a file system on a loop device, its partitions, a volume group, an iSCSI target; a full disk, a
server that is gone.  In a mount and network namespace of its own; each part is skipped where the machine lacks what it needs."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as E

if os.environ.get('VIREO_STORAGELAB') != '1':
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', '-n', 'true'], env=plain, capture_output=True).returncode:
        print('1..0 # skip only root may use devices and mounts')
        print('skipped: only root may use devices and mounts')
        sys.exit(77)
    os.execvpe('unshare', ['unshare', '-m', '-n', sys.executable] + sys.argv, {**os.environ, 'VIREO_STORAGELAB': '1'})

from storagelab import URI, check, clean, finish, libvirt, pool_xml, refused, root, sh, skipped, volume_xml, wait

conn = libvirt.open(URI)
loops = []


def loop(name, size):
    with open(f'{root}/{name}', 'wb') as f:
        f.truncate(size)
    device = sh(f'losetup -P -f --show {root}/{name}', check=False).strip()
    if device:
        loops.append(device)
    return device


def file_system():
    device = loop('disk', 64 << 20)
    if not device:
        return skipped('a file system on a loop device', 'no loop devices')
    pool = conn.storagePoolDefineXML(pool_xml('fs', 'fs', f'{root}/mounted', f"<device path='{device}'/><format type='ext4'/>"))
    refused('a start before there is a file system', 1, 'mount', pool.create)
    pool.build(libvirt.VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)
    refused('what is there is not formatted again', 76, 'holds something already', pool.build, libvirt.VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)
    pool.create()
    check('mounted, without devices and programs', 'nodev' in sh(f'grep {root}/mounted /proc/mounts'), sh('cat /proc/mounts'))
    check('as large as its device', 32 << 20 < pool.info()[1] < 64 << 20, pool.info())
    before = pool.info()
    big = pool.createXML(volume_xml('big', 20 << 20))
    check('room is booked', pool.info()[2] - before[2] >= 20 << 20, (before, pool.info()))
    refused('a disk that is full', 38, 'No space left on device', pool.createXML, volume_xml('huge', 60 << 20))
    check('nothing of it is left', pool.listVolumes() == ['big', 'lost+found'] or sorted(pool.listVolumes()) == ['big', 'lost+found'], pool.listVolumes())
    big.delete()
    pool.createXML(volume_xml('small'))
    check('and the next one has room', 'small' in pool.listVolumes())
    again = libvirt.open(URI)
    again.close()
    pool.destroy()
    check('unmounted', f'{root}/mounted' not in sh('cat /proc/mounts'))
    pool.delete()
    check('its folder goes', not os.path.exists(f'{root}/mounted'))
    pool.undefine()
    return None


def partitions():
    device = loop('parts', 64 << 20)
    if not device or not shutil.which('parted'):
        return skipped('partitions', 'no loop devices or no parted')
    name = os.path.basename(device)
    pool = conn.storagePoolDefineXML(pool_xml('disk', 'disk', '/dev', f"<device path='{device}'/><format type='gpt'/>"))
    pool.build()
    refused('a disk that is in use is not built', 76, 'holds something already', pool.build)
    pool.create()
    xml = E.fromstring(pool.XMLDesc())
    check('free room is listed', int(xml.find('source/device/freeExtent').get('end')) > 60 << 20, pool.XMLDesc())
    refused('another name than the next', 8, f"expected '{name}p1'", pool.createXML, volume_xml('mine', 8 << 20))
    if not os.path.exists(f'/sys/class/block/{name}'):
        return skipped('a partition', 'no sysfs')
    try:
        vol = pool.createXML(volume_xml(f'{name}p1', 8 << 20))
    except libvirt.libvirtError as e:
        if 'did not appear' not in str(e):
            raise
        skipped('a partition', 'no device nodes appear here')
    else:
        check('a partition', vol.info() == [1, 8 << 20, 8 << 20], vol.info())
        vol.wipe()
        vol.delete()
        check('deleted', pool.listVolumes() == [])
    pool.destroy()
    pool.delete()
    pool.undefine()
    return None


def volume_group():
    device = loop('lvm', 64 << 20)
    if not device or not shutil.which('vgcreate'):
        return skipped('a volume group', 'no loop devices or no LVM')
    name = f'vireotest{os.getpid()}'  # the host's groups are everybody's
    pool = conn.storagePoolDefineXML(pool_xml(name, 'logical', None, f"<device path='{device}'/><name>{name}</name>"))
    pool.build()
    found = E.fromstring(conn.findStoragePoolSources('logical', None))
    check('found by a search', [(s.findtext('name'), s.find('device').get('path')) for s in found if s.findtext('name') == name] == [(name, device)])
    pool.create()
    check('its size', 50 << 20 < pool.info()[1] <= 64 << 20 and pool.info()[2] == 0, pool.info())
    if os.path.exists('/sys/class/misc/device-mapper'):
        vol = pool.createXML(volume_xml('lv', 8 << 20))
        check('a logical volume', vol.info() == [1, 8 << 20, 8 << 20])
        vol.resize(12 << 20)
        check('resized', vol.info()[1] == 12 << 20)
        snap = pool.createXML(volume_xml('snap', 4 << 20, f'<backingStore><path>{vol.path()}</path></backingStore>'))
        pool.refresh()
        check('a snapshot of it', E.fromstring(snap.XMLDesc()).findtext('backingStore/path') == vol.path())
        snap.delete()
        vol.delete()
    else:
        skipped('logical volumes', 'no device mapper')
    pool.destroy()
    pool.delete()
    check('deleted', name not in sh('vgs --noheadings -o vg_name'))
    pool.undefine()
    return None


def iscsi():
    if not shutil.which('tgtd') or "type='iscsi-direct' supported='yes'" not in conn.getStoragePoolCapabilities():
        return skipped('an iSCSI target', 'no tgtd or no libiscsi')
    sh('ip link set lo up')
    with open(f'{root}/lun', 'wb') as f:
        f.truncate(4 << 20)
    server = subprocess.Popen(['tgtd', '-f', '-C', '3', '--iscsi', 'portal=127.0.0.1:13260'], env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: not subprocess.run('tgtadm -C 3 --lld iscsi --op show --mode sys', shell=True, env=clean, capture_output=True).returncode)
        sh('tgtadm -C 3 --lld iscsi --op new --mode target --tid 1 -T iqn.2026-01.test:one && '
           f'tgtadm -C 3 --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 -b {root}/lun && tgtadm -C 3 --lld iscsi --op bind --mode target --tid 1 -I ALL')
        host = "<host name='127.0.0.1' port='13260'/>"
        found = conn.findStoragePoolSources('iscsi-direct', f"<source>{host}<initiator><iqn name='iqn.2026-01.test:me'/></initiator></source>")
        check('targets are found', E.fromstring(found).find('source/device').get('path') == 'iqn.2026-01.test:one', found)
        pool = conn.storagePoolDefineXML(pool_xml('direct', 'iscsi-direct', None, f"{host}<device path='iqn.2026-01.test:one'/><initiator><iqn name='iqn.2026-01.test:me'/></initiator>"))
        pool.create()
        check('its unit is a volume', [v.info() for v in pool.listAllVolumes()] == [[3, 4 << 20, 4 << 20]], [v.XMLDesc() for v in pool.listAllVolumes()])
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    # --- the server is gone; nobody waits for it
    hung = socket.socket()
    hung.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    hung.bind(('127.0.0.1', 13260))
    hung.listen(5) # takes connections, says nothing
    failure = []

    def refresh():
        other = libvirt.open(URI)
        try:
            other.storagePoolLookupByName('direct').refresh()
        except libvirt.libvirtError as e:
            failure.append(e)
        other.close()

    thread = threading.Thread(target=refresh)
    thread.start()
    time.sleep(0.2)
    check('while a refresh waits for a dead server, its pool is answered for', pool.info()[0] == 2 and len(pool.listVolumes()) == 1 and 'direct' in pool.XMLDesc() and thread.is_alive())
    check('and others work', conn.storagePoolDefineXML(pool_xml('other', target=f'{root}/other')).name() == 'other')
    pool.destroy()
    check('it can be stopped', not pool.isActive())
    hung.close()
    thread.join(60)
    check('the refresh ends with an error', len(failure) == 1, failure)
    pool.undefine()
    return None


try:
    file_system()
    partitions()
    volume_group()
    iscsi()
finally:
    for device in loops:
        sh(f'losetup -d {device}', check=False)

if not shutil.which('vstorage-mount'):
    pool = conn.storagePoolDefineXML(pool_xml('lacking', 'vstorage', f'{root}/v', '<name>lacking</name>'))
    refused('a type whose program is missing', 84, "lacks the program 'vstorage-mount'", pool.create)
    check('says so in its capabilities', "type='vstorage' supported='no'" in conn.getStoragePoolCapabilities())
    del pool
conn.close()
finish()
