#!/usr/bin/env python3
"""Writes the remote driver's operations: encode the arguments, call, decode the result.

usage: stubs.py source|header OUT WIRE... -- API...
The header's macros REMOTE_HYPERVISOR_OPS(SLOT), ... name every operation that source defines.
"""
import re
import sys

from apidesc import Api, DescriptionError
from entries import failure
from headers import arg_list, pointer_join
from ops import operations
from wiredesc import read_wire
from wirematch import CLIENT_HAND, HAND, Matcher, NoMatch

TABLES = ['hypervisor', 'network', 'storage', 'interface', 'nodedev', 'secret', 'nwfilter']
READ = {'int': '(int)vr_in_u32', 'uint': 'vr_in_u32', 'hyper': '(gint64)vr_in_u64', 'uhyper': 'vr_in_u64',
        'char': '(signed char)vr_in_u32', 'uchar': '(guint8)vr_in_u32', 'short': '(gint16)vr_in_u32',
        'ushort': '(guint16)vr_in_u32'}
# After these a guest does not run any more, and its handle knows; after others it has to be looked up again.
ENDS_GUEST = ('DOMAIN_DESTROY', 'DOMAIN_SAVE', 'DOMAIN_MANAGED_SAVE')


def snake(name):
    name = re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name)
    return re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name).lower()


def write_number(field, value):
    wide = field.type.base in ('hyper', 'uhyper')
    return f'vr_out_u{64 if wide else 32}(out, (guint{64 if wide else 32}){value});'


def returns_params(m):
    return any(p.kind.startswith('params') for p in m.ret)


def argument(m, piece):
    f, p = piece.field, piece.params[0]
    t = f.type
    if piece.kind == 'object':
        if t.optional:
            return [f'vr_out_u32(out, {p.name} != NULL);', f'if ({p.name})', f'    vr_out_{t.base}(out, {p.name});']
        return [f'vr_out_{t.base}(out, {p.name});']
    if piece.kind == 'device':
        return [f'vr_out_string(out, {p.name}->object.name);']
    if piece.kind == 'uuid':
        return [f'vr_out_fixed(out, {p.name}, VIR_UUID_BUFLEN);']
    if piece.kind == 'string':
        if t.optional:
            return [f'vr_out_string_or_null(out, {p.name});']
        return [f'vr_out_string(out, {p.name} ? {p.name} : "");' if 'nonnull' not in p.roles else f'vr_out_string(out, {p.name});']
    if piece.kind == 'strings':
        n = piece.params[1].name
        return [f'if ({n} > {t.many})', f'    return vr_too_many("{f.name}", {n}, {t.many}), {failure(m.function)};',
                f'vr_out_strings(out, {p.name}, {n});']
    if piece.kind == 'number':
        value = p.name
        if p.name == 'flags' and returns_params(m) and 'virTypedParameterFlags' in p.roles.get('flags', ''):
            value = '(flags | VIR_TYPED_PARAM_STRING_OKAY)'
        return [write_number(f, value)]
    if piece.kind == 'params':
        n = piece.params[1].name
        return [f'if ((gint64){n} > {t.many})', f'    return vr_too_many("parameters", (guint64){n}, {t.many}), {failure(m.function)};',
                f'vr_out_params(out, {p.name}, (int){n}, TRUE);']
    if piece.kind == 'room':
        return [f'vr_out_u32(out, (guint32)*{p.name});']
    if piece.kind == 'wanted':
        return [f'vr_out_u32(out, {p.name} != NULL);']
    if piece.kind == 'bytes':
        n = piece.params[1].name
        return [f'if ((guint64){n} > {t.many})', f'    return vr_too_many("bytes of {f.name}", (guint64){n}, {t.many}), {failure(m.function)};',
                f'vr_out_bytes(out, {p.name}, (gsize){n});']
    raise DescriptionError(f'{m.function.name}: argument {piece.kind}')


def result(m, piece):
    """Statements that take one piece out of `in`."""
    f, bad = piece.field, failure(m.function)
    t = f.type
    p = piece.params[0] if piece.params else None
    if piece.kind == 'struct':
        if t.base == 'char':
            if not (t.fixed or t.many):
                return [f'{p.name}->{f.name} = {READ[t.base]}(in);']
            call = f'vr_in_chars_fixed(in, {t.fixed}, ' if t.fixed else 'vr_in_chars(in, '
            return [f'{call}{p.name}->{f.name}, sizeof({p.name}->{f.name}));']
        return [f'{p.name}->{f.name} = {READ[t.base]}(in);']
    if piece.kind == 'params-into':
        n = piece.params[1].name
        out = [f'if (vr_in_params_into(in, {p.name}, *{n}, &n_params) < 0)', f'    return {bad};']
        if len(m.proc.ret) > 1:
            out += ['int n_known = (int)vr_in_u32(in);', f'*{n} = *{n} == 0 ? n_known : n_params;']
        else:
            out += [f'*{n} = n_params;']
        return out
    if piece.kind == 'params-new':
        n = piece.params[1]
        room = any(a.kind == 'room' for a in m.args)
        out = [f'vr_in_params(in, &new_params, &n_params);', f'if ({p.name})', f'    *{p.name} = new_params;', 'else',
               '    vr_params_free(new_params, n_params);']
        count = f'({n.type.rstrip("* ")})n_params'
        if room:
            return out + [f'int n_known = (int)vr_in_u32(in);', f'*{n.name} = n_params > 0 ? n_params : n_known;']
        return out + [f'if ({n.name})', f'    *{n.name} = {count};']
    if piece.kind == 'number-out':
        base = p.type.rstrip('* ')
        return [f'{{', f'    {base} value = ({base}){READ[t.base]}(in);', f'    if ({p.name})', f'        *{p.name} = value;', '}']
    if piece.kind == 'string-out':
        take = f'vr_in_string{"_or_null" if t.optional else ""}(in)'
        return [f'{{', f'    const char *value = {take};', f'    if ({p.name})', f'        *{p.name} = g_strdup(value);', '}']
    if piece.kind == 'objects':
        c = p.type.replace('**', '').strip()
        return ['guint32 n = vr_in_count(in);', f'{c} *list = {p.name} ? g_new0({c}, n + 1) : NULL;',
                'for (guint32 i = 0; i < n; i++) {', f'    {c} one = vr_in_{t.base}(in, conn);', '    if (list)', '        list[i] = one;',
                '    else', '        vr_object_unref(one);', '}', f'if ({p.name})', f'    *{p.name} = list;', 'int count = (int)vr_in_u32(in);']
    if piece.kind == 'names':
        n = piece_room(m)
        return ['guint32 n = vr_in_count(in);', f'if (n > (guint32)MAX({n}, 0))',
                f'    return vr_too_many("{f.name}", n, (guint64)MAX({n}, 0)), -1;',
                'for (guint32 i = 0; i < n; i++)', f'    {p.name}[i] = g_strdup(vr_in_string(in));', 'int count = (int)n;']
    if piece.kind == 'ids':
        n = piece_room(m)
        return ['guint32 n = vr_in_count(in);', f'if (n > (guint32)MAX({n}, 0))',
                f'    return vr_too_many("{f.name}", n, (guint64)MAX({n}, 0)), -1;',
                'for (guint32 i = 0; i < n; i++)', f'    {p.name}[i] = (int)vr_in_u32(in);', 'int count = (int)n;']
    if piece.kind == 'strings-new':
        return ['guint32 n = vr_in_count(in);', 'char **list = n ? g_new0(char *, n + 1) : NULL;', 'for (guint32 i = 0; i < n; i++)',
                '    list[i] = g_strdup(vr_in_string(in));', f'*{p.name} = list;', 'int count = (int)n;']
    if piece.kind == 'object-again':
        return [f'VR_AUTO virDomainPtr again = vr_in_{t.base}(in, conn);', 'if (again)', f'    {p.name}->id = again->id;']
    raise DescriptionError(f'{m.function.name}: result {piece.kind}')


def piece_room(m):
    """The parameter that says how many the caller's array holds."""
    return next(a.params[0].name for a in m.args if a.field.name.startswith('max'))


def stub(m):
    f, proc = m.function, m.proc
    bad = failure(f)
    first = f.args[0]
    admin = proc.program == 'admin'
    kind, of = ('virAdmConnectPtr', 'VR_ADM_OBJECT_CONN') if admin else ('virConnectPtr', 'VR_OBJECT_CONN')
    conn = first.name if first.type == kind else f'{of}({first.name})'
    lines = [] if conn == 'conn' else [f'{kind} conn = {conn};']
    lines += ['g_auto(RemoteCall) call = {0};',
              f'if (remote_{"admin" if admin else "call"}_begin(&call, conn, &vr_program_{proc.program}, VR_{proc.program.upper()}_{proc.name}) < 0)',
              f'    return {bad};']
    if m.args:
        lines.append('VrOut *out = &call.out;')
    for piece in m.args:
        lines += argument(m, piece)
    lines += ['if (remote_call_run(&call) < 0)', f'    return {bad};']
    if proc.name in ENDS_GUEST:
        lines.append(f'{first.name}->id = -1;')
    if m.ret:
        lines.append('VrIn *in = &call.in;')
    if any(p.kind.startswith('params') for p in m.ret):
        lines.append('int n_params = 0;')
    if any(p.kind == 'params-new' for p in m.ret):
        lines.append('virTypedParameterPtr new_params = NULL;')
    if m.result == 'object':
        lines.append(f'return vr_in_{m.ret[0].field.type.base}(in, conn);')
    elif m.result == 'string':
        null = '_or_null' if m.ret[0].field.type.optional else ''
        lines.append(f'return g_strdup(vr_in_string{null}(in));')
    elif m.result == 'number':
        for piece in m.ret[:-1]:
            lines += result(m, piece)
        lines.append(f'return ({f.type}){READ[m.ret[-1].field.type.base]}(in);')
    else:
        for piece in m.ret:
            lines += result(m, piece)
        lines.append('return count;' if m.result == 'count' else 'return 0;')
    return (f'static {pointer_join(f.type, "").rstrip()}\nremote_{"admin_" if admin else ""}{snake(f.op)}({arg_list(f.args)})\n{{\n' +
            ''.join(f'    {line}\n' for line in lines) + '}\n\n')


def matches(api, programs, wanted):
    matcher = Matcher(api)
    for name in wanted:
        for proc in programs[name].procs:
            if proc.function and proc.name not in HAND:
                try:
                    yield matcher.match(proc)
                except NoMatch as e:
                    raise DescriptionError(f'{proc.name} ({proc.function.name}): {e}; say in generate/wirematch.py why it is '
                                           'written by hand, or teach that file its shape')


def main():
    kind, out_path = sys.argv[1:3]
    split = sys.argv.index('--')
    api = Api(sys.argv[split + 1:])
    programs = read_wire(api, sys.argv[3:split])
    all_matches = [m for m in matches(api, programs, ('remote', 'qemu', 'lxc', 'admin'))
                   if m.function.table in TABLES + ['admin'] and m.proc.name not in CLIENT_HAND]
    out = '/* Generated by generate/stubs.py; do not edit. */\n'
    if kind == 'header':
        out += '#pragma once\n\n#include "drivers/remote/remote.h"\n\n/* Those written by hand. */\n'
        generated = {m.function.op for m in all_matches}
        for table in TABLES:
            for op, e in operations(api, table).items():
                if op not in generated:
                    out += f'{pointer_join(e.type, "").rstrip()} remote_{snake(op)}({arg_list(e.args)});\n'
        for table in TABLES + ['admin']:
            prefix = 'admin_' if table == 'admin' else ''
            out += f'\n#define REMOTE_{table.upper()}_OPS(SLOT) \\\n'
            out += ' \\\n'.join(f'    SLOT({m.function.op}, remote_{prefix}{snake(m.function.op)})' for m in all_matches
                                if m.function.table == table) + '\n'
    else:
        out += '#include "drivers/remote/remote.h"\n#include "stubs.h"\n\n'
        out += ''.join(stub(m) for m in all_matches)
        out += '#define STUB(slot, function) .slot = function,\n#define HAND(slot, function) .slot = function,\n'
        for table in TABLES:
            out += (f'const Vr{table.capitalize()}Ops remote_{table}_ops = {{\n    REMOTE_{table.upper()}_OPS(STUB)\n'
                    f'    REMOTE_HAND_{table.upper()}_OPS(HAND)\n}};\n')
        out += 'const VrAdminOps remote_admin_ops = {\n    REMOTE_ADMIN_OPS(STUB)\n};\n'
    with open(out_path, 'w', encoding='utf-8') as f:
        f.write(out)


if __name__ == '__main__':
    main()
