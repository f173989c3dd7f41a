#!/usr/bin/env python3
"""The command line beside real processes: every subcommand, from the host and over REST."""
import hashlib
import http.server
import json
import os
import pathlib
import pwd
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, actor, fields, main, test, wait

FLEET = 10500   # more than one page of `agents`


def run(*words, environment=None, program=BUILD / "vedette", **options):
    return subprocess.run([str(program), *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, env=os.environ | (environment or {}), **options)


def contents(folder):
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode, path.stat().st_uid)
            for path in folder.rglob("*") if path.is_file()}


class Folder:
    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="cli-"))
        self.path.chmod(0o711)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


class Thief(http.server.BaseHTTPRequestHandler):
    """Whoever has the server may refuse in any words."""

    def do_GET(self):
        self.send_response(403)
        self.end_headers()
        self.wfile.write(json.dumps({"code": "\x1b[2J", "reason": "\x1b]0;all is well\x07 remove \u202egnp.exe"}).encode())

    def log_message(self, *_):
        pass


@test("a refusal's words cannot steer the terminal of who asked")
def _():
    with Folder() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "ca.pem"],
                       check=True, capture_output=True)
        with http.server.HTTPServer(("127.0.0.1", 0), Thief) as server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "ca.pem", folder / "key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.handle_request, daemon=True).start()
            done = run("--url", f"https://localhost:{server.server_port}", "--ca", folder / "ca.pem", "tenant", "list",
                       environment={"VEDETTE_TOKEN": "vedette_" + "x" * 43})
    assert done.returncode == 1 and "<U+001B>]0;all is well<U+0007> remove <U+202E>gnp.exe (http)" in done.stderr, done.stderr


# init, which needs no process

@test("init makes everything, and made again it changes nothing")
def _():
    with Folder() as state:
        first = json.loads(run("--json", "init", "--state", state).stdout)
        der = ssl.PEM_cert_to_DER_cert((state / "ca.pem").read_text())
        assert first["ca_sha256"] == "sha256:" + hashlib.sha256(der).hexdigest()
        before = contents(state)
        for path in ("ingest/bus.key", "cli/bus.key", "ca/ca.key", "portal/tls.key", "portal/master.key",
                     "ingest/redis.pass"):
            assert before[path][1] & 0o777 == 0o400, path
        assert len((state / "bus.keys").read_text().splitlines()) == 7
        password = (state / "portal/redis.pass").read_text().strip()
        assert "#" + hashlib.sha256(password.encode()).hexdigest() in (state / "redis/users.acl").read_text()
        assert json.loads(run("init", "--json", f"--state={state}").stdout) == first
        assert contents(state) == before


@test("init run by nobody in particular makes a state that is all theirs")
def _():
    if os.geteuid():
        return
    nobody = pwd.getpwnam("nobody")
    with Folder() as state, Folder() as reachable:
        os.chown(state, nobody.pw_uid, nobody.pw_gid)
        program = shutil.copy2(BUILD / "vedette", reachable)
        done = run("--state", state, "init", program=program, user="nobody", group=nobody.pw_gid, extra_groups=[])
        assert done.returncode == 0, done.stderr
        assert {owner for _, _, owner in contents(state).values()} == {nobody.pw_uid}
        assert "\ningest.user" not in (state / "vedette.conf").read_text()


@test("init by root reads no secret through a link that a service has put into its folder")
def _():
    if os.geteuid():
        return
    with Folder() as state:
        assert run("init", "--state", state).returncode == 0
        for name in ("bus.key", "redis.pass"):
            secret = state / "portal" / name
            kept = secret.read_bytes()
            secret.unlink()
            secret.symlink_to(f"../ingest/{name}")
            done = run("init", "--state", state)
            assert done.returncode and name in done.stderr, (name, done)
            secret.unlink()
            secret.write_bytes(kept)
            secret.chmod(0o400)
        os.mkfifo(state / "redis/redis.conf.new")   # nobody reads: to write into it would never end
        assert run("init", "--state", state).returncode == 0


@test("init changes single settings; a bad one leaves the file as it was; a new name makes new certificates")
def _():
    with Folder() as state:
        run("--state", state, "init", "--ports", "27500")
        conf = (state / "vedette.conf").read_text()
        assert "\ningest.beat_listen = 0.0.0.0:27500\n" in conf and "tcp://127.0.0.1:27504" in conf
        done = run("--state", state, "init", "--set", "ingest.agents_max=5")
        assert done.returncode == 1 and "1024" in done.stderr and "ingest.agents_max" in done.stderr
        assert (state / "vedette.conf").read_text() == conf
        certificate, ca = ((state / name).read_bytes() for name in ("portal/tls.crt", "ca.pem"))
        assert run("--state", state, "init", "--public-name", "vedette.example").returncode == 0
        assert (state / "portal/tls.crt").read_bytes() != certificate and (state / "ca.pem").read_bytes() == ca
        shown = subprocess.run(["openssl", "x509", "-in", state / "portal/tls.crt", "-noout", "-checkhost",
                                "vedette.example"], stdout=subprocess.PIPE, text=True, check=True).stdout
        assert "does match" in shown


@test("init never replaces a certificate of another CA")
def _():
    with Folder() as state:
        run("--state", state, "init")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", state / "portal/tls.key", "-out", state / "portal/tls.crt", "-days", "1", "-subj",
                        "/CN=other"], stderr=subprocess.DEVNULL, check=True)
        theirs = (state / "portal/tls.crt").read_bytes()
        assert run("--state", state, "init").returncode == 0
        assert (state / "portal/tls.crt").read_bytes() == theirs


@test("mistakes on the command line: exit status 2 and what is wrong; no server: 3")
def _():
    with Folder() as state:
        for words, reason in ((["frob"], "no subcommand"), (["agents", "--frob"], "no option"),
                              (["agents", "rename", "1"], "needs NAME"), (["token", "create"], "needs --tenant"),
                              (["agents", "show", "x"], "whole number"), (["--state"], "needs a value"),
                              (["tenant", "add", "Not A Slug"], "a-z"), (["token", "create", "--tenant=a", "--site=b",
                                                                          "--ttl=soon"], "duration")):
            run("--state", state, "init")
            done = run(*(words if words == ["--state"] else ["--state", state, *words]))
            assert done.returncode == 2 and reason in done.stderr, (words, done)
        assert run("--state", state / "none", "agents").returncode == 3
        assert run("--url", "https://localhost:1", "agents", environment={"VEDETTE_TOKEN": "x"}).returncode == 3
        done = run("--url", "http://localhost:1", "agents", environment={"VEDETTE_TOKEN": "x"})
        assert done.returncode == 3 and "https://" in done.stderr
        assert "agents rename" in run("help").stdout and run("--version").stdout.startswith("vedette ")
        group = run("help", "tenant").stdout
        assert "tenant add" in group and "tenant list" in group and "agents" not in group


class Remote:
    """`vedette --url` with an API token from a file."""

    def __init__(self, vedette, role="administrator", tenant=None):
        self.file = vedette.state / f"{role}.token"
        words = ["--tenant", tenant] if tenant else []
        vedette.cli("apitoken", "create", "--name", role, "--role", role, *words, "--out", str(self.file))
        self.words = ["--url", f"https://localhost:{vedette.ready['ports']['portal']}", "--ca",
                      vedette.ready["ca_file"], "--token-file", self.file]

    def run(self, *words):
        return run(*self.words, *words)

    def ask(self, *words):
        done = self.run("--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@test("health: exit status 0 when every process answers, and names the one that does not")
def _(vedette):
    rows = vedette.cli("health", "--json", parsed=True)
    assert [one["service"] for one in rows] == ["ingest", "portal", "scheduler", "backup", "audit", "alert", "redis"]
    assert all(one["ok"] for one in rows)
    for name in ("scheduler", "redis"):
        vedette.freeze(name)
        done = vedette.run_cli("health")
        assert done.returncode == 1 and f"\n{name}" in done.stdout and "not every process" in done.stderr
        vedette.thaw(name)
        wait(vedette.health, 20, "health")


@test("a command says which service it waits for, and is answered when that is back")
def _(vedette):
    vedette.freeze("audit")
    waiting = subprocess.Popen([BUILD / "vedette", "--state", vedette.state, "subscriber", "list"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = waiting.stderr.readline()
    finally:
        vedette.thaw("audit")
    assert said == "vedette: audit does not answer yet; waiting for it, 15 s at most\n", said
    assert waiting.communicate()[1] == "" and waiting.returncode == 0


@test(f"agents: all {FLEET} of them, page by page, with the promised fields")
def _(vedette):
    vedette.cli("tenant", "add", "acme")
    vedette.cli("site", "add", "acme", "hq")
    secret = vedette.state / "fleet.secret"
    given = vedette.cli("fleet", "register", "--count", str(FLEET), "--tenant", "acme", "--site", "hq", "--out-secret",
                        str(secret), "--json", parsed=True)
    assert given["count"] == FLEET and "fleet_secret" not in given
    assert secret.stat().st_mode & 0o777 == 0o600 and len(secret.read_text().strip()) == 64
    agents = wait(lambda: len(vedette.agents()) == FLEET and vedette.agents(), 30, "the fleet")
    assert set(agents) == set(range(given["first"], given["first"] + FLEET))
    one = agents[given["first"]]
    assert (one["tenant"], one["site"], one["state"], one["last_seen"]) == ("acme", "hq", "never", None)
    assert len(vedette.cli("agents").splitlines()) == FLEET + 1
    assert vedette.cli("agents", "--tenant", "nobody", "--json", parsed=True) == []


@test("one agent: show, rename, maintenance with an end, retire; each is told who asked")
def _(vedette):
    stream = vedette.stream("--class", "ops", "--from", "0")
    vedette.cli("agents", "rename", "1", "web \u00e4")
    assert vedette.cli("agents", "show", "1", "--json", parsed=True)["name"] == "web \u00e4"
    vedette.cli("agents", "tag", "attic", "1", "3-4")
    vedette.cli("agents", "untag", "attic", "4")
    assert [one["id"] for one in vedette.cli("agents", "--tag", "attic", "--json", parsed=True)] == [1, 3]
    vedette.cli("agents", "maintenance", "1", "on", "--until", "2h")
    wait(lambda: vedette.agents()[1]["state"] == "maintenance", 20, "maintenance")
    vedette.cli("agents", "maintenance", "1", "off")
    wait(lambda: vedette.agents()[1]["state"] == "never", 20, "its end")
    vedette.cli("agents", "retire", "2")
    wait(lambda: vedette.agents().get(2, {"state": "retired"})["state"] == "retired", 20, "retirement")
    done = vedette.run_cli("agents", "show", "4000000000")
    assert done.returncode == 1 and "not-found" in done.stderr
    event = stream.wait(lambda one: fields(one).get("call") == "agent.rename")
    assert actor(event) == f"cli:{os.getuid()}"
    assert fields(event)["arguments"]["name"] == "web \u00e4"
    done = stream.wait(lambda one: fields(one).get("thing") == "agent" and fields(one)["call"] == "agent.rename")
    assert fields(done) == {"thing": "agent", "which": "1", "call": "agent.rename", "old": {"name": "sim-1"},
                            "new": {"agent": 1, "name": "web \u00e4"}} and actor(done) == actor(event), done


@test("tokens are shown once or written to a file, listed without themselves, revoked")
def _(vedette):
    made = vedette.cli("token", "create", "--tenant", "acme", "--site", "hq", "--uses", "3", "--ttl", "15m", "--json",
                       parsed=True)
    assert len(made["token"]) == 43
    listed = vedette.cli("token", "list", "--json", parsed=True)
    assert [(one["token_id"], one["uses_left"]) for one in listed] == [(made["token_id"], 3)]
    assert "token" not in listed[0]
    done = vedette.run_cli("token", "create", "--tenant", "acme", "--site", "hq", "--out", "/nonexistent/token")
    assert done.returncode == 1 and "/nonexistent" in done.stderr
    for one in vedette.cli("token", "list", "--json", parsed=True):
        vedette.cli("token", "revoke", str(one["token_id"]))
    assert vedette.cli("token", "list", "--json", parsed=True) == []


@test("over REST the same words give the same answers")
def _(vedette):
    remote = Remote(vedette)
    assert len(remote.ask("agents")) == FLEET
    for words in (["agents", "show", "3"], ["tenant", "list"], ["site", "list", "--tenant", "acme"], ["alerts"],
                  ["rule", "list"], ["token", "list"], ["apitoken", "list"]):
        assert remote.ask(*words) == vedette.cli(*words, "--json", parsed=True), words
    assert all(one["ok"] for one in remote.ask("health"))
    assert remote.run("agents", "rename", "3", "renamed from afar").returncode == 0
    assert vedette.cli("agents", "show", "3", "--json", parsed=True)["name"] == "renamed from afar"
    assert remote.run("user", "reset", "alice").returncode == 1
    assert remote.run("stream").returncode == 2


@test("over REST a token can do what it was made for, and no more")
def _(vedette):
    viewer = Remote(vedette, "viewer", "acme")
    assert {one["tenant"] for one in viewer.ask("agents")} == {"acme"}
    done = viewer.run("agents", "retire", "3")
    assert done.returncode == 1 and vedette.agents()[3]["state"] == "never"
    done = run(*viewer.words[:4], "agents", environment={"VEDETTE_TOKEN": "x" * 43})
    assert done.returncode == 1
    assert run(*viewer.words[:2], "--token-file", viewer.file, "agents").returncode == 3   # without --ca
    viewer.file.chmod(0o644)
    assert "loose-permissions" in viewer.run("agents").stderr


@test("stream: complete from the start, per class, over a kill of audit; SIGTERM ends it with 0")
def _(vedette):
    full = vedette.stream("--from", "0")
    fleet = vedette.stream("--class", "fleet", "--class", "access", "--from", "0", "--tenant", "acme")
    full.wait(lambda one: one["type"] == "vedette.agent.retired.v1")
    vedette.kill("audit")
    wait(vedette.health, 30, "health")
    vedette.cli("agents", "rename", "5", "after the kill")
    for stream in (full, fleet):
        stream.wait(lambda one: fields(one).get("name") == "after the kill"
                    and one["type"] == "vedette.agent.renamed.v1", 30)
    by_class = {}
    for event in full.events:
        by_class.setdefault(event["id"].rpartition("-")[0], []).append(int(event["sequence"]))
    for sequences in by_class.values():
        assert sequences == list(range(len(sequences)))
    assert set(by_class) >= {"ops", "fleet"}
    assert {event["id"].rpartition("-")[0] for event in fleet.events} <= {"fleet", "access"}
    assert {event["tenant"] for event in fleet.events} == {"acme"}
    later = vedette.stream("--class", "ops", "--from", "3")
    assert later.wait(lambda _: True)["id"] == "ops-3"
    for stream in (full, fleet, later):
        stream.process.send_signal(signal.SIGTERM)
        assert stream.process.wait(10) == 0


@test("user: the first administrator's link, and a reset only on the host")
def _(vedette):
    assert vedette.cli("user", "first", "--json", parsed=True)["link"].startswith("https://")
    vedette.administrator()
    done = vedette.run_cli("user", "first")
    assert done.returncode == 1
    assert vedette.cli("user", "reset", "alice", "--json", parsed=True)["link"].startswith("https://")
    assert vedette.run_cli("user", "reset", "nobody").returncode == 1


main(lambda: Deployment(settings=["ingest.bulk_register=on"]))
