#!/usr/bin/env python3
"""Whatever comes to ingest's two doors: counted by reason, never answered where it must not be, never a false state."""
import pathlib
import secrets
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import Deployment, fields, main, test, wait     # noqa: E402
from ingest_rig import Agent, Door, fleet, public_key     # noqa: E402

DROPPED = 'beats_dropped_total{reason="%s"}'


def counts(vedette):
    return vedette.metrics("ingest")


class Counted:
    """Within it exactly so many beats are accepted, and so many dropped by each reason named; nothing is answered."""

    def __init__(self, vedette, *agents, accepted=0, **dropped):
        self.vedette, self.agents = vedette, agents
        self.wanted = {"beats_accepted_total": accepted} | {DROPPED % name.replace("_", "-"): n for name, n in dropped.items()}

    def __enter__(self):
        self.before = counts(self.vedette)

    def __exit__(self, kind, *_):
        if kind:
            return
        wait(lambda: self.grown() == self.wanted, 10, f"{self.wanted} (last {self.grown()})")
        for agent in self.agents:
            answer = agent.heard(0.05)
            assert answer is None, f"answered: {answer.hex()}"

    def grown(self):
        now = counts(self.vedette)
        changed = {name: now[name] - self.before[name] for name in now
                   if name.startswith("beats_dropped") and now[name] != self.before[name]}
        return {"beats_accepted_total": now["beats_accepted_total"] - self.before["beats_accepted_total"]} | changed


def state(vedette, agent):
    return vedette.cli("agents", "show", str(agent.number), "--json", parsed=True)["state"]


def token(vedette, *more, tenant="acme", site="hq", uses=1, ttl="1h"):
    made = vedette.cli("token", "create", "--tenant", tenant, "--site", site, "--uses", str(uses), "--ttl", ttl, "--json",
                       *more, parsed=True)
    return made["token"], made["token_id"]


@test("an agent's beat makes it online; every length from 0 to 1500 but its own is dropped and never answered")
def _(vedette):
    agent = vedette.fleet_of_test[0]
    with Counted(vedette, agent, accepted=1):
        recorded = agent.beat()
    wait(lambda: state(vedette, agent) == "online")
    with Counted(vedette, agent, bad_length=1500, old_counter=1):
        for length in range(1501):
            agent.socket.send((recorded * 63)[:length])


@test("wrong version, unknown agent, wrong MAC, reserved bits: each is dropped by its reason")
def _(vedette):
    agent, other = vedette.fleet_of_test[:2]
    datagrams = {
        "bad_version": [agent.make(counter=100, version=version) for version in (0, 2, 255)],
        "unknown_agent": [agent.make(counter=100, number=number) for number in (100_000, 2**32 - 1)],
        "bad_layout": [agent.make(counter=100, number=0), b"\1\0\1\0" + agent.make(counter=100)[4:]],
        "bad_mac": [agent.make(counter=100)[:-1] + b"x", agent.make(counter=100, number=other.number), b"\1" + bytes(3) +
                    struct.pack(">I", agent.number) + bytes(16)],
    }
    with Counted(vedette, agent, **{reason: len(some) for reason, some in datagrams.items()}):
        for some in datagrams.values():
            for datagram in some:
                agent.socket.send(datagram)
    assert state(vedette, other) == "never"


@test("replayed and reordered beats change nothing, not even those recorded before a kill -9 and sent after it")
def _(vedette):
    agent, victim = vedette.fleet_of_test[2:4]
    with Counted(vedette, agent, victim, accepted=5):
        recorded = [agent.beat() for _ in range(4)]
        goodbye = victim.beat(flags=2)
    wait(lambda: state(vedette, victim) == "goodbye")
    with Counted(vedette, agent, accepted=1):
        agent.beat()
    vedette.kill("ingest")
    wait(vedette.health)
    stranger = Agent(agent.number, agent.secret, vedette.base)
    with Counted(vedette, stranger, old_counter=13):
        for datagram in reversed(recorded):
            stranger.socket.send(datagram)
        for _ in range(9):
            stranger.socket.send(recorded[0])
    victim.socket.send(goodbye)
    with Counted(vedette, agent, accepted=1):
        agent.beat()
    assert state(vedette, victim) == "goodbye" and state(vedette, agent) == "online"


@test("a flood of a hundred thousand wrong datagrams is counted, and nobody's state changes by it")
def _(vedette):
    agent = vedette.fleet_of_test[4]
    before = counts(vedette)
    agent.beat()
    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flood.connect(("127.0.0.1", vedette.base))
    wrong = agent.make(counter=2**40)[:-1] + b"x"
    for number in range(100_000):
        flood.send(wrong)
        if number % 10_000 == 0:
            agent.beat()
    names = [DROPPED % "bad-mac", DROPPED % "queue-full"]
    wait(lambda: sum(counts(vedette)[name] - before[name] for name in names) == 100_000, 20, "all to be counted")
    agent.beat()
    wait(lambda: state(vedette, agent) == "online")


@test("an agent whose counter is behind is woken after two beats, once a minute; a recorded beat never is answered")
def _(vedette):
    agent = vedette.fleet_of_test[5]
    agent.counter = 5000
    with Counted(vedette, agent, accepted=2):
        agent.beat()
        agent.beat()
    restored = Agent(agent.number, agent.secret, vedette.base, counter=10)
    recorded = restored.beat()
    for _ in range(5):
        restored.socket.send(recorded)
    assert restored.heard() is None
    restored.beat()
    wake = wait(restored.heard)
    assert restored.is_wake(wake), wake.hex()
    for _ in range(5):
        restored.beat()
    assert restored.heard() is None, "woken twice within a minute"
    assert agent.heard(0.05) is None


@test("enrolment: refused with the reason for unknown, revoked, used-up tokens, other tenants and sites")
def _(vedette):
    door = Door(vedette, "127.0.0.2")
    good, number = token(vedette, tenant="acme", site="hq")
    for refused, code in ((door.enrol("x" * 43), "token-unknown"), (door.enrol(good, tenant="other"), "other-tenant"),
                          (door.enrol(good, site="lab"), "other-site"), (door.enrol(good, sign_key="A" * 124), "bad-key")):
        assert refused[1]["code"] == code, refused
    stream = vedette.stream("--class", "access", "--from", "0")
    status, answer = door.enrol(good, tenant="acme", site="hq", name="first")
    assert status == 200 and answer["tenant"] == "acme" and answer["beat_port"] == vedette.base, answer
    assert door.enrol(good)[1]["code"] == "token-used-up"
    revoked, number = token(vedette)
    vedette.cli("token", "revoke", str(number))
    assert door.enrol(revoked)[1]["code"] == "token-revoked"
    stream.wait(lambda event: fields(event).get("code") == "token-revoked"
                and fields(event).get("token_id") == number)
    stream.close()
    vedette.streams.remove(stream)


@test("enrolment repeated with the same key gives the same answer; another secret under a known key is refused")
def _(vedette):
    door = Door(vedette, "127.0.0.3")
    once, _ = token(vedette)
    key, fingerprint = public_key()
    secret = secrets.token_hex(32)
    first = door.enrol(once, sign_key=key, beat_secret=secret)
    assert first[0] == 200 and door.enrol(once, sign_key=key, beat_secret=secret) == first
    assert door.enrol(once, sign_key=key)[1]["code"] == "key-known"
    shown = vedette.cli("agents", "show", str(first[1]["agent"]), "--json", parsed=True)
    assert shown["fingerprint"] == fingerprint and shown["state"] == "never"
    agent = Agent(first[1]["agent"], bytes.fromhex(secret), first[1]["beat_port"])
    agent.beat()
    wait(lambda: state(vedette, agent) == "online")


@test("who guesses tokens is slowed down, and others are not")
def _(vedette):
    door = Door(vedette, "127.0.0.4")
    codes = [door.enrol(secrets.token_urlsafe(32))[1]["code"] for _ in range(12)]
    assert codes == ["token-unknown"] * 10 + ["too-many-attempts"] * 2, codes
    assert Door(vedette, "127.0.0.5").enrol(secrets.token_urlsafe(32))[1]["code"] == "token-unknown"


@test("mail: only with the agent's MAC, and a nonce is good once; what it reports is shown")
def _(vedette):
    door, agent = Door(vedette), vedette.fleet_of_test[0]
    forged = Agent(agent.number, bytes(32), vedette.base)
    assert forged.mail(door)[1]["code"] == "bad-mac"
    assert door.ask("POST", "/v1/mail", b'{"agent":1,"instance":"' + b"0" * 32 + b'"}')[1]["code"] == "bad-mac"
    assert agent.mail(door, unknown=1)[1]["code"] == "unknown-field"
    status, answer = agent.mail(door, inventory={"hostname": "tower", "os": "Debian 12", "kernel": "bad\x01", "cpus": 2})
    assert status == 200 and answer["counter"] == agent.counter, answer
    assert agent.mail(door, nonce=answer["nonce"])[0] == 200
    assert agent.mail(door, nonce=answer["nonce"])[1]["code"] == "bad-nonce"
    shown = vedette.cli("agents", "show", str(agent.number), "--json", parsed=True)
    assert (shown["hostname"], shown["os"], shown["inventory"]["cpus"]) == ("tower", "Debian 12", 2), shown
    assert shown.get("kernel") is None, shown


@test("two machines with one identity are noticed, once an episode; a restart is not taken for that")
def _(vedette):
    door, agent, calm = Door(vedette), *vedette.fleet_of_test[6:8]
    stream = vedette.stream("--class", "fleet", "--from", "0")
    for letter in "ab":
        calm.mail(door, instance=letter * 32)
    for letter in "abababab":
        agent.mail(door, instance=letter * 32)
    stream.wait(lambda event: event["type"] == "vedette.agent.cloned.v1" and event["subject"] == f"agent/{agent.number}")
    agent.beat(flags=2)
    stream.wait(lambda event: event["type"] == "vedette.agent.goodbye.v1" and event["subject"] == f"agent/{agent.number}")
    assert stream.types().count("agent.cloned") == 1
    stream.close()
    vedette.streams.remove(stream)


@test("a retired agent is refused at once, by beat and by mail, and its id is never given again")
def _(vedette):
    door, agent = Door(vedette), vedette.fleet_of_test[-1]
    with Counted(vedette, agent, accepted=2):
        agent.beat()
        agent.beat()
    vedette.cli("agents", "retire", str(agent.number))
    wake = wait(agent.heard)
    assert agent.is_wake(wake), "not woken to learn of it"
    with Counted(vedette, agent, retired=1):
        agent.beat()
    assert agent.mail(door)[1]["code"] == "retired"
    assert state(vedette, agent) == "retired"
    assert vedette.run_cli("agents", "rename", str(agent.number), "x").returncode == 1
    vedette.kill("ingest")
    wait(vedette.health)
    with Counted(vedette, agent, retired=1):
        agent.beat()
    status, answer = Door(vedette, "127.0.0.6").enrol(token(vedette)[0])
    assert status == 200 and answer["agent"] > agent.number


@test("the CA and nothing unasked: unknown paths and methods get a reason")
def _(vedette):
    door = Door(vedette)
    assert door.ask("GET", "/v1/nothing")[1]["code"] == "not-found"
    assert door.ask("GET", "/v1/enrol")[0] == 405
    assert door.ask("POST", "/v1/enrol", b'{"token":1,"token":2}')[1]["code"] == "bad-json"
    assert door.ask("POST", "/v1/enrol", b"{}")[1]["code"] == "missing-field"
    assert door.ask("POST", "/v1/mail", b"x" * 1_100_000)[0] == 413


@test("an expired token is refused")
def _(vedette):
    text, made = vedette.short_token
    wait(lambda: time.monotonic() - made > 61, 70, "a minute to pass", 1)
    assert Door(vedette, "127.0.0.7").enrol(text)[1]["code"] == "token-expired"


class Fixture(Deployment):
    def start(self, *options, **more):
        super().start(*options, **more)
        self.fleet_of_test = fleet(self, 10)
        self.short_token = token(self, ttl="60")[0], time.monotonic()


if __name__ == "__main__":
    main(lambda: Fixture(settings=["ingest.bulk_register=on"]))
