#!/usr/bin/env python3
"""After `vedette audit recover` sequences are used again: whoever had read further goes on where the two logs part."""
import contextlib
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, ROOT, Deployment, Stream, fields, main, test, wait      # noqa: E402
from outputs_rig import OutputsRig, free_port      # noqa: E402
from receivers import Webhook      # noqa: E402
from soc_rig import Soc      # noqa: E402

PYTHON = "/usr/bin/python3"
EXAMPLE = ROOT / "deploy/examples/subscribe.py"
KEPT, LOST, NEW = 300, 100, 60


def agents(events):
    return [fields(event)["agent"] for event in list(events)]


def copy_log(rig):
    kept = pathlib.Path(f"{rig.state}-kept")
    for name in ("log", "audit/journal"):
        shutil.copytree(rig.state / name, kept / name)
    return kept


def lose_what_came_since(rig, kept):
    """An older log is put back, and the only way on is another origin."""
    rig.kill_audit(signal.SIGTERM)
    for name in ("log", "audit/journal"):
        shutil.rmtree(rig.state / name)
        shutil.copytree(kept / name, rig.state / name)
    done = subprocess.run([BUILD / "vedette", "--state", rig.state, "audit", "recover", "--reason", "a test"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0 and f"has {KEPT}" in done.stdout, done
    rig.start_audit()


def begin(rig):
    """Events, a copy of the log, and more that the copy does not have."""
    rig.once("emit", "ingest", KEPT, 1)
    rig.kill_audit(signal.SIGTERM)
    kept = copy_log(rig)
    rig.start_audit()
    rig.once("emit", "ingest", LOST, KEPT + 1)
    return kept


BEFORE = [*range(1, KEPT + LOST + 1)]
AFTER = [*range(1001, 1001 + NEW)]


@test("subscribers, connected or away, here and in Python: everything of the new log once, and no other id twice")
def _():
    with Soc() as soc:
        path, away, python = (soc.add(name, "--class", "fleet") for name in ("soc", "away", "python"))
        kept = begin(soc)
        stream, gone = soc.stream(path, "--from", 0), soc.stream(away, "--from", 0)
        example = Stream([PYTHON, str(EXAMPLE), str(python), "fleet", "0"])
        soc.streams.append(example)
        listener = soc.peer("listen", "cli", "fleet", 0)
        for one in (stream, gone, example, listener):
            wait(lambda: agents(one.events if one is not listener else one.events()) == BEFORE)
        wait(lambda: soc.row("away")["lag"] == soc.row("soc")["lag"] == 0, what="the cursors")
        gone.close()
        try:
            lose_what_came_since(soc, kept)
        finally:
            shutil.rmtree(kept)
        soc.once("emit", "ingest", NEW, 1001)
        back = soc.stream(away, "--resume")
        wait(lambda: agents(back.events) == AFTER, what="--resume")
        for one in (stream, example):
            wait(lambda: agents(one.events) == BEFORE + AFTER)
            ids = [event["id"] for event in list(one.events)]
            assert len(set(ids)) == len(ids) and ids[KEPT] == f"fleet-{KEPT}" and ids[-NEW] == f"fleet.2-{KEPT}", ids
            assert int(one.events[-NEW]["sequence"]) == KEPT
        wait(lambda: agents(listener.events()) == BEFORE + AFTER)
        wait(lambda: soc.row("away")["cursors"] == f"fleet={KEPT + NEW}", what="the cursor in the new log")
        assert soc.row("away")["lag"] == 0
        assert agents(soc.stored("fleet", 0)) == BEFORE[:KEPT] + AFTER
        # Across a kill the place stays what it is.
        back.close()
        soc.kill_audit()
        soc.start_audit()
        again = soc.stream(away, "--resume")
        soc.once("emit", "ingest", 1, 2000)
        wait(lambda: agents(again.events)[-1:] == [2000])
        assert set(agents(again.events)) <= {*AFTER, 2000}


@test("an output goes on where the logs part, whether alert runs meanwhile or not, and its receiver has every event once")
def _():
    with OutputsRig() as rig:
        receivers = {}
        for name in ("running", "stopped"):
            receivers[name] = Webhook(rig.state, free_port()).start()
            rig.add(name, "webhook", f"https://127.0.0.1:{receivers[name].port}/", "--class", "fleet")
        kept = begin(rig)
        for name in receivers:
            wait(lambda: agents(receivers[name].events()) == BEFORE, what=f"{name} to have all")
            wait(lambda: rig.output(name)["lag"] == 0)
        rig.cli("output", "enable", "stopped", "off")
        try:
            lose_what_came_since(rig, kept)
        finally:
            shutil.rmtree(kept)
        rig.once("emit", "ingest", NEW, 1001)
        wait(lambda: agents(receivers["running"].events()) == BEFORE + AFTER, what="the new events")
        assert rig.stop_alert() == 0
        rig.start_alert()
        wait(lambda: rig.run_cli("output", "enable", "stopped", "on").returncode == 0)
        wait(lambda: agents(receivers["stopped"].events()) == BEFORE + AFTER, what="the new events")
        for name, receiver in receivers.items():
            assert len(set(receiver.ids())) == len(receiver.ids()) == len(BEFORE + AFTER), name
            assert rig.output(name)["lag"] == 0
            receiver.stop()


class Browser:
    """GET /api/v1/stream from a position on: (id, event) of each that comes."""

    def __init__(self, api, last=None):
        self.link = api.trust.wrap_socket(socket.create_connection(("127.0.0.1", api.port)), server_hostname="localhost")
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        self.link.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nCookie: {api.cookie}\r\n{resume}\r\n".encode())
        self.text = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with contextlib.suppress(OSError, ValueError):
            while part := self.link.recv(65536):
                self.text += part.decode()

    def messages(self, log_class):
        body = re.sub(r"\r\n[0-9A-Fa-f]+\r\n", "", self.text.partition("\r\n\r\n")[2])
        found = re.findall(r"id: (\S+)\ndata: (.*)\n\n", body)
        return [(position, event) for position, event in ((position, json.loads(data)) for position, data in found)
                if event["id"].startswith(log_class)]

    def close(self):
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        self.reader.join(5)
        self.link.close()


@test("a browser that comes again with a place in the old log is given the new one from where they part")
def _():
    with Deployment() as vedette:
        alice = vedette.administrator()
        kept = vedette.state / "kept"
        vedette.freeze("audit")
        for name in ("log", "audit/journal"):
            subprocess.run(["cp", "-a", vedette.state / name, f"{kept}-{pathlib.Path(name).name}"], check=True)
        vedette.thaw("audit")
        browser = Browser(alice)
        wait(lambda: "retry:" in browser.text, what="the stream to begin")
        for number in range(3):
            vedette.cli("subscriber", "add", f"s{number}", "--class", "ops", "--out", str(vedette.state / f"{number}.json"))
        wait(lambda: len(browser.messages("ops")) >= 3, what="the operations")
        last = browser.messages("ops")[-1][0]
        browser.close()
        vedette.stop()
        for name in ("log", "audit/journal"):
            shutil.rmtree(vedette.state / name)
            (kept.with_name(f"kept-{pathlib.Path(name).name}")).rename(vedette.state / name)
        done = vedette.cli("audit", "recover", "--reason", "a test")
        assert "log/ops: had" in done
        vedette.start()
        begins = int((vedette.state / "log/ops/begins").read_text())
        assert int(re.search(r"ops-(\d+)", last)[1]) > begins + 1, "the browser had read further"
        alice.cookie = alice.csrf = None
        alice.login(alice.user, alice.password, alice.totp)
        browser = Browser(alice, last)
        wait(lambda: browser.messages("ops"), what="the new log")
        vedette.cli("subscriber", "add", "last", "--class", "ops", "--out", str(vedette.state / "last.json"))
        wait(lambda: "subscriber.add" in json.dumps(browser.messages("ops")), what="one more")
        ids = [event["id"] for _, event in browser.messages("ops")]
        assert ids == [f"ops.2-{begins + i}" for i in range(len(ids))], ids
        browser.close()


main()
