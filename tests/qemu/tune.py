#!/usr/bin/env python3
"""What running guests get of the host: processors in and out, places of threads, limits of memory, disks and processors."""
import re

from common import *  # noqa: F403

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
DISK = "<disk type='file'><driver name='qemu' type='raw'/><source file='%s/disk'/><target dev='vda' bus='virtio'/></disk>" % root
told = []


def guest_of(conn, name, devices='', more=''):
    xml = (GUEST % (name, devices)).replace('<os>', "<vcpu current='1'>2</vcpu>" + more + '<os>', 1)
    return conn.defineXML(xml)


def in_group(guest, *files):
    """What one of FILES in the guest's control group says, wherever that is; None when there is none."""
    for pid in processes():
        for line in open(f'/proc/{pid}/cgroup'):
            path = re.sub(r'/(emulator|vcpu\d+|libvirt)$', '', line.strip().split(':', 2)[2])
            for file in files if path.strip('/') else ():
                for base in glob.glob('/sys/fs/cgroup/*') + ['/sys/fs/cgroup']:
                    for way in (path, path + '/libvirt'):
                        try:
                            return open(f'{base}{way}/{file}').read().strip()
                        except OSError:
                            pass
    return None


def processors(conn):
    guest = guest_of(conn, 'grows')
    MAX = libvirt.VIR_DOMAIN_VCPU_MAXIMUM
    check('a definition counts them', (guest.vcpusFlags(0), guest.vcpusFlags(MAX)) == (1, 2))
    check('an idle guest has none', error_of(guest.vcpus)[0] is not None and error_of(guest.maxVcpus)[0] == libvirt.VIR_ERR_OPERATION_INVALID)
    guest.create()
    check('its code runs', wait(lambda: 'up' in serial()), serial())
    removed = []
    if hasattr(libvirt, 'VIR_DOMAIN_EVENT_ID_VCPU_REMOVED'):
        conn.domainEventRegisterAny(guest, libvirt.VIR_DOMAIN_EVENT_ID_VCPU_REMOVED, lambda c, d, n, o: removed.append(n), None)
    guest.setVcpus(2)
    check('one more is plugged in', guest.vcpusFlags(LIVE) == 2 and guest.info()[3] == 2 and len(guest.vcpus()[0]) == 2, guest.vcpus())
    check('in the running guest only', guest.vcpusFlags(CONFIG) == 1)
    check('no more than there is room for', error_of(guest.setVcpus, 3)[0] == libvirt.VIR_ERR_INVALID_ARG)
    seen = error_of(guest.setVcpus, 1)
    check('the guest lets it go', seen == (None, ''), seen)
    check('and has one again', guest.vcpusFlags(LIVE) == 1, guest.vcpusFlags(LIVE))
    check('those it began with stay', error_of(guest.setVcpu, '0', 0, LIVE)[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    guest.destroy() # an emulator without KVM does not survive a second time
    guest.create()
    guest.setVcpu('1', 1, LIVE)
    check('by its number, too', guest.vcpusFlags(LIVE) == 2 and "<vcpu id='1' enabled='yes' hotpluggable='yes' order='2'/>" in guest.XMLDesc(),
          guest.XMLDesc())
    check('twice is an error', error_of(guest.setVcpu, '1', 1, LIVE)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.setVcpusFlags(2, CONFIG | libvirt.VIR_DOMAIN_VCPU_HOTPLUGGABLE)
    guest.destroy()
    guest.create()
    check('what can go again is plugged in at the start', guest.vcpusFlags(LIVE) == 2, guest.XMLDesc())
    check('and can go', wait(lambda: 'up' in serial()) and error_of(guest.setVcpus, 1) == (None, ''))
    guest.destroy()
    guest.setVcpusFlags(4, CONFIG | MAX)
    check('room is made for the next start', guest.vcpusFlags(CONFIG | MAX) == 4 and guest.vcpusFlags(CONFIG) == 2)
    guest.undefine()


def places(conn):
    guest = guest_of(conn, 'stays')
    cpus = os.cpu_count()
    first = (True,) + (False,) * (cpus - 1)
    guest.create()
    check('it may run anywhere', all(guest.vcpuPinInfo()[0]) and all(guest.emulatorPinInfo()))
    told.clear()
    guest.pinVcpu(0, first)
    thread_maps = guest.vcpus()[1]
    check('a pinned processor runs there', thread_maps[0][0] and not any(thread_maps[0][1:]), thread_maps)
    check('it is told', wait(lambda: {'cputune.vcpupin0': '0'} in told), told)
    check('it is in the live definition only', "vcpu='0' cpuset='0'" in guest.XMLDesc() and 'vcpupin' not in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    check('nowhere is no place', error_of(guest.pinVcpu, 0, (False,) * cpus)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('nor is a processor that cannot be', error_of(guest.pinVcpu, 7, first)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.pinVcpuFlags(1, first, CONFIG)
    check('one that is not there yet has its place in the definition', "vcpu='1' cpuset='0'" in guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    guest.pinEmulator(first, LIVE | CONFIG)
    check('the emulator has one', wait(lambda: {'cputune.emulatorpin': '0'} in told) and guest.emulatorPinInfo() == first)
    pid = processes()[0]
    check('and is there', os.sched_getaffinity(pid) == {0}, os.sched_getaffinity(pid))
    guest.addIOThread(3, LIVE | CONFIG)
    check('an IO thread is added', [i for i, _ in guest.ioThreadInfo()] == [3], guest.ioThreadInfo())
    guest.pinIOThread(3, first)
    check('and pinned', guest.ioThreadInfo()[0][1] == list(first), guest.ioThreadInfo())
    check('once', error_of(guest.addIOThread, 3)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.setIOThreadParams(3, {'poll_max_ns': 5000}, LIVE)
    stats = conn.domainListGetStats([guest], libvirt.VIR_DOMAIN_STATS_IOTHREAD)[0][1]
    check('how it waits is set', stats.get('iothread.3.poll-max-ns') == 5000, stats)
    check('its bounds are checked', error_of(guest.setIOThreadParams, 3, {'poll_max_ns': 1 << 40})[0] == libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    guest.setIOThreadParams(3, {'poll_max_ns': 7000}, CONFIG)
    guest.delIOThread(3, LIVE)
    check('and taken away', guest.ioThreadInfo() == [] and [i for i, _ in guest.ioThreadInfo(CONFIG)] == [3])
    guest.destroy()
    guest.create()
    stats = conn.domainListGetStats([guest], libvirt.VIR_DOMAIN_STATS_IOTHREAD)[0][1]
    check('a definition says how its threads wait', stats.get('iothread.3.poll-max-ns') == 7000, stats)
    guest.destroy()
    guest.undefine()


def limits(conn):
    guest = guest_of(conn, 'eats')
    guest.create()
    check('time had is counted', guest.getCPUStats(True)[0]['cpu_time'] > 0)
    if error_of(guest.schedulerType)[0] is not None:
        print('# no control groups for us here')
    else:
        told.clear()
        guest.setSchedulerParametersFlags({'cpu_shares': 500, 'vcpu_quota': 20000}, LIVE)
        got = guest.schedulerParametersFlags(LIVE)
        check('shares and quotas are in force', (got['cpu_shares'], got['vcpu_quota'], got['vcpu_period']) == (500, 20000, 100000), got)
        check('and told', wait(lambda: {'cputune.cpu_shares': 500, 'cputune.vcpu_quota': 20000} in told), told)
        check('and the kernel knows', in_group(guest, 'cpu.shares', 'cpu.weight') in ('500', str(1 + (500 - 2) * 9999 // 262142), '500'),
              in_group(guest, 'cpu.shares', 'cpu.weight'))
        check('out of bounds is refused', error_of(guest.setSchedulerParametersFlags, {'vcpu_period': 5}, LIVE)[0] == libvirt.VIR_ERR_INVALID_ARG)
        check('what is live is refused by the kernel', error_of(guest.setSchedulerParametersFlags, {'cpu_shares': 1}, LIVE)[0] == libvirt.VIR_ERR_INVALID_ARG)
    if error_of(guest.setMemoryParameters, {'hard_limit': 400000}, LIVE)[0] is None:
        check('a memory limit is in force', in_group(guest, 'memory.limit_in_bytes', 'memory.max') == str(400000 * 1024))
        check('and read back', guest.memoryParameters(LIVE)['hard_limit'] == 400000)
    check('limits that contradict each other are refused', error_of(guest.setMemoryParameters, {'hard_limit': 100, 'swap_hard_limit': 50}, CONFIG)[0] ==
          libvirt.VIR_ERR_INVALID_ARG)
    guest.setMemoryParameters({'hard_limit': 300000}, CONFIG)
    guest.setBlkioParameters({'weight': 300}, CONFIG)
    guest.setNumaParameters({'numa_nodeset': '0'}, CONFIG)
    xml = guest.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    check('definitions keep them', all(part in xml for part in ('300000</hard_limit>', '<weight>300</weight>', "nodeset='0'")), xml)
    check('the mode of memory stays as it runs', error_of(guest.setNumaParameters, {'numa_mode': 1}, LIVE)[0] == libvirt.VIR_ERR_OPERATION_INVALID)
    check('writing is measured', error_of(guest.startDirtyRateCalc, 1) == (None, ''))
    check('but not for ever', error_of(guest.startDirtyRateCalc, 61)[0] == libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    guest.destroy()
    guest.undefine()


def throttles(conn):
    open(root + '/disk', 'w').truncate(1 << 20)
    guest = guest_of(conn, 'drips', DISK + "<disk type='file' device='cdrom'><target dev='hda'/></disk>")
    guest.create()
    told.clear()
    for which in (CONFIG, LIVE):
        guest.setBlockIoTune('vda', {'total_bytes_sec': 1000000, 'total_bytes_sec_max': 2000000}, which)
    got = guest.blockIoTune('vda', LIVE)
    check('a disk is held to its limits', (got['total_bytes_sec'], got['total_bytes_sec_max'], got['total_bytes_sec_max_length']) == (1000000, 2000000, 1), got)
    check('which is told', wait(lambda: {'blkdeviotune.disk': 'vda', 'blkdeviotune.total_bytes_sec': 1000000,
                                         'blkdeviotune.total_bytes_sec_max': 2000000} in told), told)
    check('a burst is above its rate', error_of(guest.setBlockIoTune, 'vda', {'total_bytes_sec_max': 10}, LIVE)[0] == libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    check('a total has no parts', error_of(guest.setBlockIoTune, 'vda', {'total_bytes_sec': 1, 'read_bytes_sec': 1}, LIVE)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('no such disk', error_of(guest.setBlockIoTune, 'vdz', {'total_bytes_sec': 1}, LIVE)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('an empty drive has none', error_of(guest.blockIoTune, 'hda', LIVE)[0] is not None)
    guest.setBlockIoTune('vda', {'read_iops_sec': 50}, CONFIG)
    kept = guest.blockIoTune('vda', CONFIG)
    check('other limits stay', (kept['total_bytes_sec'], kept['read_iops_sec']) == (1000000, 50), kept)
    guest.destroy()
    guest.create()
    again = guest.blockIoTune('vda', LIVE)
    check('they hold from the next start', (again['total_bytes_sec'], again['read_iops_sec']) == (1000000, 50), again)
    open(root + '/more', 'w').truncate(1 << 20)
    guest.attachDevice(f"<disk type='file'><driver name='qemu' type='raw'/><source file='{root}/more'/><target dev='vdb' bus='virtio'/>"
                       "<iotune><read_bytes_sec>70000</read_bytes_sec></iotune></disk>")
    check('a disk that is plugged in is held to its own', guest.blockIoTune('vdb', LIVE)['read_bytes_sec'] == 70000)
    guest.destroy()
    guest.undefine()


def descriptors(conn):
    disk = "<disk type='file'><driver name='qemu' type='raw'/><source file='/no/such/disk' fdgroup='mine'/><target dev='vda' bus='virtio'/></disk>"
    guest = guest_of(conn, 'handed', disk)
    code, message = error_of(guest.create)
    check('a disk by a descriptor needs it', code == libvirt.VIR_ERR_INVALID_ARG and "'mine'" in message, (code, message))
    with open(root + '/disk', 'r+b') as image:
        guest.FDAssociate('mine', [image.fileno()])
    guest.create()
    stats = conn.domainListGetStats([guest], libvirt.VIR_DOMAIN_STATS_BLOCK)[0][1]
    check('handed over, the guest starts with it', stats.get('block.0.capacity') == 1 << 20, stats)
    guest.destroy()
    guest.undefine()


def counters(conn):
    guest = guest_of(conn, 'counts')
    guest.setPerfEvents({'page_faults': True, 'cmt': True}, CONFIG)
    check('a definition says what is counted', guest.perfEvents(CONFIG)['page_faults'] and not guest.perfEvents(CONFIG)['cpu_cycles'])
    guest.create()
    if guest.perfEvents(LIVE)['page_faults']:
        stats = conn.domainListGetStats([guest], libvirt.VIR_DOMAIN_STATS_PERF)[0][1]
        check('it is counted from the start', 'perf.page_faults' in stats, stats)
        guest.setPerfEvents({'context_switches': True, 'page_faults': False}, LIVE)
        stats = conn.domainListGetStats([guest], libvirt.VIR_DOMAIN_STATS_PERF)[0][1]
        check('as long as it is wanted', 'perf.context_switches' in stats and 'perf.page_faults' not in stats, stats)
    check('what the kernel has no counter for is refused', error_of(guest.setPerfEvents, {'mbmt': True}, LIVE)[0] == libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
    check('a guest that is not encrypted was not measured', guest.launchSecurityInfo() == {})
    check('nor is it given secrets', error_of(guest.setLaunchSecurityState, {'sev-secret': 'x', 'sev-secret-header': 'y'})[0] ==
          libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    check('its labels are told', guest.securityLabel() == ['', False] and len(guest.securityLabelList()) == (2 if os.getuid() == 0 else 1),
          guest.securityLabelList())
    guest.destroy()
    guest.undefine()


def rates(conn):
    net = "<interface type='user'><mac address='52:54:00:00:00:07'/></interface><interface type='bridge'><source bridge='nope'/><mac address='52:54:00:00:00:08'/></interface>"
    guest = guest_of(conn, 'flows', net)
    MAC = '52:54:00:00:00:08'
    guest.setInterfaceParameters(MAC, {'inbound.average': 1000, 'inbound.peak': 2000}, CONFIG)
    check('an interface has a rate', guest.interfaceParameters(MAC, CONFIG)['inbound.peak'] == 2000 and "average='1000'" in guest.XMLDesc())
    check('one that cannot be held to it is refused', error_of(guest.setInterfaceParameters, '52:54:00:00:00:07', {'inbound.average': 1}, CONFIG)[0] ==
          libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    check('no such interface', error_of(guest.interfaceParameters, 'x', CONFIG)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.undefine()


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_TUNABLE, lambda c, d, params, o: told.append(params), None)
    for part in (processors, places, limits, throttles, descriptors, counters, rates):
        step(part, conn)


run(main)
