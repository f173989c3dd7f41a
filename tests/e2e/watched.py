#!/usr/bin/env python3
"""For watches_test.mjs: a machine that watches, beside the deployment in the folder STATE; ended with the input. Prints its id once the
server knows how its watches are, and a day of values."""
import json
import math
import pathlib
import subprocess
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, wait  # noqa: E402
from watch_rig import Estate  # noqa: E402

DAY_SLOTS = 288


class Running:
    """As much of harness.Deployment as the rig needs, of one that somebody else has started."""

    def __init__(self, state):
        self.state = pathlib.Path(state)
        self.ready = json.loads((self.state / "ready.json").read_text())

    def cli(self, *words):
        return subprocess.run([str(BUILD / "vedette"), "--state", self.state, *words], check=True, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout

    def agents(self):
        return {one["id"]: one for one in json.loads(self.cli("--json", "agents"))}

    def stream(self, *_):
        return types.SimpleNamespace(events=[])


def main():
    estate = Estate(Running(sys.argv[1]))
    try:
        estate.sign({"name": "memory", "kind": "memory", "every_s": 5},
                    {"name": "backup-log", "kind": "age", "path": "/nowhere/backup.log", "every_s": 5},
                    {"name": "sshd", "kind": "process", "process": "vedette-agent", "every_s": 5})
        estate.stands("backup-log", "critical")
        estate.lived("memory", "memory", lambda slot: round(50_000 + 20_000 * math.sin(slot / 20)), DAY_SLOTS)
        wait(lambda: len([one for one in estate.trend("memory") if one["mean"] is not None]) > DAY_SLOTS - 10, 25, "a day")
        print(json.dumps({"agent": estate.machine.id}), flush=True)
        sys.stdin.read()
    finally:
        estate.close()


main()
