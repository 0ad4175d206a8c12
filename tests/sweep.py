"""What the sweeps share: asking a library, keeping its answers, comparing them with recorded ones.

A sweep is a set of scenarios; each asks questions of a fresh test:///default and gets an answer or an error.  Answers are
recorded from the library whose behaviour is to be kept, and compared on machines without it.
"""
import difflib
import gc
import itertools
import json
import os
import re
import sys

import libvirt

# Version 4: made up in this run.  The built-in objects' are of no version.
UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')
TIME = re.compile(r'(?<=creationTime>)\d+')
FOLDER = re.compile(r'/tmp/tmp\w+')
# Errors whose wording is the parser's own: only their code counts.
FREE_WORDING = {libvirt.VIR_ERR_XML_DETAIL, libvirt.VIR_ERR_XML_INVALID_SCHEMA, libvirt.VIR_ERR_SYSTEM_ERROR}
scenarios = []
answers = {}


def scenario(f):
    scenarios.append(f)
    return f


def plain(value):
    """A value as JSON can hold it, independent of the run."""
    if isinstance(value, libvirt.libvirtError):
        message = re.sub(r' \(0x[0-9a-f]+\) in function \w+', '', value.get_error_message() or '')
        return {'error': value.get_error_code(), 'domain': value.get_error_domain(), 'message': plain(message)}
    if isinstance(value, str):
        return FOLDER.sub('FOLDER', TIME.sub('TIME', UUID.sub('UUID', value)))
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, bytes):
        return value.decode('latin-1')
    for name in ('getName', 'name'):
        if callable(getattr(value, name, None)):
            return f'{type(value).__name__} {getattr(value, name)()}'
    return value if value is None or isinstance(value, (int, float, bool)) else type(value).__name__


def in_order(value):
    """Lists of names and of objects come in no particular order."""
    if isinstance(value, list) and value and all(isinstance(v, str) or callable(getattr(v, 'name', None)) for v in value):
        return sorted(value, key=lambda v: v if isinstance(v, str) else v.name())
    return value


class Sheet:
    """The answers of one scenario, in order."""

    def __init__(self, name):
        self.rows = answers[name] = []
        self.ends = []  # what to undo: (function, its argument)

    def ask(self, label, function, *args, mask=None):
        """Record what FUNCTION answers (through MASK, which hides what depends on the clock); returns the raw answer, or
        None after an error."""
        try:
            raw = function(*args)
            shown = plain(mask(raw) if mask else in_order(raw))
        except libvirt.libvirtError as error:
            raw, shown = None, plain(error)
        self.rows.append([label, shown])
        return raw

    def flags(self, label, function, *args, known=(), mask=None):
        """FUNCTION with every single flag bit as its last argument, and every pair and the union of the KNOWN ones; flags
        that give the same answer share a row."""
        values = {0} | {1 << b for b in range(32)} | {a | b for a, b in itertools.combinations(known, 2)}
        union = 0
        for bit in known:
            union |= bit
        begin, by_answer = len(self.rows), {}
        for value in sorted(values | {union, 0xffffffff}):
            signed = value - (1 << 32) if value > 0x7fffffff else value
            self.ask(f'{value:x}', function, *args, signed, mask=mask)
        for value, shown in self.rows[begin:]:
            # Which of several mistakes in FLAGS is named is the library's choice.
            refused = isinstance(shown, dict) and shown.get('error') == libvirt.VIR_ERR_INVALID_ARG
            key = 'refused' if refused else json.dumps(shown)
            by_answer.setdefault(key, ([], shown))[0].append(value)
        self.rows[begin:] = [[f'{label} 0x{" ".join(flags)}', shown] for flags, shown in by_answer.values()]


def turn():
    """Let the event loop deliver what waits."""
    for _ in range(3):
        timer = libvirt.virEventAddTimeout(0, lambda t, o: None, None)
        libvirt.virEventRunDefaultImpl()
        libvirt.virEventRemoveTimeout(timer)


class Events:
    """Domain events as they arrive: the guest, its id, the event and what it says."""

    def __init__(self, conn, sheet):
        self.sheet, self.conn, self.seen, self.numbers = sheet, conn, [], []
        for event in range(27):
            self.numbers.append(conn.domainEventRegisterAny(None, event, self.listener(event), None))

    def listener(self, event):
        def hear(conn, dom, *args):
            self.seen.append([dom.name(), dom.ID(), event, *plain(list(args[:-1]))])
        return hear

    def drain(self, label):
        turn()
        if self.seen:
            self.sheet.rows.append([f'events after {label}', self.seen])
        self.seen = []

    def end(self):
        for number in self.numbers:
            self.conn.domainEventDeregisterAny(number)
        turn()


def run():
    libvirt.registerErrorHandler(lambda c, e: None, None)
    libvirt.virEventRegisterDefaultImpl()
    for f in scenarios:
        conn = libvirt.open('test:///default')
        sheet = Sheet(f.__name__)
        try:
            f(sheet, conn)
        except (libvirt.libvirtError, AttributeError, TypeError) as error:
            sheet.rows.append(['broke off', repr(error)])
        for end, argument in sheet.ends:
            try:
                end(argument)
            except libvirt.libvirtError:
                pass
        turn()
        sheet.ends = []
        del sheet, conn
        gc.collect()


def same(recorded, now):
    if recorded == now:
        return True
    return (isinstance(recorded, dict) and isinstance(now, dict) and 'error' in recorded and
            recorded['error'] == now.get('error') and recorded['domain'] == now['domain'] and
            (recorded['error'] in FREE_WORDING or 'unsupported flags' in recorded['message'] + now['message']))


def difference(label, answer, got):
    if isinstance(answer, str) and isinstance(got[1], str) and '\n' in answer:
        lines = difflib.unified_diff(answer.splitlines(), got[1].splitlines(), 'recorded', 'now', n=1, lineterm='')
        return '\n#     '.join([label, *lines])
    return (f'{label}\n#     recorded {json.dumps(answer)}\n#     now      {json.dumps(got[1])}'
            + (f' ({got[0]})' if got[0] != label else ''))


def compare(recorded):
    total = bad = 0
    for name, rows in recorded.items():
        now = answers.get(name, [])
        wrong = []
        for i, (label, answer) in enumerate(rows):
            total += 1
            got = now[i] if i < len(now) else ['nothing', None]
            if got[0] != label or not same(answer, got[1]):
                wrong.append(difference(label, answer, got))
        if len(now) > len(rows):
            wrong.append(f'{len(now) - len(rows)} answers more than recorded')
        bad += len(wrong)
        print(f'{"not ok" if wrong else "ok"} - {name}, {len(rows)} answers')
        for text in wrong[:40]:
            print(f'#   {text}')
    print(f'# {total - bad} of {total} answers agree')
    return bad == 0


def main():
    words = [os.path.abspath(w) for w in sys.argv[1:] if not w.startswith('--')]
    run()
    if '--record' in sys.argv:
        with open(words[0], 'w') as out:
            out.write('{\n' + ',\n'.join(
                json.dumps(name) + ': [\n' + ',\n'.join(json.dumps(row) for row in rows) + ']'
                for name, rows in answers.items()) + '}\n')
        return 0
    with open(words[0]) as recorded:
        return 0 if compare(json.load(recorded)) else 1
