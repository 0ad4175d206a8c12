#!/usr/bin/env python3
"""Guests' interfaces on the host: taps on bridges, macvtaps, ports of virtual networks; made, plugged, unmade."""
import os
import shutil
import subprocess
import sys

if os.geteuid() or not shutil.which('ip', path=os.environ['PATH'] + ':/usr/sbin:/sbin') or not os.path.exists('/dev/net/tun'):
    print('1..0 # skip needs root, ip and /dev/net/tun')
    sys.exit(77)
if os.environ.get('VIREO_ENDS') != '1':
    plain = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    if subprocess.run(['unshare', '-m', '-n', 'mount', '-t', 'sysfs', 's', '/sys'], env=plain, capture_output=True).returncode:
        print('1..0 # skip no network namespaces here')
        sys.exit(77)
    os.execvpe('unshare', ['unshare', '-m', '-n', sys.executable] + sys.argv, {**os.environ, 'VIREO_ENDS': '1'})

from common import *  # noqa: F403, E402

PLAIN = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'LD_LIBRARY_PATH')}
PLAIN['PATH'] += ':/usr/sbin:/sbin'
MODEL = "<model type='virtio'/>"


def sh(command):
    done = subprocess.run(command, shell=True, env=PLAIN, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f'{command}: {done.stderr}')
    return done.stdout


def links():
    return sorted(os.listdir('/sys/class/net'))


def master(name):
    path = f'/sys/class/net/{name}/master'
    return os.path.basename(os.readlink(path)) if os.path.exists(path) else None


def bridged(conn, before):
    guest = conn.createXML(GUEST % ('bridged', f"<interface type='bridge'><source bridge='br0'/>{MODEL}</interface>"
                                    f"<interface type='ethernet'><target dev='mine0'/>{MODEL}</interface>"), 0)
    made = [n for n in links() if n not in before]
    xml = guest.XMLDesc(0)
    check('a tap with a name of its own and one as asked', made == ['mine0', 'vnet0'], made)
    check('on its bridge', master('vnet0') == 'br0', master('vnet0'))
    check('up', int(open('/sys/class/net/vnet0/flags').read(), 16) & 1)
    check('the XML says so', "<target dev='vnet0'/>" in xml and "<target dev='mine0'/>" in xml, xml)
    check('its address is the guest\'s, but high', open('/sys/class/net/vnet0/address').read().startswith('fe:'))
    plug = f"<interface type='bridge'><mac address='52:54:00:11:22:33'/><source bridge='br0'/>{MODEL}</interface>"
    guest.attachDevice(plug)
    check('one plugged in', master('vnet1') == 'br0', links())
    code, message = error_of(guest.attachDevice, plug.replace('br0', 'br9').replace('33', '44'))
    check('one for a bridge that is not there is refused', 'br9' in message and 'vnet2' not in links(), (message, links()))
    guest.destroy()
    check('all go with the guest', wait(lambda: links() == before), links())


def direct(conn, before):
    guest = conn.createXML(GUEST % ('direct', f"<interface type='direct'><source dev='v0' mode='bridge'/>{MODEL}</interface>"), 0)
    made = [n for n in links() if n not in before]
    check('a macvtap', made == ['macvtap0'], made)
    check("has the guest's address", open('/sys/class/net/macvtap0/address').read().strip() in guest.XMLDesc(0))
    guest.destroy()
    check('and goes with it', links() == before, links())
    code, message = error_of(conn.createXML, GUEST % ('direct', "<interface type='direct'><source dev='none0'/></interface>"), 0)
    check('no link, no start', 'none0' in message and links() == before, (message, links()))


def network(conn, before):
    xml = "<interface type='network'><source network='lab'/></interface>"
    code, message = error_of(conn.createXML, GUEST % ('early', xml), 0)
    check('without the network, no start', code == libvirt.VIR_ERR_NO_NETWORK and 'lab' in message, (code, message))
    net = conn.networkDefineXML("<network><name>lab</name><bridge name='labbr'/></network>")
    code, message = error_of(conn.createXML, GUEST % ('early', xml), 0)
    check('nor while it is not active', 'not active' in message, (code, message))
    net.create()
    guest = conn.createXML(GUEST % ('lab', xml), 0)
    live = guest.XMLDesc(0)
    check('it is on the network\'s bridge', master('vnet0') == 'labbr', links())
    check('the XML tells port and bridge', "portid='" in live and "bridge='labbr'" in live, live)
    check('the network has a port', len(net.listAllPorts()) == 1)
    guest.destroy()
    check('which is given back', net.listAllPorts() == [])
    os.environ['VIREO_QEMU_FAULT'] = 'start:networks'
    error_of(conn.createXML, GUEST % ('fails', xml), 0)
    del os.environ['VIREO_QEMU_FAULT']
    check('by a start that fails too', net.listAllPorts() == [] and 'vnet0' not in links(), links())
    net.destroy()


def main():
    sh('mount -t sysfs s /sys; mount -t tmpfs t /run; ip link add br0 type bridge; ip link set br0 up; ip link add v0 type veth peer name v1;'
       'ip link set v0 up; ip link set v1 up')
    start_loop()
    before = links()
    conn = libvirt.open(f'qemu:///embed?root={root}/host')
    step(bridged, conn, before)
    step(direct, conn, before)
    try:
        conn.listAllNetworks()
    except libvirt.libvirtError:
        return
    step(network, conn, before)


run(main)
