"""The model generator: model/*.model in; C structures and descriptor tables, RELAX NG and a reference page out.

usage: model.py --name NAME --kind header|source|rng|reference --out FILE [--dir MODELDIR] FILE.model...
docs/model.md describes the language.
"""
import argparse
import os

import modellang
import modelc
import modeldoc


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--name', required=True)
    parser.add_argument('--kind', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--dir', default='.')
    parser.add_argument('files', nargs='+')
    args = parser.parse_args()
    model = modellang.load(args.files, args.dir)
    writers = {'header': modelc.header, 'source': modelc.source,
               'rng': modeldoc.rng, 'reference': modeldoc.reference}
    text = writers[args.kind](model, args.name)
    with open(args.out, 'w', encoding='utf-8') as out:
        out.write(text)


if __name__ == '__main__':
    main()
