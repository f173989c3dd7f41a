#!/usr/bin/python3
"""Repositories that somebody or something has altered: nothing of it goes unseen, and nothing wrong comes back.

    tests/faults/damage.py [BITS [SEED [STEP]]]     100,000 bits of a large one; of a small one every byte, or each STEPth

Every byte of a small repository, every length that its objects may be cut to; bits of a large one, one in each object at
a time; objects that are missing, swapped, put back, or another agent's. Verification needs no key and must see each; a restore must
bring back what was there, or say that it cannot.
"""
import collections
import itertools
import json
import pathlib
import random
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from backup_rig import AGENT, IDENTITY, content, make_key, remove, rigged      # noqa: E402
from faults import main                                                        # noqa: E402

MIB, BACKUPS = 40, 60       # of the large repository
OTHER = AGENT + 1


class Damaged:
    """A repository, and how its owner looks at it."""

    def __init__(self, rig, home, counts):
        self.rig, self.home, self.counts = rig, home, counts
        self.signer = rig.verify("--agent", AGENT)["signer"]
        self.newest = max(rig.objects("c"), key=lambda path: path.stat().st_mtime_ns).stem

    def verified(self):
        return self.rig.cli("backup", "verify", self.rig.target, "--agent", AGENT, "--signer", self.signer, status=None)

    def is_good(self):
        said = self.rig.cli("--json", "backup", "verify", self.rig.target, "--agent", AGENT, "--signer", self.signer,
                            status=None)
        found = json.loads(said.splitlines()[0]) if said.startswith("{") else None
        return found and not found["bad"] and not found["unfollowed"] and found["backups"]

    def restores(self):
        """Whether all of the newest came back; what did is what was there."""
        back = self.rig.folder / "back"
        remove(back)
        said = self.rig.cli("--json", "restore", "--key", self.rig.key, self.rig.target, "--agent", AGENT, "--signer", self.signer,
                            "--to", back, "--backup", self.newest, status=None)
        found, whole = back / str(self.home)[1:], '"failed":0' in said
        for path in self.home.iterdir():
            one = found / path.name
            if not one.exists():
                self.counts["wrong bytes restored"] += whole
            elif one.stat().st_mode & 0o777 != 0o200 and one.read_bytes() != path.read_bytes():
                self.counts["wrong bytes restored"] += 1
        return whole

    def look(self, what, unsigned=False):
        """It is not as it was written. Only what nobody has signed may go unseen, and then all is there."""
        self.counts[what] += 1
        good, whole = self.is_good(), self.restores()
        of_no_effect = good and whole and unsigned
        self.counts["of no effect on a commit"] += bool(of_no_effect)
        self.counts["undetected"] += bool(good and not of_no_effect)


def alter(path, at, mask):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ mask]))


def small(rng, step, counts):
    rig = rigged()
    try:
        home = rig.folder / "home"
        home.mkdir()
        (home / "a").write_text("a few words")
        (home / "b").write_text("and some more of them")
        rig.backup(home)
        damaged = Damaged(rig, home, counts)
        for path in rig.objects():
            whole = path.read_bytes()
            path.chmod(0o600)
            for at in range(rng.randrange(step), len(whole), step):
                mask = rng.randrange(1, 256)
                alter(path, at, mask)
                damaged.look(f"bytes of {path.suffix}", unsigned=path.suffix == ".p7s")
                alter(path, at, mask)
            for length in range(rng.randrange(step), len(whole), step):
                path.write_bytes(whole[:length])
                damaged.look("truncations")
            path.write_bytes(whole + b"\0")
            damaged.look("additions")
            path.write_bytes(whole)
        assert damaged.is_good() and damaged.restores()
    finally:
        remove(rig.folder)


def large(rng, bits, mib, backups, counts):
    """A bit in each object at a time: as many are told."""
    rig = rigged()
    try:
        home = rig.folder / "home"
        home.mkdir()
        for number in range(mib):
            (home / f"first{number}").write_bytes(content(rng, 1 << 20))
        for number in range(backups):
            (home / f"more{number}").write_bytes(content(rng, 20000))
            rig.backup(home)
        damaged = Damaged(rig, home, counts)
        # Not at once: what an unread commit lists is not looked at.
        commits, others = rig.objects("c"), rig.objects("s") + rig.objects("m")
        for path in (*commits, *others):
            path.chmod(0o600)
        while counts["bits"] < bits:
            group = commits if rng.random() < 0.1 else others
            places = [(path, rng.randrange(path.stat().st_size), 1 << rng.randrange(8))
                      for path in rng.sample(group, min(len(group), bits - counts["bits"]))]
            for place in places:
                alter(*place)
            told = {word.strip(":").rpartition("/")[2] for word in damaged.verified().split()}
            counts["bits"] += len(places)
            for path, _, _ in places:
                # The dress of a commit's certificate is signed by nobody.
                untold = "of no effect on a commit" if group is commits else "undetected"
                counts["bits told" if path.name in told else untold] += 1
            if rng.random() < 0.05:
                damaged.restores()
            for place in places:
                alter(*place)
        assert damaged.is_good() and damaged.restores()
    finally:
        remove(rig.folder)


def second_agent(rig, home):
    """Another machine's backups in the same target, sealed for the same owner."""
    state = rig.folder / "state of another"
    state.mkdir(mode=0o700)
    (state / "identity").write_text(json.dumps(IDENTITY | {"agent": OTHER}))
    (state / "identity").chmod(0o600)
    make_key(state / "sign.key")
    mine, rig.state = rig.state, state
    rig.backup(home)
    rig.state = mine


def spliced(rng, step, counts):
    """Objects missing, in each other's place, put back under another name, and another agent's."""
    rig = rigged()
    try:
        home = rig.folder / "home"
        home.mkdir()
        for number in range(4):
            (home / f"file{number}").write_bytes(content(rng, 5000))
            rig.backup(home)
        second_agent(rig, home)
        damaged = Damaged(rig, home, counts)
        base = rig.target / "vedette1"
        mine = rig.objects()
        others = sorted(path for path in (base / str(OTHER)).rglob("*") if path.is_file())
        for path in (*mine, *others):
            path.chmod(0o600)
        shutil.copytree(base, rig.folder / "kept")

        def again():
            remove(base)
            shutil.copytree(rig.folder / "kept", base)

        for path in mine:
            path.unlink()
            if path.stem != damaged.newest or path.suffix != ".p7s":      # that a newer one was there, the agent knows, and who keeps the catalogue
                damaged.look("removed")
            else:
                rig.backup(home)
                damaged.look("removed, and missed by the next")
            again()
        pairs = [(one, other) for one, other in itertools.permutations((*mine, *others), 2)
                 if one.parent.name == other.parent.name and one in mine]
        for one, other in pairs[rng.randrange(step)::step]:
            one.write_bytes(other.read_bytes())
            damaged.look("replaced by another")
            if other in mine:
                other.write_bytes((rig.folder / "kept" / one.relative_to(base)).read_bytes())
                damaged.look("swapped")
            again()
        for path in (*mine, *others):
            if path.suffix != ".p7s":
                continue
            again_as = base / str(AGENT) / "c" / f"{rng.randbytes(16).hex()}.p7s"
            again_as.write_bytes(path.read_bytes())
            damaged.look("put there under another name")
            again_as.unlink()
        # A whole backup of another's, under its own names.
        for path in others:
            to = base / str(AGENT) / path.relative_to(base / str(OTHER))
            to.write_bytes(path.read_bytes())
        damaged.look("spliced in from another agent")
        again()
        assert damaged.is_good() and damaged.restores()
    finally:
        remove(rig.folder)


WRONG = ("undetected", "wrong bytes restored")


def run(bits, seed, step=1):
    counts = collections.Counter({what: 0 for what in WRONG})
    rng = random.Random(seed)
    small(rng, step, counts)
    spliced(rng, step, counts)
    large(rng, bits, MIB if step == 1 else 1, BACKUPS if step == 1 else 5, counts)
    assert not any(counts[what] for what in WRONG), counts
    return dict(counts)


if __name__ == "__main__":
    main(run, 100000)
