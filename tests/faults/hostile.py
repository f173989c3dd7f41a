#!/usr/bin/python3
"""Restores of backups that were written to do harm, and into a folder where somebody swaps folders for links, and files for
files, meanwhile.

    tests/faults/hostile.py [RACES [SEED [TREES]]]      200 races, a seed of the clock's, 2,000 trees

Around the folder to restore into stands a fence of files and folders. Nothing of it may change, and nothing may appear there:
whatever names, links, pieces and sizes a tree has, and however often a folder on the way becomes a link to outside.
"""
import collections
import ctypes
import json
import os
import pathlib
import random
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import AGENT, remove, rigged        # noqa: E402
from faults import main                                        # noqa: E402
from harness import BUILD, SANITIZED                           # noqa: E402

BACKUP = "e" * 32
RENAME_EXCHANGE, AT_FDCWD = 2, -100
MEMORY_KIB = "unlimited" if SANITIZED else 4 << 20     # of address space that a restore gets
CONTENT = b"overwritten by a restore\n" * 40
FRAME_AT = 8 + len(json.dumps({"format": "vedette1", "agent": AGENT, "backup": BACKUP, "kind": "C"}, separators=(",", ":")))
PARTS = 4000    # of a file, each written by itself
libc = ctypes.CDLL(None, use_errno=True)
xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH3_64bits.restype = ctypes.c_uint64
xxhash.XXH3_64bits.argtypes = ctypes.c_char_p, ctypes.c_size_t


# Records, as docs/backup-format.md has them

def number(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def text(data):
    return number(len(data)) + data


def record(letter, body):
    return letter + text(body)


def entry(letter, name, rest=b"", mode=0o755, uid=0, xattrs=b""):
    return record(letter, text(name) + number(mode) + number(uid) + number(0) + number(2000) + number(0) + number(0) +
                  text(xattrs) + rest)


def sum_of(data):
    return (xxhash.XXH3_64bits(data, len(data)) & 0xffffffff).to_bytes(4, "little")


def file(name, size=len(CONTENT), pieces=None, **more):
    pieces = pieces if pieces is not None else [(1, FRAME_AT, 0, size)]
    body = b"".join(number(segment) + (number(at) + number(skip) if segment else b"") + number(length) +
                    (sum_of(CONTENT[skip:][:length]) if segment else b"") for segment, at, skip, length in pieces)
    return entry(b"f", name, number(size), **more) + (record(b"+", body) if pieces else b"")


def folder(name, *inside):
    return entry(b"d", name) + b"".join(inside) + record(b"u", b"")


def link(name, to):
    return entry(b"l", name, text(to))


def trees(outside):
    """(what, records, how many entries, how many times the records stand there)."""
    out = os.fsencode(outside)
    up = b"../" * 20 + out[1:]
    for name in (b"..", b".", b"", b"a/b", b"../x", out + b"/x", b"a\0b", b"/", b"n" * 256):
        yield f"a name {name[:20]!r}", file(name), 1, 1
        yield f"a folder {name[:20]!r}", folder(name, file(b"x")), 2, 1
    for to in (out, up, b".", b"/"):
        yield f"a link to {to[:20]!r} and a folder of its name", link(b"a", to) + folder(b"a", file(b"victim")), 3, 1
        yield f"a folder and a link {to[:20]!r} of its name", folder(b"a", file(b"victim")) + link(b"a", to), 3, 1
        yield f"a link to {to[:20]!r} and a file of its name", link(b"victim", to + b"/victim") + file(b"victim"), 2, 1
        yield f"a hard link to a link to {to[:20]!r}", link(b"a", to + b"/victim") + entry(b"h", b"b", number(0)), 2, 1
    yield "up from the root", record(b"u", b"") + file(b"victim"), 1, 1
    yield "up twice", folder(b"a") + record(b"u", b"") + file(b"victim"), 2, 1
    yield "a hard link to itself", entry(b"h", b"a", number(0)), 1, 1
    yield "a hard link to what comes", entry(b"h", b"a", number(1)) + file(b"b"), 2, 1
    yield "a hard link to a folder", folder(b"a") + entry(b"h", b"b", number(0)), 2, 1
    yield "folders without end", entry(b"d", b"d"), 100000, 100000
    yield "a file of 2^62", file(b"a", 1 << 62, [(0, 0, 0, 1 << 62)]), 1, 1
    yield "a file of nothing but a hole of 2^63", file(b"a", (1 << 63) - 1, [(0, 0, 0, (1 << 63) - 1)]), 1, 1
    yield "16 TiB out of one frame", file(b"a", 4096 * (1 << 32), [(1, FRAME_AT, 0, 1 << 32)] * 4096), 1, 1
    yield "1 TiB that one frame could be", file(b"a", 4000 * len(CONTENT), [(1, FRAME_AT, 0, len(CONTENT))] * 4000), 1, 1
    yield "content before the frames", file(b"a", 10, [(1, 0, 0, 10)]), 1, 1
    yield "content within a frame", file(b"a", 10, [(1, FRAME_AT + 1, 0, 10)]), 1, 1
    yield "content beyond a frame", file(b"a", 10, [(1, FRAME_AT, len(CONTENT) - 5, 10)]), 1, 1
    yield "content of a tree", file(b"a", 10, [(2, FRAME_AT, 0, 10)]), 1, 1
    yield "content of no segment", file(b"a", 10, [(99, FRAME_AT, 0, 10)]), 1, 1
    yield "a million of the same name", file(b"a", 0, []), 1000000, 1000000
    yield "fewer entries than said", file(b"a"), 2, 1
    yield "attributes without end", file(b"a", xattrs=(text(b"user.x\0") + text(b"y")) * 5000), 1, 1
    yield "an attribute of nobody", file(b"a", xattrs=text(b"trusted.overlay.opaque\0") + text(b"y")), 1, 1


def mutants(rng, count, outside):
    """Trees in which bytes are others: most make no sense, and some do."""
    whole = [(records, entries) for _, records, entries, times in trees(outside) if times == 1]
    for _ in range(count):
        records, entries = rng.choice(whole)
        data = bytearray(records)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.choice((rng.randrange(256), ord("/"), ord("."), 0, 0xff))
        yield "altered trees", bytes(data), entries, 1


class Fence:
    def __init__(self, root):
        self.root = root
        self.outside = root / "outside"
        self.outside.mkdir()
        (self.outside / "victim").write_text("mine")
        (self.outside / "sub").mkdir()
        (self.outside / "sub/victim").write_text("mine, too")
        self.to = root / "to"
        self.before = self.state()

    def state(self):
        found = {}
        for path in (self.outside, *self.outside.rglob("*")):
            status = path.lstat()
            data = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (status.st_mode, status.st_uid, status.st_nlink, status.st_size, data)
        return found

    def is_whole(self):
        return self.state() == self.before and {path.name for path in self.root.iterdir()} <= {"outside", "to"}


def forge(rig, records, entries, times):
    remove(rig.target / "vedette1")
    done = subprocess.run([BUILD / "tests/tools/backup_forge", rig.target, rig.state / "sign.key", rig.key.with_suffix(".pub"),
                           str(AGENT), BACKUP, str(entries), str(times)],
                          input=b"%d\n%s%s" % (len(CONTENT), CONTENT, records), capture_output=True)
    assert done.returncode == 0, done.stderr


def restore(rig, to, deadline_s=60):
    return subprocess.run(["sh", "-c", f'ulimit -v {MEMORY_KIB} && exec "$@"', "sh", BUILD / "vedette", "restore", "--key", rig.key,
                           rig.target, "--to", to], capture_output=True, timeout=deadline_s).returncode


def restore_trees(rig, fence, all_trees, counts):
    for what, records, entries, times in all_trees:
        forge(rig, records, entries, times)
        remove(fence.to)
        fence.to.mkdir()
        (fence.to / "a link that was there").symlink_to(fence.outside)
        status = restore(rig, fence.to)
        counts["altered trees" if what == "altered trees" else "hostile trees"] += 1
        counts["restored" if status == 0 else "refused"] += 1
        counts["crashes"] += status < 0 or status > 128
        if not fence.is_whole():
            counts["writes outside"] += 1
            print(f"# outside: {what}", flush=True)


def exchange(one, other):
    return libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)


def swap(fence, ended, counts):
    """A folder that is being restored into, and a link to outside, in each other's place, again and again."""
    inner, trap = fence.to / "a/b", fence.to / "trap"
    while not ended.is_set():
        try:
            if not trap.is_symlink() and not trap.exists():
                trap.symlink_to(fence.outside / "sub")
        except OSError:
            continue
        counts["swaps"] += exchange(inner, trap) == 0


def race(rig, fence, races, counts):
    inside = [file(b"f%04d" % number) for number in range(300)] + [file(b"victim")]
    forge(rig, folder(b"a", folder(b"b", *inside[:-1], inside[-1]), folder(b"c", *inside)), 605, 1)
    for _ in range(races):
        remove(fence.to)
        fence.to.mkdir()
        ended = threading.Event()
        thread = threading.Thread(target=swap, args=(fence, ended, counts))
        thread.start()
        restore(rig, fence.to)
        ended.set()
        thread.join()
        counts["races"] += 1
        counts["writes outside"] += not fence.is_whole()


def confuse(place, ended, counts):
    """What was begun of one file becomes the beginning of the other."""
    moves = [(place / "a secret", place / "stash"), (place / "stash", place / "mine")]
    while moves and not ended.is_set():
        try:
            if moves[0][1].name == "stash" or moves[0][1].stat().st_size:
                os.rename(*moves[0])
                counts["renamed"] += 1
                moves.pop(0)
        except OSError:
            continue


def mix(rig, fence, races, counts):
    """Two files, written part by part: what has the mode of one has its content."""
    skips = {"a secret": (0o600, 0), "mine": (0o644, 3)}
    forge(rig, folder(b"a", *(file(name.encode(), 50 * PARTS, [(1, FRAME_AT, skip, 50)] * PARTS, mode=mode)
                              for name, (mode, skip) in skips.items())), 3, 1)
    for _ in range(races):
        remove(fence.to)
        place = fence.to / "a"
        place.mkdir(parents=True)
        ended = threading.Event()
        thread = threading.Thread(target=confuse, args=(place, ended, counts))
        thread.start()
        status = restore(rig, fence.to)
        ended.set()
        thread.join()
        counts["mixes"] += 1
        counts["mixes told"] += status == 1
        for path in place.iterdir():
            mode = path.stat().st_mode & 0o777
            counts["mixed"] += any(mode == one and path.read_bytes() != CONTENT[skip:][:50] * PARTS for one, skip in skips.values())


WRONG = ("writes outside", "crashes", "mixed")


def run(races, seed, altered, step=1):
    counts = collections.Counter({what: 0 for what in WRONG})
    rng = random.Random(seed)
    rig = rigged()
    try:
        root = rig.folder / "fence"
        root.mkdir()
        fence = Fence(root)
        restore_trees(rig, fence, list(trees(fence.outside))[rng.randrange(step)::step], counts)
        restore_trees(rig, fence, mutants(rng, altered, fence.outside), counts)
        race(rig, fence, races, counts)
        mix(rig, fence, races, counts)
    finally:
        remove(rig.folder)
    assert not any(counts[what] for what in WRONG), counts
    assert counts["restored"] and counts["swaps"] and counts["renamed"], "nothing of this came as far as to be restored"
    return dict(counts)


if __name__ == "__main__":
    main(run, 200, 2000)
