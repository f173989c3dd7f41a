"""A bus for tests: a state directory with keys, the real vedette-audit, and peers (tests/tools/bus_peer.c)."""
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

import zmq

from harness import BUILD, free_ports, scrape, wait


class Raw:
    """A ZeroMQ client that knows no manners. keys: public, secret, and the server's public one."""

    def __init__(self, kind, endpoint, keys=None, **options):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        for name, value in options.items():
            setattr(self.socket, name, value)
        if keys:
            self.socket.curve_publickey, self.socket.curve_secretkey, self.socket.curve_serverkey = keys
        self.socket.connect(endpoint)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.context.term()

    def receive(self, limit_s=30):
        return self.socket.recv_multipart() if self.socket.poll(limit_s * 1000) else None


class Stranger(Raw):
    """By a role's key, by other keys, or by none."""

    def __init__(self, rig, kind, endpoint, role=None, keys=None):
        secret = (rig.state / role / "bus.key").read_text().strip().encode() if role else keys and keys[1]
        table = dict(line.split() for line in (rig.state / "bus.keys").read_text().splitlines())
        super().__init__(kind, endpoint, secret and (zmq.curve_public(secret), secret, table["audit"].encode()))


def events_endpoint(rig):
    return f"ipc://{rig.state}/audit.sock"


class Peer:
    """A running bus_peer, its lines read in the background."""

    def __init__(self, rig, *words):
        self.process = subprocess.Popen([str(BUILD / "tests/tools/bus_peer"), str(rig.state), *map(str, words)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_line(self, start, deadline_s=20):
        return wait(lambda: next((one for one in list(self.lines) if one.startswith(start)), None), deadline_s,
                    f"a line {start}…")

    def events(self):
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]

    def kill(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(20)
        self.reader.join(5)


class Rig:
    def __init__(self, settings=(), audit_prefix=()):
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="bus-"))
        self.state.chmod(0o711)
        self.base = free_ports(2)
        self.live, self.replay = (f"tcp://127.0.0.1:{self.base + i}" for i in (0, 1))
        self.settings = ["common.deployment = test", f"common.soc_live = {self.live}", f"common.soc_replay = {self.replay}", *settings]
        if not any(line.startswith("audit.segment_bytes") for line in self.settings):
            self.settings.append("audit.segment_bytes = 4194304")     # a journal's first one is written through
        self.audit_prefix = list(audit_prefix)
        self.audit = None
        self.peers, self.services = [], []

    def __enter__(self):
        (self.state / "vedette.conf").write_text("\n".join(self.settings) + "\n")
        (self.state / "ca.pem").touch()
        self.once("keys")
        for folder in ("log", "checkpoints"):
            (self.state / folder).mkdir(mode=0o750)
        for name in ("log.key", "master.key"):
            (self.state / "audit" / name).write_text("5e" * 32 + "\n")
            (self.state / "audit" / name).chmod(0o400)
        return self

    def __exit__(self, *_):
        for peer in self.peers:
            peer.kill()
        for service in self.services:
            service.kill()
            service.wait()
        if self.audit:
            self.kill_audit()
        shutil.rmtree(self.state, ignore_errors=True)

    def spawn(self, name, prefix=()):
        with open(self.state / f"{name}.log", "ab") as log:
            return subprocess.Popen([*prefix, str(BUILD / f"vedette-{name}"), "--state", str(self.state)],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self, name):
        self.services.append(self.spawn(name))
        return self.services[-1]

    def start_audit(self):
        self.audit = self.spawn("audit", self.audit_prefix)

    def kill_audit(self, number=signal.SIGKILL):
        self.audit.send_signal(number)
        status = self.audit.wait(20)
        self.audit = None
        return status

    def log(self):
        return [json.loads(line) for line in (self.state / "audit.log").read_text().splitlines()
                if line.startswith("{")]

    def metric(self, name, service="audit"):
        for line in scrape(self.state / service / "metrics.sock").splitlines():
            if line.startswith(f"vedette_{service}_{name} "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def peer(self, *words):
        peer = Peer(self, *words)
        self.peers.append(peer)
        return peer

    def once(self, *words, deadline_s=30):
        """A bus_peer that ends by itself; its lines."""
        done = subprocess.run([str(BUILD / "tests/tools/bus_peer"), str(self.state), *map(str, words)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=deadline_s,
                              check=True)
        return done.stdout.splitlines()

    def stored(self, log_class, first=0):
        """Every event of a class, from the journal."""
        listener = Peer(self, "listen", "cli", log_class, first)
        try:
            listener.wait_line("caught-up", 60)
        finally:
            listener.kill()
        return listener.events()

    def segments(self):
        return sorted((self.state / "audit/journal").glob("*.segment"))
