#!/usr/bin/python3
"""A backup, the pruner, a restore and a verification of one repository at once, each stopped and let go on at random.

    tests/faults/beside.py [ROUNDS [SEED]]      300 rounds, a seed of the clock's

The agent was off for so long that its last backups are condemned and go in the same round in which it makes the next, of
files that have hardly changed. Afterwards every commit that is there has all that it needs, comes back as it was, and
nobody is in anybody's way.
"""
import collections
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import content, remove, rigged      # noqa: E402
from faults import main                             # noqa: E402
from harness import BUILD                           # noqa: E402

AGENT = "7"
DEADLINE_S = 60
# Days ago, class: the last two, of one day, are nothing that the floors keep.
HISTORY = ((50, "weekly"), (49, "daily"), (48, "differential"), (47, "daily"), (46, "daily"), (45, "daily"), (44, "manual"),
           (43, "daily"), (43, "daily"), (43, "daily"))
LAST = f"{len(HISTORY) - 1:032x}"


class Beside:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.rig = rigged()
        self.home = self.rig.folder / "home"
        self.rules = self.rig.folder / "rules"
        self.rules.write_text("")
        self.rules.chmod(0o600)
        self.kept = {}      # backup: {name: bytes}
        self.home.mkdir()
        for number in range(6):
            (self.home / f"first{number}").write_bytes(content(self.rng, 20000))
        (self.home / "large").write_bytes(content(self.rng, 2 << 20))
        for number, (ago, kind) in enumerate(HISTORY):
            self.change()
            self.back_up(f"{number:032x}", ago, kind)
        self.prune("--confirm", "clock")
        self.age()
        for name in ("target", "state", "rules.state"):
            subprocess.run(["cp", "-a", self.rig.folder / name, self.rig.folder / f"{name}.before"], check=True)
        self.home_before = self.content()

    def content(self):
        return {path.name: path.read_bytes() for path in self.home.iterdir()}

    def change(self):
        (self.home / f"first{self.rng.randrange(6)}").write_bytes(content(self.rng, 20000))
        with open(self.home / "large", "r+b") as file:
            file.seek(self.rng.randrange(2 << 20))
            file.write(b"changed")

    def back_up(self, name, ago, kind):
        """As it was done so many days ago."""
        then = time.time() - ago * 86400
        before = set(self.rig.objects())
        self.rig.backup(self.home, "--backup", name, "--class", kind, "--zone", "UTC", "--slot",
                        str(datetime.datetime.fromtimestamp(then, datetime.timezone.utc).date()))
        for path in set(self.rig.objects()) - before:
            os.utime(path, (then, then))
        self.kept[name] = self.content()

    def prune_command(self, *words):
        return [str(BUILD / "vedette"), "prune", str(self.rig.target), "--rules", str(self.rules), "--json", *words]

    def prune(self, *words):
        done = subprocess.run(self.prune_command(*words), capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode in (0, 6), done
        return json.loads(done.stdout)

    def age(self):
        """What is condemned is so for 72 hours."""
        path = self.rig.folder / "rules.state" / AGENT
        lines = [line.split() for line in path.read_text().splitlines()]
        path.write_text("".join(" ".join([line[0], str(int(line[1]) - 72 * 3600), *line[2:]] if line[0] == "condemned" else line)
                                + "\n" for line in lines))

    def begin_again(self):
        for name in ("target", "state", "rules.state"):
            remove(self.rig.folder / name)
            subprocess.run(["cp", "-al" if name == "target" else "-a", self.rig.folder / f"{name}.before",
                            self.rig.folder / name], check=True)
        for name, data in self.home_before.items():
            if (self.home / name).read_bytes() != data:
                (self.home / name).write_bytes(data)
        remove(self.rig.folder / "back")
        remove(self.rig.folder / "other")

    def restore_command(self, backup, folder):
        return [str(BUILD / "vedette"), "restore", "--key", str(self.rig.key), str(self.rig.target), "--to",
                str(self.rig.folder / folder), "--backup", backup]

    def came_back(self, backup, folder):
        found = self.rig.folder / folder / str(self.home)[1:]
        return {path.name: path.read_bytes() for path in found.iterdir()} == self.kept[backup]

    def disturb(self, running):
        """Until all have ended: one of them stands still for a moment, then another."""
        deadline = time.monotonic() + DEADLINE_S
        while any(process.poll() is None for process in running.values()):
            assert time.monotonic() < deadline, running
            one = self.rng.choice(list(running.values()))
            if one.poll() is None:
                one.send_signal(signal.SIGSTOP)
                time.sleep(self.rng.choice((0, 0.001, 0.003, 0.01, 0.03)))
                one.send_signal(signal.SIGCONT)
            time.sleep(self.rng.choice((0, 0.001, 0.003)))

    def run_beside(self, confirm, stays, goes):
        self.kept["f" * 32] = self.content()
        commands = {"backup": self.rig.command(self.home, "--backup", "f" * 32, "--class", "daily", "--zone", "UTC"),
                    "prune": self.prune_command("--confirm", confirm),
                    "restore": self.restore_command(stays, "back"),
                    "restore of one that goes": self.restore_command(goes, "other"),
                    "verify": [str(BUILD / "vedette"), "backup", "verify", str(self.rig.target)]}
        running = {}
        for name, command in sorted(commands.items(), key=lambda _: self.rng.random()):
            running[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(self.rng.choice((0, 0, 0.002, 0.01)))
        self.disturb(running)
        return {name: (process.returncode, process.stderr.read()) for name, process in running.items()}

    def round(self, counts):
        self.begin_again()
        plan = self.prune("--dry-run")[0]
        goes = {step["backup"] for step in plan["steps"] if step["step"] == "delete"}
        assert LAST in goes and plan["confirm"], plan      # what the next backup would build on
        stays = sorted(set(self.kept) - goes - {"f" * 32})
        self.change()
        ended = self.run_beside(plan["confirm"], self.rng.choice(stays), self.rng.choice(sorted(goes)))
        for name, (status, _) in ended.items():
            counts[f"{name}: {'done' if not status else 'failed'}"] += 1
        assert ended["backup"][0] == 0 and ended["restore"][0] == 0 and ended["prune"][0] in (0, 6), ended
        commits = {path.stem for path in self.rig.objects("c")}
        found = self.rig.verify(status=None)
        counts["lost references"] += found["bad"]
        counts["backups that are gone"] += len((set(stays) | {"f" * 32}) - commits)
        counts["backups that stay"] += len(goes & commits) if ended["prune"][0] == 0 else 0
        for backup in {*self.rng.sample(stays, 2), "f" * 32}:
            remove(self.rig.folder / "back")
            done = subprocess.run(self.restore_command(backup, "back"), capture_output=True, text=True, timeout=DEADLINE_S)
            counts["wrong restores"] += done.returncode != 0 or not self.came_back(backup, "back")
        counts["left behind"] += sum(not path.name.endswith((".p7m", ".p7s")) for path in self.rig.objects())
        self.prune()        # no lock is left


WRONG = ("lost references", "backups that are gone", "backups that stay", "wrong restores", "left behind",
         "verify: failed")


def run(rounds, seed):
    counts = collections.Counter()
    beside = Beside(seed)
    try:
        for _ in range(rounds):
            beside.round(counts)
            counts["rounds"] += 1
        assert not any(counts[what] for what in WRONG), counts
        return {what: counts[what] for what in (*sorted(set(counts) - set(WRONG)), *WRONG)}
    finally:
        remove(beside.rig.folder)


if __name__ == "__main__":
    main(run, 300)
