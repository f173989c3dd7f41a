#!/usr/bin/env python3
"""Webhooks to a server that fails in every way: nothing is lost, what comes twice says so."""
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import fields, main, test, wait
from outputs_rig import OutputsRig, free_port
from receivers import Webhook, chance, counted


def sequences(receiver, log_class="fleet"):
    return [int(one.rpartition("-")[2]) for one in receiver.ids() if one.startswith(log_class + "-")]


def begin(rig, trouble=lambda number: None, *options):
    receiver = Webhook(rig.state, free_port(), trouble).start()
    added = rig.add("hook", "webhook", f"https://127.0.0.1:{receiver.port}/events?from=vedette", *options)
    receiver.secret = added["webhook_secret"]
    return receiver


@test("every event arrives once, in order, signed by the key that was shown once")
def _():
    with OutputsRig() as rig:
        receiver = begin(rig)
        rig.emit(300)
        rig.wait_delivered("hook", lambda: sequences(receiver), 300)
        assert counted(sequences(receiver), 0, 300) == 0
        receiver.check_signatures()
        assert [fields(one)["agent"] for one in receiver.events() if one["id"].startswith("fleet-")][-1] == 300
        # The call that added it is in the log, its secret is not, nor is it in the database or in any log line.
        asked = next(one for one in rig.stored("ops") if fields(one).get("call") == "output.add")
        assert fields(asked)["arguments"]["output"] == "hook"
        for file in [*rig.state.rglob("*.db*"), *rig.state.rglob("*.log"), *rig.segments()]:
            assert receiver.secret.removeprefix("whsec_").encode() not in file.read_bytes(), file
        assert rig.stop_alert() == 0
        receiver.stop()


@test("a server that fails at random loses nothing; what it took without our hearing of it comes again under its id")
def _():
    with OutputsRig() as rig:
        receiver = begin(rig, chance(7, 500, 503, 429, 404, "reset", "lost", "slow", one_in=30))
        rig.emit(600)
        rig.wait_delivered("hook", lambda: sequences(receiver), 600, 120)
        repeats = counted(sequences(receiver), 0, 600)
        output = rig.output("hook")
        print(f"# {receiver.asked} requests, {output['failures']} failed, {repeats} repeats")
        assert output["failures"] >= 5 and 1 <= repeats <= receiver.asked - 600
        receiver.check_signatures()
        receiver.stop()


@test("audit gone: the alert comes directly, again until it is taken, once; and as an event of the log when audit is back")
def _():
    with OutputsRig(["alert.audit_silent_s=5"]) as rig:
        receiver = begin(rig, lambda number: None, "--class", "alert")
        rig.add("other", "webhook", f"https://127.0.0.1:{receiver.port}/other", "--class", "fleet")
        rig.audit.send_signal(signal.SIGSTOP)       # its sockets stay open: only the heartbeat tells
        wait(lambda: receiver.taken, 30, "the alert")
        page, = receiver.events()
        told = fields(page)
        assert page["id"] == f"page-{told['alert']}" and page["type"] == "vedette.alert.opened.v1" and page["sev"] == 1
        assert told["kind"] == "audit-silent" and page["subject"] == "service/audit"
        receiver.check_signatures()
        rig.audit.send_signal(signal.SIGCONT)
        wait(lambda: [one for one in receiver.events() if one["id"].startswith("alert-")
                      and one["type"] == "vedette.alert.resolved.v1"], 40, "audit's return")
        opened = [one for one in receiver.events() if one["type"] == "vedette.alert.opened.v1"]
        assert [fields(one)["alert"] for one in opened] == [told["alert"]] * 2
        receiver.stop()


@test("a server down and back, and kill -9 of alert in the midst: none missing, and a kill repeats little")
def _():
    with OutputsRig() as rig:
        receiver = begin(rig, lambda number: "slow" if number % 16 == 0 else None)
        kills = 0
        for round_ in range(4):
            rig.emit(250, 1 + 250 * round_)
            wait(lambda: len(receiver.taken) > 250 * round_ + 20, 30, "some of them")
            if round_ == 1:
                receiver.stop()
                wait(lambda: rig.output("hook")["failing_since"], 30, "the trouble to show")
                receiver.start()
            else:
                rig.stop_alert(signal.SIGKILL)
                kills += 1
                rig.start_alert()
        rig.wait_delivered("hook", lambda: sequences(receiver), 1000, 90)
        repeats = counted(sequences(receiver), 0, 1000)
        print(f"# {repeats} repeats, {kills} kills")
        # What one turn of alert's loop, slow as the disk may be, had not yet made durable.
        assert repeats <= 1 + 64 * kills
        receiver.stop()


@test("a dead receiver holds up neither another output nor itself when it is back; more than the queue waits in the log")
def _():
    with OutputsRig() as rig:
        dead = free_port()
        rig.add("dead", "webhook", f"https://127.0.0.1:{dead}/")
        receiver = begin(rig, lambda number: None, "--class", "fleet", "--sev", "4")
        rig.emit(10000)
        rig.wait_delivered("hook", lambda: sequences(receiver), 10000, 90)
        assert counted(sequences(receiver), 0, 10000) == 0
        output = rig.output("dead")
        assert output["lag"] >= 10000 and output["failing_since"] and output["delivered"] == 0, output
        assert "connect" in output["last_error"].lower(), output
        labelled = f'output_lag{{output="dead"}}'
        assert rig.metric(labelled, "alert") >= 10000 and rig.metric('output_failing{output="hook"}', "alert") == 0
        late = Webhook(rig.state, dead).start()
        rig.wait_delivered("dead", lambda: sequences(late), 10000, 120)
        assert counted(sequences(late), 0, 10000) == 0
        for one in (receiver, late):
            one.stop()


@test("failing for long is one event and an ill health, and so is its end")
def _():
    with OutputsRig(["alert.output_failing_s=5"]) as rig:
        receiver = Webhook(rig.state, free_port())
        rig.add("hook", "webhook", f"https://127.0.0.1:{receiver.port}/", "--class", "ops", "--class", "fleet")
        rig.emit(5)

        def told():
            return [one["type"].split(".")[2] for one in rig.stored("ops") if ".output." in one["type"]]
        wait(lambda: told() == ["failing"], 30, "output.failing")
        event = [one for one in rig.stored("ops") if ".output." in one["type"]][0]
        assert event["subject"] == "output/hook" and event["sev"] == 2 and fields(event)["reason"]
        rig.stop_alert(signal.SIGKILL)
        rig.start_alert()
        time_to_repeat = time.monotonic() + 8
        wait(lambda: time.monotonic() > time_to_repeat, 10)
        assert told() == ["failing"], told()
        receiver.start()
        wait(lambda: told() == ["failing", "recovered"], 40, "output.recovered")
        wait(lambda: [one["type"] for one in receiver.events() if ".output." in one["type"]] ==
             ["vedette.output.failing.v1", "vedette.output.recovered.v1"], 20, "its own trouble to arrive too")
        receiver.stop()


@test("a filter sends what it names, from the start if asked; enable and remove; a test message says what happened")
def _():
    with OutputsRig() as rig:
        for tenant in ("acme", "other", "acme"):
            rig.once("say", "ingest", "agent.online", tenant, json.dumps({"agent": 1, "since": "2026-01-01T00:00:00Z"}))
        rig.once("say", "ingest", "agent.cloned", "acme", json.dumps({"agent": 1}))
        receiver = begin(rig, lambda number: None, "--from-start", "--tenant", "acme", "--class", "fleet")
        clones = Webhook(rig.state, free_port()).start()
        rig.add("clones", "webhook", f"https://127.0.0.1:{clones.port}/", "--from-start", "--type", "agent.cloned", "--type", "vedette.agent.online.v1", "--tenant", "acme", "--sev", "2")
        wait(lambda: receiver.ids() == ["fleet-0", "fleet-2", "fleet-3"], 20, "the tenant's events")
        wait(lambda: clones.ids() == ["fleet-3"], 20, "the clone")
        rig.cli("output", "enable", "hook", "off")
        rig.emit(3)
        wait(lambda: rig.output("hook")["lag"] == 3)
        tested = rig.cli("output", "test", "clones")
        assert tested["ok"] and clones.ids()[1].startswith("test-"), tested
        rig.cli("output", "enable", "hook", "on")
        wait(lambda: receiver.ids()[3:] == ["fleet-4", "fleet-5", "fleet-6"], 20, "what waited")
        clones.stop()
        tested = rig.cli("output", "test", "clones")
        assert not tested["ok"] and "connect" in tested["reason"].lower(), tested
        rig.cli("output", "remove", "clones")
        assert [one["id"] for one in rig.cli("output", "list")] == ["hook"]
        receiver.stop()


@test("who is not the one of the certificate gets nothing; addresses of a cloud's secrets are refused")
def _():
    with OutputsRig() as rig:
        receiver = Webhook(rig.state, free_port(), lambda number: 302).start()
        port = receiver.port
        wait(lambda: rig.run_cli("output", "list").returncode == 0)
        # Trusted by nobody: the system knows no such CA. Another name: the certificate is for 127.0.0.1.
        rig.cli("output", "add", "stranger", "webhook", f"https://127.0.0.1:{port}/")
        rig.add("other-name", "webhook", f"https://127.0.0.2:{port}/")
        rig.add("redirected", "webhook", f"https://127.0.0.1:{port}/")
        for name in ("stranger", "other-name"):
            tested = rig.cli("output", "test", name)
            assert not tested["ok"] and "certificate" in tested["reason"].lower(), tested
        tested = rig.cli("output", "test", "redirected")
        assert not tested["ok"] and "302" in tested["reason"] and "redirect" in tested["reason"], tested
        assert receiver.taken == []
        for bad in ("https://169.254.169.254/latest", "https://[fe80::1]/", "http://example.org/", "https://u:p@host/",
                    "https://[::ffff:169.254.169.254]/"):
            done = rig.run_cli("output", "add", "bad", "webhook", bad)
            assert done.returncode == 1 and "destination" in done.stderr + done.stdout, (bad, done)
        receiver.stop()


main()
