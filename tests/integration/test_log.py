#!/usr/bin/env python3
"""The log as the real processes write it, and `vedette log` on it: by the server's folder, and by a copy alone."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, actor, fields, main, test, wait     # noqa: E402

CLASSES = ("ops", "access", "fleet", "alert")


def log(*words, state="/nonexistent"):
    """`vedette log` without a server: what it says, and its exit status."""
    done = subprocess.run([BUILD / "vedette", "--state", state, "log", *map(str, words)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, cwd="/")
    return done.returncode, done.stdout, done.stderr


def holds(*words, **options):
    status, said, problem = log(*words, **options)
    assert status == 0, problem
    return said


def checkpoint(deployment, log_class):
    return (deployment.state / "log" / log_class / "checkpoint").read_text()


def size(deployment, log_class):
    return int(checkpoint(deployment, log_class).splitlines()[1])


def settled(deployment, log_class, least):
    wait(lambda: size(deployment, log_class) >= least, 10, f"{least} entries of {log_class} in the tiles")


@test("every class of a running server verifies, and stock tools say so, too")
def _(vedette):
    for number in range(30):
        vedette.cli("tenant", "add", f"tenant-{number}")
    settled(vedette, "ops", 30)
    said = holds("verify", state=vedette.state)
    assert said.count(" holds: ") == len(CLASSES), said
    assert holds("fsck", state=vedette.state).count(" holds: ") == len(CLASSES)
    for log_class in CLASSES:
        done = subprocess.run([BUILD / "tests/tools/tlog_check", "1", vedette.state / "log" / log_class],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


@test("what is shown is what was streamed, byte for byte, and its sequence is its index")
def _(vedette):
    stream = vedette.stream("--class", "ops", "--from", "0")
    try:
        stream.wait(lambda event: fields(event).get("arguments", {}).get("tenant") == "tenant-29")
        count = len(stream.events)
        settled(vedette, "ops", count)
        shown = holds("--json", "show", "ops", "--limit", count, state=vedette.state).splitlines()
        assert [json.loads(line) for line in shown] == stream.events[:count]
        assert [int(json.loads(line)["sequence"]) for line in shown] == list(range(count))
        assert len({json.loads(line)["salt"] for line in shown}) == count
    finally:
        stream.close()


@test("a receipt proves its entry to who has only the public key; no other entry, and under no other key")
def _(vedette):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        receipt, entry, other = folder / "7.tlog-proof", folder / "7.json", folder / "8.json"
        holds("prove", "ops", 7, "--out", receipt, "--entry", entry, state=vedette.state)
        holds("prove", "ops", 8, "--out", folder / "8.tlog-proof", "--entry", other, state=vedette.state)
        key = (vedette.state / "log/ops/vkey").read_text().strip()
        said = holds("verify", "--receipt", receipt, "--entry", entry, "--vkey", key)
        assert "holds the entry at 7" in said, said
        status, _, problem = log("verify", "--receipt", receipt, "--entry", other, "--vkey", key)
        assert status == 1 and "not-included" in problem, problem
        foreign = (vedette.state / "log/fleet/vkey").read_text().strip()
        assert log("verify", "--receipt", receipt, "--entry", entry, "--vkey", foreign)[0] == 1
        assert log("verify", "--receipt", receipt, "--entry", entry)[0] == 2


@test("a copy alone verifies by the public key; one altered byte of it does not, and is named")
def _(vedette):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy"
        holds("export", "ops", copy, state=vedette.state)
        key = copy / "vkey"
        holds("verify", copy, "--vkey", key)
        bundle = next((copy / "tile/entries").rglob("*.p/*"))
        whole = bundle.read_bytes()
        bundle.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
        status, said, problem = log("verify", copy, "--vkey", key)
        assert status == 1 and not said and "tile/" in problem, problem
        bundle.unlink()
        assert log("verify", copy, "--vkey", key)[0] == 1


@test("audit is killed again and again while it writes: the log goes on from what it was")
def _(vedette):
    before = {log_class: checkpoint(vedette, log_class) for log_class in CLASSES}
    for turn in range(6):
        for number in range(5):
            vedette.run_cli("tenant", "add", f"killed-{turn}-{number}")
        vedette.kill("audit")
        wait(lambda: vedette.run_cli("tenant", "add", f"after-{turn}").returncode == 0, 20, "operations are taken again")
    settled(vedette, "ops", size(vedette, "ops"))
    with tempfile.TemporaryDirectory() as folder:
        for log_class in CLASSES:
            older = pathlib.Path(folder) / log_class
            older.write_text(before[log_class])
            holds("verify", log_class, "--since", older, state=vedette.state)
            holds("fsck", log_class, state=vedette.state)


@test("search finds by type, actor, words and time")
def _(vedette):
    settled(vedette, "ops", 40)
    found = holds("--json", "search", "tenant-17", "--log", "ops", "--type", "operation.requested",
                  state=vedette.state).splitlines()
    assert len(found) == 1, found
    assert holds("search", "--log", "ops", "--type", "operation.requested", "--limit", 3, state=vedette.state).count(
        "\n") == 3
    assert not holds("search", "--log", "ops", "--until", "1h", state=vedette.state)
    who = actor(json.loads(found[0]))
    assert who == f"cli:{os.geteuid()}"
    assert holds("search", "tenant-17", "--log", "ops", "--actor", who, state=vedette.state)


main(Deployment)
