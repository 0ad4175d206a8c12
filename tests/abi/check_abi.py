#!/usr/bin/env python3
"""Compares the built libraries and headers with the recorded ABI.

usage: check_abi.py ABI.tsv PROGRAM PROGRAM.c BUILD SANITIZER   PROGRAM prints every public name's value (generate/abiprogram.py).
"""
import collections
import os
import shutil
import subprocess
import sys
import tempfile

abi_path, program, source, build = (os.path.abspath(a) for a in sys.argv[1:5])
rows = [line.rstrip('\n').split('\t') for line in open(abi_path, encoding='utf-8') if not line.startswith('#')]
count = failures = 0


def report(good, what, detail=''):
    global count, failures
    count += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')
    if not good and detail:
        print('# ' + str(detail)[:2000].replace('\n', '\n# '))


def exported(library):
    """name -> version node of what the library defines."""
    text = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', library], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for line in text.splitlines():
        _, kind, name = line.split()
        name, _, node = name.partition('@@')
        if kind != 'A':
            found[name] = node
    return found


def symbols():
    wanted = collections.defaultdict(dict)
    for kind, name, value in rows:
        if kind == 'symbol':
            library, node = value.split()
            wanted[library][name] = node
    for library, names in wanted.items():
        got = exported(f'{build}/src/library/{library}.so.0')
        wrong = {n: (got.get(n), names.get(n)) for n in set(got) | set(names) if got.get(n) != names.get(n)}
        report(not wrong, f'{library}: exactly {len(names)} symbols at their nodes', wrong)


def values(printed, how):
    wanted = {tuple(r) for r in rows if r[0] in ('constant', 'macro', 'sizeof', 'offset')}
    names = {r[1] for r in rows if r[0] == 'symbol'} | {r[1] for r in rows if r[0] == 'callback'}
    lines = [tuple(line.split('\t')) for line in printed.splitlines()]
    got = {x for x in lines if len(x) == 3}
    report(got == wanted, f'{how}: {len(wanted)} constants, macros, sizes and offsets', sorted(got ^ wanted)[:20])
    report(names == {x[1] for x in lines if len(x) == 2}, f'{how}: {len(names)} functions and callbacks')


def main():
    symbols()
    values(subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout, 'C')
    why = 'no g++' if not shutil.which('g++') else 'needs a build without sanitizers' if sys.argv[5] != 'none' else ''
    if why:
        print(f'ok {count + 1} - C++ headers # SKIP {why}')
    else:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, 'program')
            libraries = [f'{build}/src/library/libvirt{x}.so.0' for x in ('', '-qemu', '-lxc', '-admin')]
            subprocess.run(['g++', '-x', 'c++', '-Wall', '-Werror', f'-I{build}/api', '-o', out, source, '-x', 'none',
                            *libraries, f'-Wl,-rpath-link,{build}/src/base'], check=True)
            values(subprocess.run([out], check=True, stdout=subprocess.PIPE, text=True).stdout, 'C++')
    return 1 if failures else 0


sys.exit(main())
