"""Audit with a clock of its own, for tests of retention."""
import glob
import json
import pathlib
import signal
import time

from harness import fields, wait
from soc_rig import Soc

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]


class Aging(Soc):
    """Audit's own clock may be days ahead."""

    def restart(self, days=0, number=9):
        if self.audit:
            self.kill_audit(number)
        self.audit_prefix = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME=+{days * 24:.0f}h", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        self.start_audit()
        wait(lambda: self.looked_ms() > (time.time() + days * 86400 - 60) * 1000, 20, "retention to look")

    def kill_audit(self, number=signal.SIGKILL):
        """What is killed cannot remove what libfaketime shares in its name."""
        pid = self.audit.pid
        status = super().kill_audit(number)
        for shared in "faketime_shm", "sem.faketime_sem":
            pathlib.Path(f"/dev/shm/{shared}_{pid}").unlink(missing_ok=True)
        return status

    def looked_ms(self):
        return int((self.state / "audit/retention").read_text().split()[4])

    def bundle(self, number, log_class="fleet"):
        return self.state / f"log/{log_class}/tile/entries/{number:03}"

    def holds(self, *words):
        done = self.vedette("log", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def said(self, kind):
        """Retention's events in ops, as they stand in the log's files."""
        lines = self.holds("show", "ops", "--json").splitlines()
        return [fields(event) for event in map(json.loads, lines) if event["type"] == f"vedette.retention.{kind}.v1"]

    def posted(self, log_class):
        return int((self.state / f"log/{log_class}/checkpoint").read_text().splitlines()[1])
