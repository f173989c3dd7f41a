#!/usr/bin/env python3
"""Updates of the agent, through every process: signed, handed over, fetched, laid out, tried, kept or gone back from; and what is
left of one that is killed anywhere."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, test, wait  # noqa: E402
from task_rig import OPEN, Machine, Signers  # noqa: E402
from update_rig import OWN, files, later, package  # noqa: E402


GOOD, CRASHES, ILL, LIES = later(1), later(2), later(3), later(4)


class Updated(Machine):
    """A machine whose agent is started by the same program again and again, as an owner's supervisor would."""

    @property
    def running(self):
        """The version of the resident, by the folder that its program lies in."""
        folder = pathlib.Path(os.readlink(f"/proc/{self.process.pid}/exe")).parent
        return OWN if folder == BUILD else folder.name

    @property
    def step(self):
        return json.loads((self.state / "work/update").read_text())["step"]

    def said(self, *words):
        """Whether the activity log has them, in this order and once each, of updates."""
        found = [line.split()[1] for line in self.agent("activity").splitlines() if " update " in line]
        return [word for word in found if word in words] == list(words)

    def begin_again(self):
        """Killed with all that it has started, as by a power cut, and started as ever."""
        self.kill()
        self.start()


def kill_alone(one):
    """The process that is the guard now, and not the new resident, which ends with it."""
    one.process.kill()
    one.process.wait()
    one.start()


# How far it is, and what happens then.
KILLS = {
    "staged": (lambda one: one.step in ("staged", "switched"), Updated.begin_again),
    "switched": (lambda one: one.step == "switched", Updated.begin_again),
    "tried": (lambda one: (one.state / "health").exists(), kill_alone),
}


def kill(one, reached, how):
    wait(lambda: reached(one), 40, "it to be so far", every_s=0.002)
    how(one)


class Fleet:
    """Machines that are updated beside each other, since each takes some seconds: well and badly, and killed meanwhile."""

    def __init__(self, held):
        self.vedette = held.enter_context(Deployment())
        self.signers = Signers(self.vedette)
        held.callback(shutil.rmtree, self.signers.folder)
        self.signers.publish()
        self.held, self.count = held, 0
        names = ("well", *KILLS, "crashes", "ill", "lies")
        pool = held.enter_context(concurrent.futures.ThreadPoolExecutor())
        self.machines = dict(zip(names, pool.map(self.machine, names)))
        # They wait for their moment from now on, for it is short.
        self.killers = [pool.submit(kill, self.machines[name], *how) for name, how in KILLS.items()]
        good = self.update(package(files(GOOD)), "well", *KILLS)
        self.documents = {name: good for name in names[:4]} | {
            "crashes": self.update(package(files(CRASHES, agent="kill -SEGV $$")), "crashes"),
            "ill": self.update(package(files(ILL, work="[ $1 != selftest ] || exit 1; sleep 1")), "ill"),
            "lies": self.update(package(files(LIES)), "lies", version=later(5))}

    def machine(self, name):
        one = Updated(self.signers, name)
        self.held.callback(shutil.rmtree, one.folder)
        self.held.callback(one.stop)
        return one

    def update(self, data, *names, **changes):
        """Signed for these machines and handed over; the document's id. changes: of what is signed of the package."""
        self.count += 1
        file, path = self.signers.folder / f"package{self.count}", self.signers.folder / f"update{self.count}.json"
        file.write_bytes(data)
        self.vedette.cli("file", "put", str(file))
        agents = [word for name in names for word in ("--agent", self.machines[name].fingerprint)]
        self.signers.vedette("update", "new", path.name, "--title", "a newer agent", "--package", file.name, *agents)
        payload = json.loads(path.read_text())
        payload["package"] |= changes
        path.write_text(json.dumps(payload))
        return self.signers.submit(self.signers.sign(path.name, *self.signers.names))["document"]

    def end(self, name, document=None):
        """How the update ended on that machine."""
        def ended():
            runs = self.signers.runs(document or self.documents[name])
            mine = [run for run in runs if run["agent"] == self.machines[name].id]
            return mine[0] if mine and mine[0]["run_state"] not in OPEN else None
        return wait(ended, 40, f"the end of the update on {name}")


@contextlib.contextmanager
def fleet():
    with contextlib.ExitStack() as held:
        yield Fleet(held)


@test("killed when it lies ready, when it is switched to, and while it is tried, an update goes on and comes to its end")
def _(fleet):
    for killer in fleet.killers:
        killer.result(60)
    for name in KILLS:
        one = fleet.machines[name]
        assert fleet.end(name)["run_state"] == "done", fleet.end(name)
        wait(lambda one=one: one.running == GOOD, 20, "the new version to run")
        assert not (one.state / "updating").exists() and not (one.state / "work/update").exists()


@test("an update that people signed is fetched, tried and kept, by one and the same process; presence says so meanwhile")
def _(fleet):
    one = fleet.machines["well"]
    assert fleet.end("well")["run_state"] == "done", fleet.end("well")
    wait(lambda: one.running == GOOD, 10, "the new version to run")
    assert one.process.poll() is None and one.said("accepted", "staged", "switched", "healthy", "done"), one.agent("activity")
    history = json.loads(fleet.vedette.cli("--json", "agents", "history", str(one.id)))
    assert "updating" in [row["state"] for row in history], history
    wait(lambda: fleet.vedette.agents()[one.id]["state"] == "online", 20, "the agent to be online again")


@test("a version that ends at once, and one that fails its self-test, are gone back from")
def _(fleet):
    for name, code in (("crashes", "update-crashed"), ("ill", "update-self-test")):
        one, run = fleet.machines[name], fleet.end(name)
        assert (run["run_state"], run["code"]) == ("failed", code), run
        wait(lambda one=one: one.running == OWN, 10, "the version before to run")
        assert one.said("accepted", "staged", "switched", "rolled-back", "failed"), one.agent("activity")


@test("a package that is another version than was signed is refused, and nothing is changed")
def _(fleet):
    one, run = fleet.machines["lies"], fleet.end("lies")
    assert (run["run_state"], run["code"]) == ("refused", "bad-package"), run
    assert one.running == OWN and one.said("accepted", "refused"), one.agent("activity")


@test("what was well is never installed again, and nothing older; what was gone back from may be mended; the others go on")
def _(fleet):
    again = fleet.update(package(files(GOOD)), "well", "crashes")
    refused = fleet.end("well", again)
    assert (refused["run_state"], refused["code"]) == ("refused", "old-version"), refused
    assert fleet.end("crashes", again)["run_state"] == "done"
    # The program that is started is the one of before, and hands over.
    one = fleet.machines["well"]
    one.begin_again()
    wait(lambda: one.running == GOOD, 10, "the new version to run")
    task = fleet.signers.submit(fleet.signers.task("after.json", "--agent", one.fingerprint, "--", "/bin/true"))
    assert fleet.signers.ended(task["document"])[0]["run_state"] == "done"


if __name__ == "__main__":
    main(fleet)
