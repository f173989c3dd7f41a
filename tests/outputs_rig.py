"""vedette-alert with outputs, beside the real audit; receivers are the test's own."""
import json
import secrets
import signal
import subprocess

from bus_rig import Rig
from harness import BUILD, free_ports, wait
from receivers import make_certificates


class OutputsRig(Rig):
    def __init__(self, alert_settings=()):
        super().__init__()
        self.alert_settings = list(alert_settings)
        self.alert = None

    def __enter__(self):
        super().__enter__()
        make_certificates(self.state)
        key = self.state / "alert/master.key"
        key.touch(0o600)
        key.write_text(secrets.token_hex(32) + "\n")
        self.start_audit()
        self.start_alert()
        return self

    def __exit__(self, *_):
        self.stop_alert(signal.SIGKILL)
        super().__exit__()

    def start_alert(self):
        settings = [word for one in self.alert_settings for word in ("--set", one)]
        with open(self.state / "alert.log", "ab") as log:
            self.alert = subprocess.Popen([str(BUILD / "vedette-alert"), "--state", str(self.state), *settings],
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop_alert(self, number=signal.SIGTERM):
        if not self.alert:
            return None
        self.alert.send_signal(number)
        status = self.alert.wait(20)
        self.alert = None
        return status

    def run_cli(self, *words):
        return subprocess.run([str(BUILD / "vedette"), "--state", str(self.state), "--json", *map(str, words)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=30)

    def cli(self, *words):
        done = self.run_cli(*words)
        assert done.returncode == 0, f"vedette {words}: {done.returncode} {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def add(self, name, kind, destination, *options):
        """Once the service answers; what the call replies."""
        wait(lambda: self.run_cli("output", "list").returncode == 0)
        return self.cli("output", "add", name, kind, destination, "--trust", self.state / "ca.pem", *options)

    def output(self, name):
        return next(one for one in self.cli("output", "list") if one["id"] == name)

    def emit(self, count, first=1):
        """So many events of class fleet, all durable when this returns."""
        assert len(self.once("emit", "ingest", count, first, deadline_s=60)) == count

    def wait_delivered(self, name, numbers, count, deadline_s=60):
        """Until so many different sequences have arrived, and the output says that nothing is left."""
        wait(lambda: len(set(numbers())) >= count and self.output(name)["lag"] == 0, deadline_s,
             f"{count} events to be delivered")


def free_port():
    return free_ports(1)
