#!/usr/bin/env python3
"""How long the log is kept: what is due goes, says so first, and leaves a log that verifies. By a clock of its own."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, fields, main, test, wait     # noqa: E402
from aging_rig import Aging     # noqa: E402

BUNDLES = 300       # of which audit deletes 256 in one go
WIDTH = 256


@test("fewer than 90 days of access are refused at the start, by file, line, key and range")
def _(rig):
    conf = rig.state / "vedette.conf"
    good = conf.read_text()
    conf.write_text(good + "audit.retention_access_days = 89\n")
    done = subprocess.run([BUILD / "vedette-audit", "--state", rig.state], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=20)
    conf.write_text(good)
    line = good.count("\n") + 1
    assert done.returncode != 0
    assert f"vedette.conf:{line}: audit.retention_access_days" in done.stdout and "from 90 to 36500" in done.stdout, done.stdout


@test("the rules stand in the log from the first start, and again when they change, with what they were")
def _(rig):
    rules = wait(lambda: rig.said("rules"), 10)
    assert rules == [{"retention": "ops=2557 access=90 fleet=2 alert=731", "kept": "ops=0 access=0 fleet=0 alert=0"}], rules
    conf = rig.state / "vedette.conf"
    conf.write_text(conf.read_text() + "audit.retention_fleet_days = 1\n")
    rig.restart()
    changed = wait(lambda: rig.said("rules")[1:], 10)
    assert changed == [{"retention": "ops=2557 access=90 fleet=1 alert=731",
                        "retention_before": "ops=2557 access=90 fleet=2 alert=731",
                        "kept": "ops=0 access=0 fleet=0 alert=0"}], changed


@test("a clock that leaps deletes nothing for a day")
def _(rig):
    rig.once("emit", "ingest", BUNDLES * WIDTH + 100, 1, deadline_s=60)
    wait(lambda: rig.posted("fleet") == BUNDLES * WIDTH + 100, 20)
    rig.restart(days=10)
    assert rig.bundle(0).exists() and not rig.said("deleting")


@test("what is due is deleted, after that was logged and posted; a kill in between changes nothing")
def _(rig):
    rig.restart(days=11)
    wait(lambda: not rig.bundle(0).exists(), 30, "the first bundle to go")
    assert rig.bundle(BUNDLES - 1).exists()
    rig.restart(days=11)
    wait(lambda: not rig.bundle(BUNDLES - 1).exists(), 30, "the last bundle that is due to go")
    deleting = rig.said("deleting")
    assert len(deleting) == 1 and deleting[0]["kept_from"] == BUNDLES * WIDTH and deleting[0]["deleted_from"] == 0, deleting
    assert (rig.state / "log/fleet/tile/0/000").exists()
    assert list((rig.state / "log/fleet/tile/entries").rglob("*.p/*")), "the partial bundle stays"


@test("the rest verifies, here and by stock tools; verify says from which entry on there is more than hashes")
def _(rig):
    said = rig.holds("verify", "fleet")
    assert f"entries from {BUNDLES * WIDTH}, hashes from 0" in said and said.count("\n") == 1, said
    assert rig.holds("fsck").count(" holds: ") == 4
    done = subprocess.run([BUILD / "tests/tools/tlog_check", "1", f"{rig.state}/log/fleet@{BUNDLES * WIDTH}"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@test("a copy needs the ops log to explain what is missing, and nothing explains more than that")
def _(rig):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "fleet"
        assert f"{BUNDLES} bundles were deleted" in rig.holds("export", "fleet", copy)
        done = rig.vedette("log", "verify", copy)
        assert done.returncode == 1 and "unexplained" in done.stderr, done.stderr
        rig.holds("verify", copy, "--ops", "ops")
        rig.holds("export", "ops", pathlib.Path(folder) / "ops")
        rig.holds("verify", copy)
        next((copy / "tile/entries").rglob("*.p/*")).unlink()
        done = rig.vedette("log", "verify", copy)
        assert done.returncode == 1 and "says that it was deleted" in done.stderr, done.stderr


@test("who reads from before is told what is gone, and goes on")
def _(rig):
    end = BUNDLES * WIDTH
    events = rig.stored("fleet")
    assert events[0]["type"] == "vedette.stream.gap.v1" and int(events[0]["sequence"]) == end - 1
    assert fields(events[0]) == {"class": "fleet", "deleted_from": 0, "kept_from": end}
    assert [int(event["sequence"]) for event in events[1:]] == list(range(end, end + 100))


@test("the search finds nothing of it, neither now nor in an index made anew")
def _(rig):
    wait(lambda: rig.metric("index_behind_entries") == 0, 20)
    found = lambda: rig.vedette("log", "search", "--type", "agent.online", "--limit", "1000").stdout.count("\n")
    wait(lambda: found() == 100, 10)
    (rig.state / "audit/index/fleet").unlink()
    rig.restart(days=11)
    wait(lambda: found() == 100, 20)


@test("no restart deletes or says it again, and the state may be lost")
def _(rig):
    (rig.state / "audit/retention").unlink()
    rig.restart(days=11)
    rig.restart(days=12.5)
    wait(lambda: f"fleet 1 {BUNDLES * WIDTH} " in (rig.state / "audit/retention").read_text(), 10)
    assert len(rig.said("deleting")) == 1 and len(rig.said("rules")) == 2
    assert rig.holds("fsck").count(" holds: ") == 4


main(lambda: Aging(settings=["audit.retention_fleet_days = 2"]))
