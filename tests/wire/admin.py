#!/usr/bin/env python3
"""The administration library against a daemon of ours.  usage: admin.py DAEMON"""
import ctypes
import os
import sys
import tempfile
import time

from hostile import Peer
from served import Daemon

count = failures = 0


def check(good, what):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')


class Value(ctypes.Union):
    _fields_ = [('i', ctypes.c_int), ('ui', ctypes.c_uint), ('l', ctypes.c_longlong), ('ul', ctypes.c_ulonglong),
                ('d', ctypes.c_double), ('b', ctypes.c_char), ('s', ctypes.c_char_p)]


class Param(ctypes.Structure):
    _fields_ = [('field', ctypes.c_char * 80), ('type', ctypes.c_int), ('value', Value)]


UINT, STRING = 2, 7


class Admin:
    def __init__(self, folder):
        self.lib = ctypes.CDLL('libvirt-admin.so.0')
        for name in ('ConnectOpen', 'ConnectLookupServer', 'ServerLookupClient', 'ConnectGetURI'):
            getattr(self.lib, 'virAdm' + name).restype = ctypes.c_void_p
        self.lib.virAdmServerGetName.restype = ctypes.c_char_p
        self.lib.virAdmClientGetID.restype = ctypes.c_ulonglong
        uri = f'libvirtd:///system?socket={folder}/libvirt-admin-sock'.encode()
        self.conn = ctypes.c_void_p(self.lib.virAdmConnectOpen(uri, 0))

    def call(self, name, *args):
        return getattr(self.lib, 'virAdm' + name)(*args)

    def params(self, name, thing):
        params, n = ctypes.POINTER(Param)(), ctypes.c_int()
        if self.call(name, thing, ctypes.byref(params), ctypes.byref(n), 0) < 0:
            return None
        return {params[i].field.decode(): params[i].value.ui if params[i].type == UINT else params[i].value.s.decode()
                if params[i].type == STRING else params[i].value.i for i in range(n.value)}

    def set(self, name, thing, **values):
        params = (Param * len(values))()
        for p, (field, value) in zip(params, values.items()):
            p.field, p.type, p.value.ui = field.encode(), UINT, value
        return self.call(name, thing, params, len(values), 0)

    def list(self, name, thing):
        things = ctypes.POINTER(ctypes.c_void_p)()
        n = self.call(name, thing, ctypes.byref(things), 0)
        return [ctypes.c_void_p(things[i]) for i in range(max(n, 0))]

    def text(self, name):
        out = ctypes.c_char_p()
        n = self.call(name, self.conn, ctypes.byref(out), 0)
        return n, (out.value or b'').decode()


def main():
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(os.path.abspath(sys.argv[1]), folder)
        while not Daemon.answers(os.path.join(folder, 'libvirt-admin-sock')) and daemon.process.poll() is None:
            time.sleep(0.01)
        admin = Admin(folder)
        check(bool(admin.conn), 'a connection')
        check(admin.call('ConnectIsAlive', admin.conn) == 1, 'which is alive')
        version = ctypes.c_ulonglong()
        check(admin.call('ConnectGetLibVersion', admin.conn, ctypes.byref(version)) == 0 and version.value > 9000000, 'the version')
        names = [admin.call('ServerGetName', s).decode() for s in admin.list('ConnectListServers', admin.conn)]
        check(names == ['admin', 'virttestd'], 'the servers')
        check(not admin.call('ConnectLookupServer', admin.conn, b'nobody', 0), 'no server of that name')
        server = ctypes.c_void_p(admin.call('ConnectLookupServer', admin.conn, b'virttestd', 0))
        for _ in range(200):  # who looked whether the daemon listens may not have left yet
            if admin.params('ServerGetClientLimits', server)['nclients'] == 0:
                break
            time.sleep(0.01)
        pool = admin.params('ServerGetThreadPoolParameters', server)
        check(sorted(pool) == ['freeWorkers', 'jobQueueDepth', 'maxWorkers', 'minWorkers', 'nWorkers', 'prioWorkers'] and
              (pool['minWorkers'], pool['maxWorkers'], pool['nWorkers'], pool['prioWorkers']) == (5, 20, 5, 5), 'the workers')
        check(admin.set('ServerSetThreadPoolParameters', server, maxWorkers=30, prioWorkers=7) == 0, 'other limits for them')
        check(admin.params('ServerGetThreadPoolParameters', server)['maxWorkers'] == 30, 'which are kept')
        check(admin.set('ServerSetThreadPoolParameters', server, minWorkers=31) == -1, 'more at least than at most is refused')
        check(admin.set('ServerSetThreadPoolParameters', server, nWorkers=3) == -1, 'and what cannot be set')
        check(admin.set('ServerSetClientLimits', server, nclients_max=100, nclients_unauth_max=5) == 0, 'limits of clients')
        check(admin.params('ServerGetClientLimits', server) ==
              dict(nclients_max=100, nclients=0, nclients_unauth_max=5, nclients_unauth=0), 'which are kept too')
        peer = Peer(daemon.socket)
        peer.open()
        clients = admin.list('ServerListClients', server)
        check(len(clients) == 1, 'a client is listed')
        info = admin.params('ClientGetInfo', clients[0])
        check(info and info['unix_process_id'] == os.getpid() and info['unix_user_id'] == os.getuid(), 'and known')
        number = admin.call('ClientGetID', clients[0])
        check(bool(admin.call('ServerLookupClient', server, ctypes.c_ulonglong(number), 0)), 'and found by its number')
        check(admin.call('ClientClose', clients[0], 0) == 0 and peer.closed(), 'and sent away')
        check(admin.text('ConnectGetLoggingOutputs') == (1, '1:stderr'), 'where the log goes')
        check(admin.call('ConnectSetLoggingFilters', admin.conn, b'1:daemon 3:rpc', 0) == 0, 'filters of the log')
        check(admin.text('ConnectGetLoggingFilters') == (2, '1:daemon 3:rpc'), 'which are kept')
        check(admin.call('ConnectSetLoggingFilters', admin.conn, b'nonsense', 0) == -1, 'but not nonsense')
        ended = admin.call('ConnectDaemonShutdown', admin.conn, 0) == 0 and daemon.process.wait(10)
        check(ended == 0, f'the daemon ends when told: {ended}' + (open(daemon.log.name).read() if ended else ''))
        admin.call('ConnectClose', admin.conn)
    print(f'1..{count}')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
