#!/usr/bin/python3
"""The programs of backups while memory runs out: at their nth allocation, for every n that there is.

    tests/faults/memory.py [STEP [SEED [PROGRAM…]]]     1: every allocation; 50: each fiftieth, from a random one on

Whatever the program says then must be so: a success is a whole one, and after a failure nothing is lost and the next run
does its work. None crashes, but for OpenSSL, which is told, with where in libcrypto.
"""
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import prune_rig                                                # noqa: E402
from backup_rig import assert_same, attributes, content, remove, rigged     # noqa: E402
from faults import main                                         # noqa: E402
from harness import BUILD                                       # noqa: E402

LIBRARY = BUILD / "tests/faults/alloc_faults.so"
SINGLE, LASTING = 1, 1 << 30    # how many in a row are refused
STATUS_OPENSSL = 70     # alloc_faults.c
DEADLINE_S = 150
JUDGE_EVERY = 25                # failures, of which one is looked at closely
TAIL = 50                       # allocations further, because threads do not ask equally often each time


class Starved:
    """A program, loaded once and run again and again (alloc_faults.c)."""

    def __init__(self, command, folder, said="said"):
        self.command, self.said = command, folder / said
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                        env=os.environ | {"LD_PRELOAD": str(LIBRARY), "FAULT_SAID": str(self.said)})

    def run(self, number, times):
        """How it ended, what it said, and whether that allocation was ever asked for."""
        self.process.stdin.write(struct.pack("=QQ", number, times))
        status = os.waitstatus_to_exitcode(struct.unpack("=i", self.process.stdout.read(4))[0])
        out, err = (self.said.with_suffix(ending).read_text() for ending in (".out", ".err"))
        if status < 0:
            raise AssertionError(f"allocation {number}, {times} times: ended by signal {-status}: {self.command}")
        return status, out, err

    def succeed(self):
        """What it says where there is enough memory."""
        status, out, err = self.run(0, 0)
        assert status == 0, (status, out, err)
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


def begin_again(rig):
    for folder in (rig.target, rig.state):
        remove(folder)
        shutil.copytree(folder.with_name(folder.name + ".before"), folder)


def restore(rig, *words):
    return [str(BUILD / "vedette"), "restore", "--key", str(rig.key), str(rig.target), "--to", str(rig.folder / "back"), *words]


def verify(rig):
    return [str(BUILD / "vedette"), "--json", "backup", "verify", str(rig.target)]


class Backup:
    """An agent's second backup."""

    def __init__(self, rig, held):
        self.rig, self.back = rig, rig.folder / "back"
        self.restored = held.enter_context(Starved(restore(rig, "--backup", "2" * 32), rig.folder, "restored"))
        self.verified = held.enter_context(Starved(verify(rig), rig.folder, "verified"))

    def before(self):
        begin_again(self.rig)

    def command(self):
        return self.rig.command(self.rig.home, "--backup", "2" * 32)

    def judge(self, status, _, closely):
        commits = {path.stem[0] for path in self.rig.objects("c")}
        assert commits == ({"1", "2"} if status == 0 else {"1"}), (status, commits)
        if status and closely:
            self.rig.backup(self.rig.home, "--backup", "2" * 32)
        if not status or closely:
            remove(self.back)
            self.restored.succeed()
            assert_same(self.back / str(self.rig.home)[1:], self.rig.home)
            found = json.loads(self.verified.succeed().splitlines()[0])
            assert found["bad"] == 0 and found["backups"] == 2, found


class Restore:
    def __init__(self, rig):
        self.rig, self.back = rig, rig.folder / "back"
        begin_again(rig)
        rig.backup(rig.home, "--backup", "2" * 32)

    def before(self):
        remove(self.back)

    def command(self):
        return restore(self.rig)

    def judge(self, status, _, closely):
        found = self.back / str(self.rig.home)[1:]
        for path in found.rglob("*") if found.exists() else ():
            if path.is_file() and path.stat().st_mode & 0o777 != 0o200:     # else it says that it is not whole
                assert path.read_bytes() == (self.rig.home / path.relative_to(found)).read_bytes(), path
        if status and closely:
            self.rig.restore(self.back)
        if not status or closely:
            assert_same(found, self.rig.home)


class Verify:
    """Of a good repository, and of one in which a bit is wrong."""

    def __init__(self, rig, bad):
        self.rig, self.bad = rig, bad
        begin_again(rig)
        rig.backup(rig.home, "--backup", "2" * 32)
        if bad:
            path = rig.objects("s")[-1]
            path.chmod(0o600)
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        self.wanted = self.rig.verify(status=1 if bad else 0)

    def before(self):
        pass

    def command(self):
        return verify(self.rig)

    def judge(self, status, said, _):
        found = json.loads(said.splitlines()[0]) if said else None
        assert not self.bad or status != 0, said
        assert status != 0 or found == self.wanted, said
        assert self.bad or not found or found["bad"] == 0, said     # what it lacks itself is wrong with no backup


class Prune:
    def __init__(self, repository):
        self.repository = repository
        repository.make(repository.line(17, ago)[1] for ago in range(7, -1, -1))
        repository.run()
        repository.age(72)
        self.all, self.place = repository.objects(), repository.root
        for name in ("target", "rules.state"):
            shutil.copytree(self.place / name, self.place / (name + ".before"))
        repository.run()
        self.left = repository.objects()
        assert self.left < self.all

    def before(self):
        for name in ("target", "rules.state"):
            shutil.rmtree(self.place / name)
            shutil.copytree(self.place / (name + ".before"), self.place / name)

    def command(self):
        return [str(BUILD / "vedette"), "prune", str(self.repository.target), "--rules", str(self.repository.rules), "--json"]

    def judge(self, status, _, closely):
        found = self.repository.objects()
        assert self.left <= found, self.left - found
        if status and closely:
            self.repository.run()
            if self.repository.objects() != self.left:      # what it could not read kept everything: 72 hours more
                self.repository.age(72)
                self.repository.run()
            found = self.repository.objects()
        assert found == self.left or (status and not closely), found - self.left


def starve_all(case, folder, step, first, times, counts):
    asked = first
    with Starved(case.command(), folder) as program:
        for number in range(first, 1 << 30, step):
            case.before()
            status, said, err = program.run(number, times)
            if "fault: no memory" in err:
                asked = number
                counts["refused"] += 1
                counts["lived" if status == 0 else "failed"] += 1
                if status == STATUS_OPENSSL:
                    counts[f"of these by OpenSSL's own end{re.search(' at .*', err).group()}"] += 1
            elif number - asked >= TAIL:
                return
            case.judge(status, said, counts["failed"] % JUDGE_EVERY == 1)


def make():
    rig, rng = rigged(), random.Random(5)
    rig.home = rig.folder / "home"
    rig.home.mkdir()
    for number in range(4):
        (rig.home / str(number)).write_bytes(content(rng, 3000))
    (rig.home / "large").write_bytes(content(rng, 600000))
    (rig.home / "folder").mkdir()
    (rig.home / "folder/linked").hardlink_to(rig.home / "1")
    attributes(rig.home / "folder/linked")
    rig.backup(rig.home, "--backup", "1" * 32)
    (rig.home / "more").write_bytes(content(rng, 100000))
    for folder in (rig.target, rig.state):
        shutil.copytree(folder, folder.with_name(folder.name + ".before"))
    return rig


PROGRAMS = {
    "backup": Backup,
    "restore": lambda rig, _: Restore(rig),
    "verify": lambda rig, _: Verify(rig, False),
    "verify-bad": lambda rig, _: Verify(rig, True),
    "prune": lambda _, held: Prune(held.enter_context(prune_rig.Repository())),
}


def run(step, seed, *names):
    """{program: what was counted}; a failure raises."""
    counts = {}
    rig = make()
    try:
        for name in names or PROGRAMS:
            with contextlib.ExitStack() as held:
                case, counts[name] = PROGRAMS[name](rig, held), collections.Counter()
                for times in (SINGLE, LASTING):
                    first = random.Random(f"{seed} {name} {times}").randint(1, step)
                    starve_all(case, rig.folder, step, first, times, counts[name])
                    print(f"# {name}: {dict(counts[name])}", flush=True)
    finally:
        remove(rig.folder)
    return counts


if __name__ == "__main__":
    main(run, 1)
