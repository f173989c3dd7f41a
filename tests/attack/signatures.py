"""Documents that nobody signed, or not enough, or not for this."""
import json
import os
import uuid

from attack.estate import stamp
from attack.forge import FileKey, Signed, b64, b64url, pae_of, type_of
from attack.table import area

attack = area("Signatures")


def forge(victim, signatures=(), by=(), **changes):
    """A task by the thief: real signatures of `by`, and these besides."""
    task = victim.task(by=by, **changes)
    task.signatures += signatures
    return [victim.logged(task)]


def people(victim):
    return victim.estate.people


@attack("unsigned", "a task without any signature", "too-few-signers")
def _(victim):
    return forge(victim)


@attack("forged", "random bytes as the signatures of two people", "bad-signature")
def _(victim):
    return forge(victim, [(people(victim).alice.keyid, os.urandom(64)), (people(victim).bob.keyid, os.urandom(70))])


@attack("signed by the thief", "two keys that no trust file names", "too-few-signers")
def _(victim):
    return forge(victim, by=[FileKey(victim.estate.forger), FileKey(victim.estate.forger, "p256")])


@attack("signed by the thief in others' names", "the same, with the ids of two people's keys", "bad-signature")
def _(victim):
    own = victim.task(by=[FileKey(victim.estate.forger), FileKey(victim.estate.forger)])
    own.signatures = [(key.keyid, sig) for key, (_, sig) in zip([people(victim).alice, people(victim).bob], own.signatures)]
    return [victim.logged(own)]


@attack("signed by the server's keys", "keys of envelopes of scheduler and backup, and the log's", "too-few-signers")
def _(victim):
    server = victim.estate.server
    task = victim.task(by=[server.scheduler_sign, server.backup_sign])
    task.signatures.append((server.log.public.hex(), server.log.forger.bytes("sign-seed", task.pae, seed=server.seed)))
    return [victim.logged(task)]


@attack("one signature of two", "a task that one person signed", "too-few-signers")
def _(victim):
    return forge(victim, by=[people(victim).alice])


@attack("one person twice, by two keys", "both signatures hold, and are of one person", "too-few-signers")
def _(victim):
    return forge(victim, by=[people(victim).alice, people(victim).alice_too])


@attack("one signature twice", "the same key stands twice in the envelope", "bad-document")
def _(victim):
    return forge(victim, by=[people(victim).alice, people(victim).alice])


@attack("one signature twice, written otherwise", "the second key id in capital letters", "bad-document")
def _(victim):
    task = victim.task(by=[people(victim).alice])
    keyid, sig = task.signatures[0]
    task.signatures.append((keyid.upper(), sig))
    return [victim.logged(task)]


@attack("the status key as the second person", "a key that may age and stop, and permits nothing", "too-few-signers")
def _(victim):
    return forge(victim, by=[people(victim).alice, people(victim).status])


@attack("signatures of another document", "two people's true signatures, taken from a harmless task", "bad-signature")
def _(victim):
    return forge(victim, victim.task(argv=["/bin/true"]).signatures)


@attack("signatures without their frame", "two people's signatures over the bare payload, not over DSSE's PAE",
        "bad-signature")
def _(victim):
    task = victim.task(by=[])
    task.signatures = [(key.keyid, key.sign(task.payload)) for key in (people(victim).alice, people(victim).bob)]
    return [victim.logged(task)]


@attack("signed as another kind", "signed as a watch, which one person may, and brought as a task", "bad-signature")
def _(victim):
    task = victim.task(by=[])
    task.signatures = [(key.keyid, key.sign(pae_of("watch", task.payload))) for key in (people(victim).alice,)]
    return [victim.logged(task)]


@attack("a task within a watch", "the type says watch, which one person may sign, the payload says task", ("bad-document", "unknown-field"))
def _(victim):
    return [victim.logged(victim.task(by=[people(victim).alice], kind="watch"))]


@attack("a kind that nobody may sign", "a move to another tenant, signed by all; the trust file has no threshold for it",
        "unknown-kind")
def _(victim):
    members = {"targets": [{"fingerprint": victim.fingerprint}], "to_tenant": "thief", "to_site": "den"}
    return [victim.logged(Signed(victim.estate.head("move") | members, [people(victim).alice, people(victim).bob]))]


@attack("a kind that there is not", "a document of kind command", "unknown-kind")
def _(victim):
    return [victim.logged(Signed(victim.estate.head("command"), [people(victim).alice, people(victim).bob]))]


@attack("altered payload", "a true task with one bit of the payload turned, every few bytes of it", "bad-signature")
def _(victim):
    task = victim.task()
    for at in range(0, len(task.payload), 7):
        altered = bytearray(task.payload)
        altered[at] ^= 1 << at % 7
        twisted = Signed(bytes(altered), [], kind="task")
        twisted.signatures = task.signatures
        yield victim.logged(twisted)


@attack("altered signature", "a true task with one bit of a signature turned, every few bytes of it", "bad-signature")
def _(victim):
    for at in range(0, 64, 3):
        task = victim.task()
        keyid, sig = task.signatures[0]
        task.signatures[0] = (keyid, sig[:at] + bytes([sig[at] ^ 1 << at % 8]) + sig[at + 1:])
        yield victim.logged(task)


@attack("a signature in a second form", "Ed25519's S with the group's order added, which lax verifiers take", "bad-signature")
def _(victim):
    task = victim.task()
    keyid, sig = task.signatures[0]
    order = 2**252 + 27742317777372353535851937790883648493
    other = (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    task.signatures[0] = (keyid, sig[:32] + other)
    return [victim.logged(task)]


# Touches of a passkey that were not meant as signatures.

def touched(victim, **said):
    """By alice, and by carol's passkey as that."""
    task = victim.task(by=[people(victim).alice])
    task.signatures.append((people(victim).carol.keyid, people(victim).carol.sign(task.pae, **said)))
    return [victim.logged(task)]


@attack("a login touch as a signature", "a passkey's assertion over a challenge of the server's choice", "bad-signature")
def _(victim):
    return touched(victim, challenge=b64url(os.urandom(32)))


@attack("a touch for another document", "an assertion whose challenge is another task's hash", "bad-signature")
def _(victim):
    return touched(victim, challenge=b64url(victim.task().sha256))


@attack("a registration as a signature", "webauthn.create in the place of webauthn.get", "bad-signature")
def _(victim):
    return touched(victim, type="webauthn.create")


@attack("a touch on the portal's page", "the assertion names the stolen portal as its origin", "bad-signature")
def _(victim):
    return touched(victim, origin="https://portal.example")


@attack("a touch for the portal", "the authenticator signed for the portal's relying party", "bad-signature")
def _(victim):
    return touched(victim, rp_id="portal.example")


@attack("a touch within a frame", "the page was shown within another one (crossOrigin)", "bad-signature")
def _(victim):
    return touched(victim, crossOrigin=True)


@attack("a touch without PIN", "the authenticator did not verify its user (UV)", "bad-signature")
def _(victim):
    return touched(victim, flags=0x01)


@attack("a silent assertion", "the authenticator was not touched (UP)", "bad-signature")
def _(victim):
    return touched(victim, flags=0x04)


@attack("a passkey without its browser", "a bare signature by the passkey's key, over the document", "bad-signature")
def _(victim):
    task = victim.task(by=[people(victim).alice])
    task.signatures.append((people(victim).carol.keyid, people(victim).carol.raw(task.pae)))
    return [victim.logged(task)]


# SSH signatures that were meant for something else.

@attack("an SSH signature for git", "ssh-keygen -Y sign over the document, in the namespace git", "bad-signature")
def _(victim):
    task = victim.task(by=[people(victim).alice])
    task.signatures.append((people(victim).dave.keyid, people(victim).dave.sign(task.pae, namespace="git")))
    return [victim.logged(task)]


@attack("an SSH signature of another document", "ssh-keygen -Y sign, the right namespace, another task", "bad-signature")
def _(victim):
    task = victim.task(by=[people(victim).alice])
    task.signatures.append((people(victim).dave.keyid, people(victim).dave.sign(victim.task().pae)))
    return [victim.logged(task)]


# Envelopes of DSSE that say a thing twice.

def written(victim, task, before="", behind=""):
    text = task.text
    return [victim.document(text[:1] + before + text[1:-1] + behind + text[-1:])]


@attack("two payloads", "a signed payload, and the thief's own behind it under the same name", "bad-json")
def _(victim):
    other = victim.task(by=[])
    return written(victim, victim.task(argv=["/bin/true"]), behind=f', "payload": "{b64(other.payload)}"')


@attack("two types", "payloadType twice", "bad-json")
def _(victim):
    return written(victim, victim.task(), before=f'"payloadType": "{type_of("status")}", ')


@attack("more than an envelope has", "a member that is not DSSE's", "bad-document")
def _(victim):
    return written(victim, victim.task(), behind=', "trusted": true')


@attack("a member twice in the payload", "argv twice, signed by two people whose tool would not have let them", "bad-json")
def _(victim):
    payload = victim.task().payload
    twice = payload[:-1] + b', "argv": ["/bin/touch", "%s"]}' % str(victim.marker("twice")).encode()
    return [victim.logged(Signed(twice, [people(victim).alice, people(victim).bob], kind="task"))]


@attack("a payload that is not canonical base64", "stray bits behind the padding, which lax decoders drop", "bad-document")
def _(victim):
    task = victim.task(title="x" * (3 - (len(victim.task().payload) + 1) % 3))
    body = json.loads(task.text)
    while not body["payload"].endswith("="):
        task = victim.task(title=json.loads(task.payload)["title"] + "x")
        body = json.loads(task.text)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    at = body["payload"].index("=") - 1
    stray = alphabet[alphabet.index(body["payload"][at]) | 1]
    body["payload"] = body["payload"][:at] + stray + body["payload"][at + 1:]
    return [victim.document(json.dumps(body))]
