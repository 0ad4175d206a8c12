#!/usr/bin/env python3
"""Peers that do not play by the rules: the daemon drops them, says so, stays small, and serves everyone else.

usage: hostile.py DAEMON
Speaks the protocol by hand.
"""
import array
import os
import random
import resource
import socket
import struct
import sys
import tempfile
import threading
import time

from served import Daemon

REMOTE, KEEPALIVE = 0x20008086, 0x6b656570
CALL, REPLY, EVENT, STREAM, CALL_FDS, REPLY_FDS, HOLE = range(7)
count = failures = 0


def check(good, what):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    sys.stdout.flush()


def message(proc, body=b'', program=REMOTE, version=1, kind=CALL, serial=1, status=0, length=None):
    size = 28 + len(body) if length is None else length
    return struct.pack('>IIIiIII', size, program, version, proc, kind, serial, status) + body


def text(s):
    s = s.encode()
    return struct.pack('>I', len(s)) + s + b'\0' * (-len(s) % 4)


class Peer:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                self.socket.connect(path)
                break
            except BlockingIOError:
                time.sleep(0.005)  # the queue is full
        self.socket.settimeout(5)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def exactly(self, n):
        data = b''
        while len(data) < n:
            got = self.socket.recv(n - len(data))
            if not got:
                return None
            data += got
        return data

    def answer(self):
        """(header words, body), or None when the daemon has hung up."""
        try:
            head = self.exactly(28)
            if head is None:
                return None
            words = struct.unpack('>IIIiIII', head)
            return words, self.exactly(words[0] - 28)
        except OSError:
            return None

    def call(self, proc, body=b'', **more):
        self.send(message(proc, body, **more))
        return self.answer()

    def open(self):
        self.call(66)
        return self.call(1, struct.pack('>I', 1) + text('test:///default') + struct.pack('>I', 0))

    def closed(self):
        try:
            while True:
                if not self.socket.recv(65536):
                    return True
        except socket.timeout:
            return False
        except OSError:
            return True

    def close(self):
        self.socket.close()


def memory(pid):
    with open(f'/proc/{pid}/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def works(path):
    peer = Peer(path)
    good = peer.open()
    version = peer.call(4) if good else None
    peer.close()
    return bool(version) and version[0][6] == 0


def refused(reply):
    return reply is not None and reply[0][4] == REPLY and reply[0][6] == 1


def lengths(path):
    for length in (0, 1, 4, 27, 33554437, 0x7fffffff, 0xffffffff):
        peer = Peer(path)
        peer.send(message(66, length=length))
        check(peer.closed(), f'a message of length {length} ends the connection')
        peer.close()
    peer = Peer(path)
    peer.send(message(66, length=33554436))
    peer.socket.settimeout(0.2)
    check(not peer.closed(), 'the longest message is waited for')
    peer.close()


def headers(path):
    peer = Peer(path)
    check(refused(peer.call(1, program=0x12345678)), 'an unknown program is answered with an error')
    check(refused(peer.call(1, version=7)), 'an unknown version is answered with an error')
    for proc in (0, -1, 9999, 0x7fffffff, -0x80000000, 107, 318):
        check(refused(peer.call(proc)), f'procedure {proc}, which nobody may call, is answered with an error')
    check(refused(peer.call(66, status=1)), 'a call with a status is answered with an error')
    peer.send(message(3, kind=REPLY) + message(3, kind=EVENT) + message(3, kind=STREAM, serial=99) + message(3, kind=HOLE, serial=99)
              + message(3, kind=77) + message(2, program=KEEPALIVE, kind=EVENT))
    check(peer.call(66) is not None, 'messages that nobody asked for are dropped')
    peer.send(message(1, program=KEEPALIVE, kind=EVENT))
    pong = peer.answer()
    check(pong and pong[0][1] == KEEPALIVE and pong[0][3] == 2, 'a ping is answered')
    peer.close()


def bodies(path):
    peer = Peer(path)
    check(refused(peer.call(4)), 'a call before the connection is open is refused')
    peer.open()
    big = struct.pack('>I', 0x7fffffff)
    for what, body in (('cut', b'\0\0'), ('a lying length', big), ('too long a string', struct.pack('>I', 4194305) + b'x' * 4194308),
                       ('nothing', b'')):
        check(refused(peer.call(23, body)), f'arguments with {what} are refused')
    check(refused(peer.call(273, struct.pack('>I', 1))), 'half the arguments are refused')
    doms = struct.pack('>I', 16385)
    check(refused(peer.call(344, doms)), 'a lying count is refused')
    reply = peer.call(23, text('x' * 100000))
    check(refused(reply), 'a long name is looked for')
    check(not refused(peer.call(4)), 'and the connection still works')
    for size in (5, 1000, -1):  # procedure 395 makes an array of its own; clients send what their variable holds
        reply = peer.call(395, struct.pack('>iI', size, 0))
        check(refused(reply) and struct.unpack('>I', reply[1][:4])[0] == 3, f'room for {size} in an array that is yet to be made is no matter')
    check(refused(peer.open()), 'opening twice is refused')
    peer.close()


def fuzz(path, seed):
    rand = random.Random(seed)
    for _ in range(300):
        peer = Peer(path)
        if rand.random() < 0.7:
            peer.open()
        for _ in range(rand.randrange(1, 8)):
            body = bytes(rand.getrandbits(8) if rand.random() < 0.3 else 0 for _ in range(rand.randrange(0, 200)))
            peer.send(message(rand.randrange(-2, 460), body, kind=rand.choice([0, 0, 0, 0, 1, 2, 3, 6]), serial=rand.randrange(4),
                              status=rand.choice([0, 0, 0, 0, 1, 2, 9])))
        if rand.random() < 0.3:
            peer.send(bytes(rand.getrandbits(8) for _ in range(rand.randrange(40))))
        peer.close()


def stray_descriptors(daemon):
    before = descriptors(daemon.process.pid)
    peer = Peer(daemon.socket)
    for _ in range(200):
        fds = array.array('i', [0, 1, 2])
        try:
            peer.socket.sendmsg([message(66)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        except OSError:
            break
    check(descriptors(daemon.process.pid) - before < 80, 'descriptors out of nowhere are not kept')
    peer.close()
    peer = Peer(daemon.socket)
    peer.send(message(66, struct.pack('>I', 33), kind=CALL_FDS))
    check(peer.closed(), 'more descriptors than a message may have end the connection')
    peer.close()
    time.sleep(0.2)
    check(descriptors(daemon.process.pid) <= before + 1, 'and all are closed with the connection')


def floods(daemon):
    path, pid = daemon.socket, daemon.process.pid
    before = memory(pid)
    peer = Peer(path)
    peer.open()
    peer.socket.settimeout(1)
    calls = message(7) * 2000
    sent = 0
    try:
        while sent < 200000:
            peer.socket.sendall(calls)
            sent += 2000
    except OSError:
        pass
    check(works(path), f'others are served while {sent} calls wait for a peer that does not read')
    check(memory(pid) - before < 64 * 1024, f'and memory stays bounded ({memory(pid) - before} KiB more)')
    peer.close()
    peer = Peer(path)
    peer.open()
    peer.socket.settimeout(1)
    data = message(209, b'x' * 262000, kind=STREAM, serial=5, status=2)
    try:
        for _ in range(500):
            peer.socket.sendall(data)
    except OSError:
        pass
    check(memory(pid) - before < 96 * 1024, 'a flood of stream data that belongs to no stream takes no memory')
    peer.close()
    check(works(path), 'and others are served')


def slow(daemon):
    peer = Peer(daemon.socket)
    data = message(66)
    for byte in data[:20]:
        peer.send(bytes([byte]))
        time.sleep(0.002)
    check(works(daemon.socket), 'a slow sender holds up nobody')
    peer.send(data[20:])
    check(peer.answer() is not None, 'and is answered in the end')
    peer.close()


def crowd(daemon, n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, n + 200), hard))
    before = memory(daemon.process.pid)
    peers = []
    try:
        for _ in range(n):
            peers.append(Peer(daemon.socket))
    except OSError:
        pass
    good = all(p.call(66) is not None for p in peers[::97][:10])
    each = (memory(daemon.process.pid) - before) / max(len(peers), 1)
    check(good and len(peers) >= n * 0.9, f'{len(peers)} connections at once, {each:.1f} KiB each')
    for p in peers:
        p.close()
    time.sleep(0.5)
    check(works(daemon.socket), 'and when they have all gone')


def main():
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(os.path.abspath(sys.argv[1]), folder, 'max_clients = 20000\n')
        path = daemon.socket
        check(works(path), 'the daemon serves')
        start = descriptors(daemon.process.pid)
        lengths(path)
        headers(path)
        bodies(path)
        threads = [threading.Thread(target=fuzz, args=(path, seed)) for seed in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(works(path), '1200 peers that send nonsense')
        stray_descriptors(daemon)
        floods(daemon)
        slow(daemon)
        crowd(daemon, 2000)
        time.sleep(0.3)
        check(descriptors(daemon.process.pid) <= start + 4, 'no descriptor is left open')
        check(daemon.end() == 0, 'the daemon ends well')
        with open(os.path.join(folder, 'log')) as log:
            check('length that cannot be' in log.read(), 'the log says who was dropped and why')
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
