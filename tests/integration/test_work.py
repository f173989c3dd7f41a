#!/usr/bin/env python3
"""vedette-agent-work alone, fed with envelopes by a small deployment in a test tool: what it does, refuses and says, and what is
left of it after kill -9."""
import contextlib
import hashlib
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test, wait  # noqa: E402
from work_rig import POLICY, machine, stamp  # noqa: E402


@test("a task runs as it was signed, and what became of it comes back sealed")
def _():
    with machine() as one:
        document = one.task(["/bin/sh", "-c", "echo $0; id -un; env | sort; pwd; exit 3", "$(not a shell)"], user="nobody",
                            environment=[{"name": "COLOUR", "value": "blue"}])
        assert "out" in one.work()
        assert one.states(document) == ["running", "failed"], one.said
        end = one.runs(document)[-1]
        assert end["exit_status"] == 3 and end["code"] == "exit", end
        lines = one.output(document).split("\n")
        assert lines[:2] == ["$(not a shell)", "nobody"] and "COLOUR=blue" in lines, lines
        names = {line.split("=")[0] for line in lines[2:] if "=" in line}
        assert names <= {"COLOUR", "HOME", "LANG", "LOGNAME", "PATH", "PWD", "USER", "VEDETTE_DOCUMENT", "SHLVL", "_",
                         "OLDPWD"}, names
        told = one.run("what-i-send").stdout
        assert all(f" {field}" in told for said in one.said for field in said if field not in ("purpose", "counter")), told
        assert "started" in one.activity() and "signed by alice, bob" in one.activity(), one.activity()


@test("every refusal has its reason, which is written down and told, and nothing runs")
def _():
    with machine() as one:
        mark = one.folder / "ran"
        touch = ["/usr/bin/touch", str(mark)]
        other = [{"fingerprint": "ab" * 32}]
        one.task(touch, twist="sig")        # read no further: it has no name to be told by
        expected = {
            one.task(touch, by=["alice"]): "too-few-signers",
            one.task(touch, by=["alice", "alice-too"]): "too-few-signers",
            one.task(touch, by=["alice", "stranger"]): "too-few-signers",
            one.task(touch, targets=other): "not-a-target",
            one.task(touch, targets=None, tenant="acme", site="paris"): "not-a-target",
            one.task(touch, deployment="ab" * 16): "other-deployment",
            one.task(touch, made_at=stamp(-90), not_before=stamp(-80), expires=stamp(-1)): "expired",
            one.task(touch, receipt="none"): "no-receipt",
            one.task(touch, receipt="other"): "bad-receipt",
            one.task(touch, expires=stamp(91 * 86400)): "policy-life",
            one.task(touch, timeout_s=7200): "policy-time",
            one.task(touch, user="no-such-user"): "no-user",
        }
        one.task(touch, twist="sender")
        one.task(touch, twist="recipient")
        one.work()
        for document, code in expected.items():
            ends = one.runs(document)
            assert [(end["run_state"], end.get("code")) for end in ends] == [("refused", code)], (code, ends)
            assert any(document[:8] in line and f"({code})" in line for line in one.activity().splitlines()), code
        assert "unknown-sender" in one.activity() and "bad-signature" in one.activity(), one.activity()
        assert not mark.exists()


@test("policy holds at once: scripts, users, kinds, freeze; policy check says so before")
def _():
    with machine() as one:
        mark = one.folder / "ran"
        for policy, task, code in (
                ("scripts = off\nusers = * root", {"script": f"touch {mark}"}, "policy-script"),
                ("users = *", {"argv": ["/usr/bin/touch", str(mark)]}, "policy-user"),
                ("kinds = none", {"argv": ["/usr/bin/touch", str(mark)], "user": "nobody"}, "policy-kind"),
                ("users = root\nfreeze = on", {"argv": ["/usr/bin/touch", str(mark)]}, "frozen"),
                ("users = root\nno such key = 1", {"argv": ["/usr/bin/touch", str(mark)]}, "bad-policy")):
            one.set_policy(policy + "\n")
            document = one.task(**task)
            one.work()
            assert [end.get("code") for end in one.runs(document)] == [code], (code, one.runs(document))
        assert not mark.exists()
        one.set_policy(POLICY)
        file = one.folder / "task.json"
        file.write_text(one.document(targets=[{"fingerprint": one.trust["fingerprint"]}], user="root", timeout_s=20,
                                     output_limit_bytes=10, consent="none", argv=["/bin/true"], receipt="none")[1]["dsse"])
        done = one.run("policy", "check", str(file))
        assert done.returncode == 0 and "once the log has it" in done.stdout, done.stdout
        one.set_policy("users = *\n")
        done = one.run("policy", "check", str(file))
        assert done.returncode == 3 and "policy-user" in done.stdout, done.stdout
        assert one.run("freeze", "moving house").returncode == 0
        one.set_policy(POLICY)
        assert "(frozen)" in one.run("policy", "check", str(file)).stdout
        assert one.run("unfreeze").returncode == 0
        assert one.run("policy", "check", str(file)).returncode == 0


@test("root freezes a machine whose policy has no folder yet, and thaws it")
def _():
    with machine() as one:
        one.policy = one.folder / "etc" / "policy.conf"
        assert one.run("freeze").returncode == 0 and (one.folder / "etc" / "freeze").exists()
        one.set_policy(POLICY)
        document = one.task()
        one.work()
        assert [run["code"] for run in one.runs(document)] == ["frozen"], one.runs(document)
        assert one.run("unfreeze").returncode == 0 and not (one.folder / "etc" / "freeze").exists()


@test("what it permits and holds is told once, and again when that or the status changes")
def _():
    with machine(stated=False) as one:
        def told():
            one.work()
            return [said for said in one.hear() if said["purpose"] == "report"]
        first, = told()
        assert first["policy"]["scripts"] == "on" and first["policy"]["users"] == "* root" and first["frozen"] is False, first
        assert first["trust_version"] == 1 and first["document"] == [], first
        assert len(told()) == 1
        one.status()
        assert len(told()) == 2
        one.set_policy("hours = Sun 02:00-05:00\n")
        assert told()[2]["policy"]["hours"] == "Sun 02:00-05:00"
        assert one.run("freeze").returncode == 0
        assert told()[3]["frozen"] is True
        assert one.run("unfreeze").returncode == 0
        document = one.task(not_before=stamp(60))
        assert told()[4]["document"] == [document] and told()[4]["frozen"] is False
        one.set_policy("no such key = 1\n")
        assert "policy" not in told()[5] and "frozen" not in told()[5]


@test("at its timeout a task ends with all that it started, also what went to the background twice")
def _():
    with machine() as one:
        pids = one.folder / "pids"
        script = f"""trap '' TERM
            echo $$ >> {pids}
            (setsid sh -c 'trap "" TERM; echo $$ >> {pids}; (setsid sh -c "trap : TERM; echo \\$\\$ >> {pids}; sleep 1000" &) ; sleep 1000' &)
            sleep 1000 & echo $! >> {pids}
            wait; sleep 1000"""
        document = one.task(script=script, timeout_s=1)
        one.work()
        assert one.states(document)[-1] == "failed" and one.runs(document)[-1]["code"] == "timeout", one.runs(document)
        started = [int(pid) for pid in pids.read_text().split()]
        assert len(started) == 4 and not any(pathlib.Path(f"/proc/{pid}").exists() for pid in started), started
        document = one.task(script=f"setsid sleep 1000 & echo $! > {pids}; exit 0")
        one.work()
        assert one.states(document)[-1] == "done" and not pathlib.Path(f"/proc/{pids.read_text().strip()}").exists()


@test("a run gets no descriptor, signal or right of ours, and its output and memory end where they must")
def _():
    with machine() as one:
        look = one.task(script="ls -l /proc/self/fd | sed 's/.* \\([0-9]* ->\\)/\\1/'; grep -E 'Sig(Blk|Ign)|Groups|NoNewP' "
                               "/proc/self/status; id; ulimit -c; umask; cat; tty", user="nobody")
        flood = one.task(script="yes 0123456789012345678901234567890123456789", output_limit_bytes=1000, timeout_s=1)
        hungry = one.task(["/usr/bin/python3", "-c", "x = bytearray(512 << 20)"], memory_limit_bytes=64 << 20)
        lines = one.task(["/bin/sh", "-c", "echo first; sleep 0.8; echo second"])
        one.start()
        wait(lambda: "first" in one.output(lines) and one.states(lines)[-1] == "running", 10, "output while it runs")
        assert one.process.wait(20) == 0
        text = one.output(look)
        assert "SigBlk:\t0000000000000000" in text and "uid=65534(nobody)" in text and "not a tty" in text, text
        opened = [line.split(" -> ") for line in text.splitlines() if " -> " in line]
        assert {number for number, _ in opened} <= {"0", "1", "2", "3", "4"}, text      # 4: of ls itself
        end = one.runs(flood)[-1]
        assert end["output_cut"] and int(end["output_bytes"]) == 1000 and len(one.output(flood)) == 1000, end
        assert one.states(hungry)[-1] == "failed", one.runs(hungry)
        assert one.output(lines) == "first\nsecond\n" and not one.runs(lines)[-1]["output_cut"]


@test("a task is done once: replayed, repeated under a new envelope, or of an older version it is not")
def _():
    with machine() as one:
        count = one.folder / "count"
        say = f"echo again >> {count}"
        document = one.task(script=say, version=2)
        saved = [path.read_bytes() for path in (one.state / "mail/in").iterdir()]
        one.work()
        for number, envelope in enumerate(saved):
            (one.state / f"mail/in/{'%064x' % number}").write_bytes(envelope)
        one.task(script=say, version=1, document=document)
        one.task(script=say + " ", version=2, document=document)
        one.work()
        assert count.read_text() == "again\n"
        codes = [end.get("code") for end in one.runs(document) if end["run_state"] == "refused"]
        assert codes == ["old-version", "old-version"], codes
        one.task(script=f"echo third >> {count}", version=3, document=document)
        one.work()
        assert count.read_text() == "again\nthird\n"


@test("what was withdrawn, frozen or not said to be fresh is not begun; what runs is ended")
def _():
    with machine() as one:
        running, other = one.task(["/bin/sleep", "60"], timeout_s=100), one.task(["/bin/sleep", "61"], timeout_s=100)
        one.start()
        wait(lambda: one.states(running)[-1] == one.states(other)[-1] == "running", 10, "both to run")
        one.document(kind="revocation", document=one.trust["deployment"], by=["carol"], receipt="none",
                     documents=[{"document": running}])
        wait(lambda: one.states(running)[-1] == "cancelled", 10, "the withdrawn one to end")
        assert one.states(other)[-1] == "running"
        freeze, _ = one.document(kind="freeze", by=["bob"], receipt="none", reason="stop")
        wait(lambda: one.states(other)[-1] == "cancelled", 10, "the freeze to end the other")
        assert one.process.wait(20) == 0
        again = one.task(["/bin/true"])
        one.work()
        assert one.runs(again)[-1]["code"] in ("frozen", "stale-status"), one.runs(again)
        one.status(revocation_version=1)
        again = one.task(["/bin/true"])
        one.work()
        assert one.runs(again)[-1]["code"] == "frozen", one.runs(again)
        one.document(kind="unfreeze", document=freeze, version=2, by=["alice"])
        one.document(kind="unfreeze", document=freeze, version=2)
        again = one.task(["/bin/true"])
        one.work()
        assert one.states(again)[-1] == "done", one.runs(again)
        assert [end.get("code") for end in one.runs(freeze) if end["run_state"] == "refused"] == ["too-few-signers"]


@test("while it cannot be read how far an update is, nothing begins")
def _():
    with machine() as one:
        mark = one.folder / "ran"
        update = one.state / "work/update"
        update.symlink_to(update)   # a circle: root cannot read it either
        document = one.task(["/usr/bin/touch", str(mark)])
        one.work()
        assert not mark.exists() and update.is_symlink() and one.states(document) == ["delivered"], one.runs(document)
        update.unlink()
        one.work()
        assert one.states(document)[-1] == "done" and mark.exists(), one.runs(document)


@test("without a status, or with an old one, nothing begins")
def _():
    with machine(stated=False) as one:
        one.set_policy(POLICY + "fresh_within = 2min\n")
        without = one.task(["/bin/true"])
        one.work()
        one.status(age_s=121)
        late = one.task(["/bin/true"])
        one.work()
        one.status(age_s=61)
        in_time, too_late = one.task(["/bin/true"]), one.task(["/bin/true"], fresh_within_s=60)
        one.work()
        for document in (without, late, too_late):
            assert one.runs(document)[-1].get("code") == "stale-status", one.runs(document)
        assert one.states(in_time)[-1] == "done", one.runs(in_time)


@test("two histories of the log stop everything, and are kept as evidence")
def _():
    with machine() as one:
        first = one.task(["/bin/true"])
        one.work()
        assert one.states(first)[-1] == "done"
        forked = one.task(["/bin/true"], receipt="fork")
        after = one.task(["/bin/true"])
        one.work()
        assert one.runs(forked)[-1]["code"] == "fork" and one.runs(after)[-1]["code"] == "fork", one.said
        assert "two histories" in one.activity()
        evidence = [next((one.state / "work").glob(f"fork.*.{number}")).read_text() for number in (1, 2)]
        lines = [text.splitlines() for text in evidence]
        assert lines[0][:2] == lines[1][:2] and lines[0][2] != lines[1][2], evidence
        told = [said for said in one.hear() if said["purpose"] == "remembered"][-1]
        assert told["forked"] and [told["held_checkpoint"], told["seen_checkpoint"]] == evidence, told
        # Local root may begin anew; the evidence stays.
        assert one.run("trust", "adopt", "sha256:" + one.trust["trust"]).returncode == 0
        one.status()
        again = one.task(["/bin/true"])
        one.work()
        assert one.states(again)[-1] == "done" and len(list((one.state / "work").glob("evidence.*"))) == 2


@test("the log is followed from receipt to receipt; one without the proof is refused, and the next one that has it heals that")
def _():
    with machine() as one:
        first = one.task(["/bin/true"])
        one.work()
        unproven, proven = one.task(["/bin/true"], twist="proof"), one.task(["/bin/true"])
        one.tell(do="checkpoint")
        one.work()
        assert [one.states(each)[-1] for each in (first, unproven, proven)] == ["done", "refused", "done"], one.said
        assert one.runs(unproven)[-1]["code"] == "no-consistency"
        told = [said for said in one.said if said["purpose"] == "remembered"]
        assert [int(said["size"]) for said in told] == [1, 3], told
        assert not any(said["forked"] for said in told) and not list((one.state / "work").glob("fork*"))


@test("a recurring task runs by its calendar while nobody is there; missed ones are skipped, or done once")
def _():
    with machine() as one:
        counts = {rule: one.folder / rule for rule in ("skip", "once")}
        every = {rule: one.task(script=f"echo x >> {count}", schedule={"calendar": "*:*:0/2", "zone": "Europe/Berlin", "missed": rule})
                 for rule, count in counts.items()}
        one.start()
        for count in counts.values():
            # The third begins when the second has been told.
            wait(lambda: count.exists() and len(count.read_text()) >= 6, 20, "three occurrences")
        one.process.terminate()
        assert one.process.wait(10) == 0
        for document in every.values():
            seen = [(end["occurrence"], end["run_state"]) for end in one.runs(document)]
            done = [occurrence for occurrence, state in seen if state == "done"]
            assert len(done) == len(set(done)) >= 2 and all(int(at) % 2000 == 0 for at in done), seen
            assert [end["run_state"] for end in one.chain(document)].count("done") == len(done)


@test("what the mail had no room for is told later, in the order of the chain, over kills")
def _():
    with machine() as one:
        count, full = one.folder / "count", one.state / "mail/out"
        document = one.task(script=f"echo x >> {count}", schedule={"calendar": "*:*:*", "zone": "UTC", "missed": "skip"})
        one.work_until(lambda: len(one.chain(document)) >= 1)
        fillers = [full / f"scheduler.{0:020}.{number:020}" for number in range(1, 8193)]
        for filler in fillers:
            filler.touch(0o600)
        began = len(count.read_text().split())
        for more in (2, 5):
            one.start()
            wait(lambda: len(count.read_text().split()) >= began + more, 20, "runs that cannot be told")
            one.process.kill()
            one.process.wait()
        for filler in fillers:
            filler.unlink()
        one.work_until(lambda: len(one.chain(document)) >= began + 5)


@test("killed at any moment, a task is begun at most once; what was cut off is told as interrupted")
def _():
    with machine() as one:
        count = one.folder / "count"
        outcomes = {}
        for step in range(0, 40, 4):
            document = one.task(script=f"echo {step} >> {count}; sleep 0.05; echo out")
            one.start()
            # Some before they are begun, the others behind that, however fast the machine is.
            if step % 8:
                wait(lambda: count.exists() and str(step) in count.read_text().split(), 10, "the task to begin", 0.002)
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(0.002 * step)
            one.process.kill()
            one.process.wait()
            one.work()
            states = [state for state in one.states(document) if state not in ("delivered", "running")]
            assert states and set(states) in ({"done"}, {"interrupted"}), (step, states)
            outcomes[states[0]] = outcomes.get(states[0], 0) + 1
        ran = count.read_text().split() if count.exists() else []
        assert len(ran) == len(set(ran)), ran
        assert outcomes.get("done") and outcomes.get("interrupted"), outcomes
        counters = [one["counter"] for one in one.said]
        assert counters == sorted(set(counters)), counters


@test("files by hash are waited for, compared, and laid out in a folder of the run's own that goes with it")
def _():
    with machine() as one:
        content = b"one line\n" * 1000
        sha256 = hashlib.sha256(content).hexdigest()
        files = [{"sha256": sha256, "bytes": len(content), "path": "data/lines.txt"}]
        document = one.task(["/bin/sh", "-c", "pwd; ls -ln data; wc -l < data/lines.txt; mkdir left; sleep 0"], user="nobody",
                            files=files)
        assert "out" in one.work() and one.states(document) == ["delivered"]
        assert (one.state / f"files/{sha256}.wanted").read_text() == str(len(content))
        (one.state / f"files/{sha256}").write_bytes(b"two" + content[3:])
        one.work()
        assert one.runs(document)[-1]["code"] == "bad-file", one.runs(document)
        document = one.task(["/bin/sh", "-c", "pwd; ls -ln data; wc -l < data/lines.txt; mkdir left"], user="nobody", files=files)
        one.work()
        (one.state / f"files/{sha256}").write_bytes(content)
        one.work()
        folder, _, listed, lines = one.output(document).strip().split("\n")
        assert lines == "1000" and listed.split()[2:5] == ["65534", "65534", "9000"], listed
        assert folder.startswith("/var/tmp/vedette-run-") and not pathlib.Path(folder).exists()
        assert not list((one.state / "files").iterdir())


@test("people are asked, and their no or their silence is one")
def _():
    with machine() as one:
        one.set_policy(POLICY + "consent = ask\nconsent_wait = 10s\n")
        yes, no = one.task(["/bin/true"]), one.task(["/bin/true"])
        one.start()
        wait(lambda: one.activity().count("asked") == 2, 10, "the questions")
        assert one.run("consent", "allow", yes[:8]).returncode == 0 and one.run("consent", "deny", no[:8]).returncode == 0
        wait(lambda: one.states(yes)[-1] == "done" and one.states(no)[-1] == "refused", 10, "both answers")
        assert one.runs(no)[-1]["code"] == "consent-denied"
        assert one.process.wait(20) == 0
        assert "allowed" in one.activity() and "denied" in one.activity()


@test("trust rotates forward by old and new signers only; a stop of the server needs no signature")
def _():
    with machine() as one:
        one.tell(do="rotate", by=["alice"], changed={})
        one.work()
        assert not (one.state / "work/trust/2").exists() and "too-few-signers" in one.activity()
        later = one.task(["/bin/true"], not_before=stamp(3000))
        one.work()
        assert one.states(later) == ["delivered"]
        one.tell(do="stop", document=later)
        one.work()
        assert one.states(later)[-1] == "cancelled" and "stopped" in one.activity()


@test("a service's new keys: what it sealed right behind the trust file that names them is read, wherever work is killed")
def _():
    with machine() as one:
        ran = one.folder / "ran"
        for step in range(0, 20, 2):
            names = [f"{step}-{place}" for place in ("before", "behind", "last")]
            tasks = [one.task(["/bin/sh", "-c", f"echo {names[0]} >> {ran}"])]
            one.tell(do="rotate", by=["alice", "bob"], changed={}, keys=True)
            tasks += [one.task(["/bin/sh", "-c", f"echo {name} >> {ran}"]) for name in names[1:]]
            one.start()
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(0.003 * step)
            one.process.kill()
            one.process.wait()
            one.work()
            states = [one.states(task)[-1] for task in tasks]
            assert set(states) <= {"done", "interrupted"}, (step, states, one.activity())
        began = ran.read_text().split()
        assert len(began) == len(set(began)) and len(began) >= 20, began
        stranger = one.task(["/bin/true"], twist="sender")
        one.work()
        assert not one.runs(stranger) and "unknown-sender" in one.activity()
        assert not list((one.state / "mail/in").iterdir())


@test("settings that people signed restrict what the owner permits, and never loosen it; the server cannot take them away")
def _():
    with machine() as one:
        place = {"targets": [{"fingerprint": one.trust["fingerprint"]}]}

        def setting(**changes):
            return one.document(kind="setting", **place | changes)[0]
        looser = setting(settings=[{"name": "time_limit", "value": "2h"}])
        owners = setting(settings=[{"name": "users", "value": "root"}])
        strict = setting(settings=[{"name": "scripts", "value": "off"}, {"name": "time_limit", "value": "10s"}])
        one.work()
        assert [one.runs(document)[-1]["code"] for document in (looser, owners)] == ["policy-setting"] * 2, one.said
        assert one.states(strict) == ["done"], one.said
        assert "  set " in one.activity() and "scripts = off, time_limit = 10s" in one.activity(), one.activity()
        script, long = one.task(script="true", timeout_s=5), one.task(timeout_s=11)
        one.tell(do="stop", document=strict)
        one.work()
        assert one.runs(script)[-1]["code"] == "policy-script" and one.runs(long)[-1]["code"] == "policy-time", one.said
        report = [said for said in one.hear() if said["purpose"] == "report"][-1]
        assert report["policy"]["scripts"] == "off", report
        # Its next version may permit again what the owner does.
        setting(document=strict, version=2, settings=[{"name": "time_limit", "value": "20s"}])
        after = one.task(script="true", timeout_s=15)
        one.work()
        assert one.states(after)[-1] == "done", one.runs(after)


@test("a move that people signed gives the machine to another tenant: what is for all of the old one is refused from then on")
def _():
    with machine() as one:
        def move(tenant, site, **changes):
            return one.document(kind="move", targets=[{"fingerprint": one.trust["fingerprint"]}], to_tenant=tenant, to_site=site,
                                **changes)[0]

        def for_all(tenant):
            return one.task(targets=None, tenant=tenant)
        one.set_policy("users = * root\n")
        refused = move("globex", "rome")
        one.work()
        assert one.runs(refused)[-1]["code"] == "policy-kind", one.said      # not unless the owner says so
        one.set_policy("users = * root\nkinds = task move\n")
        daily = one.task(targets=None, tenant="acme", schedule={"calendar": "*-*-* *:*:*", "zone": "UTC", "missed": "skip"},
                         expires=stamp(3))
        moved = move("globex", "rome")
        one.work()
        assert one.states(moved) == ["done"], one.said
        assert "acme/berlin to globex/rome" in one.activity(), one.activity()
        assert one.runs(daily)[-1]["code"] in ("not-a-target", "expired"), one.runs(daily)[-1]
        old, new = for_all("acme"), for_all("globex")
        held_back = move("acme", "berlin", made_at=stamp(-30))
        one.work()
        assert one.runs(old)[-1]["code"] == "not-a-target" and one.states(new)[-1] == "done", one.said
        assert one.runs(held_back)[-1]["code"] == "old-version", one.runs(held_back)


if __name__ == "__main__":
    main()
