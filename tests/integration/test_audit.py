#!/usr/bin/env python3
"""The log as its users meet it: durable, in order, exactly once, through kills, damage and a full disk."""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from bus_rig import Rig, Stranger, events_endpoint
from harness import BUILD, fields, main, own_mounts, test, wait, within
from log_check import verify, verify_note, verify_receipt

KILLS = 20


def agents(events):
    return [fields(event)["agent"] for event in events]


def sequences(events):
    return [int(event["sequence"]) for event in events]


def acknowledged(lines):
    return [int(line.split()[1]) for line in lines if line.startswith("stored")]


@test("an event is stored as CloudEvents with OCSF data, and published as stored")
def _():
    with Rig() as rig:
        rig.start_audit()
        listener = rig.peer("listen", "portal", "fleet", "now")
        listener.wait_line("caught-up")
        assert rig.once("emit", "ingest", 2, 7) == ["stored 7", "stored 8"]
        # Sooner than a subscriber that hears nothing would ask by itself.
        event = wait(lambda: listener.events()[1], 1)
        assert event == rig.stored("fleet")[1]
        assert event["id"] == "fleet-1" and event["sequence"] == "00000000000000000001"
        assert event["type"] == "vedette.agent.online.v1" and event["subject"] == "agent/8"
        assert event["specversion"] == "1.0" and event["authid"] == "ingest" and event["tenant"] == "acme"
        data = event["data"]
        assert (data["class_uid"], data["category_uid"], data["type_uid"]) == (5001, 5, 500102)
        assert data["severity_id"] == 2 and fields(event) == {"agent": 8, "since": "2023-11-14T22:13:20.000Z"}


@test(f"{KILLS} kills of audit under load: each acknowledged event is there once, in order, and every subscriber sees it once")
def _():
    random.seed(2)
    with Rig(settings=["audit.segment_bytes = 1048576"]) as rig:
        rig.start_audit()
        listener = rig.peer("listen", "cli", "fleet", 0)
        late = rig.peer("listen", "alert", "fleet", 0)
        producer = rig.peer("pace", "ingest", 2, 1)     # else a slow machine has the more to compare in the end
        for number in range(KILLS):
            before = len(producer.lines)
            wait(lambda: len(producer.lines) > before + 50, what="acknowledgements")
            late.kill()
            wait(lambda: len(producer.lines) > before + random.randrange(100, 2000), what="acknowledgements")
            rig.kill_audit()
            if number % 4 == 0:
                verify(rig.state / "log/fleet")  # whatever the kill interrupted
            rig.start_audit()
            late = rig.peer("listen", "alert", "fleet", len(late.events()))
        producer.kill()
        acked = acknowledged(producer.lines)
        stored = rig.stored("fleet")
        assert acked == list(range(1, len(acked) + 1)), "acknowledged in order"
        assert len(stored) >= len(acked)
        assert agents(stored) == list(range(1, len(stored) + 1)), "stored once, in order"
        assert sequences(stored) == list(range(len(stored)))
        wait(lambda: len(listener.events()) >= len(stored), what="the subscriber to have it all")
        assert listener.events() == stored
        assert len(rig.segments()) > 1
        # Stopped cleanly, all of it is posted: the trees hold what was stored, entry for entry.
        assert rig.kill_audit(signal.SIGTERM) == 0
        assert [json.loads(entry) for entry in verify(rig.state / "log/fleet")] == stored
        for name in ("ops", "access", "alert"):
            verify(rig.state / "log" / name)


@test("whoever reads the log's directory while events pour in finds a tree that verifies, and never a smaller one")
def _():
    with Rig(settings=["audit.segment_bytes = 1048576"]) as rig:
        rig.start_audit()
        wait(lambda: (rig.state / "checkpoints/fleet").exists(), what="the first checkpoint")
        sizes = [0]
        rig.peer("emit", "ingest", 20000, 1)
        while sizes[-1] < 20000:
            kept = (rig.state / "checkpoints/fleet").read_bytes()
            sizes.append(len(verify(rig.state / "log/fleet", kept)))
            sizes.append(len(verify(rig.state / "log/fleet")))
        assert sizes == sorted(sizes)
        # What is posted leaves the journal, but for its two newest segments; who replays does not notice.
        wait(lambda: len(rig.segments()) == 2, what="the journal to be short again")
        assert rig.segments()[0].name > "00000001.segment"
        assert agents(rig.stored("fleet")) == list(range(1, 20001))


@test("what a killed producer had emitted is stored once audit is there")
def _():
    with Rig() as rig:
        producer = rig.peer("emit", "ingest", 0, 1)
        outbox = rig.state / "ingest/outbox"
        wait(lambda: b"agent/300" in outbox.read_bytes(), what="events in the outbox")
        producer.kill()
        assert not acknowledged(producer.lines)
        rig.start_audit()
        follower = rig.peer("emit", "ingest", 1, 1000000)
        follower.wait_line("stored 1000000")
        found = agents(rig.stored("fleet"))
        assert found[-1] == 1000000 and len(found) > 300
        assert found[:-1] == list(range(1, len(found)))


@test("a lost outbox begins anew: its events are no duplicates of the old one's")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 5, 1)
        (rig.state / "ingest/outbox").unlink()
        rig.once("emit", "ingest", 5, 6)
        assert agents(rig.stored("fleet")) == list(range(1, 11))


@test("a torn tail is cut at start; damage in front of whole frames is refused")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 5, 1)
        rig.once("emit", "ingest", 1, 6)
        rig.kill_audit()
        segment = rig.segments()[-1]
        content = segment.read_bytes()
        last = content.rindex(b"VDF2")
        # A commit of which only the first half reached the disk.
        torn = bytearray(content)
        torn[last + 100:] = bytes(len(content) - last - 100)
        segment.write_bytes(torn)
        rig.start_audit()
        rig.once("emit", "ingest", 1, 7)
        assert "journal.tail-cut" in [line["event"] for line in rig.log()]
        assert agents(rig.stored("fleet")) == [1, 2, 3, 4, 5, 7]
        rig.kill_audit()
        content = bytearray(segment.read_bytes())
        content[content.index(b"agent/1")] ^= 1
        segment.write_bytes(content)
        rig.start_audit()
        wait(lambda: rig.audit.poll() is not None, what="audit to end")
        assert rig.log()[-1]["code"] == "journal-damaged"


def start_on_small_disk(rig, size):
    """Audit with a file system of its own, in a mount namespace that ends with it; its folder as seen from here."""
    script = f'mount -t tmpfs -o size={size},mode=0700 tmpfs "$0/audit" && cp -p "$0"/keys/* "$0/audit" && exec "$@"'
    space = own_mounts() if os.geteuid() == 0 else ["unshare", "-rm"]
    (rig.state / "audit").rename(rig.state / "keys")
    (rig.state / "audit").mkdir()
    rig.audit_prefix = [*space, "sh", "-c", script, str(rig.state)]
    rig.start_audit()
    rig.once("emit", "ingest", 3, 1)
    return pathlib.Path(f"/proc/{rig.audit.pid}/root{rig.state}/audit")


def asked_for(call):
    return "operation.requested", "-", json.dumps({"call": call, "arguments": {}, "via": "portal"})


@test("a full disk: warned of, refused in time, over by itself, nothing lost; ops goes on but for operations, stopping does")
def _():
    settings = ["audit.segment_bytes = 1048576", "audit.disk_low_bytes = 12000000", "audit.disk_stop_bytes = 6000000"]
    with Rig(settings) as rig:
        inside = start_on_small_disk(rig, "24m")
        assert rig.once("health", "cli", "audit")[0].startswith("audit ok=1")
        (inside / "ballast").write_bytes(bytes(13 << 20))
        wait(lambda: rig.stored("ops")[-1]["type"] == "vedette.disk.low.v1", what="the warning in the log")
        (inside / "ballast2").write_bytes(bytes(5 << 20))
        wait(lambda: rig.once("health", "cli", "audit")[0].startswith("audit ok=0"), what="audit to say that it is ill")
        wait(lambda: "disk.full" in [line["event"] for line in rig.log()], what="the log line")
        producer = rig.peer("emit", "ingest", 50, 4)
        started = json.dumps({"service": "portal", "version": "1"})
        assert rig.once("say", "portal", "service.started", "-", started) == ["stored"]
        assert rig.once("say", "portal", *asked_for("tenant.add")) == ["the log's disk is full"]
        assert rig.once("say", "portal", *asked_for("apitoken.revoke")) == ["stored"]
        time.sleep(1)  # nothing must happen: there is nothing to wait for
        assert not producer.lines
        (inside / "ballast").unlink()
        (inside / "ballast2").unlink()
        producer.wait_line("stored 53")
        assert agents(rig.stored("fleet")) == list(range(1, 54))
        wait(lambda: rig.once("health", "cli", "audit")[0].startswith("audit ok=1"), what="audit to be well")


def ops_batch(outbox, first, count):
    body = b"\x01" + struct.pack(">QQ", outbox, 0)
    for number in range(first, first + count):
        text = json.dumps({"type": "service.started", "time": "2026-01-01T00:00:00Z", "sev": 4,
                           "data": {"service": "ingest", "version": str(number)}}).encode()
        body += struct.pack(">QH", number, len(text)) + text
    return [b"events", body]


@test("not one byte free: other classes stop before the reserve, ops has all of it, then waits too; room again: all goes on")
def _():
    with Rig(["audit.segment_bytes = 1048576", "audit.disk_low_bytes = 0", "audit.disk_stop_bytes = 0"]) as rig:
        inside = start_on_small_disk(rig, "8m")
        with open(inside / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        producer = rig.peer("emit", "ingest", 10000, 4)
        lines = [0, 0, 1]

        def stopped():
            lines.append(len(producer.lines))
            return lines[-1] == lines[-4] > 0 and lines[-1]
        fleet = wait(stopped, 20, "the producer to be held back", every_s=0.6)
        with Stranger(rig, zmq.DEALER, events_endpoint(rig), role="portal") as portal:
            def hand_over(first):
                portal.socket.send_multipart(ops_batch(7, first, 1000))
                status, through = 0, 0
                while status != 2 and through < first + 999:    # an answer for each commit that it takes
                    status, _, through = struct.unpack(">BQQ", portal.receive()[1][1:18])
                return status, through
            status, through = hand_over(1)
            assert status == 2 and through >= 80, f"ops had room for {through} entries"
            print(f"# after {fleet} of fleet ops had room for {through} entries more, a reserve of 64 KiB")
            assert hand_over(through + 1) == (2, through)
            assert len(producer.lines) == fleet
            (inside / "ballast").unlink()
            assert wait(lambda: hand_over(through + 1)[1], 20) >= 1000
        producer.wait_line("stored 10003")
        assert agents(rig.stored("fleet")) == list(range(1, 10004))
        started = [fields(one)["version"] for one in rig.stored("ops") if one["authid"] == "portal"]
        assert started == [str(number) for number in range(1, len(started) + 1)]


@test("over its quota a producer waits, and is told of; other classes and producers do not")
def _():
    with Rig(["ingest.agents_max = 1024", "audit.agent_burst_bytes = 1024", "audit.agent_hour_bytes = 1048576"]) as rig:
        rig.start_audit()
        producer = rig.peer("emit", "ingest", 4000, 1)
        wait(lambda: rig.metric('over_quota_total{service="ingest",class="fleet"}'), 20, "the producer to be held back")
        wait(lambda: len(producer.lines) > 1000, what="the burst, 1 MiB, to be taken")
        assert len(producer.lines) < 3500
        began = time.monotonic()
        assert rig.once("say", "portal", *asked_for("tenant.add")) == ["stored"]
        took = []
        with Stranger(rig, zmq.DEALER, events_endpoint(rig), role="ingest") as ingest:
            for number in range(1, 101):
                asked = time.monotonic()
                ingest.socket.send_multipart(ops_batch(9, number, 1))
                assert struct.unpack(">BQQ", ingest.receive()[1][1:18]) == (0, 9, number)
                took.append((time.monotonic() - asked) * 1000)
        print(f"# ops beside a fleet held back: median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms")
        assert within(began, 5)
        producer.wait_line("stored 4000")       # at 300 kB a second
        assert agents(rig.stored("fleet")) == list(range(1, 4001))
        assert rig.kill_audit(signal.SIGTERM) == 0
        rig.start_audit()
        told = [fields(one) for one in rig.stored("ops") if one["type"] == "vedette.quota.exceeded.v1"]
        assert told == [{"service": "ingest", "class": "fleet"}], told


@test("SIGTERM: the last event is audit's own, and the status is 0")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 1, 1)
        assert rig.kill_audit(signal.SIGTERM) == 0
        rig.start_audit()
        types = [event["type"] for event in rig.stored("ops")]
        stopped = types.index("vedette.service.stopped.v1")
        assert types[0] == "vedette.service.started.v1" == types[stopped + 1], types


@test("a receipt for an entry that was acknowledged a moment ago, and for an old one; none for one that is not there")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 700, 1)
        vkey = (rig.state / "log/fleet/vkey").read_text()
        for sequence in (699, 0, 255, 256, 511):
            entry, *receipt = rig.once("prove", "fleet", sequence)
            assert verify_receipt("\n".join(receipt) + "\n", entry.encode(), vkey) == sequence
            assert json.loads(entry)["id"] == f"fleet-{sequence}" and len(json.loads(entry)["salt"]) == 32
        assert rig.once("prove", "fleet", 700) == ["problem not-found"]
        said, *checkpoint = rig.once("checkpoint", "fleet")
        assert said == vkey.strip() and verify_note(("\n".join(checkpoint) + "\n").encode(), vkey)[0] == 700
        salts = {event["salt"] for event in rig.stored("fleet")}
        assert len(salts) == 700


def copy_of(rig):
    """What a snapshot of the machine would bring back."""
    kept = rig.state / "then"
    for name in ("log", "audit/journal"):
        shutil.copytree(rig.state / name, kept / name)
    return kept


def set_back(rig, kept):
    for name in ("log", "audit/journal"):
        shutil.rmtree(rig.state / name)
        shutil.copytree(kept / name, rig.state / name)


def recover(rig, *words):
    return subprocess.run([BUILD / "vedette", "--state", rig.state, "audit", "recover", "--reason", "a test", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


@test("an older log put back is refused; after a recovery it goes on under a new origin, and the old tree stays")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 300, 1)
        rig.kill_audit(signal.SIGTERM)
        kept = copy_of(rig)
        rig.start_audit()
        rig.once("emit", "ingest", 100, 301)
        busy = recover(rig)
        assert busy.returncode == 1 and "audit is running" in busy.stderr
        rig.kill_audit(signal.SIGTERM)
        set_back(rig, kept)
        rig.start_audit()
        wait(lambda: rig.audit.poll() is not None, what="audit to end")
        said = rig.log()[-1]
        assert said["code"] == "log-set-back" and re.match(r"log/ops has \d+ entries", said["reason"]), said
        assert re.search(r"signed for \d+: see `vedette audit recover`", said["reason"])
        done = recover(rig)
        assert done.returncode == 0 and "log/fleet: had 400 entries as far as is known, has 300" in done.stdout, done
        rig.start_audit()
        rig.once("emit", "ingest", 50, 1001)
        found = agents(rig.stored("fleet"))
        assert found == [*range(1, 301), *range(1001, 1051)]
        rig.kill_audit(signal.SIGTERM)
        assert agents(map(json.loads, verify(rig.state / "log/fleet"))) == found
        assert (rig.state / "log/fleet/vkey").read_text().startswith("vedette/test/fleet/2+")
        assert len(verify(rig.state / "log/fleet.1")) == 300
        document = json.loads((rig.state / "log/fleet/succession.json").read_text())
        assert document["predecessor"]["origin"] == "vedette/test/fleet" and document["predecessor"]["size"] == 400
        assert (document["successor"]["origin"], document["successor"]["size"]) == ("vedette/test/fleet/2", 300)
        assert document["reason"] == "a test" and document["kept"]["root"] == document["successor"]["root"]
        # The others were set back too, to what they still were: nothing happened to those.
        assert not (rig.state / "log/access.1").exists()
        assert "Nothing to recover" in recover(rig).stdout


@test("a journal that is lost: refused, and begun anew at the trees' ends when somebody says so")
def _():
    with Rig() as rig:
        rig.start_audit()
        rig.once("emit", "ingest", 300, 1)
        rig.kill_audit(signal.SIGTERM)
        shutil.rmtree(rig.state / "audit/journal")
        rig.start_audit()
        wait(lambda: rig.audit.poll() is not None, what="audit to end")
        assert rig.log()[-1]["code"] == "log-damaged"
        assert recover(rig, "--without-journal").returncode == 0
        rig.start_audit()
        rig.once("emit", "ingest", 3, 301)
        assert agents(rig.stored("fleet")) == list(range(1, 304))
        rig.kill_audit(signal.SIGTERM)
        assert len(verify(rig.state / "log/fleet")) == 303


@test("with no room for tiles entries are still taken, and posted when there is room again")
def _():
    script = 'mount -t tmpfs -o size=1m tmpfs "$0/log" && exec "$@"'
    space = own_mounts() if os.geteuid() == 0 else ["unshare", "-rm"]
    with Rig() as rig:
        rig.audit_prefix = [*space, "sh", "-c", script, str(rig.state)]
        rig.start_audit()
        rig.once("emit", "ingest", 100, 1)
        inside = pathlib.Path(f"/proc/{rig.audit.pid}/root{rig.state}/log")
        wait(lambda: len(verify(inside / "fleet")) == 100, what="the first entries in the tree")
        (inside / "ballast").write_bytes(bytes(400 << 10))
        rig.once("emit", "ingest", 2000, 101)
        wait(lambda: "tiles.held-up" in [line["event"] for line in rig.log()], what="the log line")
        assert len(rig.stored("fleet")) == 2100
        assert len(verify(inside / "fleet")) >= 100
        (inside / "ballast").unlink()
        rig.kill_audit()  # the tmpfs, and with it the trees, end here: the journal has it all
        rig.audit_prefix = []
        shutil.rmtree(rig.state / "checkpoints")
        (rig.state / "checkpoints").mkdir()
        rig.start_audit()
        wait(lambda: (rig.state / "log/fleet/checkpoint").exists() and len(verify(rig.state / "log/fleet")) == 2100,
             what="the trees to be made anew")


@test("of operations nobody gets more than half of what a service may ask for; others do, and stopping is never refused")
def _():
    with Rig(["audit.ops_rate_bytes = 1024", "audit.ops_burst_bytes = 1048576"]) as rig:
        rig.start_audit()

        def ask(actor, call="agent.rename"):
            asked = {"call": call, "arguments": {"name": "x" * 15000}, "via": "portal"}
            return rig.once("request", "portal", actor, json.dumps(asked))[0]
        said = [ask("user:mallory") for _ in range(40)]
        taken = said.count("stored")
        assert said[:taken] == ["stored"] * taken and 524288 // 15200 <= taken <= 524288 // 15000 + 2, said
        assert all("no room for others" in one for one in said[taken:])
        assert ask("user:alice") == ask("user:mallory", "session.kill") == "stored"


if __name__ == "__main__":
    main()
