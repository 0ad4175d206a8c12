#!/usr/bin/env python3
"""Validate documents against RELAX NG schemas: schema.py SCHEMADIR DATA [INSTALLED].  Speaks TAP.

SCHEMADIR holds the schemas made from the model (NAME.gen.rng), DATA folders of documents by kind (NAME.out.xml).
INSTALLED, where it exists, is a folder with the original's schemas; the documents must fit those as well.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

# kind of documents: our schema, the original's
SCHEMAS = {'domain': ('domain', 'domain'), 'network': ('network', 'network'), 'network-test': ('network', 'network'),
           'networkport': ('network', 'networkport'), 'storage-pool': ('storage', 'storagepool'),
           'storage-pool-test': ('storage', 'storagepool'), 'storage-volume': ('storage', 'storagevol'),
           'nwfilter': ('nwfilter', 'nwfilter'), 'secret': ('secret', 'secret'), 'interface': ('interface', 'interface'),
           'nodedev': ('nodedev', 'nodedev'), 'capabilities': ('caps', 'capability'), 'domcaps': ('domcaps', 'domaincaps'),
           'poolcaps': ('domcaps', 'storagepoolcaps'), 'snapshot': ('moment', 'domainsnapshot'),
           'checkpoint': ('moment', 'domaincheckpoint'), 'backup': ('moment', None), 'cpu': ('domain', 'cpu'),
           'hostcpu': ('caps', None), 'sysinfo': ('domcaps', None), 'domstatus': ('status', None),
           'savecookie': ('status', None), 'migcookie': ('status', None), 'networkstatus': ('status', None),
           'poolstatus': ('status', None), 'nwfilterbindingstatus': ('status', None), 'domain-live': ('domain', 'domain'),
           'domain-migratable': ('domain', 'domain')}
# Documents of hypervisors or releases that the original's own schema does not cover.
NOT_THEIRS = {'pci-rom-disabled-invalid', 'pseries-spaprvio-invalid', 'net-user-passt'}


def failures(schema, files):
    """The files that do not fit, with the first reason."""
    run = subprocess.run(['xmllint', '--noout', '--relaxng', schema] + files, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, errors='replace')
    lines = run.stdout.splitlines()
    if any('failed to compile' in line for line in lines):
        return [f'{schema} does not compile: {lines[0]}']
    return [line for line in lines if line.endswith('fails to validate')]


def spoilt_passes(schema, path):
    """Whether a document with an element that nobody knows still fits."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    end = text.rindex('</')
    with tempfile.NamedTemporaryFile('w', suffix='.xml', encoding='utf-8') as spoilt:
        spoilt.write(text[:end] + '<nobodyknows/>' + text[end:])
        spoilt.flush()
        return not failures(schema, [spoilt.name])


def main():
    schemas, data = sys.argv[1:3]
    installed = sys.argv[3] if len(sys.argv) > 3 else ''
    if not shutil.which('xmllint'):
        print('xmllint (libxml2-utils) is not installed')
        return 77
    bad = 0
    for kind, (ours, theirs) in sorted(SCHEMAS.items()):
        files = sorted(glob.glob(f'{data}/{kind}/*.out.xml'))
        if not files:
            continue
        checks = [('ours', f'{schemas}/{ours}.gen.rng', files)]
        if theirs and os.path.exists(f'{installed}/{theirs}.rng'):
            known = [f for f in files if os.path.basename(f).split('.')[-3] not in NOT_THEIRS]
            checks.append(("the original's", f'{installed}/{theirs}.rng', known))
        for whose, schema, fit in checks:
            wrong = failures(schema, fit)
            bad += bool(wrong)
            print(f'{"not ok" if wrong else "ok"} - {kind}: {len(fit)} documents fit {whose} schema')
            for line in wrong[:5]:
                print('  # ' + line)
        passes = spoilt_passes(f'{schemas}/{ours}.gen.rng', files[0])
        bad += passes
        print(f'{"not ok" if passes else "ok"} - {kind}: an unknown element does not fit')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
