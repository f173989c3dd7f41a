#!/usr/bin/env python3
"""Watches through every process: signed, judged and sampled on a real agent, told to the log, alerts, trends."""
import contextlib
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import Deployment, fields, main, test, wait  # noqa: E402
from task_rig import SITE, TENANT, Machine, Signers  # noqa: E402


class Estate:
    """A server, somebody who signs, a machine."""

    def __init__(self, vedette):
        self.vedette = vedette
        vedette.cli("tenant", "add", TENANT)
        vedette.cli("site", "add", TENANT, SITE)
        self.events = vedette.stream("--class", "fleet", "--class", "alert")
        self.signers = Signers(vedette)
        self.signers.publish()
        self.machine = Machine(self.signers, "web-1")
        self.flag = self.machine.folder / "flag"
        self.flag.write_text("")
        self.version = None

    def sign(self, *watches):
        """A new version of the one document of watches, all the way to the server."""
        (self.signers.folder / "list.json").write_text(json.dumps(watches))
        follows = ["--replaces", self.version.name] if self.version else []
        name = f"watches{time.monotonic_ns()}.json"
        self.signers.vedette("watch", "new", name, "--title", "what web servers watch", "--watches", "list.json", "--agent",
                             self.machine.fingerprint, *follows)
        self.version = self.signers.sign(name, "alice")
        return self.signers.submit(self.version)

    def list(self):
        return {one["watch"]: one for one in json.loads(self.vedette.cli("--json", "watch", "list", "--agent",
                                                                         str(self.machine.id)))}

    def stands(self, watch, level, deadline_s=25):
        return wait(lambda: self.list().get(watch, {}).get("level") == level and self.list()[watch], deadline_s,
                    f"{watch} to be {level}")

    def told(self, kind):
        return [fields(event) for event in list(self.events.events) if event["type"] == f"vedette.{kind}.v1"]

    def alerts(self):
        return [(one["kind"], one["reason"], one["open"]) for one in json.loads(self.vedette.cli("--json", "alerts"))
                if one["kind"].startswith("watch-")]


@contextlib.contextmanager
def estate():
    with Deployment() as vedette:
        made = Estate(vedette)
        try:
            yield made
        finally:
            made.machine.kill()


@test("signed watches are sampled, a script among them, and the server knows how they are")
def begin(estate):
    estate.sign({"name": "memory", "kind": "memory", "every_s": 5},
                {"name": "flag", "kind": "age", "path": str(estate.flag), "every_s": 5},
                {"name": "queue", "kind": "script", "argv": ["/bin/sh", "-c", "echo 12.5 in the queue; exit 1"], "user": "nobody",
                 "every_s": 5})
    assert estate.stands("flag", "ok")["watch_kind"] == "age"
    queue = estate.stands("queue", "warning")
    assert queue["value"] == 12500 and queue["reason"] == "in the queue", queue
    assert 0 < estate.stands("memory", "ok")["value"] < 100_000
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


@test("a new version replaces the old: what it does not name is over, with its alert")
def replaced(estate):
    estate.sign({"name": "memory", "kind": "memory", "every_s": 5})
    wait(lambda: set(estate.list()) == {"memory"}, 25, "the others to be gone")
    wait(lambda: {one["watch"] for one in estate.told("watch.ended")} == {"flag", "queue"}, 10, "watch.ended")
    wait(lambda: not any(open for _, _, open in estate.alerts()), 10, "the end of all alerts")


main(estate)
