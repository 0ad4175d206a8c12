#!/usr/bin/env python3
"""Processors compared with the host's and with what the emulator makes of it."""
import re

from common import *  # noqa: F403

INCOMPATIBLE, IDENTICAL, SUPERSET = range(3)


def host_processor(conn):
    host = re.search(r'<cpu>.*?</cpu>', conn.getCapabilities(), re.S).group(0)
    check('the host is itself', conn.compareCPU(host, 0) == IDENTICAL, host)
    check('it is more than an old one', conn.compareCPU("<cpu match='minimum'><model>486</model></cpu>", 0) == SUPERSET)
    check('not strictly that', conn.compareCPU("<cpu match='strict'><model>486</model></cpu>", 0) == INCOMPATIBLE)
    check('it has what must not be', conn.compareCPU("<cpu match='exact'><model>486</model><feature name='sse2' policy='forbid'/></cpu>", 0) ==
          INCOMPATIBLE)
    vendor = re.search('<vendor>(.*?)</vendor>', host).group(1)
    other = 'AMD' if vendor == 'Intel' else 'Intel'
    check('it is of its own make', conn.compareCPU(f'<cpu><model>486</model><vendor>{other}</vendor></cpu>', 0) == INCOMPATIBLE)
    code, message = error_of(conn.compareCPU, '<cpu><arch>aarch64</arch><model>486</model></cpu>', libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)
    check('what is wrong can be an error', code == libvirt.VIR_ERR_CPU_INCOMPATIBLE and 'aarch64' in message, message)
    check('unknown models are named', 'nonsense' in error_of(conn.compareCPU, '<cpu><model>nonsense</model></cpu>', 0)[1])
    check('what is no processor is refused', error_of(conn.compareCPU, '<cpux/>', 0)[0] == libvirt.VIR_ERR_XML_ERROR)


def emulated(conn):
    def compare(xml, flags=0):
        return conn.compareHypervisorCPU(None, None, None, 'qemu', xml, flags)
    check('an emulated processor has its own model', compare("<cpu match='exact'><model>qemu64</model></cpu>") == SUPERSET)
    code, message = error_of(compare, "<cpu><model>Skylake-Server</model></cpu>", libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)
    check('what it lacks is named', code == libvirt.VIR_ERR_CPU_INCOMPATIBLE and 'rtm' in message, message)
    check('no such machine', error_of(conn.compareHypervisorCPU, None, None, 'nope', 'qemu', '<cpu/>', 0)[0] == libvirt.VIR_ERR_INVALID_ARG)
    both = conn.baselineHypervisorCPU(None, None, None, 'qemu', ['<cpu><model>EPYC</model></cpu>', '<cpu><model>Nehalem</model></cpu>'], 0)
    check('what two have in common is one', "<model fallback='forbid'>Nehalem</model>" in both and 'feature' not in both, both)
    alone = conn.baselineHypervisorCPU(None, None, None, 'qemu',
                                       ["<cpu><model>qemu64</model><feature policy='require' name='invtsc'/></cpu>"], 0)
    check('one has itself', ">qemu64</model>\n  <feature policy='require' name='invtsc'/>" in alone, alone)


def encryption(conn):
    if not os.path.exists('/dev/sev'):
        check('a host without encrypted memory says so', error_of(conn.getSEVInfo)[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    else:
        check('a host with encrypted memory tells of it, or that it cannot', error_of(conn.getSEVInfo)[0] in (None, libvirt.VIR_ERR_OPERATION_UNSUPPORTED))


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    for part in (host_processor, emulated, encryption):
        step(part, conn)


run(main)
