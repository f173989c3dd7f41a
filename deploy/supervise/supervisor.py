"""The supervisor's loop: keep everything running, stop it in order."""
import signal
import sys
import time

from supervise.process import Process
from supervise.readiness import Readiness
from supervise.redis import redis
from supervise.state import BUILD, COPIED, PACKAGE, SERVICES

LOOK_EVERY_S = 0.1
LOGS_EVERY_S = 2
# What is stopped together: senders (agents) first, the log after all who write to it, then who copies and who carries
# what all have written. In sum below 8 s.
WAVES_S = [1.5, 3.5, 1.5, 0.5, 0.5]
WAVE = {"ingest": 1, "portal": 1, "scheduler": 1, "backup": 1, "alert": 1, "audit": 2, "redis": 3,
        **{f"copy-{name}": 3 for name in COPIED}, "ship": 4}


class Supervisor:
    SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}

    def __init__(self, state, agent, fleet):
        self.state = state
        self.processes = [redis(state), *(self.service(name, fleet) for name in SERVICES), *self.offsite()]
        self.readiness = Readiness(state, self, agent, fleet)

    def service(self, name, fleet):
        settings = []
        if name in ("ingest", "portal"):    # one serves it, the other tells its hash
            settings.append(f"ingest.package={PACKAGE}")
        if name == "ingest" and fleet:
            settings += ["ingest.bulk_register=on", f"ingest.agents_max={max(131072, 2 * fleet)}"]
        options = [word for setting in settings for word in ("--set", setting)]
        return Process(name, [BUILD / f"vedette-{name}", "--state", self.state.path, *options], self.state)

    def offsite(self):
        """The server's own backup, where the settings name targets for it."""
        if not self.state.settings().get("offsite.targets"):
            return []
        copies = [Process(f"copy-{name}", [BUILD / "vedette-copy", "--state", self.state.path, name], self.state)
                  for name in COPIED]
        return [*copies, Process("ship", [BUILD / "vedette-ship", "--state", self.state.path], self.state)]

    def add(self, process):
        """From the readiness thread: from now on this one runs too."""
        self.processes = self.processes + [process]

    def pids(self):
        return {one.name: one.pid for one in self.processes}

    def run(self):
        self.readiness.start()
        logs_due = 0
        status = None
        while status is None:
            before = self.pids()
            for one in self.processes:
                news = one.look()
                if news:
                    say(news)
            if self.pids() != before:
                self.readiness.changed.set()
            if time.monotonic() > logs_due:
                logs_due = time.monotonic() + LOGS_EVERY_S
                for one in self.processes:
                    one.bound_log()
            status = self.take_signal()
            if self.readiness.failed:
                say(f"cannot start: {self.readiness.failed}")
                status = 1
        self.stop()
        return status

    def take_signal(self):
        """The exit status once it is time to stop, else None."""
        received = signal.sigtimedwait(self.SIGNALS, LOOK_EVERY_S)
        if not received or received.si_signo == signal.SIGCHLD:
            return None
        if received.si_signo == signal.SIGHUP:
            for name in SERVICES:
                self.find(name).signal(signal.SIGHUP)
            return None
        return 0

    def find(self, name):
        return next(one for one in self.processes if one.name == name)

    def stop(self):
        self.readiness.stop()
        for number, limit_s in enumerate(WAVES_S):
            wave = [one for one in self.processes if WAVE.get(one.name, 0) == number and one.running()]
            for one in wave:
                one.signal(signal.SIGTERM)
                one.signal(signal.SIGCONT)  # a frozen process would not hear the first
            deadline = time.monotonic() + limit_s
            while any(one.running() for one in wave) and time.monotonic() < deadline:
                signal.sigtimedwait({signal.SIGCHLD}, 0.05)
            for one in wave:
                if one.running():
                    say(f"{one.name} did not stop in {limit_s} s: killed")
                    one.kill_group()
        say("Stopped.")


def say(text):
    print(text, file=sys.stderr, flush=True)
