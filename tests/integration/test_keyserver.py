#!/usr/bin/env python3
"""Restores that people signed, by the restore key service: on the machine itself and on another, through every process; and what
the service does not do."""
import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import assert_same, make_key, populate, remove  # noqa: E402
from harness import BUILD, main, test, wait  # noqa: E402
from keyserver_rig import Service  # noqa: E402
import task_rig  # noqa: E402
from task_rig import Machine  # noqa: E402

POLICY = "users = * root\nkinds = task restore\n"
BACKUP = "0123456789abcdef0123456789abcdef"


class Keeper(Machine):
    """A machine that knows the target, and whom everything there is sealed for."""

    def __init__(self, signers, name, conf):
        self.conf = conf
        super().__init__(signers, name)

    def words(self, *words):
        self.policy.write_text(POLICY)
        return super().words(*words, *(["--targets", self.conf] if words[0] == "run" else []))


class Estate(task_rig.Estate):
    def __init__(self, vedette):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-keys-"))
        self.service = Service(self.folder, vedette)
        super().__init__(vedette, "ops", trust=("--keyserver", self.service.facts))
        self.service.command("trust", "adopt", self.signers.folder / "trust.signed.json", self.signers.trust)
        self.make_target()
        self.one = Keeper(self.signers, "files-1", self.conf)
        self.two = Keeper(self.signers, "files-2", self.conf)
        self.back_up()
        self.number = 0

    def make_target(self):
        self.target, self.conf, key = self.folder / "target", self.folder / "targets.conf", self.folder / "recovery.key"
        self.target.mkdir()
        make_key(key)
        self.conf.write_text(f"[disk]\nurl = file://{self.target}\nrecovery = {key.with_suffix('.pub')}\n"
                             f"restore_service = {self.service.key}.pub\n")
        self.conf.chmod(0o600)

    def back_up(self):
        self.home = self.folder / "home"
        populate(self.home)
        deployment = json.loads(self.signers.vedette("--json", "trust", "show"))["deployment"]
        done = subprocess.run(
            [str(word) for word in (BUILD / "vedette-agent-backup", "--state", self.one.state, "--targets", self.conf,
                                    "--target", "disk", "--deployment", deployment, "--backup", BACKUP, self.home)],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        self.commit = self.target / f"vedette1/{self.one.id}/c/{BACKUP}.p7s"

    def restore(self, machine, *words, into=None):
        """Signed and handed over; the document, and into which folder."""
        self.number += 1
        name, into = f"restore{self.number}.json", into or self.folder / f"back{self.number}"
        source = [] if machine is self.one else ["--source", f"{self.one.id}={self.one.fingerprint}"]
        self.signers.vedette("backup", "restore", "new", name, "--title", "bring it back", "--target", "disk", "--backup",
                             BACKUP, "--commit", hashlib.sha256(self.commit.read_bytes()).hexdigest(), "--into", str(into),
                             "--agent", machine.fingerprint, *source, *map(str, words))
        return self.signers.submit(self.signers.sign(name, "alice"))["document"], into

    def ended(self, document):
        run, = self.signers.ended(document)
        return run

    def how_far(self, document):
        """What the server was told of a restore; there are others beside it."""
        one, = (row for row in self.vedette.cli("backup", "restore", "list", "--json", parsed=True) if row["document"] == document)
        return one

    def mail(self):
        return sqlite3.connect(self.vedette.state / "ingest/mail.db", timeout=10)

    def close(self):
        self.service.stop()
        super().close()
        remove(self.folder)


@test("a restore waits for the service, and brings a backup back as it was; each key is in the service's record and in the log")
def same(estate):
    document, into = estate.restore(estate.one)
    with estate.mail() as mail:
        wait(lambda: len(mail.execute("SELECT 1 FROM taken").fetchall()) >= 2, 10, "the commit and a question")
        estate.kept = mail.execute("SELECT agent, addressee, envelope FROM taken").fetchall()
    estate.service.start()
    run = estate.ended(document)
    assert run["run_state"] == "done", (run, estate.vedette.cli("task", "output", document, str(estate.one.id)))
    assert_same(estate.home, into / str(estate.home)[1:])
    record = [json.loads(line) for line in estate.service.record()]
    assert [one["did"] for one in record] == ["unwrapped"] * 2, record
    assert {one["agent"] for one in record} == {estate.one.fingerprint} and {one["backup"] for one in record} == {BACKUP}
    told = wait(lambda: len(found := estate.told("keys.unwrapped", document=document)) == 2 and found, 5, "the events")
    assert [one["segment_ranges"] for one in told] == [one["segments"] for one in record], (told, record)
    how_far = estate.how_far(document)
    assert how_far["files"] == how_far["expected_files"] > 0 and how_far["failed_files"] == 0, how_far
    assert how_far["content_bytes"] == how_far["expected_bytes"] > 0 and how_far["into"] == str(into), how_far
    assert estate.vedette.cli("task", "output", document, str(estate.one.id)).split()[0] == "done"    # progress is no output


@test("another machine gets one folder, with the rights of the user who was named; nothing else was asked for")
def other(estate):
    estate.folder.chmod(0o755)
    shared = estate.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    document, _ = estate.restore(estate.two, "--path", estate.home / "src", "--user", "nobody", into=shared / "here")
    run = estate.ended(document)
    assert run["run_state"] == "done", (run, estate.vedette.cli("task", "output", document, str(estate.two.id)))
    back = shared / "here" / str(estate.home)[1:]
    assert sorted(os.listdir(back)) == ["src"]
    for path in (estate.home / "src").iterdir():
        copy = back / "src" / path.name
        assert copy.read_bytes() == path.read_bytes() and copy.stat().st_uid == 65534, path


@test("the service gives no more keys than it may; the restore says why it failed")
def refused(estate):
    estate.service.stop()
    estate.service.start("--keys-an-hour", "1")
    document, into = estate.restore(estate.one)
    run = estate.ended(document)
    assert run["run_state"] == "failed", run
    assert run["code"] == "too-many" and "key service" in run["reason"], run
    assert "too-many" in estate.vedette.cli("task", "output", document, str(estate.one.id))
    assert not into.exists()
    told = wait(lambda: estate.told("keys.refused", document=document), 5, "the event")
    assert [one["code"] for one in told] == ["too-many"]


@test("what the server plays again gets nothing more")
def again(estate):
    before = estate.service.record()
    with estate.mail() as mail:
        mail.executemany("INSERT INTO taken (agent, addressee, envelope) VALUES (?, ?, ?)", estate.kept)
    estate.vedette.kill("ingest")       # which counts anew what lies in its mailboxes
    wait(lambda: "replayed" in [line["code"] for line in estate.service.log("keyserver.refused")], 15, "the refusal")
    assert estate.service.record() == before


@test("the record is a chain: each line has the hash of the one before")
def chained(estate):
    before = b""
    for line in estate.service.record():
        assert json.loads(line)["before"] == hashlib.sha256(before).hexdigest(), line
        before = line.encode()
    assert before


main(Estate.standing)
