"""The API description language: reads api/*.api into entries.

Every generator imports this module.  The language is line based: an entry starts in column 0, its
properties are indented by four spaces, and text indented by eight belongs to the line above it.
docs/api-description.md describes the words.
"""
import pathlib
import re
from dataclasses import dataclass, field


class DescriptionError(Exception):
    """A mistake in a description; the message names the file, the line and the entry."""


@dataclass
class Param:
    decl: str                 # as written: "const char *name"
    type: str = ''
    name: str = ''
    roles: dict = field(default_factory=dict)
    text: str = ''


@dataclass
class Value:
    name: str
    value: int
    since: str = ''
    sentinel: bool = False
    text: str = ''


@dataclass
class Field:
    decl: str
    text: str = ''

    @property
    def name(self):
        return re.sub(r'(\[\w+\])+$', '', self.decl).split()[-1].lstrip('*')


@dataclass
class Entry:
    kind: str                 # opaque, macro, enum, struct, alias, callback, function, variable, operation
    name: str
    where: str                # file:line, for messages
    header: str = ''
    text: str = ''
    since: str = ''
    # macro
    params: str = ''
    body: str = ''
    # enum, struct
    values: list = field(default_factory=list)
    fields: list = field(default_factory=list)
    tag: str = ''
    pointer: str = ''
    # function, callback, alias, variable
    type: str = ''
    node: str = ''
    args: list = field(default_factory=list)
    returns: str = ''
    errors: list = field(default_factory=list)
    table: str = ''           # driver operation table ...
    op: str = ''              # ... and operation
    builtin: str = ''
    hand: bool = False
    write: bool = False
    dispensable: bool = False  # a driver without the operation has nothing to do
    exclusive: list = field(default_factory=list)
    require: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    wire: dict = field(default_factory=dict)
    access: list = field(default_factory=list)
    filter: str = ''

    @property
    def library(self):
        return {'libvirt-qemu.h': 'qemu', 'libvirt-lxc.h': 'lxc',
                'libvirt-admin.h': 'admin'}.get(self.header, '')


def split_decl(decl):
    """"const char *name" -> ("const char *", "name")"""
    if decl == '...':
        return '...', '...'
    m = re.match(r'^(.*?)\s*(\w+)((?:\[\w*\])*)$', decl)
    return m.group(1).strip(), m.group(2)


ROLE = re.compile(r'(\w+)(?:\(([^)]*)\))?')


class Reader:
    def __init__(self, path):
        self.path = path
        self.entries = []
        self.header = ''
        self.entry = None
        self.text_of = None   # the object that takes the next text line

    def fail(self, message):
        raise DescriptionError(f'{self.path.name}:{self.line}: {message}')

    def read(self):
        for self.line, raw in enumerate(self.path.read_text(encoding='utf-8').splitlines(), 1):
            line = raw.rstrip()
            if not line.strip():
                self.text_of = self.text_of if self.entry else None
                continue
            if line.startswith('#'):
                continue
            indent = len(line) - len(line.lstrip())
            body = line.strip()
            if indent == 0:
                self.start(body)
            elif indent == 4:
                self.property(body)
            else:
                self.add_text(body)
        return self.entries

    def add_text(self, body):
        if self.text_of is None:
            self.fail('text that belongs to nothing')
        kind, obj = self.text_of
        if kind == 'returns':
            obj.returns = (obj.returns + ' ' + body).strip()
        elif kind == 'error':
            obj[1] = (obj[1] + ' ' + body).strip()
        else:
            obj.text = (obj.text + ' ' + body).strip()

    def start(self, body):
        word, _, rest = body.partition(' ')
        if word == 'header':
            self.header = rest
            self.entry = Entry('header', rest, '')
            self.text_of = ('text', self.entry)
            return
        maker = getattr(self, 'start_' + word, None)
        if maker is None:
            self.fail(f'unknown word "{word}"')
        e = maker(rest)
        e.kind, e.header, e.where = word, self.header, f'{self.path.name}:{self.line}'
        self.entry = e
        self.text_of = ('text', e)
        self.entries.append(e)

    def tail(self, rest):
        """Split "NAME ... @SINCE [sentinel]" into (rest, since, sentinel)."""
        sentinel = rest.endswith(' sentinel')
        if sentinel:
            rest = rest[:-len(' sentinel')]
        m = re.match(r'^(.*?) @(\S+)$', rest)
        return (m.group(1), m.group(2), sentinel) if m else (rest, '', sentinel)

    def start_opaque(self, rest):
        return Entry('', rest, '')

    def start_macro(self, rest):
        rest, since, _ = self.tail(rest)
        m = re.match(r'^(\w+)(\([^)]*\))? (.*)$', rest)
        if not m:
            self.fail('macro wants NAME[(PARAMS)] BODY')
        return Entry('', m.group(1), '', since=since, params=m.group(2) or '', body=m.group(3))

    def start_enum(self, rest):
        rest, since, _ = self.tail(rest)
        return Entry('', rest, '', since=since)

    def start_struct(self, rest):
        words = rest.split()
        e = Entry('', words[0], '', tag='_' + words[0], pointer=words[0] + 'Ptr')
        for key, value in zip(words[1::2], words[2::2]):
            setattr(e, key, '' if value == '-' else value)
        return e

    def start_alias(self, rest):
        name, _, type_ = rest.partition(' ')
        return Entry('', name, '', type=type_)

    def typed(self, rest):
        rest, since, _ = self.tail(rest)
        m = re.match(r'^(.*?)\s*(\w+)$', rest)
        return Entry('', m.group(2), '', type=m.group(1).strip(), since=since)

    def start_callback(self, rest):
        return self.typed(rest)

    start_operation = start_callback

    def start_function(self, rest):
        e = self.typed(rest)
        e.node, e.since = e.since, e.since.rsplit('_', 1)[-1]
        return e

    start_variable = start_function

    def property(self, body):
        word, _, rest = body.partition(' ')
        e = self.entry
        if e is None:
            self.fail('a property outside an entry')
        self.text_of = None
        if word == 'value':
            rest, since, sentinel = self.tail(rest)
            m = re.match(r'^(\w+) = (-?\d+)$', rest)
            if not m:
                self.fail('value wants NAME = NUMBER')
            e.values.append(Value(m.group(1), int(m.group(2)), since, sentinel))
            self.text_of = ('text', e.values[-1])
        elif word == 'field':
            e.fields.append(Field(rest))
            self.text_of = ('text', e.fields[-1])
        elif word == 'param':
            decl, _, roles = rest.partition(' : ')
            type_, name = split_decl(decl)
            e.args.append(Param(decl, type_, name,
                                {m.group(1): m.group(2) for m in ROLE.finditer(roles)}))
            self.text_of = ('text', e.args[-1])
        elif word == 'returns':
            self.text_of = ('returns', e)
        elif word == 'error':
            e.errors.append([rest, ''])
            self.text_of = ('error', e.errors[-1])
        elif word == 'driver':
            e.table, e.op = rest.split()
        elif word == 'builtin':
            e.builtin = rest
        elif word in ('hand', 'write', 'dispensable'):
            setattr(e, word, True)
        elif word == 'exclusive':
            e.exclusive.append(rest.split())
        elif word == 'require':
            needed, _, by = rest.partition(' for ')
            e.require.append((needed, by))
        elif word == 'check':
            e.checks.append(rest)
        elif word == 'wire':
            words = rest.split()
            e.wire = {'program': words[0], 'number': int(words[1])}
            for w in words[2:]:
                key, _, value = w.partition('=')
                e.wire[key] = value or True
        elif word == 'access':
            e.access = rest.split()
        elif word == 'filter':
            e.filter = rest
        else:
            self.fail(f'unknown property "{word}" of {e.name}')


HEADER_ORDER = ['libvirt-common.h', 'libvirt-host.h', 'libvirt-domain.h',
                'libvirt-domain-checkpoint.h', 'libvirt-domain-snapshot.h', 'libvirt-event.h',
                'libvirt-interface.h', 'libvirt-network.h', 'libvirt-nodedev.h',
                'libvirt-nwfilter.h', 'libvirt-secret.h', 'libvirt-storage.h',
                'libvirt-stream.h', 'virterror.h', 'libvirt-qemu.h', 'libvirt-lxc.h',
                'libvirt-admin.h']


class Api:
    """All entries, with look-ups."""

    def __init__(self, paths):
        self.entries = []
        for path in sorted(map(pathlib.Path, paths)):
            self.entries += Reader(path).read()
        self.by_name = {}
        for e in self.entries:
            if e.name in self.by_name:
                raise DescriptionError(f'{e.where}: {e.name} is described twice')
            self.by_name[e.name] = e
        self.constants = {v.name: v for e in self.entries for v in e.values}

    def of(self, *kinds, header=None):
        return [e for kind in kinds for e in self.entries
                if e.kind == kind and (header is None or e.header == header)]

    def functions(self, library=None):
        return [e for e in self.of('function') if library is None or e.library == library]
