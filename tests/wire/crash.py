#!/usr/bin/env python3
"""A daemon killed while clients are busy, again and again: what it acknowledged is there when the next one starts.

usage: crash.py DAEMON [ROUNDS]
Eight clients define and undefine guests; the daemon is killed with SIGKILL in the midst.  No definition that was acknowledged is
lost, none that was undefined comes back, no file is half written, and every client hears of it soon.  The daemon is one of a
user's session, in folders of its own.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as E

CLIENTS, PATIENCE = 8, 20
GUEST = "<domain type='qemu'><name>{}</name><memory>8192</memory><os><type arch='x86_64'>hvm</type></os></domain>"
count = failures = 0


def check(good, what, more=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good and more:
        print(f'#   {str(more)[:2000]}')


def client(number, uri, known):
    """Change guests until the daemon is gone; one line on stdout for each change that was asked for and each that was acknowledged."""
    import libvirt
    libvirt.registerErrorHandler(lambda c, e: None, None)
    try:
        conn = libvirt.open(uri)
    except libvirt.libvirtError as e:
        print(json.dumps(['error', str(e), e.get_error_code()]), flush=True)
        return
    there = set(known)
    turn = 0
    while True:
        name = f'guest-{number}-{turn % 40}'
        wanted = name not in there
        print(json.dumps(['ask', name, wanted]), flush=True)
        try:
            if wanted:
                conn.defineXML(GUEST.format(name))
                there.add(name)
            else:
                conn.lookupByName(name).undefine()
                there.discard(name)
        except libvirt.libvirtError as e:
            print(json.dumps(['error', str(e), e.get_error_code()]), flush=True)
            return
        print(json.dumps(['done', name, wanted]), flush=True)
        turn += 1


class World:
    """The session's folders, and what must be in them."""

    def __init__(self, program, folder):
        self.program = program
        self.environment = dict(os.environ, HOME=folder, XDG_RUNTIME_DIR=folder + '/run', XDG_CONFIG_HOME=folder + '/config',
                                XDG_CACHE_HOME=folder + '/cache', XDG_DATA_HOME=folder + '/data')
        os.mkdir(folder + '/run', 0o700)
        self.folder = folder
        self.definitions = folder + '/config/libvirt/qemu'
        self.uri = f'qemu+unix:///session?socket={folder}/sock/libvirt-sock'
        self.there = set()
        self.loose = set()  # what was asked for and not answered may or may not have happened
        os.mkdir(folder + '/sock')
        with open(folder + '/conf', 'w', encoding='utf-8') as conf:
            conf.write(f'unix_sock_dir = "{folder}/sock"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\nmax_anonymous_clients = 100\n')

    def start(self):
        daemon = subprocess.Popen([self.program, '--config', self.folder + '/conf', '--pid-file', self.folder + '/pid'],
                                  env={k: v for k, v in self.environment.items() if k != 'LD_PRELOAD'},
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return daemon

    def connect(self):
        import libvirt
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return libvirt.open(self.uri)
            except libvirt.libvirtError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def look(self):
        """What the daemon knows now, against what it must know; '' when all is well."""
        conn = self.connect()
        names = {d.name() for d in conn.listAllDomains()}
        conn.close()
        lost = self.there - names - self.loose
        risen = names - self.there - self.loose
        self.there, self.loose = names, set()
        return f'lost {sorted(lost)}, risen {sorted(risen)}' if lost or risen else ''

    def files(self):
        """Files that no reader would understand."""
        bad = []
        for name in os.listdir(self.definitions) if os.path.isdir(self.definitions) else []:
            path = os.path.join(self.definitions, name)
            if name.endswith('.xml'):
                try:
                    E.parse(path)
                except E.ParseError as e:
                    bad.append(f'{name}: {e}')
        return bad

    def round(self):
        daemon = self.start()
        self.connect().close()
        clients = []
        for i in range(CLIENTS):
            told = open(f'{self.folder}/told-{i}', 'w+', encoding='utf-8')
            known = [n for n in self.there if n.startswith(f'guest-{i}-')]
            clients.append((subprocess.Popen([sys.executable, __file__, '--client', str(i), self.uri, *known], stdout=told,
                                             env=self.environment), told))
        wanted, end = random.randint(1, 150), time.monotonic() + PATIENCE
        while time.monotonic() < end and sum(open(told.name, encoding='utf-8').read().count('done') for _, told in clients) < wanted:
            time.sleep(0.002)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        killed = time.monotonic()
        late = silent = acknowledged = 0
        for c, told in clients:
            try:
                c.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                c.kill()
                c.wait()
                late += 1
            told.seek(0)
            out = told.read()
            told.close()
            lines = [json.loads(line) for line in out.splitlines()]
            silent += not lines or lines[-1][0] != 'error'
            asked = None
            for kind, name, wanted in lines:
                if kind == 'ask':
                    asked = name
                elif kind == 'done':
                    (self.there.add if wanted else self.there.discard)(name)
                    acknowledged += 1
                    asked = None
            if asked:
                self.loose.add(asked)
        return late, silent, acknowledged, time.monotonic() - killed


def main():
    if sys.argv[1] == '--client':
        client(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
        return 0
    try:
        import libvirt
    except ImportError:
        print('1..0 # SKIP python3-libvirt is not installed')
        return 77
    if not any(os.access(os.path.join(d, 'qemu-system-x86_64'), os.X_OK) for d in os.environ['PATH'].split(':')):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return 77
    libvirt.registerErrorHandler(lambda c, e: None, None)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        world = World(os.path.abspath(sys.argv[1]), folder)
        total = late = silent = 0
        wrong, bad = [], []
        longest = 0
        for _ in range(rounds):
            l, s, n, took = world.round()
            late, silent, total, longest = late + l, silent + s, total + n, max(longest, took)
            bad += world.files()
            daemon = world.start()
            said = world.look()
            wrong += [said] if said else []
            daemon.terminate()
            daemon.wait()
        check(total > rounds, f'{rounds} daemons killed after {total} acknowledged changes')
        check(not wrong, 'nothing acknowledged is lost, nothing undefined is back', wrong)
        check(not bad, 'no file is half written', bad)
        check(not late and not silent, 'every client gets an error', (late, silent))
        print(f'# the last client knew {longest:.2f} s after the kill')
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
