#!/usr/bin/python3
"""Audit under load, killed at each kind of write, its power cut, its disk failing, full and tearing: whatever it had
acknowledged is there once and in order, its trees verify and only grew, and subscribers have had each event once.

    tests/faults/disk.py [FAULTS [SEED]]      1000 faults, a seed of the clock's; each seed repeats its faults

One fault a run of audit (io_faults.c does it), then a check of the log's folder as it was left, then the next run. Each
BATCH faults, a new deployment, after all that was said of the old one has been compared with its log.
"""
import collections
import contextlib
import json
import math
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults import main
from harness import BUILD, wait
from log_check import verify
from reconnects import Follower
from soc_rig import Soc

BATCH = 50
PACE = 2            # events a millisecond of each of the two producers
GOES_ON = 5000      # acknowledgements: some segments
CALM_S = 0.5        # so long for a fault to come; then audit is stopped, which is work for the disk, too
CLASSES = ("ops", "access", "fleet", "alert")
SETTINGS = ["audit.segment_bytes = 1048576", "audit.disk_low_bytes = 0"]
LIBRARY = BUILD / "tests/faults/io_faults.so"

# Where: how often; there, which calls: how often, and of how many to choose one.
PLACES = {
    "journal": (8, {"write": (4, 300), "sync": (4, 300), "create": (1, 2), "rename": (2, 4), "remove": (2, 2),
                    "size": (1, 4)}),
    "tree": (8, {"write": (4, 60), "sync": (4, 30), "create": (3, 40), "rename": (2, 8), "remove": (1, 8)}),
    "second": (2, {"write": (1, 6), "sync": (1, 12), "create": (1, 6), "rename": (1, 6)}),
    "db": (2, {"write": (2, 20), "sync": (2, 5), "create": (1, 2)}),
    "index": (1, {"write": (2, 8), "create": (1, 2), "size": (1, 4)}),
    "any": (4, {"any": (1, 600)}),
}
ENDS = ["kill", "killed", "cut", "was-cut"]
DEEDS = {"write": [*ENDS, "tear", "short", "eio", "enospc"], "sync": [*ENDS, "eio", "lost"]}


class Fault(collections.namedtuple("Fault", "place call nth deed seed times")):
    def __str__(self):
        return " ".join(map(str, self))


def choose(chance, weighed):
    return chance.choices(list(weighed), [weight for weight, _ in weighed.values()])[0]


def draw(chance):
    place = choose(chance, PLACES)
    calls = PLACES[place][1]
    call = choose(chance, calls)
    # As often among the first ten as among the next hundred: those of a start are few.
    nth = int(math.exp(chance.uniform(0, math.log(calls[call][1] + 1))))
    deed = chance.choice(DEEDS.get(call, ENDS if call == "any" else [*ENDS, "eio", "enospc"]))
    return Fault(place, call, nth, deed, chance.randrange(1 << 31), chance.choice([1, 1, 3, 1000]))


class Hurt(Soc):
    """Two producers, two subscribers, and an audit that does not live long."""

    def __enter__(self):
        super().__enter__()
        self.checkpoints, self.added, self.adding = {}, [], None
        self.path = self.add("tried", *(word for name in CLASSES for word in ("--class", name)))
        self.follower = Follower(self.path)
        self.listener = self.peer("listen", "portal", "fleet", 0)
        self.producers = {"fleet": self.peer("pace", "ingest", PACE, 1), "alert": self.peer("pace", "alert", PACE, 1)}
        wait(lambda: len(self.follower.lines) > 10, what="the first events")
        self.kill_audit()
        return self

    def __exit__(self, *_):
        if self.adding:
            self.adding.kill()
            self.adding.wait()
        self.follower.kill()
        super().__exit__(*_)

    def stored(self):
        return sum(len(producer.lines) for producer in self.producers.values())

    def said(self):
        with open(self.state / "audit.log", errors="replace") as log:
            log.seek(self.mark)
            return log.read()

    def start_with(self, fault):
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.audit_prefix = ["env", f"FAULT={fault}", f"LD_PRELOAD={LIBRARY}", f"ASAN_OPTIONS={asan}"] if fault else []
        self.mark = (self.state / "audit.log").stat().st_size
        self.start_audit()

    def meet(self, fault):
        """One run of audit. False: it did not come to that fault."""
        self.start_with(fault)
        until, stopping = None, False
        while self.audit.poll() is None and "\nfault: " not in (said := "\n" + self.said()):
            if not until and '"service.started"' in said:
                until = time.monotonic() + CALM_S
            if until and not stopping and time.monotonic() > until:
                stopping = True
                self.audit.send_signal(signal.SIGTERM)
            if fault.place == "db":
                self.add_another()
            time.sleep(0.005)
        met = "\nfault: " in "\n" + self.said()
        self.end(fault, met, stopping)
        if self.adding:
            self.adding.kill()
            self.adding.wait()
            self.adding = None
        return met

    def end(self, fault, met, stopping):
        """How it ends, or goes on, must be right for what was done to it."""
        if fault.deed in (*ENDS, "tear") and met:
            assert self.kill_audit(0) == -signal.SIGKILL, self.said()
        elif stopping or self.audit.poll() is not None:
            status = self.audit.wait(20)
            assert status == 0 if stopping and not met else status in (0, 1), f"{fault}: {status}\n{self.said()}"
            assert met or stopping, f"ended by itself before {fault}\n{self.said()}"
            self.audit = None
        else:
            # It may end a moment later, or go on; after one failure all of it does, some segments further, too.
            least = self.stored() + (1, GOES_ON)[fault.seed % 2]
            with contextlib.suppress(AssertionError) if fault.times > 1 else contextlib.nullcontext():
                wait(lambda: self.audit.poll() is not None or self.stored() > least, CALM_S if fault.times > 1 else 30,
                     f"audit to go on after {fault}")
            assert self.kill_audit() in (1, -signal.SIGKILL), self.said()

    def add_another(self):
        """A subscriber, as soon as the last one is added or refused."""
        if self.adding and self.adding.poll() is None:
            return
        if self.adding and self.adding.returncode == 0:
            self.added.append(self.adding.args[-1])
        name = f"{self.audit.pid}-{len(self.added)}"
        command = [BUILD / "vedette", "--state", self.state, "subscriber", "add", "--class", "fleet",
                   "--out", self.state / f"{name}.json", name]
        self.adding = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def check(self):
        """What a run has left behind: whole trees that begin with what they were before."""
        for name in CLASSES:
            checkpoint = self.state / "log" / name / "checkpoint"
            if not checkpoint.exists():
                assert name not in self.checkpoints, f"the checkpoint of {name} is gone"
                continue
            kept = self.checkpoints.get(name)
            done = self.vedette("log", "verify", name, *(["--since", kept] if kept else []))
            assert done.returncode == 0, done.stderr
            self.checkpoints[name] = self.state / f"{name}.kept"
            self.checkpoints[name].write_bytes(checkpoint.read_bytes())

    def compare(self):
        """All that was said, with what is in the log in the end. Says how much that is."""
        self.start_with(None)
        before = self.stored()
        wait(lambda: self.stored() > before, 30, "acknowledgements after the last fault")
        for producer in self.producers.values():
            producer.kill()
            producer.reader.join()
        there = {row["name"] for row in json.loads(self.vedette("--json", "subscriber", "list").stdout)}
        assert there >= set(self.added), f"subscribers were added and are not there: {set(self.added) - there}"
        assert self.kill_audit(signal.SIGTERM) == 0
        self.check()
        logged = {name: verify(self.state / "log" / name) for name in CLASSES}
        self.compare_producers(logged)
        self.start_with(None)
        self.compare_subscribers(logged)
        return sum(map(len, logged.values()))

    def compare_producers(self, logged):
        for name, subject in (("fleet", b'"subject":"agent/'), ("alert", b'"subject":"alert/')):
            acknowledged = [int(line.split()[1]) for line in self.producers[name].lines if line.startswith("stored")]
            there = [int(entry.partition(subject)[2].partition(b'"')[0]) for entry in logged[name]]
            assert acknowledged == list(range(1, len(acknowledged) + 1)), f"{name}: acknowledged twice, or out of order"
            lost = len(acknowledged) - len(there)
            assert lost <= 0, f"{name}: {lost} acknowledged entries are lost"
            assert there == list(range(1, len(there) + 1)), f"{name}: an entry is lost, out of order, or there twice"

    def opened(self, name):
        """A class's entries as whoever may read them gets them: with personal fields."""
        shown = self.vedette("--json", "log", "show", name, "--limit", "1000000", deadline_s=180)
        return shown.stdout.encode().splitlines()

    def compare_subscribers(self, logged):
        def heard(lines, name):
            return [line for line in lines if f'"id":"{name}-'.encode() in line]
        for name, sealed in logged.items():
            entries = self.opened(name)[:len(sealed)]   # audit, just begun, may have told more
            assert len(entries) == len(sealed)
            wait(lambda: len(heard(list(self.follower.lines), name)) >= len(entries), 60, f"one to have all of {name}")
            got = [line.rstrip(b"\n") for line in heard(list(self.follower.lines), name)]
            assert got[:len(entries)] == entries, f"{name}: a subscriber missed an event, had one twice, or another one"
        # By the line: to parse them all each time would be most of the run.
        wait(lambda: sum(line.startswith("{") for line in list(self.listener.lines)) >= len(logged["fleet"]), 60,
             "the other one to have all")
        assert self.listener.events() == list(map(json.loads, logged["fleet"]))


def run(count, seed, say=print):
    chance = random.Random(seed)
    done, missed, entries = collections.Counter(), 0, 0
    began = time.monotonic()
    while done.total() < count:
        with Hurt(SETTINGS) as hurt:
            until = min(count, done.total() + BATCH)
            while done.total() < until:
                fault = draw(chance)
                if hurt.meet(fault):
                    done[fault.place, fault.call, fault.deed] += 1
                else:
                    missed += 1
                    assert missed < 50 + count, "audit meets no fault: is the preloaded library there?"
                try:
                    hurt.check()
                except AssertionError as error:
                    raise AssertionError(f"after {fault} (seed {seed}, number {done.total()}): {error}") from error
            entries += hurt.compare()
        say(f"{done.total()} faults, {entries} entries, {time.monotonic() - began:.0f} s", flush=True)
    return summary(done, missed, entries, seed)


def summary(done, missed, entries, seed):
    lines = [f"{done.total()} faults (seed {seed}), {missed} more that audit did not live to meet, {entries} entries: "
             "none lost, none out of order, none twice; trees whole after each; each event once to both subscribers"]
    for place in PLACES:
        of_place = {key: number for key, number in done.items() if key[0] == place}
        by_call = collections.defaultdict(list)
        for (_, call, deed), number in sorted(of_place.items()):
            by_call[call].append(f"{deed} {number}")
        lines += [f"  {place} {call}: {', '.join(deeds)}" for call, deeds in by_call.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main(run, 1000)
