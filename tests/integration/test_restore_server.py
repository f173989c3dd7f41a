#!/usr/bin/env python3
"""The server's own backup: everything dies, the state is deleted, and one command on an empty folder brings it all back."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import make_key, openssl                     # noqa: E402
from harness import BUILD, Deployment, main, scrape, test, wait      # noqa: E402
from s3_rig import S3                                        # noqa: E402
from target_rig import WRITE_ONCE, Ssh                       # noqa: E402

SETS = ["configuration", "audit", "ingest", "portal", "scheduler", "backup", "alert", "access"]
NUMBERS = [4294967040 + i for i in range(len(SETS))]
CLASSES = ["ops", "access", "fleet", "alert"]


class Offsite(Deployment):
    """A deployment with three places for its copies: a folder that stands for another machine, a write-once account of a real
    SFTP server, and a write-once bucket; and an agent that is no part of it."""

    def __init__(self):
        self.elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="offsite-"))
        self.elsewhere.chmod(0o755)
        self.target, self.agent_state = self.elsewhere / "target", self.elsewhere / "agent"
        self.key, self.targets = self.elsewhere / "recovery.pem", self.elsewhere / "targets.conf"
        make_key(self.key)
        self.target.mkdir()
        self.target.chmod(0o777)
        self.nas = Ssh(WRITE_ONCE)
        self.nas.folders(*(f"vedette1/{number}/{kind}" for number in NUMBERS for kind in "smci"))
        self.s3 = S3()
        self.s3.may_delete, self.s3.must_be_conditional = False, True
        self.s3.folder.chmod(0o755)
        if os.geteuid() == 0:   # who carries the copies has the credentials
            subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", "vedette-ship"],
                           stderr=subprocess.DEVNULL)
            shutil.chown(self.nas.user_key, "vedette-ship")
            shutil.chown(self.s3.credentials, "vedette-ship")
        recovery = self.key.with_suffix(".pub")
        self.targets.write_text(f"[elsewhere]\nurl = file://{self.target}\nrecovery = {recovery}\n" + (
            self.nas.section("nas") + self.s3.section("bucket")).replace("/dev/null", str(recovery)))
        self.targets.chmod(0o644)
        self.machine = None
        super().__init__(settings=[f"offsite.targets={self.targets}"])

    def close(self):
        if self.machine:
            self.machine.kill()
            self.machine.wait()
        super().close()
        self.nas.__exit__(None, None, None)
        self.s3.__exit__(None, None, None)
        shutil.rmtree(self.elsewhere)

    def enrol(self):
        self.cli("tenant", "add", "acme")
        self.cli("site", "add", "acme", "harbour")
        token = self.cli("token", "create", "--tenant", "acme", "--site", "harbour", "--json", parsed=True)["token"]
        pin = json.loads(self.cli("init", "--json"))["ca_sha256"]
        subprocess.run([BUILD / "vedette-agent", "--state", self.agent_state, "enrol", "--server",
                        f"https://localhost:{self.ready['ports']['envelopes']}", "--token-file", "-", "--ca", pin],
                       input=token, text=True, check=True, stdout=subprocess.DEVNULL, timeout=30)
        self.machine = subprocess.Popen([BUILD / "vedette-agent", "--state", self.agent_state], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def online(self):
        return [one["state"] for one in self.agents().values()] == ["online"]

    def behind(self):
        """By target, in milliseconds, and why."""
        lines = (self.state / "offsite/ship/status").read_text().splitlines()[1:]
        return {name: (int(behind), rest) for name, behind, _, _, *rest in (line.split(" ", 4) for line in lines)}

    def copied(self, since, target):
        """Everything that was there then is in the target."""
        folders = [self.state / "offsite" / name for name in SETS]
        return (all((folder / "copied").stat().st_mtime > since + 1 for folder in folders)
                and not any(path.is_file() for folder in folders for path in (folder / target).glob("vedette1/*/*/*")))

    def die(self):
        """Everything at once, with no time for a last word; and the disk, too."""
        pids, keeper = self.ready["pids"], self.local.pid
        supervisor = int(pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        os.kill(supervisor, signal.SIGSTOP)
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        os.kill(supervisor, signal.SIGKILL)
        self.local.wait(20)
        shutil.rmtree(self.state)

    def restore(self, *where, status=0, state=None):
        done = subprocess.run([str(word) for word in (BUILD / "vedette", "--state", state or self.state, "restore-server",
                                                      "--key", self.key, *where)], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        print("".join(f"# {line}\n" for line in done.stdout.splitlines()), end="")
        return done.stdout

    def sizes(self):
        return {name: int((self.state / "log" / name / "checkpoint").read_text().splitlines()[1]) for name in CLASSES}

    def tenants(self):
        return {one["tenant"] for one in self.cli("tenant", "list", "--json", parsed=True)}

    def assert_log(self, sizes):
        wait(lambda: all(self.sizes()[name] >= size for name, size in sizes.items()), 30, "the log, as long as it was")
        for name in CLASSES:
            self.cli("log", "verify", str(self.state / "log" / name))

    def listed(self, name):
        """The segments of contents that the newest backup of this set needs."""
        commits = (self.target / f"vedette1/{NUMBERS[SETS.index(name)]}/c").glob("*.p7s")
        newest = max(commits, key=lambda path: path.stat().st_mtime_ns)
        lines = openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", newest).decode().splitlines()
        return {line.split()[1] for line in lines if line.startswith("C ")}

    def is_there(self, name):
        """All that the newest backup of this set needs."""
        folder = self.target / f"vedette1/{NUMBERS[SETS.index(name)]}/s"
        return self.listed(name) <= {path.name.removesuffix(".p7m") for path in folder.iterdir()}

    def written(self, tenant, target):
        """Something that was acknowledged, and has come to the target."""
        self.cli("tenant", "add", tenant)
        now = time.time()
        wait(lambda: self.copied(now, target), 30, "everything to be in the target")
        print(f"# {tenant} is in the target {time.time() - now:.1f} s later")


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@test("one of three places is lost, then the server: from either of the others it lives on as it was, with its people, agents and log")
def _(vedette):
    person = vedette.administrator()
    vedette.enrol()
    vedette.written("two-places", "elsewhere")
    vedette.target.chmod(0)
    wait(vedette.online, 30, "the agent")
    vedette.written("one-place-left", "nas")
    wait(lambda: vedette.behind()["elsewhere"][0] > 1000 and vedette.behind()["elsewhere"][1], 30, "the status")
    metrics = scrape(vedette.state / "offsite/ship/metrics.sock")
    assert all(f'vedette_ship_behind_ms{{target="{name}"}} ' in metrics for name in vedette.behind()), metrics
    sizes = vedette.sizes()
    signer = (vedette.state / "offsite/signers").read_text().split()[1]
    # Ingest writes by itself, and what only one of them has would be a difference.
    wait(lambda: all(vedette.copied(0, place) for place in ("nas", "bucket")), 30, "both to have the same")
    vedette.die()
    vedette.restore("--signer", "0" * 64, "--targets", vedette.targets, "nas", status=1)
    for target, state in (("nas", vedette.elsewhere / "from-nas"), ("bucket", None)):
        said = vedette.restore("--signer", signer, "--targets", vedette.targets, target, state=state)
        assert "Recovery point" in said and "compare it" not in said, said
    assert contents(vedette.elsewhere / "from-nas") == contents(vedette.state)
    vedette.start()
    assert {"acme", "two-places", "one-place-left"} <= vedette.tenants()
    vedette.assert_log(sizes)
    client = vedette.api()
    client.login(person.user, person.password, person.totp)
    wait(vedette.online, 40, "the agent again")


@test("a copier that is started again refers to what the target has; a target that lost it gets all anew")
def _(vedette):
    vedette.target.chmod(0o777)
    vedette.written("before", "elsewhere")
    first = vedette.listed("audit")
    vedette.kill("copy-audit")
    again = wait(lambda: first != (found := vedette.listed("audit")) and found, 30, "the backup after that")
    assert first & again, "nothing of the backup before is used again"
    repository = vedette.target / f"vedette1/{NUMBERS[1]}"
    for path in repository.glob("s/*"):
        path.unlink()
    vedette.kill("copy-audit")
    wait(lambda: vedette.listed("audit") not in (first, again), 30, "another backup")
    assert vedette.is_there("audit"), "a commit that lacks segments was carried"


@test("entries that somebody has seen and that are lost: it says so, audit refuses, and goes on under a new origin")
def _(vedette):
    vedette.target.chmod(0o777)
    vedette.written("kept", "elsewhere")
    vedette.freeze("ship")      # from now on nothing gets there
    vedette.cli("tenant", "add", "lost")
    seen = vedette.elsewhere / "seen"
    size = vedette.sizes()["ops"]
    wait(lambda: vedette.sizes()["ops"] > size or "lost" in vedette.tenants(), 30, "the tenant")
    wait(lambda: vedette.sizes()["ops"] > size, 30, "the log")
    shutil.copy(vedette.state / "log/ops/checkpoint", seen)
    vedette.die()
    said = vedette.restore("--seen", seen, vedette.target, status=5)
    assert "of class ops" in said and "audit recover" in said, said
    refused = subprocess.run([BUILD / "vedette-audit", "--state", vedette.state], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1 and "log-set-back" in refused.stderr, refused
    assert "ops/2" in vedette.cli("audit", "recover", "--reason", "the drill")
    vedette.start()
    assert "kept" in vedette.tenants() and "lost" not in vedette.tenants()
    vedette.assert_log({})


main(Offsite)
