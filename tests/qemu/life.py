#!/usr/bin/env python3
"""The QEMU driver in this process: guests defined, translated and run."""
import os
import signal

from common import *  # noqa: F403


def definitions(conn):
    guest = conn.defineXML(GUEST % ('plain', "<interface type='user'/>"))
    xml = guest.XMLDesc(0)
    for part in ("machine='pc-i440fx-", "<controller type='pci' index='0' model='pci-root'/>",
                 "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>", "<mac address='52:54:00:"):
        check(f'a definition gets {part}', part in xml, xml)
    again = conn.defineXML(xml).XMLDesc(0)
    check('what is defined defines itself', again == xml, again)
    line = conn.domainXMLToNative('qemu-argv', xml, 0)
    check('its command line is a command line', EMULATOR in line and '-no-user-config' in line, line)
    check('a foreign format is refused', error_of(conn.domainXMLToNative, 'xen-xl', xml, 0)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.undefine()
    check('undefined, it is gone', conn.listAllDomains() == [])


def capabilities(conn):
    xml = conn.getCapabilities()
    for part in (f'<emulator>{EMULATOR}</emulator>', "<arch name='x86_64'>", '<topology>', "canonical='pc-q35-"):
        check(f'the capabilities have {part}', part in xml, xml[:2000])
    xml = conn.getDomainCapabilities(EMULATOR, 'x86_64', 'q35', 'qemu', 0)
    for part in ('<machine>pc-q35-', "<model usable='yes' vendor='unknown'>qemu64</model>", '<value>sata</value>'):
        check(f"a machine's capabilities have {part}", part in xml, xml)
    code, message = error_of(conn.getDomainCapabilities, EMULATOR, 's390x', None, None, 0)
    check("an emulator for another architecture is refused", "'s390x'" in message, (code, message))


def lives(conn, seen):
    guest = conn.defineXML(GUEST % ('lives', ''))
    guest.create()
    check('started', guest.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED], guest.state())
    check('its code runs', wait(lambda: 'up' in serial()), serial())
    check('starting twice is refused', error_of(guest.create)[0] == libvirt.VIR_ERR_OPERATION_INVALID)
    guest.suspend()
    check('paused', guest.state() == [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER], guest.state())
    guest.resume()
    check('resumed', guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING, guest.state())
    guest.reset()
    check('reset, it starts over', wait(lambda: serial().count('up') == 2), serial())
    guest.shutdown()
    check('its power button turns it off', wait(lambda: not guest.isActive()), guest.state())
    check('and says so', guest.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN], guest.state())

    guest.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    check('started paused', guest.state()[0] == libvirt.VIR_DOMAIN_PAUSED, guest.state())
    guest.destroy()
    check('destroyed', guest.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED], guest.state())
    check('no process is left', wait(lambda: processes() == []), processes())

    guest.create()
    for pid in processes():
        os.kill(pid, signal.SIGKILL)
    check('a killed emulator is noticed', wait(lambda: not guest.isActive()), guest.state())
    check('as a crash', guest.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED], guest.state())
    guest.undefine()

    kinds = (libvirt.VIR_DOMAIN_EVENT_DEFINED, libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED,
             libvirt.VIR_DOMAIN_EVENT_RESUMED, libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_UNDEFINED)
    check('every step has its event', wait(lambda: set(kinds) <= {event for name, event, _ in seen if name == 'lives'}), seen)


def failures_undo(conn):
    disk = "<disk type='file'><source file='%s/nothing'/><target dev='hda'/></disk>" % root
    code, message = error_of(conn.createXML, GUEST % ('fails', disk))
    check('a start that fails says why', code is not None and 'nothing' in message, (code, message))
    check('and leaves no guest', conn.listAllDomains() == [], [d.name() for d in conn.listAllDomains()])
    check('nor a process', wait(lambda: processes() == []), processes())
    port = "<serial type='file'><source path='/no/such/folder/file'/></serial>"
    code, message = error_of(conn.createXML, GUEST % ('fails', port))
    check("the emulator's own message reaches the caller", '/no/such/folder/file' in message, (code, message))
    check('and leaves nothing either', conn.listAllDomains() == [] and wait(lambda: processes() == []))


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    seen = []
    lifecycle(conn, seen)
    definitions(conn)
    capabilities(conn)
    lives(conn, seen)
    failures_undo(conn)


run(main)
