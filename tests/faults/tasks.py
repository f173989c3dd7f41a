#!/usr/bin/python3
"""Signed tasks while every process on their way is killed and the cable between server and agent is pulled.

    tests/faults/tasks.py [FAULTS [SEED]]      500 faults, a seed of the clock's; each seed repeats its faults

The agent is the real one, in a network namespace of its own. In each round some tasks are handed over and some faults
happen at random moments of the following second; in some the agent changes its keys of envelopes meanwhile. Each task appends its name to a file once it runs, which says how often it did: never twice,
and once where the server says `done`. In the end nothing may be open, and no output may be another's or cut short.
"""
import collections
import contextlib
import hashlib
import json
import os
import pathlib
import random
import signal
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults import main                         # noqa: E402
from harness import BUILD, Deployment, wait     # noqa: E402
from machine_rig import SERVER, Machine         # noqa: E402
from task_rig import Signers                    # noqa: E402

A_ROUND = 4             # tasks, and faults
REKEYS = 6              # changes of keys: an agent keeps eight pairs
SERVICES = ("audit", "ingest", "scheduler", "redis")
ENDED = ("done", "failed", "refused", "interrupted", "expired")
POLICY = "users = * root\n"


class Field:
    """A deployment, one agent that runs what alice signs, and the people who sign."""

    def __init__(self, held):
        self.vedette = held.enter_context(Deployment(settings=[f"common.public_name={SERVER}"]))
        self.signers = Signers(self.vedette)
        self.signers.publish()
        self.machine = Machine(self.vedette, 77)
        held.callback(self.machine.end)
        pem = pathlib.Path(self.vedette.ready["ca_file"]).read_text()
        token = self.vedette.cli("token", "create", "--tenant", "acme", "--site", "hq", "--json", parsed=True)["token"]
        trust = next(line for line in self.signers.vedette("trust", "show").split() if line.startswith("sha256:"))
        self.machine.enrol(token, "--ca", "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest(),
                           "--trust", trust, "--tenant", "acme", "--site", "hq")
        self.policy = self.vedette.state / "policy.conf"
        self.policy.write_text(POLICY)
        self.ran = self.vedette.state / "ran"
        self.started()
        wait(lambda: self.vedette.agents()[1]["state"] == "online", 30, "the agent")

    def started(self):
        self.machine.start("--policy", self.policy)

    def task(self, name, run_s):
        """Signed, and not handed over yet."""
        script = f"echo {name} >> {self.ran}; sleep {run_s:.2f}; seq -f {name}-%g 100"
        path = self.signers.task(f"{name}.json", "--tenant", "acme", "--timeout", "60s", "--", "/bin/sh", "-c", script)
        return name, path, json.loads((self.signers.folder / f"{name}.json").read_text())["document"]

    def hand_over(self, path):
        """Until it is acknowledged: the same document is taken once, however often it comes."""
        def taken():
            return self.vedette.run_cli("task", "submit", str(path)).returncode == 0
        wait(taken, 60, f"{path.name} to be taken", every_s=0.2)

    def rekey(self):
        """Beside what happens; a work that runs is in its way for so long, one that is killed lets it be typed again."""
        def typed():
            return subprocess.run([BUILD / "vedette-agent", "keys", "next", "--state", self.machine.state, "--policy", self.policy],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        wait(typed, 60, "the keys to change", every_s=0.2)

    def kill_service(self, dice):
        name = dice.choice(SERVICES)
        with contextlib.suppress(ProcessLookupError, TypeError):     # it is being started again just now
            os.kill(self.vedette.pid(name), signal.SIGKILL)
        return name

    def kill_agent(self, _):
        self.machine.kill()
        self.started()
        return "agent"

    def kill_helper(self, dice):
        """carry, work, or what runs under it: whatever there is in this moment."""
        name = dice.choice(("vedette-agent-carry", "vedette-agent-work"))
        there = subprocess.run(["pgrep", "-x", name[:15], "--ns", str(self.machine.holder.pid), "--nslist", "net"],
                               stdout=subprocess.PIPE, text=True).stdout.split()
        for pid in there:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        return name if there else None

    def cut(self, dice):
        self.machine.unplug()
        time.sleep(dice.uniform(0.05, 1.0))
        self.machine.plug()
        return "cable"


def hurt(field, dice, counts):
    fault = dice.choices((field.kill_service, field.kill_agent, field.kill_helper, field.cut), (4, 2, 3, 2))[0]
    # A helper lives for some tens of milliseconds: look for one until it is there.
    until = time.monotonic() + 3
    name = None
    while not name and time.monotonic() < until:
        time.sleep(dice.uniform(0, 0.15))
        name = fault(dice)
    if name:
        counts[name] += 1


def check(field, tasks, counts):
    """All have ended; each ran at most once, and once if it is done."""
    rows = {}

    def ended():
        for name, _, document in tasks:
            rows[name] = field.vedette.cli("task", "show", document, "--json", parsed=True)
        return all(row and all(run["run_state"] in ENDED for run in row) for row in rows.values())
    try:
        wait(ended, 150, "all tasks to end", every_s=0.5)
    except AssertionError:
        print(json.dumps(rows), *field.vedette.log("scheduler")[-20:], *field.machine.log.read_text().splitlines()[-20:],
              sep="\n", flush=True)
        subprocess.run(["find", field.machine.state / "mail", field.machine.state / "work", "-type", "f"])
        subprocess.run([BUILD / "vedette-agent", "activity", "--state", field.machine.state])
        subprocess.run(["pgrep", "-fa", field.machine.state])
        if "KEEP" in os.environ:
            input("kept")
        raise
    ran = collections.Counter(field.ran.read_text().split() if field.ran.exists() else [])
    for name, _, document in tasks:
        state = rows[name][0]["run_state"]
        assert len(rows[name]) == 1 and ran[name] <= 1, (name, rows[name], ran[name])
        assert state in ("done", "interrupted"), (name, rows[name])
        counts[f"task {state}"] += 1
        if state == "done":
            output = field.vedette.cli("task", "output", document, "1")
            assert ran[name] == 1 and output.split() == [f"{name}-{i}" for i in range(1, 101)], (name, output)


def run(faults, seed):
    dice = random.Random(seed)
    counts = collections.Counter()
    with contextlib.ExitStack() as held:
        field = Field(held)
        done = 0
        while sum(number for name, number in counts.items() if not name.startswith(("task ", "keys "))) < faults:
            tasks = [field.task(f"t{done + i}", dice.uniform(0, 2)) for i in range(A_ROUND)]
            done += A_ROUND
            handed = [threading.Thread(target=field.hand_over, args=[path]) for _, path, _ in tasks]
            if dice.random() < REKEYS * A_ROUND / faults and counts["keys changed"] < REKEYS:
                handed.append(threading.Thread(target=field.rekey))
                counts["keys changed"] += 1
            for one in handed:
                one.start()
            for _ in range(A_ROUND):
                hurt(field, dice, counts)
            for one in handed:
                one.join()
            wait(field.vedette.health, 60, "every process to answer", every_s=0.2)
            check(field, tasks, counts)
    return dict(counts)


if __name__ == "__main__":
    main(run, 500)
