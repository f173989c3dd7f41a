#!/usr/bin/python3
"""Backups that are killed, and whose disk fails, at every call by which they change a file.

    tests/faults/backup.py [FAULTS [SEED]]      all, a seed of the clock's; each seed picks the same

Before each there is a good backup. strace kills the program at its nth write, link, sync, … of a kind, or has that call
fail, for every n that there is. Then the good backup must restore as before, every commit must verify and restore what it
says, and the next run must do its work with nobody's help.
"""
import json
import pathlib
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import assert_same, content, remove, rigged      # noqa: E402

# What a directory target and the cache are written with; strace counts them in each thread apart.
CALLS = ("write", "linkat", "fsync", "rename", "mkdirat")
DEEDS = ("signal=SIGKILL", "error=EIO", "error=ENOSPC")
CALLS_MAX = 200


def fault(rig, call, number, deed, source):
    """How it ended, and whether strace did anything."""
    trace = rig.folder / "trace"
    done = subprocess.run(["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e",
                           f"inject={call}:{deed}:when={number}", *rig.command(source)],
                          capture_output=True, text=True, timeout=120)
    text = trace.read_text()
    return done.returncode, "(INJECTED)" in text or "killed by SIGKILL" in text


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


def run(wanted, seed):
    """So many faults, or with wanted None all of them. What was counted; a failure raises."""
    rig = rigged()
    counted = {"faults": 0, "killed": 0, "failed": 0, "lived": 0}
    rng = random.Random(seed)
    try:
        home = make(rig)
        kinds = [(call, deed) for call in CALLS for deed in DEEDS]
        rng.shuffle(kinds)
        for call, deed in kinds:
            print(f"# {call} {deed}; so far {json.dumps(counted)}", flush=True)
            for number in range(1, CALLS_MAX) if wanted is None else (rng.randint(1, 6),):
                if wanted is not None and counted["faults"] >= wanted:
                    return counted
                begin_again(rig)
                status, injected = fault(rig, call, number, deed, home)
                if not injected:
                    break
                judge(rig, home, status)
                counted["faults"] += 1
                counted["lived" if status == 0 else "failed" if status > 0 and status < 128 else "killed"] += 1
        return counted
    finally:
        remove(rig.folder)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else None
    number = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    print(f"seed {number}", flush=True)
    print(json.dumps(run(wanted, number)))
