#!/usr/bin/env python3
"""What deploy/ and docs/ hand out must hold: examples load, units are confined, generated pages are those committed."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, ROOT, main, test       # noqa: E402

UNITS = [*sorted((ROOT / "deploy/systemd").glob("*.service")), ROOT / "agent/package/vedette-agent.service",
         ROOT / "deploy/examples/vedette-witness.service", ROOT / "deploy/examples/vedette-keyserver.service"]
SERVICES = ("ingest", "portal", "scheduler", "backup", "audit", "alert")
# In tenths, as systemd-analyze wants it.
EXPOSURE_MAX = 20


def run(*words):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)


@test("the example configuration is accepted, and a mistake in it is named by line")
def _():
    with tempfile.TemporaryDirectory() as folder:
        conf = pathlib.Path(folder) / "vedette.conf"
        shutil.copy(ROOT / "deploy/examples/vedette.conf", conf)
        done = run(BUILD / "vedette", "--state", folder, "init")
        assert done.returncode == 0, done.stdout
        with open(conf, "a") as file:
            file.write("portal.threads = 65\n")
        line = len(conf.read_text().splitlines())
        done = run(BUILD / "vedette", "--state", folder, "init")
        assert done.returncode == 1, done.stdout
        for part in (f":{line}:", "portal.threads", "1 to 64"):
            assert part in done.stdout, done.stdout


@test("every systemd unit is confined: exposure at most 2.0")
def _():
    assert len(UNITS) >= 9
    for unit in UNITS:
        done = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", unit)
        assert done.returncode == 0, f"{unit.name}: {done.stdout.splitlines()[-1]}"


@test("systemd makes a user for every unit, and for what the units do not name")
def _():
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "etc").mkdir()
        done = run("systemd-sysusers", f"--root={folder}", ROOT / "deploy/systemd/vedette.sysusers")
        assert done.returncode == 0 and "not a valid" not in done.stdout, done.stdout
        made = {line.partition(":")[0] for line in (pathlib.Path(folder) / "etc/passwd").read_text().splitlines()}
    wanted = {line[len("User="):] for unit in UNITS for line in unit.read_text().splitlines() if line.startswith("User=")}
    foreign = {"vedette-agent", "vedette-witness", "vedette-keyserver", "vedette-%i"}    # of machines that are not the server
    assert wanted - foreign <= made and {f"vedette-{name}" for name in SERVICES} <= made, (wanted, made)


@test("the bus knows peers by their users, and libzmq its interfaces: no unit of a service takes that away")
def _():
    for name in SERVICES:
        unit = (ROOT / f"deploy/systemd/vedette-{name}.service").read_text()
        assert "\nPrivateUsers=" not in unit, name
        assert name != "audit" or "AF_NETLINK" in unit


@test("the reference pages are those that the tables give")
def _():
    with tempfile.TemporaryDirectory() as folder:
        done = run("python3", "-B", ROOT / "contract/generate", "docs", folder)
        assert done.returncode == 0, done.stdout
        for page in sorted(pathlib.Path(folder).iterdir()):
            committed = ROOT / "docs/reference" / page.name
            assert committed.exists() and committed.read_text() == page.read_text(), f"run make docs: {page.name}"


main()
