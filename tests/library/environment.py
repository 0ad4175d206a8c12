#!/usr/bin/env python3
"""What the library takes from its surroundings: libvirt.conf, auth.conf, LIBVIRT_* variables.  usage: environment.py VIRSH

Runs the shell as a user without privileges, with a home of its own.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

virsh = os.path.abspath(sys.argv[1])
home = pathlib.Path(tempfile.mkdtemp(prefix='vireo-test-'))
count = failures = 0

NODE = """<node>
  <auth><user password='secret'>robot</user><user>guest</user></auth>
  <domain type='test'><name>here</name><memory>8192</memory><os><type>hvm</type></os></domain>
</node>"""


def ask(*words, **variables):
    """(exit code, stdout, stderr) of the shell."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(('LIBVIRT_', 'XDG_', 'VIRSH_'))}
    environment.update(variables, HOME=str(home))
    command = [virsh, *words]
    if os.geteuid() == 0:
        command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', *command]
    run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd='/', timeout=60)
    return run.returncode, run.stdout.strip(), run.stderr.strip()


def check(what, good, seen):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good:
        print(f'#   {seen}')


def write(name, text):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    return str(path)


def default_uri():
    config = '.config/libvirt/libvirt.conf'
    seen = ask('uri', LIBVIRT_DEFAULT_URI='test:///default')
    check('LIBVIRT_DEFAULT_URI names the connection', seen == (0, 'test:///default', ''), seen)
    write(config, 'uri_default = "test:///default"\nuri_aliases = [ "mock=test:///default", "other=test:////no/such/file" ]\n')
    seen = ask('uri')
    check('libvirt.conf names it where no variable does', seen == (0, 'test:///default', ''), seen)
    seen = ask('-c', 'mock', 'uri')
    check('an alias stands for its URI', seen == (0, 'test:///default', ''), seen)
    seen = ask('-c', 'other', 'uri')
    check('an alias of a node that is not there fails', seen[0] == 1 and '/no/such/file' in seen[2], seen)
    seen = ask('-c', 'nobody', 'uri')
    check('a word that is no alias is no URI', seen[0] == 1, seen)
    for text, why in (('uri_aliases = [ "bad name=test:///default" ]', "Malformed 'uri_aliases' config entry 'bad name=test:///default'"),
                      ('uri_aliases = [ "mock" ]', "Malformed 'uri_aliases' config entry 'mock'"),
                      ('uri_aliases = "mock"', 'list of strings'), ('uri_default = [', 'libvirt.conf'), ('uri_default = 5', 'uri_default')):
        write(config, text + '\n')
        seen = ask('-c', 'mock', 'uri') if 'aliases' in text else ask('uri')
        check(f'refused: {text}', seen[0] == 1 and why in seen[2], seen)
    (home / config).unlink()


def auth_files():
    node = write('node.xml', NODE)
    text = '[credentials-robot]\nusername=robot\npassword=secret\n[credentials-wrong]\nusername=robot\npassword=guess\n'
    for title, binding, code in (('right', 'robot', 0), ('wrong', 'wrong', 1), ('missing', 'nobody', 1)):
        path = write('auth.conf', text + f'[auth-test-localhost]\ncredentials={binding}\n')
        seen = ask('-c', f'test://{node}', 'list', '--all', '--name', LIBVIRT_AUTH_FILE=path)
        check(f'LIBVIRT_AUTH_FILE with the {title} credentials', seen[0] == code and ('here' in seen[1]) == (code == 0), seen)
    path = write('.config/libvirt/auth.conf', text + '[auth-test-default]\ncredentials=robot\n')
    seen = ask('-c', f'test://{node}', 'list', '--all', '--name')
    check("the user's auth.conf, entry for any host", seen[:2] == (0, 'here'), seen)
    os.unlink(path)
    path = write('elsewhere.conf', text + '[auth-test-localhost]\ncredentials=robot\n')
    seen = ask('-c', f'test://{node}?authfile={path}', 'list', '--all', '--name')
    check('authfile= in the URI', seen[:2] == (0, 'here'), seen)
    seen = ask('-c', f'test://{node}?authfile=/no/such', 'list', '--all', '--name')
    check('authfile= that is not there', seen[0] == 1, seen)


def logging():
    uri = {'LIBVIRT_DEFAULT_URI': 'test:///default'}
    line = re.compile(r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: \d+: debug : ', re.M)
    seen = ask('uri', LIBVIRT_DEBUG='1', **uri)
    check('LIBVIRT_DEBUG=1 tells everything on stderr', line.search(seen[2]) and 'virConnectOpenAuth' in seen[2], seen)
    seen = ask('domstate', 'nobody', LIBVIRT_DEBUG='error', **uri)
    check('LIBVIRT_DEBUG=error does not repeat on stderr what the application prints', seen[0] == 1 and not line.search(seen[2])
          and seen[2].count('\n') <= 1, seen)
    write('log/.keep', '')
    (home / 'log').chmod(0o777)
    target = home / 'log/out'
    seen = ask('uri', LIBVIRT_DEBUG='1', LIBVIRT_LOG_OUTPUTS=f'1:file:{target}', **uri)
    check('LIBVIRT_LOG_OUTPUTS sends it to a file', seen == (0, 'test:///default', '') and line.search(target.read_text()), seen)
    target.unlink()
    ask('uri', LIBVIRT_DEBUG='1', LIBVIRT_LOG_OUTPUTS=f'3:file:{target}', **uri)
    check('an output takes only its priority and above', not target.exists() or 'debug' not in target.read_text(), seen)
    ask('uri', LIBVIRT_DEBUG='4', LIBVIRT_LOG_FILTERS='1:library', LIBVIRT_LOG_OUTPUTS=f'1:file:{target}', **uri)
    check('LIBVIRT_LOG_FILTERS raises one part', target.exists() and 'virConnectOpenAuth' in target.read_text(), seen)
    for name, value in (('LIBVIRT_LOG_OUTPUTS', '9:nowhere'), ('LIBVIRT_LOG_FILTERS', 'x'), ('LIBVIRT_DEBUG', 'loud')):
        seen = ask('uri', **{name: value}, **uri)
        check(f'{name}={value} is ignored, and says so', seen[:2] == (0, 'test:///default') and f'{name} ignored' in seen[2], seen)


def main():
    if os.geteuid() == 0 and (not shutil.which('setpriv') or ask('-v', '-q')[0] == 126 or ask('-v')[0] != 0):
        print('1..0 # SKIP a user without privileges cannot reach the build')
        return 77
    if os.geteuid() == 0:
        os.chmod(home, 0o755)
    default_uri()
    auth_files()
    logging()
    shutil.rmtree(home)
    return 1 if failures else 0


sys.exit(main())
