"""The agent of this very machine: enrolled once, by a token of a single use."""
import json
import subprocess

from supervise.problem import Problem
from supervise.process import Process
from supervise.state import BUILD

TENANT, SITE = "local", "here"


class Agent:
    def __init__(self, state):
        self.state = state
        self.folder = state.path / "agent"

    def process(self):
        return Process("agent", [BUILD / "vedette-agent", "--state", self.folder], self.state)

    def enrol_once(self):
        if (self.folder / "identity").exists():
            return
        self.state.add("tenant", "add", TENANT)
        self.state.add("site", "add", TENANT, SITE)
        token = self.state.ask("token", "create", "--tenant", TENANT, "--site", SITE)["token"]
        server = f"https://localhost:{self.state.ports()['envelopes']}"
        # By standard input: a command line can be read by everybody on the machine.
        done = subprocess.run([BUILD / "vedette-agent", "--state", self.folder, "enrol", "--server", server,
                               "--token-file", "-", "--ca", self.state.fingerprint()],
                              input=token, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode:
            raise Problem(f"vedette-agent enrol: {done.stdout.strip()}")

    def check_online(self):
        known = self.state.ask("agents")
        if not any(one["id"] == self.id() and one["state"] == "online" for one in known):
            raise Problem("this machine's agent is not online")

    def id(self):
        return json.loads((self.folder / "identity").read_text())["agent"]
