#!/usr/bin/env python3
"""Talking to running guests: QEMU's monitor and its events, keys, metadata, what follows an end."""
import ctypes
import json

from common import *  # noqa: F403
import libvirt_qemu


def monitor(conn):
    guest = conn.createXML(GUEST % ('talks', ''), 0)
    answer = json.loads(libvirt_qemu.qemuMonitorCommand(guest, '{"execute":"query-status"}', 0))
    check("a command's answer comes whole", answer['return']['running'] is True, answer)
    answer = json.loads(libvirt_qemu.qemuMonitorCommand(guest, '{"execute":"nonsense"}', 0))
    check('so does a refusal', answer['error']['class'] == 'CommandNotFound', answer)
    check('a bare name is a command', 'return' in json.loads(libvirt_qemu.qemuMonitorCommand(guest, 'query-name', 0)))
    text = libvirt_qemu.qemuMonitorCommand(guest, 'info status', libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP)
    check('lines for people are answered as such', text.startswith('VM status: running'), text)
    check('a guest so treated is marked', any('custom monitor' in m for m in guest.messages()), guest.messages())
    guest.destroy()
    check('a guest that is gone is not talked to', error_of(libvirt_qemu.qemuMonitorCommand, guest, 'query-name', 0)[0] is not None)


def monitor_events(conn):
    seen = []

    def note(kind):
        return lambda c, d, event, seconds, micros, details, o: seen.append((kind, event, seconds, details))
    ids = [libvirt_qemu.qemuMonitorEventRegister(conn, None, *want) for want in (
        (None, note('all'), None, 0),
        ('stop', note('case'), None, 0),
        ('stop', note('nocase'), None, libvirt_qemu.VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE),
        ('^(ST|RES)', note('regex'), None, libvirt_qemu.VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX))]
    check('a pattern that is none is refused', error_of(
        libvirt_qemu.qemuMonitorEventRegister, conn, None, '(', note('bad'), None,
        libvirt_qemu.VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX)[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest = conn.createXML(GUEST % ('tells', ''), 0)
    guest.suspend()
    guest.resume()
    check('every event reaches who wants all', wait(lambda: {'STOP', 'RESUME'} <= {e for k, e, _, _ in seen if k == 'all'}), seen)
    check('patterns choose', wait(lambda: {e for k, e, _, _ in seen if k == 'regex'} >= {'STOP', 'RESUME'}), seen)
    check('case may not matter', ('nocase', 'STOP') in [(k, e) for k, e, _, _ in seen], seen)
    check('or matter', 'case' not in [k for k, _, _, _ in seen], seen)
    check('events have a time', all(s > 1600000000 for _, _, s, _ in seen), seen)
    for i in ids:
        libvirt_qemu.qemuMonitorEventDeregister(conn, i)
    check('whoever has left cannot leave again', error_of(libvirt_qemu.qemuMonitorEventDeregister, conn, ids[0])[0] == libvirt.VIR_ERR_INVALID_ARG)
    guest.destroy()


def keys(conn):
    guest = conn.createXML(GUEST % ('types', ''), 0)
    seen = []
    for name, codeset, code in (('linux', 0, 28), ('at set 1', 2, 0xe01c), ('at set 2', 3, 0x5a), ('at set 3', 4, 0x5a),
                                ('os x', 5, 36), ('usb', 7, 40), ('windows', 8, 13), ('qnum', 9, 28)):
        seen.append((name, error_of(guest.sendKey, codeset, 0, [code, code], 2, 0)[0]))
    check('keys are pressed by any of their numbers', all(code is None for _, code in seen), seen)
    code, message = error_of(guest.sendKey, 0, 0, [999], 1, 0)
    check('a number that is no key is refused', code == libvirt.VIR_ERR_INTERNAL_ERROR and '999' in message, message)
    guest.destroy()


def metadata(conn):
    guest = conn.defineXML(GUEST % ('noted', ''))
    seen = []
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, lambda c, d, kind, uri, o: seen.append((kind, uri)), None)
    TITLE, ELEMENT = libvirt.VIR_DOMAIN_METADATA_TITLE, libvirt.VIR_DOMAIN_METADATA_ELEMENT
    LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    check('no title is an error', error_of(guest.metadata, TITLE, None)[0] == libvirt.VIR_ERR_NO_DOMAIN_METADATA)
    guest.setMetadata(TITLE, 'A title', None, None, CONFIG)
    check('a title is kept', guest.metadata(TITLE, None) == 'A title' and '<title>A title</title>' in guest.XMLDesc(0))
    guest.create()
    guest.setMetadata(ELEMENT, '<note>hello</note>', 'n', 'http://example.org/n', LIVE | CONFIG)
    guest.setMetadata(TITLE, 'Now', None, None, LIVE)
    check('live and stored are two things', (guest.metadata(TITLE, None, LIVE), guest.metadata(TITLE, None, CONFIG)) == ('Now', 'A title'))
    check('elements are kept by their namespace', 'hello' in guest.metadata(ELEMENT, 'http://example.org/n', CONFIG))
    check('changes are told', wait(lambda: (TITLE, None) in seen and (ELEMENT, 'http://example.org/n') in seen), seen)
    kept = open(root + '/etc/qemu/noted.xml').read()
    check('and are on disk', 'hello' in kept and 'Now' not in kept, kept)
    guest.destroy()
    guest.undefine()


def actions(conn):
    guest = conn.defineXML(GUEST % ('ends', ''))
    POWEROFF, REBOOT = libvirt.VIR_DOMAIN_LIFECYCLE_POWEROFF, libvirt.VIR_DOMAIN_LIFECYCLE_REBOOT
    DESTROY, RESTART, PRESERVE = (libvirt.VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY, libvirt.VIR_DOMAIN_LIFECYCLE_ACTION_RESTART,
                                  libvirt.VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE)
    check('an unknown end is refused', error_of(guest.setLifecycleAction, 7, DESTROY)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('what QEMU cannot do is refused', error_of(guest.setLifecycleAction, REBOOT, PRESERVE)[0] == libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    guest.setLifecycleAction(POWEROFF, RESTART)
    check('an action is kept', '<on_poweroff>restart</on_poweroff>' in guest.XMLDesc(0))
    guest.create()
    check('it runs', wait(lambda: 'up' in serial()))
    before = serial().count('up')
    guest.shutdown()
    check('its power-off is a restart', wait(lambda: serial().count('up') > before), serial())
    guest.setLifecycleAction(POWEROFF, DESTROY, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    guest.setLifecycleAction(REBOOT, DESTROY, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    guest.reset()
    check('a reset becomes the end when it is told to', wait(lambda: not guest.isActive()), guest.state())
    guest.setLifecycleAction(POWEROFF, DESTROY)
    guest.setLifecycleAction(REBOOT, DESTROY)
    guest.create()
    guest.reset()
    check('of the next start too', wait(lambda: not guest.isActive()), guest.state())
    guest.undefine()


def beginning(conn):
    seen = []
    lifecycle(conn, seen)
    guest = conn.createXML(GUEST % ('begins', ''), 0)
    wanted = [('begins', libvirt.VIR_DOMAIN_EVENT_RESUMED, 0), ('begins', libvirt.VIR_DOMAIN_EVENT_STARTED, 0)]
    check('a start is told in libvirt\'s order', wait(lambda: len(seen) >= 2) and seen == wanted, seen)
    guest.destroy()


def no_agent(conn):
    guest = conn.createXML(GUEST % ('mute', ''), 0)
    check('a guest without an agent says so', error_of(guest.getTime)[0] == libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, error_of(guest.getTime))
    guest.destroy()
    channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    guest = conn.createXML(GUEST % ('deaf', channel), 0)
    check('one that does not listen too', error_of(guest.getTime)[0] == libvirt.VIR_ERR_AGENT_UNRESPONSIVE, error_of(guest.getTime))
    check('shutting down needs it where it is asked for', error_of(guest.shutdownFlags, libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)[0] ==
          libvirt.VIR_ERR_AGENT_UNRESPONSIVE)
    guest.suspend()
    check('a paused guest has no agent', error_of(guest.getTime)[0] == libvirt.VIR_ERR_OPERATION_INVALID, error_of(guest.getTime))
    check('time-outs are checked', error_of(guest.agentSetResponseTimeout, -5)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('no leases without a network', guest.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE) == {})
    check('an unknown source is refused', error_of(guest.interfaceAddresses, 7)[0] == libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
    check('no name either', error_of(guest.hostname, libvirt.VIR_DOMAIN_GET_HOSTNAME_LEASE)[0] == libvirt.VIR_ERR_NO_HOSTNAME)
    guest.destroy()


def newer(conn):
    """Calls that this Python's module does not know yet."""
    library = ctypes.CDLL('libvirt.so.0')
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    guest = conn.createXML(GUEST % ('newer', "<interface type='user'><mac address='52:54:00:00:00:09'/></interface>"), 0)
    handle = ctypes.c_void_p(get(guest._o, b'virDomainPtr'))
    check('an interface is announced', library.virDomainAnnounceInterface(handle, b'52:54:00:00:00:09', None, 0, 0) == 0)
    check('or all', library.virDomainAnnounceInterface(handle, None, None, 0, 0) == 0)
    check('none that is not there', library.virDomainAnnounceInterface(handle, b'x', None, 0, 0) == -1)
    check('without a display nothing is read again', library.virDomainGraphicsReload(handle, 0, 0) == -1)
    guest.destroy()


def main():
    start_loop()
    conn = libvirt.open(f'qemu:///embed?root={root}')
    for part in (monitor, monitor_events, keys, metadata, actions, beginning, no_agent, newer):
        step(part, conn)


run(main)
