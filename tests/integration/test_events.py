#!/usr/bin/python3
"""Every event of events.def, as the real codec stores it, holds to the schemas of CloudEvents and OCSF, says in OCSF's
places what its producer said, and is as the reference page shows it."""
import copy
import json
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "contract/generate")]
import example      # noqa: E402
import ocsf         # noqa: E402
import tables       # noqa: E402
from event_schema import faults     # noqa: E402
from harness import BUILD, ROOT, fields, main, test      # noqa: E402

CONTRACT = tables.read(ROOT / "contract")


def composed(said):
    done = subprocess.run([BUILD / "tests/tools/event_compose"], input="".join(json.dumps(one) + "\n" for one in said),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def variants(event):
    """All fields, only those that must be there, and each severity."""
    yield example.produced(event)
    yield example.produced(event, optional=False)
    for sev in (1, 2, 3, 4):
        yield example.produced(event) | {"sev": sev}
        yield example.produced(event) | {"sev": sev, "actor": "cli:0"}


@test("every event that the table allows is true to CloudEvents 1.0 and OCSF 1.1, and its fields are read back from it")
def _():
    said = [one for event in CONTRACT.events for one in variants(event)]
    stored = composed(said)
    assert len(stored) == len(said)
    wrong = [f"{entry['type']}: {fault}" for entry in stored for fault in faults(entry)]
    assert not wrong, "\n".join(wrong)
    for one, entry in zip(said, stored):
        assert fields(entry) == one["data"], (one, entry)


@test("the reference page's examples are what the codec stores")
def _():
    said = [example.produced(event) for event in CONTRACT.events]
    for event, one, entry in zip(CONTRACT.events, said, composed(said)):
        told = example.stored(event, one, ocsf.classification(event))
        # In the same order, too: the bytes are those of the log.
        assert json.dumps(told) == json.dumps(entry), f"{event.type}:\n{json.dumps(told)}\n{json.dumps(entry)}"


@test("what is not true to the schemas is noticed")
def _():
    def spoiled(entry, spoil):
        spoil(entry)
        return entry
    late, login = (composed([example.produced(event)])[0] for event in CONTRACT.events
                   if event.type in ("agent.late", "login.failed"))
    for spoil in (lambda e: e.pop("specversion"), lambda e: e.update(time="yesterday"), lambda e: e.update(sev=5),
                  lambda e: e.update(Sev=1), lambda e: e.update(sequence="1"), lambda e: e["data"].pop("device"),
                  lambda e: e["data"].pop("metadata"), lambda e: e["data"].update(class_uid=5099),
                  lambda e: e["data"].update(activity_id=3, type_uid=500103), lambda e: e["data"].update(type_uid=500101),
                  lambda e: e["data"].update(severity_id=5), lambda e: e["data"].update(time=e["time"]),
                  lambda e: e["data"].update(agent=17), lambda e: e["data"]["device"].pop("type_id"),
                  lambda e: e["data"]["device"].pop("uid"), lambda e: e["data"]["device"].update(uid=17),
                  lambda e: e["data"]["device"].update(last_seen_time="2026-01-31T12:00:00Z"),
                  lambda e: e["data"]["metadata"]["product"].pop("vendor_name"), lambda e: e["data"].pop("status")):
        assert faults(spoiled(copy.deepcopy(late), spoil)), late
    for spoil in (lambda e: e["data"].pop("user"), lambda e: e["data"].update(user={"type": "user"}),
                  lambda e: e["data"].pop("service"), lambda e: e["data"]["src_endpoint"].update(ip="somewhere"),
                  lambda e: e["data"].update(device={"uid": "1", "type_id": 0})):
        assert faults(spoiled(copy.deepcopy(login), spoil)), login


main()
