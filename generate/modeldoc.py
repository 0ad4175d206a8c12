"""The other two views of the model: a RELAX NG schema and a reference page."""
from xml.sax.saxutils import escape, quoteattr

from modellang import UNITS, snake

def pattern(text):
    return f'<data type="string"><param name="pattern">{text}</param></data>'


NUMBER = pattern('\\+?[0-9]+|0[xX][0-9a-fA-F]+')
SIGNED = pattern('[-+]?[0-9]+|0[xX][0-9a-fA-F]+')
SIZE = '<data type="unsignedLong"/>'
DATA = {
    'string': '<text/>', 'alias': '<text/>', 'ip': '<text/>', 'int': SIGNED, 'llong': SIGNED,
    'uint': NUMBER, 'ullong': NUMBER, 'octal': pattern('0?[0-7]+'), 'double': '<data type="decimal"/>',
    'kib': SIZE, 'mib': SIZE, 'megs': SIZE, 'pretty': SIZE, 'bytes': SIZE, 'octets': SIZE,
    'bitmap': pattern('[0-9^,\\- ]*'), 'uuid': pattern('[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}'),
    'mac': pattern('([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}'),
    'bool_yes': '<choice><value>yes</value><value>no</value></choice>',
    'bool_on': '<choice><value>on</value><value>off</value></choice>', 'flag': '<empty/>',
    'xml': '<ref name="anything"/>',
}


def value_of(row, model):
    if 'among' in row.words:
        return '<choice>' + ''.join(f'<value>{escape(v)}</value>' for v in row.words['among'].split(',')) + '</choice>'
    if row.kind == 'enum':
        enum = model.enums[row.ref]
        names = [v for v in enum.values if v is not None] + ([enum.absent] if enum.absent else [])
        return '<choice>' + ''.join(f'<value>{escape(v)}</value>' for v in names) + '</choice>'
    return DATA[row.kind]


UNIT = '<optional><attribute name="unit"><text/></attribute></optional>'


def hook_rng(row):
    """What a hook reads by hand: "@name" an attribute, "name" an element, of any content."""
    out = ''
    for name in filter(None, row.words.get('knows', '').split(',')):
        if name.startswith('@'):
            out += f'<optional><attribute name={quoteattr(name[1:])}/></optional>'
        else:
            out += f'<zeroOrMore><element name={quoteattr(name)}><ref name="anything"/></element></zeroOrMore>'
    return out


def row_rng(row, model):
    optional, close = ('', '') if 'required' in row.flags and not row.when else ('<optional>', '</optional>')
    name = quoteattr(row.name)
    if row.place == 'hook':
        return hook_rng(row)
    if row.place == 'hidden':
        return ''
    if row.place == 'attr':
        unit = UNIT if row.kind in UNITS else ''
        return f'{optional}<attribute name={name}>{value_of(row, model)}</attribute>{close}{unit}'
    if row.place == 'text':
        unit = UNIT if row.kind in UNITS else ''
        return f'{unit}<text/>'
    if row.kind == 'xml':
        return f'<optional><element name={name}><ref name="anything"/></element></optional>'
    if row.shape in ('list', 'scalars'):
        optional, close = '<zeroOrMore>', '</zeroOrMore>'
    if row.kind:
        unit = UNIT if row.kind in UNITS else ''
        body = unit + value_of(row, model)
    else:
        body = f'<ref name="{snake(row.ref.name)}"/>'
    ns = f' ns={quoteattr(row.words["ns"])}' if row.prefix else ''
    if row.tagged:
        tags = row.ref.words['tags']
        field = next(r for r in row.ref.rows if r.field == tags)
        return '<zeroOrMore><choice>' + ''.join(
            f'<element name={quoteattr(v)}>{body}</element>' for v in model.enums[field.ref].values if v
        ) + '</choice></zeroOrMore>'
    return f'{optional}<element name={name}{ns}>{body}</element>{close}'


def rng(model, name):
    out = ('<?xml version="1.0"?>\n<!-- Generated from the model description: do not edit. -->\n'
           '<grammar xmlns="http://relaxng.org/ns/structure/1.0"\n'
           '         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">\n')
    documents = [s for s in model.descs if s.document and s.origin is None]
    out += '  <start><choice>\n'
    for struct in documents:
        out += f'    <element name="{struct.tag}"><ref name="{snake(struct.name)}"/></element>\n'
    out += '  </choice></start>\n'
    for struct in model.descs:
        merged = {}
        for row in struct.rows:      # variants of one element are alternatives
            merged.setdefault((row.place, row.prefix, row.name), []).append(row)
        parts = []
        for rows in merged.values():
            texts = [t for t in (row_rng(row, model) for row in rows) if t]
            if len(texts) > 1:
                parts.append('<choice>' + ''.join(dict.fromkeys(texts)) + '</choice>')
            else:
                parts += texts
        body = '\n      '.join(parts) or '<empty/>'
        out += f'  <define name="{snake(struct.name)}">\n    <interleave>\n      {body}\n    </interleave>\n  </define>\n'
    out += ('  <define name="anything"><zeroOrMore><choice><text/><attribute><anyName/></attribute>'
            '<element><anyName/><ref name="anything"/></element></choice></zeroOrMore></define>\n</grammar>\n')
    return out


def type_words(row, model):
    if row.kind == 'enum':
        return ' \\| '.join(f'`{v}`' for v in model.enums[row.ref].values if v is not None)
    if row.kind:
        return row.kind
    return f'[{row.ref.name}](#{row.ref.name.lower()})'


def reference_rows(struct, model, path, out):
    for row in struct.rows:
        if row.place in ('hook', 'hidden'):
            continue
        mark = {'attr': f'@{row.name}', 'text': 'text', 'element': f'<{row.name}>'}[row.place]
        here = f'{path}/{mark}' if path else mark
        if row.shape == 'flat':
            if row.text:
                out.append(f'| `{here}` | | {row.text} | {row.words.get("since", "")} |')
            reference_rows(row.ref, model, here, out)
            continue
        notes = [row.text.rstrip('.') + '.' if row.text else '']
        if 'default' in row.words:
            notes.append(f'Default {row.words["default"]}.')
        for flag, said in (('required', 'Required.'), ('live', 'Only while running.'),
                           ('secure', 'Only with the secure flag.'), ('status', 'Only in status files.')):
            if flag in row.flags:
                notes.append(said)
        if row.when:
            notes.append(f'Only when {row.words["when"].replace(":", " is ").replace(",", " or ")}.')
        many = ', repeated' if row.shape in ('list', 'scalars') else ''
        out.append(f'| `{here}` | {type_words(row, model)}{many} | {" ".join(n for n in notes if n)} | '
                   f'{row.words.get("since", "")} |')


def reference(model, name):
    out = [f'# The {name} document', '', 'Generated from the model description.', '']
    for struct in model.descs:
        if struct.flat:
            continue
        out += [f'## {struct.name}', '', struct.text, '', '| where | type | meaning | since |', '|---|---|---|---|']
        reference_rows(struct, model, '', out)
        out.append('')
    return '\n'.join(out) + '\n'
