#!/usr/bin/env python3
"""deploy/local: ready when everything answers, restarts what dies, remembers, and leaves nothing behind."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import ROOT, Deployment, copy_for_everybody, main, test, wait       # noqa: E402

SERVICES = ["ingest", "portal", "scheduler", "backup", "audit", "alert"]
RESTART_S = 1
SECOND_START_S = 15


def alive(pid):
    """Not gone, and no zombie: whoever adopted it may take its time to notice."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid):
    return [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@test("ready.json names URLs, ports, CA and a living process for every name")
def _(vedette):
    ready = vedette.ready
    assert set(ready["pids"]) == {"redis", "agent", *SERVICES}, ready["pids"]
    assert all(alive(pid) for pid in ready["pids"].values())
    assert [ready["ports"][name] - vedette.base for name in
            ("beats", "envelopes", "portal", "soc_live", "soc_replay")] == [0, 1, 2, 3, 4]
    assert ready["urls"]["portal"] == f"https://localhost:{vedette.base + 2}"
    assert vedette.health()
    assert vedette.api().request("GET", "/").status == 200


@test("it prints the portal's URL, the CA's fingerprint and a one-time link")
def _(vedette):
    said = vedette.said.read_text()
    assert vedette.ready["urls"]["portal"] in said and vedette.ready["fingerprint"] in said
    assert re.search(r"https://localhost:\d+/\S+", said)


@test("folders are private, and as root each process is a user of its own")
def _(vedette):
    assert stat.S_IMODE(vedette.state.stat().st_mode) == 0o711
    for name in (*SERVICES, "redis"):
        folder = (vedette.state / name).stat()
        assert stat.S_IMODE(folder.st_mode) == 0o700, name
        if os.geteuid() == 0:
            user = pwd.getpwnam(f"vedette-{name}").pw_uid
            status = pathlib.Path(f"/proc/{vedette.pid(name)}/status").read_text()
            ids = re.search(r"^Uid:\s+(.*)$", status, re.M).group(1).split()
            assert folder.st_uid == user and set(ids) == {str(user)}, name


@test("this machine is online, under its host name")
def _(vedette):
    only, = vedette.agents().values()
    assert only["state"] == "online" and only["name"], only


@test("whatever is killed is there again within a second, and ready.json says so")
def _(vedette):
    for name in ("redis", *SERVICES, "agent"):
        old = vedette.pid(name)
        before = set(children_of(children_of(vedette.local.pid)[0]))
        os.kill(old, signal.SIGKILL)
        wait(lambda: set(children_of(children_of(vedette.local.pid)[0])) - before, RESTART_S, f"a new {name}", 0.01)
        wait(lambda: vedette.pid(name) not in (None, old), 30, f"{name} in ready.json")
        assert alive(vedette.pid(name))
    wait(vedette.health, 20)


@test("root hands Redis no file that Redis's own user has put a link to")
def _(vedette):
    if os.geteuid():
        return
    conf = vedette.state / "redis/redis.conf"
    kept, old = conf.read_bytes(), vedette.pid("redis")
    conf.unlink()
    conf.symlink_to("../ca/ca.key")
    os.kill(old, signal.SIGKILL)
    wait(lambda: "symbolic links" in vedette.said.read_text(), 10, "the refusal")
    assert "PRIVATE KEY" not in (vedette.state / "output/redis.log").read_text()
    conf.unlink()
    conf.write_bytes(kept)
    wait(lambda: vedette.pid("redis") not in (None, old), 30, "Redis to be there again")


@test("a second one on the same folder is refused")
def _(vedette):
    done = subprocess.run([ROOT / "deploy/local", "--state", vedette.state], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1 and "already" in done.stdout, done.stdout
    assert vedette.health() and vedette.ready


@test("stopped: nothing is left, even of a frozen service; started again: it remembers, in seconds")
def _(vedette):
    administrator = vedette.administrator()
    known = vedette.agents()
    pids = list(vedette.ready["pids"].values())
    # Not by the harness, which would thaw it first.
    os.kill(vedette.pid("scheduler"), signal.SIGSTOP)
    vedette.stop()
    assert not vedette.ready and not any(alive(pid) for pid in pids)
    vedette.start(limit_s=SECOND_START_S)
    assert set(vedette.agents()) == set(known)
    administrator.cookie = administrator.csrf = None
    administrator.login(administrator.user, administrator.password, administrator.totp)
    assert "first administrator" not in vedette.said.read_text().rpartition("Vedette runs.")[2]


@test("Ctrl-C in a terminal, which reaches the whole process group, stops it as well")
def _(vedette):
    pids = list(vedette.ready["pids"].values())
    group = [vedette.local.pid, *children_of(vedette.local.pid)]
    for pid in group:
        os.kill(pid, signal.SIGINT)
    assert vedette.local.wait(10) == 0
    assert not any(alive(pid) for pid in [*pids, *group])
    vedette.start()


@test("kill -9 of the keeper or of the supervisor ends everything")
def _(vedette):
    for victim in (lambda: vedette.local.pid, lambda: children_of(vedette.local.pid)[0]):
        pids = list(vedette.ready["pids"].values()) + children_of(vedette.local.pid)
        os.kill(victim(), signal.SIGKILL)
        vedette.local.wait(10)
        wait(lambda: not any(alive(pid) for pid in pids), 10, "all processes to be gone")
        vedette.start()


@test("a path with spaces, longer than a socket's may be, below a folder that is private, will do")
def _():
    # As in root's home: services that gave up root can no more walk there from above.
    with tempfile.TemporaryDirectory(prefix="v ") as folder:
        deployment = Deployment()
        shutil.rmtree(deployment.state)
        deployment.state = pathlib.Path(folder) / ("long " * 30).strip()
        deployment.agent = True
        with deployment:
            for name in ("portal", "ingest", "alert", "audit"):
                deployment.kill(name)
            assert deployment.health()


def runs_as_nobody(deployment):
    with deployment:
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        for name, pid in deployment.ready["pids"].items():
            assert f"Uid:\t{nobody}\t" in pathlib.Path(f"/proc/{pid}/status").read_text(), name
        assert "Not root" in deployment.said.read_text()


@test("without root everything runs as the user who started it, and it says so")
def _():
    if os.geteuid() != 0:
        return  # then all other tests have shown it
    deployment = Deployment(prefix=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"])
    shutil.chown(deployment.state, "nobody", "nogroup")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        deployment.root = copy_for_everybody(pathlib.Path(folder))
        runs_as_nobody(deployment)


main(lambda: Deployment(agent=True))
