"""Somebody's home, with everything awkward that a file system has in it, and a database that is written all the while."""
import hashlib
import os
import random
import socket
import sqlite3
import stat
import struct
import threading

from backup_rig import content, populate

ROWS_AT_ONCE = 40
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)     # cap_net_bind_service+ep


def make_home(root, seed):
    populate(root, seed)
    rng = random.Random(seed)
    (root / "film").write_bytes(rng.randbytes(24 << 20))
    (root / "mailbox").write_bytes(content(rng, 16 << 20))
    make_names(root / "names")
    make_modes(root / "modes")
    make_attributes(root / "attributes")
    links = root / "links"
    links.mkdir()
    os.link(root / "film", links / "the same film")
    (links / "long").symlink_to("x" * 4000)
    (links / "loop").symlink_to("loop")
    (links / "away").symlink_to("/etc/passwd")
    with open(root / "very sparse", "wb") as file:
        file.truncate((64 << 20) + 1)
        file.seek(40 << 20)
        file.write(b"the only word")


def make_names(folder):
    folder.mkdir()
    for name in (b"-rf", b" ", b"two\nlines", b"tab\t", b"'\"`$(true)", b"\x01\x7f", b"\xff\xfe", "\u202egnp.exe".encode(),
                 "\U0001f4be".encode(), "e\u0301".encode(), "\u00e9".encode(), b"..hidden", b"%2F", b"*"):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(name)


def make_modes(folder):
    folder.mkdir()
    for number, mode in enumerate((0, 0o001, 0o222, 0o1644, 0o2755, 0o4711, 0o7777)):
        path = folder / f"{mode:04o}"
        path.write_text(path.name)
        os.chown(path, 4_000_000_000 + number, 70_000 + number)
        path.chmod(mode)
    for name, mode in (("sticky", 0o1777), ("group's", 0o2750), ("closed", 0)):
        (folder / name).mkdir()
        (folder / name / "within").write_text(name)
        (folder / name).chmod(mode)
    os.mknod(folder / "disk", 0o660 | stat.S_IFBLK, os.makedev(8, 1))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    os.utime(folder / "sticky", ns=(0, -1))


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries)


def make_attributes(folder):
    nobody = 0xffffffff
    folder.mkdir()
    file = folder / "file"
    file.write_text("attributes")
    file.chmod(0o750)
    for name, value in (("user.empty", b""), ("user.long", bytes(range(256)) * 8), ("trusted.mark", b"root's"),
                        ("security.capability", CAPABILITY),
                        ("system.posix_acl_access", acl((1, 7, nobody), (2, 6, 1001), (2, 4, 4_000_000_000), (4, 5, nobody),
                                                        (8, 1, 50), (16, 7, nobody), (32, 0, nobody)))):
        os.setxattr(file, name, value)
    os.setxattr(folder, "system.posix_acl_default", acl((1, 7, nobody), (2, 5, 1001), (4, 5, nobody), (16, 5, nobody),
                                                        (32, 0, nobody)))
    os.symlink("file", folder / "link")
    os.setxattr(folder / "link", "trusted.of-the-link", b"itself", follow_symlinks=False)


class Ledger:
    """A database in which each row has the hash of the one before, written by transactions without a pause."""

    def __init__(self, path):
        path.parent.mkdir()
        self.path, self.committed, self.over = path, 0, False
        with self.open() as db:
            db.executescript("""PRAGMA journal_mode = WAL;
                CREATE TABLE entry (number INTEGER PRIMARY KEY, payload BLOB NOT NULL, chain BLOB NOT NULL);
                CREATE TABLE total (entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
                INSERT INTO total VALUES (0, 0);""")
        db.close()
        self.thread = threading.Thread(target=self.write)

    def open(self):
        return sqlite3.connect(self.path, timeout=30)

    def write(self):
        rng, chain, db = random.Random(7), b"", self.open()
        while not self.over:
            rows, number = [], self.committed
            for _ in range(rng.randint(1, ROWS_AT_ONCE)):
                payload = rng.randbytes(rng.randint(1, 400))
                chain = hashlib.sha256(chain + payload).digest()
                number += 1
                rows.append((number, payload, chain))
            with db:
                db.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
                db.execute("UPDATE total SET entries = entries + ?, bytes = bytes + ?",
                           (len(rows), sum(len(row[1]) for row in rows)))
            self.committed = number
        db.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()


def entries_of(path):
    """How many entries a database has that came back; it is whole, and all of one moment."""
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        chain, count, size = b"", 0, 0
        for number, payload, link in db.execute("SELECT number, payload, chain FROM entry ORDER BY number"):
            chain = hashlib.sha256(chain + payload).digest()
            count, size = count + 1, size + len(payload)
            assert (number, link) == (count, chain), (path, number)
        assert db.execute("SELECT entries, bytes FROM total").fetchone() == (count, size)
        return count
    finally:
        db.close()
