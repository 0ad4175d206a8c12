#!/usr/bin/env python3
"""virtlogd and virtlockd by hand.  usage: keepers.py DAEMON"""
import array
import os
import socket
import struct
import sys
import tempfile
import time

from hostile import Peer, message, text
from served import Daemon

LOG, LOCK = 0x87539319, 0xea7beef
DOMAIN = b'u' * 16 + text('guest')
count = failures = 0


def check(good, what):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')


def start(program, name, folder, extra=''):
    own = os.path.join(folder, name)
    os.mkdir(own)
    link = os.path.join(own, name)
    os.symlink(os.path.abspath(program), link)
    return Daemon(link, own, extra, socket_name=f'{name}-sock', name=name)


def code(reply):
    return 0 if reply and reply[0][6] == 0 else struct.unpack('>I', reply[1][:4])[0] if reply else None


def open_log(peer, path):
    """virtlogd's answer, whole, and the descriptor of the pipe that came with it."""
    peer.send(message(1, text('qemu') + DOMAIN + text(path) + struct.pack('>I', 1), program=LOG))
    data, ancillary = b'', []
    while len(data) < 49 or not ancillary:
        more, extra, _, _ = peer.socket.recvmsg(49 - len(data), socket.CMSG_SPACE(4))
        data, ancillary = data + more, ancillary or extra
    return data, array.array('i', ancillary[0][2])[0]


def logs(program, folder):
    daemon = start(program, 'virtlogd', folder, 'max_size = 1000\nmax_backups = 2\n')
    path = os.path.join(folder, 'guest.log')
    peer = Peer(daemon.socket)
    data, fd = open_log(peer, path)
    kind, nfds = struct.unpack('>I', data[16:20])[0], struct.unpack('>I', data[28:32])[0]
    check(kind == 5 and nfds == 1 and os.path.exists(path), 'a log file is opened, and a pipe to it comes back')
    inode = struct.unpack('>Q', data[32:40])[0]
    os.write(fd, b'hello\n')
    time.sleep(0.1)
    reply = peer.call(2, text(path) + struct.pack('>I', 0), program=LOG)
    check(struct.unpack('>QQ', reply[1]) == (inode, 6), 'where it ends is known')
    reply = peer.call(3, text(path) + struct.pack('>QQQI', inode, 2, 100, 0), program=LOG)
    check(reply[1] == text('llo\n'), 'it can be read from there')
    reply = peer.call(4, text('qemu') + DOMAIN + text(path) + text('more\n') + struct.pack('>I', 0), program=LOG)
    check(code(reply) == 0, 'and added to')
    reply = peer.call(1, text('qemu') + DOMAIN + text(path) + struct.pack('>I', 0), program=LOG)
    check(code(reply) != 0, 'but not opened twice')
    for _ in range(40):
        os.write(fd, b'x' * 99 + b'\n')
    time.sleep(0.2)
    sizes = [os.path.getsize(path + end) for end in ('', '.0', '.1') if os.path.exists(path + end)]
    check(len(sizes) == 3 and max(sizes) <= 1000 and not os.path.exists(path + '.2'), f'long logs are turned over: {sizes}')
    os.close(fd)
    time.sleep(0.1)
    check(code(peer.call(2, text(path) + struct.pack('>I', 0), program=LOG)) != 0, 'the end of the pipe closes it')
    check(code(peer.call(1, text('qemu') + DOMAIN + text('relative') + struct.pack('>I', 0), program=LOG)) != 0, 'paths are absolute')
    check(daemon.end() == 0, 'virtlogd ends well')


def leases(program, folder):
    daemon = start(program, 'virtlockd', folder)
    disk = os.path.join(folder, 'disk')
    owner = b'o' * 16 + text('guest') + struct.pack('>II', 1, os.getpid()) + struct.pack('>I', 0)
    what = text('') + text(disk)
    one, two = Peer(daemon.socket), Peer(daemon.socket)
    acquire = lambda peer, flags: code(peer.call(6, what + struct.pack('>I', flags), program=LOCK))  # noqa: E731
    check(acquire(one, 2) != 0, 'who has not registered gets nothing')
    check(code(one.call(1, owner, program=LOCK)) == 0 and code(two.call(1, owner, program=LOCK)) == 0, 'owners register')
    check(code(one.call(1, owner, program=LOCK)) != 0, 'once')
    check(acquire(one, 0) != 0, 'a file must be there')
    check(acquire(one, 2) == 0 and os.path.exists(disk), 'or is made')
    check(acquire(two, 2) == 87, 'what one holds another does not get')
    check(code(two.call(7, what + struct.pack('>I', 0), program=LOCK)) != 0, 'nor releases')
    check(code(one.call(7, what + struct.pack('>I', 0), program=LOCK)) == 0 and acquire(two, 3) == 0, 'released, it is free')
    check(acquire(one, 3) == 0, 'two may share')
    check(acquire(one, 2) == 87, 'but not with one who will not')
    one.close()
    two.close()
    three = Peer(daemon.socket)
    three.call(1, owner, program=LOCK)
    time.sleep(0.1)
    check(acquire(three, 2) == 0, 'those who leave hold nothing')
    space = os.path.join(folder, 'space')
    check(code(three.call(8, text(space), program=LOCK)) == 0 and os.path.isdir(space), 'a lockspace is made')
    check(code(three.call(4, text(space) + text('name') + struct.pack('>I', 0), program=LOCK)) == 0, 'and a resource in it')
    check(code(three.call(6, text(space) + text('../disk') + struct.pack('>I', 0), program=LOCK)) != 0, 'not outside it')
    check(code(three.call(2, struct.pack('>I', 0), program=LOCK)) == 0 and acquire(three, 2) != 0, 'the restricted take no more')
    check(daemon.end() == 0, 'virtlockd ends well')


def main():
    with tempfile.TemporaryDirectory() as folder:
        logs(sys.argv[1], folder)
        leases(sys.argv[1], folder)
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
