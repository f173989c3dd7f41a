#!/usr/bin/env python3
"""The log's search, as people use it: everything found within a second, by role and tenant, and an index that may be lost."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, fields, main, test, wait

SOON_S = 5      # a second until the tiles are there, a quarter until the index looks; and a machine that is busy


def search(client, **wanted):
    """Rows, newest first, as the API has them in columns."""
    page = client.ask("log?" + urllib.parse.urlencode(wanted))
    names = [name for name, column in page.items() if isinstance(column, list)]
    return [dict(zip(names, row)) for row in zip(*(page[name] for name in names))], page


def found(client, **wanted):
    return search(client, **wanted)[0]


def entries(vedette, *words):
    """Events that the command line finds."""
    return [json.loads(line) for line in vedette.cli("log", "search", "--json", *words).splitlines()]


def client_with(vedette, name, role, **more):
    client = vedette.api()
    client.token = vedette.alice.tell("api-tokens", name=name, role=role, ttl_s=600, **more)["token"]
    return client


@test("what happened is found by each filter within seconds, newest first, over REST and by the command line")
def _(vedette):
    alice = vedette.alice = vedette.administrator()
    for tenant in ("acme", "umbra"):
        alice.tell("tenants", tenant=tenant)
    for site in ("berlin", "lyon", "oslo"):
        alice.tell("sites", tenant="acme", site=site)
    alice.tell("sites", tenant="umbra", site="quito")
    assert search(alice, text="quito")[1]["behind"] > 0, "published, and its tiles are not there yet"
    # Asked for, and done.
    rows = wait(lambda: len(now := found(alice, text="oslo")) == 2 and now, SOON_S)
    assert all(row["class"] == "ops" and row["actor"] == "user:alice" for row in rows), rows
    assert [row["type"] for row in rows] == ["vedette.configuration.changed.v1", "vedette.operation.requested.v1"]
    adding = found(alice, text="site.add", actor="user:alice")
    assert len(adding) == 8 and [row["sequence"] for row in adding] == sorted((row["sequence"] for row in adding), reverse=True)
    assert found(alice, text="OSLO", type="configuration.changed", sev=3) == rows[:1]
    rows = found(alice, text="OSLO", type="operation.requested", sev=4)
    assert not found(alice, text="osl") and not found(alice, text="oslo", actor="user:bob")
    assert not found(alice, text="oslo", classes="access fleet alert") and not found(alice, text="oslo", sev=2)
    assert not found(alice, text="oslo", to="2020-01-01T00:00:00Z")
    assert rows[0] in found(alice, text="oslo", **{"from": rows[0]["time"], "to": rows[0]["time"]})
    whole = found(alice, text="oslo", type="operation.requested", with_entry="true")
    assert whole[0]["entry"] == alice.ask(f"log/ops/{rows[0]['sequence']}")["entry"] and rows[0]["entry"] is None
    printed = entries(vedette, "oslo", "--type", "operation.requested")
    assert [event["id"] for event in printed] == [f"ops-{rows[0]['sequence']}"]
    entry = json.loads(alice.ask(f"log/ops/{rows[0]['sequence']}")["entry"])
    assert entry == printed[0] and fields(entry)["arguments"] == {"tenant": "acme", "site": "oslo"}
    copy = [json.loads(line) for line in
            vedette.cli("log", "search", "--json", "oslo", "--type", "operation.requested", "--log", str(vedette.state / "log/ops")).splitlines()]
    assert copy[0].pop("data")["actor"]["user"]["name"].startswith("sealed:"), "a copy is read without the keys"
    assert printed[0].pop("data") and copy == printed
    assert alice.get("log/ops/99999").status == 404


@test("pages go on by the cursor, and every entry comes once")
def _(vedette):
    whole = entries(vedette, "--limit", "100000")
    wanted, seen = {"limit": 5}, []
    for _ in range(1000):
        rows, page = search(vedette.alice, **wanted)
        seen += [f"{row['class']}-{row['sequence']}" for row in rows]
        if not page.get("before"):
            break
        wanted["before"] = page["before"]
    assert len(seen) == len(set(seen)) and set(seen) >= {event["id"] for event in whole}, (len(seen), len(whole))
    answer = vedette.alice.get("log?before=ops%3Dx")
    assert (answer.status, answer.json["code"]) == (400, "bad-field")


@test("a histogram counts what a search finds, by time and severity")
def _(vedette):
    alice = vedette.alice
    rows = found(alice, actor="user:alice", limit=1000)
    counted = alice.ask("log/histogram?actor=user%3Aalice")
    assert sum(counted["entries"]) == len(rows) and counted["behind"] == 0 and "cut_at" not in counted
    assert set(counted["sev"]) == {row["sev"] for row in rows}
    hours = alice.ask("log/histogram?actor=user%3Aalice&bucket_s=3600")
    assert all(time.endswith(":00:00.000Z") for time in hours["time"])
    answer = alice.get("log/histogram?bucket_s=1&from=1990-01-01T00:00:00Z&classes=ops+other")
    assert (answer.status, answer.json["code"]) == (400, "bad-field")


@test("a role sees its classes, somebody bound to a tenant only that: rows, counts and single entries")
def _(vedette):
    viewer, auditor = client_with(vedette, "viewer", "viewer"), client_with(vedette, "auditor", "auditor")
    bound = client_with(vedette, "bound", "auditor", tenant="umbra")
    ops = found(vedette.alice, text="quito")[0]["sequence"]
    other = found(vedette.alice, text="oslo")[0]["sequence"]
    wait(lambda: len(found(auditor, classes="access")) > 0, SOON_S)
    assert {row["class"] for row in found(viewer, limit=1000)} <= {"fleet", "alert"}
    for path in ("log?classes=ops", "log?classes=fleet+access", "log/histogram?classes=access", f"log/ops/{ops}"):
        answer = viewer.get(path)
        assert (answer.status, answer.json["code"]) == (403, "no-permission"), path
        assert auditor.get(path).status == 200, path
    everything = viewer.ask("log/histogram")
    assert sum(everything["entries"]) == len(found(viewer, limit=1000))
    rows = found(bound, limit=1000)
    assert rows and {row["tenant"] for row in rows} == {"umbra"}, rows
    assert not found(bound, text="oslo") and found(bound, text="quito")
    for path in ("log?tenant=acme", "log/histogram?tenant=acme", "log/histogram"):
        assert bound.get(path).status == 403, path
    assert sum(bound.ask("log/histogram?tenant=umbra")["entries"]) == len(rows)
    assert bound.get(f"log/ops/{ops}").status == 200 and bound.get(f"log/ops/{other}").status == 404
    assert bound.get(f"log/ops/{other}?tenant=acme").status == 403


@test("the index deleted, cut off or overwritten while audit is killed: made anew, and all is found again")
def _(vedette):
    before = [event["id"] for event in entries(vedette, "site.add")]
    file = vedette.state / "audit/index/ops"
    for harm in (lambda: file.unlink(), lambda: os.truncate(file, 100), lambda: file.write_bytes(os.urandom(50000))):
        harm()
        vedette.kill("audit")
        wait(lambda: [event["id"] for event in entries(vedette, "site.add")] == before, SOON_S)
    wait(lambda: vedette.metrics("audit")["index_entries"] >= len(before), SOON_S)
    wait(lambda: vedette.metrics("audit")["index_behind_entries"] == 0, SOON_S)


@test("where the index cannot be, audit runs all the same, health says so, and later it is made")
def _(vedette):
    adding = ("site.add", "--type", "operation.requested")
    before = [event["id"] for event in entries(vedette, *adding)]
    index = vedette.state / "audit/index"
    index.rename(vedette.state / "audit/elsewhere")
    index.write_text("no directory")
    os.kill(vedette.pid("audit"), signal.SIGKILL)   # not until it is well: it is not going to be
    said = wait(lambda: [row for row in vedette.alice.ask("health")["reason"] if row and "index" in row], 40, "audit to say so")
    assert "searches miss" in said[0], said
    vedette.cli("site", "add", "acme", "turin")
    index.unlink()
    wait(lambda: entries(vedette, "turin"), 10 + SOON_S)
    assert [event["id"] for event in entries(vedette, *adding)][1:] == before
    wait(vedette.health, 10)


@test("more searches than may wait are refused, and all others answered")
def _(vedette):
    asked = [subprocess.Popen([str(BUILD / "vedette"), "--state", str(vedette.state), "log", "search", "absent-word"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(30)]
    said = [(one.communicate(timeout=60)[1], one.returncode) for one in asked]
    assert all(status == 0 or (status == 1 and "too many searches" in error) for error, status in said), said
    assert any(status == 0 for _, status in said)


main(Deployment)
