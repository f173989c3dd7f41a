#!/usr/bin/env python3
"""The short forms of tests/faults/backup.py, roundtrips.py, memory.py, damage.py, beside.py, hostile.py and of retention.py's mutants."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
import backup                       # noqa: E402
import beside                       # noqa: E402
import damage                       # noqa: E402
import hostile                      # noqa: E402
import memory                       # noqa: E402
import retention                    # noqa: E402
import roundtrips                   # noqa: E402
from harness import SANITIZED, main, test      # noqa: E402


BROKEN = ("distrust is not heard", "smallness is what the agent says")


@test("6 failing disks and 2 kills within a backup: earlier ones are unharmed, no commit is false, the next works; mixed files are told")
def _():
    print("#", backup.run(6, 1, 2))


@test("trees of random files, backed up as they change: each backup comes back as the tree was then")
def _():
    print("#", roundtrips.run(5, 1))


@test("memory that runs out at one allocation of 5,000: no success that is none, no crash, and nothing is lost")
def _():
    print("#", "left out: a sanitizer's own allocator is not to fail" if SANITIZED else memory.run(5000, 1))


@test("a repository's bytes, lengths and objects altered: seen without a key, and nothing wrong comes back")
def _():
    print("#", damage.run(100, 1, 1000))


@test("a backup, the pruner, a restore and a verification at once: no reference is lost")
def _():
    print("#", beside.run(1, 1))


@test("backups written to do harm change nothing outside of the folder they are restored into")
def _():
    print("#", hostile.run(1, 1, 3, 6))


@test("two rules of retention, broken on purpose, are noticed")
def _():
    assert not retention.mutants([row for row in retention.MUTANTS if row[0] in BROKEN])


main()
