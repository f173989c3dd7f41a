"""People who sign, on a machine that is not the server's: their keys, a trust file, documents; all by `vedette` itself."""
import json
import pathlib
import subprocess
import tempfile

from harness import BUILD


class Signers:
    """Each has a key file; every kind of document wants `threshold` of them, a freeze or revocation one."""

    def __init__(self, deployment, names=("alice",), threshold=1):
        self.deployment = deployment
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-sign-"))
        self.names = list(names)
        for name in [*names, "status"]:
            self.vedette("sign", "keygen", f"{name}.key", "--no-passphrase", "--demo")
        facts = self.folder / "facts.json"
        facts.write_text(deployment.cli("trust", "facts"))
        people = [word for name in names for word in ("--person", f"{name}={name}.key.pub")]
        self.vedette("trust", "init", "trust.json", "--facts", "facts.json", "--status-key", "status.key.pub", *people,
                     "--threshold", str(threshold))
        self.sign("trust.json", *names)

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
