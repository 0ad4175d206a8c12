#!/usr/bin/env python3
"""What the driver says about the machine, held against the kernel's own files; what it lets be changed, changed and put back."""
import os

from common import *  # noqa: F403


def meminfo():
    return {line.split(':')[0]: int(line.split()[1]) for line in open('/proc/meminfo')}


def processors(conn):
    model, memory, cpus, mhz, nodes, sockets, cores, threads = conn.getInfo()
    check('the architecture', model == os.uname().machine, model)
    check('the processors', cpus == len(os.sched_getaffinity(0)) or cpus == os.sysconf('SC_NPROCESSORS_ONLN'), cpus)
    check('are their topology', nodes * sockets * cores * threads == cpus, (nodes, sockets, cores, threads))
    check('the memory', abs(memory - meminfo()['MemTotal'] // 1024) <= 1, memory)
    stats = conn.getCPUStats(libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)
    check('times of all processors', set(stats) == {'kernel', 'user', 'idle', 'iowait'} and stats['idle'] > 0, stats)
    one = conn.getCPUStats(0)
    check('and of one', 0 < one['idle'] <= conn.getCPUStats(libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)['idle'], one)
    check('but not of the thousandth', error_of(conn.getCPUStats, 999)[0] == libvirt.VIR_ERR_INVALID_ARG)
    total, which, online = conn.getCPUMap()
    check('the map of processors', total >= online == sum(which) and len(which) == total, (total, which, online))


def memory(conn):
    stats = conn.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
    check('memory of the host', stats['total'] == meminfo()['MemTotal'] and set(stats) == {'total', 'free', 'buffers', 'cached'}, stats)
    check('and of a cell', 0 < conn.getMemoryStats(0)['total'] <= stats['total'])
    check('but not of the thousandth', error_of(conn.getMemoryStats, 999)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('free memory', 0 < conn.getFreeMemory() < stats['total'] * 1024)
    cells = conn.getCellsFreeMemory(0, 100)
    check('of each cell', len(cells) >= 1 and all(c > 0 for c in cells), cells)
    check('beyond the last there is none', error_of(conn.getCellsFreeMemory, 999, 1)[0] == libvirt.VIR_ERR_INTERNAL_ERROR)
    page = os.sysconf('SC_PAGESIZE') // 1024
    check('free pages', conn.getFreePages([page], 0, 1)[0][page] > 0)
    check('of a size that there is not', error_of(conn.getFreePages, [12345], 0, 1)[0] == libvirt.VIR_ERR_OPERATION_FAILED)
    check("small pages cannot be set aside", error_of(conn.allocPages, {page: 1}, 0, 1, 0)[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED)


def pages(conn):
    pool = '/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages'
    if os.geteuid() or not os.access(pool, os.W_OK):
        return
    before = int(open(pool).read())
    conn.allocPages({2048: 2}, 0, 1, 0)
    check('huge pages are set aside', int(open(pool).read()) == before + 2, open(pool).read())
    check('and free', conn.getFreePages([2048], 0, 1)[0][2048] >= 2)
    conn.allocPages({2048: before}, 0, 1, libvirt.VIR_NODE_ALLOC_PAGES_SET)
    check('and given back', int(open(pool).read()) == before)


def sharing(conn):
    if not os.path.isdir('/sys/kernel/mm/ksm'):
        return
    params = conn.getMemoryParameters()
    check('how pages are shared', params['shm_pages_to_scan'] == int(open('/sys/kernel/mm/ksm/pages_to_scan').read()), params)
    check('counters cannot be set', error_of(conn.setMemoryParameters, {'shm_full_scans': 1})[0] is not None)
    if os.geteuid() == 0:
        conn.setMemoryParameters({'shm_pages_to_scan': 123})
        check('set', conn.getMemoryParameters()['shm_pages_to_scan'] == 123)
        conn.setMemoryParameters({'shm_pages_to_scan': params['shm_pages_to_scan']})


def others(conn):
    code, message = error_of(conn.suspendForDuration, libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 5)
    check('a short sleep is refused', code == libvirt.VIR_ERR_INVALID_ARG, message)
    states = open('/sys/power/state').read() if os.path.exists('/sys/power/state') else ''
    if 'disk' not in states.split():
        code, message = error_of(conn.suspendForDuration, libvirt.VIR_NODE_SUSPEND_TARGET_DISK, 60)
        check('a sleep that the host cannot have too', code == libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, message)
    check('the security model', conn.getSecurityModel() == ['none', '0'], conn.getSecurityModel())
    if os.path.exists('/sys/class/dmi/id/sys_vendor'):
        check('the firmware speaks', "<sysinfo type='smbios'>" in conn.getSysinfo())
    else:
        check('without firmware tables it says so', 'SMBIOS' in error_of(conn.getSysinfo)[1])


def main():
    libvirt.registerErrorHandler(lambda _, e: None, None)
    conn = libvirt.open(f'qemu:///embed?root={root}/host')
    for part in (processors, memory, pages, sharing, others):
        step(part, conn)


run(main)
