#!/usr/bin/env python3
"""Writes the public headers libvirt/*.h.  usage: headers.py OUTDIR API..."""
import pathlib
import re
import sys
import textwrap

from apidesc import Api, HEADER_ORDER

UMBRELLA = [h for h in HEADER_ORDER if h not in ('libvirt-qemu.h', 'libvirt-lxc.h', 'libvirt-admin.h')]
PREAMBLE = """/*
 * {header}: {title}
 *
 * Generated from the API description; do not edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
"""


def comment(text, indent='', extra=()):
    lines = textwrap.wrap(text.replace('*/', '* /'), 96 - len(indent)) if text else []
    lines += [x for group in extra for x in
              textwrap.wrap(group.replace('*/', '* /'), 92 - len(indent), subsequent_indent='    ')]
    if not lines:
        return ''
    if len(lines) == 1:
        return f'{indent}/* {lines[0]} */\n'
    body = f'\n{indent} * '.join(lines)
    return f'{indent}/*\n{indent} * {body}\n{indent} */\n'


def guard(header):
    return 'LIBVIRT_' + re.sub(r'\W', '_', header.replace('libvirt-', '')).upper()


def macro_line(m):
    return f'#define {m.name}{m.params} {m.body}\n'


def enum_lines(e):
    out = comment(e.text) + 'typedef enum {\n'
    for v in e.values:
        note = comment(v.text + (f' (since {v.since})' if v.since else ''), '    ') if not v.sentinel else ''
        number = f'{v.value}' if v.value > -2**31 else f'({v.value + 1} - 1)'
        line = f'{note}    {v.name} = {number},\n'
        if v.sentinel:
            line = f'#ifdef VIR_ENUM_SENTINELS\n{line}#endif\n'
        out += line
    return out + f'}} {e.name};\n\n'


def arg_list(args):
    return ', '.join(a.decl for a in args) or 'void'


def pointer_join(type_, rest):
    return type_ + ('' if type_.endswith('*') else ' ') + rest


def callback_lines(c):
    notes = [f'{a.name}: {a.text}' for a in c.args if a.text]
    if c.returns:
        notes.append(f'Returns {c.returns}')
    return comment(c.text, extra=notes) + f'typedef {pointer_join(c.type, "")}(*{c.name})({arg_list(c.args)});\n\n'


def struct_lines(s):
    out = f'struct {s.tag} {{\n'
    for f in s.fields:
        out += comment(f.text, '    ') + f'    {f.decl};\n'
    return out + '};\n\n'


def function_lines(f):
    one = f'{pointer_join(f.type, f.name)}({arg_list(f.args)});'
    if len(one) > 100:
        pad = ' ' * (len(pointer_join(f.type, f.name)) + 1)
        joined = f',\n{pad}'.join(a.decl for a in f.args)
        one = f'{pointer_join(f.type, f.name)}({joined});'
    return one + '\n'


def write_header(api, header, outdir):
    entries = api.of('opaque', 'macro', 'enum', 'struct', 'alias', 'callback', 'function', 'variable',
                     header=header)
    pick = lambda *kinds: [e for e in entries if e.kind in kinds]
    g = guard(header)
    out = PREAMBLE.format(header=header, title='part of the libvirt API')
    out += f'\n#ifndef {g}\n#define {g}\n\n'
    if header == 'libvirt-common.h':
        out += '#include <sys/types.h>\n#include <string.h>\n\n'
    elif header == 'libvirt-host.h':
        out += '#include <libvirt/libvirt-common.h>\n'
    elif header.startswith('libvirt-domain-'):
        out += '#include <libvirt/libvirt-domain.h>\n'
    elif header in UMBRELLA and header != 'virterror.h':
        out += '#include <libvirt/libvirt-host.h>\n'
    elif header in ('virterror.h', 'libvirt-qemu.h', 'libvirt-lxc.h', 'libvirt-admin.h'):
        out += '#include <libvirt/libvirt.h>\n'
    out += '\n#ifdef __cplusplus\nextern "C" {\n#endif\n\n'
    for e in pick('opaque'):
        out += comment(e.text) + f'typedef struct _{e.name} {e.name};\ntypedef {e.name} *{e.name}Ptr;\n\n'
    # A macro that renames a struct tag must precede the struct's users.
    for m in pick('macro'):
        out += comment(m.text) + macro_line(m) + '\n'
    for e in pick('enum'):
        out += enum_lines(e)
    for s in pick('struct'):
        out += comment(s.text) + f'typedef struct {s.tag} {s.name};\n'
        if s.pointer:
            out += f'typedef {s.name} *{s.pointer};\n'
        out += '\n'
    aliases = pick('alias')
    for a in aliases:
        out += comment(a.text) + f'typedef {pointer_join(a.type, a.name)};\n'
    if aliases:
        out += '\n'
    for c in pick('callback'):
        out += callback_lines(c)
    for s in pick('struct'):
        out += struct_lines(s)
    for v in pick('variable'):
        out += comment(v.text) + f'VIR_EXPORT_VAR {pointer_join(v.type, v.name)};\n\n'
    for f in pick('function'):
        out += comment(f.text) + function_lines(f) + '\n'
    out += f'#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {g} */\n'
    (outdir / header).write_text(out, encoding='utf-8')


def write_umbrella(outdir):
    out = PREAMBLE.format(header='libvirt.h', title='the whole libvirt API')
    out += '\n#ifndef LIBVIRT_H\n#define LIBVIRT_H\n\n'
    out += ''.join(f'#include <libvirt/{h}>\n' for h in UMBRELLA)
    (outdir / 'libvirt.h').write_text(out + '\n#endif /* LIBVIRT_H */\n', encoding='utf-8')


def main():
    outdir = pathlib.Path(sys.argv[1])
    outdir.mkdir(parents=True, exist_ok=True)
    api = Api(sys.argv[2:])
    for header in HEADER_ORDER:
        write_header(api, header, outdir)
    write_umbrella(outdir)


if __name__ == '__main__':
    main()
