#!/usr/bin/python3
"""A subscriber under load whose connections are cut, stalled and refused, and which is stopped and killed: it must have
each event once and in order.

    tests/faults/reconnects.py [FAULTS [SEED]]      1000 faults, a seed of the clock's; each seed repeats its faults
"""
import json
import pathlib
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults import main
from harness import BUILD, free_ports, wait
from soc_rig import Soc


class Proxy:
    """Forwards one port to another, until told to stall or to cut."""

    def __init__(self, port, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", port))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.other = {}
        self.stalled = self.cutting = self.ended = False
        self.connections = 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended:
            if self.cutting:
                self.drop_all()
                self.cutting = False
            if self.stalled:
                time.sleep(0.005)
                continue
            for key, _ in self.selector.select(0.01):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.other:
                    self.forward(key.fileobj)
        self.drop_all()
        self.listener.close()

    def accept(self):
        near, _ = self.listener.accept()
        far = socket.socket()
        try:
            far.connect(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self.connections += 1
        for one, other in ((near, far), (far, near)):
            self.other[one] = other
            self.selector.register(one, selectors.EVENT_READ)

    def forward(self, link):
        try:
            data = link.recv(1 << 16)
            if not data:
                raise ConnectionError
            self.other[link].sendall(data)
        except OSError:
            self.drop(link)

    def drop(self, link):
        for one in (link, self.other[link]):
            del self.other[one]
            self.selector.unregister(one)
            one.close()

    def drop_all(self):
        while self.other:
            self.drop(next(iter(self.other)))

    def cut(self):
        self.cutting = True
        wait(lambda: not self.cutting, what="the cut")

    def close(self):
        self.ended = True
        self.thread.join()


class Follower:
    """`vedette stream`, started again from where its lines ended whenever it is killed."""

    def __init__(self, path):
        self.path, self.lines = path, []
        self.start()

    def start(self):
        begin = str(sequence(self.lines[-1]) + 1) if self.lines else "0"
        self.process = subprocess.Popen([BUILD / "vedette", "stream", "--json", "--subscriber", self.path, "--from", begin],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, args=(self.process.stdout,))
        self.reader.start()

    def read(self, output):
        for line in output:
            # A killed process may leave half a line: nobody has dealt with that one.
            if line.endswith(b"\n"):
                self.lines.append(line)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()


def sequence(line):
    return int(json.loads(line)["sequence"])


def faults(random, live, replay, follower):
    """Each is done wholly before it returns; what may follow is the subscriber's own doing."""
    def stall(proxies, seconds):
        for proxy in proxies:
            proxy.stalled = True
        time.sleep(seconds)
        for proxy in proxies:
            proxy.stalled = False

    def stop():
        follower.process.send_signal(signal.SIGSTOP)
        time.sleep(random.uniform(0.05, 1))
        follower.process.send_signal(signal.SIGCONT)

    def kill():
        follower.kill()
        follower.start()

    def stall_and_cut():
        stall([live, replay], random.uniform(0, 0.3))
        live.cut()
        replay.cut()
    return {"cut live": (live.cut, 30), "cut replay": (replay.cut, 30), "stall live": (lambda: stall([live], 0.3), 10),
            "stall both": (lambda: stall([live, replay], 0.3), 10), "stall and cut": (stall_and_cut, 10),
            "silence": (lambda: stall([live], 3.5), 1), "stop": (stop, 5), "kill": (kill, 30)}


def run(count, seed):
    chance = random.Random(seed)
    done = {}
    with Soc() as soc:
        path = soc.add("tried", "--class", "fleet")
        base = free_ports(2)
        live, replay = Proxy(base, soc.base), Proxy(base + 1, soc.base + 1)
        held = json.loads(path.read_text())
        path.write_text(json.dumps(held | {"live": f"tcp://127.0.0.1:{base}", "replay": f"tcp://127.0.0.1:{base + 1}"}))
        follower = Follower(path)
        producer = soc.peer("pace", "ingest", 1, 1)
        try:
            known = faults(chance, live, replay, follower)
            for _ in range(count):
                name, = chance.choices(list(known), [weight for _, weight in known.values()])
                known[name][0]()
                done[name] = done.get(name, 0) + 1
                heard = len(follower.lines)
                wait(lambda: len(follower.lines) > heard, 30, f"events to go on after: {name}", every_s=0.005)
            producer.kill()
            stored = sum(line.startswith("stored") for line in producer.lines)
            wait(lambda: len(follower.lines) >= stored, 60, "all that was acknowledged")
        finally:
            follower.kill()
            live.close()
            replay.close()
        got = [sequence(line) for line in follower.lines]
        assert got == list(range(len(got))), "an event was missed, came twice or too early"
        assert len(got) >= stored
        return f"{count} faults (seed {seed}: {done}), {live.connections} + {replay.connections} connections, " \
               f"{len(got)} events: 0 missed, 0 twice"


if __name__ == "__main__":
    main(run, 1000)
