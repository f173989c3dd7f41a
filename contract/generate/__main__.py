"""Derive code and reference pages from the tables in contract/.

    python3 contract/generate code BUILD_DIR     contract.h, contract.c, serve_<service>.c, contract.ts
    python3 contract/generate docs DOCS_DIR      the reference pages and openapi.json
"""
import pathlib
import sys

import c
import docs
import tables
import typescript


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("code", "docs"):
        sys.exit(__doc__)
    source = pathlib.Path(__file__).resolve().parent.parent
    target = pathlib.Path(sys.argv[2])
    try:
        contract = tables.read(source)
    except tables.Mistake as mistake:
        sys.exit(f"contract/{mistake}")
    makers = [c, typescript] if sys.argv[1] == "code" else [docs]
    target.mkdir(parents=True, exist_ok=True)
    for maker in makers:
        for name, text in maker.make(contract).items():
            path = target / name
            # An unchanged file keeps its time, so that make rebuilds nothing behind it.
            if not path.exists() or path.read_text() != text:
                path.write_text(text)


main()
