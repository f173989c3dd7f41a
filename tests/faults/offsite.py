#!/usr/bin/env python3
"""The server's own backup under kills: by seed, copiers, carrier and services are killed at random moments while people
work; then everything dies at once and is restored. Figures that must be zero: what was acknowledged more than five seconds
before the end and is missing; databases that are not whole; logs that do not verify. What is promised is promised while
copiers run: the kills end before the end, and everything has caught up then. Each round has another place: a folder, a
write-once account of OpenSSH's SFTP server, a write-once bucket.

    tests/faults/offsite.py [ROUNDS [SEED]]      20 rounds, a seed of the clock's
"""
import collections
import contextlib
import os
import pathlib
import random
import signal
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import make_key                         # noqa: E402
from faults import main                                 # noqa: E402
from harness import BUILD, Deployment, wait             # noqa: E402
from s3_rig import S3                                   # noqa: E402
from target_rig import WRITE_ONCE, Ssh                  # noqa: E402

POINT_S = 5             # the recovery point that is promised
WORK_S = (6, 14)
SETS = 8
CLASSES = ["ops", "access", "fleet", "alert"]
DATABASES = ["ingest/ingest.db", "ingest/mail.db", "portal/portal.db", "scheduler/scheduler.db", "backup/backup.db",
             "alert/alert.db", "audit/audit.db"]


NUMBERS = range(4294967040, 4294967040 + SETS)


class Drill(Deployment):
    def __init__(self, place):
        self.elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="offsite-"))
        self.elsewhere.chmod(0o755)
        self.targets, self.held = self.elsewhere / "targets.conf", contextlib.ExitStack()
        make_key(self.elsewhere / "recovery.pem")
        self.targets.write_text(getattr(self, place)().replace("/dev/null", f"{self.elsewhere}/recovery.pub"))
        self.targets.chmod(0o644)
        self.acknowledged, self.over = {}, False    # tenant → when
        super().__init__(settings=[f"offsite.targets={self.targets}"])

    def folder(self):
        target = self.elsewhere / "target"
        target.mkdir()
        target.chmod(0o777)
        return f"[elsewhere]\nurl = file://{target}\nrecovery = /dev/null\n"

    def sftp(self):
        nas = self.held.enter_context(Ssh(WRITE_ONCE))
        nas.folders(*(f"vedette1/{number}/{kind}" for number in NUMBERS for kind in "smci"))
        shutil.chown(nas.user_key, "vedette-ship")
        return nas.section("elsewhere")

    def bucket(self):
        s3 = self.held.enter_context(S3())
        s3.may_delete, s3.must_be_conditional = False, True
        s3.folder.chmod(0o755)
        shutil.chown(s3.credentials, "vedette-ship")
        return s3.section("elsewhere")

    def close(self):
        super().close()
        self.held.close()
        shutil.rmtree(self.elsewhere)

    def die(self):
        keeper = self.local.pid
        supervisor = int(pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        os.kill(supervisor, signal.SIGSTOP)
        children = pathlib.Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        for pid in children:
            os.kill(int(pid), signal.SIGKILL)
        ended = time.time()
        os.kill(supervisor, signal.SIGKILL)
        self.local.wait(20)
        shutil.rmtree(self.state)
        return ended

    def is_copied(self):
        """Each set within the last two seconds, and what was copied is there."""
        folders = [path.parent for path in self.state.glob("offsite/*/copied")]
        return (len(folders) == SETS and all((folder / "copied").stat().st_mtime > time.time() - 2 for folder in folders)
                and len([path for path in self.state.glob("offsite/*/elsewhere/vedette1/*/*/*")]) < SETS)

    def work(self, number):
        """A person who adds tenants, one after another, and remembers when each was acknowledged."""
        for i in range(10000):
            if self.over:
                return
            name = f"t{number}-{i}"
            if self.run_cli("tenant", "add", name).returncode == 0:
                self.acknowledged[name] = time.time()

    def restore(self):
        done = self.run_cli("restore-server", "--key", str(self.elsewhere / "recovery.pem"), "--targets",
                            str(self.targets), "elsewhere", deadline_s=120)
        assert done.returncode == 0, done.stdout + done.stderr


def disturb(drill, rng, until):
    """One process after another, whichever it is; those that are away are left alone."""
    killed = 0
    while time.monotonic() < until:
        time.sleep(rng.uniform(0.2, 1.5))
        pids = (drill.ready or {}).get("pids", {})
        name = rng.choice([name for name in pids if name != "redis"] or [None])
        try:
            os.kill(pids[name], signal.SIGKILL)
            killed += 1
        except (KeyError, TypeError, ProcessLookupError):
            pass
    return killed


def look(drill, ended, count):
    for name in DATABASES:
        with sqlite3.connect(f"file:{drill.state / name}?immutable=1", uri=True) as db:
            count["damaged"] += db.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
        db.close()
    drill.start()
    there = {one["tenant"] for one in drill.cli("tenant", "list", "--json", parsed=True)}
    for name, when in drill.acknowledged.items():
        count["acknowledged"] += 1
        if name not in there:
            count["lost" if ended - when > POINT_S else "lost_within_point"] += 1
            count["worst_ms"] = max(count["worst_ms"], int(1000 * (ended - when)))
    for name in CLASSES:
        count["unverified"] += drill.run_cli("log", "verify", str(drill.state / "log" / name)).returncode != 0


def drill_once(place, rng, count):
    with Drill(place) as drill:
        until = time.monotonic() + rng.uniform(*WORK_S)
        workers = [threading.Thread(target=drill.work, args=(i,)) for i in range(2)]
        for worker in workers:
            worker.start()
        count["kills"] += disturb(drill, rng, until)
        wait(drill.is_copied, 60, "the copiers")
        time.sleep(rng.uniform(0, 4))   # an instant that nobody waits for
        ended = drill.die()
        drill.over = True
        for worker in workers:
            worker.join()
        for name in [name for name, when in drill.acknowledged.items() if when > ended]:
            del drill.acknowledged[name]
        began = time.monotonic()
        drill.restore()
        count["slowest_restore_ms"] = max(count["slowest_restore_ms"], int(1000 * (time.monotonic() - began)))
        look(drill, ended, count)


def run(rounds, seed):
    """What was counted, in a sentence."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # Its user, whom credentials belong to, before the first deployment makes it.
    subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", "vedette-ship"], stderr=subprocess.DEVNULL)
    count = collections.Counter()
    for i in range(rounds):
        drill_once(("folder", "sftp", "bucket")[i % 3], random.Random(seed * 1000 + i), count)
        count["rounds"] += 1
        print(f"{i + 1} of {rounds}: {dict(count)}", flush=True)
    assert not count["lost"] + count["damaged"] + count["unverified"], count
    return (f"offsite: {count['rounds']} rounds, {count['kills']} kills, {count['acknowledged']} operations acknowledged: "
            f"none lost that was older than {POINT_S} s, {count['lost_within_point']} younger ones (the oldest "
            f"{count['worst_ms']} ms); no database damaged, no log that does not verify")


if __name__ == "__main__":
    main(run, 20)
