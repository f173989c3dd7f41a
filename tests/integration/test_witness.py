#!/usr/bin/env python3
"""Witnesses elsewhere: they follow the log over HTTPS, cosign what it grows to, and raise a log that was set back or
rewritten. The rewritten one is a real one: the server's own past, put back and gone on differently."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test, wait     # noqa: E402

CLASSES = ("ops", "access", "fleet", "alert")
FORK = 5
HISTORY = ("log", "audit", "checkpoints")
KILLED_AT = ("fsync", "rename", "fchmod", "write", "sendto")
KILLS_MAX = 12  # of one system call; more than any round makes


class Witness:
    """`vedette witness run --once` with a key and a state of its own."""

    def __init__(self, vedette, name):
        self.vedette, self.name = vedette, f"{name}.example/w"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v-witness-"))
        self.key, self.state = self.folder / "key", self.folder / "state"
        self.vkey = vedette.cli("witness", "init", "--name", self.name, "--key-out", str(self.key)).strip()

    def run(self, *options, prefix=()):
        ready = self.vedette.ready
        return subprocess.run([str(word) for word in (*prefix, BUILD / "vedette", "--url", ready["urls"]["portal"],
                               "--ca", ready["ca_file"], "--state", self.state, "witness", "run", "--once", "--key",
                               self.key, *options)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60,
                              env=os.environ | {"VEDETTE_TOKEN": self.vedette.token})

    def start(self):
        """Round after round, each second, until it is ended."""
        ready = self.vedette.ready
        return subprocess.Popen([str(word) for word in (BUILD / "vedette", "--url", ready["urls"]["portal"], "--ca",
                                 ready["ca_file"], "--state", self.state, "witness", "run", "--every", "1s", "--key",
                                 self.key)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=os.environ | {"VEDETTE_TOKEN": self.vedette.token})

    def follow(self, *options):
        """A round in which all is well."""
        done = self.run(*options)
        assert done.returncode == 0, f"{done.returncode} {done.stdout}{done.stderr}"
        return said(done)

    def last(self, log):
        """Size of the tree that it believed last."""
        path = self.state / log / "checkpoint"
        return int(path.read_text().splitlines()[1]) if path.exists() else 0

    def cosigned(self, log):
        """Size of the newest tree that the server has its cosignature of."""
        row = next(row for row in self.vedette.witnesses() if row["witness"] == self.name)
        pairs = (pair.split("=") for pair in (row.get("cosigned") or "").split())
        return int(dict(pairs).get(log, 0))


class Watched(Deployment):
    """With a token that a viewer has, and two witnesses of which a quorum is both."""

    def start(self, *options, **named):
        first = not self.state.joinpath("vedette.conf").exists()
        super().start(*options, **named)
        if first:
            self.first_start()

    def first_start(self):
        self.token = self.cli("apitoken", "create", "--name", "w", "--role", "viewer", "--json", parsed=True)["token"]
        self.one, self.two = Witness(self, "one"), Witness(self, "two")
        self.added = 0

    def close(self):
        super().close()
        for witness in (self.one, self.two):
            shutil.rmtree(witness.folder, ignore_errors=True)

    def witnesses(self):
        return self.cli("witness", "list", "--json", parsed=True)

    def size(self, log, name="checkpoint"):
        path = self.state / "log" / log / name
        return int(path.read_text().splitlines()[1]) if path.exists() else 0

    def add(self):
        """One entry more in ops."""
        before = self.size("ops")
        self.added += 1
        self.cli("tenant", "add", f"t{self.added}")
        wait(lambda: self.size("ops") > before, 10, "the entry's checkpoint")

    def quiet(self):
        """Nothing is being written any more."""
        sizes = lambda: [self.size(log) for log in CLASSES]     # noqa: E731
        before = []

        def same():
            nonlocal before
            before, now = sizes(), before
            return before == now
        wait(same, 20, "a quiet log", 2.5)


def said(done):
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def alarms(done):
    return {line["origin"].rpartition("/")[2]: line["kind"] for line in said(done) if line["event"] == "witness.fork"}


def keys(vedette):
    return [word for log in CLASSES for word in ("--vkey", vedette.state / "log" / log / "vkey")]


@test("a log's key is pinned when it was given or a person said so, never by itself")
def _(vedette):
    done = vedette.one.run()
    assert done.returncode == 1 and "--pin-first" in done.stderr, done.stderr
    assert not list(vedette.one.state.glob("*/vkey"))
    for option in ((), ("--key-out", vedette.one.key)):
        assert vedette.run_cli("witness", "init", "--name", "w", *map(str, option)).returncode
    assert vedette.one.key.stat().st_mode & 0o777 == 0o600


@test("who is no witness of the server cosigns nothing there")
def _(vedette):
    done = vedette.one.run(*keys(vedette))
    assert done.returncode == 1 and "unknown-witness" in done.stderr, done.stderr
    assert vedette.one.last("ops")


@test("two witnesses meet on one tree, a log that grows notwithstanding")
def _(vedette):
    for witness in (vedette.one, vedette.two):
        vedette.cli("witness", "add", witness.vkey)
    assert vedette.run_cli("witness", "add", vedette.one.vkey).returncode == 1
    vedette.one.follow()
    offered = vedette.size("ops", "checkpoint.offered")
    assert vedette.one.cosigned("ops") == offered and not vedette.size("ops", "checkpoint.cosigned")
    vedette.add()
    vedette.add()
    assert vedette.size("ops", "checkpoint.offered") == offered
    vedette.two.follow("--pin-first")
    assert vedette.size("ops", "checkpoint.cosigned") == offered
    # Everybody has: what is newest is offered next.
    assert vedette.size("ops", "checkpoint.offered") >= offered + 2


@test("readers demand the quorum, in the log and in receipts, from the folder and from elsewhere")
def _(vedette):
    trust = [word for witness in (vedette.one, vedette.two) for word in ("--witness", witness.vkey)]
    out = vedette.cli("log", "verify", "ops", *trust)
    assert "cosigned by 2 of 2 witnesses" in out, out
    receipt, entry = vedette.one.folder / "receipt", vedette.one.folder / "entry"
    vedette.cli("log", "prove", "ops", "0", "--out", str(receipt), "--entry", str(entry), *trust)
    vkey = str(vedette.state / "log/ops/vkey")
    out = vedette.cli("log", "verify", "--receipt", str(receipt), "--entry", str(entry), "--vkey", vkey, *trust)
    assert "cosigned by 2 of 2 witnesses" in out, out
    stranger = Witness(vedette, "stranger")
    done = vedette.run_cli("log", "verify", "ops", *trust, "--witness", stranger.vkey)
    assert done.returncode == 1 and "no-quorum" in done.stderr, done.stderr
    shutil.rmtree(stranger.folder)


@test("kill -9 at any write: what was cosigned was durable first, and it goes on")
def _(vedette):
    kills = 0
    for call in KILLED_AT:
        for number in range(1, KILLS_MAX):
            vedette.one.follow()
            vedette.two.follow()
            vedette.add()       # so that there is something new to cosign
            done = vedette.two.run(prefix=("strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                           f"inject={call}:signal=SIGKILL:when={number}"))
            if done.returncode == 0:
                break
            assert done.returncode in (-9, 137), (done.returncode, done.stderr)
            kills += 1
            assert vedette.two.cosigned("ops") <= vedette.two.last("ops"), (call, number)
    assert kills >= 10, kills
    vedette.two.follow()


@test("left running, they cosign what comes, through restarts of the portal and audit")
def _(vedette):
    running = [witness.start() for witness in (vedette.one, vedette.two)]
    try:
        for name in ("portal", "audit"):
            vedette.kill(name)
            vedette.add()
            wait(lambda: vedette.size("ops", "checkpoint.cosigned") == vedette.size("ops"), 30, "a quorum on what is newest")
    finally:
        for process in running:
            process.terminate()
            process.wait(10)


@test("a state that is damaged or of another log is refused, and not forgotten")
def _(vedette):
    checkpoint = vedette.one.state / "ops/checkpoint"
    whole = checkpoint.read_bytes()
    for wrong in (b"", whole[:-5], whole.replace(b"/ops", b"/opt"), (vedette.one.state / "access/checkpoint").read_bytes()):
        checkpoint.write_bytes(wrong)
        done = vedette.one.run()
        assert done.returncode == 1 and "bad-state" in done.stderr, done.stderr
        assert checkpoint.read_bytes() == wrong
    checkpoint.write_bytes(whole)
    vedette.one.follow()


@test("two witnesses on one state do not run")
def _(vedette):
    lock = subprocess.Popen(["flock", vedette.two.state / "lock", "cat"], stdin=subprocess.PIPE)
    try:
        wait(lambda: "another witness" in vedette.two.run().stderr, 10, "the lock")
    finally:
        lock.communicate()


@test("a server that does not answer is no fork")
def _(vedette):
    vedette.freeze("portal")
    done = None
    try:
        done = vedette.two.run()
    finally:
        vedette.thaw("portal")
    assert done.returncode == 3, done


@test("a log that was set back, signs two trees, or was rewritten: each is raised, and both checkpoints kept")
def _(vedette):
    past = vedette.one.folder / "past"
    vedette.quiet()
    vedette.stop()
    past.mkdir()
    for name in HISTORY:
        subprocess.run(["cp", "-a", vedette.state / name, past / name], check=True)
    vedette.start()
    for _ in range(12):
        vedette.add()
    vedette.quiet()
    wait(lambda: vedette.one.follow() and vedette.two.follow() and vedette.one.last("ops") == vedette.size("ops"), 20,
         "the witnesses to be where the log is", 0.5)
    true_size = vedette.one.last("ops")
    vedette.stop()
    for name in HISTORY:
        shutil.rmtree(vedette.state / name)
        subprocess.run(["cp", "-a", past / name, vedette.state / name], check=True)
    vedette.start()
    vedette.quiet()
    assert vedette.size("ops") < true_size
    done = vedette.one.run()
    assert done.returncode == FORK and alarms(done)["ops"] == "set-back", done.stderr
    assert (vedette.one.state / "ops/set-back").exists() and not (vedette.one.state / "ops/fork").exists()
    while vedette.size("ops") < true_size:
        vedette.add()
    done = vedette.one.run()
    assert done.returncode == FORK and alarms(done)["ops"] == "two-trees", done.stderr
    vedette.add()
    done = vedette.two.run()
    assert done.returncode == FORK and alarms(done)["ops"] == "rewritten", done.stderr
    assert vedette.one.cosigned("ops") == vedette.two.cosigned("ops") == 0
    # It stays so until a person takes the evidence away; the other classes are followed.
    done = vedette.two.run()
    assert done.returncode == FORK and alarms(done)["ops"] == "known", done.stderr
    for witness in (vedette.one, vedette.two):
        ours, theirs = witness.state / "ops/checkpoint", witness.state / "ops/fork"
        done = vedette.run_cli("log", "verify", "ops", "--since", str(ours))
        assert done.returncode == 1 and "(fork)" in done.stderr, done.stderr
        done = vedette.run_cli("log", "verify", "ops", "--since", str(theirs))
        assert done.returncode == 0, done.stderr


main(lambda: Watched(settings=["audit.quorum=2"]))
