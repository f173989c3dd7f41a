#!/usr/bin/env python3
"""The short form of tests/faults/reconnects.py."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from harness import main, test      # noqa: E402
from reconnects import run          # noqa: E402


@test("50 cuts, stalls, stops and kills of a subscriber under load: each event once and in order")
def _():
    print("#", run(50, 1))


main()
