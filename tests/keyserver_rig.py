"""The restore key service, on a machine of its own, with what it needs of the server."""
import json
import os
import subprocess

from harness import BUILD


class Service:
    """within: words that run a command on its machine; host: what the portal is called there."""

    def __init__(self, folder, vedette, within=list, host="localhost"):
        self.folder, self.vedette, self.within, self.host = folder, vedette, within, host
        self.home, self.key, self.facts = folder / "keyserver", folder / "restore.key", folder / "keyserver.json"
        self.facts.write_text(self.command("keyserver", "init", "--key-out", self.key))
        self.token = vedette.cli("apitoken", "create", "--name", "keys", "--role", "operator", "--json", parsed=True)["token"]
        self.process = None

    def words(self, *words):
        return [str(word) for word in (*self.within(), BUILD / "vedette", "--home", self.home, *words)]

    def command(self, *words):
        done = subprocess.run(self.words(*words), capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done
        return done.stdout

    def start(self, *options):
        ready = self.vedette.ready
        self.said = self.folder / "said"
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                self.words("--url", f"https://{self.host}:{ready['ports']['portal']}", "--ca", ready["ca_file"], "keyserver",
                           "run", "--key", self.key, "--every", "1s", *options),
                stdin=subprocess.DEVNULL, stderr=said, env=os.environ | {"VEDETTE_TOKEN": self.token})

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        self.process = None

    def log(self, event):
        lines = (json.loads(line) for line in self.said.read_text().splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == event]

    def record(self):
        path = self.home / "unwrapped.log"
        return path.read_text().splitlines() if path.exists() else []
