"""A server, somebody who signs, and a machine that watches what was signed."""
import json
import time

import task_rig
from harness import wait

SLOT_S = 300


class Estate(task_rig.Estate):
    def __init__(self, vedette):
        super().__init__(vedette, "fleet", "alert")
        self.machine = task_rig.Machine(self.signers, "web-1")
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

    def alerts(self):
        return [(one["kind"], one["reason"], one["open"]) for one in json.loads(self.vedette.cli("--json", "alerts"))
                if one["kind"].startswith("watch-")]

    def lived(self, watch, kind, value_at, slots):
        """The machine as if it had watched for so many slots of five minutes, the last of which is over: they stand in its spool, as
        a report that was not made yet. What the server has of the watch is forgotten: a trend takes nothing that is older."""
        self.machine.stop()
        for file in (self.vedette.state / f"scheduler/trend/{self.machine.id}").glob(f"{watch}.*"):
            file.unlink()
        spool = self.machine.state / "watch/spool"
        after = spool.read_text() if spool.exists() else ""
        now = int(time.time()) // SLOT_S * SLOT_S
        rows = []
        for slot in range(slots, 0, -1):
            value = value_at(slot)
            began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - slot * SLOT_S))
            rows.append(json.dumps({"report_row": "trend", "time": began, "watch": watch, "watch_kind": kind,
                                    "lowest": value - 1000, "mean": value, "highest": value + 1000}) + "\n")
        spool.write_text("".join(rows) + after)
        self.machine.start()

    def trend(self, watch, *options):
        return json.loads(self.vedette.cli("--json", "watch", "trend", str(self.machine.id), watch, *options))
