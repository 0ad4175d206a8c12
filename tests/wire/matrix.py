#!/usr/bin/env python3
"""Our client library and the installed libvirt's, against our daemon and, where there is one, the original: the same program
prints the same.

usage: matrix.py DAEMON
VIREO_OTHER_URIS lists URIs of the test driver behind a running original daemon (with SASL as fred, whose password is "secret").  Over
UNIX sockets, TLS, and TCP with SASL (where certtool and saslpasswd2 are).
"""
import difflib
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from served import Daemon, plain

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'client.py')
count = failures = 0


def check(good, what):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')


def run(uri, ours, *credentials):
    environment = dict(os.environ)
    if not ours:
        environment = plain()
        environment.pop('LD_LIBRARY_PATH', None)
    try:
        done = subprocess.run([sys.executable, CLIENT, uri, *credentials], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=60, text=True)
    except subprocess.TimeoutExpired:
        return 'timed out\n'
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def certificates(folder):
    """A CA and certificates for both sides; False without certtool."""
    if not shutil.which('certtool'):
        return False

    def tool(*words):
        subprocess.run(['certtool', *words], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain())

    def template(name, lines):
        with open(os.path.join(folder, name), 'w') as out:
            out.write('expiration_days = 10\n' + lines)
    template('ca.info', 'cn = CA\nca\ncert_signing_key\n')
    tool('--generate-privkey', '--outfile', 'cakey.pem')
    tool('--generate-self-signed', '--load-privkey', 'cakey.pem', '--template', 'ca.info', '--outfile', 'cacert.pem')
    for side in ('server', 'client'):
        template('info', f'organization = x\ncn = localhost\ndns_name = localhost\ntls_www_{side}\nencryption_key\nsigning_key\n')
        tool('--generate-privkey', '--outfile', f'{side}key.pem')
        tool('--generate-certificate', '--load-privkey', f'{side}key.pem', '--load-ca-certificate', 'cacert.pem', '--load-ca-privkey',
             'cakey.pem', '--template', 'info', '--outfile', f'{side}cert.pem')
    return True


def sasl(folder):
    """A user "fred" whose password is "secret"; False without saslpasswd2 or DIGEST-MD5."""
    if not shutil.which('saslpasswd2') or not any(os.path.exists(f'/usr/lib/{d}/sasl2/libdigestmd5.so') for d in os.listdir('/usr/lib')):
        return False
    database = os.path.join(folder, 'users')
    subprocess.run(['saslpasswd2', '-p', '-c', '-f', database, '-a', 'libvirt', 'fred'], input=b'secret', check=True, env=plain())
    with open(os.path.join(folder, 'libvirt.conf'), 'w') as out:
        out.write(f'mech_list: digest-md5\nsasldb_path: {database}\npwcheck_method: auxprop\nauxprop_plugin: sasldb\n')
    return True


def main():
    try:
        import libvirt  # noqa: F401
    except ImportError:
        print('1..0 # SKIP python3-libvirt is not installed')
        return 77
    with tempfile.TemporaryDirectory() as folder:
        tls, tcp = certificates(folder), sasl(folder)
        ports = free_port(), free_port()
        extra = (f'listen_addr = "127.0.0.1"\ntcp_port = "{ports[0]}"\ntls_port = "{ports[1]}"\nlisten_tls = {int(tls)}\n'
                 f'listen_tcp = {int(tcp)}\nca_file = "{folder}/cacert.pem"\ncert_file = "{folder}/servercert.pem"\n'
                 f'key_file = "{folder}/serverkey.pem"\n')
        os.environ['SASL_CONF_PATH'] = folder
        daemon = Daemon(os.path.abspath(sys.argv[1]), folder, extra, ['--listen'])
        ways = [('our daemon over a UNIX socket', f'test+unix:///default?socket={daemon.socket}', ())]
        if tls:
            ways.append(('our daemon over TLS', f'test+tls://localhost:{ports[1]}/default?pkipath={folder}', ()))
        if tcp:
            ways.append(('our daemon over TCP with SASL', f'test+tcp://localhost:{ports[0]}/default', ('fred', 'secret')))
        for other in os.environ.get('VIREO_OTHER_URIS', '').split():
            ways.append((f'the original daemon, {other.split(":")[0]}', other, ('fred', 'secret') if '+tcp:' in other else ()))
        expected = run(ways[0][1], True)
        check('streamed True' in expected and 'timed out' not in expected, f'the client program runs: {len(expected.splitlines())} answers')
        for what, uri, credentials in ways:
            for ours in (True, False):
                got = run(uri, ours, *credentials)
                check(got == expected, f'{"our" if ours else "the installed"} client, {what}')
                for line in list(difflib.unified_diff(expected.splitlines(), got.splitlines(), lineterm='', n=0))[:20]:
                    print('#   ' + line[:300])
        check(daemon.end() == 0, 'the daemon ends well')
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
