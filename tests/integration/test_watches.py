#!/usr/bin/env python3
"""Watches through every process: signed, judged and sampled on a real agent, told to the log, alerts, trends."""
import contextlib
import json
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test, wait, within  # noqa: E402
from task_rig import Machine  # noqa: E402
from watch_rig import Estate  # noqa: E402


@test("signed watches are sampled, a script among them, and the server knows how they are")
def begin(estate):
    estate.sign({"name": "memory", "kind": "memory", "every_s": 5},
                {"name": "flag", "kind": "age", "path": str(estate.flag), "every_s": 5},
                {"name": "queue", "kind": "script", "argv": ["/bin/sh", "-c", "echo 12.5 in the queue; exit 1"], "user": "nobody",
                 "every_s": 5})
    assert estate.stands("flag", "ok")["watch_kind"] == "age"
    queue = estate.stands("queue", "warning")
    assert queue["value"] == 12500 and queue["reason"] == "in the queue", queue
    assert 0 < wait(lambda: estate.list()["memory"]["value"], 30, "a value") < 100_000
    wait(lambda: [one["watch"] for one in estate.told("watch.warning")] == ["queue"], 10, "watch.warning")


@test("what is down is an event and an alert within seconds, and ends with it")
def down(estate):
    estate.flag.unlink()
    assert estate.stands("flag", "critical")["reason"] == "No such file or directory"
    wait(lambda: ("watch-critical", "flag: No such file or directory", True) in estate.alerts(), 20, "the alert")
    estate.flag.write_text("")
    estate.stands("flag", "ok")
    wait(lambda: ("watch-critical", "flag: No such file or directory", False) in estate.alerts(), 10, "its end")
    assert [one["watch"] for one in estate.told("watch.critical")] == ["flag"]


@test("five-minute values come to the trend, in their places")
def trend(estate):
    estate.lived("memory", "memory", lambda slot: 40_000 + slot * 1000, 12)
    def known():
        found = [one for one in estate.trend("memory") if one["mean"] is not None]
        return len(found) >= 12 and found[:12]
    values = wait(known, 25, "twelve values")
    assert [one["mean"] for one in values] == [40_000 + slot * 1000 for slot in range(12, 0, -1)], values
    assert values[-1]["lowest"] == 40_000 and values[-1]["highest"] == 42_000
    folder = estate.vedette.state / f"scheduler/trend/{estate.machine.id}"
    assert {path.name for path in folder.glob("memory.*")} == {f"memory.{one}.rrd" for one in ("lowest", "mean", "highest")}


@test("a new version replaces the old: what it does not name is over, with its alert")
def replaced(estate):
    estate.sign({"name": "memory", "kind": "memory", "every_s": 5})
    wait(lambda: set(estate.list()) == {"memory"}, 25, "the others to be gone")
    wait(lambda: {one["watch"] for one in estate.told("watch.ended")} == {"flag", "queue"}, 10, "watch.ended")
    wait(lambda: not any(open for _, _, open in estate.alerts()), 10, "the end of all alerts")
    folder = estate.vedette.state / f"scheduler/trend/{estate.machine.id}"
    assert not [path.name for path in folder.glob("*") if not path.name.startswith("memory.")]


def flipping(rows):
    """A report of nothing but changes, as a stolen agent may make them up."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    known = {"time": now, "watch": "memory", "watch_kind": "memory"}
    levels = [("change", ("warning", "ok")[row % 2]) for row in range(rows)] + [("standing", "ok")]
    return "".join(json.dumps({"report_row": kind, "level": level} | known) + "\n" for kind, level in levels)


@test("an agent that flips its watches without end waits alone: what another says goes on, and nothing is lost")
def flood(estate):
    other = Machine(estate.signers, "web-2")
    reports = estate.machine.state / "watch/report"
    def left():
        with contextlib.closing(sqlite3.connect(f"file:{estate.vedette.state}/ingest/mail.db?mode=ro", uri=True)) as mail:
            return mail.execute("SELECT count(*) FROM taken WHERE agent = ?", [estate.machine.id]).fetchone()[0]
    # More wait than are on their way at a time, twice as many as an agent keeps: were all held up by one, nothing else came through.
    for first in (1, 65):
        estate.machine.stop()
        for number in range(first, first + 64):
            (reports / f"{number:020}").write_text(flipping(3000 if number < 5 else 2))
        estate.machine.start()
        wait(lambda: not [one for one in reports.iterdir() if int(one.name) < 200], 20, "the reports to be sent")
    wait(lambda: left() > 100, 20, "the rest to wait")
    began = time.monotonic()
    estate.signers.task("other.json", "--agent", other.fingerprint, "--", "/bin/true")
    document = estate.signers.submit(estate.signers.folder / "other.signed.json")["document"]
    assert [run["run_state"] for run in estate.signers.ended(document)] == ["done"]
    assert within(began, 20)
    assert left() > 100 and 1500 <= len(estate.told("watch.warning")) < 5000, (left(), len(estate.told("watch.warning")))


main(Estate.standing)
