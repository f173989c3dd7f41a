#!/usr/bin/env python3
"""With the log away nothing acts, and nobody is locked in or out; and strangers cannot fill the log."""
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import zmq

from bus_rig import Raw
from harness import Deployment, fields, main, test, wait, within

PASSWORD = "a sentry in the morning fog"
FLOOD_S = 5
SOURCES = 40        # addresses the flood comes from: more than there are places for in a minute
KINDS = 32          # FOLD_KINDS
SORTS = 5           # of refusals, each folded for itself
OUTBOX_BYTES = 65536
CROWD = 4000        # operations, some 1.2 MB of events: bus.outbox_ops_bytes is 1 MiB


def plain(event):
    return event["type"].removeprefix("vedette.").removesuffix(".v1")


def log(vedette, *classes):
    """Everything of these classes so far, as (type, fields, id)."""
    stream = vedette.stream("--from", "0", *(word for one in classes for word in ("--class", one)))
    heard = [0, time.monotonic()]       # how many, since when

    def whole():
        """All that is posted, and outboxes bring nothing more."""
        sizes = [int((vedette.state / f"log/{one}/checkpoint").read_text().splitlines()[1]) for one in classes]
        if heard[0] != len(stream.events):
            heard[:] = len(stream.events), time.monotonic()
        return heard[0] >= sum(sizes) and not within(heard[1], 0.6)
    wait(whole, 20, f"all of {classes}", every_s=0.1)
    return [(plain(one), fields(one), one["id"]) for one in list(stream.events)]


def asked(events, call, **arguments):
    return [one for one in events if one[0] == "operation.requested" and one[1]["call"] == call
            and arguments.items() <= one[1]["arguments"].items()]


def expect(answer, status, code):
    assert answer.status == status and answer.json["code"] == code, f"{answer.status} {answer.body}"


class Flood:
    """Strangers from many addresses, each kind in threads of its own, until it is left."""

    def __init__(self, vedette):
        self.vedette, self.over, self.mine = vedette, threading.Event(), threading.local()
        self.trust = vedette.api().trust
        self.answers = {}
        kinds = [(self.log_in, "login"), (self.ask, "api"), (self.enrol, "enrol"), (self.babble, "garbage")]
        self.threads = [threading.Thread(target=self.go_on, args=kind) for kind in kinds for _ in range(2)]

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for one in self.threads:
            one.join()

    def go_on(self, once, what):
        statuses = []
        self.mine.links = {}
        while not self.over.is_set():
            statuses.append(once(f"127.0.1.{len(statuses) % SOURCES + 1}", len(statuses)))
        for link in self.mine.links.values():
            link.close()
        self.answers.setdefault(what, []).extend(statuses)

    def request(self, port, source, method, path, body=None):
        link = self.mine.links.get((port, source))
        if not link:
            link = self.mine.links[port, source] = http.client.HTTPSConnection(
                "localhost", port, timeout=20, context=self.trust, source_address=(source, 0))
        link.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = link.getresponse()
        answer.read()
        return answer.status

    def log_in(self, _, number):
        user = "alice" if number % 7 == 0 else f"nobody{number}"        # each takes a password's hash
        return self.request(self.vedette.ready["ports"]["portal"], f"127.0.1.{number % 3 + 1}", "POST", "/api/v1/login",
                            {"user": user, "password": "not the password", "otp": "000000"})

    def ask(self, source, _):
        return self.request(self.vedette.ready["ports"]["portal"], source, "GET", "/api/v1/agents")

    def enrol(self, source, _):
        return self.request(self.vedette.base + 1, source, "POST", "/v1/enrol", {
            "token": "x" * 43, "beat_secret": "ab" * 32, "sign_key": "A" * 120, "seal_key": "A" * 120,
            "instance": "cd" * 16, "hostname": "h", "os": "o", "kernel": "k", "version": "1"})

    def babble(self, source, number):
        with socket.create_connection(("127.0.0.1", self.vedette.base + 3 + number % 2), 5, (source, 0)) as link:
            link.sendall(os.urandom(200))
        time.sleep(0.002)       # that is not what is to be busy here
        return 0


@test("strangers by the thousand: the log grows by a bounded number of events, with every refusal counted, and others go on")
def _(vedette):
    vedette.alice = vedette.administrator(password=PASSWORD)
    before = {one[2] for one in log(vedette, "ops", "access", "alert")}
    agent, = vedette.agents()
    took = []
    with Flood(vedette) as flood:
        until = time.monotonic() + FLOOD_S
        while time.monotonic() < until:
            began = time.monotonic()
            vedette.alice.tell(f"agents/{agent}/name", name=f"name{len(took)}")
            took.append(time.monotonic() - began)
            time.sleep(0.1)
    for name in ("portal", "ingest"):
        vedette.kill(name, signal.SIGTERM)      # it tells what it counted
    grown = [one for one in log(vedette, "ops", "access", "alert") if one[2] not in before]
    told = {kind: [one[1]["count"] for one in grown if one[0] == kind]
            for kind in ("login.failed", "api.refused", "enrolment.refused")}
    provoked = [one for one in grown if one[0] in (*told, "login.locked", "bus.refused")]
    refused = {what: len([one for one in statuses if one in (401, 403, 423, 429, 400)])
               for what, statuses in flood.answers.items()}
    size = sum(len(json.dumps(one)) for one in provoked)
    print(f"# {sum(map(len, flood.answers.values()))} requests of strangers in {FLOOD_S} s ({refused}): "
          f"{len(provoked)} events, {size >> 10} KiB; {len(took)} operations meanwhile, median "
          f"{statistics.median(took) * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms")
    assert len(provoked) <= SORTS * (2 * KINDS + 1) + 3
    for kind, what in (("login.failed", "login"), ("api.refused", "api"), ("enrolment.refused", "enrol")):
        assert sum(told[kind]) == refused[what], (kind, sum(told[kind]), refused)
    assert len(asked(grown, "agent.rename")) == len(took)
    # Who is one of ours is told by name, however much noise there is.
    assert any(one[1].get("user") == "alice" for one in grown if one[0] == "login.failed")


def check_refused(vedette, code):
    """What acts is refused with the reason, by API and command line; what reads is answered."""
    api = vedette.alice
    agent, = vedette.agents()
    name = vedette.agents()[agent]["name"]
    expect(api.post("tenants", tenant="unlogged"), 503, code)
    began = time.monotonic()
    expect(api.post(f"agents/{agent}/name", name="unlogged"), 503, code)
    expect(api.post("tokens", tenant="default", site="main", uses=1, ttl_s=600), 503, code)
    done = vedette.run_cli("agents", "rename", str(agent), "unlogged")
    assert done.returncode == 1 and "log" in done.stderr, done
    # The first one found out; from then on it is known.
    assert within(began, 15), "three times five seconds, if each found out for itself"
    shown = api.ask("agents")
    assert shown["agent"] == [agent] and shown["name"] == [name]
    health = api.ask("health")
    assert not health["ok"][health["service"].index("audit")]


def check_live(vedette):
    """The agent goes and comes, and is shown so."""
    before = vedette.alice.ask("agents")
    os.kill(vedette.pid("agent"), signal.SIGTERM)
    wait(lambda: (now := vedette.alice.ask("agents"))["state"] == ["online"] and now["since"] != before["since"], 40,
         "the agent to be shown online again")


def portal_link(vedette):
    table = dict(line.split() for line in (vedette.state / "bus.keys").read_text().splitlines())
    secret = (vedette.state / "cli/bus.key").read_text().strip().encode()
    keys = zmq.curve_public(secret), secret, table["portal"].encode()
    # Without a limit of ours: of answers that nobody reads the portal drops what is beyond a thousand.
    return Raw(zmq.DEALER, f"ipc://{vedette.state}/portal.sock", keys, rcvhwm=0)


def send_call(link, number, name, actor="", **fields):
    head = struct.pack(">BQIB", 1, number, 10000, len(name)) + name.encode() + bytes([len(actor)]) + actor.encode()
    link.socket.send_multipart([b"call", head + json.dumps(fields).encode()])


def crowd(vedette):
    """More operations at once than the portal's outbox holds, before it can know that the log is away."""
    with portal_link(vedette) as link:
        for number in range(1, CROWD + 1):
            send_call(link, number, "user.enable", f"cli:{number:080}", user="nobody" * 10)
        while int.from_bytes(link.receive()[1][1:9], "big") != CROWD:
            pass


@test("audit stopped in its tracks: the fleet live, log-in and log-out, stopping; all of it in the log once, later, over a "
      "kill -9 of the portal")
def _(vedette):
    api = vedette.alice
    tokens = [api.tell("tokens", tenant="default", site="main", uses=1, ttl_s=600)["token_id"],
              api.tell("api-tokens", name="watcher", role="viewer", ttl_s=600)["token_id"]]
    vedette.freeze("audit")
    second = vedette.api()
    try:
        crowd(vedette)
        check_refused(vedette, "log-unavailable")
        second.login("alice", PASSWORD, api.totp)
        assert second.ask("session")["user"] == "alice"
        expect(second.post("tenants", tenant="unlogged"), 503, "log-unavailable")
        third_cookie = second.cookie
        second.tell("logout")
        second.cookie = third_cookie
        expect(second.get("session"), 401, "no-session")
        second.cookie = None
        began = time.monotonic()
        api.tell(f"tokens/{tokens[0]}/revoke")
        api.tell(f"api-tokens/{tokens[1]}/revoke")
        assert within(began, 4.5), "stopping does not wait for the log"
        check_live(vedette)
        os.kill(vedette.pid("portal"), signal.SIGKILL)      # what it had promised to record is in its outbox
        wait(lambda: api.get("session").status == 200, 20, "the portal to be started again")
        vedette.cli("session", "kill", "alice")
        expect(api.get("session"), 401, "no-session")
    finally:
        vedette.thaw("audit")
    wait(vedette.health, 20, "health")
    wait(lambda: asked(log(vedette, "ops"), "session.kill"), 20, every_s=0.5)
    events = log(vedette, "ops", "access", "fleet")
    assert len(asked(events, "token.revoke", token_id=tokens[0])) == 1
    assert len(asked(events, "apitoken.revoke", token_id=tokens[1])) == 1
    assert len(asked(events, "session.kill", user="alice")) == 1
    # In at the beginning and once more meanwhile; out once.
    assert len([one for one in events if one[0] == "login.succeeded"]) == 2
    assert len([one for one in events if one[0] == "login.ended"]) == 1
    assert [one for one in events if one[0] == "agent.goodbye"]
    assert sum(one[1]["count"] for one in events if one[0] == "operations.refused") >= 3       # ingest's
    assert not [one for one in events if one[0] == "events.dropped"]
    assert "unlogged" not in vedette.cli("tenant", "list")


def fill_outbox(vedette):
    """One-time links, as `vedette user reset` asks for them, until the portal cannot record one. How many it made."""
    with portal_link(vedette) as link:
        for number in range(1, OUTBOX_BYTES):
            send_call(link, number, "user.reset", user="alice")
            if link.receive()[1][9]:
                return number - 1
    raise AssertionError("it has no end")


@test("audit dead and not coming up: a bounded outbox for log-ins, then nobody logs in; on the host it is mended, and all goes on")
def _(vedette):
    session, hers = vedette.api(), vedette.api()
    session.login("alice", PASSWORD, vedette.alice.totp)
    hers.token = session.tell("api-tokens", name="hers", role="viewer", ttl_s=600)["token"]
    hers.ask("agents")
    link = vedette.cli("user", "reset", "alice", "--json", parsed=True)["link"]
    key = vedette.state / "audit/log.key"
    away = key.with_suffix(".away")
    key.rename(away)
    os.kill(vedette.pid("audit"), signal.SIGKILL)
    try:
        made = fill_outbox(vedette)
        said = vedette.run_cli("user", "reset", "alice")
        assert said.returncode == 1 and "outbox" in said.stderr, said
        print(f"# {made} events wait in {OUTBOX_BYTES} bytes")
        opened = vedette.api()
        token = link.rpartition("/")[2]
        expect(opened.post("link/open", link_token=token), 410, "link-gone")        # a later one took its place
        expect(opened.post("link/use", link_token=token, user="alice", password=PASSWORD, otp="000000"), 503,
               "log-unavailable")
        expect(opened.post("login", user="alice", password=PASSWORD, otp=vedette.alice.totp.code()), 503,
               "log-unavailable")
        vedette.cli("user", "disable", "alice")     # another outbox: stopping has room
        expect(hers.get("agents"), 401, "no-session")   # nor do the tokens she made go on
        assert not vedette.health()
    finally:
        away.rename(key)
    wait(vedette.health, 40, "health")
    events = log(vedette, "ops", "access")
    assert len([one for one in events if one[0] == "account.reset"]) == made + 1
    assert sum(one[1]["dropped"] for one in events if one[0] == "events.dropped") >= 1
    assert len(asked(events, "user.disable", user="alice")) == 1
    users = vedette.cli("user", "list", "--json", parsed=True)
    assert [(one["user"], one["enabled"]) for one in users] == [("alice", False)], users
    expect(vedette.api().post("login", user="alice", password=PASSWORD, otp="000000"), 401, "bad-login")
    vedette.cli("user", "enable", "alice")
    hers.ask("agents")
    os.kill(vedette.pid("portal"), signal.SIGTERM)
    wait(lambda: any(one[0] == "login.failed" and one[1]["code"] == "disabled" for one in log(vedette, "access")), 20)


if __name__ == "__main__":
    main(lambda: Deployment(agent=True, settings=[f"bus.outbox_bytes={OUTBOX_BYTES}"]))
