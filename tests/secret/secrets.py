#!/usr/bin/env python3
"""The secret driver in this process: definitions, values, files, events.  Skipped where Python's libvirt module is not there."""
import os
import shutil
import stat
import sys
import tempfile
import threading
import time

try:
    import libvirt
except ImportError:
    print('1..0 # skip no python3-libvirt')
    sys.exit(77)

root = tempfile.mkdtemp(prefix='vireo-secret-')
URI = f'secret:///embed?root={root}'
FOLDER = f'{root}/etc/secrets'
libvirt.registerErrorHandler(lambda c, e: None, None)
libvirt.virEventRegisterDefaultImpl()
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
count = failures = 0
events = []


def check(what, good, seen=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good:
        print(f'#   {seen}')


def refused(what, code, words, call, *args):
    try:
        call(*args)
    except libvirt.libvirtError as e:
        return check(what, (e.get_error_code(), e.get_error_domain()) == (code, 30) and words in str(e),
                     (e.get_error_code(), e.get_error_domain(), str(e)))
    check(what, False, 'accepted')


def uuid(i):
    return f'11111111-1111-1111-1111-11111111111{i}'


def xml(i, usage="<usage type='volume'><volume>/v%d</volume></usage>", ephemeral='no', private='no'):
    return (f"<secret ephemeral='{ephemeral}' private='{private}'><uuid>{uuid(i)}</uuid>"
            f"{usage % i if '%d' in usage else usage}</secret>")


def wait_events(n):
    end = time.monotonic() + 10
    while len(events) < n and time.monotonic() < end:
        time.sleep(0.01)
    return list(events)


refused_uri = [('secret:///embed', 8), ('secret:///embed?root=relative', 67)]
for uri, code in refused_uri:
    try:
        libvirt.open(uri)
        check(f'{uri} is refused', False, 'opened')
    except libvirt.libvirtError as e:
        check(f'{uri} is refused', e.get_error_code() == code, str(e))

conn = libvirt.open(URI)
conn.secretEventRegisterAny(None, 0, lambda c, s, e, d, o: events.append((s.UUIDString()[-1], 'life', e, s.usageID())), None)
conn.secretEventRegisterAny(None, 1, lambda c, s, o: events.append((s.UUIDString()[-1], 'value')), None)

first = conn.secretDefineXML(xml(1))
refused('a secret without a value', 66, 'does not have a value', first.value)
first.setValue(b'hello\0world')
check('a value with any bytes comes back', first.value() == b'hello\0world')
check('files are for their owner only', all(stat.S_IMODE(os.stat(f'{FOLDER}/{n}').st_mode) == 0o600 for n in os.listdir(FOLDER)))
check('the value file is base64', open(f'{FOLDER}/{uuid(1)}.base64').read() == 'aGVsbG8Ad29ybGQ=')
again = conn.secretDefineXML(xml(1))
check('a definition anew keeps the value', again.value() == b'hello\0world')
refused('another use', 1, f'{uuid(1)} is already defined for use with /v1', conn.secretDefineXML, xml(1, "<usage type='volume'><volume>/x</volume></usage>"))
refused('a second secret for one use', 1, f'{uuid(1)} is already defined for use with /v1', conn.secretDefineXML, xml(2, "<usage type='volume'><volume>/v1</volume></usage>"))
for i in (3, 4):
    conn.secretDefineXML(xml(i, ''))
check('any number of secrets are for nothing', conn.numOfSecrets() == 3, conn.listSecrets())
refused('nothing is no use to look for', 66, "usage ''", conn.secretLookupByUsage, 0, '')
check('found by use', conn.secretLookupByUsage(1, '/v1').UUIDString() == uuid(1))
refused('an unknown UUID', 66, f"no secret with matching uuid '{uuid(9)}'", conn.secretLookupByUUIDString, uuid(9))

conn.secretDefineXML(xml(1, private='yes'))
refused('a private value', 65, 'secret is private', first.value)
refused('private for ever', 1, 'cannot change private flag', conn.secretDefineXML, xml(1))
conn.secretDefineXML(xml(1, private='yes', ephemeral='yes'))
check('what became ephemeral leaves the disk', uuid(1) + '.xml' not in os.listdir(FOLDER) and uuid(1) + '.base64' not in os.listdir(FOLDER))
seven = conn.secretDefineXML(xml(7, ephemeral='yes'))
seven.setValue(b'x')
check('an ephemeral secret is not on disk', not [n for n in os.listdir(FOLDER) if n.startswith(uuid(7))])
conn.secretDefineXML(xml(7))
check('made lasting, its value is kept too', {n for n in os.listdir(FOLDER) if n.startswith(uuid(7))} == {uuid(7) + '.xml', uuid(7) + '.base64'})
check('lists by kind', [len(conn.listAllSecrets(f)) for f in (0, 1, 2, 4, 8, 3, 5)] == [4, 1, 3, 1, 3, 4, 1])
refused('unknown list flags', 8, 'unsupported flags (0x10)', conn.listAllSecrets, 16)
for call in (lambda: seven.value(1), lambda: seven.setValue(b'x', 1), lambda: conn.secretDefineXML(xml(8), 2)):
    refused('unknown flags', 8, 'unsupported flags', call)

reader = libvirt.openReadOnly(URI)
refused('a reader gets no value', 29, 'read only access', reader.secretLookupByUUIDString(uuid(7)).value)
reader.close()

seen = wait_events(10)
check('events in order', seen[:3] == [('1', 'life', 0, '/v1'), ('1', 'value'), ('1', 'life', 0, '/v1')] and len(seen) == 10, seen)
first.undefine()
refused('gone', 66, 'no secret with matching uuid', first.XMLDesc)
check('its end is told', wait_events(11)[-1] == ('1', 'life', 1, '/v1'), events)

del first, again, seven
conn.close()
del conn
open(f'{FOLDER}/broken.xml', 'w').write('<secret')
open(f'{FOLDER}/wrong-name.xml', 'w').write(xml(5))
conn = libvirt.open(URI)
check('what was kept is there again', sorted(u[-1] for u in conn.listSecrets()) == ['3', '4', '7'], conn.listSecrets())
check('with its value', conn.secretLookupByUUIDString(uuid(7)).value() == b'x')
conn.close()
shutil.rmtree(root)
print(f'1..{count}')
sys.exit(1 if failures else 0)
