"""From started to ready: enrol this machine's agent, register the fleet, say so when everything answers."""
import json
import socket
import ssl
import sys
import threading
import time

from supervise import fleet
from supervise.agent import Agent
from supervise.problem import Problem
from supervise.state import write_atomically

PAUSE_S = 0.1
PATIENCE_S = 30     # after so long people are told what is being waited for
WELL_S = 10         # what answers, and is not well by then, is not waited for: a disk may stay full, and presence goes on without the log


class Readiness(threading.Thread):
    """Its own thread: to ask takes time, and the dead must be restarted meanwhile."""

    def __init__(self, state, supervisor, agent, fleet_size):
        super().__init__(daemon=True)
        self.state, self.supervisor = state, supervisor
        self.agent = Agent(state) if agent else None
        self.fleet_size = fleet_size
        self.changed = threading.Event()
        self.stopping = threading.Event()
        self.failed = None
        # Held where ready.json is written or taken away: it must not come back while everything is being stopped.
        self.lock = threading.Lock()

    def run(self):
        try:
            self.bring_up()
            self.greet()
            while not self.stopping.is_set():
                if self.changed.wait(0.5):
                    self.changed.clear()
                    self.confirm()
        except Exception as problem:    # whatever it is: without this thread nothing would ever be ready
            if not self.stopping.is_set():
                self.failed = problem

    def stop(self):
        with self.lock:
            self.stopping.set()
            self.state.ready_file.unlink(missing_ok=True)

    def bring_up(self):
        self.wait_for_services()
        if self.agent:
            self.agent.enrol_once()
            self.supervisor.add(self.agent.process())
            self.wait(self.agent.check_online)
        if self.fleet_size:
            for one in fleet.processes(self.state, self.fleet_size):
                self.supervisor.add(one)
        self.confirm()

    def confirm(self):
        """Write ready.json for the processes that run now; if they change meanwhile, we are called again."""
        pids = self.supervisor.pids()
        self.wait_for_services()
        if self.supervisor.pids() == pids and None not in pids.values():
            self.write(pids)
        else:
            self.changed.set()
            self.stopping.wait(PAUSE_S)

    def wait(self, check):
        """Until it raises no Problem, as long as it takes: what fails is started again, and a slow machine gets there."""
        impatient = time.monotonic() + PATIENCE_S
        while True:
            try:
                return check()
            except Problem as problem:
                if time.monotonic() > impatient:
                    impatient += PATIENCE_S
                    print(f"Not ready yet: {problem}\nSee {self.state.log('*')}", file=sys.stderr, flush=True)
            if self.stopping.wait(PAUSE_S):
                raise Problem("stopped")

    def wait_for_services(self):
        well_by = time.monotonic() + WELL_S
        self.wait(lambda: self.check_services(time.monotonic() > well_by))

    def check_services(self, answers_do):
        rows = self.state.health()
        unwell = [one for one in rows if not one["ok"]]
        said = "; ".join(f"{one['service']}: {one['reason']}" for one in unwell)
        if unwell and not (answers_do and all(one["version"] for one in unwell)):
            raise Problem(said)
        # By TLS under its name; the address is given, for a bare machine may not know where localhost is.
        trust = ssl.create_default_context(cafile=self.state.path / "ca.pem")
        try:
            with socket.create_connection(("127.0.0.1", self.state.ports()["portal"]), 5) as plain:
                with trust.wrap_socket(plain, server_hostname="localhost") as link:
                    link.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if not link.recv(64).startswith(b"HTTP/1.1 200 "):
                        raise Problem("the portal does not show its page")
        except OSError as error:
            raise Problem(f"the portal does not answer: {error}") from None
        if unwell:
            print(f"Not all is well: {said}", file=sys.stderr, flush=True)

    def urls(self):
        ports, name = self.state.ports(), self.state.settings()["common.public_name"]
        return {"portal": f"https://{name}:{ports['portal']}", "envelopes": f"https://{name}:{ports['envelopes']}",
                "beats": f"udp://{name}:{ports['beats']}", "soc_live": self.state.settings()["common.soc_live"],
                "soc_replay": self.state.settings()["common.soc_replay"]}

    def write(self, pids):
        ready = {"state": str(self.state.path), "urls": self.urls(), "ports": self.state.ports(),
                 "ca_file": str(self.state.path / "ca.pem"), "fingerprint": self.state.fingerprint(), "pids": pids}
        with self.lock:
            if not self.stopping.is_set():
                write_atomically(self.state.ready_file, json.dumps(ready, indent=2) + "\n")

    def greet(self):
        print(f"\nVedette runs.\n\n  portal       {self.urls()['portal']}\n"
              f"  its CA       {self.state.path / 'ca.pem'}\n  fingerprint  {self.state.fingerprint()}")
        try:
            first = self.state.ask("user", "first")
            print(f"\n  Become the first administrator (once, until {first['expires']}):\n  {first['link']}")
        except Problem:
            pass    # there is one already
        print("\nCtrl-C stops everything.\n", flush=True)
