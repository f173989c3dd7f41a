#!/usr/bin/env python3
"""Whatever is killed, wiped, stepped or full: the system comes back by itself, nothing acknowledged is lost, and nobody
is reported away who was not."""
import os
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
from faults import Clock, Load, small_disk      # noqa: E402
from harness import Deployment, fields, main, test, wait        # noqa: E402

SERVICES = ["ingest", "portal", "scheduler", "backup", "audit", "alert"]
FLEET = 3000
AWAY = {"agent.late", "agent.offline", "agent.goodbye", "site.silent"}
# Longer than the 45 s after which an agent that was forgotten would be called offline.
QUIET_S = 50
HOUR_S = 3600


def all_online(deployment, count):
    return [one["state"] for one in deployment.agents().values()] == ["online"] * count


def presence_seconds(deployment):
    """Seconds on the presence clock, which stands still while ingest does."""
    return deployment.metrics("ingest")["presence_clock_ms"] / 1000


def stay_quiet(deployment):
    """Let presence judge for longer than its longest limit."""
    began = presence_seconds(deployment)
    wait(lambda: presence_seconds(deployment) - began > QUIET_S, QUIET_S + 30, "presence to judge", 1)


def gapless(stream):
    """Each class without a hole and in order: nothing that was published is missing."""
    seen = {}
    for event in list(stream.events):
        log_class, _, number = event["id"].rpartition("-")
        assert int(number) == seen.get(log_class, -1) + 1, f"{event['id']} after {seen.get(log_class)}"
        seen[log_class] = int(number)
    return seen


def missing(load, stream):
    """Acknowledged operations that are not in the log; waits for the last one to be there."""
    wanted = set(load.acknowledged)

    def left():
        found = {fields(event).get("arguments", {}).get("name") for event in list(stream.events)
                 if event["type"] == "vedette.operation.requested.v1"}
        return wanted - found
    wait(lambda: not left(), 20, "the log to have everything that was acknowledged")
    return left()


@test("kill -9 of each process under load: back by itself, nothing acknowledged lost, nobody falsely away")
def _(vedette):
    stream = vedette.stream("--from", "0")
    wait(lambda: all_online(vedette, FLEET), 40, "everybody online")
    agents = sorted(vedette.agents())
    with Load(vedette, agents[0]) as load:
        for name in ("redis", *SERVICES):
            vedette.kill(name)
            wait(vedette.health, 20, f"health after {name} was killed")
            done = len(load.acknowledged)
            wait(lambda: len(load.acknowledged) > done + 5, 20, f"operations after {name} was killed")
    assert load.acknowledged
    assert not missing(load, stream)
    gapless(stream)
    wait(lambda: vedette.agents()[agents[0]]["name"] == load.acknowledged[-1], 10, "the last name to be shown")
    stay_quiet(vedette)
    wait(lambda: all_online(vedette, FLEET), 20, "everybody online")
    away = [event for event in stream.events if event["type"][len("vedette."):-len(".v1")] in AWAY]
    assert not away, f"{len(away)} reported away, as {away[0]}"


@test("a kill of ingest does not let recorded operations, or ids, come again")
def _(vedette):
    first = sorted(vedette.agents())
    vedette.kill("ingest")
    wait(vedette.health)
    assert sorted(vedette.agents()) == first


@test("Redis lost with all it had: the portal shows everybody again, and people can log in")
def _(vedette):
    administrator = vedette.administrator()
    vedette.kill("redis")
    wait(lambda: all_online(vedette, FLEET), 30, "everybody shown online again")
    administrator.cookie = administrator.csrf = None
    administrator.login(administrator.user, administrator.password, administrator.totp)
    shown = administrator.ask("agents?limit=10000")
    assert len(shown["agent"]) == FLEET and set(shown["state"]) == {"online"}


@test("the clock stepped by an hour, forward and back: nobody away, operations go on")
def _():
    if not os.path.exists(Clock.LIBRARY):
        raise AssertionError("libfaketime is not installed")
    deployment = Deployment(agent=True)
    with Clock(deployment.state) as clock:
        deployment.environment = clock.environment()
        step_by_an_hour(deployment, clock)


def step_by_an_hour(deployment, clock):
    with deployment:
        agent, = deployment.agents()
        stream = deployment.stream("--from", "0")
        for step in (HOUR_S, 0):
            clock.step(step)
            deployment.cli("agents", "rename", str(agent), f"after-a-step-to-{step}")
            stay_quiet(deployment)
            assert all_online(deployment, 1)
            assert deployment.health()
        gapless(stream)
        times = {event["time"][:13] for event in stream.events}
        assert len(times) > 1, f"the clock was not stepped: {times}"
        assert not AWAY & set(stream.types()), stream.types()


@test("the log's disk full: operations refused with the reason, presence goes on; room again: all goes on by itself")
def _():
    if os.geteuid() != 0:
        raise AssertionError("mounting a small disk needs root")
    deployment = Deployment(agent=True, settings=["audit.segment_bytes=1048576", "audit.disk_low_bytes=6000000",
                                                  "audit.disk_stop_bytes=3000000"])
    deployment.cli("init", "--ports", str(deployment.base))
    with small_disk(deployment.state / "audit", 16 << 20) as disk, deployment:
        agent, = deployment.agents()
        stream = deployment.stream("--from", "0")
        token = deployment.cli("token", "create", "--tenant", "default", "--site", "main", "--json", parsed=True)["token_id"]
        disk.fill(leave=5_000_000)
        stream.wait(lambda event: event["type"] == "vedette.disk.low.v1")
        deployment.cli("agents", "rename", str(agent), "still-logged")
        disk.fill()

        def refused():
            done = deployment.run_cli("agents", "rename", str(agent), "not-logged")
            return done.returncode == 1 and "log-full" in done.stderr
        wait(refused, 20, "operations to be refused")
        name = deployment.agents()[agent]["name"]
        assert refused() and refused() and deployment.agents()[agent]["name"] == name
        assert not deployment.health()
        # Stopping is not held up, and is recorded in the reserve.
        deployment.cli("token", "revoke", str(token))
        stream.wait(lambda event: fields(event).get("call") == "token.revoke")
        # Refused ones do not use it up: the first is told at once, those that follow together, later.
        assert stream.types().count("operations.refused") == 1
        # The supervisor does not wait for room: what died runs again, and is said to.
        deployment.kill("alert")
        # Presence needs no log: the transitions wait in ingest's outbox.
        deployment.freeze("agent")
        wait(lambda: deployment.agents()[agent]["state"] == "late", 40)
        disk.empty()
        wait(deployment.health, 30, "health once there is room")
        deployment.thaw("agent")
        wait(lambda: deployment.agents()[agent]["state"] == "online", 30)
        deployment.cli("agents", "rename", str(agent), "logged")
        stream.wait(lambda event: event["type"] == "vedette.agent.late.v1")
        gapless(stream)
        deployment.stop()


@test("ingest's disk full: presence goes on and health says so; room again: all is well by itself, a kill -9 too")
def _():
    if os.geteuid() != 0:
        raise AssertionError("mounting a small disk needs root")
    deployment = Deployment(fleet=FLEET)
    deployment.cli("init", "--ports", str(deployment.base))
    with small_disk(deployment.state / "ingest", 96 << 20) as disk, deployment:
        wait(lambda: all_online(deployment, FLEET), 60, "the fleet to be online")
        # What generations before have left would be room for this one's recent beats.
        for recent in (deployment.state / "ingest").glob("recent.?"):
            os.truncate(recent, 0)
        disk.fill()
        wait(lambda: not deployment.health(), 30, "health to say that beats find no room")
        assert deployment.metrics("ingest")["beats_unrecorded_total"]
        stay_quiet(deployment)
        assert all_online(deployment, FLEET)
        disk.empty()
        wait(deployment.health, 60, "health once there is room")
        deployment.kill("ingest")
        wait(lambda: deployment.metrics("ingest")["beats_accepted_total"] > FLEET, 40, "beats")
        assert deployment.metrics("ingest")["beats_unrecorded_total"] == 0
        wait(lambda: all_online(deployment, FLEET), 20, "everybody to be shown online")
        deployment.stop()


main(lambda: Deployment(fleet=FLEET))
