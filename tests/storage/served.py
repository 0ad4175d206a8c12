#!/usr/bin/env python3
"""Pools of a daemon: contents over the wire, clients that go in the middle, and what survives kill -9.  usage: served.py LIBVIRTD"""
import os
import shutil
import signal
import subprocess
import sys

if os.environ.get('VIREO_STORAGELAB') != '1':
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', '-n', 'true'], env=plain, capture_output=True).returncode:
        print('1..0 # skip only root has namespaces for a daemon')
        print('skipped: only root has namespaces for a daemon')
        sys.exit(77)
    os.execvpe('unshare', ['unshare', '-m', '-n', sys.executable] + sys.argv, {**os.environ, 'VIREO_STORAGELAB': '1'})

from storagelab import check, finish, libvirt, pool_xml, refused, root, sh, volume_xml, wait  # noqa: E402

sh('mount -t tmpfs t /run; for d in /var/lib/libvirt /etc/libvirt /var/log/libvirt /var/cache/libvirt; do mkdir -p $d; mount -t tmpfs t $d; done')
environment = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
if 'libasan' in os.environ.get('LD_PRELOAD', ''):
    environment['ASAN_OPTIONS'] = 'detect_leaks=0'


def start():
    started = subprocess.Popen([sys.argv[1]], env=environment, stdout=subprocess.DEVNULL, stderr=open(f'{root}/daemon.log', 'a'))
    if not wait(lambda: os.path.exists('/run/libvirt/libvirt-sock'), 60):
        raise RuntimeError('the daemon does not start')
    return started


daemon = start()
try:
    P = f'{root}/pool'
    conn = libvirt.open('storage:///system')
    pool = conn.storagePoolDefineXML(pool_xml('served', target=P))
    pool.build()
    pool.create()
    pool.setAutostart(True)
    vol = pool.createXML(volume_xml('data', 12 << 20, '<allocation>0</allocation>'))
    data = os.urandom(12 << 20)
    open(f'{root}/source', 'wb').write(data)
    stream = conn.newStream()
    vol.upload(stream, 0, 0)
    with open(f'{root}/source', 'rb') as f:
        stream.sendAll(lambda s, n, o: f.read(n), None)
    stream.finish()
    check('more than a daemon keeps in memory goes up', open(vol.path(), 'rb').read() == data)
    got = bytearray()
    stream = conn.newStream()
    vol.download(stream, 0, 0)
    stream.recvAll(lambda s, b, o: got.extend(b), None)
    stream.finish()
    check('and comes down', bytes(got) == data)
    stream = conn.newStream()
    vol.upload(stream, 0, 4096)
    stream.send(b'x' * 4096)
    try:
        for _ in range(100):
            stream.send(b'y' * 65536)
        stream.finish()
        check('no more than was announced', False)
    except libvirt.libvirtError:
        check('no more than was announced', open(vol.path(), 'rb').read()[4096:] == data[4096:])

    client = subprocess.Popen([sys.executable, '-c', f"""
import libvirt, time
c = libvirt.open('storage:///system')
v = c.storagePoolLookupByName('served').storageVolLookupByName('data')
s = c.newStream()
v.upload(s, 0, 0)
s.send(b'z' * 1000)
print('going', flush=True)
time.sleep(100)
"""], stdout=subprocess.PIPE)  # with a sanitizer's library, as this process
    client.stdout.readline()
    refused('a volume that another client writes', 55, 'is still in use', vol.delete)
    client.kill()
    client.wait()

    def free():
        try:
            vol.resize(13 << 20)
            return True
        except libvirt.libvirtError as e:
            if 'in use' not in str(e):
                raise
        return False

    check('is free again when its client has gone', wait(free))

    before = sorted(pool.listVolumes())
    os.mkdir(f'{P}/made-meanwhile')
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    os.unlink('/run/libvirt/libvirt-sock')
    del vol, pool, stream
    try:
        conn.close()
    except libvirt.libvirtError:
        pass
    daemon = start()
    conn = libvirt.open('storage:///system')
    pool = conn.storagePoolLookupByName('served')
    check('kill -9 loses nothing', pool.isActive() and pool.autostart() and sorted(pool.listVolumes()) == sorted(before + ['made-meanwhile']), pool.listVolumes())
    pool.destroy()
    daemon.terminate()
    daemon.wait()
    daemon = start()
    conn2 = libvirt.open('storage:///system')
    check('what was stopped stays stopped', not conn2.storagePoolLookupByName('served').isActive())
    conn2.close()
finally:
    daemon.kill()
    daemon.wait()
finish()
