"""A log's directory verified by nothing but hashes: a second implementation of RFC 6962 and c2sp.org/tlog-tiles."""
import base64
import hashlib
import pathlib
import struct
import subprocess
import tempfile

WIDTH = 256


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes):
    """Of the tree over these hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root(hashes[:split]), root(hashes[split:]))


def tile_path(level, number, width):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/" + "/".join(groups) + (f".p/{width}" if width < WIDTH else "")


def read_tile(directory, level, number, width):
    """A partial tile may be gone once the full one is there."""
    path = directory / tile_path(level, number, width)
    return path.read_bytes() if path.exists() else (directory / tile_path(level, number, WIDTH)).read_bytes()


def read_bundle(data):
    entries = []
    while data:
        length, = struct.unpack_from(">H", data)
        assert len(data) >= 2 + length, "a bundle ends in the midst of an entry"
        entries.append(data[2:2 + length])
        data = data[2 + length:]
    return entries


def verify_note(text, vkey):
    """A signed note: origin, size, root. By OpenSSL."""
    name, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1 and hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_id
    signed, _, lines = text.partition(b"\n\n")
    signed += b"\n"
    dash, by, signature = lines.decode().splitlines()[0].split(" ")
    signature = base64.b64decode(signature)
    assert dash == "\u2014" and by == name and signature[:4].hex() == key_id
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key[1:])
        (folder / "text").write_bytes(signed)
        (folder / "signature").write_bytes(signature[4:])
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "key", "-rawin",
                        "-in", folder / "text", "-sigfile", folder / "signature"], check=True, capture_output=True)
    origin, size, digest = signed.decode().splitlines()
    assert origin == name
    return int(size), base64.b64decode(digest)


def verify(directory, checkpoint=None):
    """Every entry of the log, if all of it holds: signature, root, every tile, every bundle."""
    size, digest = verify_note(checkpoint or (directory / "checkpoint").read_bytes(), (directory / "vkey").read_text())
    entries = []
    for number in range((size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, size - number * WIDTH)
        entries += read_bundle(read_tile(directory, "entries", number, width))[:width]
    assert len(entries) == size, f"{len(entries)} entries instead of {size}"
    hashes = [leaf(entry) for entry in entries]
    assert root(hashes) == digest, "the entries are not what was signed"
    level = 0
    while hashes:
        for number in range((len(hashes) + WIDTH - 1) // WIDTH):
            expected = hashes[number * WIDTH:(number + 1) * WIDTH]
            stored = read_tile(directory, level, number, len(expected))
            assert stored[:32 * len(expected)] == b"".join(expected), f"{level}/{number} is not the tree's"
        hashes = [root(hashes[i:i + WIDTH]) for i in range(0, len(hashes) - len(hashes) % WIDTH, WIDTH)]
        level += 1
    return entries


def verify_receipt(text, entry, vkey):
    """c2sp.org/tlog-proof@v1: the entry's index, if it stands in the log under the receipt's checkpoint."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.splitlines()
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index ")
    index = int(lines[1].split()[1])
    size, digest = verify_note(checkpoint.encode(), vkey)
    proof = [base64.b64decode(line) for line in lines[2:]]
    assert walk_up(leaf(entry), index, size, proof) == digest and not proof
    return index


def walk_up(digest, index, size, proof):
    """RFC 9162, 2.1.3.2; takes the proof's hashes away."""
    last = size - 1
    while last:
        if index & 1:
            digest = node(proof.pop(0), digest)
        elif index < last:
            digest = node(digest, proof.pop(0))
        index >>= 1
        last >>= 1
    return digest
