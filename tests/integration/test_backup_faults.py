#!/usr/bin/env python3
"""The short form of tests/faults/backup.py."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from harness import main, test      # noqa: E402
from backup import run              # noqa: E402


@test("6 kills and failing disks within a backup: earlier ones are unharmed, no commit is false, the next works")
def _():
    print("#", run(6, 1))


main()
