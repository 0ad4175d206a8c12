#!/usr/bin/env python3
"""Guests' displays: ports that no two guests get, passwords, TLS as qemu.conf says."""
import os
import re
import socket
import shutil
import subprocess
import threading

from common import *  # noqa: F403

VNC = "<graphics type='vnc' autoport='yes'%s/>"


def ports(guest):
    return [int(p) for p in re.findall(r" port='(\d+)'", guest.XMLDesc(0)) if int(p) >= 5900]


def many(conn, uri):
    guests, failed = [], []

    def start(n):
        try:
            guests.append(libvirt.open(uri).createXML(GUEST % (f'display{n}', VNC % " websocket='-1'"), libvirt.VIR_DOMAIN_START_PAUSED))
        except libvirt.libvirtError as e:
            failed.append(str(e))
    threads = [threading.Thread(target=start, args=(n,)) for n in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    got = [p for g in guests for p in ports(g)]
    check('guests that start at once all start', len(guests) == 6, failed)
    check('on ports of their own', len(set(got)) == 6, got)
    check('with web sockets of their own', len({re.search(r"websocket='(\d+)'", g.XMLDesc(0)).group(1) for g in guests}) == 6)
    first = min(got)
    [g.destroy() for g in guests]
    again = conn.createXML(GUEST % ('again', VNC % ''), libvirt.VIR_DOMAIN_START_PAUSED)
    check('the ports are free again', ports(again)[0] <= first, (ports(again), first))
    again.destroy()


def password(conn):
    guest = conn.createXML(GUEST % ('secret', VNC % " passwd='sesame' passwdValidTo='2099-01-01T00:00:00'"), 0)
    with socket.create_connection(('127.0.0.1', ports(guest)[0])) as s:
        greeting = s.recv(12)
        s.send(b'RFB 003.008\n')
        kinds = s.recv(2)
    check('a display with a password asks for it', greeting.startswith(b'RFB') and kinds[1:] == b'\x02', (greeting, kinds))
    check('its XML keeps it', 'sesame' not in guest.XMLDesc(0) and 'sesame' in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE))
    guest.destroy()


def tls():
    pki = root + '/pki'
    os.makedirs(pki)
    for name, kind in (('ca', 'ca\ncert_signing_key\n'), ('server', 'tls_www_server\nsigning_key\nencryption_key\n')):
        with open(f'{root}/{name}.cfg', 'w') as f:
            f.write(f'cn = "localhost"\nexpiration_days = 2\n{kind}')
    key = f'certtool --generate-privkey --key-type ecdsa --outfile {pki}/'
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}  # no sanitizer in programs that are not ours
    for command in (key + 'ca-key.pem', key + 'server-key.pem', f'certtool --generate-self-signed --load-privkey {pki}/ca-key.pem '
                    f'--template {root}/ca.cfg --outfile {pki}/ca-cert.pem', 'certtool --generate-certificate --load-privkey '
                    f'{pki}/server-key.pem --load-ca-certificate {pki}/ca-cert.pem --load-ca-privkey {pki}/ca-key.pem --template '
                    f'{root}/server.cfg --outfile {pki}/server-cert.pem'):
        subprocess.run(command.split(), check=True, capture_output=True, env=plain)
    subprocess.run(['chmod', '-R', 'a+rX', pki], check=True)
    os.makedirs(root + '/tls/etc')
    with open(root + '/tls/etc/qemu.conf', 'w') as f:
        f.write(f'vnc_tls = 1\nvnc_tls_x509_verify = 0\ndefault_tls_x509_cert_dir = "{pki}"\nvnc_password = "standard"\n')
    guest = libvirt.open(f'qemu:///embed?root={root}/tls').createXML(GUEST % ('tls', VNC % ''), 0)
    with socket.create_connection(('127.0.0.1', ports(guest)[0])) as s:
        s.recv(12)
        s.send(b'RFB 003.008\n')
        kinds = s.recv(2)
    check('with TLS the display speaks it', kinds[1:] == b'\x13', kinds)
    guest.destroy()


def settings(conn):
    spice = "<graphics type='spice' port='5901' tlsPort='5902'/>"
    code, message = error_of(conn.defineXML, GUEST % ('spice', spice))
    check('what the settings exclude is no definition', code == libvirt.VIR_ERR_CONFIG_UNSUPPORTED and 'qemu.conf' in message, (code, message))


def main():
    start_loop()
    uri = f'qemu:///embed?root={root}/host'
    conn = libvirt.open(uri)
    step(many, conn, uri)
    step(password, conn)
    step(settings, conn)
    if shutil.which('certtool'):
        step(tls)


run(main)
