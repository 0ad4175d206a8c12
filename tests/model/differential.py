#!/usr/bin/env python3
"""Differential probing of the model against another implementation of the same API.

differential.py mutate CORPUS KIND OUT COUNT [SEED]  COUNT mutants of CORPUS/KIND/*.in.xml into OUT/KIND
differential.py sweep CORPUS KIND OUT [EACH]         every attribute and element once in EACH cases: dropped, odd, doubled
differential.py record FOLDER KIND [URI]             answers of the libvirt that python3-libvirt is bound to
differential.py compare TOOL FOLDER KIND [-v]        model-tool's answers beside the recorded ones, grouped;
                                                     TOOL may be a folder recorded from our own library

A case is NAME.in.xml; its answer NAME.out.xml, or NAME.error (code, domain, message; -1: it crashed).
A mutant differs from its origin by one or two changes: an attribute or element dropped, emptied, doubled, moved,
given an odd value, or grafted from another case.  Seeded, so that a run can be repeated.
"""
import collections
import copy
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

from corpus_model import canonical, read

NAMESPACES = {'qemu': 'http://libvirt.org/schemas/domain/qemu/1.0', 'lxc': 'http://libvirt.org/schemas/domain/lxc/1.0',
              'dnsmasq': 'http://libvirt.org/schemas/network/dnsmasq/1.0', 'xen': 'http://libvirt.org/schemas/domain/xen/1.0',
              'fs': 'http://libvirt.org/schemas/storagepool/fs/1.0', 'rbd': 'http://libvirt.org/schemas/storagepool/rbd/1.0'}
ODD = ['', 'bogus', '-1', '0', '1', '2', '4294967295', '4294967296', '99999999999999999999', '0x10', '010', ' 7 ', '+5', '3.5',
       'yes', 'no', 'on', 'off', 'default', '255', '256', '65535', '65536', '2147483648', 'é<&>\'"', '/', '1-3,^2', '0-']


class Mutator:
    def __init__(self, files, seed):
        self.random = random.Random(seed)
        for prefix, address in NAMESPACES.items():
            ET.register_namespace(prefix, address)
        self.trees = []
        self.attrs = collections.defaultdict(lambda: collections.defaultdict(set))
        self.children = collections.defaultdict(list)
        for path in files:
            try:
                root = ET.fromstring(read(path))
            except ET.ParseError:
                continue
            self.trees.append((os.path.basename(path)[:-len('.in.xml')], root))
            for node in root.iter():
                for name, value in node.attrib.items():
                    self.attrs[node.tag][name].add(value)
                for child in node:
                    self.children[node.tag].append(child)
                    self.attrs[node.tag]['#' + child.tag].add(child.text or '')
        self.attrs = {tag: {name: sorted(values) for name, values in names.items()} for tag, names in self.attrs.items()}

    def pick(self, root, want):
        nodes = [n for n in root.iter() if want(n)]
        return self.random.choice(nodes) if nodes else None

    def value(self, tag, name):
        seen = self.attrs.get(tag, {}).get(name, [])
        return self.random.choice(seen if seen and self.random.random() < 0.6 else ODD)

    def mutate_attr(self, root):
        node = self.pick(root, lambda n: n.attrib)
        if node is None:
            return 'none'
        name = self.random.choice(sorted(node.attrib))
        if self.random.random() < 0.3:
            del node.attrib[name]
            return f'drop {node.tag}@{name}'
        node.attrib[name] = self.value(node.tag, name)
        return f'set {node.tag}@{name}={node.attrib[name]}'

    def add_attr(self, root):
        node = self.pick(root, lambda n: any(k[0] != '#' for k in self.attrs.get(n.tag, {})))
        names = [k for k in sorted(self.attrs.get(node.tag, {})) if k[0] != '#'] if node is not None else []
        if not names:
            return 'none'
        name = self.random.choice(names)
        node.attrib[name] = self.value(node.tag, name)
        return f'add {node.tag}@{name}={node.attrib[name]}'

    def mutate_text(self, root):
        node = self.pick(root, lambda n: n.text and n.text.strip() and len(n) == 0)
        if node is None:
            return 'none'
        node.text = self.value('', '')
        return f'text {node.tag}={node.text}'

    def graft(self, root):
        parent = self.pick(root, lambda n: n.tag in self.children)
        child = copy.deepcopy(self.random.choice(self.children[parent.tag]))
        parent.insert(self.random.randint(0, len(parent)), child)
        return f'graft {child.tag} into {parent.tag}'

    def replace(self, root):
        parent = self.pick(root, lambda n: len(n))
        if parent is None:
            return 'none'
        at = self.random.randrange(len(parent))
        same = [c for c in self.children[parent.tag] if c.tag == parent[at].tag]
        parent[at] = copy.deepcopy(self.random.choice(same))
        return f'replace {parent[at].tag} in {parent.tag}'

    def drop(self, root):
        parent = self.pick(root, lambda n: len(n))
        if parent is None:
            return 'none'
        child = self.random.choice(list(parent))
        parent.remove(child)
        return f'drop {child.tag} from {parent.tag}'

    def double(self, root):
        parent = self.pick(root, lambda n: len(n))
        if parent is None:
            return 'none'
        child = copy.deepcopy(self.random.choice(list(parent)))
        parent.insert(self.random.randint(0, len(parent)), child)
        return f'double {child.tag} in {parent.tag}'

    def shuffle(self, root):
        parent = self.pick(root, lambda n: len(n) > 1)
        if parent is None:
            return 'none'
        children = list(parent)
        self.random.shuffle(children)
        parent[:] = children
        return f'shuffle {parent.tag}'

    def hollow(self, root):
        node = self.pick(root, lambda n: n is not root)
        if node is None:
            return 'none'
        what = self.random.choice(['children', 'attributes', 'all'])
        if what != 'attributes':
            node.text = None
            node[:] = []
        if what != 'children':
            node.attrib.clear()
        return f'hollow {node.tag} {what}'

    def mutant(self):
        name, origin = self.random.choice(self.trees)
        root = copy.deepcopy(origin)
        ways = [self.mutate_attr] * 6 + [self.add_attr] * 4 + [self.mutate_text] * 2 + [self.graft] * 5 + \
            [self.replace] * 3 + [self.drop] * 3 + [self.double] * 2 + [self.shuffle, self.hollow]
        notes = [self.random.choice(ways)(root) for _ in range(self.random.choice([1, 1, 1, 2]))]
        return name, '; '.join(notes), ET.tostring(root, encoding='unicode')


def mutate(corpus, kind, out, count, seed='1'):
    mutator = Mutator(sorted(glob.glob(f'{corpus}/{kind}/*.in.xml')), int(seed))
    os.makedirs(f'{out}/{kind}', exist_ok=True)
    for number in range(int(count)):
        name, note, text = mutator.mutant()
        with open(f'{out}/{kind}/{seed}-{number:05}.in.xml', 'w', encoding='utf-8') as file:
            file.write(f'<!-- {name}: {note.replace("--", "- -")} -->\n{text}\n')


def paths_of(root, above=''):
    yield above + root.tag, root, None
    stack = [(above + root.tag, root)]
    while stack:
        path, node = stack.pop()
        for child in node:
            yield f'{path}/{child.tag}', child, node
            stack.append((f'{path}/{child.tag}', child))


def sweep_changes(root):
    """(key, change): CHANGE alters the tree and returns what undoes it."""
    def set_attr(node, name, value):
        old = dict(node.attrib)
        if value is None:
            del node.attrib[name]
        else:
            node.attrib[name] = value
        return lambda: (node.attrib.clear(), node.attrib.update(old))

    def set_text(node, value):
        old, node.text = node.text, value
        return lambda: setattr(node, 'text', old)

    def set_children(parent, children):
        old, parent[:] = list(parent), children
        return lambda: parent.__setitem__(slice(None), old)
    for path, node, parent in list(paths_of(root)):
        for name in node.attrib:
            for value in [None] + ODD:
                yield f'{path}@{name}={value}', lambda n=node, a=name, v=value: set_attr(n, a, v)
        if node.text and node.text.strip() and not len(node):
            for value in ODD:
                yield f'{path}={value}', lambda n=node, v=value: set_text(n, v)
        if parent is not None:
            rest = [c for c in parent if c is not node]
            yield f'drop {path}', lambda p=parent, c=rest: set_children(p, c)
            yield f'double {path}', lambda p=parent, n=node: set_children(p, list(p) + [copy.deepcopy(n)])
        if len(node):
            yield f'empty {path}', lambda n=node: set_children(n, [])


def sweep(corpus, kind, out, each='1'):
    files = [f for f in sorted(glob.glob(f'{corpus}/{kind}/*.in.xml')) if os.path.exists(f[:-len('in.xml')] + 'out.xml')]
    mutator = Mutator(files, 1)
    seen, number = collections.Counter(), 0
    os.makedirs(f'{out}/{kind}', exist_ok=True)
    for name, root in mutator.trees:
        for key, change in sweep_changes(root):
            seen[key] += 1
            if seen[key] > int(each):
                continue
            undo = change()
            with open(f'{out}/{kind}/s-{number:05}.in.xml', 'w', encoding='utf-8') as file:
                file.write(f'<!-- {name}: {key.replace("--", "- -")} -->\n{ET.tostring(root, encoding="unicode")}\n')
            undo()
            number += 1


def recorder(kind, uri):
    import libvirt
    libvirt.registerErrorHandler(lambda c, e: None, None)
    connection = libvirt.open(uri)
    flags = 0 if uri.startswith('test:') else 1

    def lasting(define, listing, secure):
        def answer(text):
            for old in getattr(connection, listing)():
                if old.isActive():
                    old.destroy()
                if old.isPersistent():
                    old.undefine()
            return getattr(connection, define)(text).XMLDesc(secure)
        return answer

    def once(define):
        def answer(text):
            made = getattr(connection, define)(text)
            out = made.XMLDesc(0)
            made.undefine()
            return out
        return answer

    def volume(text):
        made = connection.storagePoolLookupByName('default-pool').createXML(text)
        out = made.XMLDesc(0)
        made.delete()
        return out
    kinds = {'domain': lasting('defineXML', 'listAllDomains', 3), 'qemu': lasting('defineXML', 'listAllDomains', 3),
             'network': lasting('networkDefineXML', 'listAllNetworks', flags),
             'storage-pool': lasting('storagePoolDefineXML', 'listAllStoragePools', flags),
             'nwfilter': once('nwfilterDefineXML'), 'secret': once('secretDefineXML'),
             'interface': once('interfaceDefineXML'), 'storage-volume': volume}
    kinds['network-test'], kinds['storage-pool-test'] = kinds['network'], kinds['storage-pool']
    return kinds[kind], libvirt.libvirtError


def record_some(kind, uri, files):
    answer, failure = recorder(kind, uri)
    for path in files:
        base = path[:-len('.in.xml')]
        with open(base + '.error', 'w', encoding='utf-8') as file:
            file.write('-1 0\ncrashed\n')
        text = error = None
        try:
            text = answer(read(path))
        except failure as e:
            error = f'{e.get_error_code()} {e.get_error_domain()}\n{e}\n'
        with open(base + ('.error' if error else '.out.xml'), 'w', encoding='utf-8') as file:
            file.write(error or text)
        if not error:
            os.remove(base + '.error')


def record(folder, kind, uri='test:///default'):
    """In child processes, so that a crash costs one case."""
    while True:
        todo = [f for f in sorted(glob.glob(f'{folder}/{kind}/*.in.xml'))
                if not os.path.exists(f[:-len('in.xml')] + 'out.xml') and not os.path.exists(f[:-len('in.xml')] + 'error')]
        if not todo:
            return
        pid = os.fork()
        if pid == 0:
            record_some(kind, uri, todo[:2000])
            os._exit(0)
        os.waitpid(pid, 0)


def generalize(text):
    text = re.sub(r"'[^']*'", "'..'", text.strip().split('\n')[-1])
    return re.sub(r'\d+', 'N', text)


def judge(base, got):
    if os.path.exists(base + '.out.xml'):
        if os.path.exists(got + '.err'):
            return 'REFUSED', generalize(read(got + '.err'))
        if not os.path.exists(got + '.got'):
            return 'CRASHED', ''
        try:
            want = canonical(read(base + '.out.xml'))
        except ET.ParseError:
            return None            # the other one's output cannot be read
        have = canonical(read(got + '.got'))
        if want == have:
            return None
        import difflib
        lines = [l for l in difflib.unified_diff(want, have, '', '', '', '', 0) if l[0] in '+-' and l[:3] not in ('+++', '---')]
        names = sorted({l[0] + re.sub(r"'[^']*'", "''", l[1:]).strip() for l in lines})
        return 'DIFFERS', ' '.join(names)[:160]
    code, text = read(base + '.error').split(None, 1)
    if code == '-1':
        return None
    if os.path.exists(got + '.got'):
        return 'ACCEPTED', f'{code} {generalize(text)}'
    if not os.path.exists(got + '.err'):
        return 'CRASHED', ''
    have = read(got + '.err')
    if have.split()[0] != code:
        return 'CODE', f'{code} {generalize(text)} | ours {have.split()[0]} {generalize(have)}'
    return None


def answer_all(tool, kind, out, files):
    for at in range(0, len(files), 50):
        batch = files[at:at + 50]
        if subprocess.run([tool, kind, out] + batch, timeout=300, stderr=subprocess.DEVNULL).returncode:
            for path in batch:
                subprocess.run([tool, kind, out, path], timeout=300, stderr=subprocess.DEVNULL)


def link_recorded(folder, out):
    for path in glob.glob(f'{folder}/*.out.xml') + glob.glob(f'{folder}/*.error'):
        name, _, kind = os.path.basename(path).partition('.')
        os.symlink(os.path.abspath(path), f'{out}/{name}.in.xml.{"err" if kind == "error" else "got"}')


def compare(tool, folder, kind, verbose=''):
    files = sorted(glob.glob(f'{folder}/{kind}/*.in.xml'))
    groups = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as out:
        if os.path.isdir(tool):
            link_recorded(f'{tool}/{kind}', out)
        else:
            answer_all(tool, kind, out, files)
        for path in files:
            why = judge(path[:-len('.in.xml')], f'{out}/{os.path.basename(path)}')
            if why:
                groups[why].append(path)
    bad = 0
    for (what, text), paths in sorted(groups.items(), key=lambda g: -len(g[1])):
        bad += len(paths)
        print(f'{len(paths):5} {what} {text}')
        for path in paths[:3 if verbose else 1]:
            print(f'      {os.path.basename(path)} {read(path).splitlines()[0][:150]}')
    print(f'{kind}: {len(files) - bad} of {len(files)} agree')
    return bad != 0


if __name__ == '__main__':
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit({'mutate': mutate, 'sweep': sweep, 'record': record, 'compare': compare}[sys.argv[1]](*sys.argv[2:]))
