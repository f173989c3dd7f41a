#!/usr/bin/env python3
"""Backups by signed plans and logged orders: vedette-agent-work alone, fed with envelopes; what it begins, refuses, tells, and
takes up again after kill -9."""
import base64
import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import AGENT, content, make_key, openssl            # noqa: E402
from harness import BUILD, main, test, wait                         # noqa: E402
from work_rig import POLICY, WORK, Machine, stamp                   # noqa: E402


class Planned(Machine):
    """A machine with a target of its own and something to back up."""

    def __init__(self):
        super().__init__()
        self.target, self.home = self.folder / "target", self.folder / "home"
        self.target.mkdir()
        self.home.mkdir()
        for number in range(20):
            (self.home / f"file{number}").write_bytes(content(random.Random(number), 30000))
        self.key = self.folder / "recovery.key"
        make_key(self.key)
        self.conf = self.folder / "targets.conf"
        self.conf.write_text(f"[disk]\nurl = file://{self.target}\nrecovery = {self.key.with_suffix('.pub')}\n")
        self.conf.chmod(0o600)

    def start(self, prefix=()):
        errors = open(self.trouble, "ab")
        self.process = subprocess.Popen([*prefix, WORK, "run", "--state", self.state, "--policy", self.policy, "--targets", self.conf],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        return self

    def plan(self, **changes):
        members = {"kind": "backup-plan", "targets": [{"fingerprint": self.trust["fingerprint"]}], "paths": [str(self.home)],
                   "target": "disk", "zone": "UTC", "classes": [{"class": "daily", "calendar": "02:00"}]}
        return self.document(**members | changes)[0]

    def order(self, plan, receipt="good", **changes):
        today = datetime.datetime.utcnow().date()
        order = {"deployment": self.trust["deployment"], "agent": AGENT, "fingerprint": self.trust["fingerprint"],
                 "backup": uuid.uuid4().hex, "document": plan, "document_version": 1, "backup_class": "daily",
                 "slot": today.isoformat(), "zone": "UTC", "kept_until": (today + datetime.timedelta(6)).isoformat(),
                 "anchor": False, "ordered_at": stamp(), "begin_by": stamp(6 * 3600), "expires": stamp(47 * 3600)} | changes
        self.tell(do="order", order={key: value for key, value in order.items() if value is not None}, receipt=receipt)
        return order["backup"]

    def backups(self, backup):
        return [one for one in self.hear() if one["purpose"] == "backup-run" and one["backup"] == backup]

    def steps(self, backup):
        """Without how far it was in between."""
        return [one["backup_state"] for one in self.backups(backup) if "rate_bytes_s" not in one]

    def commit(self, backup):
        parts = [one for one in self.hear() if one["purpose"] == "backup-commit" and one["backup"] == backup]
        # A kill between their way and the note of it has them told again.
        pieces = {int(part["offset"]): base64.b64decode(part["data"]) for part in parts}
        whole = b"".join(pieces[offset] for offset in sorted(pieces))
        assert hashlib.sha256(whole).hexdigest() == parts[0]["commit_sha256"] and len(whole) == parts[0]["commit_bytes"], parts
        return whole

    def stored(self, kind):
        return sorted(path.name for path in (self.target / "vedette1" / str(AGENT) / kind).glob("*"))

    def restored(self, name):
        done = subprocess.run([str(BUILD / "vedette"), "restore", "--key", self.key, self.target, "--to", self.folder / name],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        return self.folder / name / str(self.home)[1:]


@contextlib.contextmanager
def planned():
    one = Planned()
    try:
        yield one.adopted()
    except BaseException:
        if one.trouble.exists():
            sys.stderr.write(one.trouble.read_text()[-4000:])
        raise
    finally:
        one.close()


@test("an order by a plan becomes a backup in the owner's target, and its commit comes back")
def _():
    with planned() as one:
        plan = one.plan(paths=[str(one.home), "/no/such/folder"], excluded=[str(one.home / "file3"), "/nor/this"])
        backup = one.order(plan)
        assert "out" in one.work()
        assert one.states(plan) == ["delivered"], one.said
        assert one.steps(backup) == ["taken", "running", "done"], (one.backups(backup), one.activity(), one.said)
        commit = one.commit(backup)
        assert one.stored("c") == [f"{backup}.p7s"]
        assert (one.target / f"vedette1/{AGENT}/c/{backup}.p7s").read_bytes() == commit
        text = openssl("cms", "-verify", "-noverify", "-inform", "DER", input=commit)
        said = json.loads(text.split(b"\n")[0])
        end = one.backups(backup)[-1]
        assert said["unread_files"] in (1, "1") and said["backup_class"] == "daily" and said["deployment"] == one.trust["deployment"], said
        assert end["commit_sha256"] == hashlib.sha256(commit).hexdigest() and int(end["content_bytes"]) == 19 * 30000, end
        back = one.restored("back")
        assert (back / "file7").read_bytes() == (one.home / "file7").read_bytes() and not (back / "file3").exists()
        assert all(word in one.activity() for word in ("ordered", "started", "done", backup[:8])), one.activity()
        # Brought again it is not done again, and the server hears of it again.
        (one.home / "new").write_text("new")
        second = one.order(plan)
        one.work()
        assert one.steps(second)[-1] == "done" and int(one.backups(second)[-1]["new_bytes"]) == 3, one.backups(second)
        assert not list((one.state / "work/orders").glob("*.manifest"))


@test("what is no order by a plan that holds is refused, each with its code; nothing is begun")
def _():
    with planned() as one:
        plan, other, gone = one.plan(), one.plan(target="elsewhere"), uuid.uuid4().hex
        one.work()
        soon = (datetime.datetime.utcnow().date() + datetime.timedelta(5)).isoformat()
        for code, changes in (
                ("bad-receipt", {"receipt": "other"}), ("bad-receipt", {"receipt": "document"}),
                ("no-plan", {"document": gone}), ("other-version", {"document_version": 2}),
                ("not-a-target", {"fingerprint": "0" * 64}), ("other-deployment", {"deployment": gone}),
                ("late-order", {"ordered_at": stamp(-7200), "begin_by": stamp(-3600), "expires": stamp(3600)}),
                ("other-class", {"backup_class": "differential", "kept_until": "2099-01-01"}), ("bad-order", {"kept_until": soon})):
            backup = one.order(plan, **changes)
            one.work()
            assert [(run["backup_state"], run["code"]) for run in one.backups(backup)] == [("refused", code)], (code, one.backups(backup))
        backup = one.order(other)
        one.work()
        assert [run.get("code") for run in one.backups(backup)][-1] == "bad-target" or one.steps(backup)[-1] == "failed", one.backups(backup)
        assert one.stored("c") == [] and one.activity().count("refused") >= 9, one.activity()


@test("the owner's policy and a freeze hold at once: paths, links that lead out of them, targets, dumps")
def _():
    with planned() as one:
        (one.folder / "outside").mkdir()
        (one.home / "way out").symlink_to(one.folder / "outside")
        for code, policy, changes in (("policy-path", f"backup_paths = {one.folder}/hom\n", {}),
                                      ("policy-target", "backup_targets = nas\n", {}),
                                      ("policy-dump", "", {"dumps": ["postgres"]}), ("policy-kind", "kinds = task\n", {})):
            one.set_policy(POLICY + policy)
            plan = one.plan(**changes)
            one.work()
            assert [run.get("code") for run in one.runs(plan)] == [code], (code, one.runs(plan))
        one.set_policy(POLICY + f"backup_paths = /nowhere {one.home}\n")
        plan, way_out = one.plan(), one.plan(paths=[str(one.home / "way out")])
        led, good = one.order(way_out), one.order(plan)
        one.work()
        assert one.backups(led)[-1]["code"] == "policy-path" and one.steps(good)[-1] == "done", one.said
        assert one.run("freeze").returncode == 0
        frozen = one.order(plan)
        one.work()
        assert [run.get("code") for run in one.backups(frozen)] == ["frozen"], one.backups(frozen)
        assert one.run("unfreeze").returncode == 0
        one.set_policy(POLICY + "backup_hours = " + time.strftime("%a", time.localtime(time.time() + 3 * 86400)) + " 00:00-01:00\n")
        waits = one.order(plan, begin_by=stamp(3))
        one.work()
        assert one.steps(waits) == ["taken", "waiting", "failed"] and one.backups(waits)[-1]["code"] == "late-order", one.backups(waits)


@test("a SQLite database that is written to comes back whole, and what an owner's command wrote; one that fails fails the backup")
def _():
    with planned() as one:
        one.set_policy(POLICY + "backup_dumps = list broken\n")
        database = one.home / "app.db"
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("CREATE TABLE entry (number INTEGER, half INTEGER)")
        for path in (one.home, database, *one.home.glob("app.db-*")):
            os.chown(path, 65534, 65534)
        for number in range(500):       # all in the WAL: the file alone holds none of it
            writer.execute("INSERT INTO entry VALUES (?, ?)", (number, number // 2))
        writer.execute("BEGIN")
        writer.execute("INSERT INTO entry VALUES (-1, -1)")
        (one.folder / "dumps").mkdir(mode=0o755)
        for name, body in (("list", "echo from the command; id -u"), ("broken", "echo half; exit 3")):
            (one.folder / "dumps" / name).write_text(f"#!/bin/sh\n{body}\n")
            (one.folder / "dumps" / name).chmod(0o755)
        plan = one.plan(databases=[str(database)], dumps=["list"])
        first, second = one.order(plan), one.order(one.plan(paths=None, dumps=["broken"]))
        one.work()
        assert one.steps(first)[-1] == "done" and one.backups(second)[-1]["code"] == "dump-failed", (one.backups(first), one.backups(second))
        back = one.restored("back")
        assert not [path.name for path in back.glob("app.db-*")], list(back.iterdir())
        assert (back / "app.db").stat().st_uid == 65534
        with contextlib.closing(sqlite3.connect(back / "app.db")) as copy:
            assert copy.execute("SELECT count(*), sum(half) FROM entry").fetchone() == (500, sum(n // 2 for n in range(500)))
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        dumps = one.folder / "back" / str(one.state / "work/dumps")[1:]
        assert (dumps / "list").read_text() == "from the command\n0\n" and sorted(path.name for path in dumps.iterdir()) == ["list"]
        assert not list((one.state / "work/dumps").iterdir()) and not list(pathlib.Path("/var/tmp").glob("vedette-copies-*"))
        (one.folder / "dumps" / "list").chmod(0o777)
        loose = one.order(plan)
        one.work()
        assert one.backups(loose)[-1]["code"] == "loose-permissions", one.backups(loose)
        writer.close()


@test("killed at any moment it is taken up again: one commit, told once it is there, and never a false one")
def _():
    with planned() as one:
        rng = random.Random(5)
        plan = one.plan()
        one.work()
        ended = set()
        for number in range(6):
            (one.home / f"more{number}").write_bytes(rng.randbytes(3 << 20))
            backup = one.order(plan)
            one.start()
            if number % 2:      # at a moment by chance
                time.sleep(rng.random() * 0.25)
            else:               # while it is at work, unless it was done before anybody looked
                wait(lambda: f"{backup}.p7s" in one.stored("c") or (one.state / "work/orders" / backup).exists() and
                     '"begun"' in (one.state / "work/orders" / backup).read_text(), 10, "it to begin", every_s=0.002)
            one.process.send_signal(signal.SIGKILL)
            one.process.wait()
            one.work(30)
            assert one.steps(backup)[-1] == "done", one.backups(backup)
            ended.add(backup)
            assert one.commit(backup)
        assert one.stored("c") == sorted(f"{backup}.p7s" for backup in ended)
        done = subprocess.run([str(BUILD / "vedette"), "backup", "verify", one.target], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        back = one.restored("back")
        assert all((back / path.name).read_bytes() == path.read_bytes() for path in one.home.iterdir())


@test("a plan that is withdrawn, a stop and a freeze end what runs; a limit of bandwidth is kept, and progress is told")
def _():
    with planned() as one:
        (one.home / "large").write_bytes(random.Random(1).randbytes(24 << 20))
        plan = one.plan(bandwidth_bytes_s=1 << 20)
        for how, code in (("stop", "cancelled"), ("freeze", "frozen"), ("revoke", "revoked")):
            backup = one.order(plan)
            one.start()
            wait(lambda: any("rate_bytes_s" in run for run in one.backups(backup)) if how == "stop" else one.steps(backup)[-1:] == ["running"],
                 15, "it to run")
            if how == "stop":
                one.tell(do="stop-backup", backup=backup)
            elif how == "freeze":
                assert one.run("freeze").returncode == 0
                one.status()    # mail: it looks
            else:
                one.document(kind="revocation", document=one.trust["deployment"], by=["carol"], receipt="none", documents=[{"document": plan}])
            wait(lambda: one.steps(backup)[-1:] == ["failed"], 10, "it to end")
            assert one.backups(backup)[-1]["code"] == code, (how, one.backups(backup))
            if how == "freeze":
                assert one.run("unfreeze").returncode == 0
            one.process.terminate()
            one.process.wait(10)
        assert one.stored("c") == []


main(at_once=3)
