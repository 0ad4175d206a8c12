"""The model language: reads .model text into enums and structures of rows.  docs/model.md describes it."""
import os
import re
import shlex
import sys

# scalar kind -> C type
KINDS = {
    'string': 'char *', 'alias': 'char *', 'ip': 'char *', 'int': 'int', 'uint': 'unsigned ', 'octal': 'unsigned ',
    'llong': 'long long ', 'ullong': 'unsigned long long ', 'double': 'double ', 'bool_yes': 'bool ',
    'bool_on': 'bool ', 'flag': 'bool ', 'uuid': 'unsigned char ', 'mac': 'unsigned char ',
    'bitmap': 'VrBitmap *', 'kib': 'unsigned long long ', 'mib': 'unsigned long long ',
    'bytes': 'unsigned long long ', 'octets': 'unsigned long long ', 'megs': 'unsigned long long ', 'pretty': 'unsigned long long ', 'xml': 'VrXmlTree *',
}
ARRAYS = {'uuid': '[16]', 'mac': '[6]'}
UNITS = {'kib', 'mib', 'bytes', 'octets', 'megs', 'pretty'}
SUGAR = {'yes_no': 'enum:YesNo', 'on_off': 'enum:OnOff'}
FLAGS = {'aside', 'last', 'merge', 'always', 'required', 'opt', 'keep', 'open', 'live', 'secure', 'status', 'unmigratable', 'readonly',
         'writeonly', 'lenient', 'nonempty', 'empty_ok', 'inactive', 'attrs'}
VALUES = {'stable', 'among', 'as', 'default', 'min', 'max', 'base', 'fmt', 'bad', 'missing', 'says', 'says_missing', 'when',
          'show', 'since', 'ns', 'parse', 'format', 'pass', 'knows', 'once', 'says_once'}


class ModelError(Exception):
    pass


class Enum:
    def __init__(self, name, values, origin, text=''):
        self.name, self.values, self.origin, self.text = name, values, origin, text


class Struct:
    def __init__(self, name, origin, text=''):
        self.name, self.origin, self.text = name, origin, text
        self.rows, self.words, self.tag, self.flat = [], {}, None, False
        self.host = self          # the structure that holds the fields (flat ones have none)
        self.document = False


class Row:
    def __init__(self, place, name, where):
        self.place, self.name, self.where = place, name, where
        self.prefix = None
        self.shape, self.kind, self.ref, self.text = 'scalar', None, None, ''
        self.flags, self.words, self.field = set(), {}, None
        self.tagged = self.again = False

    def fail(self, why):
        raise ModelError(f'{self.where}: {self.name}: {why}')


class Model:
    def __init__(self):
        self.enums, self.structs, self.order, self.uses, self.descs = {}, {}, [], [], []


def snake(name):
    name = re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name.replace('-', '_').replace(':', '_').replace('.', '_'))
    return re.sub(r'([A-Z])([A-Z][a-z])', r'\1_\2', name).lower().replace('nw_filter', 'nwfilter')


def c_field(name):
    field = snake(name)
    return field + '_' if field in {'default', 'register', 'auto', 'switch', 'static', 'const', 'long', 'short',
                                    'int', 'char', 'double', 'float', 'if', 'for', 'do', 'case', 'inline',
                                    'signed', 'union', 'unix', 'linux'} else field


def read_lines(path):
    """(indent, text, where) of each logical line; a line that is indented 8 deeper than its first and begins
    with a backslash continues it."""
    lines = []
    with open(path, encoding='utf-8') as file:
        for number, raw in enumerate(file, 1):
            text = raw.rstrip()
            stripped = text.strip()
            if not stripped or stripped.startswith('#'):
                continue
            if stripped.startswith('\\'):
                indent, before, where = lines[-1]
                lines[-1] = (indent, before + ' ' + stripped[1:].strip(), where)
            else:
                lines.append((len(text) - len(text.lstrip()), stripped, f'{os.path.basename(path)}:{number}'))
    return lines


def split_text(line):
    head, mark, text = line.partition(' -- ')
    return head.strip(), text.strip()


class Loader:
    def __init__(self, directory):
        self.model, self.directory, self.loaded = Model(), directory, set()
        self.groups = {}

    def gather(self, path):
        """Row groups first: they may be used before they are written."""
        lines = read_lines(path)
        for at, (indent, line, _) in enumerate(lines):
            if indent == 0 and line.startswith('rows '):
                end = at + 1
                while end < len(lines) and lines[end][0] > 0:
                    end += 1
                self.groups[line.split()[1]] = lines[at + 1:end]

    def load(self, path, origin):
        if path in self.loaded:
            return
        self.loaded.add(path)
        lines = read_lines(path)
        at = 0
        while at < len(lines):
            indent, line, where = lines[at]
            head, text = split_text(line)
            words = shlex.split(head)
            end = at + 1
            while end < len(lines) and lines[end][0] > indent:
                end += 1
            body = lines[at + 1:end]
            if words[0] == 'use':
                self.use(words[1])
                if origin is None and words[1] not in self.model.uses:
                    self.model.uses.append(words[1])
            elif words[0] == 'enum':
                values = words[3:]
                for _, more, _ in body:
                    values += shlex.split(split_text(more)[0])
                self.add_enum(words[1], values, origin, text)
            elif words[0] == 'rows':
                pass
            elif words[0] in ('struct', 'document'):
                struct = self.add_struct(words[1], origin, text, where)
                struct.document = words[0] == 'document'
                rest = words[2:]
                if struct.document:
                    struct.tag = rest.pop(0)
                struct.words = dict(word.partition('=')[::2] for word in rest)
                self.rows(struct, body)
            else:
                raise ModelError(f'{where}: unknown word {words[0]}')
            at = end

    def use(self, name):
        """Another description: one file, or a folder of them."""
        folder = os.path.join(self.directory, name)
        paths = [folder + '.model']
        if os.path.isdir(folder):
            paths = [os.path.join(folder, file) for file in sorted(os.listdir(folder)) if file.endswith('.model')]
        for path in paths:
            self.gather(path)
        for path in paths:
            self.load(path, name)

    def add_enum(self, name, values, origin, text=''):
        if name in self.model.enums:
            raise ModelError(f'enum {name} is described twice')
        names = [None if v == '-' or v.startswith('-=') else v for v in values]
        self.model.enums[name] = Enum(name, names, origin, text)
        self.model.enums[name].absent = next((v[2:] for v in values if v.startswith('-=')), None)
        self.model.order.append(self.model.enums[name])

    def add_struct(self, name, origin, text, where):
        if name in self.model.structs or name in self.model.enums:
            raise ModelError(f'{where}: structure {name} is described twice')
        struct = Struct(name, origin, text)
        self.model.structs[name] = struct
        self.model.order.append(struct)
        self.model.descs.append(struct)
        return struct

    def rows(self, struct, lines):
        at = 0
        while at < len(lines):
            indent = lines[at][0]
            end = at + 1
            while end < len(lines) and lines[end][0] > indent:
                end += 1
            self.row(struct, lines[at], lines[at + 1:end])
            at = end

    def row(self, struct, line, body):
        _, line, where = line
        head, text = split_text(line)
        words = shlex.split(head)
        path = words.pop(0)
        if path.startswith('+'):
            if path[1:] not in self.groups:
                raise ModelError(f'{where}: no rows {path[1:]}')
            self.rows(struct, self.groups[path[1:]])
            return
        # a/b/@c: wrappers without fields of their own
        while '/' in path and not path.startswith('{'):
            wrapper, path = path.split('/', 1)
            outer = Row('element', wrapper, where)
            outer.shape, outer.ref = 'flat', self.flat(struct, outer, where)
            if ':' in outer.name:
                outer.prefix, outer.name = outer.name.split(':')
            outer.words = {w.partition('=')[0]: w.partition('=')[2] for w in words
                           if w.startswith(('when=', 'show=', 'once=', 'says_once=', 'ns='))}
            words = [w for w in words if not w.startswith(('when=', 'show='))]
            if 'keep' in words and '/' not in path:
                pass
            struct.rows.append(outer)
            struct = outer.ref
        if path.startswith('!'):
            row = Row('hook', path[1:], where)
        elif path.startswith('@'):
            row = Row('attr', path[1:], where)
        elif path == '.':
            row = Row('text', 'value', where)
        elif path.startswith('-'):
            row = Row('hidden', path[1:], where)
        else:
            row = Row('element', path, where)
        if ':' in row.name:
            row.prefix, row.name = row.name.split(':')
        row.text = text
        if row.place != 'hook':
            if not words:
                row.fail('has no type')
            renamed = next((w[3:] for w in words if w.startswith('as=')), None)
            self.type(struct, row, words.pop(0), body, where, renamed)
        for word in words:
            key, equals, value = word.partition('=')
            if equals and key in VALUES:
                row.words[key] = value
            elif word in FLAGS:
                row.flags.add(word)
            elif word == 'positive':
                row.words['min'] = '1'
                row.words.setdefault('max', '9223372036854775807')
            else:
                row.fail(f'unknown word {word}')
        row.field = row.words.get('as') or c_field((row.prefix + '_' if row.prefix else '') + row.name)
        struct.rows.append(row)

    def flat(self, struct, row, where):
        flat = Struct(f'{struct.name}_{snake(row.name)}', struct.origin)
        while flat.name in self.model.structs:
            flat.name += '_'
        flat.flat, flat.host = True, struct.host
        self.model.structs[flat.name] = flat
        self.model.descs.append(flat)
        return flat

    def type(self, struct, row, word, body, where, renamed=None):
        word = SUGAR.get(word, word)
        many = word.endswith('[]')
        inline = word.endswith('!')
        name = word[:-2] if many else word[:-1] if inline else word
        if name.startswith('enum'):
            row.kind = 'enum'
            if name.startswith('enum('):
                values = name[5:-1].split('|')
                outer = struct.host.name if renamed else struct.name
                row.ref = ''.join(p[:1].upper() + p[1:] for p in outer.split('_'))
                row.ref += ''.join(p.capitalize() for p in snake(renamed or row.name).split('_'))
                known = self.model.enums.get(row.ref)
                if known:          # a group of rows used twice in one structure
                    row.ref += 'Kind'
                self.add_enum(row.ref, values, struct.origin)
            else:
                row.ref = name[5:]
            row.shape = 'scalars' if many else 'scalar'
        elif name in KINDS:
            row.kind = name
            row.shape = 'scalars' if many else 'scalar'
        elif name == 'flat':
            row.shape, row.ref = 'flat', self.flat(struct, row, where)
            self.rows(row.ref, body)
        elif re.match(r'^[A-Z]\w*$', name):
            row.shape = 'list' if many else 'inline' if inline else 'child'
            row.ref = name
            if row.name == '*':
                row.tagged = True
            if body:
                self.rows(self.add_struct(name, struct.origin, row.text, where), body)
        else:
            row.fail(f'unknown type {word}')


def host_rows(model, struct):
    """Every row with a field in STRUCT, those of flat elements included."""
    for row in struct.rows:
        if row.shape == 'flat' and row.place == 'element':
            yield row
            yield from host_rows(model, row.ref)
        elif row.place != 'hook':
            yield row


def resolve(model):
    for struct in list(model.structs.values()):
        for row in struct.rows:
            if row.kind == 'enum' and row.ref not in model.enums:
                row.fail(f'no enum {row.ref}')
            if row.shape in ('list', 'child', 'inline'):
                if row.ref not in model.structs:
                    row.fail(f'no structure {row.ref}')
                row.ref = model.structs[row.ref]
            if 'when' in row.words:
                field, _, values = row.words['when'].partition(':')
                found = [r for r in host_rows(model, struct.host) if r.field == field and r.kind == 'enum']
                if not found:
                    row.fail(f'when: no enum field {field}')
                enum = model.enums[found[0].ref]
                mask = 0
                for value in values.lstrip('!').split(','):
                    value = None if value == '-' else value
                    if value not in enum.values:
                        row.fail(f'when: {enum.name} has no value {value}')
                    mask |= 1 << enum.values.index(value)
                if values.startswith('!'):
                    mask = ((1 << len(enum.values)) - 1) & ~mask
                row.when = (field, mask)
            else:
                row.when = None


def load(files, directory):
    loader = Loader(directory)
    try:
        for path in files:
            loader.gather(path)
        for path in files:
            loader.load(path, None)
        resolve(loader.model)
    except ModelError as error:
        sys.exit(f'model: {error}')
    return loader.model
