#!/usr/bin/env python3
"""The agent against the real ingest: enrolment, heartbeats, kills, restored and copied states, a server that is away."""
import contextlib
import ctypes
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test, wait  # noqa: E402

AGENT = str(BUILD / "vedette-agent")
TENANT, SITE = "acme", "berlin"


class Machine:
    """A machine with an agent: its state directory, and the process while it runs."""

    def __init__(self, vedette, name, policy=""):
        self.vedette = vedette
        self.folder = vedette.state / "machines" / name
        self.folder.mkdir(parents=True)
        self.state = self.folder / "state"
        self.policy = self.folder / "policy.conf"
        self.policy.write_text(policy)
        self.policy.chmod(0o644)
        self.log_file = self.folder / "log"
        self.process = None

    def enrol(self, *words, token=None, server=None, ca=None):
        token = token or self.vedette.cli("token", "create", "--tenant", TENANT, "--site", SITE, "--json",
                                          parsed=True)["token"]
        server = server or f"https://localhost:{self.vedette.ready['ports']['envelopes']}"
        return subprocess.run([AGENT, "enrol", "--state", self.state, "--server", server, "--token-file", "-", "--ca",
                               ca or fingerprint(self.vedette), *words], input=token, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)

    def joined(self, **options):
        done = self.enrol(**options)
        assert done.returncode == 0, done.stdout
        return self

    @property
    def id(self):
        return json.loads((self.state / "identity").read_text())["agent"]

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([AGENT, "--state", self.state, "--policy", self.policy],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(10)

    def log(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def logged(self, event, after=0):
        return [line for line in self.log()[after:] if line["event"] == event]

    def shown(self):
        return self.vedette.cli("agents", "show", str(self.id), "--json", parsed=True)

    def is_shown(self, state, deadline_s=20):
        return wait(lambda: self.shown()["state"] == state and self.shown(), deadline_s, f"agent {self.id} {state}")

    def run(self, *words):
        return subprocess.run([AGENT, *words, "--state", self.state], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)


@contextlib.contextmanager
def machine(vedette, name, **options):
    one = Machine(vedette, name, **options)
    try:
        yield one
    finally:
        if one.process and one.process.poll() is None:
            one.process.send_signal(signal.SIGCONT)
            one.end(signal.SIGKILL)


def fingerprint(vedette):
    import hashlib
    import ssl
    pem = pathlib.Path(vedette.ready["ca_file"]).read_text()
    return "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class Relay:
    """A door in front of ingest's HTTPS that can be shut."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_open = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_open:
                link.close()
                continue
            there = socket.create_connection(("127.0.0.1", self.to))
            for source, sink in ((link, there), (there, link)):
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)


class Beater:
    """An agent's identity, used by hand."""
    HELLO, MAIL_WANTED, PROBE = 1, 8, 16

    def __init__(self, one):
        self.id = one.id
        secret = bytes.fromhex((one.state / "secret").read_text())
        self.beat_key, self.wake_key = (self.key(secret, f"vedette {what} v1".encode()) for what in ("beat", "wake"))
        self.sodium = ctypes.CDLL("libsodium.so.23")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", one.vedette.ready["ports"]["beats"]))
        self.socket.settimeout(0.1)

    @staticmethod
    def key(secret, label):
        """HKDF-SHA-256 (RFC 5869), first 16 bytes."""
        return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), label + b"\1", "sha256")[:16]

    def mac(self, data, key):
        out = ctypes.create_string_buffer(8)
        self.sodium.crypto_shorthash(out, data, ctypes.c_ulonglong(len(data)), key)
        return out.raw

    def beat(self, counter, flags):
        head = struct.pack(">BBHIQ", 1, flags, 0, self.id, counter)
        self.socket.send(head + self.mac(head, self.beat_key))

    def heard(self):
        """The flags of an authentic wake, or None."""
        data = self.socket.recv(100)
        assert len(data) == 24 and self.mac(data[:16], self.wake_key) == data[16:]
        return struct.unpack(">BBHIQ", data[:16])[1]


@test("enrolment is refused for a CA with another hash, an unknown token, another tenant, and says so")
def _(vedette):
    with machine(vedette, "refused") as one:
        wrong = fingerprint(vedette)[:-1] + ("0" if fingerprint(vedette)[-1] != "0" else "1")
        done = one.enrol(ca=wrong)
        assert done.returncode == 1 and "wrong-ca" in done.stdout and fingerprint(vedette) in done.stdout, done.stdout
        done = one.enrol(token="0123456789012345678901234567890123456789xyz")
        assert done.returncode == 1 and "token-unknown" in done.stdout, done.stdout
        done = one.enrol("--tenant", "somebody-else")
        assert done.returncode == 1 and "other-tenant" in done.stdout, done.stdout
        done = one.enrol(server="https://localhost:1")
        assert done.returncode == 1 and "unreached" in done.stdout, done.stdout
        # The certificate is for localhost and 127.0.0.1; a name that is not in it is refused, whatever the CA.
        done = one.enrol(server=f"https://127.0.0.2:{vedette.ready['ports']['envelopes']}")
        assert done.returncode == 1 and "untrusted" in done.stdout, done.stdout
        assert not (one.state / "identity").exists()
        assert one.run("status").returncode == 1


@test("enrolment makes keys that nobody else can read; again it is refused, or gives the same agent")
def _(vedette):
    with machine(vedette, "keys") as one:
        one.joined()
        for name in ("secret", "sign.key", "seal.key"):
            assert stat.S_IMODE((one.state / name).stat().st_mode) == 0o400, name
        assert stat.S_IMODE(one.state.stat().st_mode) == 0o700
        agent, before = one.id, (one.state / "secret").read_text()
        done = one.enrol()
        assert done.returncode == 1 and "already-enrolled" in done.stdout, done.stdout
        done = one.enrol("--again")
        assert done.returncode == 0 and one.id == agent and (one.state / "secret").read_text() == before, done.stdout


@test("an agent beats, reports its machine, sends no more than it says, and says goodbye")
def _(vedette):
    with machine(vedette, "plain") as one:
        one.joined().start()
        one.is_shown("online")
        shown = wait(lambda: one.shown().get("inventory") and one.shown(), 15, "the inventory")
        told = one.run("what-i-send").stdout
        for field in shown["inventory"]:
            assert f"  {field} " in told, field
        assert shown["hostname"] == socket.gethostname() and shown["inventory"]["cpus"] == os.cpu_count()
        assert wait(lambda: (one.state / "inventory.json").exists(), 5)
        done = one.run("status")
        assert done.returncode == 0 and "running" in done.stdout, done.stdout
        again = one.run("run")
        assert again.returncode == 1 and "already-running" in again.stdout, again.stdout
        assert one.end() == 0
        one.is_shown("goodbye", 5)
        assert one.run("status").returncode == 3


@test("kill -9 and start again, several times: no counter is used twice")
def _(vedette):
    with machine(vedette, "killed") as one:
        one.joined().start()
        one.is_shown("online")
        dropped = vedette.metrics("ingest")['beats_dropped_total{reason="old-counter"}']
        for _ in range(5):
            accepted = vedette.metrics("ingest")["beats_accepted_total"]
            one.end(signal.SIGKILL)
            one.start()
            wait(lambda: vedette.metrics("ingest")["beats_accepted_total"] > accepted, 10, "a beat of the new start")
        assert vedette.metrics("ingest")['beats_dropped_total{reason="old-counter"}'] == dropped
        assert not one.logged("agent.counter-behind")
        one.end()


@test("a frozen agent becomes late and offline, and online again when it is thawed")
def _(vedette):
    with machine(vedette, "frozen") as one:
        one.joined().start()
        one.is_shown("online")
        one.process.send_signal(signal.SIGSTOP)
        one.is_shown("late", 40)
        one.is_shown("offline", 40)
        one.process.send_signal(signal.SIGCONT)
        one.is_shown("online", 5)
        one.end()


@test("a restored state goes on above the counters that were used, and proves itself")
def _(vedette):
    with machine(vedette, "restored") as one:
        one.joined().start()
        one.is_shown("online")
        one.end()
        image = one.folder / "image"
        shutil.copytree(one.state, image)
        for _ in range(2):
            one.start()
            one.is_shown("online")
            one.end()
            one.is_shown("goodbye")
        shutil.rmtree(one.state)
        shutil.copytree(image, one.state)
        lines = len(one.log())
        one.start()
        one.is_shown("online", 40)
        assert one.logged("agent.counter-behind", lines)
        assert (one.state / "mail/restored").exists(), "streams go on as if nothing had been sent since"
        one.end()


@test("two machines with one identity are noticed")
def _(vedette):
    events = vedette.stream("--class", "fleet")
    with machine(vedette, "original") as one, machine(vedette, "twin") as two:
        one.joined().start()
        one.is_shown("online")
        shutil.copytree(one.state, two.state)
        two.start()
        event = events.wait(lambda event: event["type"] == "vedette.agent.cloned.v1"
                            and event["subject"] == f"agent/{one.id}", 150)
        assert event["sev"] == 2
        one.end()
        two.end()


@test("while the server is away the report waits on disk; it arrives when the server is back")
def _(vedette):
    relay = Relay(vedette.ready["ports"]["envelopes"])
    with machine(vedette, "away") as one:
        one.joined(server=f"https://localhost:{relay.port}")
        relay.is_open = False
        one.start()
        one.is_shown("online")              # beats take another way
        wait(lambda: one.logged("agent.mail-failed"), 15, "the failed delivery")
        assert (one.state / "spool/inventory.json").exists() and not one.shown().get("inventory")
        relay.is_open = True
        wait(lambda: one.shown().get("inventory"), 60, "the inventory")
        wait(lambda: one.logged("agent.mail-again") and not (one.state / "spool/inventory.json").exists(), 5)
        one.end()
    relay.listener.close()


@test("a retired agent hears of it by a wake, stops beating and stays silent after a restart")
def _(vedette):
    with machine(vedette, "retired") as one:
        one.joined().start()
        one.is_shown("online")
        # A wake goes only to an address that two beats came from.
        accepted = vedette.metrics("ingest")["beats_accepted_total"]
        wait(lambda: vedette.metrics("ingest")["beats_accepted_total"] > accepted, 20, "a second beat")
        vedette.cli("agents", "retire", str(one.id))
        wait(lambda: one.logged("agent.retired"), 5, "the agent to hear of it")
        one.is_shown("retired")
        one.end()
        counts = vedette.metrics("ingest")
        one.start()
        wait(lambda: len(one.logged("agent.retired")) == 2, 5, "the restarted agent to know")
        assert one.end() == 0
        assert vedette.metrics("ingest")['beats_dropped_total{reason="retired"}'] == counts[
            'beats_dropped_total{reason="retired"}']
        assert "retired" in one.run("status").stdout
        # With a new token the machine may join again, as another agent.
        retired = one.id
        assert one.enrol("--again").returncode == 0 and one.id != retired
        one.start()
        one.is_shown("online")
        one.end()


@test("a probe is answered with a greeting of its own size, once the address is confirmed")
def _(vedette):
    with machine(vedette, "probe") as one:
        one.joined()
        beater = Beater(one)
        beater.beat(1, Beater.HELLO | Beater.PROBE)
        one.is_shown("online")
        try:
            raise AssertionError(f"greeted before the address was confirmed: {beater.heard()}")
        except TimeoutError:
            pass
        beater.beat(2, Beater.PROBE)
        assert wait(beater.heard, 5, "the greeting") == Beater.HELLO
        # Old counters earn mail's wake, not a greeting; a second one from the same address, the counter rising.
        beater.beat(1, Beater.PROBE)
        try:
            raise AssertionError(f"a recorded beat was answered: {beater.heard()}")
        except TimeoutError:
            pass


@test("loose permissions are refused, with the file and the mode that is wanted")
def _(vedette):
    with machine(vedette, "loose") as one:
        one.joined()
        for path, bad, good, wanted in ((one.state / "sign.key", 0o440, 0o400, "0400"),
                                        (one.state / "secret", 0o444, 0o400, "0400"),
                                        (one.state, 0o750, 0o700, "0700"), (one.policy, 0o664, 0o644, "0644")):
            path.chmod(bad)
            lines = len(one.log()) if one.log_file.exists() else 0
            assert one.start().process.wait(10) == 1
            line = one.log()[lines]
            assert line["code"] == "loose-permissions", line
            assert path.name in line["reason"] and wanted in line["reason"], line
            path.chmod(good)
        one.policy.write_text("inventory = on\ncamera = on\n")
        assert one.start().process.wait(10) == 1
        assert "policy.conf:2: there is no key camera" in one.log()[-1]["reason"]


@test("what the policy forbids is not sent")
def _(vedette):
    with machine(vedette, "private", policy="inventory = off\n") as one:
        mails = vedette.metrics("ingest")["mails_total"]
        one.joined().start()
        one.is_shown("online")
        wait(lambda: vedette.metrics("ingest")["mails_total"] > mails, 10, "mail")
        assert not one.shown().get("inventory")
        one.end()


@test("an agent that reports without end is refused, so that it keeps nobody waiting for the disk")
def _(vedette):
    with machine(vedette, "talker") as one:
        one.joined()
        secret = bytes.fromhex((one.state / "secret").read_text())
        key = hmac.digest(hmac.digest(bytes(32), secret, "sha256"), b"vedette carry v1\x01", "sha256")
        link = http.client.HTTPSConnection("localhost", vedette.ready["ports"]["envelopes"],
                                           context=vedette.api().trust)

        def report(number):
            body = json.dumps({"agent": one.id, "instance": "ab" * 16, "inventory": {"os": f"os {number}"}}).encode()
            link.request("POST", "/v1/mail", body, {"Vedette-MAC": hmac.digest(key, body, "sha256").hex()})
            answer = link.getresponse()
            return answer.status, json.loads(answer.read()).get("code")
        answers = [report(number) for number in range(60)]
        link.close()
        assert answers[0] == (200, None) and (429, "too-many-attempts") in answers, answers


if __name__ == "__main__":
    main(Deployment)
