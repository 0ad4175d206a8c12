#!/usr/bin/env python3
"""Writes the public functions: checks, driver call, error hand-over.  usage: entries.py OUT HEADER|admin API...

The shape of every entry point is the same, so that none can forget a part:
begin (names the call, clears the error), checks in one chain, the operation, finish.
"""
import sys

from apidesc import Api, DescriptionError
from headers import arg_list, pointer_join

KINDS = {
    'virConnectPtr': 'VR_CONNECT', 'virDomainPtr': 'VR_DOMAIN', 'virDomainSnapshotPtr': 'VR_DOMAIN_SNAPSHOT',
    'virDomainCheckpointPtr': 'VR_DOMAIN_CHECKPOINT', 'virNetworkPtr': 'VR_NETWORK',
    'virNetworkPortPtr': 'VR_NETWORK_PORT', 'virInterfacePtr': 'VR_INTERFACE',
    'virStoragePoolPtr': 'VR_STORAGE_POOL', 'virStorageVolPtr': 'VR_STORAGE_VOL',
    'virNodeDevicePtr': 'VR_NODE_DEVICE', 'virSecretPtr': 'VR_SECRET', 'virNWFilterPtr': 'VR_NWFILTER',
    'virNWFilterBindingPtr': 'VR_NWFILTER_BINDING', 'virStreamPtr': 'VR_STREAM',
    'virAdmConnectPtr': 'VR_ADM_CONNECT', 'virAdmServerPtr': 'VR_ADM_SERVER', 'virAdmClientPtr': 'VR_ADM_CLIENT',
}
DOMAINS = {
    'libvirt-host.h': 'VIR_FROM_DOMAIN',
    'libvirt-domain.h': 'VIR_FROM_DOMAIN', 'libvirt-domain-snapshot.h': 'VIR_FROM_DOMAIN_SNAPSHOT',
    'libvirt-domain-checkpoint.h': 'VIR_FROM_DOMAIN_CHECKPOINT', 'libvirt-interface.h': 'VIR_FROM_INTERFACE',
    'libvirt-network.h': 'VIR_FROM_NETWORK', 'libvirt-nodedev.h': 'VIR_FROM_NODEDEV',
    'libvirt-nwfilter.h': 'VIR_FROM_NWFILTER', 'libvirt-secret.h': 'VIR_FROM_SECRET',
    'libvirt-storage.h': 'VIR_FROM_STORAGE', 'libvirt-stream.h': 'VIR_FROM_STREAMS',
    'libvirt-admin.h': 'VIR_FROM_ADMIN',
}
COUNTS = ('unsigned long', 'unsigned long long')  # 0 is the error
POINTERISH = ('Ptr', 'Callback', 'Func', 'Handler', 'Failed')
NUMBERS = {'int': '%d', 'unsigned int': '0x%x', 'long': '%ld', 'unsigned long': '%lu', 'size_t': '%zu',
           'long long': '%lld', 'unsigned long long': '%llu', 'double': '%g', 'unsigned char': '%u'}


def is_pointer(arg):
    return '*' in arg.type or arg.type.endswith(POINTERISH) or arg.decl.endswith(']')


def trace(f):
    """The debug line's format and arguments."""
    words, values = [], []
    for a in f.args:
        if a.type == 'const char *':
            words.append(f'{a.name}=%s')
            values.append(f'vr_api_text({a.name})')
        elif is_pointer(a):
            function = '*' not in a.type and 'Ptr' not in a.type
            cast = f'(void *)(guintptr){a.name}' if function else f'(const void *){a.name}'
            words.append(f'{a.name}=%p')
            values.append(cast)
        else:
            words.append(f'{a.name}={NUMBERS.get(a.type, "%d")}')
            values.append(a.name)
    return f'"{" ".join(words)}"' + ''.join(f', {v}' for v in values)


def failure(f):
    """What the function returns when it fails."""
    if f.type == 'void':
        return ''
    if f.type.endswith('*') or f.type.endswith('Ptr'):
        return 'NULL'
    return '0' if f.type in COUNTS else '-1'


def allowed_flags(api, f, names):
    if names == '0':
        return '0'
    union = 0
    for enum in names.split('|'):
        e = api.by_name.get(enum)
        if e is None or e.kind != 'enum':
            raise DescriptionError(f'{f.where}: {f.name}: flags name an unknown enum "{enum}"')
        for v in e.values:
            if not v.sentinel:
                union |= v.value
    return f'0x{union & 0xffffffff:x}u'


def checks(api, f):
    """The chain of conditions; each is true after it has set an error."""
    out, params = [], []
    first = f.args[0]
    sized = any(a.name == 'nparams' and '*' not in a.type for a in f.args)
    if f.write:
        out.append(f'vr_api_read_only(conn)')
    for a in f.args[1:]:
        if a.type in KINDS and 'optional' not in a.roles:
            out.append(f'vr_api_not_a({a.name}, {KINDS[a.type]})')
        elif a.type in KINDS:
            out.append(f'({a.name} && vr_api_not_a({a.name}, {KINDS[a.type]}))')
        if 'nonnull' in a.roles:
            pointer = f'(const void *)(guintptr){a.name}' if 'Func' in a.type or 'Callback' in a.type else a.name
            out.append(f'vr_api_null({pointer}, "{a.roles["nonnull"] or a.name}")')
        if 'nonnull_for' in a.roles:
            out.append(f'({a.roles["nonnull_for"]} > 0 && vr_api_null({a.name}, "{a.name}"))')
        if 'count' in a.roles:
            out.append(f'vr_api_bad_count({a.name}, {a.roles["count"]}, "{a.name}", "{a.roles["count"]}")')
            if 'positive' in a.roles:
                out.append(f'vr_api_not_positive(*{a.name}, "*{a.name}")')
            continue
        cast = '' if a.type in ('int', 'unsigned int', 'unsigned long', 'unsigned long long', 'size_t') else '(long long)'
        for role in ('positive', 'nonnegative', 'nonzero'):
            if role in a.roles and not (role == 'nonnegative' and a.type.startswith('unsigned')):
                kind = 'vr_api_not_' + role
                out.append(f'{kind}({cast}{a.name}, "{a.roles[role] or a.name}")')
        if 'below' in a.roles:
            out.append(f'vr_api_not_below((long long){a.name}, {a.roles["below"]}, "{a.name}")')
        if 'atmost' in a.roles:
            out.append(f'vr_api_exceeds((unsigned long long){a.name}, {a.roles["atmost"]}, "{a.name}")')
        if a.type == 'virTypedParameterPtr' and sized and 'out' not in a.roles:
            params.append(f'vr_api_bad_params({a.name}, nparams)')
    out += params + [f'vr_check_{check}' for check in f.checks]
    for one, two in f.exclusive:
        out.append(f'vr_api_exclusive(flags, {one}, {two}, "{one}", "{two}")')
    for needed, by in f.require:
        out.append(f'vr_api_requires(flags, {needed}, {by}, "{needed}", "{by}")')
    for rule in f.access:
        parts = rule.split(':')
        if parts[1] == 'read_secure' and len(parts) > 2:
            out.append(f'vr_api_secure_denied(conn, flags, {parts[2]})')
    return out


def known_flags(api, f):
    """The flags that a function may be called with, or None: what is unknown is refused in the driver's name, and only
    once the driver is known to have the operation."""
    for a in f.args[1:]:
        if a.name == 'flags' and a.roles.get('flags'):
            return allowed_flags(api, f, a.roles['flags'])
    return None


def is_error(f):
    if f.type == 'void':
        return None
    if f.type.endswith('*') or f.type.endswith('Ptr'):
        return '!ret'
    return 'ret == 0' if f.type in COUNTS else f'ret == ({f.type})-1' if f.type.startswith('unsigned') else 'ret == -1'


def head(f):
    return f'{pointer_join(f.type, "").rstrip()}\n{f.name}({arg_list(f.args)})\n{{\n'


def begin(f):
    domain = DOMAINS.get(f.header, 'VIR_FROM_NONE')
    return f'    vr_api_begin("{f.name}", {domain});\n    vr_api_trace({trace(f)});\n'


def driver_function(api, f):
    first = f.args[0]
    kind = KINDS[first.type]
    bad = failure(f)
    give_up = f'return vr_api_fail({{}}){", " + bad if bad else ""};' if bad else '{{ vr_api_fail({}); return; }}'
    out = head(f) + begin(f)
    out += f'    if (vr_api_not_a({first.name}, {kind}))\n        {give_up.format("NULL")}\n'
    if f.table == 'admin':
        conn = first.name if kind == 'VR_ADM_CONNECT' else f'VR_ADM_OBJECT_CONN({first.name})'
        out += f'    virAdmConnectPtr conn = {conn};\n' if conn != 'conn' else ''
        give_up = give_up.replace('{}', 'NULL') if bad else give_up.format('NULL')
        give_up = give_up.replace('{{', '{').replace('}}', '}')
    else:
        conn = first.name if kind == 'VR_CONNECT' else f'VR_OBJECT_CONN({first.name})'
        out += f'    virConnectPtr conn = {conn};\n' if conn != 'conn' else ''
    chain = checks(api, f)
    if chain:
        joined = ' ||\n        '.join(chain)
        out += f'    if ({joined})\n        {give_up.format("conn")}\n'
    ops = f'{first.name}->ops' if f.table == 'stream' else 'conn->ops' if f.table == 'admin' else f'conn->{f.table}'
    if f.dispensable:
        out += f'    if (!{ops} || !{ops}->{f.op})\n        return 0;\n'
    else:
        out += f'    if (!{ops} || !{ops}->{f.op}) {{\n        vr_api_unsupported();\n        {give_up.format("conn")}\n    }}\n'
    known = known_flags(api, f)
    if known and f.table != 'admin':
        out += f'    if (vr_api_unknown_flags_to(conn, flags, {known}))\n        {give_up.format("conn")}\n'
    for a in f.args:
        if 'path' in a.roles:
            out += f'    g_autofree char *whole_{a.name} = vr_api_path({a.name});\n'
            out += f'    if (!whole_{a.name})\n        {give_up.format("conn")}\n'
    call = f'{ops}->{f.op}({", ".join("whole_" * ("path" in a.roles) + a.name for a in f.args)})'
    if f.type == 'void':
        return out + f'    {call};\n}}\n\n'
    out += f'    {pointer_join(f.type, "ret")} = {call};\n'
    out += f'    if ({is_error(f)})\n        vr_api_fail({"NULL" if f.table == "admin" else "conn"});\n    return ret;\n}}\n\n'
    return out


def builtin_function(api, f):
    first = f.args[0]
    words = f.builtin.split()
    bad = failure(f)
    out = head(f) + begin(f)
    if words[0] == 'lookup':
        target, text = f.name.replace('UUIDString', 'UUID'), f.args[1].name
        out += f'    unsigned char bytes[VIR_UUID_BUFLEN];\n'
        out += f'    if (vr_api_not_a({first.name}, {KINDS[first.type]}) || vr_api_null({text}, "uuidstr") ||\n'
        out += f'        vr_api_bad_uuid({text}, bytes))\n        return vr_api_fail(NULL), {bad};\n'
        return out + f'    return {target}({first.name}, bytes);\n}}\n\n'
    out += f'    if (vr_api_not_a({first.name}, {KINDS[first.type]}))\n        return vr_api_fail(NULL), {bad};\n'
    if words[0] == 'free':
        out += f'    vr_object_unref({first.name});\n    return 0;\n'
    elif words[0] == 'ref':
        out += f'    vr_handle_ref({first.name});\n    return 0;\n'
    elif words[1] == 'uuid':
        target = f.args[1].name
        out += f'    if (vr_api_null({target}, "{target}"))\n        return vr_api_fail(VR_OBJECT_CONN({first.name})), {bad};\n'
        if words[2] == 'string':
            out += f'    vr_uuid_format(((VrObject *){first.name})->uuid, {target});\n'
        else:
            out += f'    memcpy({target}, ((VrObject *){first.name})->uuid, VIR_UUID_BUFLEN);\n'
        out += '    return 0;\n'
    elif words[1] in ('conn', 'name'):
        out += f'    return ((VrObject *){first.name})->{words[1]};\n'
    else:
        out += f'    return {first.name}->{words[1]};\n'
    return out + '}\n\n'


def main():
    out_path, header = sys.argv[1:3]
    api = Api(sys.argv[3:])
    out = f'/* {header}: the entry points. Generated by generate/entries.py; do not edit. */\n'
    out += '#define VIR_ENUM_SENTINELS\n#include <string.h>\n\n#include <libvirt/libvirt.h>\n#include <libvirt/libvirt-qemu.h>\n'
    out += '#include <libvirt/libvirt-lxc.h>\n#include <libvirt/libvirt-admin.h>\n\n#include "base/entry.h"\n#include "library/checks.h"\n\n'
    for f in api.of('function', header=header):
        if f.hand:
            continue
        if f.builtin:
            out += builtin_function(api, f)
        elif f.op:
            out += driver_function(api, f)
        else:
            raise DescriptionError(f'{f.where}: {f.name} has neither driver, builtin nor hand')
    open(out_path, 'w', encoding='utf-8').write(out)


if __name__ == '__main__':
    main()
