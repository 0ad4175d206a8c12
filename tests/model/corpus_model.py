#!/usr/bin/env python3
"""Run a folder of XML cases through the model and compare: corpus_model.py TOOL CORPUS KIND [-v].

A case is NAME.in.xml with NAME.out.xml (the output wanted) or NAME.error (its first word the error code).
Attributes are sorted, random identities masked.  Closing line: N of M agree.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

MASKS = [(re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'), 'UUID'),
         (re.compile(r'52:54:00:[0-9a-f:]{8}'), 'MAC'),
         (re.compile(r'<creationTime>\d+<'), '<creationTime>T<')]


def canonical(text):
    for pattern, word in MASKS:
        text = pattern.sub(word, text)

    def walk(node, depth):
        attrs = ' '.join(f"{k}='{v}'" for k, v in sorted(node.attrib.items()))
        lines = ['  ' * depth + f'<{node.tag} {attrs}>' + (node.text or '').strip()]
        for child in node:
            lines += walk(child, depth + 1)
        return lines
    return walk(ET.fromstring(text), 0)


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def judge(base, got):
    if os.path.exists(base + '.out.xml'):
        if os.path.exists(got + '.err'):
            return 'refused: ' + read(got + '.err').replace('\n', ' ')
        if not os.path.exists(got + '.got'):
            return 'CRASHED'
        want, have = canonical(read(base + '.out.xml')), canonical(read(got + '.got'))
        if want == have:
            return None
        import difflib
        return 'differs\n' + '\n'.join('    ' + l for l in difflib.unified_diff(want, have, 'want', 'have', '', '', 1))
    code = read(base + '.error').split()[0]
    if code == '-1':
        return None
    if os.path.exists(got + '.got'):
        return 'accepted; wanted ' + read(base + '.error').replace('\n', ' ')[:150]
    if not os.path.exists(got + ".err"):
        return "CRASHED"
    have = read(got + '.err')
    return None if have.split()[0] == code else f'refused {have!r}; wanted ' + read(base + '.error').replace('\n', ' ')


def main():
    tool, corpus, kind = sys.argv[1:4]
    files = sorted(glob.glob(f'{corpus}/{kind}/*.in.xml'))
    odd = []
    with tempfile.TemporaryDirectory() as out:
        for at in range(0, len(files), 25):
            run = subprocess.run([tool, kind, out] + files[at:at + 25], timeout=300, stderr=subprocess.PIPE, text=True)
            odd += re.findall('(.*): not itself again', run.stderr)
        good = 0
        for path in files:
            base = path[:-len('.in.xml')]
            why = judge(base, f'{out}/{os.path.basename(path)}')
            if os.path.basename(path) in odd:
                why = (why or '') + ' reads back as something else'
            good += why is None
            if why:
                print(os.path.basename(base) + ': ' + (why if '-v' in sys.argv else why.split('\n')[0]))
    print(f'{kind}: {good} of {len(files)} agree')
    return good != len(files)


if __name__ == '__main__':
    sys.exit(main())
