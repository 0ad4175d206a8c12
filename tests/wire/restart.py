#!/usr/bin/env python3
"""Daemons that are replaced while they are in use, and clients that connect again.  usage: restart.py DAEMON"""
import os
import signal
import struct
import sys
import tempfile
import threading
import time

from hostile import Peer, text
from keepers import LOCK, LOG, code, open_log, start
from served import Daemon

count = failures = 0


def check(good, what, more=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good and more:
        print(f'#   {str(more)[:1000]}')


def wait(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def replaced(daemon):
    """Wait until the daemon has executed its successor: its descriptors are new, its number is not."""
    started = open(f'/proc/{daemon.process.pid}/stat', encoding='utf-8').read().split()[21]
    maps = open(f'/proc/{daemon.process.pid}/auxv', 'rb').read()
    daemon.process.send_signal(signal.SIGUSR1)

    def is_new():
        try:
            return open(f'/proc/{daemon.process.pid}/auxv', 'rb').read() not in (maps, b'')
        except OSError:
            return False
    return wait(is_new) and started == open(f'/proc/{daemon.process.pid}/stat', encoding='utf-8').read().split()[21]


def logs(program, folder):
    daemon = start(program, 'virtlogd', folder)
    path = os.path.join(folder, 'guest.log')
    peer = Peer(daemon.socket)
    _, fd = open_log(peer, path)
    os.write(fd, b'before\n')
    check(replaced(daemon), 'virtlogd is replaced')
    os.write(fd, b'after\n')
    check(wait(lambda: open(path, 'rb').read() == b'before\nafter\n'), 'a guest writes on into its log', open(path, 'rb').read())
    reply = peer.call(2, text(path) + struct.pack('>I', 0), program=LOG)
    check(code(reply) == 0 and struct.unpack('>QQ', reply[1])[1] == 13, 'its client goes on')
    check(daemon.end() == 0, 'virtlogd ends when told')


def leases(program, folder):
    daemon = start(program, 'virtlockd', folder)
    path = os.path.join(folder, 'disk')
    open(path, 'w', encoding='utf-8').close()

    def register(peer):
        return code(peer.call(1, b'u' * 16 + text('guest') + struct.pack('>II', 1, os.getpid()) + struct.pack('>I', 0), program=LOCK))

    def lease(peer, proc, flags=0):
        return code(peer.call(proc, text('') + text(path) + struct.pack('>I', flags), program=LOCK))
    one, two = Peer(daemon.socket), Peer(daemon.socket)
    registered = register(one), register(two)
    acquired = lease(one, 6)
    check(registered == (0, 0) and acquired == 0, 'a lease is taken', (registered, acquired))
    check(replaced(daemon), 'virtlockd is replaced')
    check(lease(two, 6) != 0, 'the lease is still held')
    check(lease(one, 7) == 0 and lease(two, 6) == 0, 'its holder may release it, and another take it')
    two.socket.close()
    check(wait(lambda: lease(one, 6) == 0), 'who leaves holds nothing')
    check(daemon.end() == 0, 'virtlockd ends when told')


def clients(program, folder, libvirt):
    daemon = Daemon(os.path.abspath(program), folder)
    uri = f'test+unix:///default?socket={daemon.socket}'
    heard, closed, refused = [], [], []
    libvirt.virEventRegisterDefaultImpl()
    stop = threading.Event()

    def loop():
        while not stop.is_set():
            timer = libvirt.virEventAddTimeout(20, lambda t, o: None, None)
            libvirt.virEventRunDefaultImpl()
            libvirt.virEventRemoveTimeout(timer)
    runner = threading.Thread(target=loop, daemon=True)
    runner.start()
    plain, lasting = libvirt.open(uri), libvirt.open(uri + '&reconnect=20')
    lasting.registerCloseCallback(lambda c, reason, o: closed.append(reason), None)
    lasting.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda c, d, event, detail, o: heard.append(event), None)
    about = lasting.lookupByName('test')
    lasting.domainEventRegisterAny(about, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda c, d, event, detail, o: heard.append('own'), None)
    busy = threading.Event()

    def come_and_go():
        while not busy.is_set():
            try:
                libvirt.open(uri).close()
            except libvirt.libvirtError as e:
                refused.append(e)
    others = [threading.Thread(target=come_and_go) for _ in range(3)]
    for t in others:
        t.start()
    time.sleep(0.1)
    check(replaced(daemon), 'the daemon is replaced while it is busy')
    time.sleep(0.2)
    busy.set()
    for t in others:
        t.join()
    unfair = [e for e in refused if e.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR and 'connect socket' in str(e)]
    check(not unfair, 'nobody is turned away meanwhile', unfair)
    try:
        plain.getHostname()
        said = ''
    except libvirt.libvirtError as e:
        said = str(e)
    check('closed' in said or 'End of file' in said or 'reset' in said, 'a client that was cut off hears so', said)
    check(lasting.getHostname(), 'one that asked for it goes on')
    guest = lasting.lookupByName('test')
    guest.suspend()
    check(wait(lambda: libvirt.VIR_DOMAIN_EVENT_SUSPENDED in heard), 'and hears what happens', heard)
    check(wait(lambda: 'own' in heard), 'to the guest that it asked about too', heard)
    guest.resume()
    # killed, and started again later: without a call being made, events go on
    daemon.process.kill()
    daemon.process.wait()
    time.sleep(0.3)
    again = Daemon(os.path.abspath(program), folder)
    check(wait(lasting.isAlive), 'a killed daemon is connected to again without a call')
    heard.clear()
    other = libvirt.open(uri)
    other.lookupByName('test').suspend()
    check(wait(lambda: libvirt.VIR_DOMAIN_EVENT_SUSPENDED in heard), 'and its events go on', heard)
    other.close()
    check(not closed, 'the application was told of no end', closed)
    # for good
    brief = libvirt.open(uri + '&reconnect=1')
    brief.registerCloseCallback(lambda c, reason, o: closed.append(reason), None)
    code_of_end = again.end()
    check(code_of_end == 0, 'the daemon ends when told')
    check(wait(lambda: closed == [libvirt.VIR_CONNECT_CLOSE_REASON_EOF]), 'a daemon that stays away is a connection lost', closed)
    try:
        brief.getHostname()
        said = ''
    except libvirt.libvirtError as e:
        said = str(e)
    check('socket' in said, 'with an error that says so', said)
    try:
        libvirt.open(uri + '&reconnect=soon')
        said = ''
    except libvirt.libvirtError as e:
        said = str(e)
    check('reconnect' in said, 'a wrong number of seconds is refused', said)
    stop.set()
    runner.join()


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        logs(program, folder)
        leases(program, folder)
        try:
            import libvirt
        except ImportError:
            print(f'ok {count + 1} - clients # SKIP python3-libvirt is not installed')
        else:
            libvirt.registerErrorHandler(lambda c, e: None, None)
            clients(program, folder, libvirt)
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
