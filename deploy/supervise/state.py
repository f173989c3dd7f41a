"""The state directory: made once by `vedette init`, given its ports, held by one supervisor at a time."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import pwd
import shutil
import ssl
import subprocess

from supervise.problem import Problem

BUILD = pathlib.Path(__file__).resolve().parents[2] / os.environ.get("VEDETTE_BUILD", "build")
SERVICES = ["audit", "ingest", "portal", "scheduler", "backup", "alert"]
COPIED = ["configuration", *SERVICES]       # sets of the server's own backup
DEFAULTS = {"ingest.beat_listen": "0.0.0.0:7700", "ingest.http_listen": "0.0.0.0:7701",
            "portal.listen": "0.0.0.0:8443", "common.soc_live": "tcp://127.0.0.1:7710",
            "common.soc_replay": "tcp://127.0.0.1:7711", "common.public_name": "localhost"}
PORTS = {"beats": "ingest.beat_listen", "envelopes": "ingest.http_listen", "portal": "portal.listen",
         "soc_live": "common.soc_live", "soc_replay": "common.soc_replay"}
PACKAGE = pathlib.Path("package/vedette-agent.tar.gz")


class State:
    def __init__(self, path):
        self.path = path.absolute()
        self.root = os.geteuid() == 0
        self.ready_file = self.path / "ready.json"

    def user(self, name):
        return f"vedette-{name}" if self.root else None

    def log(self, name):
        return self.path / "output" / f"{name}.log"

    @contextlib.contextmanager
    def locked(self):
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        with open(self.path / "local.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem(f"{self.path} is already run by another deploy/local") from None
            yield

    def prepare(self, base_port):
        for name in ("vedette", "vedette-agent", "vedette-copy", "vedette-ship", *(f"vedette-{one}" for one in SERVICES)):
            if not (BUILD / name).exists():
                raise Problem(f"there is no {BUILD / name}: run make first")
        # Those who look for it must not find that of an earlier run.
        self.ready_file.unlink(missing_ok=True)
        if self.root:
            for name in (*SERVICES, "redis", "ship"):
                make_user(self.user(name))
        else:
            print(f"Not root: all processes run as {pwd.getpwuid(os.geteuid()).pw_name}, so each could read the "
                  "others' keys.", flush=True)
        self.cli("init", *(["--ports", str(base_port)] if base_port else []))
        (self.path / "output").mkdir(mode=0o700, exist_ok=True)
        # Sockets, in and below it, are then reached by short relative paths, however long its own is.
        os.chdir(self.path)
        self.copy_package()

    def copy_package(self):
        """The agent package at a relative path: services may not be able to enter the build folder, and what one offers
        and another tells the hash of must not change while they run."""
        PACKAGE.parent.mkdir(mode=0o755, exist_ok=True)
        draft = PACKAGE.with_suffix(".new")
        shutil.copyfile(BUILD / PACKAGE.name, draft)
        draft.chmod(0o644)
        draft.replace(PACKAGE)

    def settings(self):
        return DEFAULTS | read_settings(self.path / "vedette.conf")

    def ports(self):
        settings = self.settings()
        return {name: int(settings[setting].rpartition(":")[2]) for name, setting in PORTS.items()}

    def fingerprint(self):
        pem = (self.path / "ca.pem").read_text()
        return "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def run_cli(self, *words, deadline_s=30):
        try:
            return subprocess.run([BUILD / "vedette", "--state", self.path, *words], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=deadline_s)
        except subprocess.TimeoutExpired:
            raise Problem(f"vedette {' '.join(words)}: no answer in {deadline_s} s") from None

    def cli(self, *words):
        """Ask the command line; a Problem with its words if it refuses."""
        done = self.run_cli(*words)
        if done.returncode:
            raise Problem(f"vedette {' '.join(words)}: {(done.stdout + done.stderr).strip()}")
        return done.stdout

    def health(self):
        """What each process says of itself, well or not."""
        done = self.run_cli("health", "--json")
        if not done.stdout:
            raise Problem(f"vedette health: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def ask(self, *words):
        return json.loads(self.cli(*words, "--json"))

    def add(self, *words):
        """A command that makes something; that it is there already is as good."""
        try:
            self.cli(*words)
        except Problem as problem:
            if "exists" not in str(problem):
                raise


def make_user(name):
    etc = os.open("/etc", os.O_RDONLY)
    try:
        # Of two deployments that come up at once for the first time, one would find the user made by the other.
        fcntl.flock(etc, fcntl.LOCK_EX)
        pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                        "--shell", "/usr/sbin/nologin", name], check=True)
    finally:
        os.close(etc)


def read_settings(path):
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            found[name.strip()] = value.strip()
    return found


def write_atomically(path, text):
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.chmod(0o644)
    draft.replace(path)
