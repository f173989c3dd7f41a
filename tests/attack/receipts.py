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
