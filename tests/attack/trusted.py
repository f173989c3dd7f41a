"""Who is believed: trust files, statuses, revocations, freezes."""
import pathlib
import time

from attack.estate import DAY, People, scratch, stamp
from attack.forge import Signed
from attack.table import area
from harness import wait

attack = area("Trust, status, revocation, freeze")


def people(victim):
    return victim.estate.people


def rotation(victim, by, **changes):
    return [victim.document(victim.estate.trust_file(2, by, **changes))]


@attack("a trust file of the thief's own", "version 2, which names and is signed by the thief's people", "too-few-signers")
def _(victim):
    own = People(victim.estate.forger, scratch())
    return rotation(victim, [own.alice, own.bob], owners=own)


@attack("a rotation by one person", "version 2 with the thief's key in it, signed by one of two", "too-few-signers")
def _(victim):
    return rotation(victim, [people(victim).alice])


@attack("a lowered threshold", "version 2 in which one person is enough, signed by one", "too-few-signers")
def _(victim):
    return rotation(victim, [people(victim).bob], thresholds=[{"kind": "task", "signers": 1}, {"kind": "trust", "signers": 1}])


@attack("another first trust file", "version 1 anew, with other people", "too-few-signers")
def _(victim):
    own = People(victim.estate.forger, scratch())
    return [victim.document(victim.estate.trust_file(1, [own.alice, own.bob], owners=own))]


@attack("a version left out", "version 3 after version 1, signed by two", "missing-version")
def _(victim):
    return [victim.document(victim.estate.trust_file(3, [people(victim).alice, people(victim).bob]))]


@attack("a trust file of another history", "version 2 that follows another version 1, signed by two", "fork")
def _(victim):
    return rotation(victim, [people(victim).alice, people(victim).bob], previous="0" * 64)


@attack("a passkey on the portal's page", "version 2 with a passkey whose page is the portal's, signed by two", "bad-trust")
def _(victim):
    key = people(victim).carol.member | {"rp_id": "portal.example", "origin": "https://portal.example"}
    return rotation(victim, [people(victim).alice, people(victim).bob], people=[{"name": "carol", "keys": [key]}],
                    thresholds=[{"kind": "trust", "signers": 1}])


@attack("one key of two people", "version 2 in which alice's key is bob's as well, signed by two", "bad-trust")
def _(victim):
    key = people(victim).alice.member
    return rotation(victim, [people(victim).alice, people(victim).bob], thresholds=[{"kind": "trust", "signers": 2}],
                    people=[{"name": "alice", "keys": [key]}, {"name": "bob", "keys": [key]}])


@attack("a status by somebody else", "signed by a person and by the log's owner, not by the status key", "too-few-signers")
def _(victim):
    return [victim.document(victim.estate.status(by=people(victim).alice))]


@attack("a status from the future", "by a stolen status key, a year ahead: it would keep for ever", "not-yet")
def _(victim):
    return [victim.document(victim.estate.status(-365 * DAY))]


@attack("a status by a stolen key", "the status key, stolen and revoked, says that nothing is newer", "too-few-signers",
        agent="revoked-status")
def _(victim):
    revoke(victim, keys=[people(victim).status.keyid])
    return [victim.document(victim.estate.status(revocation_version=1))]


@attack("a task by a stolen key's status", "two people's task, when the newest status is by a key that was revoked since",
        "stale-status", agent="revoked-fresh")
def _(victim):
    revoke(victim, keys=[people(victim).status.keyid])
    return [victim.logged(victim.task())]


@attack("the last status for ever", "by a stolen status key, with the highest version that there is", "bad-document")
def _(victim):
    return [victim.document(victim.estate.status(version=2**32 - 1))]


@attack("time pushed ahead", "a second status by a stolen status key, a day ahead of the one before, that was a day ahead", "not-yet",
        agent="pushed")
def _(victim):
    victim.bring(victim.document(victim.estate.status(-DAY + 60)))
    assert victim.act() == []
    return [victim.document(victim.estate.status(-2 * DAY + 60))]


@attack("an older status", "signed, but made before the one that the agent has", "old-version")
def _(victim):
    return [victim.document(victim.estate.status(DAY, version=1))]


@attack("statuses withheld", "no status for 8 days; then a task that two people signed", "stale-status", status_age_s=8 * DAY,
        agent="stale")
def _(victim):
    return [victim.logged(victim.task())]


@attack("statuses withheld, the clock put back", "the machine's clock is kept at the newest status's time; it has run for longer since than a status is fresh",
        "stale-status", agent="put-back")
def _(victim):
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    running_ms = int(float(pathlib.Path("/proc/uptime").read_text().split()[0]) * 1000)
    victim.keep(victim.work / "time", f"{int((time.time() + DAY / 2) * 1000)} {running_ms} {boot}\n")
    return [victim.logged(victim.task(fresh_within_s=3600))]


@attack("a revocation withheld", "the newest status knows of a revocation that did not come", "stale-status", agent="withheld")
def _(victim):
    victim.bring(victim.document(victim.estate.status(revocation_version=1)))
    assert victim.act() == []
    return [victim.logged(victim.task())]


@attack("a rotation withheld", "the newest status knows of a trust file that did not come", "stale-status", agent="unrotated")
def _(victim):
    victim.bring(victim.document(victim.estate.status(trust_version=2)))
    assert victim.act() == []
    return [victim.logged(victim.task())]


@attack("a freeze withheld", "the newest status says that a freeze is in force, which did not come", "frozen", agent="unfrozen")
def _(victim):
    victim.bring(victim.document(victim.estate.status(frozen=True)))
    assert victim.act() == []
    return [victim.logged(victim.task())]


def revoke(victim, **members):
    document = Signed(victim.estate.head("revocation") | members, [people(victim).alice])
    victim.bring(victim.document(document), victim.document(victim.estate.status(revocation_version=1)))
    assert any("revokes" in line for line in victim.act())


@attack("a revoked task", "one that was signed before it was revoked", "revoked", agent="revoked")
def _(victim):
    task = victim.task()
    revoke(victim, documents=[{"document": task.id}])
    return [victim.logged(task)]


@attack("a revoked key", "a task signed by two, the key of one of them stolen and revoked", "too-few-signers", agent="revoked-key")
def _(victim):
    revoke(victim, keys=[people(victim).bob.keyid])
    return [victim.logged(victim.task())]


@attack("a rotation by a revoked key", "version 2 of the trust file, signed by two, one with a revoked key", "too-few-signers",
        agent="revoked-rotation")
def _(victim):
    revoke(victim, keys=[people(victim).bob.keyid])
    return rotation(victim, [people(victim).alice, people(victim).bob])


@attack("a revocation that forgets", "version 2 of the revocation without what version 1 revoked", "fork", agent="forgetful")
def _(victim):
    revoke(victim, keys=[people(victim).bob.keyid])
    other = victim.estate.head("revocation", version=2) | {"keys": [people(victim).dave.keyid]}
    return [victim.document(Signed(other, [people(victim).carol]))]


@attack("a revocation by nobody", "signed by the thief, so that the owners' documents were good no more", "too-few-signers")
def _(victim):
    members = {"keys": [people(victim).alice.keyid]}
    return [victim.document(Signed(victim.estate.head("revocation") | members, [victim.estate.server.scheduler_sign]))]


def freeze(victim, **changes):
    document = Signed(victim.estate.head("freeze") | changes, [people(victim).carol])
    victim.bring(victim.document(document))
    assert any("accepted" in line for line in victim.act())
    return document


def unfreeze(victim, frozen, by, **changes):
    return Signed(victim.estate.head("unfreeze", document=frozen.id, version=2) | changes, by)


@attack("a task while a freeze is in force", "signed by two, and logged", "frozen", agent="frozen")
def _(victim):
    freeze(victim)
    return [victim.logged(victim.task())]


@attack("a task after a freeze has run out", "the freeze's own expiry is over, and nobody has unfrozen", "frozen", agent="thawed")
def _(victim):
    expires = stamp(1)
    freeze(victim, expires=expires)
    wait(lambda: stamp() > expires)
    return [victim.logged(victim.task())]


@attack("unfrozen by one", "an unfreezing that one person signed, where two are wanted", "too-few-signers", agent="unfreeze-one")
def _(victim):
    return [victim.logged(unfreeze(victim, freeze(victim), [people(victim).carol]))]


@attack("unfrozen unlogged", "an unfreezing by two people, without a receipt", "no-receipt", agent="unfreeze-unlogged")
def _(victim):
    return [victim.document(unfreeze(victim, freeze(victim), [people(victim).carol, people(victim).bob]))]


@attack("unfrozen before its time", "an unfreezing by two people that is not good before tomorrow, and unlogged", "not-yet",
        agent="unfreeze-early")
def _(victim):
    later = unfreeze(victim, freeze(victim), [people(victim).carol, people(victim).bob], not_before=stamp(DAY),
                     expires=stamp(2 * DAY))
    return [victim.document(later)]


@attack("frozen backwards", "the freeze comes again after it was unfrozen, then the unfreezing of an older one", "old-version",
        agent="refrozen")
def _(victim):
    frozen = freeze(victim)
    victim.bring(victim.logged(unfreeze(victim, frozen, [people(victim).carol, people(victim).bob])))
    assert any("accepted" in line for line in victim.act())
    return [victim.document(frozen)]
