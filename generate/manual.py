#!/usr/bin/env python3
"""Writes the reference manual: one HTML page per header, an index, and the driver support matrix.

usage: manual.py OUTDIR DRIVERS API...   DRIVERS is the folder src/drivers.
"""
import html
import pathlib
import re
import sys

from apidesc import Api, HEADER_ORDER
from headers import arg_list, pointer_join
from ops import TABLES, operations

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav a { margin-right: .8rem; white-space: nowrap; }
pre, code { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--soft); padding: .6rem .8rem; overflow-x: auto; border-radius: 4px; }
section { border-top: 1px solid var(--line); margin-top: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-family: ui-monospace, monospace; font-size: .9em; } dd { margin: 0; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .1rem .5rem; text-align: left; }
.since { color: #888; font-size: .85em; }
"""


def page(title, body, nav):
    return f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>' \
           f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="style.css"></head>\n' \
           f'<body><nav>{nav}</nav><h1>{html.escape(title)}</h1>\n{body}</body></html>\n'


class Manual:
    def __init__(self, api):
        self.api = api
        self.home = {}
        for e in api.entries:
            self.home[e.name] = self.file(e.header)
            if e.kind == 'opaque':
                self.home[e.name + 'Ptr'] = self.file(e.header)
            for v in e.values:
                self.home[v.name] = self.file(e.header)
        self.anchor = {v.name: e.name for e in api.entries for v in e.values}

    @staticmethod
    def file(header):
        return header.replace('.h', '.html')

    def link(self, text):
        """Escape TEXT and link every name that the API defines."""
        def one(m):
            name = m.group(0)
            page_ = self.home.get(name)
            return f'<a href="{page_}#{self.anchor.get(name, name).removesuffix("Ptr")}">{name}</a>' if page_ else name
        return re.sub(r'\b_?[vV][iI][rR]\w+', one, html.escape(text))

    def definitions(self, pairs):
        rows = ''.join(f'<dt>{n}</dt><dd>{self.link(t)}</dd>' for n, t in pairs if t)
        return f'<dl>{rows}</dl>\n' if rows else ''

    def section(self, e, body):
        since = f' <span class="since">since {e.since}</span>' if e.since else ''
        return f'<section id="{e.name}"><h3>{e.name}{since}</h3>\n<p>{self.link(e.text)}</p>\n{body}</section>\n'

    def function(self, e):
        proto = f'{pointer_join(e.type, e.name)}({arg_list(e.args)});'
        body = f'<pre>{self.link(proto)}</pre>\n' + self.definitions([(a.name, a.text) for a in e.args])
        if e.returns:
            body += f'<p>Returns {self.link(e.returns)}.</p>\n'
        body += self.definitions(e.errors)
        if e.exclusive:
            pairs = '; '.join(f'{a} and {b}' for a, b in e.exclusive)
            body += f'<p>Exclude each other: {self.link(pairs)}.</p>\n'
        if e.write:
            body += '<p>Refused on read-only connections.</p>\n'
        return self.section(e, body)

    def callback(self, e):
        proto = f'{pointer_join(e.type, "")}(*{e.name})({arg_list(e.args)});'
        body = f'<pre>{self.link(proto)}</pre>\n' + self.definitions([(a.name, a.text) for a in e.args])
        return self.section(e, body)

    def enum(self, e):
        rows = ''.join(f'<tr><td id="{v.name}"><code>{v.name}</code></td><td>{v.value}</td>'
                       f'<td>{self.link(v.text)} <span class="since">{v.since}</span></td></tr>\n'
                       for v in e.values if not v.sentinel)
        return self.section(e, f'<table>{rows}</table>\n')

    def struct(self, e):
        return self.section(e, self.definitions([(html.escape(f.decl), f.text) for f in e.fields]))

    def macro(self, e):
        return self.section(e, f'<pre>{html.escape(e.name + e.params)} = {html.escape(e.body)}</pre>\n')

    def plain(self, e):
        return self.section(e, '')

    def write(self, outdir, drivers):
        nav = '<a href="index.html">Index</a> <a href="support.html">Drivers</a> ' + ' '.join(
            f'<a href="{self.file(h)}">{h[:-2].replace("libvirt-", "")}</a>' for h in HEADER_ORDER)
        kinds = [('function', 'Functions', self.function), ('callback', 'Callbacks', self.callback),
                 ('enum', 'Enumerations', self.enum), ('struct', 'Structures', self.struct),
                 ('opaque', 'Handles', self.plain), ('variable', 'Variables', self.plain),
                 ('macro', 'Macros', self.macro)]
        for header in HEADER_ORDER:
            body = ''
            for kind, title, show in kinds:
                entries = self.api.of(kind, header=header)
                if entries:
                    body += f'<h2>{title}</h2>\n' + ''.join(map(show, sorted(entries, key=lambda e: e.name)))
            (outdir / self.file(header)).write_text(page(header, body, nav), encoding='utf-8')
        names = sorted(e.name for e in self.api.of('function'))
        index = '<ul>' + ''.join(f'<li>{self.link(n)}</li>' for n in names) + '</ul>'
        (outdir / 'index.html').write_text(page('Functions', index, nav), encoding='utf-8')
        (outdir / 'support.html').write_text(page('What each driver supports', support(self.api, drivers), nav),
                                             encoding='utf-8')
        (outdir / 'style.css').write_text(STYLE, encoding='utf-8')


def implemented(folder):
    """The operations that a driver's tables name: rows of the form ".operation = function"."""
    found = set()
    for source in folder.glob('**/*.c'):
        for m in re.finditer(r'^\s*\.(\w+) = \w+,', source.read_text(encoding='utf-8'), re.M):
            found.add(m.group(1))
    return found


def support(api, drivers):
    names = sorted(d.name for d in drivers.iterdir() if d.is_dir())
    have = {n: implemented(drivers / n) for n in names}
    out = ''
    for table in TABLES[:-1]:
        ops = operations(api, table)
        head = ''.join(f'<th>{n}</th>' for n in names)
        rows = ''.join(f'<tr><td><code>{op}</code></td>' + ''.join(
            f'<td>{"yes" if op in have[n] else ""}</td>' for n in names) + '</tr>\n' for op in ops)
        counts = ', '.join(f'{n} {sum(op in have[n] for op in ops)}' for n in names)
        out += f'<h2>{table}</h2>\n<p>{len(ops)} operations: {counts}.</p>\n<table><tr><th></th>{head}</tr>\n{rows}</table>\n'
    return out + ''.join(notes(f) for f in sorted(drivers.glob('*/support.tsv')))


def notes(path):
    """What a driver says about its own kinds of things: the first line is the heads of a table."""
    head, *rows = [line.split('\t') for line in path.read_text(encoding='utf-8').splitlines()]
    cells = ''.join('<tr>' + ''.join(f'<td>{html.escape(c)}</td>' for c in row) + '</tr>\n' for row in rows)
    return f'<h2>{head[0]}</h2>\n<table><tr>{"".join(f"<th>{html.escape(h)}</th>" for h in [""] + head[1:])}</tr>\n{cells}</table>\n'


def main():
    outdir = pathlib.Path(sys.argv[1])
    outdir.mkdir(parents=True, exist_ok=True)
    Manual(Api(sys.argv[3:])).write(outdir, pathlib.Path(sys.argv[2]))


if __name__ == '__main__':
    main()
