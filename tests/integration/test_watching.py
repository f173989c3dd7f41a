#!/usr/bin/env python3
"""Watches of a real agent that stands alone: what it finds of real and made-up things, what it keeps, what it gives to be sealed."""
import http.server
import json
import os
import pathlib
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, free_ports, main, test, wait  # noqa: E402

DOCUMENT = "0123456789abcdef0123456789abcdef"


def document(*watches, number=DOCUMENT):
    return {"document": number, "version": 1, "watches": list(watches)}


class Web:
    """Answers with the status that its path names, over TLS or not."""

    def __init__(self, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(int(self.path.strip("/")))
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Endpoint:
    """An agent whose server nobody is: it watches all the same."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-watching-"))
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.put("identity", json.dumps({"agent": 7, "tenant": "acme", "site": "berlin", "beat_port": 1,
                                         "server": f"https://127.0.0.1:{free_ports(1)}"}))
        self.put("secret", secrets.token_hex(32) + "\n")
        self.process = None
        self.webs = []

    def put(self, name, text):
        beside = self.state / f".{name}"
        beside.write_text(text)
        beside.chmod(0o600)
        beside.rename(self.state / name)

    def program(self, name, text):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def web(self, **options):
        self.webs.append(Web(**options))
        return self.webs[-1].port

    def certificate(self, days):
        path = self.folder / f"certificate{days}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path,
                        "-out", f"{path}.only", "-days", str(days), "-subj", "/CN=localhost"], check=True, stderr=subprocess.DEVNULL)
        path.write_text(path.read_text() + pathlib.Path(f"{path}.only").read_text())
        return path

    def start(self, *documents):
        self.put("watches.json", json.dumps({"documents": list(documents)}))
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([str(BUILD / "vedette-agent"), "--state", self.state], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log,
                                            env={"PATH": f"{self.programs}:{os.environ['PATH']}"})

    def end(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def log(self):
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]

    def rows(self):
        """Everything that was given to be sealed, and what waits."""
        files = sorted((self.state / "watch/report").glob("*"))
        files.append(self.state / "watch/spool")
        return [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]

    def changes(self, watch):
        return [row for row in self.rows() if row["report_row"] == "change" and row["watch"] == watch]

    def turned(self, watch, level, deadline_s=15):
        def last():
            found = self.changes(watch)
            return found and found[-1]["level"] == level and found[-1]
        return wait(last, deadline_s, f"{watch} to be {level}")

    def standing(self):
        """How watches stand by the newest report."""
        files = sorted((self.state / "watch/report").glob("*"))
        rows = [json.loads(line) for line in files[-1].read_text().splitlines()] if files else []
        return {row["watch"]: row for row in rows if row["report_row"] == "standing"}

    def forget(self):
        self.end()
        shutil.rmtree(self.state / "watch", ignore_errors=True)

    def close(self):
        self.end(signal.SIGKILL)
        for web in self.webs:
            web.close()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def every(**watch):
    return {"every_s": 5, **watch}


@test("every kind of watch finds what is there")
def _(here):
    plain, secure = here.web(), here.web(certificate=here.certificate(30))
    fresh = here.folder / "fresh"
    fresh.write_text("")
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=active; echo SubState=running')
    here.program("apt-get", 'echo "Inst a [1] (2 Debian:12/stable [amd64])"')
    here.program("smartctl", """echo '{"smart_status":{"passed":true},"ata_smart_attributes":{"table":[{"id":5,"raw":{"value":2}}]}}'; exit 4""")
    here.start(document(
        every(name="cpu", kind="cpu"), every(name="memory", kind="memory"), every(name="load", kind="load"),
        every(name="disk", kind="disk", path="/"), every(name="age", kind="age", path=str(fresh)),
        every(name="process", kind="process", process="vedette-agent"), every(name="unit", kind="unit", unit="x.service"),
        every(name="tcp", kind="tcp", host="127.0.0.1", port=plain),
        every(name="named", kind="tcp", host="localhost", port=plain),
        every(name="http", kind="http", url=f"http://127.0.0.1:{plain}/204"),
        every(name="ping", kind="ping", host="127.0.0.1"),
        every(name="certificate", kind="certificate", host="127.0.0.1", port=secure),
        every(name="file", kind="certificate", path=str(here.certificate(100))),
        every(name="updates", kind="updates"), every(name="smart", kind="smart", device="/dev/sda")))
    found = wait(lambda: len(here.standing()) == 15 and here.standing(), 15, "a report")
    assert not here.changes("cpu")
    assert all(row["level"] == "ok" for row in found.values()), found
    assert 0 <= found["cpu"]["value"] <= 100_000 and 0 < found["memory"]["value"] < 100_000
    assert 0 < found["disk"]["value"] <= 100_000
    assert found["age"]["value"] < 60_000
    assert found["process"]["value"] >= 1000
    assert found["updates"]["value"] == 1000 and found["smart"]["value"] == 2000
    assert 29_000 <= found["certificate"]["value"] <= 30_000, found["certificate"]
    assert 99_000 <= found["file"]["value"] <= 100_000, found["file"]
    assert "value" not in found["unit"]


@test("what is down, full, old, gone or broken is said so, with the reason")
def _(here):
    here.forget()
    web, nobody = here.web(), free_ports(1)
    old = here.folder / "old"
    old.write_text("")
    os.utime(old, (0, 0))
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=failed; echo SubState=failed')
    here.program("apt-get", 'echo "Inst a [1] (2 Debian-Security:12/stable-security [amd64])"')
    here.program("smartctl", """echo '{"smart_status":{"passed":false}}'""")
    here.start(document(
        every(name="memory", kind="memory", critical=0), every(name="disk", kind="disk", path="/nowhere/at/all"),
        every(name="age", kind="age", path=str(old), warning=60), every(name="process", kind="process", process="no-such-process"),
        every(name="unit", kind="unit", unit="x.service"), every(name="tcp", kind="tcp", host="127.0.0.1", port=nobody),
        every(name="http", kind="http", url=f"http://127.0.0.1:{web}/500"),
        every(name="other", kind="http", url=f"http://127.0.0.1:{web}/200", http_status=204),
        every(name="https", kind="http", url=f"https://127.0.0.1:{here.web(certificate=here.certificate(9))}/200"),
        every(name="certificate", kind="certificate", path=str(here.certificate(3)), warning=21, critical=7),
        every(name="updates", kind="updates"), every(name="smart", kind="smart", device="/dev/sda"),
        every(name="script", kind="script", argv=["/bin/true"])))
    reasons = {name: here.turned(name, level).get("reason", "") for name, level in
               [("memory", "critical"), ("disk", "critical"), ("age", "warning"), ("process", "critical"), ("unit", "critical"),
                ("tcp", "critical"), ("http", "critical"), ("other", "critical"), ("https", "critical"),
                ("certificate", "critical"), ("updates", "critical"), ("smart", "critical")]}
    assert reasons["disk"] == "No such file or directory"
    assert reasons["unit"] == "the unit is failed (failed)"
    assert reasons["tcp"] == "Connection refused"
    assert reasons["http"] == "the answer has status 500"
    assert reasons["other"] == "the answer has status 200"
    assert "certificate verify failed" in reasons["https"], reasons["https"]
    assert reasons["process"] == "no process is called no-such-process"
    assert "for security" in reasons["updates"]


@test("a restart is no change, and what got well is told")
def _(here):
    here.end(signal.SIGKILL)
    before = len(here.rows())
    here.start(*json.loads((here.state / "watches.json").read_text())["documents"])
    wait(lambda: here.standing().get("tcp", {}).get("level") == "critical", 15, "a report")
    again = [row["watch"] for row in here.rows()[before:] if row["report_row"] == "change"]
    assert not again, again
    here.program("systemctl", 'echo LoadState=loaded; echo ActiveState=active; echo SubState=running')
    assert here.turned("unit", "ok")


@test("a program that hangs is ended, and the heart goes on")
def _(here):
    here.forget()
    here.program("systemctl", "sleep 1000 & sleep 1000")
    here.start(document(every(name="unit", kind="unit", unit="x.service"), every(name="cpu", kind="cpu", critical=0)))
    here.turned("cpu", "critical")
    reason = here.turned("unit", "unknown", deadline_s=20)["reason"]
    assert reason == "systemctl took too long and was ended", reason


@test("watches that cannot be read change nothing; none at all is told as well")
def _(here):
    here.forget()
    here.start(document(every(name="cpu", kind="cpu", critical=0)))
    here.turned("cpu", "critical")
    reports = len(list((here.state / "watch/report").glob("*")))
    here.put("watches.json", '{"documents": [{}]}')
    here.process.send_signal(signal.SIGHUP)
    wait(lambda: any(line["event"] == "watch.cannot-read" for line in here.log()), 20, "the refusal")
    here.put("watches.json", '{"documents": []}')
    here.process.send_signal(signal.SIGHUP)
    wait(lambda: len(list((here.state / "watch/report").glob("*"))) > reports and not here.standing(), 20, "an empty report")


main(Endpoint)
