#!/usr/bin/env python3
"""What ten watches cost an agent: memory of the resident; CPU of it and of all that it starts, scaled to a day.

The watches are of ten kinds at their usual intervals (cpu, memory, load, disk, age, process, tcp, http, ping, unit); a server that is
up takes the probes. Their agent stands alone: reports are made and spooled, and what sealing and carrying them costs (every 15
minutes) is not in it. The window is long enough for each to be sampled several times.
"""
import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))
from watching_rig import Endpoint, document  # noqa: E402

AGENTS = 3
SETTLE_S = 10
WINDOW_S = int(os.environ.get("WINDOW_S", "600"))
DAY_S = 86400


def cpu_s(pid):
    """Its own, and that of children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def row(name, values, unit, how):
    print("\t".join([name, f"{statistics.median(values):.4g}", unit, f"{min(values):.4g}", f"{max(values):.4g}",
                     str(len(values)), how]), flush=True)


def watches(here):
    port = here.web()
    return document(
        dict(name="cpu", kind="cpu"), dict(name="memory", kind="memory"), dict(name="load", kind="load"),
        dict(name="disk", kind="disk", path="/"), dict(name="age", kind="age", path="/etc/hostname"),
        dict(name="process", kind="process", process="sshd"), dict(name="tcp", kind="tcp", host="127.0.0.1", port=port),
        dict(name="http", kind="http", url=f"http://127.0.0.1:{port}/204"), dict(name="ping", kind="ping", host="127.0.0.1"),
        dict(name="unit", kind="unit", unit="ssh.service"))


def main():
    endpoints = [Endpoint() for _ in range(AGENTS)]
    try:
        for one in endpoints:
            one.start(watches(one))
        time.sleep(SETTLE_S)
        pids = [one.process.pid for one in endpoints]
        began, before = time.monotonic(), [cpu_s(pid) for pid in pids]
        time.sleep(WINDOW_S)
        took = time.monotonic() - began
        day = [(cpu_s(pid) - was) / took * DAY_S for pid, was in zip(pids, before)]
        how = f"{AGENTS} agents with ten watches each, {took:.0f} s, load {os.getloadavg()[0]:.1f}"
        row("agent.watching_rss_mib", [rss_mib(pid) for pid in pids], "MiB", f"resident set of {how}")
        row("agent.watching_cpu_s_per_day", day, "s", f"with children that look, scaled to a day; {how}")
    finally:
        for one in endpoints:
            one.close()


main()
