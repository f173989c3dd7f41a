#!/usr/bin/env python3
"""Backups by the real programs into a directory: back again bit for bit, by us and by stock tools; and nothing wrong is taken."""
import contextlib
import glob
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import AGENT, assert_same, content, facts, openssl, populate, remove, rigged  # noqa: E402
from harness import main, test                                                          # noqa: E402

import random                                                                           # noqa: E402

STEP_BYTES = 97     # every so many bytes of a repository one is altered


REPLACER = """
import os, sys
while True:
    for name in "abc":
        with open(f"{sys.argv[1]}.new", "w") as file:
            file.write(name)
        os.replace(f"{sys.argv[1]}.new", os.path.join(sys.argv[1], name))
"""


@contextlib.contextmanager
def machine():
    rig = rigged()
    try:
        rig.home = rig.folder / "home"
        populate(rig.home)
        yield rig
    finally:
        remove(rig.folder)


def restored(rig, name):
    return rig.folder / name / str(rig.home)[1:]


@test("a folder comes back as it was: owners, modes, times, attributes, links, holes, devices")
def _(rig):
    done = rig.backup(rig.home)
    assert done["event"] == "backup.done" and done["unread_files"] == 0, done
    rig.restore(rig.folder / "back")
    assert_same(rig.home, restored(rig, "back"))
    sparse = restored(rig, "back") / "sparse"
    assert sparse.stat().st_blocks * 512 < sparse.stat().st_size / 4


@test("the second recipient opens it, too; a stranger's key does not; of another signer's it says whose they are")
def _(rig):
    rig.restore(rig.folder / "back2", key=rig.second_key)
    assert_same(rig.home, restored(rig, "back2"))
    said = rig.restore(rig.folder / "back3", key=rig.state / "sign.key", status=1)
    assert f"of agent {AGENT} is not sealed for the key of --key, whose fingerprint is " in said, said
    said = rig.restore(rig.folder / "back3", "--find", "*", key=rig.state / "sign.key", status=1)
    assert "was not looked through: backup " in said and f"of agent {AGENT} is not sealed for the key of --key" in said, said
    said = rig.cli("backup", "verify", rig.target, "--agent", "77", status=1)
    assert "there is nothing of agent 77 in this target (no-backup)" in said, said
    said = rig.restore(rig.folder / "back3", "--signer", "alice", status=2)
    assert '--signer wants the fingerprint of a key, 64 digits from 0 to f, and "alice" is none' in said, said
    said = rig.restore(rig.folder / "back3", "--signer", "0" * 64, status=1)
    assert f"is signed by {'0' * 64}: the backup is signed by {rig.verify()['signer']}" in said, said


@test("the next backup stores what is new, and nothing else; without its cache everything, and right all the same")
def _(rig):
    rng = random.Random(2)
    unchanged = rig.backup(rig.home)
    assert unchanged["new_bytes"] == 0, unchanged
    with open(rig.home / "large", "r+b") as file:
        file.seek(2 << 20)
        file.write(b"changed here")
    (rig.home / "new").write_bytes(content(rng, 30000))
    (rig.home / "copy of new").write_bytes((rig.home / "new").read_bytes())
    (rig.home / "docs/moved").write_bytes((rig.home / "large").read_bytes()[:4 << 20])
    (rig.home / "setuid").unlink()
    changed = rig.backup(rig.home)
    assert 30000 <= changed["new_bytes"] < 1 << 20, changed
    rig.restore(rig.folder / "back4")
    assert_same(rig.home, restored(rig, "back4"))
    (rig.state / "backup.disk.cache").write_bytes((rig.state / "backup.disk.cache").read_bytes()[:-1] + b"?")
    lost = rig.backup(rig.home)
    assert lost["new_bytes"] > 8 << 20, lost
    rig.restore(rig.folder / "back5")
    assert_same(rig.home, restored(rig, "back5"))


@test("a segment that the target lost is not referred to again")
def _(rig):
    before = set(rig.objects("s"))
    rig.backup(rig.home)
    for path in before:
        path.unlink()
    again = rig.backup(rig.home)
    assert again["new_bytes"] > 8 << 20, again
    rig.restore(rig.folder / "back6")
    assert_same(rig.home, restored(rig, "back6"))
    assert rig.verify(status=1)["bad"] > 0


@test("one file, or one folder, with its parents; and on where a restore was broken off")
def _(rig):
    rig.restore(rig.folder / "some", f"{rig.home}/docs", f"{rig.home}/zz hard link")
    some = facts(restored(rig, "some"))[0]
    assert b"zz hard link" in some and b"large" not in some and b"docs" in some, some.keys()
    assert some[b"zz hard link"][5] == (rig.home / "large").read_bytes()
    partial = restored(rig, "back6") / "large"
    partial.unlink()
    (restored(rig, "back6") / "zz hard link").unlink()
    partial.write_bytes(b"cut off")
    partial.chmod(0o200)
    (restored(rig, "back6") / "new").write_text("of somebody else's")
    said = rig.restore(rig.folder / "back6", status=1)
    assert "new: File exists" in said and "1 could not be restored" in said, said
    assert partial.read_bytes() == (rig.home / "large").read_bytes()


@test("an anchor is restored by openssl, zstd and tar")
def _(rig):
    rig.backup("--anchor", rig.home, "--backup", "a" * 32)
    commit = openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER",
                     "-in", rig.target / f"vedette1/{AGENT}/c/{'a' * 32}.p7s").decode()
    script = (f"for s in {' '.join(line.split()[1] for line in commit.splitlines() if line.startswith('T '))}; do "
              f"openssl cms -decrypt -binary -inform DER -inkey {rig.key} -in {rig.target}/vedette1/{AGENT}/s/$s.p7m; done "
              f"| zstd -dc | tar -xif - -C {rig.folder}/stock --xattrs --xattrs-include='*' --numeric-owner -p")
    (rig.folder / "stock").mkdir()
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True)
    assert done.returncode == 0, done
    assert_same(rig.home, restored(rig, "stock"))
    sparse = restored(rig, "stock") / "sparse"
    assert sparse.stat().st_blocks * 512 < sparse.stat().st_size / 4
    rig.restore(rig.folder / "back7", "--backup", "a" * 32)
    assert_same(rig.home, restored(rig, "back7"))


@test("bytes of a small repository altered, every object cut off, swapped or removed: seen without a key")
def _(rig):
    for path in rig.objects():
        path.unlink()
    (rig.state / "backup.disk.cache").unlink()
    small = rig.folder / "small"
    small.mkdir()
    (small / "file").write_text("a few words")
    rig.backup(small)
    assert rig.verify() | {"bytes": 0, "signer": ""} == {"agent": AGENT, "backups": 1, "objects": 3, "bytes": 0, "bad": 0,
                                                       "unfollowed": 0, "signer": ""}
    signer = rig.verify()["signer"]
    objects = rig.objects()
    tried = 0
    for number, path in enumerate(objects):
        whole = path.read_bytes()
        path.chmod(0o600)
        for at in range(number, len(whole), STEP_BYTES):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1:])
            # A bit of the certificate's dress in a commit is signed by nobody; then the content is as it was.
            found = rig.cli("--json", "backup", "verify", rig.target, "--signer", signer, status=None) \
                if path.suffix == ".p7s" else rig.cli("backup", "verify", rig.target, status=1)
            assert path.suffix == ".p7s" or "altered" in found, found
            tried += 1
        for rest in (whole[:-1], whole[:len(whole) // 2], b"", whole + b"\0"):
            path.write_bytes(rest)
            rig.cli("backup", "verify", rig.target, status=1)
        path.write_bytes(whole)
        path.rename(path.with_suffix(".gone"))
        if path.suffix != ".p7s":
            assert "missing" in rig.cli("backup", "verify", rig.target, status=1)
        path.with_suffix(".gone").rename(path)
    assert tried > 30, tried
    rig.verify()


@test("a backup builds on nothing that a pruner may take away before it is committed, and misses the one before where that is gone")
def _(rig):
    (rig.folder / "small/new").write_text("others")
    rig.backup(rig.folder / "small", "--class", "daily", "--slot", "2026-01-01")
    again = rig.backup(rig.folder / "small", "--backup", "c" * 32)
    assert again["new_bytes"] == len("others") and again["changed_files"] <= 1, again
    assert rig.backup(rig.folder / "small")["new_bytes"] == 0
    for path in rig.objects("c"):
        path.unlink()
    rig.backup(rig.folder / "small")
    assert rig.verify()["unfollowed"] == 1


@test("a backup that is dated to come is not taken for the newest without a word")
def _(rig):
    dated = rig.folder / "dated"
    dated.mkdir()
    (dated / "file").write_text("to come")
    fake, = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    to_come = rig.backup(dated, env={"LD_PRELOAD": fake, "FAKETIME": "+20000d"})["backup"]
    (dated / "file").write_text("now")
    now = rig.backup(dated)["backup"]
    said = rig.restore(rig.folder / "back20", status=1)
    assert f"{to_come}: it ended at 208" in said and "--backup says which to take" in said, said
    assert rig.verify(status=1)["bad"] == 1
    rig.restore(rig.folder / "back20", "--backup", now)
    assert (rig.folder / "back20" / str(dated)[1:] / "file").read_text() == "now"
    for path in rig.objects("c"):
        if path.stem == to_come:
            path.unlink()
    rig.restore(rig.folder / "back21")
    rig.verify()


@test("where descriptors do not suffice there is no backup, and no part of one that is told of as whole")
def _(rig):
    deep = rig.folder / "deep"
    (deep / "/".join("folder" for _ in range(20))).mkdir(parents=True)
    os.link(rig.home / "large", deep / "large")
    before, statuses = len(rig.objects("c")), []
    for most in range(5, 70, 3):
        done = subprocess.run(["prlimit", f"--nofile={most}:{most}", *rig.command(deep)], capture_output=True, text=True)
        statuses.append(done.returncode)
        assert ("backup.failed" if done.returncode else '"unread_files":0') in done.stderr, (most, done)
        assert len(rig.objects("c")) - before == statuses.count(0), most
    assert set(statuses) == {0, 1}, statuses


@test("a backup whose name is taken, and one of a target that is not there, are refused")
def _(rig):
    assert rig.backup(rig.folder / "small", "--backup", "b" * 32)["event"] == "backup.done"
    assert rig.backup(rig.folder / "small", "--backup", "b" * 32, status=1)["code"] == "exists"
    rig.target.rename(rig.folder / "away")
    assert rig.backup(rig.folder / "small", status=1)["event"] == "backup.failed"
    (rig.folder / "away").rename(rig.target)


def listed(rig, name):
    """Segments of contents that a backup's commit says that it needs."""
    commit = openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER",
                     "-in", rig.target / f"vedette1/{AGENT}/c/{name}.p7s").decode()
    return {line.split()[1] for line in commit.splitlines() if line.startswith("C ")}


@test("what is left of a segment of which little is needed any more is stored anew, and no later backup lists it")
def _(rig):
    few, names = rig.folder / "few", [number * 32 for number in "1234"]
    few.mkdir()
    for number in range(10):
        (few / f"file{number}").write_bytes(content(random.Random(number), 100000))
    new_bytes = []
    for name in names:
        new_bytes.append(rig.backup(few, "--plan", "c" * 32, "--backup", name)["new_bytes"])
        for number in range(8):
            (few / f"file{number}").unlink(missing_ok=True)
    assert new_bytes == [1000000, 0, 200000, 0], new_bytes
    old, = listed(rig, names[0])
    new, = listed(rig, names[2])
    assert listed(rig, names[1]) == {old} and listed(rig, names[3]) == {new} != {old}
    rig.restore(rig.folder / "back8", "--backup", names[3])
    assert_same(few, rig.folder / "back8" / str(few)[1:])


@test("a link in the place of what is left out is left out, and not what it leads to")
def _(rig):
    (rig.home / "cache").symlink_to("docs")
    try:
        rig.backup(rig.home, "--exclude", rig.home / "cache", "--exclude", rig.home / "src", "--backup", "8" * 32)
        rig.restore(rig.folder / "back9", "--backup", "8" * 32)
    finally:
        (rig.home / "cache").unlink()
    back = restored(rig, "back9")
    assert (back / "docs").is_dir() and not os.path.lexists(back / "cache") and not (back / "src").exists()


def of_sort(rng, sort, size):
    """As agent/backup/sort.h has them: text, digits, dense, sparse."""
    letters = (b"abcdefgh \n", b"0123456789", bytes(range(256)), b"\0\0\0\0ab")[sort]
    return bytes(rng.choices(letters, k=size))


@test("small files of several sorts share a frame, and each comes back as itself, in whatever order they stand")
def _(rig):
    for seed in range(12):
        rng = random.Random(seed)
        home, back = rig.folder / f"mixed{seed}", rig.folder / f"mixed back{seed}"
        home.mkdir()
        sorts = (0, 2, 0, 2) if not seed else rng.choices(range(4), k=rng.randint(3, 12))
        for number, sort in enumerate(sorts):
            (home / f"{number:02}").write_bytes(of_sort(rng, sort, rng.choice((1000, 1000, 1000, 700, 2500))))
        rig.backup(home, "--backup", f"{seed + 0x500:032x}")
        rig.restore(back, "--backup", f"{seed + 0x500:032x}")
        assert_same(home, back / str(home)[1:])


PAGE = 4096


def page_altered(data, rng):
    at = rng.randrange(len(data) // PAGE) * PAGE
    return data[:at] + rng.randbytes(PAGE) + data[at + PAGE:]


CHANGES = {
    "nothing": lambda data, rng: data,
    "a page": page_altered,
    "first and last byte": lambda data, rng: bytes([data[0] ^ 1]) + data[1:-1] + bytes([data[-1] ^ 1]),
    "appended": lambda data, rng: data + rng.randbytes(3000),
    "cut off": lambda data, rng: data[:-700000],
    "inserted": lambda data, rng: data[:1 << 20] + b"between" + data[1 << 20:],
    "made a hole": lambda data, rng: data[:1 << 20] + bytes(1 << 20) + data[2 << 20:],
    "the hole filled": lambda data, rng: data.replace(bytes(1 << 20), rng.randbytes(1 << 20)),
}


@test("a large file of which little changes is stored but for that little, however it changes, and comes back as it is")
def _(rig):
    rng = random.Random(9)
    home, data, number = rig.folder / "database", rng.randbytes(6 << 20), 0x600
    home.mkdir()
    rig.backup(home, "--backup", f"{number:032x}")
    for what, change in [("all", lambda data, rng: data), *CHANGES.items(), *CHANGES.items()]:
        data = change(data, rng)
        with open(home / "file", "wb") as file:
            for at in range(0, len(data), PAGE):
                page = data[at:at + PAGE]
                file.seek(len(page), os.SEEK_CUR) if not any(page) else file.write(page)
            file.truncate(len(data))
        number += 1
        done = rig.backup(home, "--backup", f"{number:032x}")
        most = {"all": len(data), "nothing": 0, "the hole filled": 3 << 19}.get(what, 1 << 19)
        assert done["new_bytes"] <= most, (what, done)
        rig.restore(rig.folder / f"database {number}", "--backup", f"{number:032x}")
        assert (rig.folder / f"database {number}" / str(home)[1:] / "file").read_bytes() == data, what


@test("the longest plan: what is there is backed up, and all that is not is told")
def _(rig):
    (rig.folder / "there").write_text("one")
    gone = [str(rig.folder / f"gone{number}") for number in range(64 + 255)]
    words = [word for one in gone[:64] for word in ("--database", one)]
    done = rig.backup("--ordered", *words, "--backup", "d2" * 16, *gone[64:], rig.folder / "there")
    assert done["unread_files"] == len(gone), done


@test("a link of a file that could not be brought back is no other file's: it is told, too")
def _(rig):
    home, back = rig.folder / "linked", rig.folder / "back-linked"
    there = back / str(home)[1:]
    home.mkdir()
    there.mkdir(parents=True)
    (home / "a").write_text("what was backed up")
    os.link(home / "a", home / "b")
    (there / "a").write_text("what somebody else put there")
    rig.backup(home, "--backup", "d1" * 16)
    said = rig.restore(back, "--backup", "d1" * 16, status=1)
    assert "2 could not be restored" in said and not (there / "b").exists(), said
    assert (there / "a").read_text() == "what somebody else put there"


@test("files that are put in the place of others meanwhile are in each backup, or told of")
def _(rig):
    there = rig.folder / "replaced"
    there.mkdir()
    for name in "abc":
        (there / name).write_text(name)
    replacer = subprocess.Popen([sys.executable, "-c", REPLACER, there])
    try:
        for number in range(30):
            done = rig.backup(there, "--backup", f"{number:032x}")
            assert done["files"] - len(there.parts[1:]) + done["unread_files"] == 3, done
    finally:
        replacer.kill()
        replacer.wait()


main(machine)
