"""Whatever can be made with keys, and with none: documents, signatures, receipts, envelopes, each in the right form and in
any wrong one. The cryptography is in tests/tools/forger.c."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

from harness import BUILD

LOGGED = "vedette.document.logged.v1"
ORDERED = "vedette.backup.ordered.v1"
LONGER = 600    # than the log of a deployment that has just begun
RP_ID, ORIGIN = "localhost", "http://localhost:7722"


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(data):
    return hashlib.sha256(data).digest()


class Forger:
    """The program, asked line by line."""

    def __init__(self):
        self.process = subprocess.Popen([str(BUILD / "tests/tools/forger")], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, do, **command):
        self.process.stdin.write(json.dumps({"do": do} | command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "code" not in answer, f"{do}: {answer}"
        return answer

    def bytes(self, do, data, **command):
        return base64.b64decode(self.ask(do, data=b64(data), **command)["bytes"])

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


# Keys of people: each signs the bytes of a DSSE envelope's PAE in its own way.

class FileKey:
    """A key file, of Ed25519 or P-256; also what services and agents have for envelopes."""

    def __init__(self, forger, kind="ed25519", pem=None):
        self.forger = forger
        found = forger.ask("public", key=pem) if pem else forger.ask("key", type=kind)
        self.pem, self.public, self.keyid = found["private"], found["public"], found["keyid"]

    def raw(self, data):
        return self.forger.bytes("sign", data, key=self.pem)

    def sign(self, pae):
        return self.raw(pae)

    @property
    def member(self):
        return {"type": "key", "public_key": self.public}


class Passkey(FileKey):
    """A passkey and the browser around it, which say what they are told to say."""

    def __init__(self, forger):
        super().__init__(forger, "p256")

    def sign(self, pae, type="webauthn.get", challenge=None, origin=ORIGIN, rp_id=RP_ID, flags=0x05, **more):
        words = json.dumps({"type": type, "challenge": challenge or b64url(sha256(pae)), "origin": origin} | more).encode()
        data = sha256(rp_id.encode()) + bytes([flags]) + bytes(4)
        return json.dumps({"authenticatorData": b64url(data), "clientDataJSON": b64url(words),
                           "signature": b64url(self.raw(data + sha256(words)))}).encode()

    @property
    def member(self):
        return {"type": "webauthn", "public_key": self.public, "rp_id": RP_ID, "origin": ORIGIN}


class SshKey:
    """ssh-keygen itself."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "id"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path], check=True)
        self.text = self.path.with_suffix(".pub").read_text().strip()
        bare = base64.b64decode(self.text.split()[1])[-32:]
        self.keyid = sha256(bytes.fromhex("302a300506032b6570032100") + bare).hex()

    def sign(self, pae, namespace="vedette-document"):
        done = subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", self.path], input=pae, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return base64.b64decode(b"".join(done.stdout.splitlines()[1:-1]))

    @property
    def member(self):
        return {"type": "ssh", "public_key": " ".join(self.text.split()[:2])}


def type_of(kind):
    return f"application/vnd.vedette.{kind}.v1+json"


def pae_of(kind, payload):
    name = type_of(kind).encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


class Signed:
    """A document and its signatures; `text` is the envelope."""

    def __init__(self, payload, keys, kind=None):
        self.payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.kind = kind or json.loads(self.payload)["kind"]
        self.pae = pae_of(self.kind, self.payload)
        self.sha256 = sha256(self.pae)
        self.signatures = [(key.keyid, key.sign(self.pae)) for key in keys]

    @property
    def text(self):
        return json.dumps({"payloadType": type_of(self.kind), "payload": b64(self.payload),
                           "signatures": [{"keyid": keyid, "sig": b64(sig)} for keyid, sig in self.signatures]})

    @property
    def id(self):
        return json.loads(self.payload)["document"]


def place(data, path, value):
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value


def entry_of(sha256, type=LOGGED, of=(LOGGED, "document_sha256")):
    """An entry of the log, with no more of an event than who verifies a receipt looks at. of: in whose place, and which."""
    path, _ = json.loads((BUILD / "contract/places.json").read_text())[of[0]][of[1]]
    entry = {"specversion": "1.0", "type": type, "data": {}}
    place(entry["data"], path, sha256.hex())
    return json.dumps(entry | {"salt": os.urandom(16).hex()})


def entry_of_order(sha256):
    return entry_of(sha256, ORDERED, (ORDERED, "order_sha256"))


class Log:
    """A class of a log whose key is in the wrong hands: it holds whatever it is told to."""

    def __init__(self, forger, seed, origin, leaves=()):
        self.forger, self.seed, self.origin = forger, seed, origin
        self.public = base64.b64decode(forger.ask("sign-seed", seed=seed, data="")["public"])
        self.leaves = list(leaves) or [os.urandom(32) for _ in range(LONGER)]

    def key_id(self, algorithm=1):
        return sha256(self.origin.encode() + b"\n" + bytes([algorithm]) + self.public)[:4]

    def vkey(self, algorithm=1):
        return f"{self.origin}+{self.key_id(algorithm).hex()}+{b64(bytes([algorithm]) + self.public)}"

    def root(self, leaves):
        if len(leaves) == 1:
            return leaves[0]
        half = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\1" + self.root(leaves[:half]) + self.root(leaves[half:]))

    def checkpoint(self, leaves):
        text = f"{self.origin}\n{len(leaves)}\n{b64(self.root(leaves))}\n"
        signature = self.forger.bytes("sign-seed", text.encode(), seed=self.seed)
        return f"{text}\n\u2014 {self.origin} {b64(self.key_id() + signature)}\n"

    def receipt(self, entry, again=False):
        """The entry appended, and the proof that it is there. again: in the place of the last one, a second history."""
        if again:
            self.leaves.pop()
        before = list(self.leaves)
        self.leaves.append(sha256(b"\0" + entry.encode()))
        hashes = "".join(b64(part) + "\n" for part in self.path_of_last(before))
        return f"c2sp.org/tlog-proof@v1\nindex {len(before)}\n{hashes}\n{self.checkpoint(self.leaves)}"

    def steal(self, folder):
        """Go on from the true log, whose tiles are in that folder: what an agent has seen of it stays true."""
        size = int((folder / "checkpoint").read_text().splitlines()[1])
        tiles = [folder / f"tile/0/{number:03}" for number in range(size // 256)]
        tiles += [folder / f"tile/0/{size // 256:03}.p/{size % 256}"] if size % 256 else []
        hashes = b"".join(tile.read_bytes() for tile in tiles)
        self.leaves = [hashes[at:at + 32] for at in range(0, len(hashes), 32)]
        assert len(self.leaves) == size

    def fork(self, at=0):
        """A log by the same key with another entry in the place of an old one."""
        return Log(self.forger, self.seed, self.origin, self.leaves[:at] + [os.urandom(32)] + self.leaves[at + 1:])

    def consistency(self, one, other):
        """The proof between two sizes of the tree; None: they are the same, or nothing was remembered."""
        old, size = sorted((one, other))
        if not old or old == size:
            return None
        hashes = "".join(b64(part) + "\n" for part in self.subproof(old, self.leaves[:size], True))
        return f"old {old}\nsize {size}\n{hashes}"

    def subproof(self, old, leaves, whole):
        """RFC 6962 §2.1.2."""
        if old == len(leaves):
            return [] if whole else [self.root(leaves)]
        half = 1 << (len(leaves) - 1).bit_length() - 1
        if old <= half:
            return self.subproof(old, leaves[:half], whole) + [self.root(leaves[half:])]
        return self.subproof(old - half, leaves[half:], False) + [self.root(leaves[:half])]

    def cosignature(self, receipt, named):
        """A line for the receipt's checkpoint by our key, in the name and under the id of the witness `named`."""
        text = receipt[receipt.index("\n\n") + 2:].split("\n\n")[0] + "\n"
        now = int(time.time())
        signature = self.forger.bytes("sign-seed", f"cosignature/v1\ntime {now}\n{text}".encode(), seed=self.seed)
        return f"\u2014 {named.origin} {b64(named.key_id(4) + now.to_bytes(8, 'big') + signature)}\n"

    def path_of_last(self, before):
        """Hashes beside the way of the leaf behind them: of the whole trees that they make, the nearest first."""
        trees, at = [], 0
        while at < len(before):
            size = 1 << (len(before) - at).bit_length() - 1
            trees.append(self.root(before[at:at + size]))
            at += size
        return reversed(trees)


def head_of(deployment, sender, recipient, purpose, incarnation, counter):
    return {"deployment": deployment, "from": sender.keyid, "to": sha256(base64.b64decode(recipient)).hex(),
            "purpose": purpose, "incarnation": incarnation, "counter": counter}


class Post:
    """The sending end of a stream of envelopes to one agent."""

    def __init__(self, forger, deployment, sender, recipient):
        self.forger, self.deployment, self.sender, self.recipient = forger, deployment, sender, recipient
        self.incarnation, self.counter = int(time.time() * 1000) + 1000, 0   # the scheduler's own is earlier

    def inner(self, purpose, body, skip=True, **head):
        """The signed half. body: an object, or text as it is. skip=False: it takes no place in the stream's order."""
        place = self.counter + 1
        self.counter += skip
        said = head_of(self.deployment, self.sender, self.recipient, purpose, self.incarnation, place) | head
        text = body if isinstance(body, str) else json.dumps(body)
        return self.forger.bytes("signed", (json.dumps(said) + "\n" + text).encode(), key=self.sender.pem)

    def sealed(self, inner, recipient=None):
        return self.forger.bytes("sealed", inner, to=recipient or self.recipient)

    def envelope(self, purpose, body, **more):
        return self.sealed(self.inner(purpose, body, **more))


def scratch():
    return pathlib.Path(tempfile.mkdtemp(prefix="attack-"))
