#!/usr/bin/env python3
"""The server's own backup: everything dies, the state is deleted, and one command on an empty folder brings it all back."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test, wait, scrape      # noqa: E402
from backup_rig import openssl                                       # noqa: E402

SETS = ["configuration", "audit", "ingest", "portal", "scheduler", "backup", "alert"]
CLASSES = ["ops", "access", "fleet", "alert"]


class Offsite(Deployment):
    """A deployment whose copies go to a folder that stands for another machine; an agent that is no part of it."""

    def __init__(self):
        self.elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="offsite-"))
        self.elsewhere.chmod(0o755)
        self.target, self.agent_state = self.elsewhere / "target", self.elsewhere / "agent"
        self.key, targets = self.elsewhere / "recovery.pem", self.elsewhere / "targets.conf"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)
        self.key.chmod(0o600)
        openssl("pkey", "-in", self.key, "-pubout", "-out", self.elsewhere / "recovery.pub")
        self.target.mkdir()
        self.target.chmod(0o777)
        targets.write_text(f"[elsewhere]\nurl = file://{self.target}\nrecovery = {self.elsewhere}/recovery.pub\n")
        targets.chmod(0o644)
        self.machine = None
        super().__init__(settings=[f"offsite.targets={targets}"])

    def close(self):
        if self.machine:
            self.machine.kill()
            self.machine.wait()
        super().close()
        shutil.rmtree(self.elsewhere)

    def enrol(self):
        self.cli("tenant", "add", "acme")
        self.cli("site", "add", "acme", "harbour")
        token = self.cli("token", "create", "--tenant", "acme", "--site", "harbour", "--json", parsed=True)["token"]
        pin = json.loads(self.cli("init", "--json"))["ca_sha256"]
        subprocess.run([BUILD / "vedette-agent", "--state", self.agent_state, "enrol", "--server",
                        f"https://localhost:{self.ready['ports']['envelopes']}", "--token-file", "-", "--ca", pin],
                       input=token, text=True, check=True, stdout=subprocess.DEVNULL, timeout=30)
        self.machine = subprocess.Popen([BUILD / "vedette-agent", "--state", self.agent_state], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def waiting(self):
        return [path for path in self.state.glob("offsite/*/elsewhere/vedette1/*/*/*") if path.is_file()]

    def copied(self, since):
        """Everything that was there then is in the target."""
        for name in SETS:
            text = scrape(self.state / "offsite" / name / "metrics.sock")
            behind = next(float(line.split()[1]) for line in text.splitlines() if line.startswith("vedette_copy_behind_ms"))
            if time.time() - behind / 1000 < since + 1:     # the gauge is of the last second
                return False
        return not self.waiting()

    def die(self):
        """Everything at once, with no time for a last word."""
        pids, keeper = self.ready["pids"], self.local.pid
        supervisor = int(pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        os.kill(supervisor, signal.SIGSTOP)
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        os.kill(supervisor, signal.SIGKILL)
        self.local.wait(20)
        shutil.rmtree(self.state)

    def restore(self, *options, status=0):
        done = self.run_cli("restore-server", "--key", str(self.key), str(self.target), *options, deadline_s=60)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def sizes(self):
        return {name: int((self.state / "log" / name / "checkpoint").read_text().splitlines()[1]) for name in CLASSES}

    def entries(self, name):
        return int(self.cli("log", "verify", str(self.state / "log" / name), "--json", parsed=True)["size"])


@test("the server is copied, and lives on as it was when its state is gone: people, agents, the log")
def _(vedette):
    person = vedette.administrator()
    vedette.enrol()
    wait(lambda: [one["state"] for one in vedette.agents().values()] == ["online"], 30, "the agent")
    vedette.cli("tenant", "add", "last-minute")
    written = time.time()
    wait(lambda: vedette.copied(written), 10, "everything to be in the target")
    print(f"# in the target {time.time() - written:.1f} s later")
    sizes = vedette.sizes()
    vedette.die()
    said = vedette.restore()
    print(*(f"# {line}\n" for line in said.splitlines()), sep="", end="")
    vedette.start()
    assert {"acme", "last-minute"} <= {one["tenant"] for one in vedette.cli("tenant", "list", "--json", parsed=True)}
    wait(lambda: [one["state"] for one in vedette.agents().values()] == ["online"], 40, "the agent again")
    client = vedette.api()
    client.login(person.user, person.password, person.totp)
    wait(lambda: all(vedette.sizes()[name] >= size for name, size in sizes.items()), 10, "the log, as long as it was")
    for name in CLASSES:
        vedette.cli("log", "verify", str(vedette.state / "log" / name))


main(Offsite)
