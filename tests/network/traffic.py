#!/usr/bin/env python3
"""Guests on a network of the daemon's, with namespaces in their place: addresses, names, ways out, and what survives kill -9.

usage: traffic.py LIBVIRTD
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from netlab import check, clean, finish, libvirt, root, sh, skip, wait

if not shutil.which('udhcpc') or not shutil.which('ping'):
    skip('no udhcpc or ping')
for folder in ('/var/lib/libvirt', '/etc/libvirt', '/var/log/libvirt', '/var/cache/libvirt'):
    sh(f'mkdir -p {folder}; mount -t tmpfs t {folder}')
environment = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}


def start_daemon():
    daemon = subprocess.Popen([sys.argv[1]], env=environment, stdout=subprocess.DEVNULL,
                              stderr=open(f'{root}/daemon.log', 'a', encoding='utf-8'))
    if not wait(lambda: os.path.exists('/run/libvirt/libvirt-sock'), 20):
        raise RuntimeError('the daemon does not start')
    return daemon


daemon = start_daemon()
conn = libvirt.open('network:///system')
net = conn.networkDefineXML("""<network><name>lab</name><forward mode='nat'/><domain name='lab.test'/>
<ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/>
<host mac='52:54:00:00:00:02' name='two' ip='192.168.122.22'/></dhcp></ip></network>""")
net.create()
bridge = net.bridgeName()

# --- two guests and a server outside
with open(f'{root}/lease.sh', 'w', encoding='utf-8') as f:
    f.write('#!/bin/sh\n[ "$1" = bound ] || exit 0\nip addr add $ip/${mask:-24} dev $interface; ip route add default via $router\n'
            f'echo "$ip $dns $router $domain" >{root}/lease.$interface\n')
os.chmod(f'{root}/lease.sh', 0o755)
for i in (1, 2):
    sh(f'ip netns add g{i}; ip link add tap{i} type veth peer name eth{i} netns g{i}; ip link set tap{i} master {bridge} up; '
       f'ip -n g{i} link set eth{i} address 52:54:00:00:00:0{i} up; ip -n g{i} link set lo up')
sh('ip netns add out; ip link add up0 type veth peer name eth0 netns out; ip addr add 198.51.100.1/24 dev up0; ip link set up0 up; '
   'ip -n out addr add 198.51.100.2/24 dev eth0; ip -n out link set eth0 up')
for i in (1, 2):
    sh(f'ip netns exec g{i} udhcpc -i eth{i} -n -q -f -t 20 -T 1 -x hostname:guest{i} -s {root}/lease.sh')
leased = [open(f'{root}/lease.eth{i}', encoding='utf-8').read().split() for i in (1, 2)]
check('a guest gets an address', leased[0][0].startswith('192.168.122.') and leased[0][2] == '192.168.122.1', leased)
check('the one that it was promised', leased[1][0] == '192.168.122.22', leased)

leases = net.DHCPLeases()
check('leases are listed', sorted((x['mac'], x['ipaddr'], x['prefix'], x['iface']) for x in leases) == sorted(
    [('52:54:00:00:00:01', leased[0][0], 24, bridge), ('52:54:00:00:00:02', '192.168.122.22', 24, bridge)]), leases)
check('by address too', [x['hostname'] for x in net.DHCPLeases('52:54:00:00:00:02')] == ['two'], leases)

LOOKUP = r'''
import socket,struct,sys
q=b'\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00'+b''.join(bytes([len(p)])+p.encode() for p in sys.argv[1].split('.'))+b'\0\0\x01\0\x01'
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(5);s.sendto(q,('192.168.122.1',53));a=s.recv(512)
print('.'.join(map(str,a[-4:])) if struct.unpack('>H',a[6:8])[0] else 'none')
'''
with open(f'{root}/lookup.py', 'w', encoding='utf-8') as f:
    f.write(LOOKUP)
check('guests find each other by name', sh(f'ip netns exec g1 python3 {root}/lookup.py two.lab.test').strip() == '192.168.122.22' and
      sh(f'ip netns exec g2 python3 {root}/lookup.py guest1').strip() == leased[0][0])
check('and reach each other', '1 received' in sh('ip netns exec g1 ping -c 1 -W 5 192.168.122.22', check=False))

SERVER = "import socket;s=socket.create_server(('198.51.100.2',80));print('up',flush=True)\nwhile 1:\n c,a=s.accept();c.send(a[0].encode());c.close()"
CALL = "import socket;s=socket.create_connection(('198.51.100.2',80),5);print(s.recv(99).decode())"
server = subprocess.Popen(['ip', 'netns', 'exec', 'out', 'python3', '-c', SERVER], env=clean, stdout=subprocess.PIPE)
server.stdout.readline()
seen = sh(f'ip netns exec g1 python3 -c "{CALL}"').strip()
check('a server outside sees the host', seen == '198.51.100.1', seen)
counted = re.search(r'meta l4proto tcp counter packets (\d+)', sh('nft list table ip libvirt_network'))
check('the rule has counted it', counted and int(counted.group(1)) >= 1)
sh('ip -n out route add 192.168.122.0/24 via 198.51.100.1')
check('nobody gets in from outside', ' 0 received' in sh('ip netns exec out ping -c 1 -W 1 192.168.122.22', check=False))

# --- the daemon is killed
del net
daemon.send_signal(signal.SIGKILL)
daemon.wait()
conn = None
os.unlink('/run/libvirt/libvirt-sock')
check('guests do not notice', sh(f'ip netns exec g2 python3 -c "{CALL}"').strip() == '198.51.100.1')
sh('ip netns add g3; ip link add tap3 type veth peer name eth3 netns g3; '
   f'ip link set tap3 master {bridge} up; ip -n g3 link set eth3 address 52:54:00:00:00:03 up')
sh(f'ip netns exec g3 udhcpc -i eth3 -n -q -f -t 20 -T 1 -s {root}/lease.sh')
daemon = start_daemon()
conn = libvirt.open('network:///system')
net = conn.networkLookupByName('lab')
check('the next daemon finds the network', wait(lambda: net.isActive() == 1))
check('and all leases, the one meanwhile too', sorted(x['mac'] for x in net.DHCPLeases()) ==
      [f'52:54:00:00:00:0{i}' for i in (1, 2, 3)], net.DHCPLeases())
dnsmasq = int(open('/run/libvirt/network/lab.pid', encoding='utf-8').read())
os.kill(dnsmasq, signal.SIGKILL)
wait(lambda: not os.path.exists(f'/proc/{dnsmasq}') or not open(f'/proc/{dnsmasq}/cmdline', 'rb').read())
net.portCreateXML("<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff32071</uuid><owner><name>vm</name>"
                  "<uuid>3ea5b4f5-8cfb-4bb1-9a6f-1d2f0d3bd1a1</uuid></owner><mac address='52:54:00:7b:35:91'/></networkport>")
check('a killed dnsmasq is back with the next guest',
      wait(lambda: sh(f'ip netns exec g1 python3 {root}/lookup.py two', check=False).strip() == '192.168.122.22', 20))
check('knowing its leases', sh(f'ip netns exec g2 python3 {root}/lookup.py guest1').strip() == leased[0][0])
net.destroy()
check('nothing is left', bridge not in sh('ip link') and 'libvirt_network' not in sh('nft list ruleset') and
      os.listdir('/var/lib/libvirt/dnsmasq') == [] and
      not [f for f in os.listdir('/run/libvirt/network') if f not in ('autostarted', 'driver.pid')],
      (os.listdir('/var/lib/libvirt/dnsmasq'), os.listdir('/run/libvirt/network')))
server.kill()
daemon.terminate()
daemon.wait()
time.sleep(0.05)
finish()
