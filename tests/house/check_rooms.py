#!/usr/bin/env python3
"""Checks the rules that keep the house readable.  usage: check_rooms.py SOURCE

Rooms include only rooms above them, files open with what they hold, and nobody grows past a thousand lines.
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
ROOMS = ['base', 'host', 'rpc', 'model', 'store', 'library', 'drivers', 'daemon', 'shell']
MAY_USE = {'base': {'base'}, 'host': {'base', 'host'}, 'rpc': {'base', 'rpc'}, 'model': {'base', 'model'},
           'store': {'base', 'model', 'store'}, 'library': {'base', 'library'},
           'drivers': {'base', 'host', 'model', 'rpc', 'store'}, 'daemon': {'base', 'rpc', 'daemon'}, 'shell': {'shell'},
           'programs': set()}
SHARED = {'drivers/peer.h'} # what every driver may use of the drivers' own room
count = failures = 0


def report(complaints, what):
    global count, failures
    count += 1
    failures += bool(complaints)
    print(f'{"not ok" if complaints else "ok"} {count} - {what}')
    for c in complaints:
        print(f'#   {c}')


def sources(*endings):
    return [p for p in sorted((source / 'src').rglob('*')) if p.suffix in endings]


def includes():
    for path in sources('.c', '.h'):
        parts = path.relative_to(source / 'src').parts
        allowed = set(MAY_USE[parts[0]])
        own = '/'.join(parts[:2]) if parts[0] == 'drivers' else ''
        for m in re.finditer(r'^#include "([^"]+)"', path.read_text(encoding='utf-8'), re.M):
            room = m.group(1).split('/')[0]
            if own and (m.group(1).startswith(own + '/') or '/' not in m.group(1)) or m.group(1) in SHARED:
                continue
            if room not in allowed or room == 'drivers':
                yield f'{path.relative_to(source)} includes "{m.group(1)}"'


def openings():
    for path in sources('.c', '.h'):
        if not path.read_text(encoding='utf-8').startswith('/*'):
            yield f'{path.relative_to(source)} does not say what lives there'


def sizes():
    for path in sources('.c', '.h') + sorted((source / 'generate').glob('*.py')):
        lines = path.read_text(encoding='utf-8').count('\n')
        if lines > 1000:
            yield f'{path.relative_to(source)} has {lines} lines'


report(list(includes()), 'rooms include only rooms above them')
report(list(openings()), 'every file says what lives there')
report(list(sizes()), 'no file over 1,000 lines')
sys.exit(1 if failures else 0)
