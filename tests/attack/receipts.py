"""The log: proofs that are none, and histories that cannot both be true. The thief has the log's key."""
import os

from attack.forge import Log, entry_of
from attack.table import area

attack = area("Receipts and the log")
LATER = "vedette.document.finished.v1"


def twisted(victim, twist, entry=None):
    """A task by two people whose receipt was good before twist(receipt) was made of it."""
    task = victim.task()
    told = entry or entry_of(task.sha256)
    return victim.document(task, told, twist(victim.estate.server.log.receipt(told)))


@attack("unlogged", "a task that two people signed, without a receipt", "no-receipt")
def _(victim):
    return [victim.document(victim.task())]


@attack("another log's receipt", "by a log of the thief's own, under another name", "bad-receipt")
def _(victim):
    own = Log(victim.estate.forger, os.urandom(32).hex(), "vedette/thief/ops")
    return [victim.logged(victim.task(), own)]


@attack("another log's receipt under the log's name", "the right origin, signed by another key", "bad-receipt")
def _(victim):
    own = Log(victim.estate.forger, os.urandom(32).hex(), victim.estate.server.log.origin)
    return [victim.logged(victim.task(), own)]


@attack("a receipt of another class", "by the log of class access, whose key is the same", "bad-receipt")
def _(victim):
    return [victim.logged(victim.task(), victim.estate.server.access_log)]


@attack("another document's receipt", "a receipt that holds, of a harmless task", "bad-receipt")
def _(victim):
    entry = entry_of(victim.task(argv=["/bin/true"]).sha256)
    return [victim.document(victim.task(), entry, victim.estate.server.log.receipt(entry))]


@attack("the right entry, another's proof", "an entry that the log does not hold, with a proof of one that it does", "bad-receipt")
def _(victim):
    task, harmless = victim.task(), entry_of(victim.task(argv=["/bin/true"]).sha256)
    return [victim.document(task, entry_of(task.sha256), victim.estate.server.log.receipt(harmless))]


@attack("an entry of another type", "the hash stands in an entry that is not about the logging of a document", "bad-receipt")
def _(victim):
    task = victim.task()
    entry = entry_of(task.sha256, type=LATER)
    return [victim.document(task, entry, victim.estate.server.log.receipt(entry))]


@attack("an altered entry", "one byte of the entry, behind what is looked at", "bad-receipt")
def _(victim):
    task = victim.task()
    entry = entry_of(task.sha256)
    receipt = victim.estate.server.log.receipt(entry)
    return [victim.document(task, entry[:-1] + " }", receipt)]


@attack("an altered proof", "each line of a receipt: gone, or turned by a few bits", "bad-receipt")
def _(victim):
    def without(lines, at):
        return lines[:at] + lines[at + 1:]

    def turned(lines, at):
        other = "B" if lines[at][-3:-2] == "A" else "A"
        return lines[:at] + [lines[at][:-3] + other + lines[at][-2:] if lines[at] else "x"] + lines[at + 1:]

    for change in (without, turned):
        for at in range(9):
            yield twisted(victim, lambda receipt: "\n".join(change(receipt.splitlines(), at)) + "\n")


@attack("a receipt that is cut off", "a receipt without its checkpoint, and an empty one", "bad-receipt")
def _(victim):
    yield twisted(victim, lambda receipt: receipt[:receipt.index("\n\n") + 2])
    yield twisted(victim, lambda receipt: "c2sp.org/tlog-proof@v1\n")


@attack("a huge index", "an entry beyond the log's end, and one of more digits than a number has", "bad-receipt")
def _(victim):
    for index in ("18446744073709551615", "9" * 40, "-1"):
        yield twisted(victim, lambda receipt, index=index: receipt.split("\n")[0] + f"\nindex {index}\n" +
                      "\n".join(receipt.split("\n")[2:]))


@attack("no witness", "a quorum of one is wanted, and nobody but the log has signed", "no-quorum", agent="quorum", witness=True)
def _(victim):
    return [victim.logged(victim.task())]


@attack("a forged witness", "a cosignature in the witness's name, by the thief's key", "bad-receipt", agent="quorum-forged",
        witness=True)
def _(victim):
    own = Log(victim.estate.forger, os.urandom(32).hex(), "witness.example")
    task = victim.task()
    entry = entry_of(task.sha256)
    receipt = victim.estate.server.log.receipt(entry)
    return [victim.document(task, entry, receipt + own.cosignature(receipt, victim.estate.witness))]


@attack("a second history", "two receipts by the log's own key under checkpoints of one size that differ", "fork", agent="forked")
def _(victim):
    log = victim.estate.server.log
    victim.bring(victim.logged(victim.task(argv=["/bin/true"])))
    assert any("done" in line for line in victim.act())
    task = victim.task()
    entry = entry_of(task.sha256)
    return [victim.document(task, entry, log.receipt(entry, again=True))]


@attack("after a second history", "the next task, by two people and with a receipt that holds", "fork", agent="forked")
def _(victim):
    return [victim.logged(victim.task())]


def remembering(victim):
    """The log as the thief has it, of which the agent has seen a part. Not of 2^n entries, nor one more: a proof from such a
    tree convinces nobody that it is another one."""
    log = victim.estate.server.log
    while min(size.bit_count() for size in (victim.remembered(), max(0, victim.remembered() - 1))) < 2:
        victim.bring(victim.logged(victim.task(argv=["/bin/true"])))
        assert any("done" in line for line in victim.act()), victim.trouble
    return log, victim.remembered()


def other_history(victim, proof):
    """A task that two people signed, in a log that parts from what the agent has seen; proof(log, remembered, size)."""
    log, seen = remembering(victim)
    other, task = log.fork(at=seen // 2), victim.task()
    entry = entry_of(task.sha256)
    receipt = other.receipt(entry)
    return [victim.document(task, entry, receipt, proof(other, seen, len(other.leaves)) or "none")]


@attack("a second history that is longer", "the log's own key signs a tree in which an old entry is another one, and proves that tree",
        "fork", agent="forked-longer")
def _(victim):
    return other_history(victim, lambda log, seen, size: log.consistency(seen, size))


@attack("after a longer history", "a receipt of the true log, which the thief goes on with", "fork", agent="forked-longer")
def _(victim):
    return [victim.logged(victim.task())]


@attack("a second history by a checkpoint alone", "the same, in what the server shows each day, without any task", "fork",
        agent="forked-daily")
def _(victim):
    log, seen = remembering(victim)
    other = log.fork(at=seen // 2)
    other.receipt(entry_of(os.urandom(32)))
    return [victim.post.envelope("checkpoint", {"cosigned_checkpoint": other.checkpoint(other.leaves),
                                                "consistency": other.consistency(seen, len(other.leaves))})]


@attack("a log rolled back", "an older tree than the agent has seen, of another history, with that history's own proof", "fork",
        agent="forked-older")
def _(victim):
    log, seen = remembering(victim)
    older = log.fork(at=0)
    older.leaves, task = older.leaves[:seen - 2], victim.task()
    entry = entry_of(task.sha256)
    receipt = older.receipt(entry)
    proof = log.consistency(len(older.leaves), seen)    # what the tree that the agent knows has to say of that size
    return [victim.document(task, entry, receipt, proof)]


@attack("a second history, unproven", "the same longer tree, without a proof", "no-consistency", agent="unproven")
def _(victim):
    return other_history(victim, lambda log, seen, size: None)


@attack("a second history behind a broken proof", "its proof cut off, turned by a bit, empty, of other sizes, of the true log",
        "no-consistency", agent="unproven")
def _(victim):
    log, seen = remembering(victim)

    def turned(proof):
        lines = proof.splitlines()
        return "\n".join(lines[:-1] + [("B" if lines[-1][0] == "A" else "A") + lines[-1][1:]]) + "\n"

    for twist in (lambda proof: "\n".join(proof.splitlines()[:-1]) + "\n", turned,
                  lambda proof: "\n".join(proof.splitlines()[:2]) + "\n", lambda proof: proof.replace("old ", "old 1", 1),
                  lambda proof: proof[:-5]):
        yield from other_history(victim, lambda log, seen, size, twist=twist: twist(log.consistency(seen, size)))
    yield from other_history(victim, lambda other, seen, size: (log.receipt(entry_of(os.urandom(32))),
                                                                log.consistency(seen, len(log.leaves)))[1])


@attack("an older log without a proof", "a receipt that holds, of a tree from before what the agent has seen", "no-consistency",
        agent="unproven")
def _(victim):
    log, seen = remembering(victim)
    older, task = log.fork(at=0), victim.task()
    older.leaves = log.leaves[:seen - 2]
    entry = entry_of(task.sha256)
    return [victim.document(task, entry, older.receipt(entry), "none")]
