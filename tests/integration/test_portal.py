#!/usr/bin/env python3
"""The portal as browsers and API clients meet it: accounts, sessions, permission, the fleet, the live stream."""
import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from event_schema import faults      # noqa: E402
from harness import PATIENCE, Deployment, actor, fields, main, test, wait, within      # noqa: E402

PASSWORD = "a sentry in the morning fog"
FLEET = 300


def of(events, kind):
    return [event for event in events if event["type"] == f"vedette.{kind}.v1"]


def log(vedette, name):
    """Everything of one class so far."""
    stream = vedette.stream("--class", name, "--from", "0")
    try:
        head = -1
        # The stream does not say that it has caught up: two looks that are alike do, and of nothing a longer one.
        while len(stream.events) != head:
            head = len(stream.events)
            time.sleep((0.3 if head else 2) * PATIENCE)
        return list(stream.events)
    finally:
        vedette.streams.remove(stream)
        stream.close()


def expect(answer, status, code):
    assert answer.status == status, f"{answer.status} {answer.body[:300]}"
    assert answer.json["code"] == code and answer.json["reason"], answer.json
    return answer.json


class Events:
    """GET /api/v1/stream, read in the background."""

    def __init__(self, api, last=None):
        self.link = api.trust.wrap_socket(socket.create_connection(("127.0.0.1", api.port)), server_hostname="localhost")
        who = f"Cookie: {api.cookie}" if api.cookie else f"Authorization: Bearer {api.token}"
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        self.link.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n{who}\r\n{resume}\r\n".encode())
        self.text = ""
        self.ended = False
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while part := self.link.recv(65536):
                self.text += part.decode()
        except (OSError, ValueError):
            pass
        self.ended = True

    @property
    def status(self):
        return int(wait(lambda: self.text.split("\r\n\r\n")[0], 10).split()[1])

    @property
    def over(self):
        """The last chunk has come; the connection may live on."""
        return self.ended or self.text.endswith("\r\n0\r\n\r\n")

    @property
    def messages(self):
        """(id, event, data) of each."""
        body = re.sub(r"\r\n[0-9A-Fa-f]+\r\n", "", self.text.partition("\r\n\r\n")[2])
        found = []
        for block in body.split("\n\n"):
            said = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in said:
                found.append((said.get("id"), said.get("event"), json.loads(said["data"])))
        return found

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        # The reader first: a descriptor closed under it would soon be another connection's.
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        self.reader.join(5)
        self.link.close()


@test("the first administrator's link: the same secret until it is used, then used up; a later one is refused")
def _(vedette):
    api = vedette.api()
    link = vedette.cli("user", "first", "--json", parsed=True)["link"]
    older = link
    link = vedette.cli("user", "first", "--json", parsed=True)["link"]
    assert re.fullmatch(r"https://localhost:\d+/#/link/[\w-]{43}", link), link
    token = link.rpartition("/")[2]
    expect(api.post("link/open", link_token=older.rpartition("/")[2]), 410, "link-gone")
    expect(api.post("link/open", link_token="x" * 43), 410, "link-gone")
    first, second = (api.tell("link/open", link_token=token) for _ in range(2))
    assert first == second and first["purpose"] == "first" and "user" not in first
    assert first["otp_uri"].startswith("otpauth://totp/Vedette:localhost?secret=" + first["otp_secret"])
    rows = first["otp_qr"].split("/")
    assert all(len(row) == len(rows) for row in rows)
    use = {"link_token": token, "user": "alice", "password": PASSWORD, "otp": "000000"}
    expect(api.post("link/use", **use), 400, "bad-otp")
    expect(api.post("link/use", **use | {"password": "too short"}), 400, "bad-password")
    expect(api.post("link/use", **use | {"password": "passwordpassword"}), 400, "bad-password")
    expect(api.post("link/use", **use | {"user": "al ice"}), 400, "bad-user")
    vedette.alice = vedette.api()
    vedette.alice.totp = vedette.alice.use_link(link, "alice", PASSWORD)
    expect(api.post("link/open", link_token=token), 410, "link-gone")
    expect(api.post("link/use", **use), 410, "link-gone")
    assert vedette.run_cli("user", "first").returncode != 0
    session = vedette.alice.ask("session")
    assert session["user"] == "alice" and session["role"] == "administrator" and "tenant" not in session
    assert vedette.alice.csrf == session["csrf"]


@test("the session's cookie is bound to this host and no script reads it; log-out ends it")
def _(vedette):
    api = vedette.api()
    totp = vedette.alice.totp
    line = []
    answer = api.post("login", user="alice", password=PASSWORD, otp=totp.code())
    line = answer.headers["Set-Cookie"]
    for part in ("__Host-vedette=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
        assert part in line, line
    assert "Domain" not in line and answer.headers["Cache-Control"] == "no-store"
    api.csrf = answer.json["csrf"]
    assert api.ask("session")["user"] == "alice"
    cookie = api.cookie
    with Events(api) as events:
        assert events.status == 200
        api.tell("logout")
        wait(lambda: events.over, 5, "the stream to end with its session")
    assert api.cookie is None
    api.cookie = cookie
    expect(api.get("session"), 401, "no-session")
    assert vedette.alice.ask("session")["user"] == "alice"      # the other session goes on


@test("a one-time password is good once")
def _(vedette):
    code = vedette.alice.totp.code()
    answers = [vedette.api().post("login", user="alice", password=PASSWORD, otp=code) for _ in range(2)]
    assert [one.status for one in answers] == [200, 401], [one.body for one in answers]


@test("a change needs the session's CSRF value, JSON, and this origin; whatever comes with the cookie this origin, or none")
def _(vedette):
    api = vedette.alice
    port = vedette.ready["ports"]["portal"]

    def add(name, **headers):
        return api.request("POST", "/api/v1/tenants", {"tenant": name}, headers)

    for headers in ({"X-Vedette-CSRF": ""}, {"X-Vedette-CSRF": "x" * 43}, {"Origin": "https://example.com"},
                    {"Origin": f"http://localhost:{port}"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        expect(add("mallory", **headers), 403, "bad-csrf")
    assert add("umbra", **{"Origin": f"https://localhost:{port}", "Sec-Fetch-Site": "same-origin"}).status == 200
    expect(add("umbra"), 409, "exists")
    for site in ("same-site", "cross-site"):
        expect(api.get("keyserver?acknowledged=1", **{"Sec-Fetch-Site": site}), 403, "bad-csrf")
    for site in ("same-origin", "none"):
        assert api.get("tenants", **{"Sec-Fetch-Site": site}).status == 200
    expect(add("No Slug"), 400, "bad-field")
    assert "mallory" not in api.ask("tenants")["tenant"]


@test("tenants and sites")
def _(vedette):
    api = vedette.alice
    api.tell("sites", tenant="umbra", site="roof")
    expect(api.post("sites", tenant="umbra", site="roof"), 409, "exists")
    expect(api.post("sites", tenant="nobody", site="roof"), 404, "not-found")
    assert {"default", "umbra"} <= set(api.ask("tenants")["tenant"])
    # Where agents are, is listed too, whoever named it first.
    wait(lambda: "local" in api.ask("tenants")["tenant"], 20)
    assert api.ask("sites?tenant=umbra") == {"tenant": ["umbra"], "site": ["roof"]}
    # Of one tenant 10,000; another one has its own.
    api.tell("tenants", tenant="crowd")
    with contextlib.closing(sqlite3.connect(vedette.state / "portal/portal.db", timeout=10)) as db, db:
        db.executemany("INSERT INTO sites VALUES ('crowd', ?)", ((f"s{number}",) for number in range(9999)))
    api.tell("sites", tenant="crowd", site="last")
    expect(api.post("sites", tenant="crowd", site="more"), 429, "too-many")
    api.tell("sites", tenant="umbra", site="cellar")
    with contextlib.closing(sqlite3.connect(vedette.state / "portal/portal.db", timeout=10)) as db, db:
        db.execute("DELETE FROM sites WHERE tenant = 'crowd' OR site = 'cellar'")


@test("API tokens: never more than their maker, bound to a role and a tenant, ended at once")
def _(vedette):
    api = vedette.alice
    made = {role: api.tell("api-tokens", name=role, role=role, ttl_s=600)
            for role in ("viewer", "operator", "administrator")}
    bound = api.tell("api-tokens", name="bound", role="administrator", ttl_s=600, tenant="umbra")
    expect(api.post("api-tokens", name="viewer", role="viewer", ttl_s=600), 409, "exists")

    def by(token):
        client = vedette.api()
        client.token = token["token"]
        return client

    assert re.fullmatch(r"vedette_[\w-]{43}", bound["token"])
    viewer, operator, other = by(made["viewer"]), by(made["operator"]), by(bound)
    assert viewer.ask("agents")["agent"]
    expect(viewer.post("tenants", tenant="a"), 403, "no-permission")
    expect(viewer.post("agents/1/name", name="a"), 403, "no-permission")
    expect(operator.post("agents/1/retire"), 403, "no-permission")
    # Bound to a tenant that has no agents: it sees none of the others, and changes nothing outside.
    assert other.ask("agents")["agent"] == [] and other.ask("tenants")["tenant"] == ["umbra"]
    assert other.ask("agents/live?ids=1,2")["agent"] == []
    for path, body in (("agents/1/name", {"name": "a"}), ("tenants", {"tenant": "a"}), ("sites", {"tenant": "default", "site": "a"}),
                       ("tokens", {"tenant": "default", "site": "main", "uses": 1, "ttl_s": 600}),
                       ("api-tokens", {"name": "more", "role": "viewer", "ttl_s": 600})):
        expect(other.post(path, **body), 403, "no-permission")
    for path in ("agents/1", "agents/1/history", "agents?tenant=default"):
        expect(other.get(path), 403, "no-permission")
    # A token makes none and lets nobody in: what was done with a stolen one is over when it is revoked.
    everything = by(made["administrator"])
    expect(everything.post("api-tokens", name="child", role="viewer", ttl_s=600), 403, "no-permission")
    expect(everything.post("users/alice/enable"), 403, "no-permission")
    expect(everything.post("session/prove", otp=api.totp.code()), 403, "no-permission")
    assert "child" not in api.ask("api-tokens")["name"]
    api.tell(f"api-tokens/{made['administrator']['token_id']}/revoke")
    expect(everything.get("agents"), 401, "no-session")
    assert by(bound).get("agents").status == 200
    listed = api.ask("api-tokens")
    assert "bound" in listed["name"] and made["viewer"]["token"] not in json.dumps(listed)
    assert other.ask("api-tokens")["name"] == ["bound"]
    with Events(viewer) as events:
        assert events.status == 200
        api.tell(f"api-tokens/{made['viewer']['token_id']}/revoke")
        wait(lambda: events.over, 5, "the stream to end with its token")
    expect(viewer.get("agents"), 401, "no-session")
    expect(by({"token": "vedette_" + "x" * 43}).get("agents"), 401, "no-session")


@test("the fleet: columns, pages, search, one agent, live state")
def _(vedette):
    api = vedette.alice
    wait(lambda: len(api.ask("agents")["agent"]) == FLEET + 1, 30)
    fleet = api.ask("agents")
    assert all(len(column) == FLEET + 1 for name, column in fleet.items() if name not in ("now", "next"))
    assert fleet["agent"] == sorted(fleet["agent"]) and fleet["next"] == 0
    page = api.ask("agents?limit=100")
    rest = api.ask(f"agents?after={page['next']}&limit=200000")
    assert page["agent"] + rest["agent"] == fleet["agent"]
    packed = api.get("agents", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.body))["agent"] == fleet["agent"]
    name = fleet["name"][200]
    assert name in api.ask(f"agents?q={name.upper()}")["name"]
    assert api.ask("agents?q=nothing-is-called-so")["agent"] == []
    mine = fleet["agent"][fleet["tenant"].index("local")]
    one = api.ask(f"agents/{mine}")
    assert one["inventory"]["hostname"] == socket.gethostname() and len(one["fingerprint"]) == 64
    live = wait(lambda: (now := api.ask(f"agents/live?ids={mine}"))["state"] == ["online"] and now, 20)
    assert live["age_ms"][0] < 20000
    expect(api.get("agents/live?ids=1,,2"), 400, "bad-field")
    expect(api.get("agents/4000000000"), 404, "not-found")
    # A change is in the list as soon as it was acknowledged and told.
    api.tell(f"agents/{mine}/name", name="lantern")
    wait(lambda: "lantern" in api.ask("agents")["name"], 1)


@test("the live stream: an event within a moment, resumed without a gap, reset where that cannot be")
def _(vedette):
    api = vedette.alice
    mine = api.ask("agents?q=lantern")["agent"][0]
    with Events(api) as events:
        assert events.status == 200
        began = time.monotonic()
        api.tell(f"agents/{mine}/maintenance", on=True)
        wait(lambda: any(data.get("type") == "vedette.agent.maintenance.v1" for _, _, data in events.messages), 20)
        assert within(began, 1)
        wait(lambda: api.ask(f"agents/live?ids={mine}")["state"] == ["maintenance"], 1)
        last = [one for one in events.messages if one[2]["type"] == "vedette.agent.maintenance.v1"][0]
    assert re.fullmatch(r"ops-\d+,access-\d+,fleet-\d+,alert-\d+", last[0]), last[0]
    api.tell(f"agents/{mine}/maintenance", on=False)
    wait(lambda: api.ask(f"agents/live?ids={mine}")["state"] == ["online"], 20)
    with Events(api, last[0]) as resumed:
        wait(lambda: any(data.get("type") == "vedette.agent.online.v1" for _, _, data in resumed.messages), 20)
        assert last[2]["id"] not in [data["id"] for _, _, data in resumed.messages]
        sequences = [int(data["sequence"]) for _, _, data in resumed.messages if data["id"].startswith("fleet-")]
        assert sequences == list(range(int(last[2]["sequence"]) + 1, sequences[-1] + 1)), sequences
    for position in ("fleet-99999999", "rubbish"):
        with Events(api, position) as stale:
            wait(lambda: stale.messages and stale.messages[0][1] == "reset", 5, f"reset after {position}")


@test("a stream resumed after the portal was killed, or from the log's first entry, misses nothing and repeats nothing")
def _(vedette):
    api = vedette.alice
    mine = api.ask("agents?q=lantern")["agent"][0]
    told = "vedette.agent.renamed.v1"
    with Events(api) as events:
        assert events.status == 200     # begun: what is asked for on another connection may overtake it
        api.tell(f"agents/{mine}/name", name="lantern3")
        wait(lambda: any(data.get("type") == told for _, _, data in events.messages), 20, "the renaming, live")
        last = events.messages[-1][0]
    vedette.cli("agents", "rename", str(mine), "lantern4")
    vedette.kill("portal")
    vedette.cli("agents", "rename", str(mine), "lantern")
    for position in (last, "ops-0,access-0,fleet-0,alert-0"):
        with Events(api, position) as resumed:
            renamed = lambda: [data for _, _, data in resumed.messages if data.get("type") == told]
            wait(lambda: renamed() and fields(renamed()[-1])["name"] == "lantern", 20, f"the last renaming after {position}")
            api.tell("tenants", tenant=f"live-{len(position)}")     # and what comes afterwards, live
            wait(lambda: f"live-{len(position)}" in resumed.text, 20, "what comes afterwards, live")
            for name, first in (part.split("-") for part in position.split(",")):
                sequences = [int(data["sequence"]) for _, _, data in resumed.messages if data.get("id", "").startswith(name + "-")]
                assert sequences == list(range(int(first), int(first) + len(sequences))), (position, name, sequences)
            # A `reset` may come all the same: the portal has just begun, and who loaded its list meanwhile loads it anew.


@test("tags: given to many at once and taken, listed, found; of one's own tenant's agents only; told by the log")
def _(vedette):
    api = vedette.alice
    agents = api.ask("agents")["agent"]
    first, last = agents[10], agents[29]
    given = f"{first}-{last},{agents[40]}"
    count = len([one for one in agents if first <= one <= last]) + 1
    assert api.tell("tags", tag="attic", agent_ranges=given) == {"agents": count}
    assert api.tell("tags", tag="attic", agent_ranges=given) == {"agents": 0}
    assert api.tell("tags", tag="zoo", agent_ranges=str(first)) == {"agents": 1}
    listed = api.ask("agents")
    assert listed["tags"][agents.index(first)] == "attic zoo" and listed["tags"][0] is None
    assert api.ask("agents?tag=attic")["agent"] == [one for one in agents if first <= one <= last] + [agents[40]]
    expect(api.post("tags", tag="attic", agent_ranges=f"{agents[0]}-4000000000"), 400, "bad-field")
    expect(api.post("tags", tag="attic", agent_ranges="16000000"), 404, "not-found")
    for number in range(14):
        api.tell("tags", tag=f"t{number}", agent_ranges=str(first))
    expect(api.post("tags", tag="one-more", agent_ranges=given), 429, "too-many")
    assert api.ask("agents?tag=one-more")["agent"] == []
    bound = vedette.api()
    bound.token = api.tell("api-tokens", name="tagger", role="operator", ttl_s=600, tenant="umbra")["token"]
    expect(bound.post("tags", tag="mine", agent_ranges=str(first)), 404, "not-found")
    expect(bound.post("tags", tag="mine", agent_ranges=str(first), tenant="local"), 403, "no-permission")
    with Events(api) as events:
        assert api.tell("tags/remove", tag="zoo", agent_ranges=given) == {"agents": 1}
        wait(lambda: any(kind == "reset" for _, kind, _ in events.messages), 15, "browsers to be told")
    changes = [fields(one) for one in of(log(vedette, "ops"), "configuration.changed") if fields(one)["thing"] == "tag"]
    assert [one["which"] for one in changes][-1] == "zoo" and changes[-1]["new"]["agent_ranges"] == given, changes[-1]


@test("viewers are shown the fleet and alerts only")
def _(vedette):
    token = vedette.alice.tell("api-tokens", name="watcher", role="viewer", ttl_s=600)
    viewer = vedette.api()
    viewer.token = token["token"]
    with Events(viewer) as events:
        assert events.status == 200
        mine = vedette.alice.ask("agents?q=lantern")["agent"][0]
        vedette.alice.tell(f"agents/{mine}/name", name="lantern2")
        wait(lambda: any(data.get("type") == "vedette.agent.renamed.v1" for _, _, data in events.messages), 20)
        assert not [data for _, _, data in events.messages if data.get("id", "").startswith(("ops", "access"))]
        assert re.fullmatch(r"fleet-\d+,alert-\d+", events.messages[0][0])


@test("no more live streams than a user may hold, and a closed one makes room")
def _(vedette):
    mine = vedette.alice.ask("agents?q=lantern")["agent"][0]

    def stir():
        # Gone browsers are noticed when something is sent to them.
        vedette.alice.tell(f"agents/{mine}/name", name="lantern")

    def nobody():
        stir()
        return vedette.metrics("portal")["streams"] == 0
    wait(nobody, 20, "the streams of the tests before to be over", every_s=0.5)
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(Events(vedette.alice)) for _ in range(8)]
        assert {one.status for one in streams} == {200}
        assert stack.enter_context(Events(vedette.alice)).status == 429

    def again():
        stir()
        with Events(vedette.alice) as stream:
            return stream.status == 200
    wait(again, 20, every_s=0.5)


@test("a browser that breaks off before its stream has begun leaves nothing behind")
def _(vedette):
    before = vedette.metrics("portal")
    vedette.freeze("redis")     # no session is found meanwhile, so no stream begins
    gone = [Events(vedette.alice) for _ in range(8)]
    wait(lambda: vedette.metrics("portal")["requests_total"] >= before["requests_total"] + 8, 5)
    for one in gone:
        one.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()
    vedette.thaw("redis")

    def all_free():
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(Events(vedette.alice)) for _ in range(8)]
            return {one.status for one in streams} == {200}
    # An attempt holds its own streams until the portal's second heartbeat to them finds nobody there.
    wait(all_free, 120, "all eight streams of the user to be free again", every_s=35)


@test("the command that adds a machine: every part of it is checked by the machine")
def _(vedette):
    api = vedette.alice
    token = api.tell("tokens", tenant="umbra", site="roof", uses=1, ttl_s=600)
    made = api.tell("command", token=token["token"], tenant="umbra", site="roof")
    package = vedette.api().trust
    with socket.create_connection(("127.0.0.1", made["port"])) as link, \
            package.wrap_socket(link, server_hostname="localhost") as link:
        link.sendall(b"GET /v1/package HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := link.recv(65536):
            answer += part
    assert hashlib.sha256(answer.partition(b"\r\n\r\n")[2]).hexdigest() == made["package_sha256"]
    for part in (made["package_sha256"], made["ca_sha256"], token["token"], "--tenant umbra", "--site roof"):
        assert part in made["command"], made["command"]
    expect(api.post("command", token="$(touch /tmp/x) aaaaaaaaaaaa", tenant="umbra", site="roof"), 400, "bad-field")


@test("health names every process")
def _(vedette):
    health = vedette.alice.ask("health")
    assert health["service"] == ["ingest", "portal", "scheduler", "backup", "audit", "alert", "redis"]
    assert all(health["ok"]), health


@test("the log knows who did what, and no secret")
def _(vedette):
    access, ops = log(vedette, "access"), log(vedette, "ops")
    assert of(access, "account.created") and of(access, "login.succeeded") and of(access, "login.ended")
    stranger = vedette.api()
    for path in ("agents", "agents/1", "tenants", "sites", "tokens", "alerts", "rules", "health", "session", "stream"):
        expect(stranger.get(path), 401, "no-session")

    def of_nobody():
        return [fields(event) for event in of(log(vedette, "access"), "api.refused")
                if "name" not in event["data"]["actor"]["user"] and fields(event)["code"] == "no-session"]
    vedette.kill("portal", signal.SIGTERM)      # it tells what it counted before it ends
    told = wait(lambda: sum(one["count"] for one in of_nobody()) >= 10 and of_nobody(), 20, every_s=1)
    assert len(told) < 10, told     # told together: a stranger cannot fill the log
    # What services do by themselves is true to the schemas as well, and they said how they were set up.
    everything = [event for name in ("ops", "access", "fleet", "alert") for event in log(vedette, name)]
    wrong = [f"{event['type']}: {fault}" for event in everything for fault in faults(event)]
    assert not wrong, "\n".join(wrong)
    told = {fields(event)["which"]: fields(event)["new"] for event in of(ops, "configuration.changed")
            if fields(event)["thing"] == "settings"}
    assert told["portal"]["portal.listen"].endswith(str(vedette.ready["ports"]["portal"])), told
    held = {fields(event)["key_name"] for event in of(ops, "key.changed")}
    assert {"portal/tls", "portal/bus", "ingest/tls", "audit/log-ops", "alert/bus"} <= held, held
    asked = of(ops, "operation.requested")
    calls = {fields(event)["call"] for event in asked}
    assert {"tenant.add", "site.add", "token.create", "apitoken.create", "agent.rename"} <= calls, calls
    assert any(actor(event) == "user:alice" for event in asked)
    said = json.dumps(access + ops) + json.dumps(vedette.log("portal"))
    assert PASSWORD not in said and "vedette_" not in said and vedette.alice.csrf not in said


@test("a certificate is replaced without a restart")
def _(vedette):
    def serial():
        with socket.create_connection(("127.0.0.1", vedette.ready["ports"]["portal"])) as link, \
                vedette.api().trust.wrap_socket(link, server_hostname="localhost") as link:
            return link.getpeercert()["serialNumber"]
    before = serial()
    kept = vedette.alice.ask("session")
    assert vedette.alice.ask("agents?tag=attic")["agent"]     # the portal was restarted since
    for name in ("tls.crt", "tls.key"):
        (vedette.state / "portal" / name).unlink()
    vedette.cli("init")
    os.kill(vedette.pid("portal"), signal.SIGHUP)
    wait(lambda: serial() != before, 5)
    assert vedette.alice.ask("session") == kept
    certificates = wait(lambda: [fields(event) for event in of(log(vedette, "ops"), "key.changed")
                                 if fields(event)["key_name"] == "portal/tls"][1:], 10, "the log's word of it")
    assert certificates[0]["key_sha256_before"] != certificates[0]["key_sha256"], certificates
    # init has written bus.keys too: who was taken out of it is known no more.
    assert not [line for line in vedette.log("portal") if line["event"] == "bus.keys-not-reloaded"]


@test("with the log down reading goes on, and nothing is changed")
def _(vedette):
    api = vedette.alice
    vedette.freeze("audit")
    try:
        assert api.ask("agents")["agent"]
        expect(api.post("tenants", tenant="unlogged"), 503, "log-unavailable")
        health = api.ask("health")
        assert not health["ok"][health["service"].index("audit")]
    finally:
        vedette.thaw("audit")
    wait(lambda: api.post("tenants", tenant="logged").status == 200, 20)
    assert "unlogged" not in api.ask("tenants")["tenant"]


@test("with Redis down who is in reads on, is told, and others wait; then all goes on as before")
def _(vedette):
    api = vedette.alice
    assert api.ask("agents")["agent"]
    vedette.freeze("redis")
    try:
        # A Redis that says nothing for 5 s is taken for lost.
        wait(lambda: not api.ask("health")["ok"][-1], 20)
        assert len(api.ask("agents")["agent"]) == FLEET + 1
        stranger = vedette.api()
        stranger.cookie = "__Host-vedette=" + "x" * 43
        expect(stranger.get("session"), 503, "store-unavailable")
    finally:
        vedette.thaw("redis")
    wait(lambda: all(api.ask("health")["ok"]), 20)
    expect(stranger.get("session"), 401, "no-session")


@test("five failures lock for 30 minutes, over a restart, for unknown names alike; a reset on the host helps")
def _(vedette):
    api = vedette.api()
    for user in ("alice", "nobody"):
        answers = [api.post("login", user=user, password="wrong", otp="000000").status for _ in range(6)]
        assert answers == [401] * 4 + [423] * 2, answers
    code = vedette.alice.totp.code()
    expect(api.post("login", user="alice", password=PASSWORD, otp=code), 423, "locked")
    vedette.kill("portal")
    expect(vedette.api().post("login", user="alice", password=PASSWORD, otp=code), 423, "locked")
    assert vedette.alice.ask("session")["user"] == "alice"      # who is in stays in
    link = vedette.cli("user", "reset", "alice", "--json", parsed=True)["link"]
    again = vedette.api()
    totp = again.use_link(link, "alice", PASSWORD + "!")
    assert again.ask("session")["user"] == "alice"
    expect(vedette.alice.get("session"), 401, "no-session")     # sessions before the reset have ended
    later = vedette.api()
    later.login("alice", PASSWORD + "!", totp)
    wait(lambda: {"login.locked", "account.reset"} <= {event["type"].removeprefix("vedette.").removesuffix(".v1")
                                                      for event in log(vedette, "access")}, 20, every_s=1)


@test("an address that keeps failing is slowed down")
def _(vedette):
    api = vedette.api()
    statuses = {api.post("login", user=f"guess{number}", password="wrong", otp="000000").status for number in range(40)}
    assert statuses == {401, 429}, statuses


main(lambda: Deployment(agent=True, fleet=FLEET))
