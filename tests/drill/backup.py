#!/usr/bin/env python3
"""The proof that backups come back, as their owner would have it: this machine's agent, by plans that people signed, backs an
awkward home and a database that is written all the while up to a write-once SFTP account and a write-once bucket; another machine
restores all of it from both, bit for bit, three ways: by a signed restore through the server and the restore key service; by
the recovery key, on a bare machine, with no server; and anchors by openssl, zstd and tar. About a minute; needs root.

    tests/drill/backup.py [SEED]
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import assert_same, make_key                                # noqa: E402
from bare import make, put                                                  # noqa: E402
from harness import BUILD, ROOT, Deployment, main, own_mounts, test, wait   # noqa: E402
from home import Ledger, entries_of, make_home                              # noqa: E402
from keyserver_rig import Service                                           # noqa: E402
from machine_rig import SERVER, Machine                                     # noqa: E402
from s3_rig import ACCESS, REGION, S3, SECRET                               # noqa: E402
from target_rig import WRITE_ONCE, Ssh                                      # noqa: E402
from task_rig import Signers                                                # noqa: E402

NAS, BUCKET = "nas.test", "s3.test"
TARGETS = ("nas", "bucket")
TENANT, SITE = "local", "here"      # of deploy/local's agent
SEED = 2026
OPEN = ("ordered", "sent", "taken", "waiting", "running")
# The place of /etc, so that this machine keeps its own names, users and targets.
INSIDE = """set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay overlay -o lowerdir=/etc,upperdir="$1/upper",workdir="$1/work" /etc
shift
exec "$@"
"""


class Estate:
    """Everybody who takes part, each on a machine of their own: the server with its agent, two targets, who signs, the restore
    key service, and the machine on which files are to come back."""

    def __init__(self, vedette, held):
        self.vedette, self.backups, self.count = vedette, {}, {}
        self.folder = pathlib.Path(held.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
        self.folder.chmod(0o755)
        self.nas = held.enter_context(Ssh(WRITE_ONCE, NAS))
        self.s3 = held.enter_context(S3(BUCKET))
        self.s3.may_delete, self.s3.must_be_conditional = False, True
        self.key = self.folder / "recovery.pem"
        make_key(self.key)
        keys = self.machine(held, 3)
        self.service = Service(self.folder, vedette, keys.words, SERVER)
        held.callback(self.service.stop)
        self.signers = Signers(vedette, trust=("--keyserver", self.service.facts))
        self.signers.publish()
        self.service.command("trust", "adopt", self.signers.folder / "trust.signed.json", self.signers.trust)
        self.service.start()
        self.adopt()
        self.two = self.machine(held, 2)
        self.join()
        self.home = self.folder / "home"
        make_home(self.home, SEED)
        self.ledger = held.enter_context(Ledger(self.home / "app/ledger.db"))

    def machine(self, held, number):
        machine = Machine(self.vedette, number, (NAS, BUCKET))
        held.callback(machine.end)
        return machine

    def conf(self, folder):
        """targets.conf of an owner."""
        text = self.nas.section("nas") + self.s3.section("bucket")
        path = folder / "targets.conf"
        path.write_text(text.replace("/dev/null", f"{self.key.with_suffix('.pub')}\nrestore_service = {self.service.key}.pub"))
        path.chmod(0o600)
        return path

    def show(self, agent):
        return self.vedette.cli("--json", "agents", "show", str(agent), parsed=True)

    def adopt(self):
        """This machine's agent, with the policy that is shipped, gets an owner's targets and believes the signers."""
        etc = pathlib.Path("/etc/vedette")
        etc.mkdir(exist_ok=True)
        shutil.copy(ROOT / "agent/package/policy.conf", etc)
        self.conf(etc)
        state = self.vedette.state / "agent"
        subprocess.run([BUILD / "vedette-agent", "trust", "adopt", self.signers.trust, "--state", state, "--tenant", TENANT,
                        "--site", SITE], check=True, stdout=subprocess.DEVNULL, timeout=30)
        self.one = json.loads((state / "identity").read_text())["agent"]
        self.fingerprint = self.show(self.one)["fingerprint"]
        # Its owner makes the folders of a write-once account.
        self.nas.folders(*(f"vedette1/{self.one}/{kind}" for kind in "smc"), "vedette1/probe")

    def join(self):
        """The other machine permits restores, which the shipped policy does not."""
        etc = self.folder / "other"
        etc.mkdir()
        (etc / "policy.conf").write_text("kinds = restore\nusers = * root\n")
        self.conf(etc)
        self.two.inside("mount", "--bind", etc, "/etc/vedette")
        token = self.vedette.cli("--json", "token", "create", "--tenant", TENANT, "--site", SITE, parsed=True)["token"]
        self.two.enrol(token, "--trust", self.signers.trust, "--tenant", TENANT, "--site", SITE)
        self.two.start()
        self.two.id = json.loads((self.two.state / "identity").read_text())["agent"]
        wait(lambda: self.show(self.two.id)["state"] == "online", 20, "the other machine to be online")
        self.two.fingerprint = self.show(self.two.id)["fingerprint"]

    def plan(self, target):
        """In force; its document."""
        name = f"plan-{target}.json"
        self.signers.vedette("backup", "plan", "new", name, "--title", f"the home, to {target}", "--agent", self.fingerprint,
                             "--target", target, "--path", str(self.home), "--database", str(self.ledger.path), "--daily",
                             "02:00", "--weekly", "Sun 03:00", "--anchor", "weekly", "--zone", "Europe/Oslo")
        document = self.signers.submit(self.signers.sign(name, "alice"))["document"]
        wait(lambda: self.vedette.cli("--json", "backup", "plan", "list", "--plan", document, parsed=True), 15, "the plan")
        return document

    def back_up(self, target, plan, kind):
        before = self.ledger.committed
        order = self.vedette.cli("--json", "backup", "now", str(self.one), "--plan", plan, "--class", kind, parsed=True)
        confined, began = set(), time.monotonic()

        def ended():
            confined.update(confinement())
            shown = self.vedette.cli("--json", "backup", "show", order["backup"], parsed=True)
            return shown if shown["backup_state"] not in OPEN else None
        shown = wait(ended, 120, "the backup's end")
        assert shown["backup_state"] == "done", shown
        assert shown["unread_files"] == 0 and shown["unsteady_files"] == 0, shown
        assert confined == {"2"}, f"seccomp: {confined}"
        shown["written"] = (before, self.ledger.committed)
        self.backups[target, kind] = shown
        say(f"{target}, {kind}: {shown['files']} files, {shown['content_bytes']} bytes, {shown['segments']} segments in "
            f"{time.monotonic() - began:.1f} s; {shown['written'][1] - shown['written'][0]} rows were written meanwhile")

    def compare(self, target, kind, root, without=()):
        """Bit for bit; the database, as it was at one moment of the backup."""
        back = root / str(self.home)[1:]
        changing = {b"app/ledger.db", b"app/ledger.db-wal", b"app/ledger.db-shm", b"app"}
        files = assert_same(self.home, back, changing | set(without))
        assert sorted(os.listdir(back / "app")) == ["ledger.db"]
        rows = entries_of(back / "app/ledger.db")
        before, after = self.backups[target, kind]["written"]
        assert before <= rows <= after, (before, rows, after)
        for path in ("very sparse", "all hole"):
            assert (back / path).stat().st_blocks * 512 <= (self.home / path).stat().st_blocks * 512 + 65536, path
        say(f"{target}, {kind}: {files} files the same; {rows} rows, of {before} to {after}; everything follows")
        self.count[target, kind] = files

    def bare(self, name, *programs):
        """A machine with nothing but these, and what its owner kept."""
        root = make(self.folder / name, *programs)
        put(root, self.two.hosts, "/etc/hosts")
        self.two.inside("mount", "-t", "proc", "proc", root / "proc")
        put(root, self.key, self.key)
        for file in (self.key.with_suffix(".pub"), self.nas.user_key, self.s3.credentials, self.s3.folder / "ca.pem"):
            put(root, file, file)
        return root


def say(text):
    print(f"# {text}", flush=True)


def confinement():
    """The seccomp mode of each program of ours that backs up, at this moment."""
    found = set()
    for exe in pathlib.Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):
            if os.readlink(exe) == str(BUILD / "vedette-agent-backup"):
                status = (exe.parent / "status").read_text()
                # Before its main thread has everything open it is not confined yet.
                if "NoNewPrivs:\t1" in status:
                    found.add(status.partition("Seccomp:\t")[2].split()[0])
    return found


@contextlib.contextmanager
def estate():
    with Deployment(agent=True, settings=[f"common.public_name={SERVER}"]) as vedette, contextlib.ExitStack() as held:
        yield Estate(vedette, held)


@test("by signed plans the confined agent sends the home to both targets, and an anchor of it")
def backed_up(estate):
    for target in TARGETS:
        plan = estate.plan(target)
        estate.back_up(target, plan, "manual")
        estate.back_up(target, plan, "weekly")
        assert estate.backups[target, "weekly"]["anchor"] and not estate.backups[target, "manual"].get("anchor")


@test("every byte in both verifies without a key, and neither would be deleted by whoever has the machine's credential")
def verified(estate):
    for target in TARGETS:
        done = estate.vedette.run_cli("--json", "backup", "verify", target, "--targets", "/etc/vedette/targets.conf", "--agent",
                                      str(estate.one), "--signer", estate.fingerprint)
        assert done.returncode == 0, done
        said = json.loads(done.stdout.splitlines()[0])
        assert said["bad"] == 0 and said["backups"] == 2, said
        say(f"{target}: {said['objects']} objects, {said['bytes']} bytes verified")
        tried = estate.vedette.run_cli("backup", "target", "check", target, "--targets", "/etc/vedette/targets.conf")
        assert tried.returncode == 0 and "\nWrite-once" in tried.stdout, tried


@test("a restore that people signed, through the server and the restore key service, on another machine")
def by_server(estate):
    for target in TARGETS:
        shown, into, name = estate.backups[target, "manual"], estate.folder / f"by-server-{target}", f"back-{target}.json"
        estate.signers.vedette("backup", "restore", "new", name, "--title", "bring it back", "--agent", estate.two.fingerprint,
                               "--source", f"{estate.one}={estate.fingerprint}", "--target", target, "--backup", shown["backup"],
                               "--commit", shown["commit_sha256"], "--into", str(into))
        document = estate.signers.submit(estate.signers.sign(name, "alice"))["document"]
        run, = estate.signers.ended(document, 60)
        assert run["run_state"] == "done", (run, estate.vedette.cli("task", "output", document, str(estate.two.id)))
        estate.compare(target, "manual", into)


@test("with no server at all: the recovery key, on a bare machine elsewhere")
def by_key(estate):
    estate.service.stop()
    estate.two.kill()
    estate.vedette.stop(20)
    root = estate.bare("by-key", BUILD / "vedette")
    put(root, "/etc/vedette/targets.conf", "/targets.conf")
    put(root, f"{estate.service.key}.pub", f"{estate.service.key}.pub")
    for target in TARGETS:
        done = subprocess.run(
            estate.two.words("chroot", root, "/bin/vedette", "restore", "--key", estate.key, target, "--targets", "/targets.conf",
                             "--agent", estate.one, "--signer", estate.fingerprint, "--backup",
                             estate.backups[target, "manual"]["backup"], "--to", f"/{target}"),
            capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done
        estate.compare(target, "manual", root / target)


def page(begin):
    """The commands that docs/backup-format.md gives, from the line that begins so; the line itself sets what is one's own."""
    text = (ROOT / "docs/backup-format.md").read_text()
    return re.search(rf"^    {re.escape(begin)}.*?(?=\n\n\S)", text, re.M | re.S)[0]


@test("with nothing of ours at all: an anchor, by openssl, zstd and tar as the page says, on a bare machine elsewhere")
def by_stock_tools(estate):
    root = estate.bare("stock", "sh", "openssl", "zstd", "tar", "sed", "cut", "mkdir", "sha256sum", "sftp", "ssh", "curl")
    (root / "root/.ssh").mkdir()
    host = f"[{NAS}]:{estate.nas.port}"
    (root / "root/.ssh/known_hosts").write_text(f"{host} {(estate.nas.folder / 'host.pub').read_text()}")
    (root / "root/.ssh/config").write_text(f"Host {NAS}\nPort {estate.nas.port}\n")
    s3 = estate.s3
    fetch = {"nas": page("agent=7; mkdir").replace("agent=7", "agent=$1").replace("nas.key", str(estate.nas.user_key))
             .replace("web1@nas.example.org:/web1", f"{estate.nas.user}@{NAS}:{estate.nas.store}"),
             "bucket": f"agent=$1 backup=$2 url=https://{BUCKET}:{s3.port}/{s3.bucket}/some/where access={ACCESS} "
                       f"secret={SECRET} region={REGION} CURL_CA_BUNDLE={s3.folder}/ca.pem\nexport CURL_CA_BUNDLE\n"
                       + page("agent=7 backup=<32 digits>; url=").partition("\n")[2]}
    unpack = page("agent=7 backup=<32 digits> key=").partition("\n")[2].replace("/restore", "/$3")
    for target in TARGETS:
        for folder in (target, f"fetched-{target}"):
            (root / folder).mkdir()
        script = (f"set -e; HOME=/root; cd /fetched-{target}\n{fetch[target]}\n"
                  f"agent=$1 backup=$2 key={estate.key}; cd vedette1/$agent\n{unpack}")
        done = subprocess.run(
            estate.two.words("chroot", root, "sh", "-c", script, "sh", estate.one, estate.backups[target, "weekly"]["backup"],
                             target), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (script, done)
        estate.compare(target, "weekly", root / target, without=[b"modes/socket", b"modes"])


@test("all of it was compared, each time as much")
def counted(estate):
    assert set(estate.count) == {(target, kind) for target in TARGETS for kind in ("manual", "weekly")}, estate.count
    say(f"6 restores, {estate.ledger.committed} rows written in all")


def begin():
    """In mounts of its own, where /etc can be written without anybody's seeing it."""
    if os.environ.get("VEDETTE_DRILL") or os.geteuid():
        return
    place = tempfile.mkdtemp(prefix="drill-etc-")
    words = [*own_mounts(), "sh", "-c", INSIDE, "sh", place, sys.executable, __file__, *sys.argv[1:]]
    status = subprocess.run(words, env=os.environ | {"VEDETTE_DRILL": "1"}).returncode
    os.rmdir(place)
    sys.exit(status)


begin()
with open("/etc/hosts", "a") as hosts:
    hosts.write(f"127.0.0.1 {SERVER} {NAS} {BUCKET}\n")
main(estate)
