#!/usr/bin/env python3
"""Writes the daemon's dispatch: decode the arguments, check access, call the public function, encode the result.

usage: dispatch.py OUT WIRE... -- API...
"""
import re
import sys

from apidesc import Api, DescriptionError
from entries import KINDS
from headers import pointer_join
from stubs import READ, matches, snake, write_number
from wiredesc import read_wire
from wirematch import OBJECTS


def declare(m):
    """Variables for what the function fills."""
    out = []
    for piece in m.ret:
        names = [p.name for p in piece.params]
        base = [p.type.rstrip('* ').replace('**', '').strip() for p in piece.params]
        if piece.kind == 'struct':
            line = f'{piece.struct.name} {names[0]} = {{0}};'
            if line not in out:
                out.append(line)
        elif piece.kind == 'params-into':
            out.append(f'g_autofree virTypedParameterPtr {names[0]} = {names[1]} > 0 ? g_new0(virTypedParameter, {names[1]}) : NULL;')
        elif piece.kind == 'params-new':
            out.append(f'virTypedParameterPtr {names[0]} = NULL;')
            if not any(a.kind == 'room' for a in m.args):
                out.append(f'{base[1]} {names[1]} = 0;')
        elif piece.kind == 'number-out':
            out.append(f'{base[0]} {names[0]} = 0;')
        elif piece.kind == 'string-out':
            out.append(f'g_autofree char *{names[0]} = NULL;')
        elif piece.kind == 'objects':
            out.append(f'{base[0]} *{names[0]} = NULL;')
        elif piece.kind == 'strings-new':
            out.append(f'g_auto(GStrv) {names[0]} = NULL;')
    return out


def argument(m, piece):
    """Declare and read one argument."""
    f, p = piece.field, piece.params[0]
    t = f.type
    if piece.kind == 'object':
        if t.optional:
            return [f'VR_AUTO {p.type} {p.name} = vr_in_u32(in) ? vr_in_{t.base}(in, conn) : NULL;']
        return [f'VR_AUTO {p.type} {p.name} = vr_in_{t.base}(in, conn);']
    if piece.kind == 'device':
        return [f'VR_AUTO virNodeDevicePtr {p.name} = vr_in_node_device(in, conn);']
    if piece.kind == 'uuid':
        return [f'const unsigned char *{p.name} = vr_in_uuid(in);']
    if piece.kind == 'string':
        return [f'const char *{p.name} = vr_in_string{"_or_null" if t.optional else ""}(in);']
    if piece.kind == 'strings':
        n = piece.params[1]
        return [f'unsigned int {n.name} = vr_in_count(in);',
                f'g_autofree const char **{p.name} = {n.name} ? g_new0(const char *, {n.name} + 1) : NULL;',
                f'for (unsigned int i = 0; i < {n.name}; i++)', f'    {p.name}[i] = vr_in_string(in);']
    if piece.kind == 'number':
        return [f'{p.type} {p.name} = ({p.type}){READ[t.base]}(in);']
    if piece.kind == 'params':
        n = piece.params[1]
        return [f'g_auto(VrDispatchParams) sent = {{0}};', 'vr_in_params(in, &sent.params, &sent.n);']
    if piece.kind == 'room':
        limit = next(fl.type.many for fl in m.proc.ret if fl.type.base == 'typed_param')
        if any(a.type.replace(' ', '') == 'virTypedParameterPtr*' for a in m.function.args):
            return ['vr_in_u32(in);', f'int {p.name} = 0;']  # of a new array nobody knows the size: clients send whatever is there
        return [f'int {p.name} = (int)vr_in_u32(in);', f'if ({p.name} < 0 || {p.name} > {limit})',
                f'    return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "nparams too large");']
    if piece.kind == 'wanted':
        return ['gboolean wanted = vr_in_u32(in) != 0;']
    if piece.kind == 'bytes':
        n = piece.params[1]
        return [f'guint32 {n.name} = 0;', f'unsigned char *{p.name} = vr_in_bytes(in, &{n.name});']
    raise DescriptionError(f'{m.function.name}: argument {piece.kind}')


def arrays(m):
    """Room for arrays of the caller's size: (lines, name)."""
    for piece in m.ret:
        if piece.kind in ('names', 'ids'):
            room = next(a for a in m.args if a.field.name.startswith('max')).params[0].name
            array, limit = piece.params[0].name, piece.field.type.many
            lines = [f'if ({room} < 0 || {room} > {limit})', f'    return vr_too_many("{piece.field.name}", (guint64)(gint64){room}, {limit});']
            if piece.kind == 'names':
                lines.append(f'g_auto(GStrv) {array} = g_new0(char *, {room} + 1);')
            else:
                lines.append(f'g_autofree int *{array} = g_new0(int, {room} + 1);')
            return lines
    return []


def call_argument(m, p):
    for piece in m.args:
        if p in piece.params:
            i = piece.params.index(p)
            if piece.kind == 'room':
                return f'&{p.name}'
            if piece.kind == 'wanted':
                return f'wanted ? &{p.name} : NULL'
            if piece.kind == 'params':
                return 'sent.params' if i == 0 else f'({p.type})sent.n'
            if piece.kind == 'bytes' and i == 1:
                return f'({p.type}){p.name}'
            if piece.kind == 'bytes':
                return f'(void *){p.name}'
            return p.name
    for piece in m.ret:
        if p in piece.params:
            if piece.kind in ('params-into', 'names', 'ids') and piece.params.index(p) == 0:
                return p.name
            return f'&{p.name}'
    if p.type == 'virConnectPtr':
        return 'conn'
    raise DescriptionError(f'{m.function.name}: nothing to pass as {p.decl}')


def result(m, piece):
    f = piece.field
    t = f.type
    names = [p.name for p in piece.params]
    if piece.kind == 'struct':
        if t.base == 'char' and (t.fixed or t.many):
            if t.fixed:
                return [f'for (gsize i = 0; i < {t.fixed}; i++)', f'    vr_out_u32(out, (guint32)(gint32)(signed char){names[0]}.{f.name}[i]);']
            return [f'vr_out_chars(out, {names[0]}.{f.name}, strnlen({names[0]}.{f.name}, sizeof({names[0]}.{f.name}) - 1) + 1);']
        return [write_number(f, f'{names[0]}.{f.name}')]
    strings = '(flags & VIR_TYPED_PARAM_STRING_OKAY) != 0' if any(p.name == 'flags' for p in m.function.args) else 'TRUE'
    if piece.kind == 'params-into':
        out = [f'if (room == 0) {{', '    vr_out_u32(out, 0);'] + ([f'    vr_out_u32(out, (guint32){names[1]});'] if len(m.proc.ret) > 1 else []) + ['    return 0;', '}',
               f'vr_out_params(out, {names[0]}, {names[1]}, {strings});']
        out += [f'vr_dispatch_params_release({names[0]}, {names[1]});']
        return out + (['vr_out_u32(out, 0);'] if len(m.proc.ret) > 1 else [])
    if piece.kind == 'params-new':
        out = [f'vr_out_params(out, {names[0]}, (int){names[1]}, TRUE);', f'vr_params_free({names[0]}, (int){names[1]});']
        return out + ([f'vr_out_u32(out, (guint32){names[1]});'] if len([x for x in m.proc.ret if x.name == 'nparams']) else [])
    if piece.kind == 'number-out':
        return [write_number(f, names[0])]
    if piece.kind == 'string-out':
        return [f'vr_out_string{"_or_null" if t.optional else ""}(out, {names[0]}{"" if t.optional else " ? " + names[0] + " : " + chr(34)*2});']
    if piece.kind == 'objects':
        kind = KINDS[OBJECTS[t.base]]
        return [f'return vr_dispatch_objects(d, {kind}, (void **){names[0]}, ret, {t.many}, (VrOutObject)vr_out_{t.base});']
    if piece.kind == 'names' and m.proc.filter:
        kind = 'VR_' + m.proc.filter.split(':')[0].upper()
        return [f'ret = vr_dispatch_filter_names(d, {kind}, {pool_of(m)}, {names[0]}, ret);',
                f'vr_out_strings(out, (const char *const *){names[0]}, (guint32)ret);']
    if piece.kind == 'names':
        return [f'vr_out_strings(out, (const char *const *){names[0]}, (guint32)ret);']
    if piece.kind == 'strings-new':
        return [f'if (ret > {t.many})', f'    return vr_too_many("{f.name}", (guint64)ret, {t.many});',
                f'vr_out_strings(out, (const char *const *){names[0]}, (guint32)ret);']
    if piece.kind == 'ids':
        return ['vr_out_u32(out, (guint32)ret);', 'for (int i = 0; i < ret; i++)', f'    vr_out_u32(out, (guint32){names[0]}[i]);']
    if piece.kind == 'object-again':
        return [f'vr_out_{t.base}(out, {names[0]});']
    raise DescriptionError(f'{m.function.name}: result {piece.kind}')


def pool_of(m):
    """Volumes are named within their pool."""
    return next((a.params[0].name for a in m.args if a.field.type.base == 'storage_pool'), 'NULL')


def target(m):
    """(kind, variable) of the object that access is asked for."""
    for a in m.args:
        if a.kind in ('object', 'device') and not a.field.type.optional:
            return KINDS[a.params[0].type], a.params[0].name
    return 'VR_CONNECT', 'conn'


def needs_flags(m):
    return any(rule.count(':') >= 2 for rule in m.proc.access)


def dispatch(m):
    f = m.function
    lines = ['virConnectPtr conn = vr_dispatch_conn(d);', 'if (!conn)', '    return -1;']
    if m.args:
        lines.append('VrIn *in = d->in;')
    if m.ret and m.ret[0].kind != 'objects':
        lines.append('VrOut *out = d->out;')
    for piece in m.args:
        lines += argument(m, piece)
    kind, variable = target(m)
    flags = 'flags' if any(p.name == 'flags' for p in f.args) else '0'
    # A look-up names what it looks for in its result: the hook asks once that is known.
    late = m.result == 'object' and 'LOOKUP' in m.proc.name
    if not late:
        lines += [f'if (vr_dispatch_access(d, {kind}, {variable}, {flags}) < 0)', '    return -1;']
    if any(p.kind == 'params-into' for p in m.ret):
        lines.append('int room = nparams;')
    lines += declare(m) + arrays(m)
    call = f'{f.name}({", ".join(call_argument(m, p) for p in f.args)})'
    if m.result == 'object':
        base = m.ret[0].field.type.base
        lines += [f'VR_AUTO {f.type} ret = {call};', 'if (!ret)', '    return -1;']
        if late:
            lines += [f'if (vr_dispatch_access(d, {KINDS[f.type]}, ret, {flags}) < 0)', '    return -1;']
        lines += [f'vr_out_{base}(out, ret);']
    elif m.result == 'string':
        t = m.ret[0].field.type
        lines += [f'g_autofree char *ret = {call};']
        if t.optional:
            lines += ['if (!ret && vr_error_is_set())', '    return -1;', 'vr_out_string_or_null(out, ret);']
        else:
            lines += ['if (!ret)', '    return -1;', 'vr_out_string(out, ret);']
    else:
        bad = '== 0' if f.type in ('unsigned long', 'unsigned long long') else '== -1' if not f.type.startswith('unsigned') else '== (unsigned int)-1'
        lines += [f'{pointer_join(f.type, "ret")} = {call};', f'if (ret {bad})' if f.type != 'int' else 'if (ret < 0)', '    return -1;']
        for piece in m.ret:
            lines += [write_number(piece.field, 'ret')] if piece.kind == 'number' else result(m, piece)
    if not lines[-1].startswith('return'):
        lines.append('return 0;')
    return (f'static int\n{m.proc.program}_{m.proc.name.lower()}(VrDispatch *d)\n{{\n' + ''.join(f'    {line}\n' for line in lines) + '}\n\n')


def main():
    out_path = sys.argv[1]
    split = sys.argv.index('--')
    api = Api(sys.argv[split + 1:])
    programs = read_wire(api, sys.argv[2:split])
    out = '/* Generated by generate/dispatch.py; do not edit. */\n#include "daemon/dispatch.h"\n\n'
    tables = ''
    for name in ('remote', 'qemu'):
        all_matches = list(matches(api, programs, (name,)))
        out += ''.join(dispatch(m) for m in all_matches)
        tables += f'const VrDispatchFunc vr_dispatch_{name}[] = {{\n'
        tables += ''.join(f'    [VR_{name.upper()}_{m.proc.name}] = {name}_{m.proc.name.lower()},\n' for m in all_matches)
        tables += f'}};\nconst gsize vr_dispatch_{name}_n = G_N_ELEMENTS(vr_dispatch_{name});\n\n'
    with open(out_path, 'w', encoding='utf-8') as f:
        f.write(out + tables)


if __name__ == '__main__':
    main()
