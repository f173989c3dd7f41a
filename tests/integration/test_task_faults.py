#!/usr/bin/env python3
"""The short form of tests/faults/tasks.py."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from harness import main, test      # noqa: E402
from tasks import run               # noqa: E402


@test("8 kills and cuts on the way of signed tasks: none is lost, and none runs twice")
def _():
    print("#", run(8, 1))


main()
