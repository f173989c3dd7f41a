#!/usr/bin/env python3
"""Backups that prove themselves: `vedette backup prove` beside a target, without and with a key; what the server makes of what it
is told, of what it is not told, and of who may not tell it anything."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import content, make_key, remove  # noqa: E402
from harness import BUILD, main, test, wait  # noqa: E402
import task_rig  # noqa: E402
from task_rig import Machine  # noqa: E402

FILES = 12


def stamp(after_s=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + after_s))


class Estate(task_rig.Estate):
    """A machine with two backups in a folder; the server knows of them by their commits alone."""

    def __init__(self, vedette):
        super().__init__(vedette, "fleet", "alert")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-prove-"))
        self.one = Machine(self.signers, "files-1")
        self.target, self.home, self.key = self.folder / "target", self.folder / "home", self.folder / "recovery.key"
        self.memory, self.sandbox = self.folder / "memory", self.folder / "sandbox"
        for path in (self.target, self.home, self.sandbox):
            path.mkdir()
        make_key(self.key)
        conf = self.folder / "targets.conf"
        conf.write_text(f"[disk]\nurl = file://{self.target}\nrecovery = {self.key.with_suffix('.pub')}\n")
        conf.chmod(0o600)
        deployment = json.loads(self.signers.vedette("--json", "trust", "show"))["deployment"]
        for number in range(2):
            for file in range(FILES // 2):
                (self.home / f"file{number}{file}").write_bytes(content(random.Random(10 * number + file), 30000))
            self.backup = f"{number + 1:032x}"
            subprocess.run([str(word) for word in (BUILD / "vedette-agent-backup", "--state", self.one.state, "--targets", conf,
                                                   "--target", "disk", "--deployment", deployment, "--backup", self.backup,
                                                   self.home)], check=True, capture_output=True, timeout=60)
        # The server knows the machine, and follows the trust file, a moment later.
        wait(lambda: vedette.run_cli("backup", "catalogue", str(self.target)).returncode == 0, 20, "the catalogue")
        self.tokens = {name: self.make_token(name, *words) for name, words in (
            ("prover", ("operator", "--only", "proof.report")), ("viewer", ("viewer",)),
            ("other", ("operator", "--only", "agents.list", "--only", "backup.now")))}

    def make_token(self, name, role, *words):
        made = self.vedette.cli("apitoken", "create", "--name", name, "--role", role, *words, "--json", parsed=True)
        return made["token"]

    def run(self, *words, token="prover"):
        ready = self.vedette.ready
        return subprocess.run([str(word) for word in (BUILD / "vedette", "--url", ready["urls"]["portal"], "--ca", ready["ca_file"], *words)],
                              env=os.environ | {"VEDETTE_TOKEN": self.tokens[token]}, capture_output=True, text=True, timeout=60)

    def prove(self, *words, status=0, **more):
        """Rounds begin as often as they may, unless words say otherwise."""
        every = [] if "--every" in words else ["--every", "1s"]
        if every:
            wait(lambda: self.is_due("restore" if "--key" in words else "bytes"), 10, "a round to be due")
        done = self.run("backup", "prove", self.target, "--memory", self.memory, "--called", "nas", *every, *words, **more)
        assert done.returncode == status, done
        return done

    def is_due(self, proof):
        path = self.memory / f"{self.one.id}.{proof}"
        return not path.exists() or time.time() * 1000 - json.loads(path.read_text())["before"] >= 1000

    def restore(self, *words, key=None, **more):
        return self.prove("--key", key or self.key, "--into", self.sandbox, "--files", "100", *words, **more)

    def open(self, kind):
        return [one for one in self.vedette.cli("--json", "alerts", "--open", parsed=True) if one["kind"] == kind]

    def objects(self, kind):
        return sorted((self.target / "vedette1" / str(self.one.id) / kind).iterdir())

    @contextlib.contextmanager
    def altered(self, path):
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
        try:
            yield
        finally:
            path.write_bytes(whole)

    def close(self):
        super().close()
        remove(self.folder)


@test("every byte is found as it was written, and the server knows since when; not due, nothing is read")
def proven(estate):
    done = estate.prove("--every", "7d", "--json")
    said = json.loads(done.stdout)
    assert said["ended"] and said["backups"] == 2 and said["bad"] == 0, said
    assert said["objects"] == len(estate.objects("s")) + len(estate.objects("m")), said
    event = wait(lambda: estate.told("backup.proven"), 10, "the event")[0]
    assert event["agent"] == estate.one.id and event["proof"] == "bytes" and event["backup_target"] == "nas", event
    assert event["backup"] == estate.backup and event["next_by"] > event["until"], event
    assert estate.prove("--every", "7d").stdout == ""
    assert len(estate.told("backup.proven")) == 1


@test("a round that was broken off goes on where it was")
def resumed(estate):
    path = estate.memory / f"{estate.one.id}.bytes"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"began": kept["before"], "next": "8" + "0" * 63, "objects": 0}))
    said = json.loads(estate.prove("--every", "7d", "--json").stdout)
    behind = sum(hashlib.sha256(one.read_bytes()).hexdigest() >= "8" for one in estate.objects("s") + estate.objects("m"))
    assert said["ended"] and said["objects"] == behind, (said, behind)
    assert json.loads(path.read_text())["began"] == 0


@test("files are brought back in a sandbox and compared; nothing of them stays; the backup shows when that was")
def restored(estate):
    said = json.loads(estate.restore("--every", "7d", "--json").stdout)
    assert said["proven"] and said["files"] == FILES and said["bytes"] == FILES * 30000, said
    assert said["backup"] == estate.backup and not list(estate.sandbox.iterdir()), said
    shown = wait(lambda: (one := estate.vedette.cli("--json", "backup", "show", estate.backup, parsed=True)).get("proven_at") and one, 10,
                 "the proof")
    rows = estate.vedette.cli("--json", "backup", "list", parsed=True)
    assert [row["proven_at"] for row in rows if row["backup"] == estate.backup] == [shown["proven_at"]], rows


@test("who may not report is told so, and the word waits for who may; a token is good for its calls alone")
def refused(estate):
    before = len(estate.told("backup.proven"))
    done = estate.prove(token="viewer", status=3)
    assert "this needs the role operator" in done.stderr, done
    done = estate.prove("--every", "7d", token="other", status=3)
    assert "this token is for other calls than proof.report" in done.stderr, done
    for words in (("agents",), ("apitoken", "create", "--name", "more"), ("backup", "now", str(estate.one.id))):
        done = estate.run(*words)
        assert done.returncode == 1 and "no-permission" in done.stderr, done
    api = estate.vedette.api()
    api.token = estate.tokens["prover"]
    for field, changes in (("time", {"time": stamp(3600)}), ("next_by", {"next_by": stamp(93 * 86400)}), ("time", {"time": stamp(-3600)}),
                           ("next_by", {"next_by": stamp(-60)})):
        said = {"backup": estate.backup, "proof": "bytes", "proven": True, "time": stamp(), "backup_target": "nas"} | changes
        answer = api.post(f"agents/{estate.one.id}/proofs", **said)
        assert answer.status in (400, 422) and answer.json["field"] == field, (changes, answer.status, answer.body)
    answer = api.post("agents/4000000/proofs", **(said | {"next_by": stamp(60)}))
    assert answer.status == 404, answer.status
    assert len(estate.told("backup.proven")) == before
    estate.prove("--every", "7d")
    wait(lambda: len(estate.told("backup.proven")) == before + 1, 10, "the word that waited")
    failed = estate.vedette.run_cli("apitoken", "create", "--name", "slip", "--role", "operator", "--only", "proof.repotr")
    assert failed.returncode == 1 and "proof.repotr" in failed.stderr, failed


@test("a flipped byte, a wrong key and a lost repository raise alerts; the repaired repository ends them")
def altered(estate):
    contents = max(estate.objects("s"), key=lambda path: path.stat().st_size)      # the tree of the older backup is not restored
    with estate.altered(contents):
        done = estate.prove(status=1)
        assert "altered" in done.stderr and contents.name in done.stderr, done
        estate.restore(status=1)
        wait(lambda: len(estate.open("backup-unproven")) == 2, 40, "an alert for the bytes, one for the restore")
        reasons = " ".join(one["reason"] for one in estate.open("backup-unproven"))
        assert "it is not as it was written" in reasons, reasons
        estate.prove("--every", "7d", status=1)     # what is wrong is looked at by each run
    estate.prove("--every", "7d")
    estate.restore("--every", "7d")
    wait(lambda: not estate.open("backup-unproven"), 30, "their end")
    assert "(too-large)" in estate.restore("--bytes", "20000", status=1).stderr
    stranger = estate.folder / "stranger.key"
    make_key(stranger)
    assert "wrong-recipient" in estate.restore(key=stranger, status=1).stderr
    shutil.move(estate.target / "vedette1", estate.folder / "away")
    done = estate.prove(status=1)
    assert "gone" in done.stderr, done
    wait(lambda: len(estate.open("backup-unproven")) == 2, 30, "the alerts")
    shutil.move(estate.folder / "away", estate.target / "vedette1")
    estate.prove()
    estate.restore()
    wait(lambda: not estate.open("backup-unproven"), 30, "their end")


@test("a word that does not come is an alert, which the word ends")
def withheld(estate):
    wait(lambda: {"bytes", "restore"} <= {one["proof"] for one in estate.told("proof.late")}, 40, "the events")
    wait(lambda: len(estate.open("proof-late")) == 2, 30, "the alerts")
    estate.memory = estate.folder / "other memory"      # nothing is remembered: a round begins
    estate.prove("--every", "7d")
    estate.restore("--every", "7d")
    wait(lambda: not estate.open("proof-late"), 30, "their end")


main(Estate.standing)
