"""What running guests costs, asked of one daemon: prints NAME SECONDS lines.  usage: guests.py PIDFILE N CLIENTS

Run by bench/guests-run inside the folder that both daemons share.
"""
import os
import socket
import subprocess
import sys
import threading
import time

import libvirt

EMULATOR = '/usr/bin/qemu-system-x86_64'
GUEST = f"""<domain type='qemu'><name>%s</name><memory unit='MiB'>%d</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
<features><acpi/></features><devices><emulator>{EMULATOR}</emulator><serial type='null'/></devices></domain>"""
pid_file, count, clients = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
libvirt.registerErrorHandler(lambda _, e: None, None)


def timed(what, *args):
    begun = time.perf_counter()
    result = what(*args)
    return time.perf_counter() - begun, result


def show(name, value):
    print(f'{name} {value:.9f}', flush=True)


def bare():
    """An emulator alone, from its start to its greeting, and to its end."""
    path = '/tmp/bare.sock'
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    begun = time.perf_counter()
    process = subprocess.Popen([EMULATOR, '-S', '-display', 'none', '-no-user-config', '-nodefaults', '-machine', 'pc', '-accel', 'tcg', '-m',
                                '16', '-chardev', f'socket,id=m,path={path}', '-mon', 'chardev=m,mode=control'],
                               stderr=subprocess.DEVNULL)
    s, _ = listener.accept()
    s.recv(100)
    greeted = time.perf_counter() - begun
    begun = time.perf_counter()
    process.terminate()
    process.wait()
    return greeted, time.perf_counter() - begun


def daemon_status(field):
    lines = open(f'/proc/{open(pid_file).read().strip()}/status').read().splitlines()
    return int([line.split()[1] for line in lines if line.startswith(field + ':')][0])


def best(pairs):
    return [min(p[i] for p in pairs) for i in range(2)]


def one(conn):
    pairs = []
    for _ in range(7):
        start, guest = timed(conn.createXML, GUEST % ('one', 16), PAUSED)
        stop, _ = timed(guest.destroy)
        pairs.append((start, stop))
    return best(pairs)


def many():
    left = list(range(count))
    lock = threading.Lock()

    def client():
        conn = libvirt.open('qemu:///system')
        while True:
            with lock:
                if not left:
                    return
                n = left.pop()
            conn.createXML(GUEST % (f'many{n}', 16), PAUSED)
    threads = [threading.Thread(target=client) for _ in range(clients)]
    [t.start() for t in threads]
    [t.join() for t in threads]


def under_save(conn):
    """A query on a guest, idle and while it is saved."""
    guest = conn.createXML(GUEST % ('saved', 512), 0)
    idle = sorted(timed(guest.info)[0] for _ in range(200))[100]
    saving = threading.Thread(target=guest.save, args=('/tmp/saved',))
    saving.start()
    busy = []
    while saving.is_alive():
        try:
            busy.append(timed(guest.info)[0])
        except libvirt.libvirtError:
            break
    saving.join()
    return idle, sorted(busy)[len(busy) // 2] if busy else 0


def main():
    conn = libvirt.open('qemu:///system')
    show('capabilities', timed(conn.getCapabilities)[0])
    greeted, ended = best([bare() for _ in range(7)])
    show('bare-greeting', greeted)
    show('bare-end', ended)
    start, stop = one(conn)
    show('start', start)
    show('destroy', stop)
    threads, kib = daemon_status('Threads'), daemon_status('VmRSS')
    show('many', timed(many)[0])
    guests = conn.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    assert len(guests) == count, len(guests)
    show('list', min(timed(conn.listAllDomains)[0] for _ in range(10)))
    show('stats', min(timed(conn.getAllDomainStats)[0] for _ in range(5)))
    time.sleep(6)  # idle workers may go
    show('threads', (daemon_status('Threads') - threads) / count)
    show('bytes', max(daemon_status('VmRSS') - kib, 0) * 1024 / count)
    show('stop-all', timed(lambda: [g.destroy() for g in guests])[0])
    assert conn.numOfDomains() == 0
    idle, busy = under_save(conn)
    show('query-idle', idle)
    show('query-saving', busy)


main()
