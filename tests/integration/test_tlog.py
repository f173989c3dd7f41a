#!/usr/bin/env python3
"""Logs that lib/tlog made, verified by Go's sumdb/note and sumdb/tlog, and by ourselves with each byte altered in turn."""
import contextlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, main, test       # noqa: E402

SMALL = (0, 1, 2, 3, 255, 256, 257, 511)
LARGE = (65535, 65536, 65537, 70000, 131073)
SEED = 20260723
SOME = 40       # bytes of a large log


def tool(name, *words):
    return subprocess.run([str(BUILD / "tests/tools" / name), *map(str, words)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200)


@contextlib.contextmanager
def logs():
    """A folder with one log for each size, the size being its name."""
    with tempfile.TemporaryDirectory(prefix="vedette-tlog-") as folder:
        for size in SMALL + LARGE:
            done = tool("tlog_log", "make", f"{folder}/{size}", size)
            assert done.returncode == 0, done.stdout
        yield pathlib.Path(folder)


@contextlib.contextmanager
def altered(path):
    """The file with one bit of one byte in its middle changed, for a while."""
    whole = path.read_bytes()
    at = len(whole) // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
    yield
    path.write_bytes(whole)


@test("Go's tools find every signature, inclusion and consistency proof of all sizes good")
def _(folder):
    done = tool("tlog_check", SEED, *(folder / str(size) for size in SMALL + LARGE))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" holds: ") == len(SMALL + LARGE), done.stdout


@test("our own verification finds them good, too")
def _(folder):
    for size in SMALL + LARGE:
        done = tool("tlog_log", "verify", folder / str(size))
        assert (done.returncode, done.stdout) == (0, f"log.example/test holds: {size} entries\n"), done.stdout


@test("an altered file is refused by Go's tools and by ours, which name it")
def _(folder):
    log = folder / "257"
    for name in ("checkpoint", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000"):
        with altered(log / name):
            ours, theirs = tool("tlog_log", "verify", log), tool("tlog_check", SEED, log)
        assert ours.returncode == 1, (name, ours.stdout)
        assert theirs.returncode == 1, (name, theirs.stdout)
        assert name in ours.stdout or (name == "tile/entries/000" and "tile/0/000: " in ours.stdout), ours.stdout


@test("Go's tools find receipts and their cosignatures good")
def _(folder):
    log = folder / "70000"
    for index in (0, 255, 65535, 65536, 69999):
        receipt = log / f"{index}.tlog-proof"
        receipt.write_text(tool("tlog_log", "receipt", log, index).stdout)
        done = tool("tlog_check", "receipt", log, receipt, log / "witness0", log / "witness1")
        assert (done.returncode, done.stdout) == (0, f"entry {index} of 70000, 2 witnesses\n"), done.stdout
    with altered(receipt):
        assert tool("tlog_check", "receipt", log, receipt, log / "witness0", log / "witness1").returncode == 1


@test("a file that is not there is named")
def _(folder):
    log = folder / "257"
    for name in ("tile/0/001.p/1", "tile/entries/000"):
        (log / name).rename(log / "aside")
        done = tool("tlog_log", "verify", log)
        (log / "aside").rename(log / name)
        assert done.returncode == 1 and name in done.stdout, done.stdout


@test("of small logs each byte of checkpoint, key, tiles and bundles counts")
def _(folder):
    for size in SMALL:
        done = tool("tlog_log", "flip", folder / str(size), 0, SEED)
        assert done.returncode == 0 and done.stdout.endswith(" 0 not noticed\n"), (size, done.stdout)


@test("of large logs bytes drawn from all levels count")
def _(folder):
    for size in LARGE:
        done = tool("tlog_log", "flip", folder / str(size), SOME, SEED)
        assert done.returncode == 0 and done.stdout == f"{SOME} bytes altered, 0 not noticed\n", (size, done.stdout)


main(logs)
