#!/usr/bin/env python3
"""Programs beside a guest: its TPM, its shared folders, its own network; started with it, found again, ended with it."""
import glob
import os
import shutil
import sys

from common import *  # noqa: F403

SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><features>"


def beside():
    """Programs other than the emulator that run for this test's folder."""
    found = {}
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(path, 'rb').read().split(b'\0')
            group = open(os.path.dirname(path) + '/cgroup').read()
        except OSError:
            continue
        name = os.path.basename(words[0]).decode()
        if name in ('swtpm', 'virtiofsd', 'passt') and ('-beside.libvirt-qemu' in group or root.encode() in b' '.join(words)):
            found.setdefault(name, []).append(int(path.split('/')[2]))
    return found


def one(conn, name, xml, devices):
    guest = conn.createXML(xml % ('beside', devices), 0)
    seen = beside()
    check(f'{name} runs', name in seen, seen)
    check('the guest does', guest.isActive() and wait(lambda: 'up' in serial()), serial())
    check('its helper is noted', glob.glob(root + '/host/run/qemu/*.helper') != [])
    guest.destroy()
    check('both end', wait(lambda: beside() == {} and processes() == []), beside())
    check('nothing is left', glob.glob(root + '/host/run/qemu/*.helper') == [] and glob.glob(root + '/host/lib/qemu/domain-*') == [])
    os.environ['VIREO_QEMU_FAULT'] = 'start:helpers'
    error_of(conn.createXML, xml % ('beside', devices), 0)
    del os.environ['VIREO_QEMU_FAULT']
    check('a start that fails ends it too', wait(lambda: beside() == {}), beside())


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}/host')
    ran = 0
    if shutil.which('swtpm') and shutil.which('swtpm_setup'):
        step(one, conn, 'swtpm', GUEST, "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>")
        check('the state of the TPM stays', glob.glob(root + '/host/lib/swtpm/*/tpm2/*.permall') != [])
        ran += 1
    if os.path.exists('/usr/lib/qemu/virtiofsd') or os.path.exists('/usr/libexec/virtiofsd'):
        os.mkdir(root + '/shared')
        share = f"<filesystem type='mount'><driver type='virtiofs'/><source dir='{root}/shared'/><target dir='t'/></filesystem>"
        step(one, conn, 'virtiofsd', GUEST.replace('<features>', SHARED), share)
        code, message = error_of(conn.createXML, GUEST.replace('<features>', SHARED) % ('none', share.replace('/shared', '/none')), 0)
        check('a folder that is not there is named', '/none' in message, message)
        ran += 1
    if shutil.which('passt') and os.geteuid() == 0:
        step(one, conn, 'passt', GUEST, "<interface type='user'><backend type='passt'/><model type='virtio'/></interface>")
        ran += 1
    if not ran:
        print('1..0 # skip neither swtpm nor virtiofsd nor passt')
        os._exit(77)


run(main)
