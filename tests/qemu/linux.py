"""A Linux guest for tests: the distribution's kernel, busybox and guest agent in one archive, made of what is installed here.

linux_guest() gives its kernel and archive, or skips the test where there is no kernel, busybox, depmod's list or agent.
"""
import glob
import lzma
import os
import shutil
import stat
import subprocess
import sys

MODULES = ('virtio_pci', 'virtio_blk', 'virtio_console', 'virtio_net', 'virtio_balloon', 'button', 'ext4', 'crc32c_generic')
INIT = """#!/bin/sh
b=/bin/busybox; export PATH=/bin:/sbin:/usr/bin:/usr/sbin
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev; $b mount -t tmpfs r /run
$b --install -s; for m in $(cat /m/list); do insmod /m/$m 2>/dev/null; done; ip link set lo up; hostname guesthost
mkdir -p /dev/virtio-ports
for p in /sys/class/virtio-ports/*; do [ -e $p/name ] && ln -sf ../${p##*/} /dev/virtio-ports/$(cat $p/name); done
[ -e /dev/vda ] && mount -t ext4 /dev/vda /mnt
[ -e /sys/class/net/eth0 ] && ip link set eth0 up && ip addr add 192.0.2.7/24 dev eth0
qemu-ga -d -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run
echo GUEST-READY >/dev/console
while :; do setsid cttyhack sh -i </dev/console >/dev/console 2>&1; sleep 1; done
"""


# Programs that are not ours want no sanitizer of ours.
PLAIN = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}


def skip(why):
    print(f'1..0 # skip {why}')
    sys.exit(77)


def unpack(path, to):
    """The kernel itself out of the file that boot loaders read: emulators take it as it is, which saves the unpacking in the guest."""
    data = open(path, 'rb').read()
    at = -1
    while (at := data.find(b'\xfd7zXZ\0', at + 1)) >= 0:
        try:
            kernel = lzma.LZMADecompressor().decompress(data[at:])
        except lzma.LZMAError:
            continue
        if kernel.startswith(b'\x7fELF'):
            with open(to, 'wb') as out:
                out.write(kernel)
            return to
    return path


def modules_of(version, folder):
    """Copy the modules and what they need into FOLDER, in the order of loading."""
    os.makedirs(folder)
    names = []
    for module in MODULES:
        shown = subprocess.run(['modprobe', '-S', version, '--show-depends', module], capture_output=True, text=True, env=PLAIN)
        for line in shown.stdout.splitlines():
            words = line.split()
            name = os.path.basename(words[1]) if words[:1] == ['insmod'] else None
            if name and name not in names:
                names.append(name)
                shutil.copy(words[1], folder)
    with open(folder + '/list', 'w') as out:
        out.write('\n'.join(names) + '\n')


def linux_guest(folder):
    """(kernel, archive), made in FOLDER."""
    kernels = [k for k in sorted(glob.glob('/boot/vmlinuz-*')) if os.path.isdir('/lib/modules/' + k.split('vmlinuz-')[1])]
    tools = {name: shutil.which(name, path='/usr/sbin:/usr/bin:/sbin:/bin') for name in ('busybox', 'qemu-ga', 'modprobe', 'cpio', 'ldd')}
    if not kernels or not all(tools.values()):
        skip('no kernel with its modules in /boot' if not kernels else
             'no ' + ', '.join(name for name, path in tools.items() if not path))
    top = folder + '/linux'
    for name in ('bin', 'sbin', 'usr/bin', 'usr/sbin', 'proc', 'sys', 'dev', 'run', 'var/run', 'tmp', 'mnt', 'etc', 'root'):
        os.makedirs(f'{top}/{name}')
    modules_of(kernels[-1].split('vmlinuz-')[1], top + '/m')
    shutil.copy(tools['busybox'], top + '/bin/busybox')
    os.symlink('busybox', top + '/bin/sh')
    shutil.copy(tools['qemu-ga'], top + '/usr/sbin/qemu-ga')
    for program in ('busybox', 'qemu-ga'):
        needs = subprocess.run([tools['ldd'], tools[program]], capture_output=True, text=True, env=PLAIN).stdout.split()
        for library in (word for word in needs if word.startswith('/')):
            os.makedirs(top + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, top + library)
    for name, text in (('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'), ('etc/group', 'root:x:0:\n'),
                       ('etc/os-release', 'ID=tiny\nNAME="Tiny"\nVERSION_ID="1"\n'), ('init', INIT),
                       ('sbin/shutdown', '#!/bin/sh\ncase "$*" in *-r*) exec /bin/busybox reboot -f;; esac\nexec /bin/busybox poweroff -f\n')):
        with open(f'{top}/{name}', 'w') as out:
            out.write(text)
    for name in ('init', 'sbin/shutdown'):
        os.chmod(f'{top}/{name}', stat.S_IRWXU)
    names = [os.path.relpath(os.path.join(path, name), top) for path, folders, files in os.walk(top) for name in folders + files]
    with open(folder + '/linux.cpio', 'wb') as out:
        subprocess.run([tools['cpio'], '-o', '-H', 'newc', '--quiet'], input='\n'.join(names).encode(), stdout=out, cwd=top, env=PLAIN, check=True)
    return unpack(kernels[-1], folder + '/vmlinux'), folder + '/linux.cpio'
