#!/usr/bin/env python3
"""The attack test: a thief has the server, all its keys and the network, and tries to make a real agent do what nobody
signed. Each row of tests/attack/ is refused with its code, stands in the agent's activity log, and begins nothing."""
import contextlib
import hashlib
import json
import os
import pathlib
import sys
import tarfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from attack import signatures, documents, backups, trusted, receipts, envelopes  # noqa: E402, F401
from attack.estate import DAY, Enrolled, Estate  # noqa: E402
from attack.forge import FileKey, Forger, Post, Signed  # noqa: E402
from attack.storm import Storm  # noqa: E402
from attack.table import as_markdown, attacks, codes  # noqa: E402
from harness import ROOT, Deployment, main, test, wait  # noqa: E402
from update_rig import OWN, entry, files, later, package  # noqa: E402

BEGIN, END = "<!-- attacks: the table of tests/attack, compared by the test -->\n", "<!-- end of attacks -->"


class Theft:
    """One estate, and an agent for all rows that leave it as it was."""

    def __init__(self, held, vedette):
        self.forger = Forger()
        held.callback(self.forger.close)
        self.estate = Estate(self.forger, vedette)
        held.callback(self.estate.close)
        self.estate.submit(self.estate.trust)
        self.estate.submit(self.estate.status())
        self.victims = {"victim": Enrolled(self.estate, self.estate.trust)}

    def victim(self, options):
        name = options.get("agent", "victim")
        if name not in self.victims:
            self.victims[name] = self.estate.victim(**options)
        return self.victims[name]


@contextlib.contextmanager
def theft():
    with contextlib.ExitStack() as held:
        yield Theft(held, held.enter_context(Deployment()))


def carries_out(victim, marker, **changes):
    """That the agent is well: what is signed as it should be is done."""
    task = victim.task(marker=marker, **changes)
    victim.bring(victim.logged(task))
    lines = victim.act()
    assert any("done" in line and task.id[:8] in line for line in lines), lines
    assert victim.marker(marker).exists()
    victim.marker(marker).unlink()


def check(attack, lines, markers):
    assert not markers, f"something ran: {markers} {lines}"
    if attack.code is None:
        assert lines == [], lines
        return
    assert lines, "it is not in the activity log"
    for line in lines:
        assert " refused " in line and any(line.endswith(f"({code})") for code in codes(attack)), line
    told = {code for code in codes(attack) if any(line.endswith(f"({code})") for line in lines)}
    assert told, lines


def strike(theft, attack):
    victim = theft.victim(attack.victim)
    envelopes = list(attack.make(victim))
    assert envelopes
    victim.bring(*envelopes)
    lines = [line for line in victim.act() if " forked " not in line]
    try:
        check(attack, lines, victim.markers)
    finally:
        for name in victim.markers:
            victim.marker(name.removeprefix("marker-")).unlink()
    assert attack.code is None or len(lines) == len(set(envelopes)), f"{len(envelopes)} envelopes, {len(lines)} lines"


@test("what is signed by two people, with a key file, a passkey or an SSH key, and logged, is carried out")
def _(theft):
    victim, people = theft.victim({}), theft.estate.people
    for second in (people.bob, people.carol, people.dave):
        carries_out(victim, "honest", by=[people.alice, second])


for row in attacks:
    test(f"{row.area}: {row.name}")(lambda theft, row=row: strike(theft, row))


def with_tool(victim, lay):
    """A task by two people that runs a file of its own, in whose place lay(path) puts something else; what the agent says."""
    tool = b"#!/bin/sh\nexit 0\n"
    name = hashlib.sha256(tool).hexdigest()
    (victim.state / "files").mkdir(mode=0o700, exist_ok=True)
    lay(victim.state / "files" / name)
    task = victim.task(argv=["/bin/sh", "./tool"], files=[{"sha256": name, "bytes": len(tool), "path": "tool"}])
    victim.bring(victim.logged(task))
    return victim.act()


@test("a file of a task that is not the one that was signed is not run: other bytes, more of them, a link, a pipe")
def _(theft):
    victim = theft.victim({})
    evil = victim.folder / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {victim.marker('file')}\n")
    same_length = b"touch " + b"x" * 11
    for lay in (lambda path: path.write_bytes(same_length), lambda path: path.write_bytes(evil.read_bytes()),
                lambda path: path.symlink_to(evil), os.mkfifo):
        lines = with_tool(victim, lay)
        assert any("is not the file that was signed" in line for line in lines), lines
        assert not any(" done " in line for line in lines) and not victim.markers, lines
    assert any(" done " in line for line in with_tool(victim, lambda path: path.write_bytes(b"#!/bin/sh\nexit 0\n")))


def installed(victim, data, lay=lambda path, data: path.write_bytes(data), version=later(1)):
    """An update that two people signed, whose package the thief brings; what the agent says of it."""
    name = hashlib.sha256(data).hexdigest()
    (victim.state / "files").mkdir(mode=0o700, exist_ok=True)
    lay(victim.state / "files" / name, data)
    signed = documents.update(victim, documents.two(victim), version=version, sha256=name, bytes=len(data))
    victim.bring(victim.logged(signed))
    return victim.act()


@test("a package that is not the one that was signed is not unpacked: other bytes, a link, a pipe")
def _(theft):
    victim = theft.victim({})
    good = package(files(later(1)))
    for lay in (lambda path, data: path.write_bytes(data[:-1] + b"x"), lambda path, data: path.write_bytes(data + b"x"),
                lambda path, data: path.symlink_to("/etc/shadow"), lambda path, data: os.mkfifo(path)):
        lines = installed(victim, good, lay)
        assert any(line.endswith("(bad-file)") for line in lines), lines
        assert not (victim.work / "programs").exists(), lines


@test("a package with a way out of its folder is refused whole, though two people signed it: .., links, devices, a bomb")
def _(theft):
    victim = theft.victim({})
    outside = victim.folder / "outside"
    contents = files(later(1))
    tricks = [entry("../outside", b"x"), entry("x", type=tarfile.SYMTYPE, linkname=str(outside)),
              entry("x", type=tarfile.LNKTYPE, linkname="/etc/shadow"), entry("x", type=tarfile.CHRTYPE), entry("x/", type=tarfile.DIRTYPE),
              entry("vedette-agent", b"twice"), entry("bomb", bytes(65 << 20))]
    for trick in tricks:
        lines = installed(victim, package(contents, trick))
        assert any(line.endswith("(bad-package)") for line in lines), (trick[0].name, lines)
    assert not outside.exists() and not (victim.work / "programs").exists()


@test("a package that lies about its version is refused: in what it says, and in what its programs say")
def _(theft):
    victim = theft.victim({})
    honest = files(later(1))
    for contents, version in ((honest, later(2)), (honest | {"VERSION": files(later(2))["VERSION"]}, later(2)),
                              ({name: data for name, data in honest.items() if name != "vedette-agent-work"}, later(1))):
        lines = installed(victim, package(contents), version=version)
        assert any(line.endswith("(bad-package)") for line in lines), lines
    assert {path.name for path in (victim.work / "programs").iterdir()} <= {OWN}
    assert not (victim.work / "update").exists() and not (victim.state / "updating").exists()


@test("a storm of authentic wakes makes the agent ask for mail once a second, and no more")
def _(theft):
    victim, vedette = theft.victim({}), theft.estate.vedette
    with victim.resident() as pid:
        storm = Storm(victim.state, pid)
        wait(lambda: storm.blow(0.1) and mails(vedette) > 0, 20, "a wake to be followed")
        before = mails(vedette)
        sent = storm.blow(3)
        assert sent > 300 and 1 <= mails(vedette) - before <= 5, f"{sent} wakes, {mails(vedette) - before} fetches"
    assert victim.act() == []


def mails(vedette):
    return vedette.metrics("ingest")["mails_total"]


def done_task(victim):
    """A task that was carried out, and what the agent remembers of it."""
    task = victim.task(argv=["/bin/true"])
    victim.bring(victim.logged(task))
    assert any(" done " in line for line in victim.act())
    return task, victim.work / "progress" / task.id


@test("what was carried out is forgotten when a signed time is beyond it, and not by the agent's own clock")
def _(theft):
    victim = theft.victim({"agent": "forgetting", "status_age_s": 3 * DAY})
    _, progress = done_task(victim)
    long_over = json.loads(progress.read_text()) | {"keep_until": int((time.time() - 2 * DAY) * 1000)}
    victim.keep(progress, json.dumps(long_over))
    victim.act()
    assert progress.exists()
    victim.bring(victim.document(theft.estate.status()))
    victim.act()
    assert not progress.exists()


@test("a task of which the agent's memory was damaged is not carried out again")
def _(theft):
    victim = theft.victim({})
    task, progress = done_task(victim)
    victim.keep(progress, "{")
    victim.bring(victim.logged(task))
    lines = victim.act()
    assert lines and all(" refused " in line for line in lines), lines


@test("a freeze for which the disk has no room is taken when it has")
def _(theft):
    victim = theft.victim({"agent": "full"})
    freeze = Signed(theft.estate.head("freeze"), [theft.estate.people.carol])
    blocked = [victim.work / f"{name}.new" for name in ("streams", f"documents/{freeze.id}")]
    for path in blocked:
        path.mkdir()    # what is to be written stands beside the file first
    victim.bring(victim.logged(victim.task(argv=["/bin/sleep", "2"])), victim.document(freeze))    # it goes on while that runs
    assert not any(freeze.id[:8] in line and " accepted " in line for line in victim.act())
    for path in blocked:
        path.rmdir()
    victim.bring(victim.logged(victim.task()))
    lines = victim.act()
    assert any(" accepted " in line and freeze.id[:8] in line for line in lines), lines
    assert any(line.endswith("(frozen)") for line in lines) and not victim.markers, lines


@test("a title that turns around what stands beside it stands in the activity log as what it is")
def _(theft):
    victim = theft.victim({})
    task = victim.task(argv=["/bin/true"], title="remove \u202egnp.exe\u2066 \u200b\ufeff")
    victim.bring(victim.logged(task))
    lines = victim.act()
    assert any("remove <U+202E>gnp.exe<U+2066> <U+200B><U+FEFF>" in line for line in lines), lines


@test("nothing of whoever started it is in a task's environment, and no place of the thief's in its PATH")
def _(theft):
    victim = theft.victim({})
    out = victim.marker("environment")
    task = victim.task(argv=["/bin/sh", "-c", f"env > {out}"])
    victim.bring(victim.logged(task))
    victim.act(environment={"LD_LIBRARY_PATH": "/tmp/thief", "BASH_ENV": "/tmp/thief", "PATH": "/tmp/thief:/usr/bin:/bin"})
    text = out.read_text()
    out.unlink()
    assert "thief" not in text and "PATH=/usr/local/sbin:" in text, text


@test("a thief who has used up the incarnations of a stream loses it with the key: a rotation by the people begins another")
def _(theft):
    victim, people, server = theft.victim({"agent": "recovered"}), theft.estate.people, theft.estate.server
    victim.post.incarnation, victim.post.counter = (1 << 63) - 1, 0    # none is higher
    victim.bring(victim.envelope_of_nothing())
    assert victim.act() == []
    new_sign = FileKey(theft.forger, "p256")
    services = [{"service": "scheduler", "sign_key": new_sign.public, "seal_key": server.scheduler_seal.public}]
    rotated = theft.estate.trust_file(2, [people.alice, people.bob], services=services)
    victim.bring(victim.document(rotated))
    assert any("version 2 of the trust file" in line for line in victim.act())
    old, victim.post = victim.post, Post(theft.forger, theft.estate.deployment, new_sign, victim.seal.public)
    carries_out(victim, "recovered")
    victim.post = old
    victim.bring(victim.logged(victim.task(), skip=False))
    assert all(line.endswith("(unknown-sender)") for line in victim.act()) and not victim.markers


@test("after all of that the agent carries out what is signed as it should be")
def _(theft):
    carries_out(theft.victim({}), "honest")


@test("SECURITY.md publishes these attacks and no others")
def _(theft):
    text = (ROOT / "SECURITY.md").read_text()
    published = text.partition(BEGIN)[2].partition(END)[0]
    assert published == as_markdown(), "run tests/integration/test_stolen_server.py --publish"


def publish():
    path = ROOT / "SECURITY.md"
    before, _, rest = path.read_text().partition(BEGIN)
    path.write_text(before + BEGIN + as_markdown() + END + rest.partition(END)[2])


if __name__ == "__main__":
    if sys.argv[1:] == ["--publish"]:
        publish()
    else:
        main(theft)
