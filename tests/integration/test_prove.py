#!/usr/bin/env python3
"""The key again, within a session: what it is worth, what is taken for it, and who has lost the session by guessing."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from event_schema import faults      # noqa: E402
from harness import Deployment, actor, fields, main, test, wait      # noqa: E402

HOUR_S = 3600


def code_of(answer):
    return answer.status, answer.json.get("code")


def wants(client):
    """Is the key wanted for what is asked with this session? There is no such user: nothing comes of it."""
    answer = code_of(client.post("users/nobody/enable"))
    assert answer in ((403, "key-wanted"), (404, "not-found")), answer
    return answer[0] == 403


def wrong_code(totp):
    """Six digits that are none of the codes around now."""
    return next(f"{number:06}" for number in range(100) if f"{number:06}" not in totp.codes())


class Alice(Deployment):
    def start(self, *options, **named):
        super().start(*options, **named)
        self.alice = self.administrator()


@test("logging in is a proof; an old one is wanted again, and a right code is good for ten minutes")
def _(vedette):
    alice = vedette.alice
    assert not wants(alice)
    vedette.age_key(alice, 599)
    assert not wants(alice)
    vedette.age_key(alice, 601)
    refused = alice.post("api-tokens", name="ci", role="viewer", ttl_s=600)
    assert code_of(refused) == (403, "key-wanted") and "10 minutes" in refused.json["reason"], refused.body
    assert not alice.ask("api-tokens")["name"]
    vedette.proof = alice.totp.code()
    until = alice.tell("session/prove", otp=vedette.proof)["until"]
    assert abs(time.mktime(time.strptime(until[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - time.time() - 600) < 30, until
    alice.tell("api-tokens", name="ci", role="viewer", ttl_s=600)


@test("stopping wants no key")
def _(vedette):
    vedette.age_key(vedette.alice, HOUR_S)
    vedette.alice.tell("api-tokens/1/revoke")
    assert wants(vedette.alice)


@test("a code is good once, for a log-in or a proof; and what was not proven stays so")
def _(vedette):
    alice = vedette.alice
    assert code_of(alice.post("session/prove", otp=vedette.proof)) == (400, "bad-otp")
    assert code_of(vedette.api().post("login", user="alice", password=alice.password, otp=vedette.proof)) == (401, "bad-login")
    assert code_of(alice.post("session/prove", otp=wrong_code(alice.totp))) == (400, "bad-otp")
    assert wants(alice)
    other = vedette.other = vedette.api()
    used = alice.totp.code()
    other.csrf = other.tell("login", user="alice", password=alice.password, otp=used)["csrf"]
    assert code_of(alice.post("session/prove", otp=used)) == (400, "bad-otp") and wants(alice) and not wants(other)


@test("a proof is of one session, and wants its CSRF value; the portal's restart changes nothing")
def _(vedette):
    alice, other = vedette.alice, vedette.other
    vedette.age_key(other, HOUR_S)
    code = alice.totp.code()
    assert code_of(alice.request("POST", "/api/v1/session/prove", {"otp": code}, {"X-Vedette-CSRF": ""})) == (403, "bad-csrf")
    assert code_of(vedette.api().post("session/prove", otp=code)) == (401, "no-session")
    alice.tell("session/prove", otp=code)
    assert not wants(alice) and wants(other)
    vedette.kill("portal")
    assert not wants(alice) and wants(other)


@test("with the log away the key is proven all the same, and what it was wanted for waits for the log")
def _(vedette):
    vedette.age_key(vedette.alice, HOUR_S)
    code = vedette.alice.totp.code()
    vedette.freeze("audit")
    try:
        vedette.alice.tell("session/prove", otp=code)
        assert code_of(vedette.alice.post("api-tokens", name="late", role="viewer", ttl_s=600)) == (503, "log-unavailable")
    finally:
        vedette.thaw("audit")


@test("five wrong codes lock the name, as at log-in, and end the session that guessed; others go on")
def _(vedette):
    alice, other = vedette.alice, vedette.other
    wrong = wrong_code(alice.totp)
    answers = [code_of(other.post("session/prove", otp=wrong)) for _ in range(5)]
    assert answers == [(400, "bad-otp")] * 4 + [(423, "locked")], answers
    assert code_of(other.get("session")) == (401, "no-session")
    assert alice.ask("session")["user"] == "alice"
    assert code_of(alice.post("session/prove", otp=alice.totp.code())) == (423, "locked")
    assert alice.ask("session")["user"] == "alice"      # it was somebody else's fault
    assert code_of(vedette.api().post("login", user="alice", password=alice.password, otp=wrong)) == (423, "locked")


@test("the log says who proved a key and who did not, and no code")
def _(vedette):
    stream = vedette.stream("--class", "access", "--from", "0")
    told = lambda kind: [event for event in list(stream.events) if event["type"] == f"vedette.{kind}.v1"]
    wait(lambda: told("login.locked") and len(told("session.proven")) == 3 and told("session.refused"), 90)
    assert {actor(event) for event in told("session.proven")} == {"user:alice"}
    for event in told("session.refused"):
        assert fields(event)["user"] == "alice" and fields(event)["address"] == "127.0.0.1", event
    assert {fields(event)["code"] for event in told("session.refused")} <= {"bad-otp", "locked"}
    wanted = [fields(event) for event in told("api.refused") if fields(event)["code"] == "key-wanted"]
    assert {one["call"] for one in wanted} >= {"apitoken.create", "user.enable"}, wanted
    for event in list(stream.events):
        assert not list(faults(event)), (event, list(faults(event)))
        assert vedette.proof not in str(event), event


@test("Redis lost: everybody logs in again, and nobody's proof is left")
def _(vedette):
    vedette.kill("redis")
    wait(lambda: code_of(vedette.alice.get("session")) == (401, "no-session"), 20)


main(Alice)
