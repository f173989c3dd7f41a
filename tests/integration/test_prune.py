#!/usr/bin/python3
"""`vedette prune` and `vedette backup preview` in a target that is a folder."""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, main, test     # noqa: E402
from prune_rig import Repository          # noqa: E402

FORGED = int(os.environ.get("FORGED", "60"))      # tests/faults/retention.py: 10,000


@test("what is over is condemned, waits for 72 hours, and goes with what only it listed; the rest stays to the byte")
def _():
    with Repository() as repository:
        made = [repository.line(17, ago) for ago in range(12, -1, -1)]
        repository.make(line for _, line in made)
        old = [name for name, _ in made[:5]]                    # kept until six days after their slot
        before = repository.objects()
        found, _ = repository.run("--dry-run")
        assert {one["backup"] for one in found[17]["steps"]} >= set(old[:-1]), found
        assert not (repository.root / "rules.state").exists()
        found, _ = repository.run()
        condemned = {one["backup"] for one in found[17]["steps"] if one["step"] == "condemn"}
        assert condemned >= set(old[:-1]) and repository.objects() == before
        repository.age(71)
        assert repository.run()[0][17]["removed"] == 0 and repository.objects() == before
        repository.age(1)
        found, _ = repository.run(status=6)                     # 5 of 13 are more than a fifth
        assert found[17]["stop"] == "many-backups" and repository.objects() == before
        repository.run("--confirm", "0" * 16, status=6)
        found, _ = repository.run("--confirm", found[17]["confirm"])
        gone = before - repository.objects()
        expected = {f"vedette1/17/{kind}" for name in condemned for kind in (f"c/{name}.p7s", f"m/{name}.p7m")}
        assert gone >= expected and len(gone) == 3 * len(condemned), gone   # and a segment of its own each
        assert repository.run()[0][17]["removed"] == 0


@test("floors and holds: three fulls stay for ever, and what a line holds")
def _():
    with Repository() as repository:
        made = [repository.line(17, ago) for ago in range(105, 100, -1)]
        repository.make(line for _, line in made)
        fresh = repository.line(18, 0)
        repository.make([fresh[1]])
        repository.say(f"hold = 17/{made[0][0]}\n")
        repository.run()
        repository.age(72)
        repository.run()
        assert repository.commits(17) == {made[i][0] for i in (0, 2, 3, 4)}


@test("a rooted agent writes thousands of commits, back-dated, of the future, empty: no good backup goes")
def _():
    with Repository() as repository:
        made = [repository.line(17, ago) for ago in range(60, 55, -1)]
        repository.make(line for _, line in made)
        repository.run("--confirm", "clock")
        forged = []
        for i in range(FORGED):
            ago, segments = [(400, None), (-300, None), (0, []), (30, None), (0, None)][i % 5]
            forged.append(repository.line(17, ago, stored_ago=0, segments=segments or ["shared:900000"],
                                          changed=900 if i % 5 == 4 else 10)[1])
        repository.make(forged)
        for _ in range(2):
            found, _ = repository.run(status=6)
            assert found[17]["stop"] == "doubtful-backup"
            repository.age(200)
        assert repository.commits(17) >= {name for name, _ in made}
        # With each doubt answered the forged ones go, and the newest good ones stay.
        doubtful = [line.split()[1] for line in forged]
        repository.say("".join(f"distrust = 17/{name}\n" for name in doubtful))
        found, _ = repository.run(status=6)
        assert found[17]["stop"] == "many-backups"
        repository.run("--confirm", found[17]["confirm"])
        assert repository.commits(17) >= {name for name, _ in made[2:]}


@test("a base stays as long as what needs it; garbage goes after 72 hours; an unread commit keeps all garbage")
def _():
    with Repository() as repository:
        base = repository.line(17, 12, "daily")
        fulls = [repository.line(17, ago) for ago in range(3, -1, -1)]
        needy = repository.line(17, 9, "differential", base=base[0])
        repository.make([base[1], needy[1], *(line for _, line in fulls)])
        garbage = repository.target / "vedette1/17/s" / ("ab" * 32 + ".p7m")
        garbage.write_bytes(b"x" * 1000)
        unread = repository.target / "vedette1/17/c" / ("cd" * 16 + ".p7s")
        unread.write_bytes(b"no commit")
        repository.run(status=6)
        repository.age(80)
        found, _ = repository.run(status=6)
        assert found[17]["unread"] == 1 and garbage.exists() and unread.exists()
        repository.say(f"discard = 17/{'cd' * 16}\n")
        repository.run(status=6)
        repository.age(80)
        repository.run(status=6)
        assert not garbage.exists() and not unread.exists()
        assert base[0] in repository.commits(17)
        repository.run()


@test("a clock that jumped stops everything until it is right again, or a person says that it is")
def _():
    with Repository() as repository:
        repository.make(repository.line(17, ago)[1] for ago in range(7, -1, -1))
        repository.run()
        repository.age(80)
        before = repository.objects()
        for shift_s in (-7200, 7200, -10 * 365 * 86400, 10 * 365 * 86400):
            repository.clock(shift_s)
            _, said = repository.run(status=6)
            assert "clock-jumped" in said and f"{abs(shift_s) / 3600:.0f}." in said, said
            repository.clock(-shift_s)
        assert repository.objects() == before
        repository.clock(-7200)
        repository.run("--confirm", "clock")        # how long it has been condemned, nobody knows now
        assert repository.objects() == before
        repository.age(72)
        repository.run()
        assert repository.objects() != before


@test("a doubt about one machine leaves the others to the pruner")
def _():
    with Repository() as repository:
        repository.make([repository.line(17, ago)[1] for ago in range(3, -1, -1)] +
                        [repository.line(17, 0, segments=["next to nothing:1000"])[1]] +
                        [repository.line(18, ago)[1] for ago in range(7, -1, -1)])
        found, _ = repository.run(status=6)
        assert found[17]["stop"] == "doubtful-backup" and not found[18]["stop"]
        repository.age(72)
        found, _ = repository.run(status=6)
        assert found[18]["removed"] > 0 and found[17]["removed"] == 0


@test("rules that cannot be understood are told with file, line, key and range, and nothing runs")
def _():
    with Repository() as repository:
        repository.make([repository.line(17, 0)[1]])
        repository.say("# mine\nnewest_fulls = 1\n")
        done = subprocess.run([BUILD / "vedette", "prune", repository.target, "--rules", repository.rules],
                              capture_output=True, text=True)
        assert done.returncode == 4 and "rules:2: newest_fulls must be a whole number from 3 to 64" in done.stderr
        repository.rules.chmod(0o666)
        done = subprocess.run([BUILD / "vedette", "prune", repository.target, "--rules", repository.rules],
                              capture_output=True, text=True)
        assert done.returncode == 4 and "loose-permissions" in done.stderr


@test("killed at any moment it leaves no commit whose objects are gone, and the next run finishes")
def _():
    with Repository() as repository:
        lines = []
        for ago in range(24, -1, -1):
            lines.append(repository.line(17, ago, segments=["shared:900000", f"{ago}a:60000", f"{ago}b:40000"])[1])
        repository.make(lines)
        found, _ = repository.run()
        repository.age(72)
        found, _ = repository.run(status=6)
        confirm = found[17]["confirm"]
        for delay_s in (0.01, 0.02, 0.03, 0.05):
            process = subprocess.Popen([BUILD / "vedette", "prune", repository.target, "--rules", repository.rules,
                                        "--confirm", confirm], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay_s)         # a moment, whichever
            process.send_signal(signal.SIGKILL)
            process.wait()
            shown = repository.preview(-1)
            listed = {name for name in shown}
            assert listed == repository.commits(17)
        found, _ = repository.run("--dry-run", status=(0, 6))   # as much as the kills left it to do may want a word again
        if found[17]["stop"]:
            found, _ = repository.run("--confirm", found[17]["confirm"])
        left = repository.commits(17)
        for name in left:
            assert (repository.target / f"vedette1/17/m/{name}.p7m").exists()
        assert len(left) <= 8


@test("preview says what will be gone by a date, why, and what will be kept")
def _():
    with Repository() as repository:
        weekly = repository.line(17, 5, "weekly")
        dailies = [repository.line(17, ago) for ago in range(4, -1, -1)]
        repository.make([weekly[1], *(line for _, line in dailies)])
        shown = repository.preview(-20)
        assert shown[dailies[0][0]]["then"] == "gone" and shown[dailies[0][0]]["why"] == "due"
        assert shown[weekly[0]]["then"] == "kept" and shown[weekly[0]]["why"] == "date"
        assert [shown[name]["why"] for name, _ in dailies[2:]] == ["newest-fulls"] * 3
        shown = repository.preview(-1)
        assert all(one["then"] == "kept" for one in shown.values())
        assert set(os.listdir(repository.root)) == {"target", "rules"}


main()
