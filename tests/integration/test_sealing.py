#!/usr/bin/env python3
"""Personal fields in the log: open to who may read them, sealed to others, and gone for everybody when they are due."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from aging_rig import Aging     # noqa: E402
from harness import fields, main, test, wait     # noqa: E402

MARKER = "Marker-Vermeer"
OTHER = "Other-Leyster"
GONE, STAYS = "Gone-Ruysch", "Stays-Peeters"


@test("personal fields are opened for who may read them; a copy with the public key alone shows them sealed, and says so")
def _(rig):
    who = json.dumps({"user": MARKER, "code": "bad-password", "address": "192.0.2.77"})
    rig.restart()
    assert rig.once("say", "portal", "login.failed", "acme", who) == ["stored"]
    stored, = rig.stored("access")
    assert fields(stored)["user"] == MARKER
    wait(lambda: rig.posted("access") == 1, 10)
    shown = json.loads(rig.holds("show", "access", "--json"))
    assert shown == stored
    wait(lambda: MARKER in rig.vedette("log", "search", "--json", MARKER).stdout, 10)
    with tempfile.TemporaryDirectory() as folder:
        rig.holds("export", "access", folder + "/access")
        done = rig.vedette("log", "show", folder + "/access", "--json")
        leaf = json.loads(done.stdout)
        assert "are sealed" in done.stderr and fields(leaf)["user"].startswith("sealed:"), done
        assert '"sealed"' in rig.holds("show", folder + "/access")
        assert fields(leaf)["code"] == "bad-password" and leaf["salt"] == stored["salt"]
        rig.holds("verify", folder + "/access")
        rig.holds("fsck", folder + "/access")


def files_with(rig, text):
    found = subprocess.run(["grep", "-rlaF", text, rig.state], stdout=subprocess.PIPE, text=True).stdout.split()
    return [name for name in found if not name.endswith(".log")]


@test("erasing on request: not of young days, with who and why in the log, for good")
def _(rig):
    who = json.dumps({"agent": 7, "name": OTHER, "tenant": "acme", "site": "oslo", "hostname": "host-of-" + OTHER})
    assert rig.once("say", "ingest", "agent.enrolled", "acme", who) == ["stored"]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    rig.restart(days=10)
    assert OTHER in rig.holds("show", "fleet", "--json")
    done = rig.vedette("log", "erase", "fleet", day, day, "--reason", "asked by the person")
    assert done.returncode == 1 and "too-early" in done.stderr, done.stderr
    rig.restart(days=32)
    rig.holds("erase", "fleet", "2020-01-01", day, "--reason", "asked by the person")
    shown = json.loads(rig.holds("show", "fleet", "--json"))
    assert fields(shown)["name"] == fields(shown)["hostname"] == "erased" and fields(shown)["agent"] == 7, shown
    assert rig.stored("fleet") == [shown] and files_with(rig, OTHER) == []
    assert not rig.vedette("log", "search", OTHER).stdout
    wait(lambda: rig.said("erasing"), 10)
    assert rig.said("erasing") == [{"class": "fleet", "erased_from": "2020-01-01", "erased_to": day, "reason": "asked by the person"}]
    assert "log.erase" in rig.holds("show", "ops", "--json")
    rig.restart(days=32)
    assert json.loads(rig.holds("show", "fleet", "--json")) == shown and rig.holds("fsck").count(" holds: ") == 4


@test("a dry run says what would go when, and lets it be")
def _(rig):
    rules = {row["class"]: row for row in json.loads(rig.vedette("--json", "log", "retention").stdout)}
    assert [rules[name]["days"] for name in ("ops", "access", "fleet", "alert")] == [2557, 90, 366, 731], rules
    then = {row["class"]: row for row in json.loads(rig.vedette(
        "--json", "log", "retention", "--dry-run", "--as-of", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 92 * 86400))).stdout)}
    assert then["access"]["keys"] == 1 and then["fleet"]["keys"] == 0 and then["access"]["entries"] == 0, then
    assert MARKER in rig.holds("show", "access", "--json")


@test("at the date the key goes, though the bundle stays: then it reads as erased and stands in no file, and all verifies")
def _(rig):
    assert files_with(rig, MARKER) == []
    rig.restart(days=90)
    rig.restart(days=91)
    assert MARKER in rig.holds("show", "access", "--json")
    key, = (rig.state / "audit/sealing/access").iterdir()
    rig.kill_audit()
    before = {path: path.read_bytes() for path in (key, rig.state / "audit/retention")}
    rig.restart(days=92)
    wait(lambda: not key.exists(), 10, "the key to go")
    shown = json.loads(rig.holds("show", "access", "--json"))
    assert fields(shown) == {"user": "erased", "code": "bad-password", "address": "erased"}, shown
    assert rig.stored("access") == [shown]
    assert files_with(rig, MARKER) == []
    wait(lambda: "bad-password" in rig.vedette("log", "search", "--json", "bad-password").stdout, 10)
    assert not rig.vedette("log", "search", MARKER).stdout
    # As a kill between the event and the deed leaves it.
    rig.kill_audit()
    for path, content in before.items():
        path.write_bytes(content)
        path.chmod(0o600)
    rig.restart(days=92)
    assert not key.exists()
    erasing = [event for event in rig.said("erasing") if event["class"] == "access"]
    assert len(erasing) == 1 and erasing[0]["erased_to"] > erasing[0]["erased_from"][:4], erasing
    assert rig.holds("fsck").count(" holds: ") == 4


@test("one person alone: who that is, and from where, is gone; everybody else's fields of the day stay, until their date")
def _(rig):
    rig.restart(days=92)
    for name in (GONE, STAYS):
        for address in ("192.0.2.81", "192.0.2.82"):
            assert rig.once("say", "portal", "login.failed", "acme", json.dumps(
                {"user": name, "code": "bad-otp", "address": address})) == ["stored"]
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 92 * 86400))
    rig.restart(days=124)
    words = ("access", day, day, "--reason", "asked by the person")
    done = rig.vedette("log", "erase", *words, "--name", "Nobody-Hals")
    assert done.returncode == 1 and "not-found" in done.stderr, done.stderr
    rig.holds("erase", *words, "--name", GONE)

    def who():
        shown = map(json.loads, rig.holds("show", "access", "--json").splitlines())
        return [(one["user"], one["address"]) for one in map(fields, shown) if one["code"] == "bad-otp"]
    left = [("erased", "erased")] * 2 + [(STAYS, "192.0.2.81"), (STAYS, "192.0.2.82")]
    assert who() == left and [fields(one) for one in rig.stored("access")][-1]["user"] == STAYS, who()
    assert not list((rig.state / "audit/sealing/access").glob(day)), "the day's own key must go"
    event = wait(lambda: next((one for one in rig.said("erasing") if "values_kept" in one), None), 10, "the event to be posted")
    assert event["values_kept"] == 4 and event["reason"] == "asked by the person" and GONE not in str(event), event
    wait(lambda: STAYS in rig.vedette("log", "search", "--json", STAYS).stdout, 10)
    assert not rig.vedette("log", "search", "--log", "access", GONE).stdout
    rig.holds("erase", *words, "--name", STAYS)     # of what was kept, the next one
    assert who() == [("erased", "erased")] * 4 and rig.holds("fsck").count(" holds: ") == 4
    rig.restart(days=124)
    assert who() == [("erased", "erased")] * 4


main(Aging)
