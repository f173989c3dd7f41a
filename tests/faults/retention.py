#!/usr/bin/python3
"""Retention: each rule broken on purpose, a million histories, ten thousand forged commits, 400 days of 100 machines.

    tests/faults/retention.py [mutants|histories|forged|days]… [COUNT [FIRST]]       COUNT histories, a million

A mutant is the source with one line changed, compiled in the place of the module; the histories of tests/prune must
notice. One that is not caught is a rule that nothing tests.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("VEDETTE_BUILD", "build")
MUTANT_HISTORIES = 5000
WORKERS, PIECE = 2, 10000

DATE, CORE, TRUST, STOP, PLAN = (
    "lib/repository/retention_date.c", "lib/repository/retention.c", "lib/repository/retention_trust.c",
    "lib/repository/retention_stop.c", "cli/prune/plan.c")

# Which rule is broken; where; what stands there; what stands there instead.
MUTANTS = (
    ("a date is over a day early", DATE, "(day + 1) * DAY_S", "day * DAY_S"),
    ("a date is over in UTC, whatever the zone", DATE, "int64_t end_s = midnight_s - span.offset_s;",
     "int64_t end_s = midnight_s;"),
    ("a date that ends twice ends once", DATE, "i < SPANS_MAX &&", "i < 0 &&"),
    ("31 January and three months are in May", DATE, "date.day < last ? date.day : last", "date.day"),
    ("a daily full is kept for 5 days", CORE, "[BACKUP_CLASS_DAILY] = { .days = 6 }", "[BACKUP_CLASS_DAILY] = { .days = 5 }"),
    ("a differential is kept for 27 days", CORE, "[BACKUP_CLASS_DIFFERENTIAL] = { .days = 28 }",
     "[BACKUP_CLASS_DIFFERENTIAL] = { .days = 27 }"),
    ("a weekly is kept for 2 months", CORE, ".months = 3", ".months = 2"),
    ("a server's is kept for 6 days", CORE, "[BACKUP_CLASS_SERVER] = { .days = 7 }", "[BACKUP_CLASS_SERVER] = { .days = 6 }"),
    ("access logs are kept for 91 days", CORE, ".days = 90", ".days = 91"),
    ("the date in the commit is not asked", CORE, "backup->kept_until > by_rule ? backup->kept_until : by_rule", "by_rule"),
    ("the date in the commit is believed", CORE, "backup->kept_until > by_rule ? backup->kept_until : by_rule",
     "backup->kept_until"),
    ("a commit may keep itself for ever", CORE, "until < most ? until : most", "until"),
    ("a base ends by its own date", CORE, "    outlive(&judging);\n", ""),
    ("what is kept does not keep its base", CORE, "    keep_bases(&judging);\n", ""),
    ("holds do not hold", CORE, "if (judging->all[i].held)", "if (false)"),
    ("two fulls are enough", CORE, ".fulls = 3", ".fulls = 2"),
    ("the last of a class may go", CORE, "if (best != NONE)", "if (false)"),
    ("a full that does not restore is on the floor", CORE, "if (!backup->verified || !retention_is_full(backup) ||",
     "if (!retention_is_full(backup) ||"),
    ("newest is what says so", CORE, "        return counts;\n    if (counts)\n        return one->stored_s > other->stored_s;",
     "        return one->slot > other->slot;\n    if (counts)\n        return one->slot > other->slot;"),
    ("the oldest fulls stay", CORE, "return one->stored_s > other->stored_s;", "return one->stored_s < other->stored_s;"),
    ("back-dated ones count", TRUST, "!backup->verified || !on_time(backup)", "!backup->verified"),
    ("unverified ones count", TRUST, "!backup->verified || !on_time(backup)", "!on_time(backup)"),
    ("each of a day counts", TRUST, "== before->days[full] ? RETENTION_PASSED", "== INT64_MAX ? RETENTION_PASSED"),
    ("empty ones count", TRUST, "full && before->full && is_small(backup, before, rules)", "false"),
    ("smallness is what the agent says", TRUST, "||\n           compare(backup->live_bytes", "&&\n           compare(backup->live_bytes"),
    ("what a server writes of itself is doubted", TRUST, "return steady && compare(", "return compare("),
    ("a differential is a full", TRUST, "!*backup->base && backup->class != BACKUP_CLASS_DIFFERENTIAL && ", ""),
    ("all sets have one floor", CORE, "!retention_is_full(backup) || retention_set_of(backup->class) != set",
     "!retention_is_full(backup)"),
    ("what is condemned from tomorrow on stays so", CORE, "if (!condemned_s || condemned_s > now_s)", "if (!condemned_s)"),
    ("much changed ones count", TRUST, "before->full && is_changed(backup, rules)", "false"),
    ("what was found once is forgotten", PLAN, ": prune_memory_weight(planning->memory, backup->backup)", ": RETENTION_UNWEIGHED"),
    ("distrust is not heard", PLAN, "? RETENTION_PASSED", "? RETENTION_UNWEIGHED"),
    ("condemned for 48 hours", CORE, ".condemned_h = 72", ".condemned_h = 48"),
    ("condemned for ten minutes less", CORE, "condemned_h * 3600 ?", "condemned_h * 3600 - 600 ?"),
    ("condemned for 96 hours", CORE, ".condemned_h = 72", ".condemned_h = 96"),
    ("nothing is condemned first", CORE, "if (!condemned_s || condemned_s > now_s)\n        return RETENTION_CONDEMN;",
     "if (!condemned_s || condemned_s > now_s)\n        return RETENTION_DELETE;"),
    ("condemned begins anew with each run", PLAN, "step == RETENTION_CONDEMN ? planning->now_s",
     "step != RETENTION_DELETE ? planning->now_s"),
    ("bases go first", PLAN, "if (steps[i] == RETENTION_DELETE && !planning->needed_by[i])",
     "if (steps[i] == RETENTION_DELETE && (planning->needed_by[i] = 0, true))"),
    ("a base does not wait", PLAN, "    wait_for_needy(planning);\n", ""),
    ("objects of kept backups are garbage", PLAN, "marks |= NEEDED;", "marks |= 0;"),
    ("objects go before their commits", PLAN, "step == RETENTION_DELETE && planning->marks[i] & STAYING ? RETENTION_WAIT : step", "step"),
    ("garbage stays", PLAN, "bool due = !any_unread && !(planning->marks[i] & NEEDED);", "bool due = false;"),
    ("any number goes at once", STOP, "return deleted > 1 && deleted * 100 > all * rules->deleted_percent;", "return false;"),
    ("doubts stop nothing", PLAN, "plan->verdicts[i].weight > RETENTION_PASSED &&", "false &&"),
    ("a clock may jump forward", STOP, "return went_s > most_s + allowed_s ? went_s - most_s : 0;", "return 0;"),
    ("a clock may jump while the machine is off", STOP, "least_s + RETENTION_ABSENT_S : least_s", "INT64_MAX / 2 : least_s"),
    ("the first clock is right", STOP, "return outside(rules, now->wall_s - newest_stored_s, 0, RETENTION_ABSENT_S);", "return 0;"),
)
# As everything else is built (make san).
FLAGS = (os.environ.get("SANITIZE", "") + " " + os.environ.get("LDFLAGS", "")).split()
LIBRARIES = ["-lsodium", "-ljansson", "-lcrypto", "-lzstd", "-lm"]


def compile_mutant(folder, number, path, old, new):
    text = (ROOT / path).read_text()
    found = text.count(old)
    if found != 1:
        raise SystemExit(f"{path} has {found} times what a mutant changes: {old}")
    source, program = folder / f"{number}.c", folder / f"{number}"
    source.write_text(text.replace(old, new))
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-std=gnu17", "-O1", *FLAGS, "-I", ROOT, "-I", BUILD / "contract", "-o", program, source,
                    BUILD / "tests/prune/histories.o", BUILD / "libvedette-cli.a", BUILD / "libvedette.a", *LIBRARIES], check=True)
    return program


def catch(folder, number, row):
    """Which history noticed the mutant, and by what; None: none."""
    name, path, old, new = row
    program = compile_mutant(folder, number, path, old, new)
    done = subprocess.run([program, str(MUTANT_HISTORIES), "1", "1"], capture_output=True, text=True, timeout=1200)
    program.unlink()
    first = done.stdout.splitlines()[:1]
    return first[0] if done.returncode == 1 and first else f"ended with {done.returncode}" if done.returncode else None


def mutants(rows=MUTANTS):
    """How many of them nothing noticed."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="vedette-mutants-") as folder, \
            concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        waited = [pool.submit(catch, pathlib.Path(folder), number, row) for number, row in enumerate(rows)]
        for row, one in zip(rows, waited):
            caught = one.result()
            missed += caught is None
            print(f"# {row[0]:46} {caught or 'NOT CAUGHT'}", flush=True)
    print(f"# mutants: {len(rows) - missed} caught, {missed} not", flush=True)
    return missed


def live(piece):
    first, count = piece
    return first, subprocess.run([BUILD / "tests/prune/histories", str(count), str(first)], stdout=subprocess.PIPE, text=True)


def histories(count, first):
    """In pieces, so that what is done is known."""
    pieces = [(first + at, min(PIECE, count - at)) for at in range(0, count, PIECE)]
    broken = 0
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for begin, done in pool.map(live, pieces):
            print(f"# from {begin}: {done.stdout}", end="", flush=True)
            broken += done.returncode != 0
    print(f"# histories: {count}, pieces with a broken one: {broken}", flush=True)
    return broken


def forged():
    return subprocess.run(["/usr/bin/python3", ROOT / "tests/integration/test_prune.py", "rooted"],
                          env=os.environ | {"FORGED": "10000"}).returncode


def days():
    return subprocess.run([BUILD / "tests/prune/days"]).returncode


def main():
    words = [word for word in sys.argv[1:] if not word.isdigit()] or ["mutants", "histories", "forged", "days"]
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    failed = 0
    for word in words:
        if word == "histories":
            failed += histories(numbers[0] if numbers else 1000000, numbers[1] if numbers[1:] else 1)
        else:
            failed += {"mutants": mutants, "forged": forged, "days": days}[word]()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
