"""Simulated agents: registered in bulk, once, then beating through the real socket."""
import json
import os
import pathlib

from supervise.process import Process
from supervise.state import BUILD

TENANT, SITE = "fleet", "simulated"
FOLDER = pathlib.Path("fleet")


def processes(state, size):
    """One for each range of agents that was ever registered, size agents in all."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    found, missing = [], size
    for path in sorted(FOLDER.glob("*.json")):
        count = min(missing, json.loads(path.read_text())["count"])
        missing -= count
        if count:
            found.append(process(state, path, count))
    if missing:
        found.append(process(state, register(state, missing), missing))
    return found


def register(state, count):
    state.add("tenant", "add", TENANT)
    state.add("site", "add", TENANT, SITE)
    given = state.ask("fleet", "register", "--count", str(count), "--tenant", TENANT, "--site", SITE)
    path = FOLDER / f"{given['first']:08}.json"
    # The secret of every simulated agent is derived from the one in here.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(given, file)
    return path


def process(state, path, count):
    name = "fleet" if path == min(FOLDER.glob("*.json")) else f"fleet-{path.stem}"
    return Process(name, [BUILD / "vedette-fleet", "--register", path, "--count", count,
                          "--server", f"127.0.0.1:{state.ports()['beats']}"], state)
