"""A machine with a state directory made by hand, a directory target and a recovery key; trees to back up, and how two compare."""
import json
import os
import pathlib
import random
import shutil
import stat
import struct
import subprocess
import tempfile

from harness import BUILD

AGENT = 7
IDENTITY = {"agent": AGENT, "tenant": "acme", "site": "hq", "server": "https://localhost:7701", "beat_port": 7700}


def openssl(*words, **more):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **more).stdout


def make_key(path, *how):
    openssl("genpkey", *(how or ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")), "-out", path)
    path.chmod(0o600)
    openssl("pkey", "-in", path, "-pubout", "-out", path.with_suffix(".pub"))


class Backups:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.state, self.target = self.folder / "state", self.folder / "target"
        self.key = self.folder / "recovery.key"
        self.second_key = self.folder / "service.key"
        self.state.mkdir(mode=0o700)
        self.target.mkdir()
        (self.state / "identity").write_text(json.dumps(IDENTITY))
        (self.state / "identity").chmod(0o600)
        make_key(self.state / "sign.key")
        make_key(self.key)
        make_key(self.second_key, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072")
        self.conf = self.folder / "targets.conf"
        self.conf.write_text(f"[disk]\nurl = file://{self.target}\nrecovery = {self.key.with_suffix('.pub')}\n"
                             f"restore_service = {self.second_key.with_suffix('.pub')}\n")
        self.conf.chmod(0o600)

    def command(self, *words):
        return [str(BUILD / "vedette-agent-backup"), "--state", str(self.state), "--targets", str(self.conf),
                "--target", "disk", *map(str, words)]

    def backup(self, *words, status=0, env=None):
        """What the program says of it: the last line of its log."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120,
                              env=os.environ | (env or {}))
        assert done.returncode == status, done
        return json.loads(done.stderr.splitlines()[-1]) if done.stderr else {}

    def cli(self, *words, status=0):
        done = subprocess.run([str(BUILD / "vedette"), *map(str, words)], capture_output=True, text=True, timeout=120)
        assert status is None or done.returncode == status, done
        return done.stdout + done.stderr

    def restore(self, to, *words, status=0, key=None):
        return self.cli("restore", "--key", key or self.key, self.target, "--to", to, *words, status=status)

    def verify(self, *words, status=0):
        return json.loads(self.cli("--json", "backup", "verify", self.target, *words, status=status).splitlines()[0])

    def objects(self, kind=""):
        return sorted(path for path in (self.target / "vedette1" / str(AGENT) / kind).rglob("*") if path.is_file())


def rigged():
    folder = tempfile.mkdtemp(prefix="vedette-backup-")
    return Backups(folder)


def content(rng, size):
    """Half of it is text that compresses, as files are."""
    words = [rng.randbytes(rng.randint(2, 9)).hex() for _ in range(200)]
    text = " ".join(rng.choice(words) for _ in range(size // 12 + 1)).encode()[:size // 2]
    return text + rng.randbytes(size - len(text))


def populate(root, seed=1):
    """One of everything that a file system of Linux knows."""
    rng = random.Random(seed)
    root.mkdir(parents=True)
    for number in range(40):
        path = root / rng.choice(["docs", "docs/old", "src", "."]) / f"file{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(rng, rng.choice([0, 1, 100, 4096, 70000, 262144, 262145])))
    (root / "large").write_bytes(content(rng, 5 << 20))
    (root / "empty folder").mkdir()
    (root / "a\nname\\\u00e9").write_text("odd")
    os.close(os.open(os.fsencode(root) + b"/not-utf8-\xff\xfe", os.O_CREAT | os.O_WRONLY))
    long = root / ("n" * 255)
    long.write_text("a long name")
    deep = root
    for _ in range(20):
        deep = deep / ("deeper" * 10)
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep down")
    (root / "link").symlink_to("docs/../nowhere")
    (root / "link to a folder").symlink_to("docs")
    os.link(root / "large", root / "zz hard link")
    os.mkfifo(root / "fifo", 0o640)
    with open(root / "sparse", "wb") as sparse:
        sparse.seek(3 << 20)
        sparse.write(b"in the middle")
        sparse.truncate(9 << 20)
    with open(root / "all hole", "wb") as hole:
        hole.truncate(1 << 20)
    (root / "setuid").write_text("#!/bin/sh\n")
    if os.geteuid() == 0:
        os.mknod(root / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        os.chown(root / "setuid", 1234, 5678)
        os.chown(root / "docs", 4321, 8765)
        os.lchown(root / "link", 99, 98)
    (root / "setuid").chmod(0o6755)
    attributes(root / "docs")
    os.utime(root / "large", ns=(0, -1_500_000_001))
    os.utime(root / "setuid", ns=(0, 4_102_444_800_123_456_789))
    os.utime(root / "docs", ns=(0, 1_000_000_000_000_000_001))


def attributes(path):
    """Where the file system has them: /tmp may have none."""
    try:
        os.setxattr(path, "user.comment", b"\0binary\xff")
        if os.geteuid() == 0:
            os.setxattr(path, "trusted.mark", b"seen with root's rights alone")
    except OSError:
        return
    try:    # an ACL: user::rwx, user 42:r-x, group::r-x, mask::r-x, other::---
        entries = [(1, 7, 0xffffffff), (2, 5, 42), (4, 5, 0xffffffff), (0x10, 5, 0xffffffff), (0x20, 0, 0xffffffff)]
        os.setxattr(path, "system.posix_acl_access",
                    struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries))
    except OSError:
        pass


def facts(root):
    """Everything of a tree that a backup keeps, by path; hard links as the set of a file's names."""
    found, inodes = {}, {}
    root = os.fsencode(root)
    for folder, folders, files in os.walk(root):
        for name in [b"."] * (folder == root) + folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            kind = stat.S_IFMT(status.st_mode)
            data = os.readlink(path) if kind == stat.S_IFLNK else b""
            if kind == stat.S_IFREG:
                with open(path, "rb") as file:
                    data = file.read()
                inodes.setdefault(status.st_ino, []).append(os.path.relpath(path, root))
            xattrs = {one: os.getxattr(path, one, follow_symlinks=False)
                      for one in os.listxattr(path, follow_symlinks=False)}
            found[os.path.relpath(path, root)] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns,
                                                  status.st_rdev, data, tuple(sorted(xattrs.items())))
    return found, sorted(sorted(names) for names in inodes.values() if len(names) > 1)


def assert_same(one, other, without=()):
    """without: paths below them that are not compared. How many are."""
    mine, theirs = ((keep(found, without), links) for found, links in (facts(one), facts(other)))
    assert mine[0].keys() == theirs[0].keys(), mine[0].keys() ^ theirs[0].keys()
    for path, fact in mine[0].items():
        assert fact == theirs[0][path], (path, fact[:5], theirs[0][path][:5], fact[6], theirs[0][path][6])
    assert mine[1] == theirs[1], (mine[1], theirs[1])
    return len(mine[0])


def keep(found, without):
    return {path: fact for path, fact in found.items() if path not in without}


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
