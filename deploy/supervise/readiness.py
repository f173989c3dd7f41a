"""From started to ready: enrol this machine's agent, register the fleet, say so when everything answers."""
import http.client
import json
import ssl
import subprocess
import threading

from supervise import fleet
from supervise.agent import Agent
from supervise.problem import Problem
from supervise.state import write_atomically

PAUSE_S = 0.1
PATIENCE_S = 60     # from the first process to everything answering


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
        self.wait("every service to answer", self.services_answer)
        if self.agent:
            self.agent.enrol_once()
            self.supervisor.add(self.agent.process())
            self.wait("this machine's agent to be online", self.agent.online)
        if self.fleet_size:
            for one in fleet.processes(self.state, self.fleet_size):
                self.supervisor.add(one)
        self.confirm()

    def confirm(self):
        """Write ready.json for the processes that run now; if they change meanwhile, we are called again."""
        pids = self.supervisor.pids()
        self.wait("every service to answer again", self.services_answer, patience_s=None)
        if self.supervisor.pids() == pids and None not in pids.values():
            self.write(pids)
        else:
            self.changed.set()
            self.stopping.wait(PAUSE_S)

    def wait(self, what, condition, patience_s=PATIENCE_S):
        tries = None if patience_s is None else int(patience_s / PAUSE_S)
        while not condition():
            if self.stopping.wait(PAUSE_S):
                raise Problem("stopped")
            if tries is not None:
                tries -= 1
                if tries < 0:
                    raise Problem(f"waited {patience_s} s for {what}; see {self.state.path / 'log'}")

    def services_answer(self):
        try:
            self.state.cli("health")
        except Problem:
            return False
        return self.portal_answers()

    def portal_answers(self):
        trust = ssl.create_default_context(cafile=self.state.path / "ca.pem")
        link = http.client.HTTPSConnection("localhost", self.state.ports()["portal"], timeout=5, context=trust)
        try:
            link.request("GET", "/")
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

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
