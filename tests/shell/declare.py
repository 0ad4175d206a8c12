#!/usr/bin/env python3
"""apply, diff, wait and top on the mock host.  usage: declare.py VIRSH"""
import json
import os
import subprocess
import sys
import tempfile

virsh = os.path.abspath(sys.argv[1])
count = failures = 0
FILES = {
    'web.xml': "<domain type='test'><name>web</name><memory unit='GiB'>1</memory><vcpu>2</vcpu><os><type>hvm</type></os><devices>"
               "<disk type='file' device='disk'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>",
    'lab.xml': "<network><name>lab</name><forward mode='nat'/><ip address='10.0.7.1' netmask='255.255.255.0'/></network>",
    'pool.xml': "<pool type='dir'><name>mine</name><target><path>/tmp/mine</path></target></pool>",
    'volume.xml': "<volume pool='mine'><name>data</name><capacity unit='GiB'>1</capacity></volume>",
}


def check(good, what, more=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good:
        print('#   ' + str(more).replace('\n', '\n#   ')[:2000])


def run(*lines, options=()):
    """One session: (exit code, stdout, stderr)."""
    done = subprocess.run([virsh, '-c', 'test:///default', *options, '; '.join(lines)], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LC_ALL='C.UTF-8'))
    return done.returncode, done.stdout, done.stderr


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as out:
        out.write(text)


with tempfile.TemporaryDirectory() as folder:
    for name, text in FILES.items():
        write(folder, name, text)
    code, out, err = run(f'diff -f {folder}')
    check(code == 0 and out.count('is missing') == 4, 'diff says what is missing', out + err)
    code, out, err = run(f'apply -f {folder} --dry-run', 'list --all --name', 'net-list --all --name')
    check(code == 0 and out.count('would be made') == 4 and 'web' not in out.split('would be made')[-1], 'a dry run makes nothing', out + err)
    code, out, err = run(f'apply -f {folder} --start', 'echo again', f'apply -f {folder} --start', 'wait web --state running', f'diff {folder}')
    first, second = (out.split('again\n') + [''])[:2]
    check(code == 0 and [line.split("'")[1] for line in first.splitlines() if line.endswith('made')] == ['lab', 'mine', 'data', 'web'],
          'what others need is made first', out + err)
    check(second.count('is as it should be') == 4 and 'made' not in second and 'changed' not in second, 'a second time changes nothing', second)
    check('running\n' in second and 'differs' not in second, 'and what runs is started', second)
    write(folder, 'other.xml', FILES['web.xml'].replace('>2</vcpu>', '>4</vcpu>').replace('vda', 'vdb').replace("<name>web", "<name>web"))
    code, out, err = run(f'apply {folder}/web.xml', f'diff {folder}/other.xml', f'apply {folder}/other.xml', 'dominfo web', 'domblklist web')
    check("domain/vcpu: '2' -> '4'" in out and "disk/target/@dev: 'vda' -> 'vdb'" in out, 'diff names each difference', out + err)
    check("domain 'web' changed" in out and 'vdb' in out.split('changed')[-1], 'apply changes what differs', out + err)
    os.unlink(os.path.join(folder, 'other.xml'))
    code, out, err = run(f'apply {folder}/web.xml', f'apply {folder}/lab.xml --prune', 'list --all --name')
    check("domain 'web' removed" in out and 'test' in out, 'what came from a file that is gone goes, and nothing else', out + err)
    write(folder, 'zz.xml', "<domain type='test'><name>zz</name></domain>")
    code, out, err = run(f'apply {folder}', 'list --all --name')
    check("domain 'web' made" in out and "'zz' was not made" in err, 'a document that is refused is named', out + err)
    write(folder, 'zz.xml', FILES['web.xml'].replace('>web<', '>zz<'))
    code, out, err = run(f'apply {folder}/lab.xml', f'apply {folder}')
    check(code == 0 and "domain 'zz' made" in out and "network 'lab' is as it should be" in out, 'another time completes it', out + err)
    write(folder, 'zz.xml', '<nonsense/>')
    code, out, err = run(f'apply {folder}', 'list --all --name')
    check('nothing that can be declared' in err and 'web' not in out, 'nothing is done before all is read', out + err)
    os.unlink(os.path.join(folder, 'zz.xml'))
    code, out, err = run(f'apply {folder}', options=('-o', 'json'))
    check(code == 0 and [row['change'] for row in json.loads(out)] == ['made'] * 4, 'the same for programs', out + err)

code, out, err = run('wait test --state off --timeout 1')
check(code == 1 and 'did not come so far' in err, 'waiting ends', out + err)
code, out, err = run('wait test --state running --timeout 5', 'wait test --address --timeout 5')
check(code == 0 and out.split() == ['running', '192.168.122.3'], 'what is so already is told at once', out + err)
code, out, err = run('wait test')
check(code == 1 and '--state' in err, 'something must be waited for', err)
code, out, err = run('top --count 1 -o json')
check(code == 0 and [row['name'] for row in json.loads(out)] == ['test'], 'the busiest domains, for programs', out + err)
code, out, err = run('top --count 1 --sort nothing')
check(code == 1 and 'cpu, memory, disk or net' in err, 'sorted by something', err)
print(f'1..{count}')
sys.exit(1 if failures else 0)
