"""The agent of this very machine: enrolled once, by a token of a single use."""
import os
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

    def enrolled(self):
        return (self.folder / "identity").exists()

    def enrol_once(self):
        if self.enrolled():
            return
        self.state.add("tenant", "add", TENANT)
        self.state.add("site", "add", TENANT, SITE)
        token = self.state.ask("token", "create", "--tenant", TENANT, "--site", SITE)["token"]
        server = f"https://localhost:{self.state.ports()['envelopes']}"
        # A command line can be read by everybody on the machine: the token goes through an open file.
        reader, writer = os.pipe()
        os.write(writer, token.encode())
        os.close(writer)
        with os.fdopen(reader) as source:
            done = subprocess.run([BUILD / "vedette-agent", "--state", self.folder, "enrol", "--server", server,
                                   "--token-file", f"/dev/fd/{source.fileno()}", "--ca", self.state.fingerprint(),
                                   "--tenant", TENANT, "--site", SITE],
                                  pass_fds=[source.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode:
            raise Problem(f"vedette-agent enrol: {done.stdout.strip()}")

    def online(self):
        return False
