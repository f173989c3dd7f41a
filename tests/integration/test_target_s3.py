#!/usr/bin/env python3
"""S3 targets, against a stand-in that verifies every signature (tests/s3_rig.py says what it is and is not)."""
import contextlib
import hashlib
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import main, test  # noqa: E402
from s3_rig import EMPTY, S3, signature  # noqa: E402
from target_rig import Cutter, Driver, check, garbage  # noqa: E402

NAME = "vedette1/17/s/{:064x}.p7m"
SEGMENT = garbage(3 << 20, 1)


@contextlib.contextmanager
def servers():
    with S3() as s3, Cutter(s3.port) as cutter:
        conf = s3.folder / "targets.conf"
        conf.write_text(
            s3.section("plain") + s3.section("cut", cutter.port) + s3.section("other-ca", cutter.port, ca="other")
            + s3.section("other-bucket", cutter.port, bucket="sold")
            + s3.section("owned", cutter.port, more=f"bucket_owner = {s3.owner}")
            + s3.section("not-owned", cutter.port, more="bucket_owner = 999999999999")
            + s3.section("locked", more="lock_days = 35"))
        conf.chmod(0o600)
        yield types.SimpleNamespace(s3=s3, cutter=cutter, conf=conf)


@test("the stand-in's idea of a signature is that of AWS's published examples")
def _(_):
    stamp, scope = "20130524T000000Z", "20130524/us-east-1/s3/aws4_request"
    host = {"host": "examplebucket.s3.amazonaws.com", "x-amz-date": stamp, "x-amz-content-sha256": EMPTY}
    put = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
    for method, path, query, more, payload, right in (
            ("GET", "/test.txt", [], {"range": "bytes=0-9"}, EMPTY,
             "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            ("PUT", "/test$file.text", [], {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
                                            "x-amz-content-sha256": put}, put,
             "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
            ("GET", "/", [("lifecycle", "")], {}, EMPTY, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("GET", "/", [("max-keys", "2"), ("prefix", "J")], {}, EMPTY,
             "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")):
        headers = host | more
        assert right == signature("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", method, path, query, headers, sorted(headers),
                                  payload, stamp, scope), path


@test("what is put is there once, whole, and comes back by any range")
def _(rig):
    with Driver(rig.conf, "plain") as target:
        assert target.greeting == "ready", target.greeting
        assert target.put(NAME.format(1), SEGMENT) == "done", target.reason
        assert target.moved == len(SEGMENT)
        before = rig.s3.body_bytes
        assert target.put(NAME.format(1), SEGMENT) == "exists", target.reason
        assert rig.s3.body_bytes == before              # refused before it was sent
        assert target.put(NAME.format(1), b"short") == "broken", target.reason
        assert target.get(NAME.format(1)) == SEGMENT
        assert target.get(NAME.format(1), 1 << 20, 70001) == SEGMENT[1 << 20:][:70001]
        assert target.get(NAME.format(1), 17 << 20, 1) == b""
        assert target.get(NAME.format(2)) == "absent"
        size, modified = target.find(NAME.format(1))
        assert size == len(SEGMENT) and modified > 1700000000
        assert target.find(NAME.format(2)) == "absent"
    assert list(rig.s3.objects) == ["some/where/" + NAME.format(1)]


@test("objects are listed page by page below a folder, and what is none of ours is not")
def _(rig):
    rig.s3.page_keys = 7
    with Driver(rig.conf, "plain") as target:
        names = {NAME.format(i): 1 + i % 7 for i in range(100, 130)}
        for name, count in names.items():
            assert target.put(name, b"x" * count) == "done", target.reason
        names[NAME.format(1)] = len(SEGMENT)
        stray = rig.s3.objects["some/where/" + NAME.format(1)]
        for key in ("some/where/a b&<\x01", "some/where/../x", "some/wherever", "elsewhere", "some/where/.hidden"):
            rig.s3.objects[key] = stray
        rig.s3.faults += [("GET", "busy"), ("GET", "busy")]
        assert target.list("vedette1/17/s/") == names
        assert target.list("/") == names
        assert target.list("vedette1/18/") == {}
        for rig.s3.endless in ("one page", "two by turns"):
            assert target.list("/") == "failed" and "without an end" in target.reason, target.reason
    rig.s3.page_keys, rig.s3.endless = 1000, None


@test("a wrong authority, bucket, owner or a redirection: nothing of ours is sent")
def _(rig):
    for name, limit in (("other-ca", 2000), ("other-bucket", 6000), ("not-owned", 6000)):
        before, bodies = rig.cutter.up_bytes, rig.s3.body_bytes
        with Driver(rig.conf, name) as target:
            assert target.put(NAME.format(3), SEGMENT) == "changed", (name, target.reason)
        assert rig.s3.body_bytes == bodies and rig.cutter.up_bytes - before < limit, (name, rig.cutter.up_bytes - before)
    with Driver(rig.conf, "owned") as target:
        assert target.put(NAME.format(3), SEGMENT) == "done", target.reason
        rig.s3.faults.append(("GET", "elsewhere"))
        assert target.get(NAME.format(3)) == "changed", target.reason


@test("a busy or broken server is asked again; one that lies is not believed; one whose answer was lost is not asked twice")
def _(rig):
    for number, fault in enumerate(("busy", "broken", "lie", "lie-well", "silent"), 10):
        name = NAME.format(number)
        with Driver(rig.conf, "plain") as target:
            rig.s3.faults.append(("PUT", fault))
            assert target.put(name, SEGMENT) == "done", (fault, target.reason)
            assert target.moved <= 2 * len(SEGMENT) and not rig.s3.faults, fault
            assert [version.data for version in rig.s3.objects["some/where/" + name]] == [SEGMENT]
            rig.s3.faults.append(("GET", "busy"))
            assert target.get(name) == SEGMENT


@test("a line that is cut is picked up again: at most the segment on its way is sent twice, and none fetched twice")
def _(rig):
    with Driver(rig.conf, "cut") as target:
        for at in (10, 1500, 1 << 20, (3 << 20) + 500):
            name, cuts = NAME.format(1000 + at), rig.cutter.cuts
            rig.cutter.cut(at)
            assert target.put(name, SEGMENT) == "done", target.reason
            assert target.moved <= 2 * len(SEGMENT)
            rig.cutter.cut(min(at, 3 << 20), upwards=False)
            assert target.get(name) == SEGMENT
            assert target.moved == len(SEGMENT) and rig.cutter.cuts == cuts + 2, (at, rig.cutter.cuts - cuts)


@test("the owner is told whether whoever takes over the machine could delete, replace or hide its backups")
def _(rig):
    status, said = check(rig.conf, "plain")
    assert status == 0 and (said["replace"], said["remove"], said["if_absent"]) == ("yes", "yes", True), said
    status, said = check(rig.conf, "locked")
    assert (said["replace"], said["remove"], said["write_once"]) == ("hide", "hide", False), said
    rig.s3.may_delete, rig.s3.must_be_conditional = False, True
    status, said = check(rig.conf, "locked")
    assert status == 0 and (said["replace"], said["remove"], said["write_once"]) == ("no", "no", True), said
    rig.s3.may_delete, rig.s3.must_be_conditional, rig.s3.conditional = True, False, False
    status, said = check(rig.conf, "plain")
    assert status == 0 and not said["if_absent"], said                # a server that ignores the condition
    with Driver(rig.conf, "plain") as target:
        assert target.put(NAME.format(1), SEGMENT) == "exists", target.reason
    rig.s3.conditional = True


@test("with Object Lock, who has the credential neither removes nor replaces; without, he removes every version")
def _(rig):
    with Driver(rig.conf, "locked") as target:
        assert target.put(NAME.format(20), SEGMENT) == "done", target.reason
        version, = rig.s3.objects["some/where/" + NAME.format(20)]
        assert version.mode == "COMPLIANCE" and 34.9 * 86400 < version.until - version.time < 35.1 * 86400
        assert target.remove(NAME.format(20)) == "refused", target.reason
        assert target.get(NAME.format(20)) == SEGMENT
        rig.s3.objects["some/where/" + NAME.format(1)].append(version)
        assert target.remove(NAME.format(1)) == "refused"
    with Driver(rig.conf, "plain") as target:
        assert target.remove(NAME.format(100)) == "done" and not rig.s3.objects["some/where/" + NAME.format(100)]
        assert target.remove(NAME.format(999)) == "done"
        rig.s3.may_delete = False
        assert target.remove(NAME.format(101)) == "refused"
        rig.s3.full = True
        assert target.put(NAME.format(21), b"x") == "full", target.reason
        rig.s3.secret = "another"
        assert target.put(NAME.format(21), b"x") == "refused", target.reason


main(servers)
