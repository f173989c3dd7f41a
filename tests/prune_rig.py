"""Repositories in a folder, made without an agent, and the pruner beside them, whose memory can be aged."""
import datetime
import json
import pathlib
import re
import subprocess
import tempfile
import time

from harness import BUILD

DAY_S = 86400
KEPT_DAYS = {"daily": 6, "differential": 28, "weekly": 91, "server": 7, "access": 90, "manual": 28}


def day(ago, now_s):
    return (datetime.datetime.fromtimestamp(now_s, datetime.timezone.utc) - datetime.timedelta(days=ago)).date()


class Repository:
    """A target that is a folder, and rules beside it."""

    def __init__(self):
        self.held = tempfile.TemporaryDirectory(prefix="vedette-prune-")
        self.root = pathlib.Path(self.held.name)
        self.target = self.root / "target"
        self.target.mkdir()
        self.rules = self.root / "rules"
        self.say("")
        self.now_s = int(time.time())
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.cleanup()

    def say(self, rules):
        self.rules.write_text(rules)
        self.rules.chmod(0o600)

    def line(self, agent, ago, kind="daily", base="-", stored_ago=None, segments=None, changed=10, zone="UTC"):
        """A backup that stands for a day so long ago."""
        self.made += 1
        name = f"{agent:08x}{self.made:024x}"
        slot = day(ago, self.now_s)
        stored_s = self.now_s - (ago if stored_ago is None else stored_ago) * DAY_S - 60
        own = segments if segments is not None else ["shared:900000", f"{name}:100000"]
        return name, " ".join([str(agent), name, kind, str(slot), str(slot + datetime.timedelta(days=KEPT_DAYS[kind])), zone,
                               base, str(stored_s), "1000", str(changed), *own])

    def make(self, lines):
        """Write them; the fingerprint of the key that signed."""
        done = subprocess.run([BUILD / "tests/tools/repository_make", self.target], input="\n".join(lines) + "\n",
                              capture_output=True, text=True, check=True, timeout=600)
        return done.stdout.strip()

    def objects(self, agent=None):
        below = self.target / "vedette1" / (str(agent) if agent else "")
        return {str(path.relative_to(self.target)) for path in below.rglob("*") if path.is_file()}

    def commits(self, agent):
        return {path.stem for path in (self.target / "vedette1" / str(agent) / "c").iterdir()}

    def run(self, *words, status=0):
        """status: the one that it ends with, or all that it may end with."""
        done = subprocess.run([BUILD / "vedette", "prune", self.target, "--rules", self.rules, "--json", *words],
                              capture_output=True, text=True, timeout=120)
        allowed = status if isinstance(status, tuple) else (status,)
        assert done.returncode in allowed, (done.returncode, done.stdout, done.stderr)
        return {one["agent"]: one for one in json.loads(done.stdout)}, done.stderr

    def preview(self, ago, *words):
        done = subprocess.run([BUILD / "vedette", "backup", "preview", self.target, "--as-of", str(day(ago, self.now_s)),
                               "--json", *words], capture_output=True, text=True, check=True, timeout=60)
        return {one["backup"]: one for one in json.loads(done.stdout)}

    def age(self, hours):
        """What is condemned is so for so many hours longer."""
        for path in (self.root / "rules.state").iterdir():
            if path.name.isdigit():
                path.write_text(re.sub(r"condemned (\d+)", lambda found: f"condemned {int(found[1]) - hours * 3600}",
                                       path.read_text()))

    def clock(self, shift_s):
        """The last run was at another time than the clock says now."""
        path = self.root / "rules.state/clock"
        wall, rest = path.read_text().split(" ", 1)
        path.write_text(f"{int(wall) + shift_s} {rest}")
