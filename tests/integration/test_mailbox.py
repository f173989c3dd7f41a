#!/usr/bin/env python3
"""Envelopes between the real ingest and the real agent: carried at once, in order, and through kills of all of them."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import random
import secrets
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test, wait, within  # noqa: E402
from ingest_rig import Agent as Sender, Door  # noqa: E402
from mailbox_rig import Refused, Rig  # noqa: E402


def received(agent, wanted, deadline_s=20):
    got = []

    def complete():
        got.extend(agent.came())
        return set(wanted) <= set(got)
    wait(complete, deadline_s, f"{len(wanted)} envelopes", every_s=0.01)
    return got


def killed(pid):
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL)
        return 1
    return 0


@test("an envelope reaches an idle agent at once, and is forgotten only when it is acknowledged")
def _(rig):
    rig.agent.start()
    wait(lambda: (rig.agent.state / "inventory.json").exists() and not rig.agent.carriers(), what="the first mail")
    # Its second beat confirms where it is, and with that what waits becomes known to it.
    first, second = secrets.token_bytes(300), secrets.token_bytes(300)
    rig.scheduler.put(rig.agent.id, first)
    assert received(rig.agent, [first]) == [first]
    wait(lambda: not rig.agent.carriers(), what="the carrier to go")
    began = time.monotonic()
    rig.scheduler.put(rig.agent.id, second)
    assert received(rig.agent, [second]) == [second]
    print(f"# an envelope took {1000 * (time.monotonic() - began):.0f} ms")
    assert within(began, 2)
    # The next ingest knows where it is: it waits for no beat, which come each 15 s.
    wait(lambda: not rig.agent.carriers(), what="the carrier to go")
    rig.kill("ingest")
    rig.start("ingest")
    third = secrets.token_bytes(300)
    rig.scheduler.put(rig.agent.id, third)
    assert received(rig.agent, [third], 10) == [third]


@test("what the agent hands over is forwarded, and stays while its addressee takes nothing")
def _(rig):
    mine = [secrets.token_bytes(1000) for _ in range(20)]
    rig.scheduler.deaf = True
    for envelope in mine:
        rig.agent.send(envelope)
    rig.scheduler.put(rig.agent.id, b"x" * 100)
    wait(lambda: not rig.agent.waiting(), what="the agent to be rid of them")
    takes = rig.scheduler.takes
    wait(lambda: rig.scheduler.takes > takes, what="another attempt")
    rig.kill("ingest")
    rig.scheduler.deaf = False
    rig.start("ingest")
    wait(lambda: set(mine) <= set(rig.scheduler.taken), what="all of them")
    assert [one for one in rig.scheduler.taken if one in mine] == mine
    rig.agent.came()


@test("kills of ingest, carrier and resident at any time lose nothing, either way")
def _(rig):
    dice = random.Random(4)
    down = [secrets.token_bytes(dice.randrange(100, 4000)) for _ in range(40)]
    up = [secrets.token_bytes(dice.randrange(100, 4000)) for _ in range(40)]
    got, kills = [], {"ingest": 0, "carrier": 0, "agent": 0}
    for number in range(40):
        rig.scheduler.put(rig.agent.id, down[number])
        rig.agent.send(up[number])
        got += rig.agent.came()
        victim = dice.choice(["ingest", "carrier", "carrier", "agent"])
        if victim == "carrier":
            with contextlib.suppress(AssertionError):
                wait(rig.agent.carriers, 0.5, every_s=0.005)
        time.sleep(dice.random() * 0.05)    # anywhere in what they do
        if victim == "carrier":
            kills["carrier"] += sum(killed(pid) for pid in rig.agent.carriers())
        elif number % 4 == 0:
            kills[victim] += 1
            rig.kill(victim)
            rig.start("ingest") if victim == "ingest" else rig.agent.start()
    # A resident that begins again fetches and sends without being asked; ingest, once it answers, is there for it.
    down.append(b"the last" * 10)
    rig.scheduler.put(rig.agent.id, down[-1])
    rig.kill("agent")
    rig.agent.start()
    got += received(rig.agent, set(down) - set(got), 40)
    wait(lambda: set(up) <= set(rig.scheduler.taken), 40, "what the agent sent")
    wait(lambda: not rig.agent.waiting(), what="an empty mail/out")
    print(f"# kills: {kills}; fetched again: {len(got) - len(set(got))}")
    assert set(down) <= set(got)


@test("a request must be the agent's own, and an envelope base64 of no more than the longest")
def _(rig):
    door = Door.__new__(Door)
    Door.__init__(door, type("Place", (), {"base": rig.base, "state": rig.state}))
    secret = bytes.fromhex((rig.agent.state / "secret").read_text().strip())
    sender = Sender(rig.agent.id, secret, rig.base)
    stranger = Sender(rig.agent.id, secrets.token_bytes(32), rig.base)

    def ask(who, path, **fields):
        body = json.dumps({"agent": who.number} | fields).encode()
        return door.ask("POST", path, body, {"Vedette-MAC": hmac.new(who.carry_key, body, hashlib.sha256).hexdigest()})
    assert ask(stranger, "/v1/fetch")[1]["code"] == "bad-mac"
    assert ask(stranger, "/v1/put", addressee=[], envelope=[])[1]["code"] == "bad-mac"
    assert ask(sender, "/v1/put", addressee=["scheduler"], envelope=["*" * 64])[1]["code"] == "bad-field"
    assert ask(sender, "/v1/put", addressee=["alert"], envelope=["A" * 64])[1]["code"] == "bad-field"
    longest = base64.b64encode(bytes(524288)).decode()
    assert ask(sender, "/v1/put", addressee=["scheduler"], envelope=[longest]) == (200, {})
    assert ask(sender, "/v1/put", addressee=["scheduler"], envelope=[longest + "AAAA"])[1]["code"] == "bad-field"
    wait(lambda: bytes(524288) in rig.scheduler.taken, what="the longest")
    # As many characters, and without padding a byte more, which no agent would take.
    too_long = bytes(524289)
    assert ask(sender, "/v1/put", addressee=["scheduler"], envelope=[base64.b64encode(too_long).decode()]
               )[1]["code"] == "bad-field"
    try:
        rig.scheduler.put(rig.agent.id, too_long)
        raise AssertionError("taken")
    except Refused as refused:
        assert str(refused) == "bad-field"


@test("without a connection envelopes travel as files, and over HTTPS again when it is back")
def _(rig):
    if "agent" in rig.processes:
        wait(lambda: not rig.agent.carriers(), what="the carrier to go")
        rig.agent.came()
        rig.kill("agent")
    (rig.agent.state / "carriers").write_text(f"# tests\nhttps\ndrop {rig.drop}\n")
    down, up = ([secrets.token_bytes(5000) for _ in range(5)] for _ in range(2))
    got = []
    with rig.agent.without_server():
        for one in range(5):
            rig.scheduler.put(rig.agent.id, down[one])
            rig.agent.send(up[one])

        def carried():
            assert rig.agent.carry() == {"carried": "drop"}
            got.extend(rig.agent.came())
            return not rig.agent.waiting() and set(down) <= set(got) and set(up) <= set(rig.scheduler.taken)
        wait(carried, 20, "files both ways")
        assert sorted(got) == sorted(down), "each came once"
        # A parcel that is altered, another's, or an old one does nothing.
        path = rig.drop / f"to/{rig.agent.id}.parcel"
        whole = path.read_text()
        path.write_text(whole.replace('"agent":1', '"agent":2'))
        assert rig.agent.carry()["code"] == "unreached"
        path.write_text(whole)
        assert rig.agent.carry() == {"carried": "drop"} and not rig.agent.came()
    last = secrets.token_bytes(100)
    rig.scheduler.put(rig.agent.id, last)
    assert "address" in rig.agent.carry()
    assert rig.agent.came() == [last]
    (rig.agent.state / "carriers").unlink()


@test("a retired agent gets nothing more, and nothing waits for it")
def _(rig):
    rig.scheduler.put(rig.agent.id, b"y" * 100)
    rig.cli("agents", "retire", str(rig.agent.id))
    try:
        rig.scheduler.put(rig.agent.id, b"z" * 100)
        raise AssertionError("taken")
    except Refused as refused:
        assert str(refused) == "retired"
    rig.agent.start()
    wait(lambda: any(line["event"] == "agent.retired" for line in rig.agent.log()), what="the agent to know")
    assert not rig.agent.came()


main(Rig)
