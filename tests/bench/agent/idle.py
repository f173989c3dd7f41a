#!/usr/bin/env python3
"""What an idle agent costs: memory, CPU, and bytes on the wire both ways, against a real ingest.

Each of AGENTS runs in a network namespace of its own, where nothing else speaks: the kernel's count of IP octets there
is what the agent sent and received. The window is longer than the longest pause between two probes; mail, which an idle
agent fetches every six hours, is measured once by hand and added for a day. Needs root (namespaces).
"""
import hashlib
import os
import pathlib
import ssl
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))
from harness import BUILD, Deployment  # noqa: E402
from machine_rig import SERVER, Machine  # noqa: E402

AGENTS = 7
SETTLE_S = 20
WINDOW_S = int(os.environ.get("WINDOW_S", "1260"))
DAY_S = 86400
MAILS_A_DAY = 4


class Idle(Machine):
    def octets(self):
        """IP bytes in and out of this namespace, headers included."""
        with open(f"/proc/{self.pid()}/net/netstat") as file:
            lines = [line.split() for line in file if line.startswith("IpExt:")]
        counts = dict(zip(*lines))
        return int(counts["InOctets"]) + int(counts["OutOctets"])

    def cpu_s(self):
        with open(f"/proc/{self.pid()}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def rss_mib(self):
        with open(f"/proc/{self.pid()}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def one_mail(self):
        """Bytes and CPU of one delivery."""
        before, children = self.octets(), os.times()
        self.inside(BUILD / "vedette-agent", "carry", "mail", "--state", self.state)
        after = os.times()
        cpu_s = after.children_user + after.children_system - children.children_user - children.children_system
        return self.octets() - before, cpu_s


def row(name, values, unit, how):
    print("\t".join([name, f"{statistics.median(values):.4g}", unit, f"{min(values):.4g}", f"{max(values):.4g}",
                     str(len(values)), how]), flush=True)


def measure(machines):
    for one in machines:
        one.start()
    time.sleep(SETTLE_S)
    began = time.monotonic()
    before = [(one.octets(), one.cpu_s()) for one in machines]
    time.sleep(WINDOW_S)
    took = time.monotonic() - began
    scale = DAY_S / took
    idle = [((one.octets() - octets) * scale, (one.cpu_s() - cpu_s) * scale)
            for one, (octets, cpu_s) in zip(machines, before)]
    rss = [one.rss_mib() for one in machines]
    mails = [one.one_mail() for one in machines]
    day = [(octets + MAILS_A_DAY * mail_octets, cpu_s + MAILS_A_DAY * mail_cpu_s)
           for (octets, cpu_s), (mail_octets, mail_cpu_s) in zip(idle, mails)]
    mail_octets, mail_cpu_s = (statistics.median(column) for column in zip(*mails))
    how = (f"{len(machines)} agents in own network namespaces, {took:.0f} s against a real ingest, scaled to a day, plus "
           f"{MAILS_A_DAY} mails of")
    row("agent.idle_rss_mib", rss, "MiB", f"resident set of {len(machines)} agents after {took:.0f} s")
    row("agent.bytes_per_day", [octets for octets, _ in day], "B", f"{how} {mail_octets:.0f} B; IP octets both ways")
    row("agent.cpu_s_per_day", [cpu_s for _, cpu_s in day], "s", f"{how} {mail_cpu_s * 1000:.0f} ms; load "
        f"{os.getloadavg()[0]:.1f}")


def main():
    with Deployment(settings=[f"common.public_name={SERVER}"]) as vedette:
        pem = pathlib.Path(vedette.ready["ca_file"]).read_text()
        ca = "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        token = vedette.cli("token", "create", "--tenant", "bench", "--site", "here", "--uses", str(AGENTS), "--json",
                            parsed=True)["token"]
        machines = []
        try:
            for number in range(AGENTS):
                machines.append(Idle(vedette, number))
                machines[-1].enrol(token, "--ca", ca)
            measure(machines)
        finally:
            for one in machines:
                one.end()


main()
