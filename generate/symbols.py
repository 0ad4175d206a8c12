#!/usr/bin/env python3
"""Writes a library's linker version script.  usage: symbols.py OUT LIBRARY API...

LIBRARY is "" for libvirt itself, or qemu, lxc, admin.  Nodes inherit from one another in release order.
"""
import collections
import sys

from apidesc import Api


def release(node):
    return [int(x) for x in node.rsplit('_', 1)[-1].split('.')]


def main():
    api = Api(sys.argv[3:])
    nodes = collections.defaultdict(list)
    for e in api.of('function', 'variable'):
        if e.library == sys.argv[2]:
            nodes[e.node].append(e.name)
    out, parent = '', ''
    for node in sorted(nodes, key=release):
        out += f'{node} {{\n    global:\n'
        out += ''.join(f'        {name};\n' for name in sorted(nodes[node]))
        out += ('    local:\n        *;\n' if not parent else '') + f'}}{" " + parent if parent else ""};\n\n'
        parent = node
    open(sys.argv[1], 'w', encoding='utf-8').write(out)


if __name__ == '__main__':
    main()
