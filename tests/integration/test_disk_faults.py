#!/usr/bin/env python3
"""The short form of tests/faults/disk.py."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from disk import run                # noqa: E402
from harness import main, test      # noqa: E402


@test("15 kills, power cuts and failures at audit's writes: nothing acknowledged is lost, out of order or twice")
def _():
    print("\n".join(f"# {line}" for line in run(15, 1, lambda *_, **__: None).splitlines()))


main()
