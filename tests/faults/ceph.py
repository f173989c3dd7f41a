#!/usr/bin/python3
"""Targets against a real S3 server, Ceph's gateway (tests/ceph_rig.py).

    tests/faults/ceph.py [CUTS [SEED]]

What the stand-in of tests/s3_rig.py promises is asked of it: signatures, conditional puts, pages, versions, Object Lock; and
its line is cut, as tests/faults/targets.py has it.
"""
import collections
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ceph_rig import Ceph, is_there             # noqa: E402
from faults import main                         # noqa: E402
from target_rig import Cutter, Driver, check, garbage       # noqa: E402
from targets import WRONG, cut_puts             # noqa: E402

NAME = "vedette1/16/s/{:064x}.p7m"
SEGMENT = garbage(16 << 20, 1)


def calls(conf):
    with Driver(conf, "plain") as target:
        assert target.put(NAME.format(1), SEGMENT) == "done", target.reason
        assert target.put(NAME.format(1), SEGMENT) == "exists", target.reason
        assert target.put(NAME.format(1), b"short") == "broken", target.reason
        assert target.get(NAME.format(1)) == SEGMENT
        assert target.get(NAME.format(1), 5 << 20, 70001) == SEGMENT[5 << 20:][:70001]
        assert target.get(NAME.format(1), 17 << 20, 1) == b"" and target.get(NAME.format(2)) == "absent"
        names = {f"vedette1/18/s/{i:064x}.p7m": 1 + i % 7 for i in range(1100)}     # more than a page
        for name, count in names.items():
            assert target.put(name, b"x" * count) == "done", target.reason
        assert target.list("vedette1/18/") == names
        for name in list(names)[:5]:
            assert target.remove(name) == "done", target.reason
            del names[name]
        assert target.list("vedette1/18/s/") == names
    with Driver(conf, "gone") as target:
        assert target.put(NAME.format(1), SEGMENT) == "changed" and target.moved == 0, target.reason
    with Driver(conf, "stranger") as target:
        assert target.put(NAME.format(1), SEGMENT) == "refused" and target.moved == 0, target.reason


def locks(conf):
    with Driver(conf, "locked") as target:
        assert target.put(NAME.format(1), SEGMENT) == "done", target.reason
        assert target.put(NAME.format(1), SEGMENT) == "exists", target.reason
        assert target.put(NAME.format(1), b"short") == "broken", target.reason
        assert target.remove(NAME.format(1)) == "refused", target.reason
        assert target.get(NAME.format(1)) == SEGMENT
    for name, right in (("plain", ("yes", "yes", True)), ("locked", ("hide", "hide", False))):
        status, said = check(conf, name)
        assert status == 0 and (said["replace"], said["remove"], said["if_absent"]) == right, said


def cuts(conf, cutter, wanted, seed):
    counts = collections.Counter()
    with Driver(conf, "cut", 60000) as target, Driver(conf, "plain") as direct:
        cut_puts(target, cutter, direct.get, wanted, random.Random(seed), counts)
    assert not any(counts[what] for what in WRONG), counts
    return counts


def run(wanted, seed):
    with Ceph() as ceph, Cutter(ceph.port) as cutter:
        assert ceph.curl("PUT", "backups") == "200"
        assert ceph.curl("PUT", "locked", "-H", "x-amz-bucket-object-lock-enabled: true") == "200"
        conf, stranger = ceph.folder / "targets.conf", ceph.folder / "stranger"
        stranger.write_text("access_key = AKIDTEST\nsecret_key = another\n")
        stranger.chmod(0o600)
        conf.write_text(ceph.section("plain", "backups") + ceph.section("cut", "backups", cutter.port)
                        + ceph.section("locked", "locked", more="lock_days = 35") + ceph.section("gone", "nobodys")
                        + ceph.section("stranger", "backups").replace(str(ceph.credentials), str(stranger)))
        conf.chmod(0o600)
        calls(conf)
        locks(conf)
        return cuts(conf, cutter, wanted, seed)


if __name__ == "__main__":
    if not is_there():
        print("skipped: ./bootstrap deps --bench unpacks Ceph")
        sys.exit(0)
    main(run, 100)
