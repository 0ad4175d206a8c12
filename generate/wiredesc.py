"""The wire description: reads api/*.wire, one file for each program, into procedures and types.

docs/wire.md describes the words.  api/*.api says which public function a procedure carries (`wire PROGRAM NUMBER`).
"""
import pathlib
import re
from dataclasses import dataclass, field

from apidesc import DescriptionError

WORDS = {'int': 1, 'uint': 1, 'hyper': 2, 'uhyper': 2, 'double': 2, 'char': 1, 'uchar': 1, 'short': 1, 'ushort': 1,
         'uuid': 4}
TYPE = re.compile(r'^(\w+)(?:<(\d+)>|\[(\d+)\]|(\?))?$')


@dataclass
class Type:
    base: str
    many: int = 0       # at most so many, counted
    fixed: int = 0      # exactly so many
    optional: bool = False

    @property
    def text(self):
        return self.base + (f'<{self.many}>' if self.many else f'[{self.fixed}]' if self.fixed else
                            '?' if self.optional else '')


@dataclass
class WireField:
    name: str
    type: Type


@dataclass
class Proc:
    program: str
    number: int
    name: str
    kind: str                     # call or event
    args: list = field(default_factory=list)
    ret: list = field(default_factory=list)
    high: bool = False
    direct: bool = False
    unauthenticated: bool = False
    access: list = field(default_factory=list)
    filter: str = ''
    readstream: int = 0
    writestream: int = 0
    function: object = None       # the entry of api/*.api


@dataclass
class Program:
    name: str
    number: int
    version: int
    strings: int = 4194304
    structs: dict = field(default_factory=dict)
    procs: list = field(default_factory=list)


def parse_fields(text, where):
    out = []
    for word in text.split():
        name, _, type_ = word.partition(':')
        m = TYPE.match(type_)
        if not m:
            raise DescriptionError(f'{where}: "{word}" is no NAME:TYPE')
        out.append(WireField(name, Type(m.group(1), int(m.group(2) or 0), int(m.group(3) or 0), bool(m.group(4)))))
    return out


def logical_lines(path):
    """(number, indent, text), continuation lines (indented by eight) joined."""
    out = []
    for number, raw in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        if not raw.strip() or raw.startswith('#'):
            continue
        indent = len(raw) - len(raw.lstrip())
        if indent >= 8 and out:
            out[-1][2] += ' ' + raw.strip()
        else:
            out.append([number, indent, raw.strip()])
    return out


def read_program(path):
    path = pathlib.Path(path)
    program = current = None
    for number, indent, text in logical_lines(path):
        where = f'{path.name}:{number}'
        word, _, rest = text.partition(' ')
        if indent == 0:
            words = rest.split()
            if word == 'program':
                program = Program(words[0], int(words[1], 0), int(words[2]))
            elif word == 'strings':
                program.strings = int(rest)
            elif word == 'struct':
                current = program.structs[rest] = []
            elif word in ('call', 'event'):
                current = Proc(program.name, int(words[0]), words[1], word)
                program.procs.append(current)
            else:
                raise DescriptionError(f'{where}: unknown word "{word}"')
        elif word == 'fields':
            current += parse_fields(rest, where)
        elif word in ('args', 'message'):
            current.args = parse_fields(rest, where)
        elif word == 'ret':
            current.ret = parse_fields(rest, where)
        elif word == 'access':
            current.access = rest.split()
        elif word in ('high', 'direct', 'unauthenticated'):
            setattr(current, word, True)
        elif word in ('readstream', 'writestream'):
            setattr(current, word, int(rest))
        elif word == 'filter':
            current.filter = rest
        else:
            raise DescriptionError(f'{where}: unknown word "{word}"')
    return program


def read_wire(api, paths):
    """All programs by name, each procedure joined with the function that it carries."""
    programs = {}
    for path in paths:
        p = read_program(path)
        programs[p.name] = p
    index = {(p.name, proc.number): proc for p in programs.values() for proc in p.procs}
    for e in api.of('function', 'operation'):
        if not e.wire:
            continue
        proc = index.get((e.wire['program'], e.wire['number']))
        if proc is None:
            raise DescriptionError(f'{e.where}: {e.name}: no procedure {e.wire["program"]} {e.wire["number"]}')
        proc.function = e
        proc.high = proc.high or bool(e.wire.get('high'))
        proc.readstream = int(e.wire.get('readstream', proc.readstream))
        proc.writestream = int(e.wire.get('writestream', proc.writestream))
        proc.access = e.access or proc.access
        proc.filter = e.filter or proc.filter
    return programs
