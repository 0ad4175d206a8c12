#!/usr/bin/env python3
"""The small programs, run as people run them.  usage: programs.py BUILD"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

build = os.path.abspath(sys.argv[1])
count = failures = 0


def check(good, what, more=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good:
        print('#   ' + str(more)[:1000])


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, **more)
    return done.returncode, done.stdout, done.stderr


programs = build + '/src/programs'
code, out, err = run(f'{programs}/virt-host-validate', 'qemu')
lines = out.splitlines()
check(len(lines) >= 10 and all(re.match(r'  QEMU: Checking .{60}: (PASS|WARN|FAIL)( \(.*\))?$', line) for line in lines), 'what the host has for QEMU', out)
check(code == (0 if all('PASS' in line for line in lines) else 1), 'all is well only if all passes', (code, out))
code, out, err = run(f'{programs}/virt-host-validate', '-q', 'lxc')
check('PASS' not in out, 'quietly, only what is wrong', out)
check(run(f'{programs}/virt-host-validate', 'nothing')[0] == 1, 'an unknown kind is refused')
if shutil.which('xmllint'):
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, LIBVIRT_SCHEMAS=f'{build}/src/model')
        for name, text, want in (('good', '<network><name>n</name></network>', 0), ('bad', '<network><nonsense/></network>', 3), ('other', '<nonsense/>', 4)):
            path = os.path.join(folder, name)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            code, out, err = run('sh', f'{programs}/virt-xml-validate', path, env=env)
            check(code == want, f'a {name} document', (code, out, err))
        check(run('sh', f'{programs}/virt-xml-validate', folder + '/none', env=env)[0] == 2, 'one that is not there')
else:
    print(f'ok {count + 1} - documents # SKIP xmllint is not installed')
    count += 1
for page, said in (('virsh.1', 'net\\-start <network>'), ('virt-admin.1', 'server\\-list'), ('libvirtd.8', 'SIGUSR1'), ('virtlogd.8', 'max_size')):
    with open(f'{programs}/{page}', encoding='utf-8') as file:
        text = file.read()
    check(text.startswith('.TH ') and said in text, f'the manual page {page}', text[:200])
print(f'1..{count}')
sys.exit(1 if failures else 0)
