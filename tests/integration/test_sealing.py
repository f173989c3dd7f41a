#!/usr/bin/env python3
"""Personal fields in the log: open to who may read them, sealed to others, and gone for everybody when they are due."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from aging_rig import Aging     # noqa: E402
from harness import fields, main, test, wait     # noqa: E402

MARKER = "Marker-Vermeer"


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


main(Aging)
