#!/usr/bin/env python3
"""SFTP targets, against OpenSSH's own server: one that allows everything, one that is write-once."""
import contextlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import AGENT, Backups, assert_same  # noqa: E402
from harness import main, test  # noqa: E402
from target_rig import Cutter, Driver, Ssh, WRITE_ONCE, check, fingerprint, garbage, key  # noqa: E402

NAME = "vedette1/17/s/{:064x}.p7m"
SEGMENT = garbage(3 << 20, 1)


@contextlib.contextmanager
def servers():
    with Ssh() as plain, Ssh(WRITE_ONCE) as once, Cutter(plain.port) as cutter, Cutter(once.port) as once_cutter:
        once.folders("vedette1/17/s", "vedette1/17/m", "vedette1/17/c")
        other = fingerprint(pathlib.Path(f"{key(plain.folder / 'other')}.pub"))
        conf = plain.folder / "targets.conf"
        conf.write_text(plain.section("plain") + once.section("once") + plain.section("cut", cutter.port)
                        + once.section("once-cut", once_cutter.port) + plain.section("wrong", cutter.port, other))
        conf.chmod(0o600)
        yield types.SimpleNamespace(plain=plain, once=once, cutter=cutter, once_cutter=once_cutter, conf=conf)


@test("what is put is there once, whole, and comes back by any range")
def _(rig):
    with Driver(rig.conf, "plain") as target:
        assert target.greeting == "ready", target.greeting
        assert target.put(NAME.format(1), SEGMENT) == "done", target.reason
        assert target.moved == len(SEGMENT)
        assert target.put(NAME.format(1), SEGMENT) == "exists", target.reason
        assert target.put(NAME.format(1), b"short") == "broken", target.reason
        assert target.get(NAME.format(1)) == SEGMENT
        assert target.get(NAME.format(1), 1 << 20, 70001) == SEGMENT[1 << 20:][:70001]
        assert target.get(NAME.format(1), 17 << 20, 1) == b""
        assert target.get(NAME.format(2)) == "absent"
        assert target.find(NAME.format(2)) == "absent"
        size, modified = target.find(NAME.format(1))
        assert size == len(SEGMENT) and modified > 1700000000


@test("objects are listed below a folder, and nothing else is")
def _(rig):
    with Driver(rig.conf, "plain") as target:
        names = {NAME.format(i): 1 + i % 7 for i in range(100, 160)}
        for name, count in names.items():
            assert target.put(name, b"x" * count) == "done", target.reason
        (rig.plain.store / "vedette1/17/s/not ours").write_text("")
        (rig.plain.store / "vedette1/17/s/link").symlink_to("/etc")
        names[NAME.format(1)] = len(SEGMENT)
        assert target.list("vedette1/17/s/") == names
        assert target.put("vedette1/18/c/1.p7s", b"c") == "done"
        assert target.list("/") == names | {"vedette1/18/c/1.p7s": 1}
        assert target.list("vedette1/19/") == {}
        assert target.remove("vedette1/18/c/1.p7s") == "done"
        assert target.remove("vedette1/18/c/1.p7s") == "done"
        assert target.list("vedette1/18/") == {}


@test("a server with another key than the one pinned is told nothing but hello")
def _(rig):
    before = rig.cutter.up_bytes
    with Driver(rig.conf, "wrong") as target:
        assert target.put(NAME.format(3), SEGMENT) == "changed", target.reason
        assert rig.plain.pin in target.reason
    assert rig.cutter.up_bytes - before < 4096      # versions and key exchange
    log = (rig.plain.folder / "log").read_text()
    assert log.count("Accepted publickey") == log.count("Accepted publickey for " + rig.plain.user)
    assert not (rig.plain.store / NAME.format(3)).exists()


@test("a line that is cut is picked up again: at most the segment on its way is sent twice, and none fetched twice")
def _(rig):
    with Driver(rig.conf, "cut") as target:
        for at in (2000, 1 << 20, 3 << 20):
            name, cuts = NAME.format(1000 + at), rig.cutter.cuts
            rig.cutter.cut(at)
            assert target.put(name, SEGMENT) == "done", target.reason
            assert target.moved <= 2 * len(SEGMENT)
            assert (rig.plain.store / name).read_bytes() == SEGMENT, at
            rig.cutter.cut(at, upwards=False)
            assert target.get(name) == SEGMENT
            assert target.moved == len(SEGMENT)
            assert rig.cutter.cuts == cuts + 2, at


@test("on a write-once server the rest of a cut upload is told to be broken, and the content goes under another name")
def _(rig):
    with Driver(rig.conf, "once-cut") as target:
        rig.once_cutter.cut(1 << 20)
        assert target.put(NAME.format(5), SEGMENT) == "broken", target.reason
        assert (rig.once.store / NAME.format(5)).stat().st_size < len(SEGMENT)
        assert target.put(NAME.format(6), SEGMENT) == "done" and "durable" not in target.reason, target.reason
        assert target.put(NAME.format(6), SEGMENT) == "exists"
        assert target.get(NAME.format(6)) == SEGMENT
        assert target.list("vedette1/17/s/")[NAME.format(6)] == len(SEGMENT)


def batch(ssh, *lines):
    """The stock client with the agent's credentials, as a rooted agent would use it."""
    known = ssh.folder / "known"
    known.write_text(f"[127.0.0.1]:{ssh.port} " + (ssh.folder / "host.pub").read_text())
    return subprocess.run(["sftp", "-q", "-b", "-", "-P", str(ssh.port), "-i", ssh.user_key, "-o",
                           f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", f"{ssh.user}@127.0.0.1"],
                          input="".join(f"-{line}\n" for line in lines), capture_output=True, text=True, timeout=30)


@test("a rooted agent with the credentials of a write-once target deletes, overwrites, moves and hides nothing")
def _(rig):
    old, new = rig.once.store / NAME.format(6), rig.once.folder / "new"
    new.write_bytes(b"forged")
    folder = old.parent
    tried = batch(rig.once, f"rm {old}", f"rename {old} {folder}/elsewhere", f"chmod 600 {old}", f"put {new} {old}",
                  f"reput {new} {old}", f"put -p {new} {old}", f"ln {old} {folder}/hard", f"ln -s /etc/passwd {folder}/soft",
                  f"chown 0 {old}", f"mkdir {folder}/x", f"rmdir {folder}", f"rename {folder} {folder}-away",
                  f"copy {new} {old}", f"chmod 777 {folder}")
    assert old.read_bytes() == SEGMENT and old.stat().st_mode & 0o777 == 0o440, tried
    assert {path.name for path in folder.iterdir()} == {pathlib.Path(NAME.format(5)).name, old.name}, tried
    assert not pathlib.Path(f"{folder}-away").exists()
    shell = subprocess.run(["ssh", "-p", str(rig.once.port), "-i", rig.once.user_key, "-o", "IdentitiesOnly=yes", "-o",
                            f"UserKnownHostsFile={rig.once.folder}/known", f"{rig.once.user}@127.0.0.1", f"rm -f {old}"],
                           capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    assert old.exists(), shell
    with Driver(rig.conf, "once") as target:
        assert target.remove(NAME.format(6)) == "refused", target.reason
        assert target.put(NAME.format(6), b"forged") == "broken", target.reason
        assert target.put("vedette1/99/s/a", b"x") == "refused", target.reason     # no folder, and none may be made
    assert old.read_bytes() == SEGMENT
    # The same client does all of it where the server is not write-once: what held it back is the server.
    victim = rig.plain.store / "vedette1/17/s/victim"
    with Driver(rig.conf, "plain") as target:
        assert target.put("vedette1/17/s/victim", b"x") == "done"
        assert batch(rig.plain, f"put {rig.once.folder}/new {victim}").returncode == 0
        assert victim.read_bytes() == b"forged"
        assert target.remove("vedette1/17/s/victim") == "done" and not victim.exists()


@test("a backup reaches a write-once server over a line that is cut, comes back from it, and is proven")
def _(rig):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-backup-"))
    try:
        machine = Backups(folder)
        home = folder / "home"
        home.mkdir()
        for number in range(3):
            (home / f"file{number}").write_bytes(garbage(1 << 20, number))
        rig.once.folders(*(f"vedette1/{AGENT}/{sort}" for sort in "smc"))
        machine.conf.write_text(rig.once.section("disk", rig.once_cutter.port)
                                .replace("/dev/null", str(machine.key.with_suffix(".pub"))))
        cuts = rig.once_cutter.cuts
        rig.once_cutter.cut(3 << 19)
        done = machine.backup(home)
        assert done["event"] == "backup.done" and rig.once_cutter.cuts == cuts + 1, done
        machine.target = rig.once.store
        machine.restore(folder / "back")
        assert_same(home, folder / "back" / str(home)[1:])
        # And from a server that lets itself be read it is proven, by a process that reaches the server and a folder alone.
        shutil.copytree(rig.once.store / f"vedette1/{AGENT}", rig.plain.store / f"vedette1/{AGENT}")
        rig.plain.folders()
        (folder / "sandbox").mkdir()
        said = machine.cli("backup", "prove", "plain", "--targets", rig.conf, "--memory", folder / "memory", "--agent", AGENT,
                           "--key", machine.key, "--into", folder / "sandbox")
        assert "3 files with 3145728 bytes were brought back and are right" in said, said
    finally:
        shutil.rmtree(folder)


@test("the owner is told whether whoever takes over the machine could delete or replace its backups")
def _(rig):
    status, said = check(rig.conf, "plain")
    assert status == 0 and not said["write_once"], said
    assert (said["replace"], said["remove"], said["if_absent"]) == ("yes", "yes", True), said
    status, said = check(rig.conf, "once")
    assert status == 1 and said["put"] == "refused", said            # the owner made no folder for it
    rig.once.folders("vedette1/probe")
    status, said = check(rig.conf, "once")
    assert status == 0 and said["write_once"], said
    assert (said["replace"], said["remove"], said["list"], said["get"]) == ("no", "no", "done", "done"), said
    assert check(rig.conf, "wrong")[1]["result"] == "changed"
    assert check(rig.conf, "no-such")[0] == 4


@test("a limit on bytes a second is kept, and a server that is gone is unreached when time is up")
def _(rig):
    with Driver(rig.conf, "plain", bytes_per_s=3 << 20) as target:
        began = time.monotonic()
        assert target.put(NAME.format(7), SEGMENT) == "done", target.reason
        assert time.monotonic() - began > 0.7
    rig.plain.stop()
    with Driver(rig.conf, "plain", deadline_ms=1000) as target:
        assert target.put(NAME.format(8), b"x") == "unreached", target.reason


main(servers)
