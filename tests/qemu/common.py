"""What the QEMU driver's tests share: a folder, a guest of thirty instructions, checks and waiting.

Importing this skips the test where Python's libvirt module, the emulator or a compiler for the guest is not there.
"""
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

EMULATOR = '/usr/bin/qemu-system-x86_64'
try:
    import libvirt
except ImportError:
    libvirt = None
if not libvirt or not os.access(EMULATOR, os.X_OK) or not shutil.which('cc'):
    print('1..0 # skip no python3-libvirt, qemu-system-x86_64 or compiler')
    sys.exit(77)

root = tempfile.mkdtemp(prefix='vireo-qemu-')
os.chmod(root, 0o1777)  # guests run as another user where there is one
kernel = root + '/guest.elf'
if subprocess.run(['cc', '-m32', '-nostdlib', '-static', '-Wl,-Ttext=0x100000,--build-id=none,-N', '-o', kernel,
                   os.path.dirname(os.path.abspath(__file__)) + '/guest.S'], capture_output=True).returncode:
    print('1..0 # skip no guest for this compiler')
    sys.exit(77)

GUEST = f"""<domain type='qemu'>
  <name>%s</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel></os>
  <features><acpi/></features>
  <devices><emulator>{EMULATOR}</emulator><serial type='file'><source path='{root}/serial'/></serial>%s</devices>
</domain>"""
count = failures = 0


def check(what, good, seen=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good:
        print(f'#   {seen}')


def error_of(call, *args):
    try:
        call(*args)
    except libvirt.libvirtError as e:
        return e.get_error_code(), e.get_error_message()
    return None, ''


def wait(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def serial():
    try:
        return open(root + '/serial').read()
    except OSError:
        return ''


def processes():
    """Emulators that run for this test's folder."""
    found = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(path, 'rb').read().split(b'\0')
        except OSError:
            continue
        if words[0].endswith(b'qemu-system-x86_64') and any(root.encode() in w for w in words):
            found.append(int(path.split('/')[2]))
    return found


def step(target, *args):
    """Run one part of a test; what it raises is a failure of its own."""
    try:
        target(*args)
    except Exception as e:  # noqa: BLE001 - any
        check(f'{target.__name__} runs to its end', False, f'{type(e).__name__}: {e} (line {e.__traceback__.tb_next.tb_lineno})')


def lifecycle(conn, seen):
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                lambda c, d, event, detail, o: seen.append((d.name(), event, detail)), None)


def start_loop():
    libvirt.registerErrorHandler(lambda _, e: None, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()


def run(main):
    """Call MAIN, clean up and leave with what became of it."""
    try:
        step(main)
        print(f'1..{count}')
    finally:
        for left in processes():
            os.kill(left, signal.SIGKILL)
        shutil.rmtree(root, ignore_errors=True)
    sys.stdout.flush()
    os._exit(1 if failures else 0)  # the event loop's thread never ends
