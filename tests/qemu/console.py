#!/usr/bin/env python3
"""Consoles, channels and displays of running guests: streams in this process, and the shell's console through a daemon."""
import pty
import select
import socket
import subprocess

from common import *  # noqa: F403

PTY = GUEST.replace(f"<serial type='file'><source path='{root}/serial'/></serial>", "<serial type='pty'/>")


def read_until(stream, wanted, seconds=20):
    """What a non-blocking stream gives until WANTED is in it, or time is up."""
    seen = b''
    end = time.monotonic() + seconds
    while wanted not in seen and time.monotonic() < end:
        try:
            got = stream.recv(4096)
        except libvirt.libvirtError as e:
            return seen + str(e).encode()
        if got == -2:
            time.sleep(0.01)
            continue
        if not got:
            break
        seen += got
    return seen


def console(conn):
    guest = conn.createXML(PTY % ('talks', ''), libvirt.VIR_DOMAIN_START_PAUSED)
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    guest.openConsole(None, stream, 0)
    guest.resume()
    seen = read_until(stream, b'up')
    check('a serial console speaks', b'up' in seen, seen)
    stream.send(b'hello')
    seen = read_until(stream, b'hello')
    check('and listens', b'hello' in seen, seen)
    second = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    check('it is one talker\'s at a time', error_of(guest.openConsole, None, second, 0)[0] == libvirt.VIR_ERR_OPERATION_FAILED)
    guest.openConsole('serial0', second, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
    check('force ends the other', error_of(stream.recv, 10)[0] is not None)
    second.send(b'again')
    check('and takes its place', b'again' in read_until(second, b'again'))
    stream.abort()
    second.finish()
    third = conn.newStream()
    guest.openConsole(None, third, libvirt.VIR_DOMAIN_CONSOLE_SAFE)
    third.send(b'x')
    check('whoever has left leaves it to others; reading waits', third.recv(1) == b'x')
    reader = threading.Thread(target=lambda: seen_end.append(error_of(third.recv, 10)))
    seen_end = []
    reader.start()
    guest.destroy()
    reader.join(20)
    check("a guest's end ends its console", not reader.is_alive(), seen_end)
    check('ports that are none', error_of(guest.openConsole, None, conn.newStream(), 0)[0] is not None)


def sleeps(conn):
    seen = []
    for event in (libvirt.VIR_DOMAIN_EVENT_ID_PMSUSPEND, libvirt.VIR_DOMAIN_EVENT_ID_PMWAKEUP):
        conn.domainEventRegisterAny(None, event, lambda c, d, reason, event: seen.append(event), event)
    guest = conn.createXML(PTY % ('sleeps', ''), libvirt.VIR_DOMAIN_START_PAUSED)
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    guest.openConsole(None, stream, 0)
    guest.resume()
    read_until(stream, b'up')
    check('a guest that is awake is not woken', error_of(guest.pMWakeup, 0)[0] is not None)
    stream.send(b's')
    check('one that sleeps is known to', wait(lambda: guest.state()[0] == libvirt.VIR_DOMAIN_PMSUSPENDED), guest.state())
    guest.pMWakeup(0)
    check('it wakes up', wait(lambda: guest.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_WAKEUP]), guest.state())
    check('both are told', wait(lambda: seen == [libvirt.VIR_DOMAIN_EVENT_ID_PMSUSPEND, libvirt.VIR_DOMAIN_EVENT_ID_PMWAKEUP]), seen)
    stream.abort()
    guest.destroy()


def channels(conn):
    channel = "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>"
    guest = conn.createXML(PTY % ('channels', channel), 0)
    stream = conn.newStream()
    guest.openChannel('org.example.0', stream, 0)
    stream.send(b'to nobody')
    check('a channel is open to one', error_of(guest.openChannel, None, conn.newStream(), 0)[0] == libvirt.VIR_ERR_OPERATION_FAILED)
    stream.finish()
    check('no such channel', 'nope' in error_of(guest.openChannel, 'nope', conn.newStream(), 0)[1])
    check('no such port', 'nope' in error_of(guest.openConsole, 'nope', conn.newStream(), 0)[1])
    guest.destroy()


def displays(conn):
    guest = conn.createXML(PTY % ('shows', "<graphics type='vnc' port='-1'><listen type='socket' socket='%s/vnc'/></graphics>" % root), 0)
    with socket.socket(fileno=guest.openGraphicsFD(0, 0)) as client:
        client.settimeout(20)
        check('a display is had as a descriptor', client.recv(12).startswith(b'RFB '))
    ours, theirs = socket.socketpair()
    guest.openGraphics(0, theirs.fileno(), libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
    theirs.close()
    ours.settimeout(20)
    check('or given one', ours.recv(12).startswith(b'RFB '))
    check('no such display', error_of(guest.openGraphicsFD, 7, 0)[0] == libvirt.VIR_ERR_INTERNAL_ERROR)
    guest.destroy()


def shell_console(daemon, virsh):
    """virsh console on a terminal, through a daemon of this user's."""
    home = root + '/home'
    os.makedirs(home, exist_ok=True)
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    env.update(HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home + '/config', XDG_CACHE_HOME=home + '/cache', LC_ALL='C')
    config = home + '/libvirtd.conf'
    with open(config, 'w') as out:
        out.write(f'unix_sock_dir = "{home}"\nauth_unix_rw = "none"\n')
    process = subprocess.Popen([daemon, '--config', config, '--pid-file', home + '/pid'], env=env, stdin=subprocess.DEVNULL,
                               stdout=open(home + '/log', 'w'), stderr=subprocess.STDOUT)
    uri = f'qemu+unix:///session?socket={home}/libvirt-sock'
    try:
        if not wait(lambda: os.path.exists(home + '/libvirt-sock')):
            check('the daemon starts', False, open(home + '/log').read())
            return
        with open(home + '/guest.xml', 'w') as out:
            out.write(PTY % ('served', ''))

        def shell(*words):
            return subprocess.run([virsh, '-c', uri, *words], env=env, capture_output=True, text=True, timeout=60)
        made = shell('create', home + '/guest.xml')
        check('a guest starts through the daemon', made.returncode == 0, made.stderr)
        main, side = pty.openpty()
        talk = subprocess.Popen([virsh, '-c', uri, 'console', 'served'], env=env, stdin=side, stdout=side, stderr=side, close_fds=True)
        os.close(side)
        seen = b''

        def hear(wanted):
            nonlocal seen
            ready, _, _ = select.select([main], [], [], 0.05)
            if ready:
                seen += os.read(main, 4096)
            return wanted in seen
        check('the console begins', wait(lambda: hear(b'Escape character')), seen)
        os.write(main, b'knock')
        check('what is typed comes back from the guest', wait(lambda: hear(b'knock')), seen)
        os.write(main, b'\x1d')
        check('the escape ends it', wait(lambda: talk.poll() is not None), seen)
        os.close(main)
        answer = shell('guestinfo', 'served')
        check('what the guest lacks is told through the daemon', 'agent is not configured' in answer.stderr, answer)
        answer = shell('qemu-monitor-command', 'served', '--hmp', 'info status')
        check('the monitor answers through the daemon', 'running' in answer.stdout, answer)
        watch = subprocess.Popen([virsh, '-c', uri, 'qemu-monitor-event', '--event', 'STOP', '--timeout', '30'], env=env,
                                 stdout=subprocess.PIPE, text=True)
        wait(lambda: shell('suspend', 'served').returncode or shell('resume', 'served').returncode or watch.poll() is not None)
        check("so do the monitor's events", 'event STOP' in watch.communicate(timeout=60)[0])
        shell('destroy', 'served')
    finally:
        process.terminate()
        process.wait(30)


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    for part in (console, sleeps, channels, displays):
        step(part, conn)
    step(shell_console, sys.argv[1], sys.argv[2])


run(main)
