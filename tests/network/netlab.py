"""What the tests of networks share: a private network and mount namespace of their own, and counting.

A test imports it first: it runs itself again inside, and is skipped where it may not or where a program is missing.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time


def skip(why):
    print(f'1..0 # skip {why}')
    print(f'skipped: {why}')
    sys.exit(77)


try:
    import libvirt
except ImportError:
    skip("no python3-libvirt")

if os.geteuid() != 0:
    skip('only root may make networks')
for program in ('unshare', 'ip', 'nft', 'dnsmasq'):
    if not shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin'):
        skip(f'no {program}')
os.environ['PATH'] += ':/usr/sbin:/sbin'
if os.environ.get('VIREO_NETLAB') != '1':
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if subprocess.run(['unshare', '-m', '-n', 'mount', '-t', 'sysfs', 's', '/sys'], env=plain, capture_output=True).returncode:
        skip('no network namespaces here')
    os.execvpe('unshare', ['unshare', '-m', '-n', sys.executable] + sys.argv, {**os.environ, 'VIREO_NETLAB': '1'})

clean = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'LD_LIBRARY_PATH')}
count = failures = 0
libvirt.registerErrorHandler(lambda c, e: None, None)


def sh(command, check=True):
    """What COMMAND prints."""
    done = subprocess.run(command, shell=True, env=clean, capture_output=True, text=True, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f'{command}: {done.stderr}')
    return done.stdout


sh('mount -t sysfs s /sys; mount -t tmpfs t /run; mkdir -p /run/netns; ip link set lo up')
root = tempfile.mkdtemp(prefix='vireo-network-')


def check(what, good, seen=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}', flush=True)
    if not good:
        print(f'#   {seen}', flush=True)


def refused(what, code, words, call, *args):
    try:
        call(*args)
    except libvirt.libvirtError as e:
        return check(what, e.get_error_code() == code and words in str(e), (e.get_error_code(), str(e)))
    check(what, False, 'accepted')


def wait(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def finish():
    shutil.rmtree(root, ignore_errors=True)
    print(f'1..{count}')
    sys.exit(failures > 0)
