"""An estate whose server is in a thief's hands: its people, who are elsewhere; its keys, which the thief has; and an agent
that trusts the people."""
import contextlib
import datetime
import json
import os
import re
import shutil
import subprocess
import uuid

from attack.forge import FileKey, Log, Passkey, Post, Signed, SshKey, b64, entry_of, scratch, sha256
from harness import BUILD, wait

WORK, AGENT = str(BUILD / "vedette-agent-work"), str(BUILD / "vedette-agent")
POLICY = "users = * root\nscripts = on\n"
TENANT, SITE = "acme", "berlin"
DAY = 86400
COUNTED = re.compile(r": (\d+) more like it \(")


def stamp(seconds=0.0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class People:
    """Who may sign: two of four for tasks, trust and unfreezing, one for watches. carol has a passkey, dave an SSH key."""

    def __init__(self, forger, folder):
        self.alice, self.alice_too, self.bob = FileKey(forger), FileKey(forger, "p256"), FileKey(forger, "p256")
        self.carol, self.dave, self.status = Passkey(forger), SshKey(folder), FileKey(forger)

    def trust(self, server, **changes):
        """Members of the trust file behind its head."""
        named = [("alice", [self.alice, self.alice_too]), ("bob", [self.bob]), ("carol", [self.carol]),
                 ("dave", [self.dave])]
        return server.facts | {
            "quorum": 0, "people": [{"name": name, "keys": [key.member for key in keys]} for name, keys in named],
            "thresholds": [{"kind": kind, "signers": count} for kind, count in
                           [("task", 2), ("trust", 2), ("update", 2), ("unfreeze", 2), ("watch", 1), ("succession", 2), ("backup-plan", 2), ("restore", 2)]],
            "status_key": self.status.member} | changes


class Server:
    """Every key that lies on a server's disk, and what it says of itself."""

    def __init__(self, forger, vedette):
        self.state, self.facts = vedette.state, json.loads(vedette.cli("trust", "facts"))
        self.scheduler_sign, self.scheduler_seal = self.key(forger, "scheduler/sign"), self.key(forger, "scheduler/seal")
        self.backup_sign, self.backup_seal = self.key(forger, "backup/sign"), self.key(forger, "backup/seal")
        self.seed = (self.state / "audit/log.key").read_text().strip()
        self.log, self.access_log = (Log(forger, self.seed, self.origin(name)) for name in ("ops", "access"))

    def key(self, forger, name):
        return FileKey(forger, pem=(self.state / f"{name}.key").read_text())

    def origin(self, name):
        return next(log["vkey"].split("+")[0] for log in self.facts["logs"] if log["class"] == name)


class Estate:
    """A deployment that works: its people have published their trust file, and an agent has enrolled by its hash."""

    def __init__(self, forger, vedette):
        self.forger, self.vedette, self.folder = forger, vedette, scratch()
        self.folder.chmod(0o755)
        self.people, self.server = People(forger, self.folder), Server(forger, vedette)
        self.witness = Log(forger, os.urandom(32).hex(), "witness.example")
        self.statuses = 10
        self.deployment = uuid.uuid4().hex
        self.trust = self.trust_file(1, [self.people.alice, self.people.bob])

    def close(self):
        shutil.rmtree(self.folder)

    def submit(self, signed, *words):
        """As people do who have signed."""
        path = self.folder / "document.json"
        path.write_text(signed.text + "\n")
        return self.vedette.cli("task", "submit", str(path), *words)

    def head(self, kind, **changes):
        own = kind in ("trust", "status", "revocation")
        return {"deployment": self.deployment, "document": self.deployment if own else uuid.uuid4().hex, "kind": kind,
                "version": 1, "title": f"a {kind}", "made_at": stamp(-2), "not_before": stamp(-60),
                "expires": stamp(DAY)} | changes

    def trust_file(self, version, by, owners=None, **changes):
        previous = {"previous": self.trust.sha256.hex()} if version > 1 else {}
        members = (owners or self.people).trust(self.server)
        return Signed(self.head("trust", version=version) | previous | members | changes, by)

    def status(self, age_s=0.0, by=None, **changes):
        self.statuses += 1
        members = {"version": self.statuses, "made_at": stamp(-age_s), "trust_version": 1,
                   "revocation_version": 0}
        return Signed(self.head("status") | members | changes, [by or self.people.status])

    def victim(self, witness=False, **options):
        """witness: its trust file wants a quorum of one, by somebody whom the thief does not have."""
        trust = self.trust
        if witness:
            trust = self.trust_file(1, [self.people.alice, self.people.bob], quorum=1, witnesses=[self.witness.vkey(4)])
        return Victim(self, trust, **options)


class Victim:
    """An agent's state and its vedette-agent-work; the carrier, which only brings bytes, is the thief."""

    def __init__(self, estate, trust, agent="victim", policy=POLICY, status_age_s=0.0):
        self.estate, self.trust, self.folder = estate, trust, estate.folder / agent
        self.state, self.work, self.policy = self.folder / "state", self.folder / "state/work", self.folder / "policy.conf"
        self.folder.mkdir(mode=0o700)
        self.policy.write_text(policy)
        self.read, self.knows = {}, 0
        self.join()
        self.sign, self.seal = self.key("sign"), self.key("seal")
        self.post = Post(estate.forger, estate.deployment, estate.server.scheduler_sign, self.seal.public)
        self.bring(self.document(estate.status(status_age_s)))
        assert self.act() == [], self.trouble

    def key(self, name):
        return FileKey(self.estate.forger, pem=(self.state / f"{name}.key").read_text())

    def join(self):
        """As an enrolment leaves it."""
        for folder in (self.state, self.work, self.work / "trust", self.state / "mail", self.inbox):
            folder.mkdir(mode=0o700)
        for name in ("sign", "seal"):
            self.keep(self.state / f"{name}.key", FileKey(self.estate.forger, "p256").pem)
        self.keep(self.state / "identity", json.dumps({"agent": 7, "tenant": TENANT, "site": SITE,
                                                       "server": "https://localhost:1", "beat_port": 1}))
        self.keep(self.work / "trust/1", self.trust.text)
        self.keep(self.work / "home", json.dumps({"deployment": self.estate.deployment, "pin": self.trust.sha256.hex(),
                                                  "tenant": TENANT, "site": SITE}))

    @property
    def inbox(self):
        return self.state / "mail/in"

    @property
    def fingerprint(self):
        return self.sign.keyid

    def keep(self, path, text):
        path.write_text(text)
        path.chmod(0o600)

    def document(self, signed, entry=None, receipt=None, consistency=None, **head):
        """The envelope that brings a document, with what is said to be its receipt, and a proof that holds that this is the
        log that the agent remembers."""
        text = signed if isinstance(signed, str) else signed.text
        body = {"dsse": text, "entry": entry, "receipt": receipt, "consistency": consistency or self.growth(receipt)}
        return self.post.envelope("document", {key: value for key, value in body.items() if value}, **head)

    def logged(self, signed, log=None, **more):
        """The same with a receipt that holds, by the log's own key."""
        entry = entry_of(signed.sha256)
        return self.document(signed, entry, (log or self.estate.server.log).receipt(entry), **more)

    def growth(self, receipt):
        """From what the agent will remember when it comes to this receipt; None: it wants no proof."""
        log, lines = self.estate.server.log, (receipt or "").partition("\n\n")[2].splitlines()
        if len(lines) < 2 or lines[0] != log.origin or not lines[1].isdecimal() or int(lines[1]) > len(log.leaves):
            return None
        before = self.remembered()
        self.knows = max(before, int(lines[1]))
        return log.consistency(before, int(lines[1]))

    def remembered(self):
        file = self.work / ("checkpoint." + sha256(self.estate.server.log.origin.encode())[:8].hex())
        return self.knows or (int(file.read_text().splitlines()[1]) if file.exists() else 0)

    def envelope_of_nothing(self):
        """It has a place, and stops what there is not."""
        return self.post.envelope("stop", {"document": "0" * 32})

    def marker(self, name):
        return self.folder / f"marker-{name}"

    def task(self, by=None, marker="none", kind=None, **changes):
        """A task that would leave a marker."""
        people = self.estate.people
        members = {"targets": [{"fingerprint": self.fingerprint}], "argv": ["/bin/touch", str(self.marker(marker))],
                   "user": "root", "timeout_s": 20, "output_limit_bytes": 65536, "consent": "none"}
        payload = self.estate.head("task") | members | changes
        payload = {key: value for key, value in payload.items() if value is not None}
        return Signed(payload, [people.alice, people.bob] if by is None else by, kind)

    def bring(self, *envelopes):
        for envelope in envelopes:
            self.keep_bytes(self.inbox / sha256(envelope).hex(), envelope)

    def keep_bytes(self, path, data):
        path.write_bytes(data)
        path.chmod(0o600)

    def act(self, limit_s=60, environment=None):
        """vedette-agent-work, until nothing is left to do; the lines that are new in the activity log."""
        done = subprocess.run([WORK, "run", "--state", self.state, "--policy", self.policy],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=limit_s, env=os.environ | (environment or {}))
        assert done.returncode == 0, done.stdout
        self.trouble, self.knows = done.stdout, 0
        return self.activity()

    def activity(self):
        """What is new in both logs; of refusals that were only counted a line each."""
        lines = [line for name in ("activity.log", "refused.log") for line in self.new_lines(name)]
        return [line for line in lines for _ in range(int((COUNTED.search(line) or [0, 1])[1]))]

    def new_lines(self, name):
        text = (self.work / name).read_bytes() if (self.work / name).exists() else b""
        new, self.read[name] = text[self.read.get(name, 0):], len(text)
        return new.decode().splitlines()

    @property
    def markers(self):
        return sorted(path.name for path in self.folder.glob("marker-*"))


class Enrolled(Victim):
    """The one that has really enrolled, and has carried out a task that came all the way through the server."""

    def join(self):
        vedette, token = self.estate.vedette, ["token", "create", "--tenant", TENANT, "--site", SITE, "--json"]
        ports = vedette.ready["ports"]
        done = subprocess.run([AGENT, "enrol", "--state", self.state, "--server", f"https://localhost:{ports['envelopes']}",
                               "--token-file", "-", "--trust", "sha256:" + self.trust.sha256.hex(), "--tenant", TENANT,
                               "--site", SITE], input=vedette.cli(*token, parsed=True)["token"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        self.sign = self.key("sign")
        with self.resident():
            self.obey()
        self.activity()
        self.estate.server.log.steal(vedette.state / "log/ops")

    @contextlib.contextmanager
    def resident(self):
        """The agent as it runs on a machine; its pid."""
        process = subprocess.Popen([AGENT, "--state", self.state, "--policy", self.policy], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(10)

    def obey(self):
        """All the way through the server, with its own receipt."""
        task = self.task(marker="submitted")
        self.estate.submit(task, "--wait")
        wait(lambda: self.marker("submitted").exists(), 20, "the task to be carried out")
        self.marker("submitted").unlink()
        wait(lambda: any("done" in line and task.id[:8] in line for line in self.activity()), 20, "the activity log")
