#!/usr/bin/env python3
"""Writes libvirt-api.xml and its three siblings, which language bindings are generated from.

usage: apixml.py OUT LIBRARY LEVEL API...   LIBRARY is "" for libvirt itself, or qemu, lxc, admin; LEVEL is the newest
release described: generators of older bindings stop at types that they do not know.
"""
import re
import sys
from xml.sax.saxutils import escape, quoteattr

from apidesc import Api, HEADER_ORDER

# Binding generators select functions by the module they were once implemented in.
MODULES = {'virterror': 'virerror', 'libvirt-event': 'virevent', 'libvirt-common': 'virtypedparam-public'}
CORE = ('virConnectClose', 'virConnectOpen', 'virConnectOpenAuth', 'virConnectOpenReadOnly', 'virGetVersion',
        'virInitialize')


def stem(header):
    return header[:-2]


def attrs(**values):
    return ''.join(f' {k}={quoteattr(str(v))}' for k, v in values.items() if v not in ('', None))


def info(text):
    return f'      <info>{escape(text)}</info>\n' if text else ''


def exports(e):
    """(symbol, type) pairs that an entry adds to its file's list."""
    if e.kind == 'macro':
        yield e.name, 'macro'
    elif e.kind == 'enum':
        yield e.name, 'typedef'
        for v in e.values:
            yield v.name, 'enum'
    elif e.kind == 'struct':
        yield e.name, 'typedef'
        if e.pointer:
            yield e.pointer, 'typedef'
        yield e.tag, 'struct'
    elif e.kind == 'opaque':
        yield e.name, 'typedef'
        yield e.name + 'Ptr', 'typedef'
    elif e.kind == 'alias':
        yield e.name, 'typedef'
    elif e.kind == 'callback':
        yield e.name, 'function'
    elif e.kind in ('function', 'variable'):
        yield e.name, e.kind


def macro(e):
    extra = {'params': e.params.strip('()').replace(' ', '')} if e.params else {}
    if e.body.startswith('"'):
        extra['string'] = e.body.strip('"')
    return f'    <macro{attrs(name=e.name, file=stem(e.header), raw=e.body, version=e.since, **extra)}>\n' \
           f'{info(e.text)}    </macro>\n'


def enum(e):
    out = f'    <typedef{attrs(name=e.name, file=stem(e.header), type="enum", version=e.since)}>\n{info(e.text)}    </typedef>\n'
    for v in e.values:
        bit = v.value > 0 and v.value & (v.value - 1) == 0
        out += f'    <enum{attrs(name=v.name, file=stem(e.header), value=v.value, value_hex=hex(v.value & 0xffffffff))}'
        out += attrs(value_bitshift=v.value.bit_length() - 1) if bit else ''
        out += f'{attrs(type=e.name, version=v.since, info=v.text)}/>\n'
    return out


def struct(e):
    out = f'    <struct{attrs(name=e.name, file=stem(e.header), type="struct " + e.tag)}>\n'
    for f in e.fields:
        m = re.match(r'^union \{(.*)\} (\w+)$', f.decl)
        if m:
            out += f'      <field{attrs(name=m.group(2), type="union", info=f.text)}>\n        <union>\n'
            for member in filter(None, map(str.strip, m.group(1).split(';'))):
                type_, name = re.match(r'^(.*?)(\w+)$', member).groups()
                out += f'          <field{attrs(name=name, type=type_.strip())}/>\n'
            out += '        </union>\n      </field>\n'
            continue
        array = re.search(r'(\[\w+\])+$', f.decl)
        type_ = f.decl if array else f.decl[:len(f.decl) - len(f.name)].strip()
        out += f'      <field{attrs(name=f.name, type=type_, info=f.text)}/>\n'
    out += '    </struct>\n'
    if e.pointer:
        out += f'    <typedef{attrs(name=e.pointer, file=stem(e.header), type=e.name + " *")}/>\n'
    return out


def opaque(e):
    return f'    <struct{attrs(name=e.name, file=stem(e.header), type="struct _" + e.name)}/>\n' \
           f'    <typedef{attrs(name=e.name + "Ptr", file=stem(e.header), type=e.name + " *")}>\n{info(e.text)}    </typedef>\n'


def alias(e):
    return f'    <typedef{attrs(name=e.name, file=stem(e.header), type=e.type)}/>\n'


def c_type(type_):
    """"char*" as "char *": generators look types up by this spelling."""
    return re.sub(r'(\w)\*', r'\1 *', type_).replace('*const', '* const')


def function(e):
    tag = 'functype' if e.kind == 'callback' else 'function'
    module = 'libvirt' if e.name in CORE else MODULES.get(stem(e.header), stem(e.header))
    version = e.since
    out = f'    <{tag}{attrs(name=e.name, file=stem(e.header), module=module, version=version)}>\n{info(e.text)}'
    out += f'      <return{attrs(type=c_type(e.type), info=e.returns)}/>\n'
    for a in e.args:
        type_ = c_type(a.type) + ('*' if a.decl.endswith('[]') else '')
        # Generators give arguments a default value by this word.
        text = f'(optional) {a.text}' if 'optional' in a.roles else a.text
        out += f'      <arg{attrs(name=a.name, type=type_, info=text)}/>\n'
    return out + f'    </{tag}>\n'


def variable(e):
    return f'    <variable{attrs(name=e.name, file=stem(e.header), type=e.type, version=e.since)}>\n{info(e.text)}    </variable>\n'


# Macros for the compiler, of no meaning to bindings.
COMPILERS_OWN = ('VIR_DEPRECATED', 'VIR_EXPORT_VAR')
WRITERS = [('macro', macro), ('enum', enum), ('struct', struct), ('opaque', opaque), ('alias', alias),
           ('variable', variable), ('callback', function), ('function', function)]


def release(text):
    return [int(n) for n in text.split('.')] if text else [0]


def up_to(entries, level):
    """The entries and values that release LEVEL had."""
    for e in entries:
        e.values = [v for v in e.values if release(v.since) <= level]
        if release(e.since) <= level and (e.kind != 'enum' or e.values):
            yield e


def main():
    library, level = sys.argv[2], release(sys.argv[3])
    api = Api(sys.argv[4:])
    mine = list(up_to((e for e in api.entries if e.library == library and e.header and
                      e.name not in COMPILERS_OWN), level))
    name = 'libvirt' + (f'-{library}' if library else '')
    out = f'<?xml version="1.0" encoding="UTF-8"?>\n<api name="{name}">\n  <files>\n'
    for header in HEADER_ORDER:
        entries = [e for e in mine if e.header == header]
        if not entries:
            continue
        out += f'    <file name="{stem(header)}">\n'
        for e in entries:
            for symbol, type_ in exports(e):
                out += f'     <exports symbol="{symbol}" type="{type_}"/>\n'
        out += '    </file>\n'
    out += '  </files>\n  <symbols>\n'
    for kind, write in WRITERS:
        for e in sorted((e for e in mine if e.kind == kind), key=lambda e: e.name):
            out += write(e)
    open(sys.argv[1], 'w', encoding='utf-8').write(out + '  </symbols>\n</api>\n')


if __name__ == '__main__':
    main()
