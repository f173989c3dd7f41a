#!/usr/bin/env python3
"""Every route of contract/routes.def, asked by nobody, by each role, by an administrator of another tenant, and with an old key."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import Deployment, main, test, wait      # noqa: E402

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "contract"
CALLERS = {"portal", "cli", "web", "agent", "ingest", "scheduler", "backup", "alert", "audit"}
ROLES = ["none", "viewer", "auditor", "operator", "administrator"]
OURS, THEIRS = "umbra", "zzsecret"     # the second stands in the name of everything that is theirs
# A value of each field that some route must be told; their agent and their tenant wherever one is asked for.
VALUES = {
    "tenant": THEIRS, "site": "main", "name": "x", "on": True, "tag": "t", "uses": 1, "ttl_s": 600, "token": "x" * 43, "token_id": 1,
    "offline_after_s": 60, "output": "none", "output_kind": "webhook", "destination": "https://collector.example/", "enabled": True,
    "public_key": "x" * 40, "classes": "fleet", "subscriber": 1, "user": "nobody", "role": "viewer", "size": 1, "cosignature": "x",
    "erased_from": "2020-01-01", "erased_to": "2020-01-01", "reason": "a test", "envelope": "x" * 64, "document": "0" * 32,
    "backup": "0" * 32, "proof": "bytes", "proven": True, "time": "2020-01-01T00:00:00.000Z", "commit_bytes": 1, "offset": 0,
    "data": "", "vkey": "x", "witness": "x", "dsse": "{}", "payload": "e30=", "signature": "{}", "calendar": "daily", "zone": "UTC",
    "class": "fleet", "log_file": "checkpoint", "sequence": 0, "tile": "0/000", "watch": "w", "link_token": "x" * 43,
    "password": "x", "otp": "000000", "tags": "x",
}


def rows(name):
    text = (CONTRACT / name).read_text()
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def requests():
    """By call: whether it is logged, and the fields that it must and may have."""
    calls = {"stream": (False, [], [])}
    for words in rows("calls.def"):
        at = 2
        while words[at] in CALLERS:
            at += 1
        fields = words[at + 1:words.index("->")]
        calls[words[0]] = (words[at] != "-", [one for one in fields if one[-1] != "?"], [one.rstrip("?") for one in fields])
    return calls


class Route:
    def __init__(self, method, path, role, rule, key, call, logged, must, may):
        self.method, self.path, self.rule, self.key, self.call, self.logged = method, path, rule, key, call, logged
        self.least, self.must, self.may = ROLES.index(role), must, may

    def ask(self, client, agent, **more):
        values = VALUES | {"agent": agent, "agent_ranges": str(agent), "ids": str(agent)} | more
        path, rest = self.path, {name: values[name] for name in {*self.must, *more}}
        for name in self.may:
            if f"{{{name}}}" in path or f"{{+{name}}}" in path:
                path = path.replace(f"{{{name}}}", str(values[name])).replace(f"{{+{name}}}", str(values[name]))
                rest.pop(name, None)
        if self.method == "POST":
            return client.request("POST", path, rest)
        return client.request("GET", path + "?" + "&".join(f"{name}={value}" for name, value in rest.items()))

    def __str__(self):
        return f"{self.method} {self.path}"


CALLS = requests()
ROUTES = [Route(*words, *CALLS[words[5]]) for words in rows("routes.def")]


class TwoTenants(Deployment):
    """Everything that one tenant can have, and clients: an administrator of all, each role, and each role of the other tenant."""

    def start(self, *options, **named):
        super().start(*options, **named)
        self.all = self.client("all", "administrator")
        self.by_role = {role: self.client(role, role) for role in ROLES[1:]}
        for tenant in (OURS, THEIRS):
            self.all.tell("tenants", tenant=tenant)
            self.all.tell("sites", tenant=tenant, site=f"{tenant}-hq")
            self.cli("fleet", "register", "--count", "2", "--tenant", tenant, "--site", f"{tenant}-hq", "--out-secret",
                     str(pathlib.Path(self.state) / tenant))
        wait(lambda: len(self.all.ask("agents")["agent"]) == 4, 20, "both fleets")
        listed = self.all.ask("agents")
        self.ours, self.theirs = (listed["agent"][listed["tenant"].index(tenant)] for tenant in (OURS, THEIRS))
        self.bound = {role: self.client(f"{OURS}-{role}", role, "--tenant", OURS) for role in ROLES[1:]}
        self.fill(self.all)

    def client(self, name, role, *options):
        client = self.api()
        client.token = self.cli("apitoken", "create", "--name", name, "--role", role, "--json", *options, parsed=True)["token"]
        return client

    def fill(self, by):
        by.tell(f"agents/{self.theirs}/name", name=f"{THEIRS}-web")
        by.tell("tags", tag=THEIRS, agent_ranges=str(self.theirs))
        by.tell("tokens", tenant=THEIRS, site=f"{THEIRS}-hq", uses=1, ttl_s=600)
        by.tell("rules", tenant=THEIRS, offline_after_s=60)
        by.tell("outputs", output=f"{THEIRS}-out", output_kind="webhook", destination=f"https://collector.example/{THEIRS}", tenant=THEIRS)
        by.tell("subscribers", name=f"{THEIRS}-soc", public_key="rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", classes="fleet", tenant=THEIRS)
        self.cli("apitoken", "create", "--name", f"{THEIRS}-token", "--role", "viewer", "--tenant", THEIRS)


@test("nobody, and no role below the least one of a route, gets anywhere")
def _(vedette):
    stranger, wrong = vedette.api(), []
    for route in ROUTES:
        if not route.least:
            continue
        answer = route.ask(stranger, vedette.theirs)
        if (answer.status, answer.json["code"]) != (401, "no-session"):
            wrong.append(f"{route}, nobody: {answer.status} {answer.body[:100]}")
        role = ROLES[route.least - 1]
        for client in (vedette.by_role[role], vedette.bound[role]) if role != "none" else ():
            answer = route.ask(client, vedette.ours)
            if (answer.status, answer.json["code"]) != (403, "no-permission"):
                wrong.append(f"{route}, {role}: {answer.status} {answer.body[:100]}")
    assert not wrong, "\n".join(wrong)


@test("an administrator of one tenant is refused what is another's, and what is everybody's")
def _(vedette):
    client, wrong = vedette.bound["administrator"], []
    for route in ROUTES:
        asked = [{}]
        if route.rule == "filter":
            asked = [{"tenant": THEIRS}] if "tenant" in route.may else []
        elif route.rule == "-":
            asked = [{}] if route.logged and route.least else []
        elif route.rule == "field":
            asked = [{"tenant": THEIRS}]
        for more in asked:
            answer = route.ask(client, vedette.theirs, **more)
            if (answer.status, answer.json["code"]) != (403, "no-permission"):
                wrong.append(f"{route} {more}: {answer.status} {answer.body[:200]}")
    assert not wrong, "\n".join(wrong)


@test("whatever an administrator of one tenant may read holds nothing of another's")
def _(vedette):
    reads = [route for route in ROUTES if route.method == "GET" and route.call != "stream"]
    of_all = {route.call for route in reads if THEIRS in route.ask(vedette.all, vedette.theirs).body.decode("latin-1")}
    assert {"agents.list", "agent.get", "tenant.list", "site.list", "token.list", "rule.list", "output.list", "subscriber.list",
            "apitoken.list", "log.search"} <= of_all, of_all
    told = []
    for route in reads:
        for more in ({}, {"tenant": OURS}) if "tenant" in route.may else ({},):
            answer = route.ask(vedette.bound["administrator"], vedette.ours, **more)
            if THEIRS in answer.body.decode("latin-1"):
                told.append(f"{route}: {answer.body[:300]}")
    for name in ("ops", "access", "fleet", "alert"):
        for sequence in range(12):
            answer = vedette.bound["administrator"].get(f"log/{name}/{sequence}")
            if THEIRS in answer.body.decode("latin-1"):
                told.append(f"log/{name}/{sequence}: {answer.body[:300]}")
    assert not told, "\n".join(told)
    ours = vedette.bound["administrator"].ask("agents")
    assert set(ours["tenant"]) == {OURS} and vedette.ours in ours["agent"], ours


@test("a session whose key is old: what wants the key again is refused, all else goes on; a token is asked for none, and is no person")
def _(vedette):
    person, machine, wrong = vedette.administrator(), vedette.client("machine", "administrator"), []
    # A log-in is a proof, but here time passes quickly; and who has logged out can be asked nothing.
    posts = [route for route in ROUTES if route.method == "POST" and route.least and route.call != "session.logout"]
    vedette.age_key(person, 3600)
    for route in posts:
        answer = route.ask(person, vedette.theirs)
        if (route.key != "-") != (answer.json.get("code") == "key-wanted") or (route.key != "-") and answer.status != 403:
            wrong.append(f"{route}, old: {answer.status} {answer.body[:200]}")
    vedette.age_key(person, 0)
    for route in (one for one in posts if one.key != "-"):
        if (answer := route.ask(person, vedette.theirs)).json.get("code") in ("key-wanted", "no-permission"):
            wrong.append(f"{route}, fresh: {answer.status} {answer.body[:200]}")
        answer = route.ask(machine, vedette.ours)
        if (route.key == "person") != (answer.json.get("code") == "no-permission") or answer.json.get("code") == "key-wanted":
            wrong.append(f"{route}, token: {answer.status} {answer.body[:200]}")
    assert not wrong, "\n".join(wrong)
    assert {"apitoken.create", "user.enable"} == {route.call for route in ROUTES if route.key == "person"}


main(lambda: TwoTenants(settings=["ingest.bulk_register=on"]))
