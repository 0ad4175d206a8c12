#!/usr/bin/env python3
"""Pools of Ceph's block devices on a cluster of one monitor and one store in memory, with keys; in namespaces of its own."""
import os
import shutil
import signal
import subprocess
import sys

os.environ['PATH'] += ':/usr/sbin:/sbin'
if any(not shutil.which(p) for p in ('ceph-mon', 'ceph-osd', 'rbd', 'ceph')):
    print('1..0 # skip no Ceph')
    print('skipped: no Ceph')
    sys.exit(77)
if os.environ.get('VIREO_STORAGELAB') != '1':
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', '-n', 'true'], env=plain, capture_output=True).returncode:
        print('1..0 # skip only root has namespaces for a cluster')
        print('skipped: only root has namespaces for a cluster')
        sys.exit(77)
    os.execvpe('unshare', ['unshare', '-m', '-n', sys.executable] + sys.argv, {**os.environ, 'VIREO_STORAGELAB': '1'})

from storagelab import URI, check, finish, libvirt, pool_xml, refused, root, sh, skip, volume_xml, wait  # noqa: E402

FSID, STORE = '11111111-2222-3333-4444-555555555555', '22222222-2222-3333-4444-555555555555'
C = f'{root}/ceph'
conf = f'{C}/ceph.conf'
sh(f'ip link set lo up; mkdir -p {C}/mon {C}/osd')
open(conf, 'w').write(f"""[global]
fsid = {FSID}
mon host = 127.0.0.1:6789
osd pool default size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 8
mon allow pool size one = true
ms bind ipv6 = false
run dir = {C}
admin socket = {C}/$name.asok
log file = {C}/$name.log
pid file = {C}/$name.pid
mon data = {C}/mon
mon data avail crit = 1
osd data = {C}/osd
keyring = {C}/keyring
osd objectstore = memstore
memstore device bytes = 268435456
""")
daemons = ('mon.a', 'osd.0')


def ceph(words):
    return sh(f'ceph -c {conf} --connect-timeout 30 {words}')


try:
    for name, caps in (('mon.', "--cap mon 'allow *'"), ('client.admin', "--cap mon 'allow *' --cap osd 'allow *'"), ('osd.0', "--cap mon 'allow profile osd' --cap osd 'allow *'")):
        sh(f'ceph-authtool {"--create-keyring" if name == "mon." else ""} {C}/keyring --gen-key -n {name} {caps}')
    sh(f"monmaptool --create --addv a '[v1:127.0.0.1:6789]' --fsid {FSID} {C}/map && ceph-mon -c {conf} --mkfs -i a --monmap {C}/map --keyring {C}/keyring && "
       f'ceph-mon -c {conf} -i a --public-addr 127.0.0.1:6789')
    ceph(f'osd new {STORE} 0')
    sh(f'ceph-osd -c {conf} -i 0 --mkfs --osd-uuid {STORE} && ceph-osd -c {conf} -i 0')
    ceph('osd crush add osd.0 1.0 root=default host=localhost')
    if not wait(lambda: ' up ' in ceph('osd dump'), 60):
        skip('no Ceph cluster runs here')
    ceph('osd pool create images 8 8')
    key = ceph('auth get-key client.admin').strip()

    secrets = libvirt.open(f'secret:///embed?root={root}')
    secret = secrets.secretDefineXML("<secret ephemeral='no'><usage type='ceph'><name>admin</name></usage></secret>")
    import base64  # noqa: E402
    secret.setValue(base64.b64decode(key))
    conn = libvirt.open(URI)
    source = "<host name='127.0.0.1' port='6789'/><name>images</name><auth type='ceph' username='admin'><secret usage='admin'/></auth>"
    pool = conn.storagePoolDefineXML(pool_xml('rbd', 'rbd', None, source))
    pool.create()
    check('a pool of Ceph runs', pool.isActive() and pool.listVolumes() == [])
    vol = pool.createXML(volume_xml('one', 8 << 20))
    check('an image is made', vol.info() == [3, 8 << 20, 8 << 20] and vol.path() == 'images/one', vol.info())
    check('which Ceph knows', '"one"' in sh(f'rbd -c {conf} ls --format json images'))
    vol.resize(12 << 20)
    check('larger', vol.info()[1] == 12 << 20 and '12 MiB' in sh(f'rbd -c {conf} info images/one'), vol.info())
    pool.createXMLFrom(volume_xml('two', 0), vol)
    sh(f'rbd -c {conf} create images/three --size 4M && rbd -c {conf} snap create images/three@then')
    pool.refresh()
    check('all are found, without their snapshots', sorted(pool.listVolumes()) == ['one', 'three', 'two'], pool.listVolumes())
    three = pool.storageVolLookupByName('three')
    refused('one with snapshots stays', 1, 'snapshots', three.delete)
    three.delete(libvirt.VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS)
    check('unless they go too', 'three' not in sh(f'rbd -c {conf} ls images'))
    refused('a name for a snapshot', 55, 'Ceph', pool.createXML, volume_xml('a@b'))
    check('the key is in no list of processes', key not in sh('ps axww'))
    pool.destroy()
    secret.setValue(base64.b64decode(key)[:-1] + b'x')
    refused('another key', 1, '', pool.create)
    pool.undefine()
    conn.close()
    secrets.close()
finally:
    for name in daemons:
        try:
            os.kill(int(open(f'{C}/{name}.pid').read()), signal.SIGKILL)
        except (OSError, ValueError):
            pass
finish()
