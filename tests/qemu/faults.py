#!/usr/bin/env python3
"""Emulators that hang, lie, babble or die cost their own guest only; queries never wait for them; full disks lose nothing."""
import glob
import os
import signal
import subprocess
import sys
import threading
import time

os.environ['VIREO_QEMU_PATIENCE'] = '3000'
from common import *  # noqa: F403, E402

FAKE = f'''#!/usr/bin/python3
import json, os, re, socket, sys, time
arguments = ' '.join(sys.argv)
mode = open('{root}/mode').read().strip()
fd = re.search(r'id=charmonitor,fd=(\\d+)', arguments)
if not fd or mode == 'none':
    os.execv('{EMULATOR}', ['{EMULATOR}'] + sys.argv[1:])
s, _ = socket.socket(fileno=int(fd.group(1))).accept()
greeting = b'{{"QMP": {{"version": {{"qemu": {{"micro": 0, "minor": 2, "major": 7}}, "package": ""}}, "capabilities": []}}}}\\r\\n'
if mode == 'garbage':
    s.send(b'\\x00\\xff\\xfenonsense' * 1000 + b'\\n')
elif mode == 'endless':
    try:
        while True: s.send(b'[' * 65536)
    except OSError: pass
elif mode == 'silent':
    pass
elif mode == 'dies':
    sys.stderr.write('I was not meant to live\\n'); sys.exit(3)
elif mode == 'wrong id':
    s.send(greeting)
    while True:
        line = s.recv(65536)
        if not line: break
        s.send(b'{{"return": {{}}, "id": "libvirt-999999"}}\\r\\n')
elif mode in ('wrong type', 'turns'):
    s.send(greeting)
    while True:
        line = s.recv(65536)
        if not line: break
        for l in line.splitlines():
            if mode == 'turns' and b'system_reset' in l: s.send(b'nonsense\\n')
            s.send(json.dumps({{"return": [1, "two", {{"three": None}}], "id": json.loads(l).get("id")}}).encode() + b'\\r\\n')
time.sleep(60)
'''
MODES = {'garbage': '', 'endless': '', 'silent': '', 'dies': 'I was not meant to live', 'wrong id': '', 'wrong type': None}


def set_mode(mode):
    with open(root + '/mode', 'w') as f:
        f.write(mode)


def alive():
    """Processes of the fake emulator."""
    found = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            if (root + '/fake').encode() in open(path, 'rb').read():
                found.append(path)
        except OSError:
            pass
    return found


def lying(conn, other):
    set_mode('none')
    with open(root + '/fake', 'w') as f:
        f.write(FAKE)
    os.chmod(root + '/fake', 0o755)
    guest = GUEST.replace(f'<emulator>{EMULATOR}', f'<emulator>{root}/fake')
    conn.createXML(guest % ('honest', ''), 0).destroy()  # the emulator is known from now on
    for mode, words in MODES.items():
        set_mode(mode)
        code, message = error_of(conn.createXML, guest % ('liar', ''), 0)
        if words is None and code is None:  # it answered, whatever it meant
            conn.lookupByName('liar').destroy()
        else:
            check(f'an emulator that is {mode}: the start fails and says why', code is not None and message and words in message, message)
        check('nothing is left of it', wait(lambda: alive() == []) and [d.name() for d in conn.listAllDomains()] == ['other'],
              [d.name() for d in conn.listAllDomains()])
        check('another guest has not noticed', other.isActive() and other.state()[0] == libvirt.VIR_DOMAIN_RUNNING)


def turning(conn, other):
    """One that runs for a while before it babbles."""
    lost = []
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, lambda c, d, o: lost.append(d.name()), None)
    set_mode('turns')
    guest = conn.createXML(GUEST.replace(f'<emulator>{EMULATOR}', f'<emulator>{root}/fake') % ('turns', ''), 0)
    check('a command that is answered with nonsense fails', error_of(guest.reset)[0] is not None)
    check('that the guest cannot be controlled is told', wait(lambda: lost == ['turns']), lost)
    check('it ends', wait(lambda: [d.name() for d in conn.listAllDomains()] == ['other']) and wait(lambda: alive() == []), alive())


def hung(conn, other):
    guest = conn.createXML(GUEST % ('hung', ''), 0)
    pid = [p for p in processes() if b'guest=hung,' in open(f'/proc/{p}/cmdline', 'rb').read()][0]
    os.kill(pid, signal.SIGSTOP)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(error_of(guest.suspend)))
    waiting.start()
    wait(lambda: guest.controlInfo()[0] != libvirt.VIR_DOMAIN_CONTROL_OK)
    begun = time.monotonic()
    guest.state(), guest.info(), guest.XMLDesc(0), conn.listAllDomains(), guest.jobInfo()
    check('queries answer while a change waits for it', waiting.is_alive(), time.monotonic() - begun)
    code, message = error_of(guest.resume)
    check('a second change is told who holds the guest, and for how long',
          code == libvirt.VIR_ERR_OPERATION_TIMEOUT and 'virDomainSuspend' in message and ' for ' in message
          or code is None or 'monitor' in message or 'timed out' in message.lower() or 'answer' in message, (code, message))
    waiting.join()
    check('the first gives up with an error', answers and answers[0][0] is not None, answers)
    check('the guest is still there', guest.isActive())
    other.suspend()
    other.resume()
    check('others are changed meanwhile', other.state()[0] == libvirt.VIR_DOMAIN_RUNNING)
    os.kill(pid, signal.SIGCONT)
    check('awake, it is managed again', wait(lambda: error_of(guest.reset)[0] is None))
    os.kill(pid, signal.SIGSTOP)
    guest.destroy()
    check('one that hangs can be destroyed', not any(d.name() == 'hung' for d in conn.listAllDomains()))
    check('and its process is gone', wait(lambda: len(processes()) == 1), processes())


def full(conn, other):
    small = root + '/small'
    os.makedirs(small)
    if os.geteuid() or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=100k', 'small', small]).returncode:
        return
    guest = conn.createXML(GUEST % ('full', ''), 0)
    code, message = error_of(guest.save, small + '/image')
    check('a save to a full disk fails and says why', code is not None and 'No space' in message, (code, message))
    check('the guest goes on', wait(lambda: guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING), guest.state())
    check('no half image is left', os.listdir(small) == [], os.listdir(small))
    guest.destroy()


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}/host')
    other = conn.createXML(GUEST % ('other', ''), 0)
    step(lying, conn, other)
    step(turning, conn, other)
    step(hung, conn, other)
    step(full, conn, other)
    check('the other guest lives', other.isActive())
    other.destroy()


if os.geteuid() == 0 and os.environ.get('VIREO_FAULTS') != '1':
    os.environ['VIREO_FAULTS'] = '1'
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if subprocess.run(['unshare', '-m', 'true'], env=plain, capture_output=True).returncode == 0:
        shutil.rmtree(root, ignore_errors=True)
        os.execvp('unshare', ['unshare', '-m', sys.executable] + sys.argv)
run(main)
