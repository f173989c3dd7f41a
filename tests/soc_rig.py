"""Subscribers for tests: a bus rig with audit running, files of subscribers, and clients of our own making."""
import json
import subprocess

import zmq

from bus_rig import Raw, Rig
from harness import BUILD, Stream


class Soc(Rig):
    def __enter__(self):
        super().__enter__()
        self.streams = []
        self.start_audit()
        self.once("health", "cli", "audit")
        return self

    def __exit__(self, *_):
        for stream in self.streams:
            stream.process.kill()
            stream.process.wait()
        super().__exit__(*_)

    def vedette(self, *words, deadline_s=30):
        return subprocess.run([str(BUILD / "vedette"), "--state", str(self.state), *map(str, words)], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=deadline_s)

    def add(self, name, *options):
        """A subscriber's file."""
        path = self.state / f"{name}.json"
        done = self.vedette("subscriber", "add", name, *options, "--out", path)
        assert done.returncode == 0, done.stderr
        return path

    def row(self, name):
        rows = json.loads(self.vedette("--json", "subscriber", "list").stdout)
        return next(row for row in rows if row["name"] == name)

    def stream(self, path, *options):
        """`vedette stream` with nothing but the file."""
        stream = Stream([str(BUILD / "vedette"), "--state", "/nowhere", "stream", "--json", "--subscriber", str(path),
                         *map(str, options)])
        self.streams.append(stream)
        return stream

    def try_stream(self, path, *options, deadline_s=20):
        return subprocess.run([str(BUILD / "vedette"), "stream", "--subscriber", str(path), *options], cwd="/",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=deadline_s)

    def refused(self, reason):
        return self.metric(f'bus_refused_total{{reason="{reason}"}}')


def sequences(stream):
    return [int(event["sequence"]) for event in list(stream.events)]


class Client(Raw):
    """By a subscriber's file."""

    def __init__(self, path, kind=zmq.DEALER, endpoint=None, **options):
        self.file = json.loads(path.read_text())
        keys = (self.file[name].encode() for name in ("public_key", "secret_key", "server_key"))
        super().__init__(kind, endpoint or self.file["live" if kind == zmq.SUB else "replay"], keys, **options)

    def ask(self, *frames):
        self.socket.send_multipart(frames)
        return self.receive()

    def subscribe(self, **wish):
        return self.ask(b"subscribe", json.dumps(wish).encode())
