#!/usr/bin/env python3
"""The short form of tests/faults/targets.py."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from harness import main, test      # noqa: E402
from targets import run             # noqa: E402


@test("4 faults a sort of target: no half object, no success that is none, and at most one object sent again a cut")
def _():
    print("#", run(4, 1))


main()
