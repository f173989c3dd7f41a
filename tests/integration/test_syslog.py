#!/usr/bin/env python3
"""Syslog over TLS to the real rsyslog and syslog-ng: nothing is lost over their and our ends, repeats show by sequence."""
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test, wait
from outputs_rig import OutputsRig, free_port
from receivers import Rsyslog, RsyslogOpenssl, SyslogNg, counted


def begin(rig, kind, *options):
    collector = kind(rig.state, free_port()).start()
    rig.add("siem", "syslog", f"127.0.0.1:{collector.port}", *options)
    return collector


def arrives(kind):
    with OutputsRig() as rig:
        collector = begin(rig, kind)
        tested = rig.cli("output", "test", "siem")
        assert tested["ok"], tested
        rig.emit(2000)
        rig.wait_delivered("siem", collector.sequences, 2000)
        assert counted(collector.sequences(), 0, 2000) == 0
        first = next(line for line in collector.lines() if line.startswith("fleet 0 "))
        _, _, priority, msgid, body = first.split(None, 4)
        assert (priority, msgid) == ("133", "agent.online"), first
        assert json.loads(body)["id"] == "fleet-0", body
        assert any(line.startswith("test ") for line in collector.lines())
        assert rig.stop_alert() == 0
        collector.stop()


def survives(kind):
    with OutputsRig() as rig:
        collector = begin(rig, kind)
        emitted = 0

        def more(count):
            nonlocal emitted
            rig.emit(count, emitted + 1)
            emitted += count
        for number in (signal.SIGKILL, signal.SIGTERM):
            more(1500)
            wait(lambda: len(collector.sequences()) > emitted - 1400, 30, "some of them")
            collector.stop(number)
            more(1500)
            wait(lambda: rig.output("siem")["failing_since"], 30, "the trouble to show")
            collector.start()
            wait(lambda: collector.sequences()[-1] == emitted - 1, 60, "what it missed")
            more(1500)
            rig.stop_alert(signal.SIGKILL)
            more(500)
            rig.start_alert()
            wait(lambda: collector.sequences()[-1] == emitted - 1, 60, "what was left")
        rig.wait_delivered("siem", collector.sequences, emitted)
        repeats = counted(collector.sequences(), 0, emitted)
        print(f"# {emitted} events, {repeats} repeats")
        collector.stop()


def hangs(kind):
    """It stands still with its kernel taking what comes, for longer than a silent receiver is trusted, and is killed then."""
    with OutputsRig() as rig:
        collector = begin(rig, kind)
        rig.emit(100)
        wait(lambda: len(collector.sequences()) == 100)
        collector.process.send_signal(signal.SIGSTOP)
        rig.emit(100, 101)
        until = time.monotonic() + 5
        wait(lambda: time.monotonic() > until)
        collector.stop(signal.SIGKILL)
        collector.start()
        rig.wait_delivered("siem", collector.sequences, 200)
        counted(collector.sequences(), 0, 200)
        collector.stop()


@test("rsyslog over TLS gets every event once, and its own parser sees class, sequence, severity and type")
def _():
    arrives(Rsyslog)


@test("syslog-ng over TLS gets every event once, and its own parser sees class, sequence, severity and type")
def _():
    arrives(SyslogNg)


@test("rsyslog killed, stopped and back, alert killed: none missing, in order, and repeats show by their sequence")
def _():
    survives(Rsyslog)


@test("syslog-ng killed, stopped and back, alert killed: none missing, in order, and repeats show by their sequence")
def _():
    survives(SyslogNg)


@test("what a receiver's kernel took and its program never read is sent again, if its TLS answers: syslog-ng, rsyslog's ossl")
def _():
    hangs(SyslogNg)
    hangs(RsyslogOpenssl)


@test("bodies of CEF and LEEF arrive as they were written")
def _():
    with OutputsRig() as rig:
        cef = begin(rig, Rsyslog, "--format", "cef", "--class", "fleet")
        leef = SyslogNg(rig.state, free_port()).start()
        rig.add("leef", "syslog", f"127.0.0.1:{leef.port}", "--format", "leef", "--class", "fleet")
        rig.once("say", "ingest", "agent.renamed", "acme", json.dumps({"agent": 7, "name": "a=b|c\\d ]\"é"}))
        line = wait(lambda: cef.lines() and cef.lines()[0])
        assert "|agent.renamed|an operator renamed the agent|3|rt=" in line and " cs1Label=tenant cs1=acme" in line, line
        assert '"name":"a\\=b|c\\\\\\\\d ]\\\\"é"' in line, line
        line = wait(lambda: leef.lines() and leef.lines()[0])
        assert "LEEF:2.0|Vedette|Vedette|" in line and "\tname=a=b|c\\d ]\"é\t" in line + "\t", line
        for one in (cef, leef):
            one.stop()


main()
