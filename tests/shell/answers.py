#!/usr/bin/env python3
"""Lines of commands on the mock host, with the answers that scripts know.

usage: answers.py VIRSH FOLDER      compares with FOLDER/NAME.out
       answers.py --record VIRSH FOLDER   writes them, from the virsh whose output is to be kept
FOLDER/NAME.cmd holds one command a line; all run in one session.  What a command says on stdout and stderr is compared, and
whether it succeeds; numbers that grow with time, made-up UUIDs, dates and function names are masked.
"""
import os
import pathlib
import re
import subprocess
import sys

MASKS = [
    (re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'), 'UUID'),
    (re.compile(r'\d{4,}\.\d+s'), 'SECONDS'),
    (re.compile(r'\b(17|18)\d{8}\b'), 'TIME'),
    (re.compile(r'20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000'), 'WHEN'),
    (re.compile(r'\d{9,}'), 'NUMBER'),
    (re.compile(r'\d+\.\d{9} seconds'), 'SECONDS'),
    (re.compile(r'in function \w+'), 'in function F'),
    (re.compile(r'(Using|Compiled against) (library|API): (\w+) [\d.]+'), r'\1 \2: \3'),
    # Words of the XML parsers.
    (re.compile(r'(\(\w+\):\d+: ).*(\n[^\n]*\n-*\^)?'), r'\1...'),
]


def mask(text):
    for pattern, by in MASKS:
        text = pattern.sub(by, text)
    return text


def run(virsh, path):
    """Each line and what came of it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(('LIBVIRT_', 'VIRSH_'))}
    environment.update(LC_ALL='C.UTF-8', TZ='UTC', EDITOR='true', VISUAL='')
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    # A line of its own between two answers; \x1f occurs in no output.
    script = '; '.join(f'echo \x1f; echo --err \x1f; {line}' for line in lines)
    result = subprocess.run([virsh, '-c', 'test:///default', script], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, cwd=path.parent, timeout=120)
    outs, errs = mask(result.stdout).split('\x1f\n')[1:], mask(result.stderr).split('\x1f\n')[1:]
    return [f'$ {line}\n{out.lstrip(chr(10))}{err}' for line, out, err in zip(lines, outs, errs)]


def main():
    record = sys.argv[1] == '--record'
    virsh, folder = sys.argv[1 + record:]
    virsh = os.path.abspath(virsh) if os.path.exists(virsh) else virsh
    failures = 0
    for path in sorted(pathlib.Path(folder).resolve().glob('*.cmd')):
        answers, kept = run(virsh, path), path.with_suffix('.out')
        if record:
            kept.write_text('\x1f\n'.join(answers))
            continue
        for want, got in zip(kept.read_text().split('\x1f\n'), answers, strict=True):
            same = want == got
            failures += not same
            print(f'{"ok" if same else "not ok"} - {path.stem}: {want.splitlines()[0][2:][:100]}')
            if not same:
                print('#   ' + '\n#   '.join(['recorded:', *want.splitlines()[1:], 'now:', *got.splitlines()[1:]]))
    return 1 if failures else 0


sys.exit(main())
