"""Matches each procedure's fields with the parameters of the function that it carries.

Both generators of code (the client's stubs, the daemon's dispatch) work on these matches, so the two sides agree by
construction.  A function whose shape no rule here knows is written by hand: HAND says why.
"""
import re
from dataclasses import dataclass, field

OBJECTS = {'domain': 'virDomainPtr', 'network': 'virNetworkPtr', 'network_port': 'virNetworkPortPtr',
           'storage_pool': 'virStoragePoolPtr', 'storage_vol': 'virStorageVolPtr', 'node_device': 'virNodeDevicePtr',
           'interface': 'virInterfacePtr', 'secret': 'virSecretPtr', 'nwfilter': 'virNWFilterPtr',
           'nwfilter_binding': 'virNWFilterBindingPtr', 'domain_snapshot': 'virDomainSnapshotPtr',
           'domain_checkpoint': 'virDomainCheckpointPtr', 'server': 'virAdmServerPtr', 'client': 'virAdmClientPtr'}
INTEGERS = {'int', 'unsigned int', 'long', 'unsigned long', 'long long', 'unsigned long long', 'size_t',
            'unsigned char', 'char', 'unsigned short', 'short'}
NUMBERS = {'int', 'uint', 'hyper', 'uhyper', 'char', 'uchar', 'short', 'ushort'}

# Procedures whose stub or dispatch is written by hand, and why (src/drivers/remote/hand.c, src/daemon/hand.c).
HAND = {
    'CONNECT_OPEN': 'opens', 'CONNECT_CLOSE': 'closes', 'CONNECT_GET_URI': 'asked for while opening',
    'CONNECT_GET_TYPE': 'the text lives as long as the connection',
    'DOMAIN_CREATE': 'the client learns the new id by a second call',
    'DOMAIN_GET_VCPUS': 'two arrays in one answer, each optional',
    'DOMAIN_GET_VCPU_PIN_INFO': 'bitmaps of the caller\'s size', 'DOMAIN_GET_EMULATOR_PIN_INFO': 'the same',
    'DOMAIN_GET_IOTHREAD_INFO': 'a list of structures with bitmaps', 'DOMAIN_GET_SECURITY_LABEL_LIST': 'text as words',
    'DOMAIN_BLOCK_STATS': 'a structure of the caller\'s size', 'DOMAIN_INTERFACE_STATS': 'the same',
    'DOMAIN_MEMORY_STATS': 'an array of structures', 'DOMAIN_GET_DISK_ERRORS': 'an array of structures',
    'DOMAIN_BLOCK_PEEK': 'a buffer of the caller\'s size', 'DOMAIN_MEMORY_PEEK': 'the same',
    'DOMAIN_GET_BLOCK_JOB_INFO': 'found or not decides', 'DOMAIN_GET_CPU_STATS': 'three meanings in one call',
    'DOMAIN_GET_SCHEDULER_TYPE': 'the number of parameters comes along',
    'NODE_GET_CPU_STATS': 'its own structures', 'NODE_GET_MEMORY_STATS': 'its own structures',
    'NODE_GET_CELLS_FREE_MEMORY': 'an array of numbers', 'NODE_GET_FREE_PAGES': 'arrays of numbers',
    'NODE_ALLOC_PAGES': 'arrays of numbers', 'NODE_GET_CPU_MAP': 'two optional results',
    'CONNECT_GET_ALL_DOMAIN_STATS': 'a list of lists', 'DOMAIN_GET_FSINFO': 'a list of structures',
    'DOMAIN_INTERFACE_ADDRESSES': 'a list of structures', 'NETWORK_GET_DHCP_LEASES': 'a list of structures', 'DOMAIN_SEND_KEY': 'an array of numbers',
    'SECRET_GET_VALUE': 'bytes',
    'CONNECT_GET_CPU_MODEL_NAMES': 'a list that may be unwanted', 'CONNECT_SET_IDENTITY': 'only the daemon takes it', 'NODE_DEVICE_GET_PARENT': 'the text lives as long as the handle', 'DOMAIN_OPEN_GRAPHICS': 'a descriptor', 'DOMAIN_OPEN_GRAPHICS_FD': 'a descriptor',
    'DOMAIN_CREATE_XML_WITH_FILES': 'descriptors', 'DOMAIN_CREATE_WITH_FILES': 'descriptors',
    'DOMAIN_FD_ASSOCIATE': 'descriptors', 'DOMAIN_OPEN_NAMESPACE': 'descriptors',
    'DOMAIN_MONITOR_COMMAND_WITH_FILES': 'descriptors',
    'DOMAIN_OPEN_CONSOLE': 'a stream', 'DOMAIN_OPEN_CHANNEL': 'a stream', 'DOMAIN_SCREENSHOT': 'a stream',
    'STORAGE_VOL_UPLOAD': 'a stream', 'STORAGE_VOL_DOWNLOAD': 'a stream',
    'CONNECT_DOMAIN_EVENT_REGISTER': 'events', 'CONNECT_DOMAIN_EVENT_DEREGISTER': 'events',
    'CONNECT_DOMAIN_EVENT_REGISTER_ANY': 'events', 'CONNECT_DOMAIN_EVENT_DEREGISTER_ANY': 'events',
    'CONNECT_NETWORK_EVENT_REGISTER_ANY': 'events', 'CONNECT_NETWORK_EVENT_DEREGISTER_ANY': 'events',
    'CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY': 'events', 'CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY': 'events',
    'CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY': 'events', 'CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY': 'events',
    'CONNECT_SECRET_EVENT_REGISTER_ANY': 'events', 'CONNECT_SECRET_EVENT_DEREGISTER_ANY': 'events',
    'CONNECT_DOMAIN_MONITOR_EVENT_REGISTER': 'events', 'CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER': 'events',
    'CONNECT_REGISTER_CLOSE_CALLBACK': 'events', 'CONNECT_UNREGISTER_CLOSE_CALLBACK': 'events',
}

# By hand at the client only: the daemon's part is generated.
CLIENT_HAND = {
    'CONNECT_IS_SECURE': 'the way to the daemon counts too',
}


@dataclass
class Piece:
    """One field with the parameters it carries."""
    kind: str
    field: object
    params: list = field(default_factory=list)
    struct: object = None


@dataclass
class Match:
    proc: object
    function: object
    args: list = field(default_factory=list)
    ret: list = field(default_factory=list)
    outs: list = field(default_factory=list)   # parameters that only come back
    result: str = 'zero'                       # zero, object, string, number, count


class NoMatch(Exception):
    pass


def compact(type_):
    return type_.replace(' ', '')


def is_out(p):
    if p.type in OBJECTS.values() or p.type in INTEGERS:
        return False
    if p.type.startswith('const ') and not p.type.endswith('**'):
        return False
    return 'out' in p.roles or p.type.endswith(('*', '*const'))


def same_name(a, b):
    return re.sub('_', '', a).lower() == re.sub('_', '', b).lower()


class Matcher:
    def __init__(self, api):
        self.structs = {s.pointer: s for s in api.of('struct') if s.pointer}

    def match(self, proc):
        f = proc.function
        m = Match(proc, f)
        params = list(f.args)
        if params[0].type in ('virConnectPtr', 'virAdmConnectPtr'):
            params.pop(0)
        fields = list(proc.args)
        while fields:
            fld = fields.pop(0)
            self.arg(m, fld, params)
        m.outs += params
        for p in params:
            if not is_out(p):
                raise NoMatch(f'{p.decl} is not sent')
        self.results(m)
        return m

    def arg(self, m, fld, params):
        t = fld.type
        while True:
            if not params:
                raise NoMatch(f'nothing gives {fld.name}')
            p = params[0]
            nxt = params[1] if len(params) > 1 else None
            if t.base in OBJECTS and p.type == OBJECTS[t.base] and not t.many:
                kind, used = 'object', 1
            elif t.base == 'string' and p.type == 'virNodeDevicePtr' and fld.name == 'name':
                kind, used = 'device', 1
            elif t.base == 'uuid' and compact(p.type) == 'constunsignedchar*':
                kind, used = 'uuid', 1
            elif t.base == 'string' and not t.many and compact(p.type) == 'constchar*':
                kind, used = 'string', 1
            elif t.base == 'string' and t.many and compact(p.type) == 'constchar**' and nxt is not None:
                kind, used = 'strings', 2
            elif t.base in NUMBERS and not t.many and p.type in INTEGERS:
                kind, used = 'number', 1
            elif t.base == 'typed_param' and p.type == 'virTypedParameterPtr' and nxt is not None and nxt.type in INTEGERS:
                kind, used = 'params', 2
            elif fld.name == 'nparams' and compact(p.type) == 'int*':
                kind, used = 'room', 1
                m.outs.append(p)
            elif fld.name == 'need_results' and p.type.endswith('**'):
                kind, used = 'wanted', 1
                m.outs.append(p)
            elif t.base == 'opaque' and compact(p.type) in ('constunsignedchar*', 'unsignedchar*', 'constchar*') and nxt is not None:
                kind, used = 'bytes', 2
            elif is_out(p):
                m.outs.append(params.pop(0))
                continue
            else:
                raise NoMatch(f'{fld.name}:{t.text} is not {p.decl}')
            m.args.append(Piece(kind, fld, params[:used]))
            del params[:used]
            return

    def results(self, m):
        f, fields, outs = m.function, list(m.proc.ret), list(m.outs)
        names = [fl.name for fl in fields]
        if not fields:
            if outs:
                raise NoMatch(f'{outs[0].decl} does not come back')
            m.result = 'zero'
            return
        first = fields[0]
        if len(fields) == 1 and f.type == OBJECTS.get(first.type.base):
            m.result, m.ret = 'object', [Piece('object', first)]
            return
        if len(fields) == 1 and first.type.base == 'string' and not first.type.many and compact(f.type) == 'char*' and not outs:
            m.result, m.ret = 'string', [Piece('string', first)]
            return
        if len(fields) == 1 and first.type.base in NUMBERS and not first.type.many and not outs:
            m.result, m.ret = 'number', [Piece('number', first)]
            return
        if len(fields) == 2 and fields[1].name in ('ret',) and first.type.base in OBJECTS and len(outs) == 1:
            m.result, m.ret = 'count', [Piece('objects', first, outs)]
            return
        if len(fields) == 1 and first.type.base in OBJECTS and f.type == 'int' and not outs:
            m.ret = [Piece('object-again', first, [f.args[0]])]
            return
        if first.type.base == 'typed_param' and len(outs) == 2 and outs[0].type == 'virTypedParameterPtr':
            m.ret = [Piece('params-into', first, outs)]
            return
        if len(fields) == 1 and first.type.base == 'string' and first.type.many:
            if not outs or outs[0].type not in ('char **const', 'char ***', 'char **'):
                raise NoMatch('names')
            m.result = 'count'
            m.ret = [Piece('strings-new' if outs[0].type == 'char ***' else 'names', first, outs)]
            return
        if len(fields) == 1 and first.type.base == 'int' and first.type.many and compact(outs[0].type) == 'int*':
            m.result, m.ret = 'count', [Piece('ids', first, outs)]
            return
        if len(outs) == 1 and outs[0].type in self.structs:
            struct = self.structs[outs[0].type]
            members = {fl.name: fl for fl in struct.fields}
            for fl in fields:
                if fl.name not in members:
                    raise NoMatch(f'{struct.name} has no {fl.name}')
            m.ret = [Piece('struct', fl, outs, struct) for fl in fields]
            return
        if names[1:] in (['noutputs'], ['nfilters']) and compact(outs[0].type) == 'char**':
            m.result, m.ret = 'number', [Piece('string-out', first, outs), Piece('number', fields[1])]
            return
        left = list(outs)
        for fl in fields:
            p = left.pop(0) if left else None
            if p is None:
                break
            if fl.type.base == 'string' and not fl.type.many and compact(p.type) == 'char**':
                m.ret.append(Piece('string-out', fl, [p]))
            elif fl.type.base in NUMBERS and not fl.type.many and p.type.endswith('*'):
                m.ret.append(Piece('number-out', fl, [p]))
            elif fl.type.base == 'typed_param' and compact(p.type) == 'virTypedParameterPtr*' and left:
                m.ret.append(Piece('params-new', fl, [p, left.pop(0)]))
            elif fl.name == 'nparams' and m.ret and m.ret[-1].kind == 'params-new':
                left.insert(0, p)
            else:
                raise NoMatch(f'{fl.name}:{fl.type.text} does not come back as {p.decl}')
        else:
            if not left:
                return
        if m.ret and m.ret[-1].kind == 'params-new' and not left:
            return
        raise NoMatch('results ' + ' '.join(f'{fl.name}:{fl.type.text}' for fl in fields) + ' as ' +
                      ', '.join(p.decl for p in outs))
