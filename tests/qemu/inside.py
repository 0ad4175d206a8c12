#!/usr/bin/env python3
"""Inside a Linux guest, by its agent: clock, file systems, processors, addresses, keys; and an agent that hangs."""
import json
import subprocess

from common import *  # noqa: F403
import libvirt_qemu
from linux import PLAIN, linux_guest

kernel, archive = linux_guest(root)
XML = f"""<domain type='qemu'>
  <name>inside</name>
  <memory unit='MiB'>256</memory>
  <vcpu current='2'>4</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{archive}</initrd><cmdline>console=ttyS0 quiet</cmdline></os>
  <features><acpi/></features>
  <cpu mode='custom'><model>qemu64</model></cpu>
  <devices>
    <emulator>{EMULATOR}</emulator>
    <serial type='file'><source path='{root}/serial'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>
    <disk type='file'><driver name='qemu' type='raw'/><source file='{root}/fs.img'/><target dev='vda' bus='virtio'/></disk>
  </devices>
</domain>"""
agent_events = []


def ask(guest, command, timeout=30, **arguments):
    message = {'execute': command, **({'arguments': arguments} if arguments else {})}
    return json.loads(libvirt_qemu.qemuAgentCommand(guest, json.dumps(message), timeout, 0))['return']


def listens(guest):
    return "state='connected'" in guest.XMLDesc()


def plain(guest):
    check('an agent answers', ask(guest, 'guest-ping') == {})
    code, message = error_of(libvirt_qemu.qemuAgentCommand, guest, '{"execute":"guest-nonsense"}', 30, 0)
    check('or says that it cannot', code is not None and 'guest-nonsense' in message, message)
    check('what is no command is refused', error_of(libvirt_qemu.qemuAgentCommand, guest, 'nonsense', 30, 0)[0] is not None)
    check("the guest's name", guest.hostname() == 'guesthost')
    guest.setTime({'seconds': 1700000000, 'nseconds': 0})
    check('its clock is set and read', 1700000000 <= guest.getTime()['seconds'] < 1700001000, guest.getTime())
    info = guest.guestInfo()
    check('what it tells of itself', info['os.id'] == 'tiny' and info['hostname'] == 'guesthost' and info['user.count'] == 0 and
          info['fs.0.mountpoint'] == '/mnt' and info['fs.0.disk.0.alias'] == 'vda', info)
    check('one kind alone', set(guest.guestInfo(libvirt.VIR_DOMAIN_GUEST_INFO_HOSTNAME)) == {'hostname'})
    found = guest.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
    check('its addresses', found['eth0']['hwaddr'] == '52:54:00:12:34:56' and
          {'addr': '192.0.2.7', 'prefix': 24, 'type': libvirt.VIR_IP_ADDR_TYPE_IPV4} in found['eth0']['addrs'], found)


def file_systems(guest):
    check('file systems and the disks below', [(mount, kind, disks) for mount, _, kind, disks in guest.fsInfo()] == [('/mnt', 'ext4', ['vda'])],
          guest.fsInfo())
    check('frozen', guest.fsFreeze() == 1)
    check('not twice', error_of(guest.fsFreeze)[0] is not None)
    check('thawed', guest.fsThaw() == 1)
    check('one alone', guest.fsFreeze(['/mnt']) == 1 and guest.fsThaw() == 1)
    check('trimmed', guest.fSTrim(None, 0) == 0)


def processors(guest):
    check('processors as the guest sees them', guest.guestVcpus() == {'vcpus': '0-1', 'online': '0-1', 'offlinable': '1'}, guest.guestVcpus())
    guest.setGuestVcpus('1', 0)
    check('one goes offline', guest.guestVcpus()['online'] == '0')
    check('the first does not', error_of(guest.setGuestVcpus, '0', 0)[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    check('none that is not there', error_of(guest.setGuestVcpus, '9', 0)[0] == libvirt.VIR_ERR_INVALID_ARG)
    check('they are counted', guest.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST) == 1)
    guest.setVcpusFlags(2, libvirt.VIR_DOMAIN_VCPU_GUEST)
    check('and set by their number', guest.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST) == 2)
    guest.setVcpus(3)
    check('one more is found by the guest', wait(lambda: guest.guestVcpus()['vcpus'] == '0-2'), guest.guestVcpus())


def keys(guest):
    guest.authorizedSSHKeysSet('root', ['ssh-rsa AAAA one'])
    guest.authorizedSSHKeysSet('root', ['ssh-rsa AAAA two'], libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND)
    got = sorted(guest.authorizedSSHKeysGet('root'))
    check('keys of accounts', got == ['ssh-rsa AAAA one', 'ssh-rsa AAAA two'], got)
    guest.authorizedSSHKeysSet('root', ['ssh-rsa AAAA one'], libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE)
    check('less one', guest.authorizedSSHKeysGet('root') == ['ssh-rsa AAAA two'])


def hangs(guest):
    """An agent that is stopped costs whoever asks it, and nobody else."""
    guest.agentSetResponseTimeout(1)
    ask(guest, 'guest-exec', path='/bin/sh', arg=['-c', 'a=$(pidof qemu-ga); sleep 0.3; kill -STOP $a; sleep 4; kill -CONT $a'])
    wait(lambda: error_of(libvirt_qemu.qemuAgentCommand, guest, '{"execute":"guest-ping"}', 1, 0)[0] is not None)
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(error_of(guest.getTime)[0]))
    waiting.start()
    check('the monitor answers meanwhile', libvirt_qemu.qemuMonitorCommand(guest, 'query-status', 0) and guest.memoryStats() is not None)
    guest.suspend()
    guest.resume()
    check('changes pass it by', guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING)
    waiting.join()
    seen.append(error_of(guest.getTime)[0])
    silent = libvirt.VIR_ERR_AGENT_UNRESPONSIVE, getattr(libvirt, 'VIR_ERR_AGENT_COMMAND_TIMEOUT', 112)
    check('it is said to be silent', any(code in silent for code in seen), seen)  # a slow host may ask again when it is awake
    check('once it has come to, it is understood again', wait(lambda: error_of(guest.getTime) == (None, ''), 60))
    guest.agentSetResponseTimeout(-2)


def ends(conn, guest):
    restarts = []
    conn.domainEventRegisterAny(guest, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, lambda c, d, o: restarts.append(1), None)
    agent_events.clear()
    guest.reboot(libvirt.VIR_DOMAIN_REBOOT_GUEST_AGENT)
    check('it restarts the guest', wait(lambda: restarts, 60))
    CONNECTED = libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
    check('and listens again', wait(lambda: (CONNECTED, libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL) in agent_events, 150), agent_events)
    guest.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
    check('it turns the guest off', wait(lambda: not guest.isActive(), 60), guest.state())
    check('as a shutdown', guest.state()[1] == libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN, guest.state())
    guest.undefine()


def main():
    start_loop()
    with open(root + '/fs.img', 'w') as image:
        image.truncate(16 << 20)
    subprocess.run(['mke2fs', '-q', '-t', 'ext4', root + '/fs.img'], check=True, env=PLAIN)
    conn = libvirt.open(f'qemu:///embed?root={root}')
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, lambda c, d, state, reason, o: agent_events.append((state, reason)), None)
    guest = conn.defineXML(XML)
    guest.create()
    if not wait(lambda: listens(guest), 150):
        check('Linux starts', False, serial())
        return
    for part in (plain, file_systems, processors, keys, hangs):
        step(part, guest)
    step(ends, conn, guest)


run(main)
