"""Backups and restores: a server orders backups by plans that people signed, and may bring files back only where people said so. The
thief has the keys of backup and the log's."""
import json
import uuid

from attack.estate import DAY, stamp
from attack.forge import Post, Signed, entry_of_order, sha256
from attack.table import area

attack = area("Backups and restores")


def two(victim):
    return [victim.estate.people.alice, victim.estate.people.bob]


def plan(victim, by, **changes):
    members = {"targets": [{"fingerprint": victim.fingerprint}], "paths": ["/etc"], "target": "thief", "zone": "UTC",
               "classes": [{"class": "daily", "calendar": "02:00"}]}
    return Signed(victim.estate.head("backup-plan") | members | changes, by)


def restore(victim, by, **changes):
    members = {"targets": [{"fingerprint": victim.fingerprint}], "target": "thief", "backup": uuid.uuid4().hex,
               "commit_sha256": "ab" * 32, "into": "/root/.ssh", "user": "root", "consent": "none"}
    return Signed(victim.estate.head("restore") | members | changes, by)


def ordered(victim, document, logged=True, **changes):
    """An order by the backup service's own key, in a stream of its own, with a receipt that holds; logged=False: of another entry."""
    post = Post(victim.estate.forger, victim.estate.deployment, victim.estate.server.backup_sign, victim.seal.public)
    day = stamp()[:10]
    order = json.dumps({"deployment": victim.estate.deployment, "agent": 7, "fingerprint": victim.fingerprint,
                        "backup": uuid.uuid4().hex, "document": document, "document_version": 1, "backup_class": "daily", "slot": day,
                        "zone": "UTC", "kept_until": stamp(30 * DAY)[:10], "anchor": False, "ordered_at": stamp(),
                        "begin_by": stamp(3600), "expires": stamp(DAY)} | changes)
    entry = entry_of_order(sha256(order.encode() if logged else b"another order"))
    receipt = victim.estate.server.log.receipt(entry)
    return post.envelope("backup-order", {"order": order, "entry": entry, "receipt": receipt, "consistency": victim.growth(receipt)})


@attack("a plan that nobody signed", "a plan that backs /etc up to a target of the thief's, unsigned", "too-few-signers")
def _(victim):
    return [victim.logged(plan(victim, []))]


@attack("a plan by one person", "the same, where the trust file wants two", "too-few-signers")
def _(victim):
    return [victim.logged(plan(victim, two(victim)[:1]))]


@attack("a plan for other ways", "paths ../etc, /etc/../root and etc in a plan, signed by two people", "bad-document")
def _(victim):
    for path in ("../etc", "/etc/../root", "etc"):
        yield victim.logged(plan(victim, two(victim), paths=[path]))


@attack("an order by no plan", "the service's own key orders a backup by a plan that nobody signed, and logs it", "no-plan")
def _(victim):
    return [ordered(victim, uuid.uuid4().hex)]


@attack("an order that is not logged", "an order by the service's own key, with the receipt of another one", "bad-receipt")
def _(victim):
    return [ordered(victim, uuid.uuid4().hex, logged=False)]


@attack("an order that is none", "an order by the service's own key that has no last date", "bad-order")
def _(victim):
    return [ordered(victim, uuid.uuid4().hex, kept_until="never")]


@attack("a restore that nobody signed", "a restore into /root/.ssh, unsigned", "too-few-signers")
def _(victim):
    return [victim.logged(restore(victim, []))]


@attack("a restore by one person", "the same, where the trust file wants two", "too-few-signers")
def _(victim):
    return [victim.logged(restore(victim, two(victim)[1:]))]


@attack("a restore of another agent's", "a restore that two people signed for another agent", "not-a-target")
def _(victim):
    return [victim.logged(restore(victim, two(victim), targets=[{"fingerprint": "ab" * 32}]))]


@attack("a restore that leads elsewhere", "into ../root, /srv/../root and srv, signed by two people", "bad-document")
def _(victim):
    for into in ("../root", "/srv/../root", "srv"):
        yield victim.logged(restore(victim, two(victim), into=into))


@attack("a restore where the owner allows none", "the shipped policy, and a restore signed by two people", "policy-kind",
        policy="", agent="shipped")
def _(victim):
    return [victim.logged(restore(victim, two(victim), user="daemon"))]


@attack("a restore that is not logged", "a restore by two people, without a receipt", "no-receipt",
        policy="kinds = task restore\nusers = * root\n", agent="restores")
def _(victim):
    return [victim.document(restore(victim, two(victim)))]
