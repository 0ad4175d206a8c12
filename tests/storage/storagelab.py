"""What the tests of storage share: counting, a folder of their own, an event loop."""
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time


def skip(why):
    print(f'1..0 # skip {why}')
    print(f'skipped: {why}')
    sys.exit(77)


try:
    import libvirt
except ImportError:
    skip('no python3-libvirt')

os.environ['PATH'] += ':/usr/sbin:/sbin'
clean = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'LD_LIBRARY_PATH')}
count = failures = 0
root = tempfile.mkdtemp(prefix='vireo-storage-')
URI = f'storage:///embed?root={root}'
libvirt.registerErrorHandler(lambda c, e: None, None)
libvirt.virEventRegisterDefaultImpl()
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()


def sh(command, check=True):
    """What COMMAND prints."""
    done = subprocess.run(command, shell=True, env=clean, capture_output=True, text=True, timeout=100)
    if check and done.returncode:
        raise RuntimeError(f'{command}: {done.stderr}')
    return done.stdout


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


def skipped(what, why):
    global count
    count += 1
    print(f'ok {count} - {what} # SKIP {why}', flush=True)


def wait(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def pool_xml(name, kind='dir', target=None, source='', more=''):
    target = f'<target><path>{target}</path>{more}</target>' if target else ''
    return f"<pool type='{kind}'><name>{name}</name><source>{source}</source>{target}</pool>"


def volume_xml(name, capacity=1 << 20, more='', unit='bytes'):
    return f"<volume><name>{name}</name><capacity unit='{unit}'>{capacity}</capacity>{more}</volume>"


def finish():
    shutil.rmtree(root, ignore_errors=True)
    print(f'1..{count}')
    sys.exit(failures > 0)
