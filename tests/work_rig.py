"""vedette-agent-work alone: a machine, and the small deployment in a test tool that feeds it envelopes."""
import base64
import contextlib
import datetime
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

from harness import BUILD, wait

WORK, AGENT = str(BUILD / "vedette-agent-work"), str(BUILD / "vedette-agent")
POLICY = "users = * root\nscripts = on\n"


def stamp(seconds=0):
    return (datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def milliseconds(text):
    moment = datetime.datetime.strptime(text[:-1] + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z")
    return round(moment.timestamp() * 1000)


class Machine:
    """A state directory with keys, the deployment that feeds it, and work while it runs."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vw-"))
        self.folder.chmod(0o755)
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)
        self.policy = self.folder / "policy.conf"
        self.set_policy(POLICY)
        (self.state / "identity").write_text(json.dumps({"agent": 7, "tenant": "acme", "site": "berlin",
                                                         "server": "https://localhost:1", "beat_port": 1}))
        (self.state / "identity").chmod(0o600)
        self.feed = subprocess.Popen([str(BUILD / "tests/tools/work_feed"), self.state], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.trust = self.tell(do="trust")
        self.said, self.process, self.trouble = [], None, self.folder / "errors"
        self.stated = 0         # version of the newest status

    def tell(self, **command):
        self.feed.stdin.write(json.dumps(command) + "\n")
        self.feed.stdin.flush()
        return json.loads(self.feed.stdout.readline())

    def set_policy(self, text):
        self.policy.write_text(text)
        self.policy.chmod(0o644)

    def run(self, *words, program=AGENT):
        return subprocess.run([program, *words, "--state", self.state, "--policy", self.policy], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)

    def adopted(self, stated=True):
        done = self.run("trust", "adopt", "sha256:" + self.trust["trust"])
        assert done.returncode == 0, done.stdout
        if stated:
            self.status()
        return self

    def status(self, age_s=0, version=None, **changes):
        self.stated = version or max(self.stated + 1, int(time.time() * 10 - 17e9))
        self.document(kind="status", document=self.trust["deployment"], version=self.stated,
                      by=["status"], receipt="none", **{"made_at": stamp(-age_s), "title": "status", "trust_version": 1,
                                                        "revocation_version": 0} | changes)

    def document(self, by=("alice", "bob"), receipt="good", twist="", **members):
        payload = {"deployment": self.trust["deployment"], "document": uuid.uuid4().hex, "kind": "task", "version": 1,
                   "title": "a test", "made_at": stamp(-1), "not_before": stamp(-60), "expires": stamp(3600)} | members
        answer = self.tell(do="document", payload={key: value for key, value in payload.items() if value is not None},
                           by=list(by), receipt=receipt, twist=twist)
        return payload["document"], answer

    def task(self, argv=None, by=("alice", "bob"), receipt="good", twist="", script=None, **changes):
        members = {"targets": [{"fingerprint": self.trust["fingerprint"]}], "user": "root", "timeout_s": 20,
                   "output_limit_bytes": 65536, "consent": "none"}
        members |= {"script": {"interpreter": ["/bin/sh"], "body": script}} if script else {"argv": argv or ["/bin/true"]}
        return self.document(by, receipt, twist, **members | changes)[0]

    def start(self, prefix=()):
        errors = open(self.trouble, "ab")
        self.process = subprocess.Popen([*prefix, WORK, "run", "--state", self.state, "--policy", self.policy],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        return self

    def work(self, limit_s=20):
        """Until it ends by itself; what it asked of the resident."""
        self.start()
        lines = self.process.communicate(timeout=limit_s)[0].split("\n")
        assert self.process.returncode == 0, self.trouble.read_text()
        return lines

    def work_until(self, condition, limit_s=20):
        """While it runs; then it is stopped."""
        self.start()
        wait(condition, limit_s, "what is to be told")
        self.process.terminate()
        assert self.process.wait(10) == 0

    def hear(self):
        self.said += self.tell(do="read")["said"]
        return self.said

    def runs(self, document):
        return [one for one in self.hear() if one["purpose"] == "run" and one["document"] == document]

    def chain(self, document):
        """The ends that were told of a document's runs, each of which must follow from the one before."""
        # A kill between an end's way and the note of it has it told again.
        head, ends = bytes(32), list({run["chain"]: run for run in self.runs(document) if "chain" in run}.values())
        for number, run in enumerate(ends, 1):
            words = ["vedette-run-v1", document, run["document_version"], run["occurrence"], run["run_state"], milliseconds(run["time"]),
                     number, *(run.get(name, "") for name in ("code", "reason", "exit_status", "signal", "output_bytes"))]
            words.append(int(run["output_cut"]) if "output_cut" in run else "")
            head = hashlib.sha256(head + "".join(f"{word}\n" for word in words).encode()).digest()
            assert int(run["chain_link"]) == number and run["chain"] == head.hex(), (number, run)
        return ends

    def states(self, document):
        return [one["run_state"] for one in self.runs(document)]

    def output(self, document):
        parts = [one for one in self.hear() if one.get("document") == document and "data" in one]
        text = b""
        for part in sorted(parts, key=lambda one: int(one["offset"])):
            assert int(part["offset"]) == len(text), parts
            text += base64.b64decode(part["data"])
        return text.decode()

    def activity(self):
        done = self.run("activity")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.feed.stdin.close()
        self.feed.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)     # what was killed with it may be on its way out


@contextlib.contextmanager
def machine(stated=True):
    one = Machine()
    try:
        yield one.adopted(stated)
    except BaseException:
        if one.trouble.exists():
            sys.stderr.write(one.trouble.read_text()[-3000:])
        raise
    finally:
        one.close()
