#!/usr/bin/env python3
"""Watches of a real agent that stands alone: what it finds of real and made-up things, what it keeps, what it gives to be sealed."""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import free_ports, main, test, wait  # noqa: E402
from watching_rig import Endpoint, document  # noqa: E402


def every(**watch):
    return {"every_s": 5, **watch}


@test("every kind of watch finds what is there")
def _(here):
    plain, secure = here.web(), here.web(certificate=here.certificate(30))
    fresh = here.folder / "fresh"
    fresh.write_text("")
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=active; echo SubState=running')
    here.program("apt-get", 'echo "Inst a [1] (2 Debian:12/stable [amd64])"')
    here.program("smartctl", """echo '{"smart_status":{"passed":true},"ata_smart_attributes":{"table":[{"id":5,"raw":{"value":2}}]}}'; exit 4""")
    here.start(document(
        every(name="cpu", kind="cpu"), every(name="memory", kind="memory"), every(name="load", kind="load"),
        every(name="disk", kind="disk", path="/"), every(name="age", kind="age", path=str(fresh)),
        every(name="process", kind="process", process="vedette-agent"), every(name="unit", kind="unit", unit="x.service"),
        every(name="tcp", kind="tcp", host="127.0.0.1", port=plain),
        every(name="named", kind="tcp", host="localhost", port=plain),
        every(name="http", kind="http", url=f"http://127.0.0.1:{plain}/204"),
        every(name="ping", kind="ping", host="127.0.0.1"),
        every(name="certificate", kind="certificate", host="127.0.0.1", port=secure),
        every(name="file", kind="certificate", path=str(here.certificate(100))),
        every(name="updates", kind="updates"), every(name="smart", kind="smart", device="/dev/sda")))
    found = wait(lambda: len(here.standing()) == 15 and here.standing(), 15, "a report")
    assert not here.changes("cpu")
    assert all(row["level"] == "ok" for row in found.values()), found
    assert 0 <= found["cpu"]["value"] <= 100_000 and 0 < found["memory"]["value"] < 100_000
    assert 0 < found["disk"]["value"] <= 100_000
    assert found["age"]["value"] < 60_000
    assert found["process"]["value"] >= 1000
    assert found["updates"]["value"] == 1000 and found["smart"]["value"] == 2000
    assert 29_000 <= found["certificate"]["value"] <= 30_000, found["certificate"]
    assert 99_000 <= found["file"]["value"] <= 100_000, found["file"]
    assert "value" not in found["unit"]


@test("what is down, full, old, gone or broken is said so, with the reason")
def _(here):
    here.forget()
    web, nobody = here.web(), free_ports(1)
    old = here.folder / "old"
    old.write_text("")
    os.utime(old, (0, 0))
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=failed; echo SubState=failed')
    here.program("apt-get", 'echo "Inst a [1] (2 Debian-Security:12/stable-security [amd64])"')
    here.program("smartctl", """echo '{"smart_status":{"passed":false}}'""")
    here.start(document(
        every(name="memory", kind="memory", critical=0), every(name="disk", kind="disk", path="/nowhere/at/all"),
        every(name="age", kind="age", path=str(old), warning=60), every(name="process", kind="process", process="no-such-process"),
        every(name="unit", kind="unit", unit="x.service"), every(name="tcp", kind="tcp", host="127.0.0.1", port=nobody),
        every(name="http", kind="http", url=f"http://127.0.0.1:{web}/500"),
        every(name="other", kind="http", url=f"http://127.0.0.1:{web}/200", http_status=204),
        every(name="https", kind="http", url=f"https://127.0.0.1:{here.web(certificate=here.certificate(9))}/200"),
        every(name="certificate", kind="certificate", path=str(here.certificate(3)), warning=21, critical=7),
        every(name="updates", kind="updates"), every(name="smart", kind="smart", device="/dev/sda"),
        every(name="script", kind="script", argv=["/bin/true"])))
    reasons = {name: here.turned(name, level).get("reason", "") for name, level in
               [("memory", "critical"), ("disk", "critical"), ("age", "warning"), ("process", "critical"), ("unit", "critical"),
                ("tcp", "critical"), ("http", "critical"), ("other", "critical"), ("https", "critical"),
                ("certificate", "critical"), ("updates", "critical"), ("smart", "critical"),
                ("script", "unknown")]}   # nobody signed it here
    assert reasons["disk"] == "No such file or directory"
    assert reasons["unit"] == "the unit is failed (failed)"
    assert reasons["tcp"] == "Connection refused"
    assert reasons["http"] == "the answer has status 500"
    assert reasons["other"] == "the answer has status 200"
    assert "certificate verify failed" in reasons["https"], reasons["https"]
    assert reasons["process"] == "no process is called no-such-process"
    assert "for security" in reasons["updates"]


@test("a restart is no change, and what got well is told")
def _(here):
    here.end(signal.SIGKILL)
    before, reports = len(here.rows()), here.reports()
    here.start(*json.loads((here.state / "watches.json").read_text())["documents"])
    wait(lambda: here.reports() > reports, 15, "a report")
    assert here.standing()["tcp"]["level"] == "critical"
    again = [row["watch"] for row in here.rows()[before:] if row["report_row"] == "change"]
    assert not again, again
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=active; echo SubState=running')
    assert here.turned("unit", "ok")


@test("a program that hangs is ended, and the heart goes on")
def _(here):
    here.forget()
    here.program("systemctl", "sleep 1000 & sleep 1000")
    here.start(document(every(name="unit", kind="unit", unit="x.service"), every(name="cpu", kind="cpu", critical=0)))
    here.turned("cpu", "critical")
    reason = here.turned("unit", "unknown", deadline_s=20)["reason"]
    assert reason == "systemctl took too long and was ended", reason


@test("watches that cannot be read change nothing; none at all is told as well")
def _(here):
    here.forget()
    here.start(document(every(name="cpu", kind="cpu", critical=0)))
    here.turned("cpu", "critical")
    reports = here.reports()
    here.put("watches.json", '{"documents": [{}]}')
    here.process.send_signal(signal.SIGHUP)
    wait(lambda: any(line["event"] == "watch.cannot-read" for line in here.log()), 20, "the refusal")
    here.put("watches.json", '{"documents": []}')
    here.process.send_signal(signal.SIGHUP)
    wait(lambda: here.reports() > reports and not here.standing(), 20, "an empty report")


main(Endpoint)
