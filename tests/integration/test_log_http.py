#!/usr/bin/env python3
"""The log over HTTPS: what the portal serves of it and to whom, and `vedette log` with a URL."""
import http.client
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test, wait     # noqa: E402

FLEET = 600     # each with an event or more: more than two full tiles
CLASSES = ("ops", "access", "fleet", "alert")


def checkpoint(vedette, log):
    """Its lines."""
    return vedette.viewer.request("GET", f"/log/{log}/checkpoint").body.decode().splitlines()


def remote(vedette, *words, token=None, deadline_s=60):
    """`vedette` from elsewhere: nothing but URL, CA and token."""
    ready = vedette.ready
    environment = {name: value for name, value in os.environ.items() if name != "VEDETTE_TOKEN"}
    return subprocess.run([str(BUILD / "vedette"), "--state", "/nonexistent", "--url", ready["urls"]["portal"], "--ca",
                           ready["ca_file"], *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=deadline_s,
                          env=environment | {"VEDETTE_TOKEN": token or vedette.auditor.token})


def good(done):
    assert done.returncode == 0, f"{done.args}: {done.returncode} {done.stdout}{done.stderr}"
    return done.stdout


def raw(vedette, path):
    """The path as it stands, not tidied by a library."""
    link = http.client.HTTPSConnection("localhost", vedette.viewer.port, timeout=20, context=vedette.viewer.trust)
    try:
        link.putrequest("GET", path)
        link.putheader("Authorization", f"Bearer {vedette.auditor.token}")
        link.endheaders()
        return link.getresponse().status
    finally:
        link.close()


class WithTokens(Deployment):
    """A deployment with clients: a viewer, an auditor, an auditor of one tenant."""

    def start(self, *options, **named):
        super().start(*options, **named)
        self.cli("tenant", "add", "acme")
        self.viewer, self.auditor, self.bound = self.client("viewer"), self.client("auditor"), self.client(
            "auditor", "--tenant", "acme")
        self.nobody = self.api()
        wait(lambda: int(checkpoint(self, "fleet")[1]) > 512, 40, "the fleet to come online")

    def client(self, role, *options):
        client = self.api()
        client.token = self.cli("apitoken", "create", "--name", f"{role}{len(options)}", "--role", role, "--json", *options,
                                parsed=True)["token"]
        return client


@test("checkpoint, key and hash tiles are for whoever may log in, entries for auditors of everything")
def _(vedette):
    for log in CLASSES:
        for name in ("checkpoint", "vkey"):
            answer = vedette.viewer.request("GET", f"/log/{log}/{name}")
            assert answer.status == 200, answer.body
            assert answer.body == (vedette.state / "log" / log / name).read_bytes() or name == "checkpoint"
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert answer.headers["Cache-Control"] == "no-store"
            assert vedette.nobody.request("GET", f"/log/{log}/{name}").status == 401
    for path, status in (("tile/0/000", (200, 200, 200, 401)), ("tile/entries/000", (403, 200, 403, 401))):
        asked = tuple(client.request("GET", f"/log/fleet/{path}").status
                      for client in (vedette.viewer, vedette.auditor, vedette.bound, vedette.nobody))
        assert asked == status, (path, asked)


@test("tiles are the files themselves; full ones may be kept for ever")
def _(vedette):
    for path in ("tile/0/000", "tile/0/001", "tile/entries/001"):
        answer = vedette.auditor.request("GET", f"/log/fleet/{path}")
        assert answer.body == (vedette.state / "log/fleet" / path).read_bytes()
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert int(answer.headers["Content-Length"]) == len(answer.body)
    size = int(checkpoint(vedette, "ops")[1])
    answer = vedette.auditor.request("GET", f"/log/ops/tile/0/000.p/{size}")
    assert answer.status == 200 and len(answer.body) == 32 * size
    assert answer.headers["Cache-Control"] == "private, max-age=60"


@test("nothing but paths of C2SP leads to a file")
def _(vedette):
    for path in ("tile/0/0", "tile/0/0000", "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x000/000",
                 "tile/9/000", "tile/0/000/", "tile/0//000", "tile/-1/000", "tile/0/999", "tile/entries/999",
                 "checkpoint.new", "checkpoint/", "..", "../../portal/master.key", "tile/../checkpoint",
                 "tile/0/..%2f..%2fvkey", "%2e%2e/ops/vkey", "tile/entries/../0/000"):
        assert raw(vedette, f"/log/fleet/{path}") in (400, 404), path
    for log in ("nothing", "..", "fleet%00", ""):
        assert raw(vedette, f"/log/{log}/checkpoint") in (400, 404), log
    assert vedette.viewer.request("POST", "/log/fleet/checkpoint", {}).status == 405
    assert vedette.auditor.request("GET", "/log/fleet/checkpoint?x=1").status == 400


@test("a file that is a link, empty or too long is not served")
def _(vedette):
    tile = vedette.state / "log/alert/tile/0/000.p/7"
    tile.parent.mkdir(parents=True, exist_ok=True)
    tile.symlink_to(vedette.state / "portal/portal.db")
    ask = lambda: vedette.viewer.request("GET", "/log/alert/tile/0/000.p/7").status     # noqa: E731
    try:
        assert ask() == 503
        tile.unlink()
        for length in (0, 8193):
            tile.write_bytes(bytes(length))
            tile.chmod(0o644)
            assert ask() == 503, length
    finally:
        tile.unlink()
    assert ask() == 404


@test("verify, show, prove and export work with a URL as with a folder")
def _(vedette):
    with tempfile.TemporaryDirectory(prefix="v-") as folder:
        folder = pathlib.Path(folder)
        out = good(remote(vedette, "log", "verify"))
        assert [line.split(" holds: ")[0].rpartition("/")[2] for line in out.splitlines()] == list(CLASSES), out
        url = f"{vedette.ready['urls']['portal']}/log/fleet"
        vkey = folder / "vkey"
        vkey.write_text((vedette.state / "log/fleet/vkey").read_text())
        assert "fleet-0" in good(remote(vedette, "log", "show", url, "--limit", "1", "--json"))
        shown = good(remote(vedette, "log", "show", "fleet", "--from", "300", "--limit", "3", "--json", "--vkey", vkey))
        assert shown.count("\n") == 3 and "fleet-302" in shown, shown
        receipt, entry = folder / "receipt", folder / "entry"
        good(remote(vedette, "log", "prove", "fleet", "301", "--out", receipt, "--entry", entry))
        good(remote(vedette, "log", "verify", "--vkey", vkey, "--receipt", receipt, "--entry", entry))
        older = folder / "older"
        older.write_bytes(vedette.viewer.request("GET", "/log/ops/checkpoint").body)
        vedette.cli("tenant", "add", "later")
        out = good(remote(vedette, "log", "verify", "ops", "--since", older))
        good(remote(vedette, "log", "export", "fleet", folder / "copy"))
        out = good(remote(vedette, "log", "fsck", folder / "copy", "--vkey", vkey))
        assert " holds: " in out, out


@test("a viewer's token verifies proofs' hashes but reads no entries; without a token nothing")
def _(vedette):
    done = remote(vedette, "log", "show", "fleet", token=vedette.viewer.token)
    assert done.returncode == 1 and "no-permission" in done.stderr, done.stderr
    done = remote(vedette, "log", "show", "fleet", token="0" * 43)
    assert done.returncode == 1 and "no-session" in done.stderr, done.stderr


@test("a bundle or tile that was changed is not shown, and named")
def _(vedette):
    for name, code in (("tile/entries/000", "bad-bundle"), ("tile/0/000", "bad-tile")):
        path = vedette.state / "log/fleet" / name
        whole = path.read_bytes()
        path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
        try:
            done = remote(vedette, "log", "show", "fleet", "--limit", "3")
        finally:
            path.write_bytes(whole)
        assert done.returncode == 1 and name in done.stderr and code in done.stderr and not done.stdout, done


main(lambda: WithTokens(fleet=FLEET))
