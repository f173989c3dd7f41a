#!/usr/bin/env python3
"""Signed tasks through every process: from the signers' machine to agents, and what became of them back."""
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, fields, main, test, wait, within  # noqa: E402
import task_rig  # noqa: E402
from task_rig import POLICY, Machine, all_ended, set_back  # noqa: E402

BOTH = ("alice", "bob")
RUNS_AT_A_TIME = 4      # of a machine: so many a kill can interrupt
MAILBOX_BYTES, FILLER_BYTES = 32 << 20, 500000      # of one agent; none of what fills it is an envelope


class Estate(task_rig.Estate):
    """Two people sign, three machines do it."""

    def __init__(self, vedette):
        super().__init__(vedette, "ops", "fleet", "access", names=BOTH, threshold=2)
        vedette.cli("tenant", "add", "other")
        vedette.cli("site", "add", "other", "rome")
        self.machines = [Machine(self.signers, name) for name in ("web-1", "web-2", "db-1")]
        self.number = 0

    def task(self, *words, machines=None, by=BOTH, **options):
        """Signed, for these machines, in a file."""
        self.number += 1
        targets = [word for one in machines or self.machines[:1] for word in ("--agent", one.fingerprint)]
        return self.signers.task(f"task{self.number}.json", *targets, *words, by=by, **options)

    def submit(self, *words, **options):
        return self.signers.submit(self.task(*words, **options))["document"]

    def done(self, *words, **options):
        """One run that must end well; the document."""
        document = self.submit(*words, **options)
        runs = self.signers.ended(document)
        assert [run["run_state"] for run in runs] == ["done"], runs
        return document

    def refused(self, *words):
        answer = self.vedette.run_cli("--json", *words)
        assert answer.returncode == 1, (answer.returncode, answer.stdout, answer.stderr)
        return answer.stderr

    def api(self, name, *words):
        client = self.vedette.api()
        client.token = json.loads(self.vedette.cli("--json", "apitoken", "create", "--name", name, *words))["token"]
        return client

    def output(self, document, machine):
        return self.vedette.cli("task", "output", document, str(machine.id))


@test("a task runs on its machine; output, log and receipt say so")
def runs(estate):
    one, two = estate.machines[:2]
    document = estate.done("--", "/bin/echo", "hello")
    assert estate.output(document, one) == "hello\n"
    logged, = wait(lambda: estate.told("document.logged", document=document), 5, "document.logged in the log")
    shown = json.loads(estate.vedette.cli("--json", "document", "show", document))
    assert logged["document_sha256"] == shown["document_sha256"] and logged["signers"] == "alice, bob"
    assert shown["document_state"] == "logged" and f"index {shown['sequence']}\n" in shown["receipt"]
    wait(lambda: estate.told("task.done", document=document), 5, "task.done in the log")
    assert [event["agent"] for event in estate.told("task.started", document=document)] == [one.id]
    assert estate.told("task.done", document=document)[0]["exit_status"] == 0
    history = json.loads(estate.vedette.cli("--json", "task", "runs", str(one.id)))
    assert history[0]["document"] == document and not json.loads(estate.vedette.cli("--json", "task", "runs", str(two.id)))


@test("handing it over again does nothing; another document by its id and version is refused")
def again(estate):
    path = estate.task("--", "/bin/echo", "once")
    document = estate.signers.submit(path)["document"]
    estate.signers.ended(document)
    assert estate.signers.submit(path)["document"] == document
    assert len(estate.signers.runs(document)) == 1 and len(estate.told("document.logged", document=document)) == 1


@test("what fails, and a task that its machine does not do, is said with its reason")
def reasons(estate):
    runs = estate.signers.ended(estate.submit("--", "/bin/sh", "-c", "echo no; exit 3"))
    assert (runs[0]["run_state"], runs[0]["exit_status"]) == ("failed", 3), runs
    runs = estate.signers.ended(estate.submit("--", "/bin/true", user="nosuchuser"))
    assert runs[0]["run_state"] in ("refused", "failed") and runs[0]["code"] and runs[0]["reason"], runs


@test("four eyes: with one signature it waits, and says for whom")
def four_eyes(estate):
    path = estate.task("--", "/bin/echo", "both", by=("alice",))
    answer = estate.signers.submit(path)
    assert (answer["document_state"], answer["signatures"], answer["threshold"], answer["may_sign"]) == ("draft", 1, 2, "bob")
    waiting = json.loads(estate.vedette.cli("--json", "document", "list", "--only", "draft"))
    assert [(one["document"], one["signers"]) for one in waiting] == [(answer["document"], "alice")]
    signed = estate.signers.sign(path.name, "bob")
    assert estate.signers.submit(signed)["document_state"] in ("signed", "logged")
    assert estate.signers.ended(answer["document"])[0]["run_state"] == "done"


@test("a tenant has so many drafts; one more is refused, what is signed goes on, and so do others")
def drafts(estate):
    path = estate.task("--", "/bin/true", by=("alice",))
    document = estate.signers.submit(path)["document"]
    with contextlib.closing(sqlite3.connect(estate.vedette.state / "scheduler/scheduler.db", timeout=10)) as db:
        columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(document)") if row[1] not in ("number", "document"))
        (have,), = db.execute("SELECT count(*) FROM document WHERE tenant = 'acme' AND signatures < threshold")
        with db:
            db.executemany(f"INSERT INTO document (document, {columns}) SELECT ?, {columns} FROM document WHERE document = ?",
                           ((f"{number:032x}", document) for number in range(999 - have)))
        estate.signers.submit(estate.task("--", "/bin/true", by=("alice",)))
        assert "too-many" in estate.refused("task", "submit", str(estate.task("--", "/bin/true", by=("alice",))))
        estate.done("--", "/bin/true")
        assert estate.signers.submit(estate.signers.sign(path.name, "bob"))["document"] == document
        with db:
            db.execute("DELETE FROM document WHERE document < ?", (f"{1000:032x}",))


@test("signatures that do not hold, expired documents and unknown ones are refused at once")
def refused(estate):
    path = estate.task("--", "/bin/true")
    envelope = json.loads(path.read_text())
    envelope["signatures"][0]["sig"], envelope["signatures"][1]["sig"] = (envelope["signatures"][1]["sig"],
                                                                         envelope["signatures"][0]["sig"])
    path.write_text(json.dumps(envelope))
    assert "bad-signature" in estate.refused("task", "submit", str(path))
    envelope["signatures"] = []
    path.write_text(json.dumps(envelope))
    estate.refused("task", "submit", str(path))
    wait(lambda: "document.refused" in estate.events.types(), 5, "document.refused in the log")
    assert "not-found" in estate.refused("task", "show", "0" * 32)


@test("output comes back whole; beyond the document's limit it is cut")
def output(estate):
    document = estate.done("--output-limit", "100000", "--", "/bin/sh", "-c", "seq 1 100000")
    run = estate.signers.runs(document)[0]
    text = estate.output(document, estate.machines[0])
    assert len(text) == run["output_bytes"] == 100000 and run["output_cut"], run
    assert "".join(f"{i}\n" for i in range(1, 30000)).startswith(text)


@test("cancelled, what runs is ended, and what has not begun does not begin")
def cancel(estate):
    document = estate.submit("--", "/bin/sleep", "100")
    wait(lambda: estate.signers.runs(document)[0]["run_state"] == "running", 10, "the run to begin")
    estate.vedette.cli("task", "cancel", document)
    assert estate.signers.ended(document)[0]["run_state"] != "done"
    assert "cancelled already" in estate.refused("task", "cancel", document)
    over = estate.done("--", "/bin/true")
    assert "all its runs have ended" in estate.refused("task", "cancel", over)
    assert estate.signers.runs(over)[0]["run_state"] == "done"
    wait(lambda: any(fields(event).get("call") == "task.cancel" for event in list(estate.events.events)), 5, "it in the log")


@test("a newer draft misleads nobody: what runs is shown, and what is cancelled is all of it")
def drafted(estate):
    path = estate.task("--", "/bin/sleep", "100")
    document = estate.signers.submit(path)["document"]
    wait(lambda: estate.signers.runs(document)[0]["run_state"] == "running", 10, "the run to begin")
    newer = json.loads(base64.b64decode(json.loads(path.read_text())["payload"])) | {"version": 2}
    payload = base64.b64encode(json.dumps(newer).encode()).decode()
    answer = estate.api("draft", "--role", "operator").post("documents/draft", payload=payload)
    assert answer.json["document_version"] == 2, answer.body
    assert estate.signers.runs(document)[0]["run_state"] == "running"
    estate.vedette.cli("task", "cancel", document)
    assert estate.signers.ended(document)[0]["run_state"] != "done"
    listed = json.loads(estate.vedette.cli("--json", "document", "list", "--kind", "task"))
    states = [one["document_state"] for one in listed if one["document"] == document]
    assert states == ["cancelled"] * 2, states


@test("a task that bears the deployment's number is cancelled alone: the trust file of that number stays in force")
def of_one_number(estate):
    name = "numbered.json"
    path = estate.signers.folder / name
    estate.signers.vedette("task", "new", name, "--title", "a test", "--user", "root", "--agent", estate.machines[0].fingerprint,
                           "--", "/bin/sleep", "100")
    payload = json.loads(path.read_text())
    path.write_text(json.dumps(payload | {"document": payload["deployment"], "version": 4000000000}))
    document = estate.signers.submit(estate.signers.sign(name, *BOTH))["document"]

    def states():
        listed = json.loads(estate.vedette.cli("--json", "document", "list"))
        return {one["document_kind"]: one["document_state"] for one in listed if one["document"] == document}
    wait(lambda: states()["task"] == "logged", 10, "it to be logged")
    before = states()
    assert before["trust"] == "logged", before
    estate.vedette.cli("task", "cancel", document)
    assert states() == before | {"task": "cancelled"}, (before, states())


@test("a rollout goes ring by ring, and stops on failures")
def rings(estate):
    rings = ("--canary", "1", "--ring", "1", "--stop-failures", "1")
    document = estate.submit(*rings, "--", "/bin/true", machines=estate.machines)
    runs = estate.signers.ended(document)
    assert [(run["ring"], run["run_state"]) for run in runs] == [(0, "done"), (1, "done"), (2, "done")]
    starts = [run["started_at"] for run in runs]
    assert starts == sorted(starts)
    document = estate.submit(*rings, "--", "/bin/false", machines=estate.machines)
    runs = estate.signers.ended(document)
    assert [run["run_state"] for run in runs] == ["failed", "cancelled", "cancelled"]
    stopped, = wait(lambda: estate.told("rollout.stopped", document=document), 5, "rollout.stopped in the log")
    assert stopped["runs_failed"] == 1


@test("a tenant's people hand over nothing for machines of others, and see nothing of them")
def tenants(estate):
    client = estate.api("rome", "--role", "operator", "--tenant", "other")
    path = estate.task("--", "/bin/true")
    answer = client.post("documents", dsse=path.read_text())
    assert (answer.status, answer.json["code"]) == (403, "no-permission"), answer.body
    document = estate.signers.submit(path)["document"]
    assert client.ask("tasks") == {key: [] for key in client.ask("tasks")}
    assert client.get(f"tasks/{document}").status == 404
    assert client.post(f"tasks/{document}/cancel").status == 404
    assert client.get(f"agents/{estate.machines[0].id}/tasks").status == 403


@test("a machine that was moved is moved in the server's list, too, and gets what is in force where it belongs now")
def moved(estate):
    machine, members = estate.machines[2], estate.signers.folder / "members.json"
    machine.policy.write_text(POLICY + "kinds = task watch setting move\n")
    members.write_text(json.dumps({"settings": [{"name": "scripts", "value": "off"}]}))
    estate.signers.vedette("document", "new", "setting", "stricter.json", "--title", "a setting", "--members", str(members),
                           "--tenant", "other")
    setting = estate.signers.submit(estate.signers.sign("stricter.json", *BOTH))["document"]
    members.write_text(json.dumps({"to_tenant": "other", "to_site": "rome"}))
    estate.signers.vedette("document", "new", "move", "move.json", "--title", "a move", "--members", str(members), "--agent",
                           machine.fingerprint)
    move = estate.signers.submit(estate.signers.sign("move.json", *BOTH))["document"]
    assert estate.signers.ended(move)[0]["run_state"] == "done"

    def place():
        shown = json.loads(estate.vedette.cli("--json", "agents", "show", str(machine.id)))
        return shown["tenant"], shown["site"]
    wait(lambda: place() == ("other", "rome"), 10, "the registry to follow")
    assert estate.signers.ended(setting)[0]["run_state"] == "done"
    moved, = wait(lambda: estate.told("agent.moved"), 5, "agent.moved in the log")
    assert (moved["tenant"], moved["site"]) == ("other", "rome")
    wait(lambda: json.loads(estate.vedette.cli("--json", "agents", "report", str(machine.id)))["policy"]["scripts"] == "off", 10,
         "the setting in what it permits")


@test("a run that was never heard of expires with its document; an agent that did it all the same knows better")
def expired(estate):
    machine = estate.machines[1]
    machine.kill()
    document = estate.submit("--", "/bin/echo", "late", machines=[machine])
    wait(lambda: estate.signers.runs(document), 10, "the run")
    # No test waits for the hour of grace: the server is told another time, which the machine is not.
    with sqlite3.connect(estate.vedette.state / "scheduler/scheduler.db", timeout=10) as db:
        db.execute("UPDATE document SET expires_ms = ? WHERE document = ?", (int(time.time() * 1000) - 7200000, document))
    db.close()
    assert estate.signers.ended(document)[0]["run_state"] == "expired"
    wait(lambda: estate.told("task.expired", document=document), 10, "the event")
    assert "its time is over" in estate.refused("task", "cancel", document)
    machine.start()
    wait(lambda: estate.signers.runs(document)[0]["run_state"] == "done", 20, "the machine's own word")
    assert estate.output(document, machine) == "late\n"


@test("a mailbox that is full holds up nobody else's, and goes on when its machine is back")
def full_mailbox(estate):
    away, other = estate.machines[1], estate.machines[0]
    for machine in away, other:
        machine.kill()
    with sqlite3.connect(estate.vedette.state / "ingest/mail.db", timeout=10) as db:
        db.executemany("INSERT INTO waiting (agent, envelope, put_at) VALUES (?, ?, ?)",
                       [(away.id, bytes(FILLER_BYTES), int(time.time() * 1000))] * (MAILBOX_BYTES // FILLER_BYTES + 1))
    db.close()
    estate.vedette.kill("ingest")       # it counts what waits when it begins
    wait(estate.vedette.health, 20, "ingest to be back")
    other.start()
    document = estate.submit("--", "/bin/echo", "through", machines=[away, other])
    wait(lambda: [run["run_state"] for run in estate.signers.runs(document) if run["agent"] == other.id] == ["done"], 10, "the other")
    wait(lambda: any(line["event"] == "mailbox.full" for line in estate.vedette.log("scheduler")), 10, "it to be noticed")
    assert not all_ended(estate.signers.runs(document))
    away.start()
    assert {run["run_state"] for run in estate.signers.ended(document, 60)} == {"done"}     # tried after 5, 15, 35 s
    assert estate.output(document, away) == "through\n"


def memory(machine):
    """What the machine remembers of the log: the file."""
    return next((machine.state / "work").glob("checkpoint.*"))


def remember_another(estate, machine):
    """Another root of the same size: what stands in its memory now, line by line."""
    lines = memory(machine).read_text().split("\n")
    while int(lines[1]).bit_count() == 1:    # of such a tree no proof shows that it is another one
        estate.done("--", "/bin/true")
        lines = memory(machine).read_text().split("\n")
    lines[2] = ("B" if lines[2][0] == "A" else "A") + lines[2][1:]
    memory(machine).write_text("\n".join(lines))
    return lines


@test("a machine that remembers less of the log than was sent to it gets the proof that it needs")
def restored(estate):
    estate.done("--", "/bin/true")
    machine = estate.machines[0]
    before = memory(machine).read_text()
    estate.done("--", "/bin/true")
    assert memory(machine).read_text() != before
    memory(machine).write_text(before)
    estate.done("--", "/bin/true")
    assert "(no-consistency)" in machine.agent("activity") and "forked" not in machine.agent("activity")


@test("the log has the head of each chain of runs; a machine that was set back breaks its own, which is told")
def chained(estate):
    machine = estate.machines[0]
    document = estate.submit("--calendar", "*:*:*", "--zone", "UTC", "--", "/bin/true")
    heads = wait(lambda: [event["chain"] for event in estate.told("task.done", document=document)][1:], 20, "two occurrences")
    assert len(set(heads)) == len(heads) and not estate.told("chain.broken", document=document)
    progress = machine.state / "work/progress" / document
    before = json.loads(progress.read_text())
    wait(lambda: len(estate.told("task.done", document=document)) >= len(heads) + 3, 20, "two more")
    machine.kill()
    now = json.loads(progress.read_text())
    progress.write_text(json.dumps(now | {"links": before["links"], "chain": before["chain"]}))
    machine.start()
    wait(lambda: estate.told("chain.broken", document=document), 20, "the break")
    estate.vedette.cli("task", "cancel", document)


@test("a machine that remembers another log says so, carries out nothing, and does again by its owner's word")
def forked(estate):
    machine = estate.machines[0]
    lines = remember_another(estate, machine)
    for _ in range(2):
        assert estate.signers.ended(estate.submit("--", "/bin/true"))[0]["code"] == "fork"
    told = wait(lambda: estate.told("log.forked"), 10, "the event")
    assert len(told) == 1 and told[0]["agent"] == machine.id, told
    client = estate.api("look", "--role", "viewer")
    said = client.ask(f"agents/{machine.id}/report")
    held = "\n".join(lines)
    assert said["forked"] and said["held_checkpoint"] == held and said["seen_checkpoint"].split("\n\n")[0] != held.split("\n\n")[0], said
    assert held in estate.vedette.cli("agents", "report", str(machine.id))
    machine.agent("trust", "adopt", estate.signers.trust)
    estate.signers.status()
    estate.done("--", "/bin/true")
    wait(lambda: estate.told("log.agreed"), 10, "the event")
    wait(lambda: not client.ask(f"agents/{machine.id}/report")["forked"], 5, "the report to say so")
    assert len(list((machine.state / "work").glob("evidence.*"))) == 2


@test("with the log away nothing new begins, and a freeze goes through")
def fail_closed(estate):
    path = estate.task("--", "/bin/true")
    estate.signers.vedette("freeze", "freeze.json", "--key", "alice.key", "--yes", "--demo")
    estate.vedette.freeze("audit")
    try:
        began = time.monotonic()
        frozen = estate.signers.submit(estate.signers.folder / "freeze.json")["document"]
        assert within(began, 3)
        waiting = subprocess.Popen([str(BUILD / "vedette"), "--state", str(estate.vedette.state), "task", "submit", str(path)],
                                   stdout=subprocess.PIPE)
        document = wait(lambda: next((one["document"] for one in json.loads(estate.vedette.cli("--json", "document", "list"))
                                      if one["document_state"] == "signed"), None), 5, "the task to be taken")
        wait(lambda: all(f"freeze {frozen[:8]}" in machine.agent("activity") for machine in estate.machines), 30,
             "the freeze at every machine")
        assert not estate.signers.runs(document)
    finally:
        estate.vedette.thaw("audit")
    assert waiting.wait(10) == 0
    assert estate.signers.ended(document)[0]["code"] == "frozen"
    wait(lambda: estate.told("document.logged", document=frozen), 10, "the freeze in the log")
    estate.signers.vedette("unfreeze", "freeze.json", "unfreeze.json")
    estate.signers.submit(estate.signers.sign("unfreeze.json", *BOTH))
    wait(lambda: estate.signers.ended(estate.submit("--", "/bin/true"))[0]["run_state"] == "done", 20, "the freeze to end")


@test("a freeze that waits in the mail of a machine that trusts nobody is taken within a beat after its root adopts trust")
def adopted():
    with task_rig.Estate.standing("ops") as estate:
        certificate = ssl.PEM_cert_to_DER_cert(pathlib.Path(estate.vedette.ready["ca_file"]).read_text())
        machine = Machine(estate.signers, "new", ca=f"sha256:{hashlib.sha256(certificate).hexdigest()}")
        estate.signers.vedette("freeze", "freeze.json", "--key", "alice.key", "--yes", "--demo")
        frozen = estate.signers.submit(estate.signers.folder / "freeze.json")["document"]
        wait(lambda: list((machine.state / "mail/in").iterdir()), 20, "the freeze in its mail")
        began = time.monotonic()
        machine.agent("trust", "adopt", estate.signers.trust)
        wait(lambda: f"freeze {frozen[:8]}" in machine.agent("activity"), 25, "the freeze to be taken")
        assert within(began, 20), "a beat is 15 s"


@test("a revocation that was taken while the log is away counts after a kill -9, and is in the log later")
def revoked():
    with task_rig.Estate.standing("ops", names=(*BOTH, "carol"), threshold=2) as estate:
        vedette, signers = estate.vedette, estate.signers
        task = signers.task("task.json", "--tenant", "acme", "--", "/bin/true", by=("alice", "carol"))
        keyid = next(one["keyid"] for one in json.loads(task.read_text())["signatures"][1:])
        signers.vedette("revoke", "revoke.json", "--keyid", keyid, "--key", "alice.key", "--yes", "--demo")
        vedette.freeze("audit")
        try:
            revocation = signers.submit(signers.folder / "revoke.json")["document"]
            os.kill(vedette.pid("scheduler"), 9)
            wait(lambda: vedette.run_cli("document", "list").returncode == 0, 20, "the scheduler to be started again")
            answer = signers.submit(task)
            assert (answer["document_state"], answer["signatures"]) == ("draft", 1), answer
            assert not estate.told("document.logged", document=revocation, document_kind="revocation")
        finally:
            vedette.thaw("audit")
        wait(lambda: estate.told("document.logged", document=revocation, document_kind="revocation"), 20, "the log to have it")


@test("kill -9 of every process on the way: nothing is lost, nothing done twice")
def kills(estate):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="v-done-"))
    folder.chmod(0o777)
    paths = [estate.task("--", "/bin/sh", "-c", f"echo {number} >> {folder}/{number}") for number in range(10)]
    documents = []
    kills = {1: "scheduler", 3: "ingest", 5: "audit"}
    for number, path in enumerate(paths):
        done = wait(lambda: (lambda one: one if one.returncode == 0 else None)(
            estate.vedette.run_cli("--json", "task", "submit", str(path))), 20, "the document to be taken")
        documents.append(json.loads(done.stdout)["document"])
        if number in kills:
            os.kill(estate.vedette.pid(kills[number]), 9)
        elif number in (7, 8):
            estate.machines[0].kill()
            estate.machines[0].start()
    states = [estate.signers.ended(document, 60)[0]["run_state"] for document in documents]
    assert set(states) <= {"done", "interrupted"}, states
    for number, state in enumerate(states):
        written = (folder / str(number)).read_text().split() if (folder / str(number)).exists() else []
        assert written == [str(number)] or (state == "interrupted" and not written), (number, state, written)
    assert states.count("interrupted") <= 2 * RUNS_AT_A_TIME, states    # by the two kills of the machine


def elsewhere(estate, *words):
    """`vedette` off the server: an address, its CA, and a token."""
    ready = estate.vedette.ready
    token = estate.api("elsewhere", "--role", "viewer").token
    return subprocess.run([str(BUILD / "vedette"), "--state", "/nonexistent", "--url", ready["urls"]["portal"], "--ca", ready["ca_file"],
                           *words], env={"VEDETTE_TOKEN": token}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=True, timeout=30).stdout


@test("the scheduler's keys change by the trust file: nothing is lost, with a machine that is away and kills in between")
def keys(estate):
    vedette, signers, here, away = estate.vedette, estate.signers, estate.machines[0], estate.machines[1]
    folder, documents = vedette.state / "scheduler", []
    before = (folder / "sign.key").read_bytes()

    def submit():
        documents.append(estate.submit("--", "/bin/echo", str(len(documents)), machines=[here, away]))
    away.kill()
    submit()
    vedette.cli("keys", "next")
    assert "exists" in estate.refused("keys", "next")
    facts = elsewhere(estate, "trust", "facts")
    assert json.loads(facts) == json.loads(vedette.cli("trust", "facts")) and "keyserver" not in facts
    (signers.folder / "facts-2.json").write_text(facts)
    signers.vedette("trust", "rotate", "trust-2.json", "--facts", "facts-2.json")
    signers.sign("trust-2.json", *BOTH)
    vedette.cli("document", "submit", str(signers.folder / "trust-2.signed.json"))
    submit()
    vedette.kill("scheduler")
    here.kill()
    here.start()
    wait(vedette.health, 20, "the scheduler")
    submit()
    away.start()
    for number, document in enumerate(documents):
        runs = signers.ended(document, 30)
        assert [run["run_state"] for run in runs] == ["done", "done"], (number, runs)
        assert estate.output(document, away) == f"{number}\n"
    for machine in here, away:
        assert "version 2 of the trust file" in machine.agent("activity") and "unknown-sender" not in machine.agent("activity")
    assert (folder / "sign.before.key").read_bytes() == before != (folder / "sign.key").read_bytes()
    assert not (folder / "sign.next.key").exists() and not (folder / "seal.next.key").exists()


@test("a machine's own keys change by its root's word: nothing is lost, with kills in between; the keys before are worth nothing")
def own_keys(estate):
    vedette, machine = estate.vedette, estate.machines[0]
    documents = []

    def submit():
        documents.append(estate.submit("--", "/bin/echo", str(len(documents))))

    def used(n):
        return wait(lambda: machine.agent("activity").count("mail to the scheduler") == n and
                    machine.agent("activity").count("mail to the backup service") == n, 40, "the keys to be in use")
    kept = machine.folder / "kept"
    subprocess.run(["cp", "-a", machine.state, kept], check=True)
    # Told while the machine is up, with a task on its way; then the scheduler is killed before it can answer.
    submit()
    machine.agent("keys", "next")
    submit()
    vedette.kill("scheduler")
    wait(vedette.health, 20, "the scheduler")
    used(1)
    submit()
    for document in documents:
        estate.signers.ended(document, 30)
    # Made while it is down and told again: there is one pair. It is killed when that is just being carried.
    machine.kill()
    assert "are made" in machine.agent("keys", "next") and "told again" in machine.agent("keys", "next")
    submit()
    machine.start()
    wait(lambda: not list((machine.state / "mail/out").glob("*")), 30, "the keys to be told")
    machine.kill()
    machine.start()
    used(2)
    submit()
    for number, document in enumerate(documents):
        run, = estate.signers.ended(document, 30)
        if number == 3 and run["run_state"] == "interrupted":   # the kill met it, and it is done at most once
            continue
        assert run["run_state"] == "done" and estate.output(document, machine) == f"{number}\n", (number, run)
    rekeyed = wait(lambda: (lambda events: events if len(events) == 2 else None)(estate.told("agent.rekeyed")), 10, "two events")
    assert [event["agent"] for event in rekeyed] == [machine.id] * 2 and rekeyed[0]["key_sha256_before"] == machine.fingerprint
    assert rekeyed[0]["key_sha256"] == rekeyed[1]["key_sha256_before"] != rekeyed[1]["key_sha256"]
    shown = json.loads(vedette.cli("--json", "agents", "show", str(machine.id)))
    assert shown["fingerprint"] == machine.fingerprint
    # Whoever has a copy of before, and so the first keys, is not heard.
    for words in ("keys", "next"), ("carry", "mail"):
        subprocess.run([BUILD / "vedette-agent", *words, "--state", kept, "--policy", machine.policy], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=30)
    wait(lambda: [line for line in vedette.log("scheduler") if line.get("code") == "unknown-sender"], 15, "the copy to be refused")


@test("people end a fork by signing that another log follows: the machine carries out again, without anybody there")
def succeeded(estate):
    machine = estate.machines[0]
    remember_another(estate, machine)
    assert estate.signers.ended(estate.submit("--", "/bin/true"))[0]["code"] == "fork"
    set_back(estate.vedette)
    estate.signers.vedette("trust", "succession", str(estate.vedette.state / "log/ops"), "succession.json")
    estate.signers.submit(estate.signers.sign("succession.json", *BOTH))
    wait(lambda: "another log takes the place" in machine.agent("activity"), 30, "the machine to follow")
    estate.done("--", "/bin/true")
    report = json.loads(estate.vedette.cli("--json", "agents", "report", str(machine.id)))
    assert not report["forked"] and report["log_origin"].endswith("/ops/2") and report["held_checkpoint"], report


main(Estate.standing)
