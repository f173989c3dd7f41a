#!/usr/bin/env python3
"""What administrators do off the server: trust files, signing, stopping; against a real server, ssh-keygen and openssl."""
import base64
import hashlib
import json
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test     # noqa: E402

AGENT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PASSPHRASE = "a passphrase of some length"


class Office:
    """The administrators' machine: a folder with their keys, and `vedette` run in it. The server is of this machine, too,
    so that all is signed with --demo."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-office-"))
        self.write("pass", PASSPHRASE + "\n", 0o600)

    def write(self, name, text, mode=0o644):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(mode)

    def run(self, *words):
        return subprocess.run([str(word) for word in (BUILD / "vedette", "--home", "home", *words)], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, start_new_session=True)

    def do(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, code, *words):
        done = self.run(*words)
        assert done.returncode and f"({code})" in done.stderr, f"{words}: {done.returncode} {done.stdout}{done.stderr}"

    def sign(self, file, *by):
        return json.loads(self.do("--json", "sign", file, "--demo", "--yes", *by))

    def typed(self, words, *answers):
        """On a terminal: each question is answered when it stands there. What was shown, and the exit status."""
        pid, terminal = pty.fork()
        if not pid:
            os.chdir(self.folder)
            os.execv(BUILD / "vedette", ["vedette", "--home", "home", *words])
        shown, answers = "", list(answers)
        while select.select([terminal], [], [], 20)[0]:
            try:
                shown += os.read(terminal, 65536).decode()
            except OSError:
                break
            if answers and shown.endswith(answers[0][0]):
                os.write(terminal, answers.pop(0)[1].encode() + b"\n")
        os.close(terminal)
        assert not answers, f"{answers[0][0]} was not asked: {shown[-500:]}"
        return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def payload(self, name):
        return json.loads((self.folder / name).read_text())

    def envelope(self, name):
        """Type, payload and signatures of a signed file, and what was signed."""
        said = self.payload(name)
        payload = base64.b64decode(said["payload"])
        kind = said["payloadType"].encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        return pae, {one["keyid"]: base64.b64decode(one["sig"]) for one in said["signatures"]}


office = Office()


@test("keys are made under a passphrase, and openssl reads them")
def _(vedette):
    office.do("sign", "keygen", "alice.key", "--no-passphrase", "--demo")
    office.do("sign", "keygen", "bob.key", "--type", "p256", "--passphrase-file", "pass", "--demo")
    office.do("sign", "keygen", "status.key", "--no-passphrase", "--demo")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", office.folder / "carol"], check=True)
    text = (office.folder / "bob.key").read_text()
    assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----") and (office.folder / "bob.key").stat().st_mode & 0o77 == 0
    for name in ("alice", "bob"):
        public = subprocess.run(["openssl", "pkey", "-in", office.folder / f"{name}.key", "-passin", f"pass:{PASSPHRASE}",
                                 "-pubout"], capture_output=True, text=True, check=True).stdout
        assert public == (office.folder / f"{name}.key.pub").read_text()
    office.refused("exists", "sign", "keygen", "alice.key", "--no-passphrase", "--demo")


@test("on a server's host nothing is signed, and no key made, but for a demo")
def _(vedette):
    office.refused("server-host", "sign", "keygen", "eve.key", "--no-passphrase")
    inside = pathlib.Path(vedette.state) / "cli" / "eve.key"
    office.refused("server-host", "sign", "keygen", inside, "--no-passphrase")
    assert not inside.exists() and not (office.folder / "eve.key").exists()


@test("the first trust file: facts of the server, people, thresholds; signed by two")
def _(vedette):
    office.write("facts.json", vedette.cli("trust", "facts"))
    facts = office.payload("facts.json")
    assert facts["tls_pins"][0].startswith("sha256:") and len(facts["logs"]) == 4
    assert {one["service"] for one in facts["services"]} == {"scheduler", "backup"}
    office.refused("bad-trust", "trust", "init", "no.json", "--facts", "facts.json", "--status-key", "status.key.pub", "--person",
                   "alice=alice.key.pub", "--person", "bob=alice.key.pub")
    office.do("trust", "init", "trust-1.json", "--facts", "facts.json", "--status-key", "status.key.pub", "--person",
              "alice=alice.key.pub", "--person", "bob=bob.key.pub", "--person", "carol=carol.pub", "--threshold", "2",
              "--threshold", "watch=1")
    office.refused("no-trust", "trust", "show")
    first = office.sign("trust-1.json", "--key", "alice.key")
    assert (first["signers"], first["threshold"], first["complete"]) == (1, 2, False)
    office.refused("no-trust", "trust", "show")
    second = office.sign("trust-1.signed.json", "--ssh-key", "carol")
    assert second["complete"] and second["document_sha256"] == first["document_sha256"]
    shown = json.loads(office.do("--json", "trust", "show"))
    assert shown["version"] == 1 and shown["document_sha256"] == second["document_sha256"]
    third = office.sign("trust-1.signed.json", "--key", "bob.key", "--passphrase-file", "pass")
    assert third["signers"] == 3 and json.loads(office.do("--json", "trust", "show"))["version"] == 1


@test("plans of backups and restores are composed as they are meant, or not at all")
def _(vedette):
    plan = ["backup", "plan", "new", "plan.json", "--title", "Nightly", "--target", "nas", "--agent", f"{AGENT}=web-1", "--path", "/srv"]
    office.do(*plan, "--exclude", "/srv/cache", "--database", "/srv/app.db", "--dump", "postgres", "--daily", "02:00",
              "--weekly", "Sun 03:00", "--anchor", "weekly", "--zone", "Europe/Oslo", "--window", "4h", "--bandwidth", "1000000", "--cpu", "50")
    said = json.loads((office.folder / "plan.json").read_text())
    assert said["classes"] == [{"class": "daily", "calendar": "02:00"}, {"class": "weekly", "calendar": "Sun 03:00", "anchor": True}], said
    assert (said["paths"], said["excluded"], said["databases"], said["dumps"]) == (["/srv"], ["/srv/cache"], ["/srv/app.db"], ["postgres"])
    assert (said["zone"], said["window_s"], said["bandwidth_bytes_s"], said["cpu_percent"]) == ("Europe/Oslo", 14400, 1000000, 50), said
    office.refused("usage", *plan)
    office.refused("usage", *plan, "--daily", "02:00", "--anchor", "weekly")
    office.refused("bad-document", *plan, "--daily", "25:00")
    office.refused("bad-document", *plan, "--daily", "02:00", "--path", "srv/../etc")
    restore = ["backup", "restore", "new", "restore.json", "--title", "Back", "--target", "nas", "--backup", "0" * 32, "--agent", AGENT]
    office.do(*restore, "--into", "/srv/back", "--source", f"9={'a' * 64}", "--path", "/srv/app")
    said = json.loads((office.folder / "restore.json").read_text())
    assert said["source"] == {"fingerprint": "a" * 64, "agent": 9} and said["into"] == "/srv/back" and said["user"] == "root", said
    office.refused("usage", *restore, "--into", "/srv/back", "--source", "web-1")


@test("openssl and ssh-keygen verify what was signed, and what they sign counts")
def _(vedette):
    office.do("task", "new", "task.json", "--title", "Who am I", "--user", "nobody", "--agent", f"{AGENT}=web-1", "--", "/usr/bin/id",
              "-u")
    alice = office.sign("task.json", "--key", "alice.key")
    office.sign("task.signed.json", "--key", "bob.key", "--passphrase-file", "pass")
    carol = office.sign("task.signed.json", "--ssh-key", "carol")
    assert (alice["signers"], carol["signers"], carol["complete"]) == (1, 3, True)
    pae, signatures = office.envelope("task.signed.json")
    (office.folder / "pae").write_bytes(pae)
    raw, armoured = 0, 0
    for sig in signatures.values():
        (office.folder / "sig").write_bytes(sig)
        if sig.startswith(b"SSHSIG"):
            armour = "\n".join(["-----BEGIN SSH SIGNATURE-----", base64.b64encode(sig).decode(), "-----END SSH SIGNATURE-----", ""])
            office.write("sig", armour)
            office.write("allowed", "carol " + (office.folder / "carol.pub").read_text())
            armoured += subprocess.run(["ssh-keygen", "-q", "-Y", "verify", "-f", office.folder / "allowed", "-I", "carol", "-n",
                                        "vedette-document", "-s", office.folder / "sig"], input=pae).returncode == 0
            continue
        for name in ("alice", "bob"):
            digest = ["-digest", "sha256"] if name == "bob" else []
            raw += subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", office.folder / f"{name}.key.pub",
                                   "-in", office.folder / "pae", "-sigfile", office.folder / "sig", *digest],
                                  capture_output=True).returncode == 0
    assert (raw, armoured) == (2, 1), (raw, armoured)


@test("what is shown before signing: the agents' fingerprints, what changed, and characters that hide")
def _(vedette):
    office.write("clean.sh", "echo a\u202eb\n")
    office.do("task", "new", "task-2.json", "--title", "Who am I", "--user", "root", "--agent", f"{AGENT}=web-1", "--script", "clean.sh",
              "--replaces", "task.signed.json")
    shown = office.run("sign", "task-2.json", "--demo", "--yes", "--key", "alice.key").stderr
    for what in (f"{AGENT}  web-1", '- user: "nobody"', '+ user: "root"', '- argv: ["/usr/bin/id","-u"]', "| echo a<U+202E>b",
                 "version 2, of deployment", "nobody yet; 0 of 2 people"):
        assert what in shown, f"{what} in {shown}"
    assert "\u202e" not in shown


@test("without a terminal nobody is asked, and nothing is signed; a stranger's key, another deployment's document is refused")
def _(vedette):
    office.refused("no-terminal", "sign", "task-2.json", "--demo", "--key", "alice.key")
    office.do("sign", "keygen", "stranger.key", "--no-passphrase", "--demo")
    office.refused("not-a-signer", "sign", "task-2.json", "--demo", "--yes", "--key", "stranger.key")
    office.refused("not-a-signer", "sign", "task-2.json", "--demo", "--yes", "--key", "status.key")
    other = office.payload("task-2.json") | {"deployment": "0" * 32}
    office.write("other.json", json.dumps(other))
    office.refused("other-deployment", "sign", "other.json", "--demo", "--yes", "--key", "alice.key")
    office.write("wrong", "another passphrase\n", 0o600)
    office.refused("passphrase", "sign", "task-2.json", "--demo", "--yes", "--key", "bob.key", "--passphrase-file", "wrong")


@test("on a terminal a person reads, says yes, and types a passphrase that is not shown")
def _(vedette):
    words = ("sign", "task-2.json", "--out", "typed.json", "--key", "bob.key", "--demo")
    question, secret = "Type yes: ", "bob.key: "
    shown, status = office.typed(words, (question, "no"))
    assert status == 1 and "nothing was signed" in shown and not (office.folder / "typed.json").exists()
    shown, status = office.typed(words, (question, "yes"), (secret, PASSPHRASE))
    assert status == 0 and "Signed as bob" in shown and PASSPHRASE not in shown, shown[-500:]
    assert "Sign exactly this task, number" in shown and "for 1 agent?" in shown
    made = ("sign", "keygen", "erin.key", "--demo")
    shown, status = office.typed(made, ("the key: ", PASSPHRASE), ("Once more: ", PASSPHRASE + "x"))
    assert status == 1 and "not the same" in shown and not (office.folder / "erin.key").exists()
    shown, status = office.typed(made, ("the key: ", "too short"), ("Once more: ", "too short"))
    assert status == 1 and "at least 12" in shown


@test("who reads what is said may go away: what was signed is in its file, and what nobody saw is not signed")
def _(vedette):
    def unheard(*words):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([str(BUILD / "vedette"), "--home", "home", "sign", "task-2.json", "--key", "alice.key", "--demo",
                               "--out", *words], cwd=office.folder, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
                              timeout=30, start_new_session=True)
        os.close(writer)
        return done.returncode, (office.folder / words[0]).exists()
    assert unheard("unheard.json", "--yes") == (1, True)     # what it printed was lost
    assert unheard("unseen.json") == (1, False)


@test("a signature that was tampered with is not added to")
def _(vedette):
    said = office.payload("task.signed.json")
    sig = bytearray(base64.b64decode(said["signatures"][0]["sig"]))
    sig[10] ^= 1
    said["signatures"][0]["sig"] = base64.b64encode(sig).decode()
    office.write("bad.signed.json", json.dumps(said))
    office.refused("bad-signature", "sign", "bad.signed.json", "--demo", "--yes", "--ssh-key", "carol")


@test("freeze and revocation take one person, unfreezing and trust files two; the status key signs statuses alone")
def _(vedette):
    key = ("--key", "alice.key", "--demo", "--yes")
    assert json.loads(office.do("--json", "freeze", "freeze.json", *key, "--reason", "a thief"))["complete"]
    office.do("unfreeze", "freeze.json", "unfreeze.json")
    unfreeze = office.sign("unfreeze.json", *key[:2])
    assert (unfreeze["version"], unfreeze["complete"]) == (2, False)
    assert unfreeze["document"] == json.loads(base64.b64decode(office.payload("freeze.json")["payload"]))["document"]
    office.do("revoke", "revoke-1.json", "--document", "f" * 32 + ":3", *key)
    office.do("revoke", "revoke-2.json", "--document", "e" * 32, *key)
    revoked = json.loads(base64.b64decode(office.payload("revoke-2.json")["payload"]))
    assert revoked["version"] == 2 and [one["document"][0] for one in revoked["documents"]] == ["f", "e"]
    office.refused("not-a-signer", "trust", "status", "status.json", *key)
    office.do("trust", "status", "status.json", "--key", "status.key", "--demo", "--yes")
    status = json.loads(base64.b64decode(office.payload("status.json")["payload"]))
    assert (status["trust_version"], status["revocation_version"]) == (1, 2)


@test("other kinds are written from their members; a log's succession from what recovering left")
def _(vedette):
    office.write("members.json", json.dumps({"watches": [{"name": "root", "kind": "disk", "path": "/", "warning": 80}]}))
    office.do("document", "new", "watch", "watch.json", "--title", "Disks", "--members", "members.json", "--tenant", "acme")
    assert office.sign("watch.json", "--ssh-key", "carol")["complete"]
    office.refused("usage", "document", "new", "trust", "no.json", "--title", "No")
    office.refused("unknown-field", "document", "new", "move", "no.json", "--title", "No", "--members", "members.json", "--agent", AGENT)
    (office.folder / "ops").mkdir()
    vkey = next(one["vkey"] for one in office.payload("facts.json")["logs"] if one["class"] == "ops")
    tree = {"origin": "vedette/x/ops", "size": 17, "root": base64.b64encode(bytes(32)).decode()}
    office.write("ops/vkey", vkey + "\n")
    office.write("ops/succession.json", json.dumps({"kind": "log-succession", "class": "ops", "time": "2026-01-01T00:00:00Z",
                                                   "reason": "a disk", "predecessor": tree, "kept": tree, "successor": tree}))
    office.do("trust", "succession", "ops", "succession.json")
    assert office.payload("succession.json")["vkey"] == vkey and not office.sign("succession.json", "--ssh-key", "carol")["complete"]


@test("the trust file rotates by the old people and the new; others adopt it by its hash and follow")
def _(vedette):
    office.do("sign", "keygen", "dave.key", "--no-passphrase", "--demo")
    office.do("trust", "rotate", "trust-2.json", "--remove", "bob", "--person", "dave=dave.key.pub")
    assert not office.sign("trust-2.json", "--ssh-key", "carol")["complete"]
    assert not office.sign("trust-2.signed.json", "--key", "dave.key")["complete"]
    assert office.sign("trust-2.signed.json", "--key", "alice.key")["complete"]
    assert json.loads(office.do("--json", "trust", "show"))["version"] == 2
    other = Office()
    for name in ("trust-1.signed.json", "trust-2.signed.json"):
        shutil.copy(office.folder / name, other.folder)
    other.refused("usage", "trust", "adopt", "trust-1.signed.json")
    other.refused("other-trust", "trust", "adopt", "trust-1.signed.json", "sha256:" + "0" * 64)
    pae, _ = office.envelope("trust-1.signed.json")
    other.do("trust", "adopt", "trust-1.signed.json", "sha256:" + hashlib.sha256(pae).hexdigest())
    other.do("trust", "adopt", "trust-2.signed.json")
    other.refused("old-version", "trust", "adopt", "trust-1.signed.json")
    shutil.rmtree(other.folder)


@test("the server takes trust file and status")
def _(vedette):
    state = ("--state", vedette.state)
    for name in ("trust-1.signed.json", "trust-2.signed.json"):
        office.do(*state, "document", "submit", name)
    office.do("trust", "status", "status.json", "--key", "status.key", "--demo", "--yes")
    # Handed over again, as when the answer was lost: nothing happens.
    for name in ("status.json", "status.json", "trust-2.signed.json"):
        office.do(*state, "document", "submit", name)
    office.refused("old-version", *state, "document", "submit", "trust-1.signed.json")


@test("what waits at the server for signatures is fetched, signed here, and complete when it is back")
def _(vedette):
    state = ("--state", vedette.state)
    office.do("task", "new", "draft.json", "--title", "Four eyes", "--user", "nobody", "--tenant", "acme", "--", "/usr/bin/id")
    office.sign("draft.json", "--key", "alice.key")
    office.do(*state, "document", "submit", "draft.signed.json")
    document = office.payload("draft.json")["document"]
    office.do(*state, "sign", "draft", document, "--key", "dave.key", "--demo", "--yes")
    shown = json.loads(office.do(*state, "--json", "document", "show", document))
    assert shown["signatures"] == 2 and shown["document_state"] != "draft", shown


@test("a draft that nobody signed makes no version old, and its id is its tenant's")
def _(vedette):
    def operator(name, *options):
        client = vedette.api()
        client.token = vedette.cli("apitoken", "create", "--name", name, "--role", "operator", "--json", *options, parsed=True)["token"]
        return client

    def draft(by, **changed):
        payload = json.dumps(office.payload("draft.json") | changed).encode()
        return by.post("documents/draft", payload=base64.b64encode(payload).decode())

    everywhere, umbra = operator("everywhere"), operator("umbra", "--tenant", "umbra")
    assert draft(everywhere, version=4294967295).status == 200
    assert draft(everywhere, version=2).status == 200
    assert draft(umbra, version=3).json["field"] == "tenant"
    answer = draft(umbra, version=3, tenant="umbra")
    assert answer.status == 403 and answer.json["field"] == "document", answer.body
    document = office.payload("draft.json")["document"]
    assert umbra.post(f"documents/{document}/sign", signature="{}").status == 404
    # Of its own it sees what it may, rows included.
    assert umbra.ask("tasks")["document"] == umbra.ask("documents")["document"] == []
    assert draft(umbra, document="5" * 32, tenant="umbra").status == 200
    assert umbra.ask("tasks")["document"] == umbra.ask("documents")["document"] == ["5" * 32]
    shutil.rmtree(office.folder)


main(lambda: Deployment())
