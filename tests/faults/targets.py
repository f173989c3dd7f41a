#!/usr/bin/python3
"""Targets while disks fail, processes are killed and lines are cut.

    tests/faults/targets.py [CUTS [SEED]]      300 cuts a sort of target, a seed of the clock's; each seed repeats its faults

A directory: each system call by which an object is put is made to fail with EIO, ENOSPC and EINTR, and to be the last one
of its process. SFTP (OpenSSH, allowing everything and write-once) and S3 (the stand-in of tests/s3_rig.py): the line
is cut after a random number of bytes, up or down, and S3 answers with 5xx or lies. Of each sort everything that went
wrong is counted, and must be zero: half objects under a name, successes that are none, wrong bytes, more than one
object sent again a cut, bytes fetched twice, names that nothing can be put under any more.
"""
import collections
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults import main                         # noqa: E402
from harness import BUILD                       # noqa: E402
from s3_rig import S3                           # noqa: E402
from target_rig import Cutter, Driver, Ssh, WRITE_ONCE, garbage     # noqa: E402

OBJECT = garbage(600 << 10, 1)                  # three pieces of 256 KiB
NAME = "vedette1/17/s/object.p7m"
CALLS = ("openat", "mkdirat", "write", "fsync", "linkat", "newfstatat", "close")
DEEDS = ("error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL")


class Disk:
    """A directory target, and puts into it under strace."""

    def __init__(self, folder):
        self.folder = folder
        self.store, self.conf, self.data = folder / "store", folder / "targets.conf", folder / "data"
        self.conf.write_text(f"[disk]\nurl = file://{self.store}\nrecovery = /dev/null\n")
        self.conf.chmod(0o600)
        self.data.write_bytes(OBJECT)

    def put(self, *inject):
        """What the driver says, or "" when it was killed; into an empty target."""
        shutil.rmtree(self.store, ignore_errors=True)
        self.store.mkdir()
        log = self.folder / "trace"
        done = subprocess.run(["strace", "-qq", "-f", "-o", log, "-e", "trace=" + ",".join(CALLS), *inject,
                               BUILD / "tests/tools/target_driver", self.conf, "disk", "3000", "0"],
                              input=f"put {NAME} {self.data}\n", capture_output=True, text=True, timeout=60)
        said = done.stdout.splitlines()
        return said[1].split()[0] if len(said) > 1 else "", log.read_text()

    def count(self):
        """{call: (before the put begins, in all)} of an undisturbed one."""
        result, log = self.put()
        assert result == "done", result
        before, _, after = log.partition("ready")
        names = {call: re.compile(rf"^\d+ +{call}\(", re.M) for call in CALLS}
        return {call: (len(find.findall(before)), len(find.findall(before)) + len(find.findall(after)))
                for call, find in names.items()}

    def check(self, result, deed, counts):
        there = self.store / NAME
        whole = there.exists() and there.read_bytes() == OBJECT
        counts["half objects under their name"] += there.exists() and not whole
        counts["successes that are none"] += result in ("done", "exists") and not whole
        counts["killed" if not result else result] += 1
        if deed == "error=EINTR" and result == "done":
            counts["interrupted and gone on"] += 1
        with Driver(self.conf, "disk") as target:
            again = target.put(NAME, OBJECT)
            counts["names that nothing can be put under"] += again not in ("done", "exists")
            counts["wrong bytes"] += target.get(NAME) != OBJECT


def break_disk(faults, dice):
    counts = collections.Counter()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-disk-"))
    try:
        disk = Disk(folder)
        every = [(call, deed, nth) for call, (before, all_) in disk.count().items() for deed in DEEDS
                 for nth in range(before + 1, all_ + 1)]
        for call, deed, nth in every if faults >= len(every) else dice.sample(every, faults):
            result, _ = disk.put("-e", f"inject={call}:{deed}:when={nth}")
            counts["faults"] += 1
            disk.check(result, deed, counts)
    finally:
        shutil.rmtree(folder)
    return counts


def cut_puts(target, cutter, read, cuts, dice, counts, faults=None, write_once=False):
    """Put and get objects of random sizes over a line that is cut; read(name): what really stands there."""
    while counts["cuts"] < cuts:
        number = counts["puts"]
        name, data = f"vedette1/17/s/{number:064x}.p7m", garbage(dice.randrange(1, 2 << 20), dice.random())
        before, upwards = cutter.cuts, dice.random() < 0.7
        cutter.cut(dice.randrange(len(data) + 4096) if upwards else dice.randrange(3000), upwards)
        if faults is not None and dice.random() < 0.2:
            faults.append(("PUT", dice.choice(("busy", "broken", "lie", "lie-well", "silent"))))
        hurt = len(faults or ())
        result = target.put(name, data)
        happened = cutter.cuts - before + hurt - len(faults or ())
        cutter.cut(None)
        counts["puts"] += 1
        counts["cuts"] += cutter.cuts - before
        counts[result] += 1
        counts["more than one object sent again a cut"] += target.moved > len(data) * (1 + happened)
        counts["successes that are none"] += result in ("done", "exists") and read(name) != data
        if result == "broken" and write_once:
            assert target.put(name.replace("s/", "m/"), data) == "done", target.reason
        elif result != "done":
            counts["unexpected"] += 1
        fetch(target, cutter, name if result == "done" else name.replace("s/", "m/"), data, dice, counts)


def fetch(target, cutter, name, data, dice, counts):
    before = cutter.cuts
    cutter.cut(dice.randrange(len(data) + 2000), upwards=False)
    got = target.get(name)
    cutter.cut(None)
    counts["cuts"] += cutter.cuts - before
    counts["wrong bytes"] += got != data
    counts["bytes fetched twice"] += got == data and target.moved != len(data)


def cut_ssh(cuts, dice, options=()):
    counts = collections.Counter()
    with Ssh(options) as ssh, Cutter(ssh.port) as cutter:
        ssh.folders("vedette1/17/s", "vedette1/17/m")
        conf = ssh.folder / "targets.conf"
        conf.write_text(ssh.section("ssh", cutter.port))
        conf.chmod(0o600)
        with Driver(conf, "ssh", 60000) as target:
            cut_puts(target, cutter, lambda name: (ssh.store / name).read_bytes(), cuts, dice, counts,
                     write_once=bool(options))
    return counts


def cut_s3(cuts, dice):
    counts = collections.Counter()
    with S3() as s3, Cutter(s3.port) as cutter:
        conf = s3.folder / "targets.conf"
        conf.write_text(s3.section("s3", cutter.port))
        conf.chmod(0o600)
        with Driver(conf, "s3", 60000) as target:
            def read(name):
                versions = s3.objects.get("some/where/" + name, [])
                return versions[0].data if len(versions) == 1 else None
            cut_puts(target, cutter, read, cuts, dice, counts, s3.faults)
    return counts


WRONG = ("half objects under their name", "successes that are none", "wrong bytes", "more than one object sent again a cut",
         "bytes fetched twice", "names that nothing can be put under", "unexpected")


def run(cuts, seed):
    counts = {}
    for sort, work in (("directory", break_disk), ("sftp", cut_ssh), ("s3", cut_s3),
                       ("sftp write-once", lambda cuts, dice: cut_ssh(cuts, dice, WRITE_ONCE))):
        one = work(cuts, random.Random(f"{seed} {sort}"))
        counts[sort] = {what: one[what] for what in (*sorted(set(one) - set(WRONG)), *WRONG)}
        assert not any(one[what] for what in WRONG), (sort, counts[sort])
    return counts


if __name__ == "__main__":
    main(run, 300)
