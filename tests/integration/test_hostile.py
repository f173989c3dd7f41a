#!/usr/bin/env python3
"""Those who mean harm to the streams: whatever they do, producers and other subscribers are not disturbed, audit lives, and
its memory and descriptors stay bounded."""
import contextlib
import os
import pathlib
import random
import socket
import struct
import sys
import threading
import time

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test, wait
from soc_rig import Client, Soc, sequences

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(48)    # ZMTP 3.1, to the letter


@contextlib.contextmanager
def undisturbed(soc, what, count=300):
    """While this goes on, events are stored and a subscriber hears each of them, in order."""
    path = soc.add(f"good-{what}", "--class", "fleet")
    first = int(soc.row(f"good-{what}")["cursors"].removeprefix("fleet="))
    stream = soc.stream(path, "--resume")
    producer = soc.peer("pace", "ingest", 1, 1)
    wait(lambda: len(stream.events) > 50, what="the first events")
    before, rss = soc.audit.pid, memory_mib(soc)
    yield
    heard = len(stream.events)
    wait(lambda: len(stream.events) > heard + count, 60, "events to go on")
    producer.kill()
    stored = sum(line.startswith("stored") for line in producer.lines)
    wait(lambda: len(stream.events) >= stored, 60, "all that was acknowledged")
    got = sequences(stream)
    assert got == list(range(first, first + len(got))), (first, got[:3], got[-3:], len(got))
    assert soc.audit.poll() is None and soc.audit.pid == before
    stream.close()
    print(f"# {what}: memory {rss} MiB before, {memory_mib(soc)} MiB after, {descriptors(soc)} descriptors")


def memory_mib(soc):
    status = pathlib.Path(f"/proc/{soc.audit.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) // 1024


def descriptors(soc):
    return len(os.listdir(f"/proc/{soc.audit.pid}/fd"))


def knock(port, say=b""):
    link = socket.socket()
    link.settimeout(5)
    link.connect(("127.0.0.1", port))
    link.sendall(say)
    return link


@test("garbage, half handshakes and thousands of sockets left open: they go, and newcomers get in meanwhile")
def _():
    random.seed(7)
    with Soc() as soc, undisturbed(soc, "strangers"), contextlib.ExitStack() as held:
        says = [b"", GREETING, GREETING[:11], b"GET / HTTP/1.1\r\n\r\n", GREETING + b"\x04\x26\x05HELLO" + random.randbytes(33),
                GREETING + b"\x04\xc8\x05HELLO" + random.randbytes(194)]
        for number in range(3000):
            with contextlib.suppress(OSError):
                held.enter_context(knock(soc.base + number % 2, says[number % len(says)]))
            if number % 1000 == 999:
                newcomer = soc.add(f"newcomer-{number}", "--class", "fleet")
                stream = soc.stream(newcomer, "--from", 0)
                wait(lambda: stream.events, 20, "a newcomer to be served")
                stream.close()
        assert descriptors(soc) < 1200, "of 256 each that say nothing, and as many that nobody has looked at yet"
        assert soc.refused("silent") + soc.refused("bad-handshake") > 2000
        wait(lambda: descriptors(soc) < 100, 20, "the last of them to be ended")


@test("so many strangers that descriptors run out: audit does not die, and serves as soon as they go")
def _():
    with Soc(audit_prefix=["prlimit", "--nofile=256:256"]) as soc, undisturbed(soc, "flood"):
        ended = threading.Event()

        def flood():
            while not ended.is_set():
                with contextlib.ExitStack() as held, contextlib.suppress(OSError):
                    for number in range(400):
                        held.enter_context(knock(soc.base + number % 2))
        floods = [threading.Thread(target=flood) for _ in range(2)]
        for one in floods:
            one.start()
        time.sleep(5)   # of flood: that nothing breaks can only be seen by letting time pass
        ended.set()
        for one in floods:
            one.join()


@test("one that never reads what it subscribed to is forgotten, not waited for")
def _():
    with Soc() as soc, contextlib.ExitStack() as held:
        path = soc.add("deaf", "--class", "fleet")
        before = memory_mib(soc)
        with undisturbed(soc, "deaf", count=8000):
            for _ in range(8):
                client = held.enter_context(Client(path))
                identity = client.subscribe(**{"class": "fleet"})[1]
                live = held.enter_context(Client(path, zmq.SUB, rcvhwm=1, rcvbuf=4096))
                live.socket.subscribe(b"f" + identity + b".")
        assert memory_mib(soc) < before + 100


@test("one that asks for huge replays without end, and reads none, gets few and holds up nobody")
def _():
    with Soc() as soc, contextlib.ExitStack() as held:
        path = soc.add("greedy", "--class", "fleet")
        soc.once("emit", "ingest", 20000, 1, deadline_s=60)
        before = memory_mib(soc)
        ended = threading.Event()

        def demand(client, identity):
            while not ended.is_set():
                with contextlib.suppress(zmq.Again):
                    client.socket.send_multipart([b"replay", identity, bytes(8), struct.pack(">I", 2**32 - 1)], zmq.DONTWAIT)
                    continue
                time.sleep(0.001)
        with undisturbed(soc, "greedy", count=2000):
            threads = []
            for _ in range(8):
                client = held.enter_context(Client(path, rcvhwm=1, rcvbuf=4096))
                identity = client.subscribe(**{"class": "fleet"})[1]
                threads.append(threading.Thread(target=demand, args=(client, identity)))
                threads[-1].start()
        ended.set()
        for thread in threads:
            thread.join()
        assert memory_mib(soc) < before + 150


@test("frames that mean nothing are dropped and counted, wishes without end refused; the connection goes on")
def _():
    random.seed(11)
    with Soc() as soc, undisturbed(soc, "nonsense"):
        path = soc.add("odd", "--class", "fleet")
        with Client(path) as client:
            identity = client.subscribe(**{"class": "fleet"})[1]
            bad = [[b""], [b"subscribe"], [b"subscribe", b""], [b"subscribe", b"{}", b""], [b"replay", identity],
                   [b"replay", identity, bytes(7), bytes(4)], [b"cursor", identity], [b"cursor", b"x" * 16, bytes(8)],
                   [b"cursor", identity, bytes(9)], [b"x"] * 11, [b"x"] * 40, [b"events", b"\x01" + bytes(16)],
                   [b"call", b"\x01" + bytes(20)]]
            bad += [[random.randbytes(random.randrange(50)) for _ in range(random.randrange(1, 6))] for _ in range(200)]
            before = soc.refused("malformed")
            for frames in bad:
                client.socket.send_multipart(frames)
            wait(lambda: soc.refused("malformed") == before + len(bad), what="all of them to be counted")
            codes = [client.subscribe(**{"class": "fleet", "tenant": f"t{number}"})[0] for number in range(100)]
            assert codes.count(b"granted") == 15, "sixteen filters, with the first"
            # A topic that is nobody's, and hundreds of them, change nothing.
            with Client(path, zmq.SUB) as live:
                for number in range(500):
                    live.socket.subscribe(b"f%016x." % number)
                live.socket.subscribe(b"")
                live.socket.subscribe(b"f" + identity + b".")
                assert all(frames[0].startswith(b"f" + identity + b".") for frames in (live.receive(), live.receive()))


@test("one key's connections are counted, another's are not in their way; a revoked one's are ended")
def _():
    with Soc() as soc, contextlib.ExitStack() as held:
        path, other = soc.add("many", "--class", "fleet"), soc.add("other", "--class", "fleet")
        clients = [held.enter_context(Client(path)) for _ in range(30)]
        for client in clients:
            client.socket.send_multipart([b"subscribe", b'{"class":"fleet"}'])
        wait(lambda: soc.refused("too-many") >= 14, what="the others to be refused")
        assert sum(client.receive(0.5) is not None for client in clients) == 16
        with Client(other) as client:
            assert client.subscribe(**{"class": "fleet"})[0] == b"granted"
        held_before = descriptors(soc)
        assert soc.vedette("subscriber", "revoke", "many").returncode == 0
        wait(lambda: descriptors(soc) <= held_before - 16, what="its connections to be ended")


if __name__ == "__main__":
    main()
