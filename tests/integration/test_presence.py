#!/usr/bin/env python3
"""Presence in real time. The scenes run beside each other: each is a thread that plays its agents and looks at the log."""
import concurrent.futures
import datetime
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import Deployment, fields, main, test, wait     # noqa: E402
from ingest_rig import GOODBYE, HELLO, UPDATING, fleet     # noqa: E402

PERIOD_S = 15
SLACK_S = 0.6       # a tick, a scan, and a machine that has other things to do
AWAY = {"agent.late", "agent.offline"}


class Beating:
    """Within it these agents beat every 15 s, evenly staggered."""

    def __init__(self, agents):
        self.agents, self.over = agents, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.is_set():
            for agent in self.agents:
                agent.beat()
                if self.over.wait(PERIOD_S / len(self.agents)):
                    return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def kind(event):
    return event["type"].removeprefix("vedette.").removesuffix(".v1")


def of(vedette, agent):
    return [(kind(event), fields(event)) for event in list(vedette.log_of_test.events)
            if event.get("subject") == f"agent/{agent.number}"]


def next_of(vedette, agent, what, deadline_s=20, after=0):
    """The last event of this kind about the agent, once there is one of a state that began after that time."""
    return wait(lambda: [data for name, data in of(vedette, agent) if name == what and parse(data["since"]) >= after][-1:],
                deadline_s, f"{what} of agent {agent.number}")[0]


def silence(vedette):
    """Late 20 s and offline 45 s after the last beat, never early; then online again."""
    agent, = fleet(vedette, 1, site="silence")
    for _ in range(2):
        beaten = time.time()
        agent.beat(HELLO)
        next_of(vedette, agent, "agent.online", after=beaten - 0.002)
        late = next_of(vedette, agent, "agent.late", 25, after=beaten)
        offline = next_of(vedette, agent, "agent.offline", 30, after=beaten)
        for name, data, limit in (("late", late, 20), ("offline", offline, 45)):
            assert limit <= parse(data["since"]) - beaten <= limit + SLACK_S, f"{name} at {data}, beat at {beaten}"
            assert abs(parse(data["last_seen"]) - beaten) < 0.3, data


def said(vedette):
    """Goodbye and updating are said, not inferred, and last."""
    leaving, updating = fleet(vedette, 2, site="said")
    leaving.beat(HELLO)
    updating.beat(HELLO)
    leaving.beat(GOODBYE)
    updating.beat(UPDATING)
    next_of(vedette, leaving, "agent.goodbye")
    next_of(vedette, updating, "agent.updating")
    time.sleep(47)      # nothing may happen, for longer than the longest limit
    assert not AWAY & {name for agent in (leaving, updating) for name, _ in of(vedette, agent)}
    leaving.beat(HELLO)
    updating.beat(HELLO)
    wait(lambda: [name for name, _ in of(vedette, leaving)].count("agent.online") == 2)
    wait(lambda: [name for name, _ in of(vedette, updating)].count("agent.online") == 2)


def maintenance(vedette):
    """Nothing is reported of an agent in maintenance; at its end, by hand or by the clock, the truth is."""
    gone, there, timed = agents = fleet(vedette, 3, site="maintenance")
    for agent in agents:
        agent.beat(HELLO)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=48)
    for agent, more in ((gone, ()), (there, ()), (timed, ("--until", until.isoformat(timespec="milliseconds")))):
        vedette.cli("agents", "maintenance", str(agent.number), "on", *more)
        next_of(vedette, agent, "agent.maintenance")
    with Beating([there, timed]):
        next_of(vedette, timed, "agent.online", 1)
        wait(lambda: [name for name, _ in of(vedette, timed)].count("agent.online") == 2, 60, "the end of maintenance")
        assert abs(time.time() - until.timestamp()) < 3
        assert all({name for name, _ in of(vedette, agent)} == {"agent.online", "agent.maintenance"} for agent in agents)
        for agent in (gone, there):
            vedette.cli("agents", "maintenance", str(agent.number), "off")
        next_of(vedette, gone, "agent.offline")
        wait(lambda: [name for name, _ in of(vedette, there)].count("agent.online") == 2)


def sites(vedette):
    """A site whose agents fall silent together is told, once, and its return."""
    together, lonely = fleet(vedette, 3, site="together"), fleet(vedette, 1, site="lonely")
    for agent in together + lonely:
        agent.beat(HELLO)
    silent = vedette.log_of_test.wait(lambda event: kind(event) == "site.silent", 60)
    assert fields(silent) == {"tenant": "acme", "site": "together", "agents": 3}, silent
    together[1].beat()
    vedette.log_of_test.wait(lambda event: kind(event) == "site.returned", 10)
    assert len([one for one in vedette.log_of_test.events if kind(one) == "site.silent"]) == 1


@test("late 20 s, offline 45 s after the last beat; goodbye, updating, maintenance; a site that falls silent together")
def _(vedette):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        scenes = [pool.submit(scene, vedette) for scene in (silence, said, maintenance, sites)]
        for scene in scenes:
            scene.result()


@test("ingest killed and restarted again and again: no storm; who fell silent meanwhile is found")
def _(vedette):
    agents = fleet(vedette, 60, site="restarted")
    victim, rest = agents[0], agents[1:]
    with Beating(rest):
        victim.beat(HELLO)
        wait(lambda: all(of(vedette, agent) for agent in agents), 20, "everybody online")
        for _ in range(3):
            vedette.kill("ingest")
            time.sleep(4)       # so that different agents lose a beat each time
        next_of(vedette, victim, "agent.offline", 90)
        wait(lambda: vedette.metrics("ingest")["presence_clock_ms"] % 1000 < 500)
    away = {agent.number: of(vedette, agent) for agent in rest if AWAY & {name for name, _ in of(vedette, agent)}}
    assert not away, f"falsely away: {away}"


@test("audit frozen: presence goes on, and what happened meanwhile is told in the end, once")
def _(vedette):
    agents = fleet(vedette, 20, site="frozen")
    vedette.freeze("audit")
    try:
        for agent in agents:
            agent.beat(HELLO)
        agents[0].beat(GOODBYE)
        before = vedette.metrics("ingest")
        wait(lambda: vedette.metrics("ingest")["transitions_announced_total"] >= before["transitions_announced_total"])
    finally:
        vedette.thaw("audit")
    for agent in agents:
        next_of(vedette, agent, "agent.online")
    assert [name for name, _ in of(vedette, agents[0])] == ["agent.online", "agent.goodbye"]
    for agent in agents:
        agent.beat(GOODBYE)


class Fixture(Deployment):
    def start(self, *options, **more):
        super().start(*options, **more)
        self.log_of_test = self.stream("--class", "fleet", "--from", "0")


if __name__ == "__main__":
    main(lambda: Fixture(settings=["ingest.bulk_register=on"]))
