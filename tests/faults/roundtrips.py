#!/usr/bin/python3
"""Trees of random files, backed up as they change, and back again: each backup as the tree was then.

    tests/faults/roundtrips.py [TREES [SEED]]      500 trees, a seed of the clock's

Of all sorts and sizes, alone and many together, so that chunks share frames, batches and segments in ever other ways; grown,
cut, patched, moved, copied, linked, removed. Now and then the cache is lost, or an anchor written.
"""
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import assert_same, remove, rigged      # noqa: E402
from faults import main                                 # noqa: E402

LETTERS = (b"abcdefgh \n", b"0123456789", bytes(range(256)), b"\0\0\0\0ab")    # agent/backup/sort.h
SIZES = (0, 1, 100, 700, 1000, 1000, 1000, 4096, 4096, 20000, 31000, 70000, 262144, 262145, 600000, 5 << 20)
MOST = (1000, 1000, 4096, 31000, 600000, 5 << 20)   # of a tree: small files share frames, large ones fill segments
BACKUPS = 4                                         # of a tree


class Tree:
    """Files that somebody works with."""

    def __init__(self, home, rng):
        self.home, self.rng = home, rng
        most = rng.choice(MOST)
        self.sizes = [size for size in SIZES if size <= most]
        home.mkdir()

    def piece(self, size):
        """Of few letters, and none like another."""
        some = bytes(self.rng.choices(self.rng.choice(LETTERS), k=min(size, 5000)))
        return b"".join(some[number % 4999:] for number in range(size // 2500 + 1))[:size] if size > len(some) else some

    def content(self):
        size = self.rng.choice(self.sizes)
        return self.piece(size) if self.rng.random() < 0.8 else b"".join(self.piece(size // 3) for _ in range(3))

    def one(self):
        return self.rng.choice(sorted(path for path in self.home.rglob("*") if path.is_file()))

    def place(self):
        folder = self.home / self.rng.choice(("", "a", "b/c"))
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self.rng.randrange(10 ** 9)}"

    def add(self):
        self.place().write_bytes(self.content())

    def patch(self):
        with open(self.one(), "r+b") as file:
            file.seek(self.rng.randrange(os.fstat(file.fileno()).st_size + 10))
            file.write(self.piece(self.rng.choice((1, 50, 5000))))

    def cut(self):
        path = self.one()
        os.truncate(path, self.rng.randrange(2 * path.stat().st_size + 2))

    def copy(self):
        shutil.copy(self.one(), self.place())

    def move(self):
        self.one().rename(self.place())

    def link(self):
        os.link(self.one(), self.place())

    def remove(self):
        self.one().unlink()

    def change(self):
        self.add()
        for _ in range(self.rng.choice((0, 1, 5, 25, 25))):
            self.rng.choice((self.add, self.add, self.add, self.patch, self.cut, self.copy, self.move, self.link))()
        if self.rng.random() < 0.3:
            self.remove()


def live(rig, rng, counts):
    home, kept = rig.folder / "home", {}
    tree = Tree(home, rng)
    for number in range(BACKUPS):
        tree.change()
        name, words = f"{number:032x}", ()
        if rng.random() < 0.15:
            (rig.state / "backup.disk.cache").unlink(missing_ok=True)
        if rng.random() < 0.1:
            words = ("--anchor",)
        counts["bytes"] += rig.backup(home, "--backup", name, *words)["content_bytes"]
        kept[name] = rig.folder / f"kept{number}"
        subprocess.run(["cp", "-a", home, kept[name]], check=True)
        counts["backups"] += 1
        counts["anchors"] += bool(words)
    for name, copied in kept.items():
        back = rig.folder / "back"
        remove(back)
        rig.restore(back, "--backup", name)
        counts["files"] += assert_same(copied, back / str(home)[1:])
    assert rig.verify()["bad"] == 0


def run(trees, seed):
    counts = collections.Counter()
    for number in range(trees):
        rig = rigged()
        try:
            live(rig, random.Random(f"{seed} {number}"), counts)
            counts["trees"] += 1
        except BaseException:
            print(f"tree {number} of seed {seed}", flush=True)
            raise
        finally:
            remove(rig.folder)
    return dict(counts)


if __name__ == "__main__":
    main(run, 500)
