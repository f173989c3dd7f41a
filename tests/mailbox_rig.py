"""Ingest and audit, an agent, and a scheduler made of nothing but a socket: what carries envelopes, and nothing that opens them."""
import base64
import contextlib
import json
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import threading

import zmq

from harness import BUILD, free_ports, wait

PROGRAMS = ("vedette-agent", "vedette-agent-carry")
TENANT, SITE = "acme", "berlin"


def request(number, call, **fields):
    """A call on the wire (docs/bus.md)."""
    name = call.encode()
    return struct.pack(">BQIB", 1, number, 10000, len(name)) + name + b"\0" + json.dumps(fields).encode()


class Refused(Exception):
    pass


class Scheduler:
    """The scheduler's key: asks ingest, and takes agents' envelopes, as many times as they come."""

    def __init__(self, state):
        self.state, self.context = state, zmq.Context()
        self.secret = (state / "scheduler/bus.key").read_text().strip().encode()
        self.taken, self.takes = [], 0
        self.deaf = False       # takes nothing
        self.number = 0
        self.socket = None
        self.ending = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def keys_of(self, role):
        return dict(line.split() for line in (self.state / "bus.keys").read_text().splitlines())[role].encode()

    def ask(self, call, **fields):
        """Once more on a new connection if no answer came: ingest may have been killed."""
        while True:
            if not self.socket:
                self.socket = self.context.socket(zmq.DEALER)
                self.socket.linger = 0
                self.socket.curve_publickey = zmq.curve_public(self.secret)
                self.socket.curve_secretkey, self.socket.curve_serverkey = self.secret, self.keys_of("ingest")
                self.socket.connect(f"ipc://{self.state}/ingest.sock")
            self.number += 1
            self.socket.send_multipart([b"call", request(self.number, call, **fields)])
            if self.socket.poll(3000):
                answer = self.socket.recv_multipart()[1]
                refused, text = answer[9], json.loads(answer[10:])
                if refused:
                    raise Refused(text["code"])
                return text
            self.socket.close()
            self.socket = None

    def put(self, agent, envelope):
        return self.ask("mailbox.put", agent=agent, envelope=base64.b64encode(envelope).decode())["number"]

    def serve(self):
        door = self.context.socket(zmq.ROUTER)
        door.linger = 0
        door.curve_server, door.curve_secretkey = True, self.secret
        door.curve_publickey = zmq.curve_public(self.secret)
        door.bind(f"ipc://{self.state}/scheduler.sock")
        (self.state / "scheduler.sock").chmod(0o666)    # ingest is another user
        while not self.ending:
            if not door.poll(50):
                continue
            peer, kind, text = door.recv_multipart()
            number = struct.unpack(">Q", text[1:9])[0]
            length = text[13]
            fields = json.loads(text[14 + length + 1 + text[14 + length]:])
            self.takes += 1
            refused = self.deaf
            if not refused:
                self.taken.append(base64.b64decode(fields["envelope"]))
            answer = {"code": "busy", "reason": "it is deaf"} if refused else {}
            door.send_multipart([peer, kind, struct.pack(">BQB", 1, number, refused) + json.dumps(answer).encode()])
        door.close()

    def close(self):
        self.ending = True
        self.thread.join()
        if self.socket:
            self.socket.close()
        self.context.term()


class Rig:
    def __init__(self):
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="mail-"))
        self.state.chmod(0o711)
        self.base = free_ports()
        self.processes = {}
        self.scheduler = None

    def __enter__(self):
        try:
            self.drop = self.state / "drop"
            self.drop.mkdir()
            self.drop.chmod(0o777)  # ingest is another user
            self.cli("init", "--ports", str(self.base), "--set", f"ingest.drop={self.drop}")
            self.start("audit")
            self.start("ingest")
            self.scheduler = Scheduler(self.state)
            wait(lambda: (self.state / "ingest.sock").exists(), what="ingest")
            self.agent = Agent(self)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for name in list(self.processes):
            self.kill(name)
        if self.scheduler:
            self.scheduler.close()
        shutil.rmtree(self.state, ignore_errors=True)

    def cli(self, *words):
        done = subprocess.run([BUILD / "vedette", "--state", self.state, "--json", *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def spawn(self, name, argv):
        with open(self.state / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log,
                                                    stderr=log)

    def start(self, name):
        self.spawn(name, [BUILD / f"vedette-{name}", "--state", self.state])

    def kill(self, name, number=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(20)


class Agent:
    """An agent whose envelopes nobody opens: the programs are copied to where vedette-agent-work is not."""

    def __init__(self, rig):
        self.rig, self.folder = rig, rig.state / "machine"
        self.folder.mkdir()
        for name in PROGRAMS:
            shutil.copy(BUILD / name, self.folder / name)
        self.state = self.folder / "state"
        token = json.loads(rig.cli("token", "create", "--tenant", TENANT, "--site", SITE))["token"]
        done = subprocess.run([self.folder / "vedette-agent", "enrol", "--state", self.state, "--server",
                               f"https://localhost:{rig.base + 1}", "--token-file", "-", "--ca", self.fingerprint()],
                              input=token, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        assert done.returncode == 0, done.stdout
        self.id = json.loads((self.state / "identity").read_text())["agent"]
        self.counter = 0

    def fingerprint(self):
        done = subprocess.run(["openssl", "x509", "-in", self.rig.state / "ca.pem", "-noout", "-fingerprint", "-sha256"],
                              stdout=subprocess.PIPE, text=True, check=True)
        return "sha256:" + done.stdout.split("=")[1].strip().replace(":", "").lower()

    def start(self):
        self.rig.spawn("agent", [self.folder / "vedette-agent", "--state", self.state])

    def carry(self):
        """One round of the carrier; what it said became of it."""
        done = subprocess.run([self.folder / "vedette-agent-carry", "mail", "--state", self.state], text=True, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))

    @contextlib.contextmanager
    def without_server(self):
        """Nobody listens where this agent thinks that its server is."""
        path = self.state / "identity"
        kept = path.read_text()
        path.write_text(json.dumps(json.loads(kept) | {"server": "https://localhost:1"}))
        yield
        path.write_text(kept)

    def carriers(self):
        """Pids of the carriers that are under way: children of the resident."""
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if name.startswith("vedette-agent-c") and int(rest.split()[1]) == self.rig.processes["agent"].pid:
                found.append(int(stat.parent.name))
        return found

    def came(self):
        """What is in mail/in/, taken out as work would."""
        found = []
        for path in (self.state / "mail/in").glob("?" * 64):
            found.append(path.read_bytes())
            path.unlink()
        return found

    def send(self, envelope):
        """As work hands over an envelope: whole, under its place."""
        self.counter += 1
        out = self.state / "mail/out"
        out.mkdir(parents=True, exist_ok=True)
        draft = out / ".draft"
        draft.write_bytes(envelope)
        draft.rename(out / f"scheduler.{1:020}.{self.counter:020}")

    def waiting(self):
        return sorted(path.name for path in (self.state / "mail/out").glob("scheduler.*"))

    def log(self):
        return [json.loads(line) for line in (self.rig.state / "agent.log").read_text().splitlines()]
