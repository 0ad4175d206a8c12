#!/usr/bin/env python3
"""Manual pages from what the tables know.

usage: man.py OUT.1 PROGRAM VERSION WORDS GROUP.cmd...   a shell's page: every command with its options
       man.py OUT.1 PAGE.txt VERSION                     a page that is written by hand: its first line is "name(section) -- what"
A page by hand has paragraphs; a line in capitals is a heading, one that begins with two blanks is kept as it is.
"""
import pathlib
import re
import sys

from shell import Group, read_words

INTRO = {
    'virsh': ('manage guests, their networks and storage',
              'is the shell of Vireo: one command, several in one line between semicolons, or an interactive session without any. It uses '
              'libvirt\'s public API only and so runs on any libvirt.'),
    'virt-admin': ('administer a daemon', 'shows and changes a running daemon: its servers, workers, clients and log.'),
}
OPTIONS = [
    ('-c, --connect URI', 'what to connect to'), ('-o, --output FORMAT', 'print text, json or yaml; every command takes it too'),
    ('-r, --readonly', 'change nothing'), ('-q, --quiet', 'results only'), ('-t, --timing', 'how long each command took'),
    ('-d, --debug NUM', 'say more, from 4 (least) to 0'), ('-l, --log FILE', 'keep what was said'),
    ('-e, --escape CHAR', 'what leaves a console; ^] without'), ('-k, --keepalive-interval NUM', 'seconds between signs of life; 0 for none'),
    ('-K, --keepalive-count NUM', 'how many may fail'), ('-v, -V, --version', 'which version this is'), ('-h, --help', 'all commands'),
]


def escape(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text[:1] in ".'" else text


def synopsis(command):
    words = []
    for name, kind, flags, _, _ in command.options:
        if kind == 'OPT_ALIAS':
            continue
        if kind == 'OPT_DATA':
            words.append(f'<{name}>')
        elif kind == 'OPT_WORDS':
            words.append(f'[<{name}>]...')
        elif kind == 'OPT_BOOL':
            words.append(f'[--{name}]')
        elif 'OPTION_REQUIRED' in flags:
            words.append(f'--{name} <value>')
        else:
            words.append(f'[--{name} <{"number" if kind == "OPT_NUMBER" else "string"}>]')
    return ' '.join([command.name] + words)


def head(name, section, version, what):
    return f'.TH {name.upper()} {section} "" "Vireo {version}" ""\n.SH NAME\n{escape(name)} \\- {escape(what)}\n'


def shell_page(program, version, words, paths):
    what, about = INTRO[program]
    out = head(program, 1, version, what)
    out += f'.SH SYNOPSIS\n.B {escape(program)}\n[options] [command [arguments]]\n.SH DESCRIPTION\n.B {escape(program)}\n{escape(about)}\n.SH OPTIONS\n'
    for option, text in OPTIONS:
        out += f'.TP\n.B {escape(option)}\n{escape(text)}\n'
    groups = {}
    for path in map(pathlib.Path, paths):
        name = path.stem.split('-')[0]
        if name in groups:
            groups[name].add(path)
        else:
            groups[name] = Group(path, words)
    for group in groups.values():
        out += f'.SH "{escape(group.title or "Commands of every shell").upper()}"\n'
        for command in group.commands:
            if command.alias or 'COMMAND_HIDDEN' in command.flags:
                continue
            out += f'.SS {escape(synopsis(command))}\n{escape(command.help[:1].upper() + command.help[1:])}.\n'
            if command.about:
                out += escape(command.about) + '\n'
            for name, kind, _, _, text in command.options:
                if kind != 'OPT_ALIAS':
                    out += f'.TP\n.B {escape(name if kind in ("OPT_DATA", "OPT_WORDS") else "--" + name)}\n{escape(text)}\n'
    return out + '.SH "EXIT STATUS"\n0 when the command succeeded, 1 when it did not.\n'


def text_page(path, version):
    lines = path.read_text(encoding='utf-8').splitlines()
    m = re.match(r'([\w-]+)\((\d)\) -- (.*)$', lines[0])
    if not m:
        sys.exit(f'{path}:1: "name(section) -- what" was expected')
    out, kept = head(m[1], m[2], version, m[3]), False
    for line in lines[1:]:
        indented = line.startswith('  ')
        if indented != kept:
            out += '.nf\n' if indented else '.fi\n'
            kept = indented
        if line and line == line.upper() and line[0].isalpha():
            out += f'.SH "{escape(line)}"\n'
        elif line:
            out += escape(line) + '\n'
        else:
            out += '.PP\n'
    return out + ('.fi\n' if kept else '')


def main():
    out, what, version = sys.argv[1:4]
    if what.endswith('.txt'):
        text = text_page(pathlib.Path(what), version)
    else:
        text = shell_page(what, version, read_words(pathlib.Path(sys.argv[4])), sys.argv[5:])
    pathlib.Path(out).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
