#!/usr/bin/env python3
"""Every step of what the driver does to a guest fails in turn: afterwards nothing of it is left, and the guest can go on."""
import glob
import os
import re
import subprocess

from common import *  # noqa: F403

SOURCE = os.environ['VIREO_SOURCE'] + '/src/drivers/qemu/'
DISK = "<disk type='file'><driver type='raw'/><source file='%s'/><target dev='%s' bus='virtio'/></disk>"
CHANNEL = "<channel type='unix'><target type='virtio' name='org.test'/></channel><graphics type='vnc' passwd='x'/>"


def steps(file):
    """The names in the table of steps in one of the driver's files."""
    text = open(SOURCE + file).read()
    table = text[text.index('} steps[] = {'):]
    return re.findall(r'{"([a-z ]+)",', table[:table.index('};')])


def world(conn, *files):
    """All that a guest could leave behind."""
    left = sorted(p for p in glob.glob(root + '/host/**', recursive=True) if '/cache/' not in p and '/log' not in p and
                  not p.endswith(('/channel/target', '/channel', '/ram', '/lib/qemu', '/run/qemu/dev')))
    return {'files': left, 'processes': processes(),
            'groups': glob.glob('/sys/fs/cgroup/*/machine/qemu-embed-*-undone.*') if os.geteuid() == 0 else [],
            'owners': [(os.stat(f).st_uid, [a for a in os.listxattr(f) if 'libvirt' in a]) for f in files],
            'descriptors': sorted(os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')
                                  if os.path.exists(f'/proc/self/fd/{n}') and 'monitor.sock' in os.readlink(f'/proc/self/fd/{n}')),
            'guests': [(d.name(), d.isActive()) for d in conn.listAllDomains()]}


def difference(before, after):
    return {key: (value, after[key]) for key, value in before.items() if after[key] != value}


def starts(conn):
    disk = root + '/disk.img'
    with open(disk, 'wb') as f:
        f.truncate(1 << 20)
    guest = conn.defineXML(GUEST % ('undone', DISK % (disk, 'vda') + CHANNEL))
    guest.create()  # what stays for ever is there: folders, the log
    guest.destroy()
    before = world(conn, disk)
    names = steps('start.c')
    check('there are steps', len(names) > 10, names)
    for name in names:
        os.environ['VIREO_QEMU_FAULT'] = 'start:' + name
        code, message = error_of(guest.create)
        check(f"a start that fails after '{name}' says so", f"'{name}'" in message, (code, message))
        check('and leaves nothing', wait(lambda: world(conn, disk) == before), difference(before, world(conn, disk)))
    del os.environ['VIREO_QEMU_FAULT']
    guest.create()
    check('then it starts', guest.isActive() and wait(lambda: 'up' in serial()))
    guest.destroy()
    check('and leaves nothing when it ends', wait(lambda: world(conn, disk) == before), difference(before, world(conn, disk)))


def main():
    start_loop()
    step(starts, libvirt.open(f'qemu:///embed?root={root}/host'))


run(main)
