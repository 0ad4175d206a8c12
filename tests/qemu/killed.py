#!/usr/bin/env python3
"""The daemon is killed at every step of what it does to a guest; the next one finds guest, files and emulator in agreement."""
import glob
import os
import re
import subprocess
import sys

from common import *  # noqa: F403

SOURCE = os.environ['VIREO_SOURCE'] + '/src/drivers/qemu/'
DISK = "<disk type='file'><driver type='raw'/><source file='%s'/><target dev='%s' bus='virtio'/></disk>"
NAME = 'killed'


def start_steps():
    text = open(SOURCE + 'start.c').read()
    table = text[text.index('} steps[] = {'):]
    return re.findall(r'{"([a-z ]+)",', table[:table.index('};')])


def other(uri, code, fault=None):
    """Another process opens URI and does CODE, and is killed at step FAULT: how it ended, and what it printed."""
    code = f"""
import libvirt, time
libvirt.registerErrorHandler(lambda _, e: None, None)
libvirt.virEventRegisterDefaultImpl()
conn = libvirt.open({uri!r})
guest = conn.lookupByName({NAME!r})
for _ in range(2000):
    if not guest.isActive() or guest.controlInfo()[0] == 0:
        break
    time.sleep(0.01)
{code}
import os
os._exit(0)
"""
    environment = {**os.environ, 'VIREO_QEMU_FAULT': fault + ':die'} if fault else os.environ
    done = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr[-300:]


def die(uri, fault, action):
    code, said = other(uri, action, fault)
    check(f'killed at {fault}', code == -9, said)


def look(uri):
    """The guest as the next daemon sees it."""
    code, said = other(uri, """
for _ in range(500 * guest.isActive()):
    if guest.state()[0] == 1: break
    time.sleep(0.01)
if guest.isActive(): guest.reset()
print(guest.isActive(), guest.state()[0], 'vdb' in guest.XMLDesc(0), guest.hasManagedSaveImage())""")
    words = said.split()
    if code or len(words) != 4:
        check('the next daemon sees the guest', False, said)
        return 0, 0, False, False
    return int(words[0]), int(words[1]), words[2] == 'True', words[3] == '1'


def groups():
    return set(glob.glob(f'/sys/fs/cgroup/*/machine/qemu-embed-*-{NAME}.*') if os.geteuid() == 0 else [])


others = groups()  # of a test that was itself killed, some other time


def leftovers(host):
    return sorted(p for p in glob.glob(host + '/**', recursive=True) if re.search(r'domain-\d|/run/qemu/' + NAME, p)) + \
        sorted(groups() - others)


def agree(active, host, what):
    if active:
        check(f'{what}: the guest that runs has its emulator', len(processes()) == 1, processes())
    else:
        check(f'{what}: no emulator of a guest that is off', wait(lambda: processes() == []), processes())
        check('nor anything else of it', leftovers(host) == [], leftovers(host))


def starts(uri, host, disk):
    for name in start_steps():
        die(uri, 'start:' + name, 'guest.create()')
        active, state, _, _ = look(uri)
        check('what nobody was told of does not run', not active, state)
        agree(active, host, name)
        check('its disk is as it was', os.stat(disk).st_uid == os.geteuid(), os.stat(disk).st_uid)
    check('then it starts', other(uri, 'guest.create()')[0] == 0)


def changes(uri, host, extra):
    plug = DISK % (extra, 'vdb')
    for name, action, expected in (
            ('plug:noted', f'guest.attachDevice({plug!r})', False), ('plug:plugged', f'guest.attachDevice({plug!r})', True),
            ('unplug:unplugged', f'guest.detachDevice({plug!r})', None),
            ('save:stopped', 'guest.managedSave()', None), ('save:written', 'guest.managedSave()', None)):
        die(uri, name, action)
        active, state, plugged, saved = look(uri)
        check('the guest goes on', active and state == libvirt.VIR_DOMAIN_RUNNING, (active, state))
        agree(active, host, name)
        if expected is not None:
            check('it has the disk' if expected else 'it has no such disk', plugged == expected)
        check('nothing that was saved is left', not saved and glob.glob(host + '/lib/qemu/save/*') == [])


def ends(uri, host):
    for name, action in (('save:killed', 'guest.managedSave()'), ('destroy:killed', 'guest.destroy()'), ('destroy:told', 'guest.destroy()')):
        die(uri, name, action)
        active, state, _, saved = look(uri)
        check('the guest is off', not active, state)
        agree(active, host, name)
        if name == 'save:killed':
            check('and saved', saved)
        check('it starts again', other(uri, 'guest.create()')[0] == 0)
    other(uri, 'guest.destroy()')
    agree(False, host, 'at the end')


def main():
    libvirt.registerErrorHandler(lambda _, e: None, None)
    host = root + '/host'
    uri = f'qemu:///embed?root={host}'
    disk, extra = root + '/disk.img', root + '/extra.img'
    for path in (disk, extra):
        with open(path, 'wb') as f:
            f.truncate(1 << 20)
    subprocess.run([sys.executable, '-c', f"import libvirt; libvirt.open({uri!r}).defineXML({GUEST % (NAME, DISK % (disk, 'vda'))!r})"],
                   check=True)
    step(starts, uri, host, disk)
    step(changes, uri, host, extra)
    step(ends, uri, host)


run(main)
