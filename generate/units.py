#!/usr/bin/env python3
"""Writes the systemd units of the daemons.  usage: units.py STAMP FOLDER SBINDIR, or: units.py --install FOLDER TARGET"""
import os
import pathlib
import shutil
import sys

# program, socket prefix, what it is; has it the sockets of a driver, listens it on the network
DAEMONS = [
    ('libvirtd', 'libvirt', 'virtualization daemon', True, True),
    ('virtproxyd', 'libvirt', 'proxy to the virtualization daemons', True, True),
    *[(f'virt{d}d', f'virt{d}d', f'daemon for {what}', True, False) for d, what in (
        ('qemu', 'QEMU guests'), ('lxc', 'containers'), ('xen', 'Xen guests'), ('vbox', 'VirtualBox guests'),
        ('network', 'networks'), ('interface', 'host interfaces'), ('secret', 'secrets'), ('storage', 'storage'),
        ('nodedev', 'host devices'), ('nwfilter', 'network filters'))],
    ('virtlogd', 'virtlogd', "keeper of guests' logs", False, False),
    ('virtlockd', 'virtlockd', 'keeper of leases', False, False),
]
# What no daemon of ours needs, whatever guests it runs.
HARDENING = '''NoNewPrivileges=no
LockPersonality=yes
RestrictRealtime=no
RestrictSUIDSGID=no
ProtectHostname=yes
ProtectClock=yes
ProtectKernelLogs=yes
SystemCallArchitectures=native
UMask=0077
'''


def service(name, what, driver, sbindir):
    after = 'After=network.target dbus.service apparmor.service remote-fs.target\n' if driver else 'Before=libvirtd.service\n'
    wants = 'Requires=virtlogd.socket\nWants=virtlockd.socket\n' if name in ('libvirtd', 'virtqemud', 'virtxend') else ''
    timeout = '--timeout 120' if driver else ''
    # What is kept for others is handed over to a successor; drivers read their certificates anew.
    reload = 'HUP' if driver else 'USR1'
    return f'''[Unit]
Description=Vireo {what}
Documentation=man:{name}(8)
{after}{wants}
[Service]
Type=notify
Environment=ARGS="{timeout}"
EnvironmentFile=-/etc/sysconfig/{name}
EnvironmentFile=-/etc/default/{name}
ExecStart={sbindir}/{name} $ARGS
ExecReload=/bin/kill -{reload} $MAINPID
KillMode=process
Restart=on-failure
LimitNOFILE=8192:524288
TasksMax=32768
OOMScoreAdjust=-999
{HARDENING}
[Install]
WantedBy=multi-user.target
Also={name}.socket
'''


def socket(name, what, listen, mode, extra=''):
    return f'''[Unit]
Description=Vireo {what} socket
{extra}
[Socket]
ListenStream={listen}
Service={name}.service
SocketMode={mode}
{'RemoveOnStop=yes' + chr(10) if listen.startswith('/') else ''}
[Install]
WantedBy=sockets.target
'''


def units(sbindir):
    for name, prefix, what, driver, network in DAEMONS:
        run = f'/run/libvirt/{prefix}'
        yield f'{name}.service', service(name, what, driver, sbindir)
        yield f'{name}.socket', socket(name, what, run + '-sock', '0666' if driver else '0600')
        yield f'{name}-admin.socket', socket(name, what + ' administration', run + '-admin-sock', '0600',
                                             f'BindsTo={name}.socket\nAfter={name}.socket\n')
        if driver:
            yield f'{name}-ro.socket', socket(name, what + ' read-only', run + '-sock-ro', '0666',
                                              f'BindsTo={name}.socket\nAfter={name}.socket\n')
        if network:
            yield f'{name}-tcp.socket', socket(name, what + ' TCP', '16509', '0666', f'BindsTo={name}.socket\n')
            yield f'{name}-tls.socket', socket(name, what + ' TLS', '16514', '0666', f'BindsTo={name}.socket\n')


def main():
    if sys.argv[1] == '--install':
        target = pathlib.Path(os.environ.get('DESTDIR', '') + sys.argv[3])
        target.mkdir(parents=True, exist_ok=True)
        for path in pathlib.Path(sys.argv[2]).glob('*.s[eo][rc][vk]*'):
            if path.suffix in ('.service', '.socket'):
                shutil.copy(path, target)
        return
    stamp, folder, sbindir = sys.argv[1:4]
    for name, text in units(sbindir):
        (pathlib.Path(folder) / name).write_text(text, encoding='utf-8')
    pathlib.Path(stamp).write_text('')


if __name__ == '__main__':
    main()
