#!/usr/bin/env python3
"""A guest's share of the host: its control group, its threads' places, all gone with it."""
import glob
import os
import signal
import sys

from common import *  # noqa: F403

V1 = '/sys/fs/cgroup/cpu'
if os.geteuid() or not os.access(V1 + '/cpu.shares', os.F_OK) and not os.access('/sys/fs/cgroup/cgroup.controllers', os.F_OK):
    print('1..0 # skip needs root and control groups')
    sys.exit(77)

TUNED = """<cputune><shares>512</shares><period>20000</period><quota>10000</quota>
  <emulator_period>30000</emulator_period><emulator_quota>15000</emulator_quota><vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0'/></cputune>
  <memtune><hard_limit unit='MiB'>900</hard_limit><soft_limit unit='MiB'>800</soft_limit></memtune><devices>"""


def groups(name):
    return sorted(set(glob.glob(f'/sys/fs/cgroup/*/machine*/qemu*-{name}.libvirt-qemu') +
                      glob.glob(f'/sys/fs/cgroup/machine*/qemu*-{name}.libvirt-qemu')))


def value(path):
    return open(path).read().strip()


def of(name, controller):
    found = [g for g in groups(name) if f'/{controller}/' in g or ',' + controller in g or controller + ',' in g]
    return found[0] if found else groups(name)[0]


def limits(conn):
    guest = conn.createXML(GUEST.replace('<devices>', TUNED) % ('grouped', ''), 0)
    check('it has groups', groups('grouped') != [], os.listdir('/sys/fs/cgroup'))
    pid = processes()[0]
    paths = open(f'/proc/{pid}/cgroup').read()
    check('its process is in them', '-grouped.libvirt-qemu' in paths, paths)
    cpu = of('grouped', 'cpu')
    if os.path.exists(cpu + '/cpu.shares'):
        check('its share', value(cpu + '/cpu.shares') == '512')
        check("a processor's bandwidth", value(cpu + '/vcpu0/cpu.cfs_quota_us') == '10000', os.listdir(cpu))
        check("the emulator's", value(cpu + '/emulator/cpu.cfs_period_us') == '30000')
        check('a thread of its processor', value(cpu + '/vcpu0/tasks') != '' and value(cpu + '/emulator/tasks') != '')
        memory = of('grouped', 'memory')
        check('its memory', value(memory + '/memory.limit_in_bytes') == str(900 << 20), value(memory + '/memory.limit_in_bytes'))
        devices = value(of('grouped', 'devices') + '/devices.list')
        check('its devices', 'a *:*' not in devices and 'c 1:3 rw' in devices, devices)
        check('its processors', value(of('grouped', 'cpuset') + '/vcpu0/cpuset.cpus') == '0')
    stats = conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_BALLOON)[0][1]
    check("a balloon's figures, some beyond signed numbers, are heard", stats.get('balloon.last-update') == 0, stats)
    check('its XML says where', '<partition>/machine</partition>' in guest.XMLDesc(0), guest.XMLDesc(0))
    check('affinity', all(os.sched_getaffinity(int(t)) == {0} for t in os.listdir(f'/proc/{pid}/task')
                          if 'CPU' in value(f'/proc/{pid}/task/{t}/comm')), os.sched_getaffinity(pid))
    guest.destroy()
    check('gone with it', groups('grouped') == [], groups('grouped'))


def ends(conn):
    guest = conn.createXML(GUEST % ('killed', ''), 0)
    check('plain guests have them too', groups('killed') != [])
    for pid in processes():
        os.kill(pid, signal.SIGKILL)
    check('a killed emulator leaves none', wait(lambda: groups('killed') == []), groups('killed'))
    wait(lambda: conn.listAllDomains() == [])
    bad = TUNED.replace("cpuset='0'/></cputune>", "cpuset='4000'/></cputune>")
    code, message = error_of(conn.createXML, GUEST.replace('<devices>', bad) % ('wrong', ''), 0)
    check('processors that are not there are refused', code is not None and 'processors' in message, message)
    check('and leave no group', groups('wrong') == [] and wait(lambda: processes() == []), groups('wrong'))


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}/host')
    step(limits, conn)
    step(ends, conn)


run(main)
