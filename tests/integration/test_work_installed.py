#!/usr/bin/env python3
"""vedette-agent-work as it is installed: started by its socket, as root, with what it believes out of reach of the agent's own
user, who owns the mail. In folders that are mounted for this test alone."""
import hashlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, main, own_mounts, test, wait  # noqa: E402
import update_rig  # noqa: E402
from update_rig import OWN, PLATFORM, files, later, package  # noqa: E402
from work_rig import AGENT, WORK, Machine  # noqa: E402

PROGRAMS = "/usr/lib/vedette/agent"
STATE, KEPT, SOCKET = "/var/lib/vedette-agent", "/var/lib/vedette-agent-work", "/run/vedette-agent/work.sock"
ANSWERS = "/var/lib/vedette-agent-answers"
OWNER = pwd.getpwnam("nobody")
INSIDE = "VEDETTE_TEST_INSIDE"


class Installed(Machine):
    """The same, in the places and with the owners of an installation."""

    def __init__(self):
        super().__init__()
        self.feed.stdin.close()
        self.feed.wait(10)
        for folder, mode in ((STATE, 0o700), (KEPT, 0o700), ("/var/log/vedette-agent", 0o755)):
            os.mkdir(folder)
            os.chmod(folder, mode)
        shutil.move(self.state / "identity", f"{STATE}/identity")
        self.state = pathlib.Path(STATE)
        self.feed = subprocess.Popen([str(BUILD / "tests/tools/work_feed"), STATE], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.trust = self.tell(do="trust")

    def give_away(self):
        """All of the state directory to the agent's user, as its own programs would have made it."""
        for path in [self.state, *self.state.rglob("*")]:
            os.chown(path, OWNER.pw_uid, OWNER.pw_gid, follow_symlinks=False)

    def activated(self, program=WORK):
        self.process = subprocess.Popen(["systemd-socket-activate", "--accept", "--inetd", "-l", SOCKET, program,
                                         "socket", "--state", STATE, "--policy", str(self.policy)], stderr=subprocess.DEVNULL)
        wait(lambda: os.path.exists(SOCKET), 5, "the socket")
        os.chmod(SOCKET, 0o666)
        return self

    def connect(self, request="run"):
        """What it says to the resident, until it ends."""
        link, said = socket.socket(socket.AF_UNIX), b""
        link.settimeout(20)
        link.connect(SOCKET)
        link.sendall(request.encode() + b"\n")
        while part := link.recv(4096):
            said += part
        return said.decode().split("\n")

    def close(self):
        super().close()
        for folder in (STATE, KEPT, ANSWERS, "/run/vedette-agent", "/var/log/vedette-agent"):
            shutil.rmtree(folder)


@test("work runs as root behind its socket; the agent's user owns the mail, and can neither see nor change what is believed")
def _():
    one = Installed()
    try:
        one.give_away()
        one.adopted()
        as_root = one.task(script="id -un")
        as_agent = one.task(["/bin/true"], user="nobody")
        one.give_away()
        assert sorted(os.listdir(KEPT)) and not os.path.exists(f"{STATE}/work")
        assert "out" in one.activated().connect()
        for path in (one.state / "mail/out").iterdir():
            assert path.stat().st_uid == OWNER.pw_uid, path
        assert one.states(as_root)[-1] == "done" and one.output(as_root) == "root\n", one.said
        # Who runs as the agent's user could read its keys.
        assert one.runs(as_agent)[-1]["code"] == "policy-user", one.runs(as_agent)
        # Where that user can reach it, as a clone in root's home is not.
        agent = shutil.copy2(AGENT, one.folder)
        seen = subprocess.run([agent, "activity"], user=OWNER.pw_uid, text=True, stdout=subprocess.PIPE)
        assert "started" in seen.stdout and seen.returncode == 0, seen.stdout
        assert subprocess.run(["ls", KEPT], user=OWNER.pw_uid, stderr=subprocess.DEVNULL).returncode != 0
    finally:
        one.close()


@test("a link in the place of the mail leads no further than the agent's user could go")
def _():
    outside = pathlib.Path("/var/lib/outside")
    outside.mkdir(mode=0o700)
    one = Installed()
    try:
        one.give_away()
        one.adopted()
        one.task(["/bin/true"])
        one.give_away()
        shutil.rmtree(one.state / "mail/out", ignore_errors=True)
        os.symlink(outside, one.state / "mail/out")
        one.activated().connect()
        assert not list(outside.iterdir())
    finally:
        one.close()


@test("the script of a watch is run by the socket, as the user that was signed; the resident may neither judge nor become anybody")
def _():
    one = Installed()
    agent = None
    try:
        (one.state / "secret").write_text("ab" * 32 + "\n")
        (one.state / "secret").chmod(0o600)
        one.give_away()
        one.adopted()
        script = {"interpreter": ["/bin/sh"], "body": "echo \"7 by $(id -un)\"; exit 1\n"}
        watches = [{"name": "queue", "kind": "script", "every_s": 10, "script": script, "user": "root"}]
        document, _ = one.document(kind="watch", watches=watches, targets=[{"fingerprint": one.trust["fingerprint"]}])
        one.give_away()
        one.activated()
        for program in ("vedette-agent", "vedette-agent-carry", "vedette-agent-work", "vedette-agent-look"):
            shutil.copy2(BUILD / program, one.folder)    # where that user can reach them, as a clone in root's home is not
        with open(one.trouble, "ab") as said:
            agent = subprocess.Popen([one.folder / "vedette-agent", "--state", STATE, "--policy", one.policy], user=OWNER.pw_uid,
                                     group=OWNER.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL, stdout=said, stderr=said)

        def rows():
            """On the wire a column each."""
            for said in one.hear():
                columns = {name: value for name, value in said.items() if isinstance(value, list)}
                for number in range(len(columns.get("watch", ()))):
                    yield {name: value[number] for name, value in columns.items()}
        row = wait(lambda: next((row for row in rows() if row["level"] and row["reason"] != "not measured yet"), None), 20, "what the watch found")
        assert (row["level"], row["value"], row["document"], row["reason"]) == ("warning", 7000, document, "by root"), row
        # What is no request of ours, or not what was signed, is not done.
        assert one.connect("freeze") == [""] and one.connect("script --state /tmp") == [""]
        assert "no document held here has this watch" in one.connect(f"script {document} other")[0]
    finally:
        if agent:
            agent.kill()
            agent.wait()
        one.close()


# What systemd would do for the units of the package; the guard's lets it write where its own things are (ReadWritePaths).
GUARDED = f"""for kept in {STATE} {KEPT}; do mount --bind $kept $kept; done
mount -o remount,ro,bind /var/lib
mount --bind /run/vedette-agent /run/vedette-agent
mount -o remount,ro,bind /run/vedette-agent
exec {PROGRAMS}/previous/vedette-agent-work guard --state {STATE}"""
SYSTEMCTL = f"""#!/bin/sh
set -e
case "$*" in
"start --no-block vedette-agent-guard.service")
    setsid {" ".join(own_mounts())} sh -ec '{GUARDED}' >>/run/guard.log 2>&1 </dev/null & ;;
"restart --quiet vedette-agent.service")
    [ ! -e /run/pid ] || kill "$(cat /run/pid)"
    setsid setpriv --reuid=nobody --clear-groups {PROGRAMS}/current/vedette-agent run --state {STATE} >>/run/resident.log 2>&1 </dev/null &
    echo $! >/run/pid ;;
"is-active --quiet vedette-agent.service")
    kill -0 "$(cat /run/pid)" ;;
*)
    exit 1 ;;
esac
"""


def install_programs():
    os.makedirs(f"{PROGRAMS}/{OWN}", mode=0o755)
    for name in (*update_rig.PROGRAMS, *update_rig.OTHERS):
        shutil.copy2(BUILD / name, f"{PROGRAMS}/{OWN}")
    os.symlink(OWN, f"{PROGRAMS}/current")
    pathlib.Path("/run/systemctl").write_text(SYSTEMCTL)
    os.chmod("/run/systemctl", 0o755)
    subprocess.run(["mount", "--bind", "/run/systemctl", "/usr/bin/systemctl"], check=True)


def runs_from(folder):
    """By the file, not its path: the guard that has started the resident sees mounts of its own."""
    try:
        return os.path.samefile(f"/proc/{pathlib.Path('/run/pid').read_text().strip()}/exe", f"{folder}/vedette-agent")
    except OSError:
        return False    # it is being started again


@test("an update lies with root's programs, is tried by a unit of its own as the agent's user, and is gone back from")
def _():
    one = Installed()
    try:
        install_programs()
        (one.state / "secret").write_text("ab" * 32)
        (one.state / "secret").chmod(0o400)
        data = package(files(later(1), work="[ $1 != selftest ] || exit 1; exec sleep 1"))
        name = hashlib.sha256(data).hexdigest()
        one.give_away()
        one.adopted()
        document, _ = one.document(kind="update", targets=[{"fingerprint": one.trust["fingerprint"]}], package={
            "version": later(1), "platform": PLATFORM, "sha256": name, "bytes": len(data)})
        (one.state / "files").mkdir(mode=0o700)
        (one.state / "files" / name).write_bytes(data)
        one.give_away()
        one.activated(f"{PROGRAMS}/current/vedette-agent-work").connect()
        wait(lambda: one.states(document)[-1:] == ["failed"], 60, "the update to be gone back from")
        assert one.runs(document)[-1]["code"] == "update-self-test", one.said
        assert os.readlink(f"{PROGRAMS}/current") == OWN and os.readlink(f"{PROGRAMS}/previous") == OWN
        wait(lambda: runs_from(f"{PROGRAMS}/{OWN}"), 20, "the resident of before")
        pid = pathlib.Path("/run/pid").read_text().strip()
        assert os.stat(f"/proc/{pid}").st_uid == OWNER.pw_uid and os.stat(f"{PROGRAMS}/{later(1)}").st_uid == 0
        wait(lambda: not (one.state / "updating").exists() and not os.path.exists(f"{KEPT}/update"), 20, "its traces to go")
    except BaseException:
        for log in ("/run/guard.log", "/run/resident.log"):
            print(pathlib.Path(log).read_text() if os.path.exists(log) else f"no {log}", file=sys.stderr)
        raise
    finally:
        if os.path.exists("/run/pid"):
            subprocess.run(["sh", "-c", "kill $(cat /run/pid)"], stderr=subprocess.DEVNULL)
        one.close()


if __name__ == "__main__":
    if INSIDE not in os.environ:
        mounts = " && ".join(f"mount -t tmpfs tmpfs {folder}" for folder in ("/run", "/var/lib", "/var/log"))
        mounts += (" && mkdir /run/upper /run/over && mount -t overlay overlay "
                   "-o lowerdir=/usr/lib,upperdir=/run/upper,workdir=/run/over /usr/lib")
        os.environ[INSIDE] = "1"
        os.execvp("unshare", [*own_mounts(), "sh", "-c", f'{mounts} && exec "$@"', "sh", sys.executable, *sys.argv])
    main()
