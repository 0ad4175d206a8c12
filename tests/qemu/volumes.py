#!/usr/bin/env python3
"""Guests' disks that are volumes of storage pools, and their interfaces behind filters: each asked of its own driver."""
import os
import shutil
import subprocess
import sys

from common import *  # noqa: F403, E402

conn = libvirt.open(f'qemu:///embed?root={root}/host')
os.makedirs(f'{root}/pool')
os.chmod(f'{root}/pool', 0o755)
pool = conn.storagePoolDefineXML(f"<pool type='dir'><name>p</name><target><path>{root}/pool</path></target></pool>")
pool.create()
DISK = "<disk type='volume' device='disk'>%s<source pool='p' volume='%s'/><target dev='%s' bus='virtio'/></disk>"
for name in ('one', 'two'):
    pool.createXML(f"<volume><name>{name}</name><capacity>1048576</capacity><allocation>0</allocation></volume>")
if shutil.which('qemu-img'):
    pool.createXML("<volume><name>cow</name><capacity>2097152</capacity><target><format type='qcow2'/></target></volume>")

guest = conn.defineXML(GUEST % ('volumes', DISK % ('', 'one', 'vda') + (DISK % ('', 'cow', 'vdb') if shutil.which('qemu-img') else '')))
guest.create()
paths = [v for k, v in guest.blockStatsFlags('vda').items() if k == 'path'] or [r['block.0.path'] for _, r in conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_BLOCK)]
check("a guest's disk is the volume's file", paths == [f'{root}/pool/one'], paths)
xml = guest.XMLDesc(0)
check('the document names the volume still', "<source pool='p' volume='one'" in xml, xml)
if shutil.which('qemu-img'):
    check('of the format that the volume has', "type='qcow2'" in xml and guest.blockInfo('vdb')[0] == 2097152, xml)
guest.attachDeviceFlags(DISK % ('', 'two', 'vdc'), libvirt.VIR_DOMAIN_AFFECT_LIVE)
check('one plugged in', guest.blockInfo('vdc')[0] == 1048576)
code, message = error_of(guest.attachDeviceFlags, DISK % ('', 'none', 'vdd'), libvirt.VIR_DOMAIN_AFFECT_LIVE)
check('a volume that is not there', code == 50 and "name 'none'" in message, (code, message))
guest.destroy()
pool.destroy()
code, message = error_of(guest.create)
check('a pool that does not run', code == 67 and 'is not active' in message, (code, message))
pool.undefine()
code, message = error_of(guest.create)
check('or is not there', code == 49, (code, message))
guest.undefine()

if os.geteuid() or not shutil.which('ip', path=os.environ['PATH'] + ':/usr/sbin:/sbin') or not os.path.exists('/dev/net/tun'):
    print(f'ok {count + 1} - filters # SKIP needs root, ip and /dev/net/tun')
    print(f'1..{count + 1}')
    sys.exit(failures > 0)


def filtered():
    """In a network namespace of this process's own."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000):
        return print(f'ok {count + 1} - filters # SKIP no network namespaces here')
    mine = libvirt.open(f'qemu:///embed?root={root}/filtered')
    try:
        mine.nwfilterDefineXML("<filter name='f' chain='root'><rule action='drop' direction='out'><tcp dstportstart='$PORT'/></rule></filter>")
        net = "<interface type='ethernet'><mac address='52:54:00:00:00:%s'/><target dev='flt%s'/><model type='virtio'/><filterref filter='%s'>%s</filterref></interface>"
        port = "<parameter name='PORT' value='25'/>"
        vm = mine.createXML(GUEST % ('filtered', net % ('01', '0', 'f', port)), 0)
        bindings = [(b.portDev(), b.filterName()) for b in mine.listAllNWFilterBindings(0)]
        check('a filter is on the interface before the guest runs', bindings == [('flt0', 'f')], bindings)
        vm.attachDeviceFlags(net % ('02', '1', 'f', port), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        check('and on one plugged in', len(mine.listAllNWFilterBindings(0)) == 2)
        status, message = error_of(vm.attachDeviceFlags, net % ('03', '2', 'f', ''), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        check('one whose filter cannot be is refused', 'PORT' in message and len(mine.listAllNWFilterBindings(0)) == 2, message)
        vm.destroy()
        check('they go with the guest', wait(lambda: mine.listAllNWFilterBindings(0) == []))
        status, message = error_of(mine.createXML, GUEST % ('unfiltered', net % ('04', '3', 'nothere', '')), 0)
        check('a guest whose filter is not there does not run', 'nothere' in message and mine.listAllDomains() == [], message)
    finally:
        mine.close()


filtered()
print(f'1..{count}')
sys.exit(failures > 0)
