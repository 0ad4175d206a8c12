#!/usr/bin/env python3
"""One client program for every pair of library and daemon: what it prints depends on neither.  usage: client.py URI [USER PASSWORD]"""
import sys
import threading
import time

import libvirt

libvirt.registerErrorHandler(lambda *a: None, None)
libvirt.virEventRegisterDefaultImpl()
ended = threading.Event()


def turn():
    while not ended.is_set():
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=turn, daemon=True).start()


def credentials(asked, _):
    for c in asked:
        c[4] = sys.argv[3] if c[0] in (libvirt.VIR_CRED_PASSPHRASE, libvirt.VIR_CRED_NOECHOPROMPT) else sys.argv[2]
    return 0


def ask(name, function, *args, mask=None):
    try:
        got = function(*args)
        print(name, mask(got) if mask else got)
    except libvirt.libvirtError as e:
        print(name, e.get_error_code(), e.get_error_domain(), e)
        return None
    return got


kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE, libvirt.VIR_CRED_USERNAME]
conn = libvirt.openAuth(sys.argv[1], [kinds, credentials, None], 0)
seen = []
print(conn.getType(), conn.isAlive(), conn.getInfo(), len(conn.getCapabilities()))
dom = conn.lookupByName('test')
conn.domainEventRegisterAny(None, 0, lambda c, d, e, detail, o: seen.append(('all', d.name(), e, detail)), None)
conn.domainEventRegisterAny(dom, 0, lambda c, d, e, detail, o: seen.append(('one', d.name(), e, detail)), None)
conn.networkEventRegisterAny(None, 0, lambda c, n, e, detail, o: seen.append(('net', n.name(), e, detail)), None)
# Life
for name in ('suspend', 'suspend', 'resume', 'destroy', 'destroy', 'create', 'state', 'XMLDesc', 'OSType', 'maxMemory', 'ID'):
    ask(name, getattr(dom, name))
new = ask('define', conn.defineXML, "<domain type='test'><name>née</name><uuid>1b7e7222-df19-4c08-8e96-5901266571bf</uuid><memory>1024"
          "</memory><os><type>hvm</type></os></domain>", mask=lambda d: d.name())
ask('xml', new.XMLDesc, 0)
ask('undefine', new.undefine)
ask('gone', new.info)
# Parameters, arrays, structures
for name in ('schedulerParameters', 'memoryParameters', 'blkioParameters', 'numaParameters', 'vcpuPinInfo', 'emulatorPinInfo', 'jobInfo',
             'fsInfo', 'getTime', 'hostname', 'diskErrors', 'snapshotListNames', 'messages', 'ioThreadInfo'):
    ask(name, getattr(dom, name))
ask('stats', lambda: conn.getAllDomainStats(1)[0][1])
ask('guestinfo', dom.guestInfo, 0)
ask('metadata', dom.setMetadata, 0, 'text ' * 1000, None, None, 0)
ask('metadata back', dom.metadata, 0, None, mask=len)
for name in ('listDefinedDomains', 'listNetworks', 'listStoragePools', 'listInterfaces', 'listSecrets', 'numOfNetworks', 'getCPUMap'):
    ask(name, getattr(conn, name))
ask('models', conn.getCPUModelNames, 'x86_64', mask=len)
# Errors
for name, args in (('lookupByName', ('x' * 300,)), ('lookupByID', (77,)), ('lookupByUUIDString', ('1b7e7222-df19-4c08-8e96-5901266571bf',)),
                   ('networkLookupByName', ('',)), ('storageVolLookupByPath', ('/no',)), ('interfaceLookupByName', ('no',))):
    ask(name, getattr(conn, name), *args)
net = conn.networkLookupByName('default')
ask('net', net.destroy)
ask('net', net.create)
# Storage and streams
pool = conn.storagePoolLookupByName('default-pool')
vol = ask('vol', pool.createXML, '<volume><name>v</name><capacity>100000</capacity></volume>', 0, mask=lambda v: v.name())
ask('vol info', vol.info)
ask('vol gone', vol.delete, 0)
stream = conn.newStream(0)
ask('screenshot', dom.screenshot, stream, 0, 0)
length = 0
while True:
    data = stream.recv(1000)
    if not data:
        break
    length += len(data)
print('streamed', length > 5000)
ask('finish', stream.finish)
stream = conn.newStream(0)
dom.screenshot(stream, 0, 0)
ask('abort', stream.abort)
ask('keepalive', conn.setKeepAlive, 5, 3)
for _ in range(100):
    if len(seen) >= 12:
        break
    time.sleep(0.02)
for event in sorted(seen):
    print(*event)
ended.set()
