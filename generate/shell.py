#!/usr/bin/env python3
"""Writes a group of the shell's commands as C from shell/GROUP.cmd.
usage: shell.py OUT.c WORDS GROUP*.cmd API...  or  shell.py OUT.h WORDS GROUP*.cmd...
A group's commands may stand in several files: domain.cmd, domain-device.cmd.

Options are data; commands that only find an object and call one function are whole here.  The rest name a C function.
docs/shell.md says what the lines mean.
"""
import pathlib
import re
import sys

from apidesc import Api

OPTION = re.compile(r'^(?:<(?P<data>[\w-]+)>|--(?P<named>[\w-]+)(?:=(?P<value>TEXT|N))?)(?P<many>\.\.\.)?(?P<words>.*)$')
CALL = re.compile(r'^(\w+)\((.*)\)$')
# Objects that a word on the command line names: the option it stands in, the C type.
OBJECTS = {
    'domain': 'virDomain', 'network': 'virNetwork', 'pool': 'virStoragePool', 'vol': 'virStorageVol', 'interface': 'virInterface',
    'device': 'virNodeDevice', 'secret': 'virSecret', 'nwfilter': 'virNWFilter', 'binding': 'virNWFilterBinding',
    'port': 'virNetworkPort', 'snapshot': 'virDomainSnapshot', 'checkpoint': 'virDomainCheckpoint',
}
OPTION_OF = {'snapshot': 'snapshotname', 'checkpoint': 'checkpointname'}
VERBS = ('does', 'tells', 'xml', 'document', 'tunes', 'run')


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


class Command:
    def __init__(self, name):
        self.name = name
        self.c = name.replace('-', '_')
        self.help = self.about = self.verb = self.call = self.run = ''
        self.says = self.fails = self.alias = ''
        self.options, self.exclusive, self.requires, self.flags, self.params = [], [], [], [], []


class Group:
    def __init__(self, path, words):
        self.words = words
        self.name = path.stem
        self.keyword = self.title = ''
        self.open = None  # the shared options that are being read
        self.commands, self.shared = [], {}
        self.add(path)

    def add(self, path):
        """The commands of one more file."""
        self.path = path
        for self.line, raw in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
            text = raw.split('  #')[0].rstrip()
            if text and not text.startswith('#'):
                self.read(text)

    def fail(self, why):
        sys.exit(f'{self.path}:{self.line}: {why}')

    def read(self, text):
        if text.startswith('group '):
            _, self.keyword, self.title = text.split(' ', 2)
        elif text.startswith('command '):
            name, _, self_help = text[8:].partition(' -- ')
            self.commands.append(Command(name))
            self.commands[-1].help = self_help
        elif text.startswith('options '):
            self.shared[text[8:]] = self.open = []
            return
        elif text[0] != ' ' or not (self.commands or self.open is not None):
            self.fail(f'"{text}" belongs to no command')
        elif self.open is not None:
            self.open.append(self.option(text.strip()))
            return
        else:
            self.detail(self.commands[-1], text.strip())
        self.open = None

    def detail(self, command, text):
        word, _, rest = text.partition(' ')
        if word[0] in '<-':
            m = re.search(r' param=(\w+):(\w+)', text)
            if m:
                text = text.replace(m[0], '', 1)
            command.options.append(self.option(text))
            if m:
                command.params.append((command.options[-1][0], m[1], m[2]))
        elif word == 'use':
            if rest not in self.shared:
                self.fail(f'no options "{rest}" were described above')
            command.options += self.shared[rest]
        elif word in VERBS:
            command.verb = word
            command.run, command.call = (rest, '') if word == 'run' else ('', rest)
        elif word in ('says', 'fails', 'about', 'alias'):
            setattr(command, word, rest)
        elif word in ('exclusive', 'requires'):
            getattr(command, word).append(rest.split())
        elif word in ('noconnect', 'hidden'):
            command.flags.append({'noconnect': 'COMMAND_NO_CONNECTION', 'hidden': 'COMMAND_HIDDEN'}[word])
        else:
            self.fail(f'unknown word "{word}"')

    def option(self, text):
        text, _, help_ = text.partition(' -- ')
        m = OPTION.match(text)
        if not m:
            self.fail(f'"{text}" is no option')
        name = m['data'] or m['named']
        kind = 'WORDS' if m['many'] else 'DATA' if m['data'] else {'TEXT': 'STRING', 'N': 'NUMBER', None: 'BOOL'}[m['value']]
        flags, sets = [], '0'
        for word in m['words'].split():
            key, _, value = word.partition('=')
            if key == 'sets':
                sets = value
            elif key == 'alias':
                return (name, 'OPT_ALIAS', '0', '0', value)
            elif key == 'is':
                flags.append(f'OPTION_{value.upper()}')
            elif key in ('empty', 'named', 'required', 'number'):
                if key == 'number':
                    kind = 'NUMBER'
                else:
                    flags.append({'empty': 'OPTION_EMPTY_OK', 'named': 'OPTION_NAMED', 'required': 'OPTION_REQUIRED'}[key])
            else:
                self.fail(f'unknown word "{word}" of option {name}')
        if name in ('domain', 'file') and not any(f in ('OPTION_DOMAIN', 'OPTION_FILE') for f in flags):
            flags.append('OPTION_' + name.upper())
        help_ = help_ or self.words.get(name, '')
        if not help_:
            self.fail(f'option {name} has no help, here or in words.txt')
        return (name, f'OPT_{kind}', ' | '.join(flags) or '0', sets, help_)


class Writer:
    def __init__(self, group, functions):
        self.group, self.functions = group, functions
        self.out = f'/* The {group.name} commands. Generated by generate/shell.py from shell/{group.name}*.cmd; do not edit. */\n'
        self.out += '#include "shell/commands.h"\n\n#include <libvirt/libvirt-admin.h>\n#include <libvirt/libvirt-qemu.h>\n\n'

    def options(self, c):
        if not c.options:
            return 'NULL'
        self.out += f'static const Option options_{c.c}[] = {{\n'
        for name, kind, flags, sets, help_ in c.options:
            self.out += f'    {{{quote(name)}, {kind}, {flags}, {quote(help_)}, {sets}}},\n'
        self.out += '    {NULL},\n};\n'
        return f'options_{c.c}'

    def pairs(self, c, kind):
        rows = getattr(c, kind)
        if not rows:
            return 'NULL'
        self.out += f'static const OptionPair {kind}_{c.c}[] = {{\n'
        self.out += ''.join(f'    {{{quote(a)}, {quote(b)}}},\n' for a, b in rows) + '    {NULL, NULL},\n};\n'
        return f'{kind}_{c.c}'

    def arguments(self, c, text):
        """(declarations with their checks, the C arguments, the option that names the object)."""
        before, args, subject = '', [], ''
        for token in filter(None, (t.strip() for t in text.split(','))):
            if token in OBJECTS:
                option = OPTION_OF.get(token, token)
                subject = subject or option
                before += f'    g_autoptr({OBJECTS[token]}) {token} = shell_{token}(sh, args, NULL);\n'
                before += f'    if (!{token})\n        return FALSE;\n'
                args.append(token)
            elif token == 'conn':
                args.append('sh->conn')
            elif token == 'flags':
                args.append('args_flags(args)')
            elif token.startswith('$'):
                args.append(f'args_string(args, {quote(token[1:])})')
            elif token.startswith('@'):  # the content of a file
                before += f'    g_autofree char *content = shell_read_file(sh, args_string(args, {quote(token[1:])}));\n'
                before += '    if (!content)\n        return FALSE;\n'
                subject = subject or token[1:]
                args.append('content')
            elif token.startswith('#'):
                before += f'    long long number = 0;\n    if (args_number(sh, args, {quote(token[1:])}, 0, G_MAXINT64, &number) < 0)\n        return FALSE;\n'
                args.append('(unsigned long)number')
            else:
                args.append(token)
        return before, args, subject

    def function(self, c):
        if c.verb in ('run', ''):
            return c.run or f'run_{c.c}'
        name = f'run_{c.c}'
        if c.verb == 'tunes':
            return self.tune(c, name)
        calls = [CALL.match(part.strip()) for part in c.call.split(' then ')]
        if not all(calls):
            self.group.fail(f'{c.name}: "{c.call}" is no call')
        before, args, subject = self.arguments(c, calls[0][2])
        self.out += f'static gboolean\n{name}(Shell *sh, const Args *args)\n{{\n{before}'
        call = f'{calls[0][1]}({", ".join(args)})'
        typed = f'args_string(args, {quote(subject)})' if subject else 'NULL'
        fails = quote(c.fails) if c.fails else 'NULL'
        if c.verb == 'does':
            returns = self.functions.get(calls[0][1], 'int')
            if returns.endswith('Ptr'):
                kind = returns[:-3]
                self.out += f'    g_autoptr({kind}) made = {call};\n'
                self.out += f'    return shell_outcome(sh, made != NULL, {quote(c.says)}, {fails}, made ? {kind}GetName(made) : NULL, {typed});\n'
            else:
                self.out += f'    return shell_outcome(sh, {call} >= 0, {quote(c.says)}, {fails}, {typed}, {typed});\n'
        elif c.verb == 'tells':
            constant = self.functions.get(calls[0][1], '').startswith('const ')
            self.out += f'    {"const " if constant else "g_autofree "}char *text = {call};\n'
            self.out += f'    return shell_tell(sh, text, {fails}, {typed});\n'
        elif c.verb in ('xml', 'document'):
            self.out += f'    g_autofree char *xml = {call};\n'
            if c.verb == 'document':
                self.out += f'    if (xml && !args_flag(args, "xpath"))\n        return shell_tell(sh, xml, {fails}, {typed});\n'
            self.out += f'    return shell_tell_xml(sh, args, xml, {fails}, {typed});\n'
        self.out += '}\n'
        return name

    def tune(self, c, name):
        """Show typed parameters, or set those that options give."""
        words = c.call.split()
        rows = ''.join(f'        {{{quote(option)}, {quote(field)}, TUNE_{kind.upper()}}},\n' for option, field, kind in c.params)
        device = quote(words[2][1:]) if len(words) > 2 else 'NULL'
        plain, named = (words[:2], ['NULL', 'NULL']) if device == 'NULL' else (['NULL', 'NULL'], words[:2])
        self.out += f'static gboolean\n{name}(Shell *sh, const Args *args)\n{{\n    static const TuneOption options[] = {{\n{rows}        {{NULL}},\n    }};\n'
        self.out += f'    static const Tune tune = {{options, {", ".join(plain + named)}, {device}, {quote(c.fails)}}};\n'
        self.out += '    return shell_tune(sh, args, &tune);\n}\n'
        return name

    def write(self):
        self.group.commands.sort(key=lambda c: c.name)
        rows = ''
        for c in self.group.commands:
            options, exclusive, requires = self.options(c), self.pairs(c, 'exclusive'), self.pairs(c, 'requires')
            run = 'NULL' if c.alias else self.function(c)
            self.out += '\n'
            rows += f'    {{{quote(c.name)}, {run}, {options}, {quote(c.help)}, {quote(c.about)}, {" | ".join(c.flags) or "0"},\n' \
                    f'     {quote(c.alias) if c.alias else "NULL"}, {exclusive}, {requires}}},\n'
        self.out += f'const Command {self.group.name}_commands[] = {{\n{rows}    {{NULL}},\n}};\n'
        return self.out


def read_words(path):
    words = {'path': path}
    for line in path.read_text(encoding='utf-8').splitlines():
        if line.strip() and not line.startswith('#'):
            name, _, text = line.partition(' -- ')
            words[name.strip()] = text.strip()
    return words


def header(out, words, paths):
    """What the tables call: every function that is written by hand."""
    groups = {}
    for path in map(pathlib.Path, paths):  # a group's own file comes before the others that it stands in
        name = path.stem.split('-')[0]
        if name in groups:
            groups[name].add(path)
        else:
            groups[name] = Group(path, words)
    groups = groups.values()
    text = '/* The functions of commands. Generated by generate/shell.py; do not edit. */\n#pragma once\n\n#include "shell/shell.h"\n\n'
    for group in groups:
        if group.keyword:
            text += f'extern const Command {group.name}_commands[];\n'
    names = sorted({c.run or f'run_{c.c}' for g in groups for c in g.commands if c.verb == 'run' and not c.alias})
    text += '\n' + ''.join(f'gboolean {name}(Shell *sh, const Args *args);\n' for name in names)
    pathlib.Path(out).write_text(text, encoding='utf-8')


def main():
    if sys.argv[1].endswith('.h'):
        header(sys.argv[1], read_words(pathlib.Path(sys.argv[2])), sys.argv[3:])
        return
    out, words, path = sys.argv[1:4]
    api = Api([a for a in sys.argv[4:] if a.endswith('.api')])
    functions = {f.name: f.type for f in api.functions()}
    group = Group(pathlib.Path(path), read_words(pathlib.Path(words)))
    for more in [a for a in sys.argv[4:] if a.endswith('.cmd')]:
        group.add(pathlib.Path(more))
    pathlib.Path(out).write_text(Writer(group, functions).write(), encoding='utf-8')


if __name__ == '__main__':
    main()
