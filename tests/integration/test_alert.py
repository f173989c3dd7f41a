#!/usr/bin/env python3
"""vedette-alert beside the real log: what it raises, once, and what it does not. Time is spared by events that say that
an absence began a while ago, and by all cases waiting at once, each with processes of its own."""
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from bus_rig import Rig
from harness import BUILD, fields, main, test, tests, wait

LIMIT_S = 45    # the least that is allowed
GRACE_S = 15    # nothing is judged so soon after catching up with the log


def stamp(age_s):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age_s))


class AlertRig(Rig):
    def __enter__(self):
        super().__enter__()
        self.alert = None
        self.start_audit()
        return self

    def __exit__(self, *_):
        self.stop_alert(signal.SIGKILL)
        super().__exit__()

    def start_alert(self):
        with open(self.state / "alert.log", "ab") as log:
            self.alert = subprocess.Popen([str(BUILD / "vedette-alert"), "--state", str(self.state), "--set",
                                           f"alert.offline_after_s={LIMIT_S}"], stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log)

    def stop_alert(self, number=signal.SIGTERM):
        if self.alert:
            self.alert.send_signal(number)
            status = self.alert.wait(20)
            self.alert = None
            return status
        return None

    def say(self, kind, **data):
        assert self.once("say", "ingest", kind, data.get("tenant", "acme"), json.dumps(data)) == ["stored"]

    def enrol(self, *agents, site="hq"):
        for agent in agents:
            self.say("agent.enrolled", agent=agent, name=f"a{agent}", tenant="acme", site=site)

    def offline(self, agent, age_s):
        self.say("agent.offline", agent=agent, since=stamp(age_s), last_seen=stamp(age_s + 45))

    def online(self, agent):
        self.say("agent.online", agent=agent, since=stamp(0))

    def cli(self, *words):
        done = subprocess.run([str(BUILD / "vedette"), "--state", str(self.state), "--json", *map(str, words)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30, check=True)
        return json.loads(done.stdout)

    def alerts(self, *words):
        return [(one["kind"], one["agent"] or one["site"], one["open"]) for one in self.cli("alerts", *words)]

    def wait_alerts(self, want, deadline_s=10 + GRACE_S):
        wait(lambda: sorted(self.alerts(), key=str) == sorted(want, key=str), deadline_s, f"{want}, not {self.alerts()}")

    def told(self):
        """What class `alert` of the log says: + opened, - resolved."""
        return [("+" if "opened" in event["type"] else "-") + str(fields(event)["alert"])
                for event in self.stored("alert")]


@test("an agent offline beyond the limit is raised once, over kills of alert and audit, and resolved when it returns")
def _():
    with AlertRig() as rig:
        rig.start_alert()
        rig.enrol(7, 8)
        rig.offline(7, LIMIT_S)
        rig.offline(8, LIMIT_S - 30)
        rig.wait_alerts([("agent-offline", 7, True)])
        event = wait(lambda: rig.stored("alert")[0])
        assert (event["type"], event["subject"], event["tenant"], event["sev"]) == \
            ("vedette.alert.opened.v1", "agent/7", "acme", 2)
        assert fields(event)["site"] == "hq"
        for _ in range(2):
            rig.stop_alert(signal.SIGKILL)
            rig.start_alert()
            rig.kill_audit()
            rig.start_audit()
        rig.wait_alerts([("agent-offline", 7, True), ("agent-offline", 8, True)], LIMIT_S + 30)
        rig.online(7)
        rig.wait_alerts([("agent-offline", 7, False), ("agent-offline", 8, True)])
        wait(lambda: rig.told() == ["+1", "+2", "-1"], 10, "three announcements")
        assert rig.alerts("--open") == [("agent-offline", 8, True)]
        assert rig.stop_alert() == 0


@test("an announcement that was under way when alert was killed is in the log once")
def _():
    with AlertRig() as rig:
        rig.start_alert()
        rig.enrol(1, 2, 3)
        rig.offline(1, LIMIT_S)
        rig.wait_alerts([("agent-offline", 1, True)])
        rig.offline(2, LIMIT_S - 1)
        rig.audit.send_signal(signal.SIGSTOP)
        # Stored by alert and handed to its outbox, which audit does not empty now.
        rig.wait_alerts([("agent-offline", 1, True), ("agent-offline", 2, True)])
        rig.stop_alert(signal.SIGKILL)
        rig.start_alert()
        rig.audit.send_signal(signal.SIGCONT)
        wait(lambda: rig.told() == ["+1", "+2"], 20, "both announcements")
        rig.offline(3, LIMIT_S)
        wait(lambda: len(rig.told()) > 2, GRACE_S + 15, "the next announcement")
        assert rig.told() == ["+1", "+2", "+3"]


@test("after alert was down: what came and went raises nothing, what lasts is raised, what ended is resolved")
def _():
    with AlertRig() as rig:
        rig.start_alert()
        rig.enrol(1, 2, 3)
        rig.offline(1, LIMIT_S)
        rig.wait_alerts([("agent-offline", 1, True)])
        rig.stop_alert()
        rig.online(1)
        rig.offline(2, LIMIT_S * 3)
        rig.online(2)
        rig.offline(3, LIMIT_S)
        rig.start_alert()
        rig.wait_alerts([("agent-offline", 1, False), ("agent-offline", 3, True)])
        wait(lambda: rig.told() == ["+1", "-1", "+2"] or rig.told() == ["+1", "+2", "-1"], 10, "the announcements")


@test("a site that falls silent is one alert; goodbye, maintenance and retirement raise none")
def _():
    with AlertRig() as rig:
        rig.enrol(1, 2, 3)
        rig.enrol(4, 5, 6, site="branch")
        rig.say("agent.goodbye", agent=4, since=stamp(LIMIT_S * 2))
        rig.say("agent.maintenance", agent=5, since=stamp(LIMIT_S * 2))
        rig.say("agent.retired", agent=6, since=stamp(LIMIT_S * 2))
        for agent in (1, 2, 3):
            rig.offline(agent, LIMIT_S)
        rig.say("site.silent", tenant="acme", site="hq", agents=3)
        rig.start_alert()       # ingest says all that at once; said one by one some would be reported before
        rig.wait_alerts([("site-silent", "hq", True)])
        rig.say("site.returned", tenant="acme", site="hq")
        rig.online(1)
        rig.online(2)
        # The others have a minute to be heard; who is not then stands for itself.
        rig.wait_alerts([("site-silent", "hq", False)])
        rig.wait_alerts([("site-silent", "hq", False), ("agent-offline", 3, True)], 75)


@test("a copied identity is raised; a limit of its own can be set for a tenant")
def _():
    with AlertRig() as rig:
        rig.start_alert()
        wait(lambda: rig.cli("rule", "set", "acme", "--offline-after", "1h") == {})
        assert rig.cli("rule", "list") == [{"tenant": "acme", "offline_after_s": 3600}]
        rig.enrol(7)
        rig.say("agent.cloned", agent=7, address="192.0.2.7")
        rig.offline(7, LIMIT_S * 2)
        rig.wait_alerts([("agent-cloned", 7, True)])
        rig.cli("rule", "set", "acme", "--offline-after", "60")
        rig.wait_alerts([("agent-cloned", 7, True), ("agent-offline", 7, True)])


@test("nothing is raised while the log is away, whose absence is told when it is back")
def _():
    with AlertRig() as rig:
        rig.start_alert()
        rig.enrol(7, 8)
        rig.offline(7, LIMIT_S - 25)
        wait(lambda: rig.cli("alerts") == [])
        rig.kill_audit()
        rig.wait_alerts([("audit-silent", None, True)], 60)
        # Agent 7 returned in time, but that waits in an outbox and arrives after the deadline.
        returning = rig.peer("say", "ingest", "agent.online", "acme", json.dumps({"agent": 7, "since": stamp(0)}))
        rig.start_audit()
        returning.wait_line("stored")
        rig.offline(8, LIMIT_S)
        rig.wait_alerts([("audit-silent", None, False), ("agent-offline", 8, True)], 60)
        wait(lambda: rig.told() == ["+1", "-1", "+2"], 20, "the announcements")


@test("a watch that is not well is an alert of its level, once, until it is well")
def _():
    with AlertRig() as rig:
        rig.enrol(7)

        def watch(level, **data):
            assert rig.once("say", "scheduler", f"watch.{level}", "acme", json.dumps(
                dict(agent=7, watch="root", watch_kind="disk", since=stamp(0), **data))) == ["stored"]
        rig.start_alert()
        watch("critical", value=97300)
        rig.wait_alerts([("watch-critical", 7, True)])
        opened = rig.cli("alerts")[0]
        assert opened["reason"] == "root: 97.3 %" and opened["sev"] == 2, opened
        watch("warning", value=85000)
        rig.wait_alerts([("watch-critical", 7, False), ("watch-warning", 7, True)])
        watch("ok", value=20000)
        rig.wait_alerts([("watch-critical", 7, False), ("watch-warning", 7, False)])
        wait(lambda: rig.told() == ["+1", "-1", "+2", "-2"], 10, f"four entries, not {rig.told()}")


main(at_once=len(tests))
