#!/usr/bin/env python3
"""Backups by signed plans through every process: orders from the calendar and by hand, what machines say of them, the catalogue,
kills in between, and the catalogue made again from commits."""
import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import content, make_key  # noqa: E402
from harness import BUILD, main, test, wait  # noqa: E402
import task_rig  # noqa: E402
from task_rig import Machine, set_back  # noqa: E402


class Keeper(Machine):
    """A machine with a target of its own and something to back up."""

    def __init__(self, signers, name):
        self.target_ready = False
        super().__init__(signers, name)

    def words(self, *words):
        if not self.target_ready:
            self.make_target()
        extra = ["--targets", self.conf] if words[0] == "run" else []
        return super().words(*words, *extra)

    def make_target(self):
        self.target_ready = True
        self.target, self.home, self.conf = self.folder / "target", self.folder / "home", self.folder / "targets.conf"
        self.target.mkdir()
        self.home.mkdir()
        for number in range(10):
            (self.home / f"file{number}").write_bytes(content(random.Random(number), 20000))
        key = self.folder / "recovery.key"
        make_key(key)
        self.conf.write_text(f"[disk]\nurl = file://{self.target}\nrecovery = {key.with_suffix('.pub')}\n")
        self.conf.chmod(0o600)

    def commits(self):
        return {path.stem: path for path in (self.target / "vedette1" / str(self.id) / "c").glob("*.p7s")}


class Estate(task_rig.Estate):
    def __init__(self, vedette):
        super().__init__(vedette, "ops", "fleet", "alert")
        self.one = Keeper(self.signers, "files-1")
        self.two = Keeper(self.signers, "files-2")
        self.plan = self.submit(self.one, "--daily", "Sat *-02-29 03:00")

    def submit(self, machine, *words, target="disk"):
        """The id of a plan in force."""
        name = f"plan{random.getrandbits(32):08x}.json"
        self.signers.vedette("backup", "plan", "new", name, "--title", "files", "--target", target, "--agent",
                             machine.fingerprint, "--path", str(machine.home), "--zone", "Europe/Oslo", "--jitter", "0", *words)
        document = self.signers.submit(self.signers.sign(name, "alice"))["document"]
        wait(lambda: self.plans(document), 10, "the plan to be in force")
        return document

    def plans(self, document):
        return self.vedette.cli("--json", "backup", "plan", "list", "--plan", document, parsed=True)

    def list(self, document):
        return self.vedette.cli("--json", "backup", "list", "--plan", document, parsed=True)

    def backup(self, name):
        return self.vedette.cli("--json", "backup", "show", name, parsed=True)

    def ended(self, name, how="done"):
        open_states = ("ordered", "sent", "taken", "waiting", "running")
        shown = wait(lambda: next((one for one in [self.backup(name)] if one["backup_state"] not in open_states), None), 30,
                     f"the end of backup {name}")
        assert shown["backup_state"] == (how or shown["backup_state"]), shown
        return shown

    def now(self, machine, *words):
        return self.vedette.cli("--json", "backup", "now", str(machine.id), *words, parsed=True)["backup"]

    def database(self):
        return sqlite3.connect(f"file:{self.vedette.state}/backup/backup.db?mode=ro", uri=True, timeout=10)


@test("a backup by a signed plan is ordered, logged, made, and in the catalogue as its commit says")
def made(estate):
    backup = estate.now(estate.one)
    shown = estate.ended(backup)
    commit = estate.one.commits()[backup].read_bytes()
    assert shown["commit_sha256"] == hashlib.sha256(commit).hexdigest() and shown["commit_bytes"] == len(commit), shown
    assert shown["backup_class"] == "manual" and shown["files"] >= 11 and shown["content_bytes"] == 200000, shown
    assert shown["document"] == estate.plan and shown["zone"] == "Europe/Oslo", shown
    wait(lambda: estate.told("backup.done", backup=backup), 5, "the event")
    ordered = estate.told("backup.ordered", backup=backup)
    assert len(ordered) == 1 and ordered[0]["order_sha256"] == shown["order_sha256"], ordered
    assert len(estate.told("backup.started", backup=backup)) == 1
    plan, = estate.plans(estate.plan)
    assert plan["backup"] == backup and plan["backup_state"] == "done" and plan["content_bytes"] == 200000, plan
    assert plan["next_at"].startswith("2048-02-29T02:00"), plan     # the next that is a Saturday, 03:00 in Oslo


@test("a plan for a target that the endpoint's owner does not have comes to nothing, and raises an alert")
def refused(estate):
    document = estate.submit(estate.two, "--daily", "03:00", target="elsewhere")
    backup = estate.now(estate.two, "--plan", document)
    shown = estate.ended(backup, None)
    assert shown["backup_state"] in ("refused", "failed") and shown["code"], shown
    assert not estate.two.commits()
    wait(lambda: [one for one in estate.vedette.cli("--json", "alerts", "--open", parsed=True)
                  if one["kind"] == "backup-failed" and one["agent"] == estate.two.id], 40, "an alert")


@test("killed anywhere, each turn of a calendar has one order, and each order one backup")
def killed(estate):
    document = estate.submit(estate.one, "--daily", "*:*:0/2")
    rng = random.Random(5)
    for _ in range(2):
        count = len(estate.list(document))
        wait(lambda: len(estate.list(document)) > count, 10, "another order", every_s=0.01 + rng.random() / 10)
        estate.vedette.kill("backup")
    estate.vedette.cli("task", "cancel", document)
    wait(lambda: not estate.plans(document), 10, "the plan's end")
    for row in estate.list(document):
        shown = estate.ended(row["backup"], None)
        assert shown["backup_state"] == "done" or shown["code"] in ("plan-ended", "cancelled", "no-plan"), shown
    with contextlib.closing(estate.database()) as database:
        turns = database.execute("SELECT backup, ordered_ms FROM ordered WHERE document = ? ORDER BY number", (document,)).fetchall()
    ordered = [one["backup"] for one in estate.told("backup.ordered", document=document)]
    assert len(ordered) == len(set(ordered)), ordered
    assert set(ordered) <= {backup for backup, _ in turns}
    rows = estate.list(document)
    done = {row["backup"] for row in rows if row["backup_state"] == "done"}
    assert done <= set(estate.one.commits()) and done, (done, rows)


@test("what will become of backups is told, those that are planned with them")
def preview(estate):
    document = estate.submit(estate.one, "--daily", "03:00", "--weekly", "Sun 05:00")
    until = (datetime.datetime.utcnow() + datetime.timedelta(30)).date().isoformat()
    rows = estate.vedette.cli("--json", "backup", "preview", "--as-of", until, "--agent", str(estate.one.id), parsed=True)
    planned = [row for row in rows if row["planned"]]
    assert 29 <= len(planned) <= 31 and all(row["document"] == document for row in planned), rows
    assert any(row["backup_class"] == "weekly" and row["fate"] == "kept" for row in planned), rows
    assert any(not row["planned"] and row["fate"] in ("condemned", "gone") for row in rows), rows
    estate.vedette.cli("task", "cancel", document)
    wait(lambda: not estate.plans(document), 10, "the plan's end")


@test("a backup that was looked at and is not what it was raises an alert, until one is")
def proven(estate):
    backup = estate.now(estate.one)
    estate.ended(backup)
    api = estate.vedette.administrator()
    now = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")

    def report(**said):
        api.tell(f"agents/{estate.one.id}/proofs", backup=backup, time=now, **said)

    def alerts():
        return [one for one in estate.vedette.cli("--json", "alerts", "--open", parsed=True) if one["kind"] == "backup-unproven"]
    report(proof="restore", proven=False, reason="a file is not what it was")
    wait(alerts, 30, "an alert")
    report(proof="restore", proven=True, files=3)
    wait(lambda: not alerts(), 30, "its end")
    assert estate.backup(backup)["proven_at"].startswith(now[:-1])


@test("a backup of which most is not as it was raises an alert, until the next one is as it was")
def doubtful(estate):
    def alerts():
        return [one for one in estate.vedette.cli("--json", "alerts", "--open", parsed=True) if one["kind"] == "backup-doubtful"]
    for path in estate.one.home.iterdir():
        path.write_bytes(b"somebody's" + path.read_bytes())
    backup = estate.now(estate.one, "--plan", estate.plan)
    estate.ended(backup)
    alert, = wait(alerts, 30, "an alert")
    assert alert["agent"] == estate.one.id and "10 are not as they were" in alert["reason"], alert
    doubtful, = wait(lambda: estate.told("backup.doubtful", backup=backup), 5, "the event")
    assert doubtful["doubt"] == "changed"
    estate.ended(estate.now(estate.one, "--plan", estate.plan))
    wait(lambda: not alerts(), 30, "its end")


@test("what stops pruning is told and raises an alert, and what its rules hold is in the calendar")
def pruned(estate):
    vedette, one = estate.vedette, estate.one
    rules, held = one.folder / "rules", sorted(one.commits())[0]
    rules.write_text(f"hold = {one.id}/{held}\n")
    rules.chmod(0o600)
    token = vedette.cli("--json", "apitoken", "create", "--name", "prune", "--role", "operator", "--only", "prune.report",
                        parsed=True)["token"]

    def prune(status, *words):
        done = subprocess.run([str(BUILD / "vedette"), "--url", vedette.ready["urls"]["portal"], "--ca", vedette.ready["ca_file"],
                               "prune", str(one.target), "--rules", str(rules), "--called", "disk", *words],
                              env=os.environ | {"VEDETTE_TOKEN": token}, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done

    def alerts():
        return [one for one in vedette.cli("--json", "alerts", "--open", parsed=True) if one["kind"] == "prune-stopped"]
    prune(0)
    later = (datetime.datetime.utcnow() + datetime.timedelta(60)).date().isoformat()
    rows = vedette.cli("--json", "backup", "preview", "--as-of", later, "--agent", str(one.id), parsed=True)
    assert [row["backup"] for row in rows if row["kept_by"] == "hold"] == [held], rows
    clock = one.folder / "rules.state/clock"
    seconds, rest = clock.read_text().split(" ", 1)
    clock.write_text(f"{int(seconds) - 7200} {rest}")
    prune(6)
    assert "clock" in wait(alerts, 30, "an alert")[0]["reason"]
    prune(0, "--confirm", "clock")
    wait(lambda: not alerts(), 30, "its end")


@test("the keys by which orders are sealed change by the trust file: none is lost, whether sent before, behind it by the old key, or after")
def keys(estate):
    vedette, signers, folder = estate.vedette, estate.signers, estate.vedette.state / "backup"
    before, away = (folder / "sign.key").read_bytes(), estate.submit(estate.two, "--daily", "Sat *-02-29 03:00")
    estate.two.kill()
    backups = [estate.now(estate.two, "--plan", away)]
    wait(lambda: estate.backup(backups[0])["backup_state"] == "sent", 15, "the order on its way")
    vedette.cli("keys", "next")
    (signers.folder / "facts-2.json").write_text(vedette.cli("trust", "facts"))
    signers.vedette("trust", "rotate", "trust-2.json", "--facts", "facts-2.json")
    signers.sign("trust-2.json", "alice")
    vedette.freeze("backup")
    vedette.cli("document", "submit", str(signers.folder / "trust-2.signed.json"))
    wait(lambda: "version 2 of the trust file" in estate.one.agent("activity"), 15, "a machine to follow")
    vedette.thaw("backup")
    backups += [estate.now(estate.one, "--plan", estate.plan), estate.now(estate.two, "--plan", away)]
    vedette.kill("backup")
    backups.append(estate.now(estate.one, "--plan", estate.plan))
    estate.two.start()
    for backup in backups:
        estate.ended(backup)
    vedette.kill("backup")
    assert (folder / "sign.before.key").read_bytes() == before != (folder / "sign.key").read_bytes()
    assert not list(folder.glob("*.next.key"))


@test("after a disaster backups go on by the log that people signed to follow")
def succeeded(estate):
    set_back(estate.vedette)
    estate.one.kill()       # at its start it looks for mail at once
    estate.one.start()
    backup = estate.now(estate.one)
    estate.signers.vedette("trust", "succession", str(estate.vedette.state / "log/ops"), "succession.json")
    estate.signers.submit(estate.signers.sign("succession.json", "alice"))
    estate.ended(backup)


@test("a catalogue that was deleted is made again from commits, and is equal")
def again(estate):
    def catalogue():
        with contextlib.closing(estate.database()) as database:
            return database.execute("SELECT * FROM snapshot ORDER BY agent, backup").fetchall()
    before = catalogue()
    assert before
    estate.vedette.freeze("backup")
    for path in (estate.vedette.state / "backup").glob("backup.db*"):
        path.unlink()
    estate.vedette.kill("backup")
    wait(lambda: estate.plans(estate.plan), 20, "the plan again")
    assert catalogue() == []
    for machine in estate.one, estate.two:
        said = json.loads(estate.vedette.cli("--json", "backup", "catalogue", str(machine.target)))
        assert said == {"sent": len(machine.commits()), "refused": 0}, said
    assert catalogue() == before
    forged = next(iter(estate.one.commits().values()))
    forged.chmod(0o600)
    forged.write_bytes(forged.read_bytes()[:-1] + b"x")
    done = estate.vedette.run_cli("backup", "catalogue", str(estate.one.target))
    assert done.returncode == 1 and "bad-commit" in done.stderr, done


main(Estate.standing)
