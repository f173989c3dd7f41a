"""What comes through the mail: envelopes that are none, others', our own, or sealed anew. The thief has the keys of the
scheduler and of backup, and carries all mail."""
import os

from attack.forge import FileKey, sha256
from attack.table import area

attack = area("Envelopes")


def brought(victim):
    """The body that brings a task that nothing is wrong with."""
    return {"dsse": victim.task().text}


@attack("noise", "random bytes, an empty file, a text", "bad-envelope")
def _(victim):
    return [os.urandom(2000), b"", b"run this\n"]


@attack("a bare document", "a document that is signed and not sealed", "bad-envelope")
def _(victim):
    return [victim.task().text.encode()]


@attack("signed and not sealed", "the inner half of an envelope", "bad-envelope")
def _(victim):
    return [victim.post.inner("document", brought(victim), skip=False)]


@attack("sealed and not signed", "the outer half around plain words", "bad-envelope")
def _(victim):
    return [victim.post.sealed(b"{}\n{}")]


@attack("cut off", "an envelope without its end, at every few hundred bytes", "bad-envelope")
def _(victim):
    whole = victim.post.envelope("document", brought(victim), skip=False)
    return [whole[:at] for at in range(1, len(whole), 300)]


@attack("altered", "an envelope with one bit turned, every few bytes of its keys, its ciphertext and its tag",
        ("bad-envelope", "wrong-recipient"))
def _(victim):
    whole = victim.post.envelope("document", brought(victim), skip=False)
    for at in [*range(44, 140, 5), *range(147, 224, 5), *range(257, 268, 2), *range(276, len(whole), 13)]:
        yield whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1:]


@attack("more behind it", "a whole envelope and some bytes", "bad-envelope")
def _(victim):
    return [victim.post.envelope("document", brought(victim), skip=False) + b"\0"]


@attack("too long", "an envelope of more than its 512 KiB", "too-large")
def _(victim):
    return [os.urandom((512 << 10) + 1)]


@attack("another agent's", "an envelope that the scheduler sealed for another agent", "wrong-recipient")
def _(victim):
    other = FileKey(victim.estate.forger, "p256")
    return [victim.post.sealed(victim.post.inner("document", brought(victim), skip=False), other.public)]


@attack("another agent's, sealed anew", "its signed half, sealed for this agent", "wrong-recipient")
def _(victim):
    other = sha256(b"another agent's key").hex()
    return [victim.post.envelope("document", brought(victim), skip=False, to=other)]


@attack("reflected", "the agent's own envelopes to the scheduler, sent back", "wrong-recipient")
def _(victim):
    return reports(victim)


@attack("reflected, sealed anew", "opened with the scheduler's key, and sealed for the agent", "unknown-sender")
def _(victim):
    opened = [victim.estate.forger.bytes("opened", one, key=victim.estate.server.scheduler_seal.pem) for one in reports(victim)]
    return [victim.post.sealed(one) for one in opened]


@attack("by nobody", "signed by a key that the trust file does not have", "unknown-sender")
def _(victim):
    return by(victim, FileKey(victim.estate.forger, "p256"))


@attack("in the scheduler's name", "signed by backup's key, and naming the scheduler as its sender", ("unknown-sender", "bad-signature"))
def _(victim):
    return by(victim, victim.estate.server.backup_sign, **{"from": victim.estate.server.scheduler_sign.keyid})


def reports(victim):
    """Some of what the agent has for the scheduler."""
    return [path.read_bytes() for path in sorted((victim.state / "mail/out").glob("scheduler.*"))[:3]]


def by(victim, sender, **head):
    victim.post.sender, before = sender, victim.post.sender
    try:
        inner = victim.post.inner("document", brought(victim), skip=False, **head)
    finally:
        victim.post.sender = before
    return [victim.post.sealed(inner)]


@attack("naming another sender", "signed by the scheduler, and naming backup as its sender", "bad-signature")
def _(victim):
    return [victim.post.envelope("document", brought(victim), skip=False,
                                 **{"from": victim.estate.server.backup_sign.keyid})]


@attack("another deployment's", "made for another deployment that has the same scheduler", "other-deployment")
def _(victim):
    return [victim.post.envelope("document", brought(victim), skip=False, deployment="0" * 32)]


@attack("of a wrong purpose", "what only agents say, what there is not: run, report, command, policy, update", "wrong-purpose")
def _(victim):
    for purpose in ("run", "report", "output", "command", "policy", "update", "../document"):
        yield victim.post.envelope(purpose, brought(victim), skip=False)


@attack("without a place", "counter and incarnation 0, negative, or of 20 digits", "bad-envelope")
def _(victim):
    for place in ({"counter": 0}, {"incarnation": 0}, {"counter": -1}, {"counter": 2**64}, {"counter": "1"}):
        yield victim.post.envelope("document", brought(victim), skip=False, **place)


@attack("a body of the wrong form", "no JSON, a list, a member too many, a member twice, nothing",
        ("bad-json", "unknown-field", "missing-field"))
def _(victim):
    for body in ("run this", "[]", {"dsse": "{}", "user": "root"}, '{"dsse": "{}", "dsse": "{}"}', {}):
        yield victim.post.envelope("document", body, skip=False)


@attack("a deep body", "50,000 objects in one another", "bad-json")
def _(victim):
    return [victim.post.envelope("document", '{"a":' * 50000 + "1" + "}" * 50000, skip=False)]


@attack("replayed", "an envelope that was dealt with, again and again", None)
def _(victim):
    envelope = victim.logged(victim.task(argv=["/bin/true"]))
    victim.bring(envelope)
    assert any("done" in line for line in victim.act())
    return [envelope]
