#!/usr/bin/env python3
"""What an emulator may touch: its user, its files for as long as it runs, its own /dev, no rights of root's."""
import os
import pwd
import subprocess
import sys

from common import *  # noqa: F403

if os.geteuid() or subprocess.run(['unshare', '-m', 'true'], capture_output=True).returncode:
    print('1..0 # skip needs root and mount namespaces')
    sys.exit(77)

NOBODY = pwd.getpwnam('nobody').pw_uid
DISK = "<disk type='file'><driver type='raw'/><source file='%s'/><target dev='%s' bus='virtio'/></disk>"


def make(name, mode=0o600):
    path = f'{root}/{name}'
    with open(path, 'wb') as f:
        f.truncate(1 << 20)
    os.chmod(path, mode)
    return path


def owner(path):
    return os.stat(path).st_uid


def status(pid):
    return dict(line.split(':\t', 1) for line in open(f'/proc/{pid}/status').read().splitlines() if ':\t' in line)


def attributes(path):
    return [a for a in os.listxattr(path) if 'libvirt' in a]


def keeps_notes():
    path = make('notes')
    try:
        os.setxattr(path, 'trusted.test', b'1')
    except OSError:
        return False
    return True


def as_nobody(conn):
    disk, extra, shared = make('disk.img'), make('extra.img'), make('shared.iso', 0o644)
    os.chown(disk, 12, 34)
    cdrom = f"<disk type='file' device='cdrom'><source file='{shared}'/><target dev='sda' bus='sata'/><readonly/></disk>"
    guest = conn.createXML(GUEST % ('nobody', DISK % (disk, 'vda') + cdrom), 0)
    pid = processes()[0]
    check('it runs as that user', status(pid)['Uid'].split()[0] == str(NOBODY), status(pid)['Uid'])
    check('with no rights', int(status(pid)['CapEff'], 16) == 0, status(pid)['CapEff'])
    check('and a seccomp filter', status(pid)['Seccomp'].strip() == '2', status(pid)['Seccomp'])
    check('its limits are as configured', 'Max open files            4321' in open(f'/proc/{pid}/limits').read())
    check('its disk is its own', owner(disk) == NOBODY, owner(disk))
    check('what everybody may read stays', owner(shared) == 0, owner(shared))
    check('the guest writes its serial port', wait(lambda: 'up' in serial()), serial())
    if keeps_notes():
        check('the owner is written down', os.getxattr(disk, 'trusted.libvirt.security.dac') == b'+12:+34', attributes(disk))
        check('and counted', os.getxattr(disk, 'trusted.libvirt.security.ref_dac') == b'1')
    nodes = sorted(os.listdir(f'/proc/{pid}/root/dev'))
    check('its /dev has what it needs', {'null', 'urandom', 'pts', 'ptmx'} <= set(nodes), nodes)
    check('and nothing else of the host', not [n for n in nodes if n.startswith(('vd', 'sd', 'nvme', 'mem', 'loop'))], nodes)
    guest.attachDevice(DISK % (extra, 'vdb'))
    check('a disk plugged in is its own too', owner(extra) == NOBODY, owner(extra))
    guest.destroy()
    if keeps_notes():
        check('its owner has it back', (os.stat(disk).st_uid, os.stat(disk).st_gid) == (12, 34), os.stat(disk))
        check('the other one too', owner(extra) == 0 and attributes(extra) == [], attributes(extra))
    check('nothing is noted any more', attributes(disk) == [], attributes(disk))
    code, message = error_of(conn.createXML, GUEST % ('shuts', DISK % (f'{root}/none/x.img', 'vda') + DISK % (disk, 'vdb')), 0)
    check('a start that fails', code is not None and 'none/x.img' in message, message)
    check('leaves the files as they were', attributes(disk) == [] and (not keeps_notes() or owner(disk) == 12), attributes(disk))


def plain(conn):
    guest = conn.createXML(GUEST % ('root', ''), 0)
    pid = processes()[0]
    check('where root is configured it runs as root', status(pid)['Uid'].split()[0] == '0', status(pid)['Uid'])
    check('without its rights', int(status(pid)['CapEff'], 16) == 0, status(pid)['CapEff'])
    check('without seccomp where it is off', status(pid)['Seccomp'].strip() == '0', status(pid)['Seccomp'])
    check("on the host's /dev where namespaces are off",
          os.stat(f'/proc/{pid}/root/dev').st_dev == os.stat('/dev').st_dev)
    check('under its own name', open(f'/proc/{pid}/comm').read().startswith('qemu:root'), open(f'/proc/{pid}/comm').read())
    guest.destroy()


def configured(name, text):
    os.makedirs(f'{root}/{name}/etc', exist_ok=True)
    with open(f'{root}/{name}/etc/qemu.conf', 'w') as f:
        f.write(text)
    return f'qemu:///embed?root={root}/{name}'


def wrong():
    for text, part in (('user = "no such user"\n', 'no such user'), ('user = [\n', ':'), ('namespaces = ["pid"]\n', 'pid'),
                       ('cgroup_controllers = ["magic"]\n', 'magic'), ('remote_display_port_min = 80\n', 'remote_display_port_min'),
                       ('max_files = "many"\n', 'max_files')):
        code, message = error_of(libvirt.open, configured('wrong', text))
        check(f'{text.strip()} is refused, by name', code is not None and part in message, message)


def main():
    start_loop()
    step(as_nobody, libvirt.open(configured('nobody', 'user = "nobody"\nmax_files = 4321\n')))
    step(plain, libvirt.open(configured('root', 'user = "root"\ngroup = "root"\nseccomp_sandbox = 0\nnamespaces = [ ]\n'
                                                'set_process_name = 1\n')))
    step(wrong)


run(main)
