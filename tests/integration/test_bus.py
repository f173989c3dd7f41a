#!/usr/bin/env python3
"""The bus against those who may not, and calls: who may ask, what is logged first, what happens when somebody is away."""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from bus_rig import Rig, Stranger, events_endpoint
from harness import actor, fields, main, test, wait, within


def refused(rig, reason):
    return rig.metric(f'bus_refused_total{{reason="{reason}"}}')


def operations(rig):
    return [event for event in rig.stored("ops") if event["type"] == "vedette.operation.requested.v1"]


@test("an unknown key gets no connection and is counted")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("health", "cli", "audit")
        with Stranger(rig, zmq.DEALER, events_endpoint(rig), keys=zmq.curve_keypair()) as stranger:
            stranger.socket.send_multipart([b"events", b"\x01" + bytes(16)])
            wait(lambda: refused(rig, "unknown-key") > 0, what="the refusal to be counted")
            assert stranger.receive(0.2) is None


@test("SIGHUP reads bus.keys again: a key that was added may connect")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("health", "cli", "audit")
        public, secret = zmq.curve_keypair()
        with Stranger(rig, zmq.DEALER, rig.replay, keys=(public, secret)) as newcomer:
            newcomer.socket.send_multipart([b"subscribe", b'{"class":"ops"}'])
            wait(lambda: refused(rig, "unknown-key") > 0, what="the refusal to be counted")
            with open(rig.state / "bus.keys", "a") as table:
                table.write(f"cli {public.decode()}\n")
            rig.audit.send_signal(signal.SIGHUP)
            # ZeroMQ gives up on a server that refused its key: a client comes anew.
        with Stranger(rig, zmq.DEALER, rig.replay, keys=(public, secret)) as newcomer:
            newcomer.socket.send_multipart([b"subscribe", b'{"class":"ops"}'])
            assert newcomer.receive()[0] == b"granted"


@test("without CURVE, and with garbage instead of ZeroMQ, there is no answer and no harm")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("health", "cli", "audit")
        with Stranger(rig, zmq.DEALER, events_endpoint(rig)) as plain:
            plain.socket.send_multipart([b"events", b"\x01" + bytes(16)])
            assert plain.receive(0.5) is None
        for rubbish in (b"GET / HTTP/1.1\r\n\r\n", bytes(4096), b"\xff" * 4096):
            with socket.create_connection(("127.0.0.1", rig.base)) as link:
                link.sendall(rubbish)
        wait(lambda: refused(rig, "bad-handshake") > 0, what="the refusals to be counted")
        assert rig.once("health", "cli", "audit")[0].startswith("audit ok=1")


@test("another user of this machine cannot take the descriptors of a service")
def _():
    if os.geteuid():
        return
    with Rig(audit_prefix=["prlimit", "--nofile=256:256"]) as rig:
        rig.start_audit()
        rig.once("health", "cli", "audit")
        script = ("import os, socket, sys; os.setgid(65534); os.setuid(65534); os.chdir(sys.argv[1])\n"
                  "held = [socket.socket(socket.AF_UNIX) for _ in range(500)]\n"
                  "for one in held: one.connect('audit.sock')")
        subprocess.run([sys.executable, "-c", script, rig.state], check=True, timeout=60)
        rig.once("health", "cli", "audit")


@test("a role emits only what it may; an event with a bad field is refused for good; both are counted")
def _():
    with Rig() as rig:
        rig.start_audit()
        assert "no-permission" in rig.once("misuse", "ingest", "event")[0]
        assert "bad-field" in rig.once("misuse", "ingest", "shape")[0]
        assert refused(rig, "no-permission") == 1 and refused(rig, "malformed") == 1
        assert rig.once("emit", "ingest", 1, 1) == ["stored 1"], "the outbox is not blocked by them"
        assert len(rig.stored("fleet")) == 1 and not rig.stored("alert")


def batch(outbox, before, *sequences):
    """Events agent.online, of agents numbered like the sequences."""
    body = b"\x01" + struct.pack(">QQ", outbox, before)
    for sequence in sequences:
        text = json.dumps({"type": "agent.online", "time": "2026-01-01T00:00:00Z", "sev": 4,
                           "data": {"agent": sequence, "since": "2026-01-01T00:00:00Z"}}).encode()
        body += struct.pack(">QH", sequence, len(text)) + text
    return [b"events", body]


def answer(status, outbox, through):
    return [b"events", bytes([1, status]) + struct.pack(">QQ", outbox, through)]


@test("what is sent again is not stored again, also after a kill; what is missing is asked for")
def _():
    with Rig() as rig:
        rig.start_audit()
        def say(outbox, before, *sequences):
            with Stranger(rig, zmq.DEALER, events_endpoint(rig), role="ingest") as peer:
                peer.socket.send_multipart(batch(outbox, before, *sequences))
                return peer.receive()
        assert say(7, 0, 1, 2, 5) == answer(0, 7, 5)
        assert say(7, 0, 1, 2, 5) == answer(0, 7, 5)
        assert say(7, 0, 2, 5, 6) == answer(0, 7, 6)
        assert say(7, 9, 10) == answer(1, 7, 6), "9 never came"
        rig.kill_audit()
        rig.start_audit()
        assert say(7, 0) == answer(0, 7, 6), "only a question"
        assert say(7, 5, 6, 7) == answer(0, 7, 7)
        assert say(8, 3, 4) == answer(1, 8, 0), "an outbox that audit does not know begins with its oldest event"
        assert say(8, 0, 4) == answer(0, 8, 4)
        assert [fields(event)["agent"] for event in rig.stored("fleet")] == [1, 2, 5, 6, 7, 4]


@test("a producer speaks in its own name only: that is its key's, and nothing in an event changes it")
def _():
    with Rig() as rig:
        rig.start_audit()
        good = {"type": "agent.online", "time": "2026-01-01T00:00:00Z", "sev": 4,
                "data": {"agent": 1, "since": "2026-01-01T00:00:00Z"}}
        others = [{"source": "/vedette/portal"}, {"authid": "portal"}, {"id": "fleet-9"}, {"sequence": "9"}, {}]
        with Stranger(rig, zmq.DEALER, events_endpoint(rig), role="ingest") as peer:
            for number, more in enumerate(others, 1):
                text = json.dumps(good | more).encode()
                peer.socket.send_multipart([b"events", b"\x01" + struct.pack(">QQQH", 7, number - 1, number, len(text)) + text])
                kind, body = peer.receive()
                assert (b"unknown-field" in body) == bool(more), more
        event, = rig.stored("fleet")
        assert event["authid"] == "ingest" and event["source"] == "/vedette/ingest" and event["id"] == "fleet-0"


@test("malformed messages from a known key are dropped and counted")
def _():
    with Rig() as rig:
        rig.start_audit()
        bad = [[b"events"], [b"events", b""], [b"events", b"\x01" + bytes(15)], [b"nonsense", b"x"], [b"call", b""],
               [b"call", b"\x01" + bytes(10)], [b""] * 11, [b"x"] * 50,
               [b"events", b"\x01" + struct.pack(">QQQH", 7, 0, 1, 500) + b"{}"],
               [b"events", b"\x01" + struct.pack(">QQ", 7, 5) + struct.pack(">QH", 4, 2) + b"{}"]]
        with Stranger(rig, zmq.DEALER, events_endpoint(rig), role="ingest") as peer:
            for frames in bad:
                peer.socket.send_multipart(frames)
            wait(lambda: refused(rig, "malformed") == len(bad), what="all of them to be counted")
            # What is well-formed is answered, on the same connection.
            peer.socket.send_multipart(batch(7, 0, 1))
            assert peer.receive() == answer(0, 7, 1)
        with Stranger(rig, zmq.DEALER, rig.replay, role="cli") as peer:
            before = refused(rig, "malformed")
            bad = [[b"subscribe"], [b"subscribe", b"{}"], [b"subscribe", b'{"class":"fleet","x":1}'], [b"replay"],
                   [b"replay", b"0" * 16, bytes(8), bytes(3)], [b"replay", b"z" * 16, bytes(8), bytes(4)]]
            for frames in bad:
                peer.socket.send_multipart(frames)
            wait(lambda: refused(rig, "malformed") == before + len(bad), what="all of them to be counted")


@test("a class is read only by the roles that need it, and another's filter by nobody")
def _():
    with Rig() as rig:
        rig.start_audit()
        for role, name in (("backup", b"access"), ("scheduler", b"access")):
            with Stranger(rig, zmq.DEALER, rig.replay, role=role) as peer:
                peer.socket.send_multipart([b"subscribe", b'{"class":"%s"}' % name])
                assert peer.receive()[:2] == [b"refused", b"no-permission"]
        with Stranger(rig, zmq.DEALER, rig.replay, role="cli") as peer:
            peer.socket.send_multipart([b"subscribe", b'{"class":"access"}'])
            granted, identity, size, cursor = peer.receive()
            assert granted == b"granted" and size == bytes(8) and cursor == b"\xff" * 8, "a role has no cursor"
        with Stranger(rig, zmq.DEALER, rig.replay, role="portal") as thief:
            thief.socket.send_multipart([b"replay", identity, bytes(8), struct.pack(">I", 10)])
            assert thief.receive()[:2] == [b"refused", b"unknown-filter"]
        with Stranger(rig, zmq.SUB, rig.live, role="portal") as thief, Stranger(rig, zmq.SUB, rig.live, role="cli") as owner:
            for peer in (thief, owner):
                peer.socket.subscribe(b"f" + identity + b".")
            # The owner hears the heartbeat of each second; the thief, who asked first, hears nothing.
            assert owner.receive() == [b"f" + identity + b"." + bytes(16)]
            assert owner.receive() and thief.receive(0) is None


@test("no more subscribers than audit.subscribers_max; one that goes makes room for another")
def _():
    with Rig(["audit.subscribers_max = 3"]) as rig:
        rig.start_audit()
        rig.once("health", "cli", "audit")
        def asker():
            return Stranger(rig, zmq.DEALER, rig.replay, role="cli")
        def is_answered(peer, limit_s):
            peer.socket.send_multipart([b"subscribe", b'{"class":"ops"}'])
            return peer.receive(limit_s) is not None
        with asker() as one, asker() as two, asker() as three:
            assert is_answered(one, 5) and is_answered(two, 5) and is_answered(three, 5)
            with asker() as fourth:
                assert not is_answered(fourth, 1)
                assert refused(rig, "too-many") > 0
                three.socket.close()
                assert fourth.receive(10), "its question was waiting"


@test("a filter for one tenant, severity or type gives just that, live and replayed")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 3, 1)
        with Stranger(rig, zmq.DEALER, rig.replay, role="cli") as peer:
            def records(filter_text):
                peer.socket.send_multipart([b"subscribe", json.dumps(filter_text).encode()])
                identity = peer.receive()[1]
                peer.socket.send_multipart([b"replay", identity, bytes(8), struct.pack(">I", 100)])
                kind, same, size, after, body = peer.receive()
                assert (kind, same, size, after) == (b"records", identity, struct.pack(">Q", 3), struct.pack(">Q", 3))
                return body.count(b'"specversion"')
            assert records({"class": "fleet", "tenant": "acme"}) == 3
            assert records({"class": "fleet", "tenant": "other"}) == 0
            assert records({"class": "fleet", "sev": 3}) == 0
            assert records({"class": "fleet", "type": "vedette.agent.online.v1"}) == 3
            assert records({"class": "fleet", "type": "vedette.agent.late.v1"}) == 0


@test("an operation is in the log before it is done, in its actor's name and without secrets")
def _():
    with Rig() as rig:
        rig.start_audit()
        service = rig.peer("serve")
        service.wait_line("serving")
        assert rig.once("rename", "portal", 17, "web-1", "user:alice") == ["ok"]
        assert service.wait_line("rename") == "rename 17 web-1 user:alice"
        event = operations(rig)[-1]
        assert event["subject"] == "agent/17" and event["authid"] == "ingest"
        assert event["data"]["actor"] == {"user": {"type": "user", "name": "alice"}}
        assert fields(event) == {"call": "agent.rename", "arguments": {"agent": 17, "name": "web-1"}, "via": "portal"}
        assert rig.once("rename", "cli", 17, "web-2", "-") == ["ok"]
        assert service.wait_line("rename 17 web-2 cli:")


@test("who may not ask is refused, and nothing is logged or done")
def _():
    with Rig() as rig:
        rig.start_audit()
        service = rig.peer("serve")
        service.wait_line("serving")
        assert rig.once("rename", "scheduler", 17, "web-1", "-") == ["no-permission"]
        assert rig.once("rename", "portal", 0, "web-1", "user:alice") == ["bad-field"]
        assert not operations(rig) and service.lines == ["serving"]


@test("with audit away an operation is refused within its time, and not done later either")
def _():
    with Rig() as rig:
        service = rig.peer("serve")
        service.wait_line("serving")
        began = time.monotonic()
        assert rig.once("rename", "portal", 17, "web-1", "user:alice") == ["log-unavailable"]
        assert time.monotonic() - began > 4 and within(began, 8)
        rig.start_audit()
        assert len(wait(lambda: operations(rig), what="the request in the log")) == 1
        assert service.lines == ["serving"]


@test("who is away does not answer; who comes back is found, and asked nothing that was given up")
def _():
    with Rig() as rig:
        rig.start_audit()
        assert rig.once("health", "cli", "scheduler")[0].startswith("problem no-answer")
        caller = rig.peer("rename", "portal", 17, "web-1", "user:alice")
        time.sleep(0.3)  # the caller waits; nothing tells that it does
        service = rig.peer("serve")
        caller.wait_line("ok")
        service.kill()
        assert rig.once("rename", "portal", 17, "web-2", "user:alice", deadline_s=20) == ["no-answer"]
        again = rig.peer("serve")
        again.wait_line("serving")
        assert rig.once("rename", "portal", 17, "web-3", "user:alice") == ["ok"]
        assert [line for line in again.lines if "web-2" in line] == []


@test("a subscriber that is stopped for a while blocks nobody and misses nothing")
def _():
    with Rig() as rig:
        rig.start_audit()
        listener = rig.peer("listen", "cli", "fleet", 0)
        listener.wait_line("caught-up")
        listener.process.send_signal(signal.SIGSTOP)
        rig.once("emit", "ingest", 40000, 1, deadline_s=60)
        listener.process.send_signal(signal.SIGCONT)
        # By the line: to parse them all each time would be most of the test.
        wait(lambda: sum(line.startswith("{") for line in list(listener.lines)) == 40000, 60, "all events")
        assert [int(event["sequence"]) for event in listener.events()] == list(range(40000))


@test("a service that has only audit beside it joins, answers health, and says good-bye in the log")
def _():
    name = "alert"
    with Rig() as rig:
        rig.start_audit()
        service = rig.start(name)
        wait(lambda: rig.once("health", "cli", name)[0].startswith(f"{name} ok=1"), what="health")
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
        said = ["vedette.service.started.v1", "vedette.key.changed.v1", "vedette.service.stopped.v1"]
        types = [event["type"] for event in rig.stored("ops") if event["authid"] == name]
        assert types in (said, said[:-1]), types    # audit may be slow: then its last word waits in its outbox
        # With audit away it ends all the same, and its last word follows later.
        rig.kill_audit()
        service = rig.start(name)
        wait(lambda: rig.once("health", "cli", name)[0].startswith(f"{name} ok="), what="health")
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
        rig.start_audit()
        rig.start(name)
        wait(lambda: [event["type"] for event in rig.stored("ops") if event["authid"] == name][:3] == said and
             len([event for event in rig.stored("ops") if event["authid"] == name]) >= 6, what="all it said")


@test("refusals are told in the log, together")
def _():
    with Rig() as rig:
        rig.start_audit()
        for _ in range(3):
            rig.once("misuse", "ingest", "event")
        rig.kill_audit(signal.SIGTERM)
        rig.start_audit()
        told = [fields(event) for event in rig.stored("ops") if event["type"] == "vedette.bus.refused.v1"]
        assert told == [{"code": "no-permission", "count": 3}]


if __name__ == "__main__":
    main()
