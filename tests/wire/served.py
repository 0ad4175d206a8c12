#!/usr/bin/env python3
"""The sweeps of the test driver, once in this process's library and once through a daemon: the answers must be equal.

usage: served.py DAEMON SWEEP...
Every public call that the sweeps make goes over the wire with the arguments they try: all flags, wrong names, limits.
"""
import json
import os
import re
import runpy
import socket
import subprocess
import sys
import tempfile
import time
import weakref

# Answers that say how one is connected.
ABOUT_THE_WAY = ('getURI', 'isEncrypted', 'setKeepAlive', 'domainEventRegister', 'auth ', 'no credentials', 'isSecure', 'asked')
# URIs that are no URIs of a daemon; a list that is empty on the wire is no list; what only the handle remembers.
OTHERS = ('test:', 'test:nowhere', 'none', 'parent scsi_host2 parent')
# A handle learns that its guest has ended only from the calls that the original's client knows to end one.
STALE_IDS = re.compile(r'then ID')


def plain():
    """The environment of programs that are no Python: those of ours bring their sanitizer along, others want none."""
    return {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}


class Daemon:
    """A daemon of our own in a folder that goes with it; under this name it serves the mock host and touches nothing else."""

    def __init__(self, program, folder, extra='', arguments=(), socket_name='libvirt-sock', name='virttestd'):
        self.folder = folder
        config = os.path.join(folder, 'libvirtd.conf')
        with open(config, 'w') as out:
            out.write(f'unix_sock_dir = "{folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n{extra}')
        self.log = open(os.path.join(folder, 'log'), 'w')
        self.process = subprocess.Popen([name, '--config', config, '--pid-file', os.path.join(folder, 'pid'), *arguments],
                                        executable=program, env=plain(),
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.socket = os.path.join(folder, socket_name)
        for _ in range(1000):
            if self.answers(self.socket) or self.process.poll() is not None:
                break
            time.sleep(0.01)

    @staticmethod
    def answers(path):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(path) == 0

    def end(self):
        self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = -9
        if code:
            with open(self.log.name, errors='replace') as log:
                print(log.read()[-20000:])
        return code


def through(path):
    """Make libvirt.open() of test:// URIs go through the socket at PATH."""
    import libvirt
    connections = weakref.WeakSet()
    for name in ('open', 'openReadOnly', 'openAuth'):
        real = getattr(libvirt, name)

        def changed(uri=None, *args, real=real):
            if uri and uri.startswith('test://'):
                uri = f'test+unix{uri[4:]}{"&" if "?" in uri else "?"}socket={path}'
            conn = real(uri, *args)
            connections.add(conn)
            return conn
        setattr(libvirt, name, changed)

    import sweep

    def turn():
        # The daemon's loop answers these itself, so that what it had to send before has been sent before.
        for conn in connections:
            for _ in range(6):
                conn.getLibVersion()
        for _ in range(4):
            timer = libvirt.virEventAddTimeout(0, lambda t, o: None, None)
            libvirt.virEventRunDefaultImpl()
            libvirt.virEventRemoveTimeout(timer)
    sweep.turn = turn


def record(sweep, out, path=''):
    subprocess.run([sys.executable, __file__, '--record', sweep, out, path], check=True, timeout=240, stdout=subprocess.DEVNULL)
    with open(out) as f:
        return json.load(f)


def compare(name, direct, wired):
    bad = total = 0
    for scenario, rows in direct.items():
        others = wired.get(scenario, [])
        wrong = []
        for i, row in enumerate(rows):
            total += 1
            other = others[i] if i < len(others) else None
            if row != other and not row[0].startswith(ABOUT_THE_WAY) and row[0] not in OTHERS and not STALE_IDS.search(row[0]):
                wrong.append((row, other))
        bad += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} - {name} {scenario}: {len(rows)} answers through a daemon')
        for row, other in wrong[:12]:
            print(f'#   in process {json.dumps(row)[:400]}\n#   served     {json.dumps(other)[:400]}')
    return bad, total


def main():
    if sys.argv[1] == '--record':
        sweep, out, path = sys.argv[2:5]
        sys.path.insert(0, os.path.dirname(sweep))
        if path:
            through(path)
        sys.argv = [sweep, '--record', out]
        try:
            runpy.run_path(sweep, run_name='__main__')
        except SystemExit:
            pass
        return 0
    try:
        import libvirt  # noqa: F401
    except ImportError:
        print('1..0 # SKIP python3-libvirt is not installed')
        return 77
    daemon_program, sweeps = sys.argv[1], sys.argv[2:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for sweep in sweeps:
            daemon = Daemon(daemon_program, folder)
            name = os.path.basename(sweep)[len('sweep_'):-len('.py')]
            direct = record(sweep, os.path.join(folder, 'direct.json'))
            wired = record(sweep, os.path.join(folder, 'wired.json'), daemon.socket)
            bad, total = compare(name, direct, wired)
            failures += bad
            status = daemon.end()
            print(f'{"ok" if status == 0 else "not ok"} - the daemon ends well after {total} answers')
            failures += status != 0
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
