"""An agent that stands alone and watches: its state directory, made-up programs, servers to probe."""
import http.server
import json
import os
import pathlib
import secrets
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading

from harness import BUILD, free_ports, wait

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

    def reports(self):
        return len(list((self.state / "watch/report").glob("*")))

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
