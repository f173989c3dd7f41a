#!/usr/bin/env python3
"""Subscribers from outside: what each may read, that it misses nothing, and that its end is its end."""
import json
import pathlib
import signal
import stat
import struct
import subprocess
import sys
import time

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, ROOT, Stream, fields, free_ports, main, test, wait
from soc_rig import Client, Soc, sequences

PYTHON = "/usr/bin/python3"
REFUSED, USAGE, UNREACHABLE, BAD_FILE = 1, 2, 3, 4


@test("a subscriber needs its file and nothing else; the server never had its secret key")
def _():
    with Soc() as soc:
        path = soc.add("soc", "--class", "fleet", "--class", "alert", "--sev", "4", "--tenant", "acme")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        held = json.loads(path.read_text())
        assert held["protocol"] == "resume/1" and held["live"] == f"tcp://localhost:{soc.base}"
        assert held["classes"] == ["fleet", "alert"] and held["tenant"] == "acme"
        stream = soc.stream(path, "--from", 0)
        soc.once("emit", "ingest", 3, 1)
        wait(lambda: sequences(stream) == [0, 1, 2])
        assert soc.vedette("subscriber", "add", "other", "--out", path).returncode == REFUSED, "it overwrites nothing"
        assert json.loads(path.read_text()) == held
        asked = [event for event in soc.stored("ops") if event["type"] == "vedette.operation.requested.v1"]
        assert [fields(event)["call"] for event in asked] == ["subscriber.add"]
        assert held["public_key"] in json.dumps(asked) and held["secret_key"] not in json.dumps(asked)
        assert held["secret_key"].encode() not in (soc.state / "audit/audit.db").read_bytes()
        assert stream.close() == 0, "SIGTERM is a good end"


@test("the public address of the server is what its settings say")
def _():
    with Soc(["common.public_name = vedette.example", "common.soc_replay_public = tcp://[2001:db8::1]:443"]) as soc:
        held = json.loads(soc.add("soc", "--class", "ops").read_text())
        assert held["live"] == f"tcp://vedette.example:{soc.base}" and held["replay"] == "tcp://[2001:db8::1]:443"


@test("a wish within the grant is granted, a wider one is refused and told what is granted")
def _():
    with Soc() as soc:
        late, offline = "vedette.agent.late.v1", "vedette.agent.offline.v1"
        path = soc.add("soc", "--class", "fleet", "--sev", 3, "--tenant", "acme", "--type", late, "--type", "agent.offline")
        with Client(path) as client:
            granted = {"tenant": "acme", "sev": 3, "type": [late, offline]}
            assert client.subscribe(**{"class": "fleet"} | granted)[0] == b"granted"
            assert client.subscribe(**{"class": "fleet", "tenant": "acme", "sev": 1, "type": late})[0] == b"granted"
            for wider in ({"class": "ops"}, {"tenant": "other"}, {"sev": 4}, {"type": "vedette.agent.online.v1"},
                          {"type": [late, "vedette.agent.online.v1"]}):
                kind, code, reason = client.subscribe(**{"class": "fleet"} | granted | wider)
                assert (kind, code) == (b"refused", b"no-permission"), wider
                assert b"granted: class fleet, tenant acme, severity 1 to 3, types " + late.encode() in reason
            for missing in ("tenant", "sev", "type"):
                wish = {"class": "fleet"} | granted
                del wish[missing]
                assert client.subscribe(**wish)[1] == b"no-permission", f"no {missing} means all"
        done = soc.try_stream(path, "--class", "ops")
        assert done.returncode == REFUSED and "granted: class fleet, tenant acme" in done.stderr
        # Without options the reference client asks for just what the file grants.
        stream = soc.stream(path, "--from", 0)
        data = {"agent": 7, "since": "2026-01-01T00:00:00Z", "last_seen": "2026-01-01T00:00:00Z"}
        soc.once("say", "ingest", "agent.late", "acme", json.dumps(data))
        for tenant in ("other", "acme"):
            soc.once("say", "ingest", "agent.offline", tenant, json.dumps(data))
        wait(lambda: stream.types() == ["agent.offline"], what="what the grant lets through: severity 3 and graver")


@test("a filter is its subscriber's own: another's request for it is refused, and hears nothing")
def _():
    with Soc() as soc:
        one, two = soc.add("one", "--class", "ops"), soc.add("two", "--class", "ops")
        with Client(one) as owner, Client(two) as thief:
            identity = owner.subscribe(**{"class": "ops"})[1]
            assert thief.ask(b"replay", identity, bytes(8), struct.pack(">I", 10))[:2] == [b"refused", b"unknown-filter"]
            assert thief.subscribe(**{"class": "ops"})[1] != identity
            with Client(two, zmq.SUB) as deaf, Client(one, zmq.SUB) as hears:
                for client in (deaf, hears):
                    client.socket.subscribe(b"f" + identity + b".")
                assert hears.receive() and hears.receive() and not deaf.receive(0)


@test("a subscriber's key opens none of the services' own sockets")
def _():
    settings = ["bus.audit = tcp://127.0.0.1:%d"]
    port = free_ports(1)
    with Soc([settings[0] % port]) as soc:
        path = soc.add("soc", "--class", "ops")
        with Client(path) as client:
            assert client.subscribe(**{"class": "ops"})[0] == b"granted"
        with Client(path, endpoint=f"tcp://127.0.0.1:{port}") as client:
            client.socket.send_multipart([b"events", b"\x01" + bytes(16)])
            wait(lambda: soc.refused("unknown-key") > 0, what="the refusal to be counted")
            assert client.receive(0.2) is None


@test("revoked: silent at once on its live connections, refused, and unknown from then on; others notice nothing")
def _():
    with Soc() as soc:
        one, two = soc.add("one", "--class", "fleet"), soc.add("two", "--class", "fleet")
        first, second = soc.stream(one, "--from", 0), soc.stream(two, "--from", 0)
        soc.once("emit", "ingest", 2, 1)
        wait(lambda: sequences(first) == sequences(second) == [0, 1])
        with Client(one) as client, Client(one, zmq.SUB) as live:
            identity = client.subscribe(**{"class": "fleet"})[1]
            live.socket.subscribe(b"f" + identity + b".")
            assert live.receive()
            assert soc.vedette("subscriber", "revoke", "one").returncode == 0
            # Its connections are ended some seconds later; until then it is told why.
            for frames in ([b"subscribe", b'{"class":"fleet"}'], [b"replay", identity, bytes(8), struct.pack(">I", 9)],
                           [b"cursor", identity, bytes(8)]):
                assert client.ask(*frames)[:2] == [b"refused", b"revoked"]
            soc.once("emit", "ingest", 3, 3)
            heard = []
            while frames := live.receive(1.5):
                heard.append(frames)
            assert heard[-1] == [b"f" + identity + b".revoked"]
            assert not any(b"agent/3" in frames[-1] for frames in heard)
        assert first.process.wait(20) == REFUSED and sequences(first) == [0, 1]
        wait(lambda: sequences(second) == [0, 1, 2, 3, 4])
        done = soc.try_stream(one)
        assert done.returncode == REFUSED and "key-refused" in done.stderr
        assert soc.vedette("subscriber", "revoke", "one").returncode == REFUSED, "there is no such any more"
        soc.kill_audit()
        soc.start_audit()
        assert soc.try_stream(one).returncode == REFUSED, "after a restart, too"
        assert soc.row("one")["revoked"] and not soc.row("two")["revoked"]


@test("where a subscriber is, is remembered: --resume goes on there, also after kill -9 of audit; lag and last contact are seen")
def _():
    with Soc() as soc:
        soc.once("emit", "ingest", 5, 1)
        path = soc.add("soc", "--class", "fleet")
        soc.once("emit", "ingest", 4, 6)
        assert soc.row("soc")["lag"] == 4 and soc.row("soc")["last_contact"] is None, "since it was added"
        stream = soc.stream(path, "--resume")
        wait(lambda: sequences(stream) == [5, 6, 7, 8])
        assert stream.close() == 0
        wait(lambda: soc.row("soc")["lag"] == 0 and soc.row("soc")["last_contact"])
        assert soc.row("soc")["cursors"] == "fleet=9"
        wait(lambda: soc.metric('subscriber_lag{subscriber="soc"}') == 0)
        time.sleep(6)   # audit writes what it was told every 5 s, and nothing shows that it did
        soc.kill_audit()
        soc.start_audit()
        soc.once("emit", "ingest", 2, 10)
        assert soc.row("soc")["lag"] == 2
        wait(lambda: soc.metric('subscriber_lag{subscriber="soc"}') == 2)
        assert soc.metric('subscriber_silent_seconds{subscriber="soc"}') < 60
        again = soc.stream(path, "--resume")
        wait(lambda: sequences(again) == [9, 10])
        # Who names a sequence gets it.
        other = soc.stream(path, "--from", 3)
        wait(lambda: sequences(other) == list(range(3, 11)))


@test("the cursor moves over what a filter does not match; one that lies in the future is not believed")
def _():
    with Soc() as soc:
        path = soc.add("soc", "--class", "fleet", "--sev", "1")
        stream = soc.stream(path, "--resume")
        soc.once("emit", "ingest", 7, 1)
        wait(lambda: soc.row("soc")["cursors"] == "fleet=7", what="the heartbeat to carry it there")
        stream.close()
        assert sequences(stream) == []
        with Client(path) as client:
            kind, identity, size, cursor = client.subscribe(**{"class": "fleet", "sev": 1})
            assert kind == b"granted" and size == cursor == struct.pack(">Q", 7)
            client.socket.send_multipart([b"cursor", identity, struct.pack(">Q", 100)])
            client.socket.send_multipart([b"cursor", identity, struct.pack(">Q", 2)])
            assert client.subscribe(**{"class": "fleet", "sev": 1})[3] == struct.pack(">Q", 2)


@test("a stream survives kills of audit and goes on without a gap; it ends with a meaning")
def _():
    with Soc() as soc:
        path = soc.add("soc", "--class", "fleet")
        stream = soc.stream(path, "--from", 0)
        for round in range(3):
            soc.once("emit", "ingest", 100, 1 + 100 * round)
            soc.kill_audit()
            soc.start_audit()
        wait(lambda: sequences(stream) == list(range(300)))
        soc.kill_audit()
        done = soc.try_stream(path, "--timeout", "1s")
        assert done.returncode == UNREACHABLE and "was not reached" in done.stderr
        assert stream.process.poll() is None
        stream.process.send_signal(signal.SIGINT)
        assert stream.process.wait(5) == 0
        held = json.loads(path.read_text())
        for name, text in {"broken": "{", "other": json.dumps(held | {"protocol": "resume/2"}), "empty": "",
                           "keys": json.dumps(held | {"public_key": held["server_key"]})}.items():
            bad = soc.state / name
            bad.write_text(text)
            bad.chmod(0o600)
            assert soc.try_stream(bad).returncode == BAD_FILE, name
        path.chmod(0o644)
        assert soc.try_stream(path).returncode == BAD_FILE, "others may read the secret key"
        path.chmod(0o600)
        assert soc.try_stream(path, "--sev", "9").returncode == USAGE
        assert soc.try_stream("/nowhere").returncode == BAD_FILE


@test("a reader that goes away ends the stream, and what it did not take is not counted as dealt with")
def _():
    with Soc() as soc:
        path = soc.add("soc", "--class", "fleet")
        stream = subprocess.Popen([str(BUILD / "vedette"), "stream", "--json", "--subscriber", str(path), "--resume"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        soc.once("emit", "ingest", 1, 1)
        assert stream.stdout.readline()
        stream.stdout.close()
        soc.once("emit", "ingest", 2, 2)
        assert stream.wait(10) != 0
        again = soc.stream(path, "--resume")
        wait(lambda: sequences(again)[-2:] == [1, 2])


EXAMPLE = ROOT / "deploy/examples/subscribe.py"


@test("the example in Python: at most 80 lines, across kills of audit and a gap, and told when it is revoked")
def _():
    assert len(EXAMPLE.read_text().splitlines()) <= 80
    with Soc() as soc:
        path = soc.add("example", "--class", "fleet", "--tenant", "acme", "--type", "agent.online")
        example = Stream([PYTHON, str(EXAMPLE), str(path), "fleet"])
        soc.streams.append(example)
        soc.once("emit", "ingest", 2500, 1)
        wait(lambda: sequences(example) == list(range(2500)), 30)
        wait(lambda: soc.row("example")["lag"] == 0, what="the cursor")
        soc.kill_audit()
        soc.start_audit()
        soc.once("emit", "ingest", 100, 2501)
        wait(lambda: sequences(example) == list(range(2600)), 30)
        # Stopped while more is published than its queues hold: what it finds then is a gap.
        example.process.send_signal(signal.SIGSTOP)
        soc.once("emit", "ingest", 30000, 2601, deadline_s=60)
        example.process.send_signal(signal.SIGCONT)
        wait(lambda: len(example.events) == 32600, 60, "all events")
        assert sequences(example) == list(range(32600))
        other = Stream([PYTHON, str(EXAMPLE), str(path), "fleet", "32590"])
        soc.streams.append(other)
        wait(lambda: sequences(other) == list(range(32590, 32600)))
        assert soc.vedette("subscriber", "revoke", "example").returncode == 0
        assert example.process.wait(10) == 1 and other.process.wait(10) == 1


if __name__ == "__main__":
    main()
