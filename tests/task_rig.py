"""People who sign, on a machine that is not the server's: their keys, a trust file, documents, all by `vedette` itself; and the
machines that do what they signed."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from harness import BUILD, Deployment, fields, wait

TENANT, SITE = "acme", "oslo"
POLICY = "users = * root\nscripts = on\n"
OPEN = ("queued", "delivered", "running")


class Signers:
    """Each has a key file; every kind of document wants `threshold` of them, a freeze or revocation one. others: people
    besides, by name, with a file that holds their public key; trust: more words of `trust init`."""

    def __init__(self, deployment, names=("alice",), threshold=1, others=(), trust=()):
        self.deployment = deployment
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-sign-"))
        self.names = list(names)
        self.machines = []      # that were enrolled by this trust file
        for name in [*names, "status"]:
            self.vedette("sign", "keygen", f"{name}.key", "--no-passphrase", "--demo")
        facts = self.folder / "facts.json"
        facts.write_text(deployment.cli("trust", "facts"))
        keys = [*((name, f"{name}.key.pub") for name in names), *others]
        people = [word for name, file in keys for word in ("--person", f"{name}={file}")]
        self.vedette("trust", "init", "trust.json", "--facts", "facts.json", "--status-key", "status.key.pub", *people,
                     "--threshold", str(threshold), *map(str, trust))
        self.sign("trust.json", *names)
        number = json.loads(self.vedette("--json", "trust", "show"))["document_sha256"]
        self.trust = f"sha256:{number}"

    def vedette(self, *words):
        done = subprocess.run([str(BUILD / "vedette"), "--home", str(self.folder / "home"), *words], cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        assert done.returncode == 0, f"vedette {' '.join(words)}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stdout

    def sign(self, name, *by):
        signed = name.replace(".json", ".signed.json")
        for number, person in enumerate(by):
            self.vedette("sign", signed if number else name, "--out", signed, "--key", f"{person}.key", "--yes", "--demo")
        return self.folder / signed

    def task(self, name, *words, by=None, title="a test", user="root"):
        """A signed task in a file of that name: options, then `--` and a command."""
        self.vedette("task", "new", name, "--title", title, "--user", user, *words)
        return self.sign(name, *(by if by is not None else self.names[:1]))

    def publish(self):
        self.deployment.cli("document", "submit", str(self.folder / "trust.signed.json"))
        self.status()

    def status(self):
        self.vedette("trust", "status", "status.json", "--key", "status.key", "--yes", "--demo")
        self.deployment.cli("document", "submit", str(self.folder / "status.json"))

    def submit(self, path, *options):
        return json.loads(self.deployment.cli("--json", "task", "submit", str(path), *options))

    def runs(self, document):
        return json.loads(self.deployment.cli("--json", "task", "show", document))

    def ended(self, document, deadline_s=20):
        """Its runs, once none is open."""
        return wait(lambda: all_ended(self.runs(document)), deadline_s, f"the end of task {document}")


def all_ended(runs):
    return runs if runs and all(run["run_state"] not in OPEN for run in runs) else None


class Estate:
    """A server with a tenant and a site, what its log says of these classes, and who signs."""

    def __init__(self, vedette, *classes, **signers):
        self.vedette = vedette
        vedette.cli("tenant", "add", TENANT)
        vedette.cli("site", "add", TENANT, SITE)
        self.events = vedette.stream(*(word for one in classes for word in ("--class", one)))
        self.signers = Signers(vedette, **signers)
        self.signers.publish()

    @classmethod
    @contextlib.contextmanager
    def standing(cls, *classes, **signers):
        """One with a server of its own; in the end nothing of it runs."""
        with Deployment() as vedette:
            made = cls(vedette, *classes, **signers)
            try:
                yield made
            finally:
                made.close()

    def close(self):
        for machine in self.signers.machines:
            if machine.process.poll() is None:
                machine.kill()

    def told(self, kind, **wanted):
        """The fields of each event of that kind that has these among them."""
        found = (fields(event) for event in list(self.events.events) if event["type"] == f"vedette.{kind}.v1")
        return [one for one in found if wanted.items() <= one.items()]


class Machine:
    """An agent that was enrolled by the trust file's hash, and runs. ca: by the server's certificate instead, so that it
    trusts nobody."""

    def __init__(self, signers, name, tenant=TENANT, site=SITE, ca=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-machine-"))
        self.folder.chmod(0o755)
        self.state, self.policy = self.folder / "state", self.folder / "policy.conf"
        self.policy.write_text(POLICY)
        self.policy.chmod(0o644)
        deployment = signers.deployment
        token = json.loads(deployment.cli("--json", "token", "create", "--tenant", tenant, "--site", site))["token"]
        (self.folder / "token").write_text(token)
        (self.folder / "token").chmod(0o600)
        self.agent("enrol", "--server", f"https://localhost:{deployment.ready['ports']['envelopes']}", "--token-file",
                   self.folder / "token", *(("--ca", ca) if ca else ("--trust", signers.trust)), "--tenant", tenant, "--site", site,
                   "--name", name)
        self.id = json.loads((self.state / "identity").read_text())["agent"]
        self.process = None
        self.start()
        signers.machines.append(self)
        wait(lambda: deployment.agents()[self.id]["state"] == "online", 10, f"{name} to be online")
        self.fingerprint = json.loads(deployment.cli("--json", "agents", "show", str(self.id)))["fingerprint"]

    def words(self, *words):
        return [str(word) for word in [BUILD / "vedette-agent", *words, "--state", self.state, "--policy", self.policy]]

    def agent(self, *words):
        done = subprocess.run(self.words(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=30)
        assert done.returncode == 0, f"vedette-agent {' '.join(map(str, words))}: {done.stdout}"
        return done.stdout

    def start(self):
        said = open(self.folder / "said", "ab")
        self.process = subprocess.Popen(self.words("run"), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                        start_new_session=True)

    def kill(self):
        """With all that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def set_back(vedette):
    """An older log stands there, and audit goes on as another one."""
    vedette.freeze("audit")
    for name in ("log", "audit/journal"):
        subprocess.run(["cp", "-a", vedette.state / name, vedette.state / f"kept-{pathlib.Path(name).name}"], check=True)
    vedette.thaw("audit")
    vedette.cli("subscriber", "add", "lost", "--class", "ops", "--out", str(vedette.state / "lost.json"))
    vedette.stop()
    for name in ("log", "audit/journal"):
        shutil.rmtree(vedette.state / name)
        (vedette.state / f"kept-{pathlib.Path(name).name}").rename(vedette.state / name)
    assert "log/ops: had" in vedette.cli("audit", "recover", "--reason", "a test")
    vedette.start()
