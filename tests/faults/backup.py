#!/usr/bin/python3
"""Backups that are killed, whose disk fails at every call by which they change a file, and whose files change meanwhile.

    tests/faults/backup.py [FAULTS|all [SEED [MOMENTS]]]    all, a seed of the clock's, 1,000 moments

Before each there is a good backup. A library (io_faults.c) kills the program before or after its nth write, sync, link, …,
of all threads together, or in the midst of it; or has it fail, once or from then on, be short, or be interrupted; for every n
that there is. And it is killed at so many moments. Then the good backup must restore as before, every commit must verify and
restore what it says, and the next run must do its work with nobody's help. Of a file that is written to meanwhile, what comes
back was there at one time, or bears a flag.
"""
import collections
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import assert_same, content, remove, rigged      # noqa: E402
from faults import main                                           # noqa: E402
from harness import BUILD                                         # noqa: E402

LIBRARY = BUILD / "tests/faults/io_faults.so"
FOR_EVER = 1 << 30
# Of the calls by which the target and the cache are changed: which, what happens to the nth, and to how many in a row.
FAULTS = (("any", "kill", 1), ("any", "killed", 1), ("any", "eio", 1), ("any", "enospc", 1), ("any", "enospc", FOR_EVER),
          ("write", "tear", 1), ("write", "short", 1), ("write", "short", 3), ("write", "eintr", 1), ("write", "eintr", 3))
HARMLESS = ("short", "eintr")
BY_STRACE = ("signal=SIGKILL", "error=EIO", "error=ENOSPC")
CALLS_MAX = 200
BLOCK, BLOCKS = 4096, 1500      # of a file that changes: larger than a chunk


def fault(rig, source, number, call, deed, times):
    """How it ended, and what was done to it."""
    done = subprocess.run(rig.command(source), capture_output=True, text=True, timeout=120, env=os.environ | {
        "LD_PRELOAD": str(LIBRARY), "FAULT": f"any {call} {number} {deed} {number * 977} {times}"})
    assert done.returncode == 0 or deed not in HARMLESS, done
    found = re.search(r"^fault: \S+ (\S+) of ", done.stderr, re.M)
    return done.returncode, found and found[1]


def fault_cache(rig, source, number, deed):
    """It is written by stdio, whose own calls no library sees; as fault()."""
    trace = rig.folder / "trace"
    done = subprocess.run(["strace", "-f", "-qq", "-o", trace, "-P", rig.state / "backup.disk.cache.new", "-e", "trace=write",
                           "-e", f"inject=write:{deed}:when={number}", *rig.command(source)], capture_output=True, timeout=120)
    text = trace.read_text()
    return done.returncode, "write of the cache" if "(INJECTED)" in text or "killed by SIGKILL" in text else None


def make(rig):
    rng = random.Random(3)
    home = rig.folder / "home"
    home.mkdir()
    for number in range(5):
        (home / str(number)).write_bytes(content(rng, 60000))
    (home / "large").write_bytes(content(rng, 2 << 20))
    rig.backup(home, "--backup", "1" * 32)
    shutil.copytree(home, rig.folder / "first", symlinks=True, copy_function=shutil.copy2)
    (home / "large").write_bytes(content(rng, 2 << 20))
    (home / "more").write_bytes(content(rng, 100000))
    shutil.copytree(rig.target, rig.folder / "target.before")
    shutil.copytree(rig.state, rig.folder / "state.before")
    return home


def begin_again(rig):
    for folder in (rig.target, rig.state):
        remove(folder)
        shutil.copytree(folder.with_name(folder.name + ".before"), folder)


def same_content(one, other):
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir()), names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def restored(rig, home, backup):
    back = rig.folder / "back"
    remove(back)
    rig.restore(back, "--backup", backup)
    return back / str(home)[1:]


def judge(rig, home, status):
    found = rig.verify()    # of all commits: none is false
    commits = [path.stem for path in rig.objects("c")]
    assert found["backups"] == len(commits) and "1" * 32 in commits, (found, commits)
    assert status != 0 or len(commits) == 2, commits
    for commit in commits:
        same_content(restored(rig, home, commit), rig.folder / "first" if commit == "1" * 32 else home)
    rig.backup(home, "--backup", "2" * 32)
    assert_same(restored(rig, home, "2" * 32), home)
    assert rig.verify()["bad"] == 0


def break_calls(rig, home, rng, wanted, counted):
    """So many faults, or all of them."""
    ways = [(fault, one) for one in FAULTS] + [(fault_cache, (deed,)) for deed in BY_STRACE]
    for how, words in rng.sample(ways, len(ways)):
        print(f"# {words}; so far {json.dumps(counted)}", flush=True)
        for number in range(1, CALLS_MAX) if wanted == "all" else (rng.randint(1, 20),):
            if wanted != "all" and counted["faults"] >= wanted:
                return
            begin_again(rig)
            status, call = how(rig, home, number, *words)
            if not call:
                break
            judge(rig, home, status)
            counted["faults"] += 1
            counted[f"of a {call}"] += 1
            counted["lived" if status == 0 else "failed" if 0 < status < 128 else "died"] += 1


def kill_at_moments(rig, home, rng, wanted, counted):
    begin_again(rig)
    began = time.monotonic()
    rig.backup(home)
    whole_s = time.monotonic() - began
    for _ in range(wanted):
        begin_again(rig)
        process = subprocess.Popen(rig.command(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, 1.1 * whole_s))
        process.kill()
        status = process.wait()
        judge(rig, home, status)
        counted["moments"] += 1
        counted["killed at one"] += status < 0


class Writer:
    """Writes a file anew and anew, each time with another number in its blocks, or in one of them."""

    def __init__(self, path, rng):
        self.path, self.rng = path, rng
        self.history = [(at, 0) for at in range(BLOCKS)]        # block and number, in the order in which they were written
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        path.write_bytes(self.block(0) * BLOCKS)

    @staticmethod
    def block(number):
        return number.to_bytes(8, "big") * (BLOCK // 8)

    def run(self):
        number, pause_s = 0, self.rng.choice((0, 0, 0.001, 0.01))
        with open(self.path, "r+b", buffering=0) as file:
            while not self.ended.is_set():
                number += 1
                first, step = self.rng.choice(((0, 1), (BLOCKS - 1, -1), (self.rng.randrange(BLOCKS), BLOCKS)))
                for at in range(first, BLOCKS if step > 0 else -1, step):
                    os.pwrite(file.fileno(), self.block(number), at * BLOCK)
                    self.history.append((at, number))
                    if self.ended.is_set():
                        return
                time.sleep(pause_s)

    def had(self, content):
        """Whether the file was so at any time."""
        numbers = [int.from_bytes(content[at * BLOCK:at * BLOCK + 8], "big") for at in range(BLOCKS)]
        since, until = [None] * BLOCKS, [None] * BLOCKS
        for time_, (at, number) in enumerate(self.history):
            if number == numbers[at]:
                since[at] = time_
            elif since[at] is not None and until[at] is None:
                until[at] = time_
        if content != b"".join(map(self.block, numbers)) or None in since:
            return False
        return max(since) < min((time_ for time_ in until if time_ is not None), default=len(self.history))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def change_files(rig, rng, wanted, counted):
    """What was read while it was written is told, in the backup and by who restores it."""
    home = rig.folder / "changing"
    home.mkdir()
    for _ in range(wanted):
        remove(rig.target / "vedette1")
        (rig.state / "backup.disk.cache").unlink(missing_ok=True)
        with Writer(home / "file", rng) as writer:
            time.sleep(rng.uniform(0, 0.02))
            told = rig.backup(home)["unsteady_files"]
        back = rig.folder / "back"
        remove(back)
        said = json.loads(rig.cli("--json", "restore", "--key", rig.key, rig.target, "--to", back).splitlines()[0])
        found = (back / str(home)[1:] / "file").read_bytes()
        assert told == said["unsteady"], (told, said)
        counted["files that changed"] += 1
        counted["flagged"] += told
        mixed = not writer.had(found)
        counted["mixed"] += mixed
        counted["mixed and unflagged"] += mixed and not told
    assert not counted["mixed and unflagged"], counted


def run(wanted, seed, moments=6):
    """Faults: so many, or "all". What was counted; a failure raises."""
    rig = rigged()
    counted = collections.Counter()
    rng = random.Random(seed)
    try:
        home = make(rig)
        break_calls(rig, home, rng, wanted, counted)
        kill_at_moments(rig, home, rng, moments, counted)
        change_files(rig, rng, max(moments // 5, 2), counted)
        return dict(counted)
    finally:
        remove(rig.folder)


if __name__ == "__main__":
    main(run, "all", 1000)
