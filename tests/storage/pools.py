#!/usr/bin/env python3
"""Pools that are folders, and the volumes in them: made, found, changed, copied, wiped, sent; and what goes wrong."""
import os
import shutil
import stat
import threading
import xml.etree.ElementTree as E

from storagelab import URI, check, clean, finish, libvirt, pool_xml, refused, root, sh, skipped, volume_xml, wait

P = f'{root}/pool'
conn = libvirt.open(URI)
events = []
conn.storagePoolEventRegisterAny(None, 0, lambda c, p, e, d, o: events.append((p.name(), e)), None)
conn.storagePoolEventRegisterAny(None, 1, lambda c, p, o: events.append((p.name(), 'refresh')), None)


def text(xml, path):
    return E.fromstring(xml).findtext(path)


def volumes(pool):
    return sorted(pool.listVolumes())


# --- a pool's life
pool = conn.storagePoolDefineXML(pool_xml('p', target=P + '/'))
check('a folder is named once', text(pool.XMLDesc(), 'target/path') == P)
check('its definition is kept', text(open(f'{root}/etc/storage/p.xml').read(), 'name') == 'p')
refused('another pool of that name', 9, "pool 'p' already exists with uuid", conn.storagePoolDefineXML, pool_xml('p', target='/x'))
refused('two pools over one folder', 9, "Storage source conflict with pool: 'p'", conn.storagePoolDefineXML, pool_xml('q', target=P))
refused('a start without its folder', 38, f"cannot open directory '{P}'", pool.create)
check('leaves it stopped', not pool.isActive() and not os.path.exists(f'{root}/run/storage/p.xml'))
pool.build()
check('the folder is made', stat.S_IMODE(os.stat(P).st_mode) == 0o711)
pool.create()
check('it runs, and says so on disk', pool.isActive() and '<poolstate>' in open(f'{root}/run/storage/p.xml').read())
refused('a second start', 55, "storage pool 'p' is already active", pool.create)
for call, word in ((pool.build, 'already active'), (pool.undefine, 'still active'), (pool.delete, 'still active')):
    refused(f'{call.__name__} while it runs', 55, word, call)
check('found by its folder', conn.storagePoolLookupByTargetPath(P + '//').name() == 'p')
refused('no pool has this folder', 49, 'no storage pool with matching target path', conn.storagePoolLookupByTargetPath, '/nowhere')
state, capacity, allocation, available = pool.info()
fs = os.statvfs(P)
check('it measures its file system', state == 2 and capacity == fs.f_frsize * fs.f_blocks, pool.info())
pool.setAutostart(True)
check('a link says that it starts by itself', os.readlink(f'{root}/etc/storage/autostart/p.xml') == f'{root}/etc/storage/p.xml')
check('capabilities', "<pool type='dir' supported='yes'>" in conn.getStoragePoolCapabilities())
refused('nothing to find', 3, 'does not support source discovery', conn.findStoragePoolSources, 'dir', None)
refused('a type that nobody knows', 1, 'unknown storage pool type foo', conn.findStoragePoolSources, 'foo', None)

# --- what lies in a folder
for name, kind in (('raw.img', None), ('empty', None), ('dir', 'dir'), ('fifo', 'fifo'), ('link', 'link'), ('lost', 'lost')):
    path = f'{P}/{name}'
    if kind == 'dir':
        os.mkdir(path)
    elif kind == 'fifo':
        os.mkfifo(path)
    elif kind:
        os.symlink('raw.img' if kind == 'link' else 'nowhere', path)
    else:
        os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 3 << 20 if name == 'raw.img' else 0)
pool.refresh()
check('files, folders and links to them are volumes; pipes and links to nowhere are not', volumes(pool) == ['dir', 'empty', 'link', 'raw.img'], volumes(pool))
check('a hole takes no room', pool.storageVolLookupByName('raw.img').info() == [0, 3 << 20, 0])
check('a folder is a volume of its own kind', pool.storageVolLookupByName('dir').info()[0] == 2)
vol = pool.storageVolLookupByName('raw.img')
check('found by path, by key', conn.storageVolLookupByPath(f'{P}/raw.img').name() == 'raw.img' and conn.storageVolLookupByKey(vol.key()).path() == f'{P}/raw.img')
check('by a path that is written otherwise', conn.storageVolLookupByPath(f'{root}//pool/./raw.img').name() == 'raw.img')
check('and its pool by it', vol.storagePoolLookupByVolume().name() == 'p')
for call, args in ((conn.storageVolLookupByPath, '/no'), (conn.storageVolLookupByKey, '/no'), (pool.storageVolLookupByName, 'no')):
    refused('a volume that is not there', 50, 'no storage vol with matching', call, args)

# --- only what changed is looked at again
def atime(name):
    return os.stat(f'{P}/{name}').st_atime_ns


os.utime(f'{P}/raw.img', ns=(1, os.stat(f'{P}/raw.img').st_mtime_ns))
pool.refresh()
read = atime('raw.img')
pool.refresh()
first = pool.storageVolLookupByName('raw.img').XMLDesc()
check('a refresh shows what it showed', atime('raw.img') == read and text(first, 'capacity') == str(3 << 20))
with open(f'{P}/raw.img', 'r+b') as f:
    f.write(b'QFI\xfb' + b'\0' * 200)
pool.refresh()
broken = pool.storageVolLookupByName('raw.img')
check('a volume changed underneath is read anew, and a damaged header does no harm', E.fromstring(broken.XMLDesc()).find('target/format').get('type') == 'raw' and broken.info()[1] == 3 << 20, broken.XMLDesc())
os.truncate(f'{P}/raw.img', 0)
os.truncate(f'{P}/raw.img', 1 << 20)
pool.refresh()
check('as is one of another size', broken.info()[1] == 1 << 20)

# --- names
for what, name, words in (("with '/'", 'a/b', "cannot contain '/'"), ("'..'", '..', 'already exists'), ('with a newline', 'a\nb', 'control characters')):
    refused(f'a name {what}', 55, words, pool.createXML, volume_xml(name))
refused('a name of 4,096 bytes', 38, 'File name too long', pool.createXML, volume_xml('n' * 4096))
refused('a pool called a/b', 27, "cannot contain '/'", conn.storagePoolDefineXML, pool_xml('a/b', target='/x'))
refused('a pool with a newline', 27, 'newline', conn.storagePoolDefineXML, pool_xml('a\nb', target='/x'))
stray = pool.createXML(volume_xml('stray', more='<target><path>/etc/shadow-of-vireo</path></target>'))
check('a document cannot point out of its pool', stray.path() == f'{P}/stray' and not os.path.exists('/etc/shadow-of-vireo'))

# --- links that are put where a volume was
secret_file = f'{root}/outside'
open(secret_file, 'w').write('precious')
os.unlink(stray.path())
os.symlink(secret_file, stray.path())
refused('wiping through a link', 38, 'Failed to open storage volume', stray.wipe)
refused('resizing through a link', 38, 'Failed to open storage volume', stray.resize, 1 << 21)
refused('uploading through a link', 38, 'Failed to open storage volume', stray.upload, conn.newStream(), 0, 0)
stray.delete()
check('deleting takes the link, not what it leads to', not os.path.lexists(f'{P}/stray') and open(secret_file).read() == 'precious')
os.symlink(secret_file, f'{P}/trap')
refused('a new volume where a link is', 55, 'already exists', pool.createXML, volume_xml('trap'))
check('what it leads to is as it was', open(secret_file).read() == 'precious')
os.unlink(f'{P}/trap')

# --- volumes made
full = pool.createXML(volume_xml('full', 65536))
check('all of its room is taken', full.info() == [0, 65536, 65536], full.info())
check('its file is for its owner only', stat.S_IMODE(os.stat(full.path()).st_mode) == 0o600)
sparse = pool.createXML(volume_xml('sparse', 10, '<allocation>0</allocation>', 'MiB'))
check('or none', sparse.info() == [0, 10 << 20, 0])
refused('a second of that name', 90, "'sparse' exists already", pool.createXML, volume_xml('sparse'))
open(f'{P}/unseen', 'w').close()
refused('a file that is there', 55, 'already exists', pool.createXML, volume_xml('unseen'))
mine = pool.createXML(volume_xml('mine', 4096, f'<target><permissions><mode>0640</mode><owner>{os.getuid()}</owner><group>{os.getgid()}</group></permissions></target>'))
check('with the mode that is asked for', stat.S_IMODE(os.stat(mine.path()).st_mode) == 0o640 and text(mine.XMLDesc(), 'target/permissions/mode') == '0640')
folder = pool.createXML(volume_xml('folder', 0, "<target><format type='dir'/></target>"))
check('a folder', os.path.isdir(folder.path()) and folder.info()[0] == 2)
os.mkdir(f'{folder.path()}/inside')
refused('which is deleted only when it is empty', 38, 'Directory not empty', folder.delete)
refused('an unknown format', 67, 'unknown volume format type xyz', pool.createXML, volume_xml('x', 1, "<target><format type='xyz'/></target>"))
refused('a raw volume upon another', 3, 'backing storage not supported for raw volumes', pool.createXML, volume_xml('x', 1, f'<backingStore><path>{P}/full</path></backingStore>'))
refused('metadata of what has none', 67, 'metadata preallocation is not supported', pool.createXML, volume_xml('x'), 1)
refused('unknown flags', 8, 'unsupported flags', pool.createXML, volume_xml('x'), 64)
check('nothing is left of them', 'x' not in volumes(pool) and not os.path.exists(f'{P}/x'))

# --- sizes
sparse.resize(20 << 20)
check('larger', sparse.info()[1] == 20 << 20)
refused('smaller only on purpose', 8, 'unless shrink flag', sparse.resize, 1 << 20)
sparse.resize(1 << 20, libvirt.VIR_STORAGE_VOL_RESIZE_SHRINK)
sparse.resize(4096, libvirt.VIR_STORAGE_VOL_RESIZE_DELTA)
check('by so much', sparse.info()[1] == (1 << 20) + 4096)
sparse.resize(2 << 20, libvirt.VIR_STORAGE_VOL_RESIZE_ALLOCATE)
check('with room', sparse.info() == [0, 2 << 20, 2 << 20], sparse.info())

# --- wiping
for algorithm in range(10):
    with open(full.path(), 'r+b') as f:
        f.write(b'secret' * 1000)
    try:
        full.wipePattern(algorithm)
    except libvirt.libvirtError as e:
        if algorithm != 9 or e.get_error_code() != 74:
            raise
        skipped('discarding', 'the file system cannot')
        continue
    data = open(full.path(), 'rb').read()
    check(f'wiped by algorithm {algorithm}', b'secret' not in data and len(data) == 65536 and (algorithm not in (0, 1, 9) or not data.strip(b'\0')))
refused('an unknown algorithm', 8, 'wiping algorithm 10 not supported', full.wipePattern, 10)
refused('a folder', 38, 'Is a directory', folder.wipe) if os.geteuid() == 0 else refused('a folder', 38, '', folder.wipe)

# --- streams
data = os.urandom(300000)
stream = conn.newStream()
full.upload(stream, 0, 0)
refused('a volume in use is not deleted', 55, "volume 'full' is still in use.", full.delete)
stream.sendAll(lambda s, n, o: o.read(n), open(f'{root}/up', 'w+b') if not open(f'{root}/up', 'wb').write(data) else open(f'{root}/up', 'rb'))
stream.finish()
check('uploaded', open(full.path(), 'rb').read(300000) == data)
got = bytearray()
stream = conn.newStream()
full.download(stream, 1000, 5000)
stream.recvAll(lambda s, b, o: o.extend(b), got)
stream.finish()
check('downloaded, a part', bytes(got) == data[1000:6000], len(got))
wait(lambda: full.info()[1] == 300000)
check('its size is known', full.info()[1] == 300000)
hole = pool.createXML(volume_xml('hole', 8 << 20, '<allocation>0</allocation>'))
with open(hole.path(), 'r+b') as f:
    f.seek(4 << 20)
    f.write(b'middle')
pieces = []
stream = conn.newStream()
hole.download(stream, 0, 0, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
stream.sparseRecvAll(lambda s, b, o: pieces.append(('data', len(b))), lambda s, n, o: pieces.append(('hole', n)), None)
stream.finish()
check('holes are told, not sent', pieces[0] == ('hole', 4 << 20) and sum(n for _, n in pieces) == 8 << 20 and sum(n for k, n in pieces if k == 'data') < 1 << 20, pieces)
copy = pool.createXML(volume_xml('copy', 8 << 20))
with open(hole.path(), 'rb') as source:
    stream = conn.newStream()
    copy.upload(stream, 0, 0, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)

    def in_data(s, o):
        at = source.tell()
        if at == 8 << 20:
            return (False, 0)
        try:
            start = os.lseek(source.fileno(), at, os.SEEK_DATA)
        except OSError:
            start = 8 << 20
        end = os.lseek(source.fileno(), at, os.SEEK_HOLE) if start == at else start
        os.lseek(source.fileno(), at, os.SEEK_SET)
        return (start == at, end - at)

    stream.sparseSendAll(lambda s, n, o: os.read(source.fileno(), n), in_data, lambda s, n, o: os.lseek(source.fileno(), n, os.SEEK_CUR), None)
    stream.finish()
check('and made on the way up', open(copy.path(), 'rb').read() == open(hole.path(), 'rb').read() and os.stat(copy.path()).st_blocks * 512 < 1 << 20, os.stat(copy.path()))

# --- copies
twin = pool.createXMLFrom(volume_xml('twin', 0), hole)
check('a copy', open(twin.path(), 'rb').read() == open(hole.path(), 'rb').read() and twin.info()[2] == 8 << 20, twin.info())
thin = pool.createXMLFrom(volume_xml('thin', 0, '<allocation>0</allocation>'), hole)
check('a thin one', open(thin.path(), 'rb').read() == open(hole.path(), 'rb').read() and thin.info()[2] < 1 << 20, thin.info())
check('never less than all of it', pool.createXMLFrom(volume_xml('short', 10), hole).info()[1] == 8 << 20)

# --- formats
if shutil.which('qemu-img'):
    base = pool.createXML(volume_xml('base', 10, "<target><format type='qcow2'/></target>", 'MiB'))
    check('qcow2', base.info()[1] == 10 << 20 and 'file format: qcow2' in sh(f'qemu-img info -U {base.path()}'))
    over = pool.createXML(f"<volume><name>over</name><target><format type='qcow2'/></target><backingStore><path>{base.path()}</path><format type='qcow2'/></backingStore></volume>")
    check('upon another, as large', over.info()[1] == 10 << 20 and f'backing file: {base.path()}' in sh(f'qemu-img info -U {over.path()}'))
    refused('upon nothing', 38, 'inaccessible backing store volume', pool.createXML, volume_xml('no', 1, f"<target><format type='qcow2'/></target><backingStore><path>{P}/nothing</path></backingStore>"))
    fancy = pool.createXML(volume_xml('fancy', 10 << 20, "<target><format type='qcow2'/><compat>1.1</compat><clusterSize unit='KiB'>128</clusterSize><features><lazy_refcounts/></features></target>"), 1)
    check('with what the format can', all(w in sh(f'qemu-img info -U {fancy.path()}') for w in ('lazy refcounts: true', 'cluster_size: 131072')))
    pool.createXMLFrom(volume_xml('flat', 0), over)
    check('copied into another format', sh(f'qemu-img compare -U {P}/flat {over.path()}').strip() == 'Images are identical.')
    base.resize(20 << 20)
    check('resized', '20 MiB' in sh(f'qemu-img info -U {base.path()}'))
    for form in ('vmdk', 'vdi', 'vpc', 'qed', 'qcow'):
        sh(f'qemu-img create -q -f {form} {P}/a.{form} 8M')
    sh(f'cd {P} && qemu-img create -q -f qcow2 -b base -F qcow2 relative; qemu-img create -q -f qcow2 -u -b nbd://h/x -F raw far 1M')
    pool.refresh()
    seen = {v.name(): E.fromstring(v.XMLDesc()) for v in pool.listAllVolumes()}
    check('headers are read', all(seen[f'a.{f}'].find('target/format').get('type') == f and abs(int(seen[f'a.{f}'].findtext('capacity')) - (8 << 20)) < 1 << 20 for f in ('vmdk', 'vdi', 'vpc', 'qed', 'qcow')),
          {f: E.tostring(seen[f'a.{f}']) for f in ('vmdk', 'vdi', 'vpc', 'qed', 'qcow')})
    check('a relative name means a file beside', seen['relative'].findtext('backingStore/path') == base.path())
    check('one elsewhere is left as it is', seen['far'].findtext('backingStore/path') == 'nbd://h/x')
    check('a format\'s features', seen['fancy'].findtext('target/compat') == '1.1' and seen['fancy'].find('target/features/lazy_refcounts') is not None and seen['fancy'].findtext('target/clusterSize') == '131072')

    secrets = libvirt.open(f'secret:///embed?root={root}')
    key = secrets.secretDefineXML("<secret ephemeral='no'><usage type='volume'><volume>locked</volume></usage></secret>")
    key.setValue(b'open sesame')
    open(f'{root}/key', 'w').write('open sesame')

    def patient(make, *args):
        """qemu-img measures the processor to choose its iterations, which a loaded one does not always let it."""
        for _ in range(20):
            try:
                return make(*args)
            except libvirt.libvirtError as e:
                if 'accurate CPU usage' not in str(e):
                    raise
        return make(*args)

    def lock(form, which):
        return f"<target><format type='{form}'/><encryption format='luks'><secret type='passphrase' {which}/></encryption></target>"

    # each key costs qemu-img seconds: one volume has to do
    opened = patient(pool.createXMLFrom, volume_xml('opened', 0, lock('raw', "usage='locked'")), hole)
    check('a copy that is encrypted with a secret of the secret driver', sh(f"qemu-img compare --object secret,id=s,file={root}/key --image-opts driver=luks,key-secret=s,file.filename={opened.path()} driver=raw,file.filename={hole.path()}").strip() == 'Images are identical.')
    pool.refresh()
    check('and known to be', all(E.fromstring(v.XMLDesc()).find('target/encryption').get('format') == 'luks' for v in (opened,)) and opened.info()[1] == 8 << 20, opened.info())
    refused('a key that is not there', 66, 'no secret', pool.createXML, volume_xml('lock', 1 << 20, "<target><format type='qcow2'/><encryption format='luks'><secret type='passphrase' usage='nobody'/></encryption></target>"))
    check('leaves nothing', not os.path.exists(f'{P}/lock') and 'lock' not in volumes(pool))
    check('no passphrase is left lying about', 'sesame' not in sh(f'grep -rl sesame {root} --include=* | grep -v /key$ || true'))
    del key
    secrets.close()
else:
    skipped('images with formats', 'no qemu-img')

# --- many at once, while others look
stop = threading.Event()
looks = []


def looker():
    other = libvirt.open(URI)
    while not stop.is_set():
        looks.append(other.storagePoolLookupByName('p').numOfVolumes())
    other.close()


def maker(i):
    for j in range(5):
        pool.createXML(volume_xml(f'many-{i}-{j}', 4096, '<allocation>0</allocation>'))
        if j % 2:
            pool.storageVolLookupByName(f'many-{i}-{j}').delete()


def refresher():
    mine = libvirt.open(URI)
    for _ in range(10):
        try:
            mine.storagePoolLookupByName('p').refresh()
        except libvirt.libvirtError as e:
            if 'asynchronous jobs' not in str(e):
                raise
    mine.close()


threads = [threading.Thread(target=looker)] + [threading.Thread(target=maker, args=(i,)) for i in range(4)] + [threading.Thread(target=refresher)]
for t in threads:
    t.start()
for t in threads[1:]:
    t.join()
stop.set()
threads[0].join()
expected = {f'many-{i}-{j}' for i in range(4) for j in (0, 2, 4)}
there = {v for v in volumes(pool) if v.startswith('many-')}
check('nothing made or deleted during a refresh is lost', there == expected == {f for f in os.listdir(P) if f.startswith('many-')}, there ^ expected)
pool.refresh()
check('as the next one agrees', {v for v in volumes(pool) if v.startswith('many-')} == expected)

# --- the driver starts again
before = volumes(pool)
del vol, broken, stray, full, sparse, mine, folder, hole, copy, twin, thin
if shutil.which('qemu-img'):
    del base, over, fancy, opened, seen
del pool
conn.storagePoolEventDeregisterAny(0)
conn.storagePoolEventDeregisterAny(1)
told = list(events)
check('events in order', told[:2] == [('p', 0), ('p', 4)] and ('p', 2) in told and ('p', 'refresh') in told, told[:5])
conn.close()
del conn
open(f'{root}/etc/storage/broken.xml', 'w').write('<pool')
conn = libvirt.open(URI)
pool = conn.storagePoolLookupByName('p')
check('what ran runs on, with its volumes', pool.isActive() and volumes(pool) == before and pool.autostart(), volumes(pool))

# --- the folder goes
os.rename(P, P + '2')
refused('a refresh of what is gone', 38, 'cannot open directory', pool.refresh)
check('stops the pool', not pool.isActive() and not os.path.exists(f'{root}/run/storage/p.xml'))
refused('it has no volumes now', 55, "storage pool 'p' is not active", pool.listVolumes)
os.rename(P + '2', P)
pool.create()
check('it is back on the next call', volumes(pool) == before)
pool.destroy()
refused('twice', 55, 'is not active', pool.destroy)
refused('a folder that is not empty', 38, 'Directory not empty', pool.delete)
pool.undefine()
check('nothing of it is kept', not os.path.lexists(f'{root}/etc/storage/p.xml') and not os.path.lexists(f'{root}/etc/storage/autostart/p.xml'))
refused('it is forgotten', 49, 'no storage pool with matching uuid', pool.XMLDesc)
transient = conn.storagePoolCreateXML(pool_xml('t', target=f'{root}/a/b', more='<permissions><mode>0750</mode></permissions>'), libvirt.VIR_STORAGE_POOL_CREATE_WITH_BUILD)
check('built and started at once', transient.isActive() and not transient.isPersistent() and stat.S_IMODE(os.stat(f'{root}/a/b').st_mode) == 0o750)
refused('not to be started by itself', 1, 'no config file', transient.setAutostart, 1)
transient.destroy()
check('gone with its end', conn.listAllStoragePools() == [])
reader = libvirt.openReadOnly(URI)
refused('a reader defines nothing', 29, 'read only access', reader.storagePoolDefineXML, pool_xml('r', target='/r'))
reader.close()
finish()
