"""Ways to hurt a deployment, and the load under which it is hurt."""
import contextlib
import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from harness import BUILD

FAKED = ["ingest", "portal", "scheduler", "backup", "audit", "alert", "agent"]


class Load:
    """Operations one after the other, each with a name of its own; remembers those that were acknowledged."""

    def __init__(self, deployment, agent):
        self.deployment, self.agent = deployment, agent
        self.acknowledged, self.refused = [], []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        number = 0
        while not self.ended.is_set():
            number += 1
            name = f"name-{number}"
            done = self.deployment.run_cli("agents", "rename", str(self.agent), name)
            (self.refused if done.returncode else self.acknowledged).append(name)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


class Clock:
    """The wall clock of our own programs, by libfaketime (which neither Redis nor Python stand); monotonic time goes on.

    They are started through wrappers in a build folder of their own. The offset stands in each one's own folder: a
    confined service can read no other. Nor can it remove what libfaketime shares in /dev/shm by its process's number,
    so the wrappers note these, and it is done in the end, when all of them are gone.
    """
    LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

    def __init__(self, state):
        self.state = state
        self.build = state / "build"
        self.build.mkdir(mode=0o755)
        self.started = pathlib.Path(tempfile.mkdtemp(prefix="v-clock-")) / "started"
        self.started.touch()
        for program in BUILD.glob("vedette*"):
            name = program.name.removeprefix("vedette-")
            if name in FAKED:
                wrapper = self.build / program.name
                wrapper.write_text(f"#!/bin/sh\necho $$ >> '{self.started}'\nexport LD_PRELOAD={self.LIBRARY} FAKETIME_NO_CACHE=1 "
                                   f"FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_TIMESTAMP_FILE='{state}/{name}/offset'\n"
                                   f"exec '{program}' \"$@\"\n")
                wrapper.chmod(0o755)
            else:
                (self.build / program.name).symlink_to(program)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.started.read_text().split():
            for shared in "faketime_shm", "sem.faketime_sem":
                pathlib.Path(f"/dev/shm/{shared}_{pid}").unlink(missing_ok=True)
        shutil.rmtree(self.started.parent)

    def environment(self):
        return {"VEDETTE_BUILD": str(self.build)}

    def step(self, seconds):
        for name in FAKED:
            offset = self.state / name / "offset"
            offset.write_text(f"{seconds:+d}\n")
            offset.chmod(0o644)


@contextlib.contextmanager
def small_disk(folder, size):
    """folder on a disk of its own of so many bytes, with what was in it."""
    before = folder.stat()
    kept = folder.with_name(folder.name + ".kept")
    folder.rename(kept)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700,uid={before.st_uid},gid={before.st_gid}",
                    "vedette-test", folder], check=True)
    try:
        for one in kept.iterdir():
            owner = one.stat()
            shutil.copy2(one, folder)
            os.chown(folder / one.name, owner.st_uid, owner.st_gid)
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Disk:
    def __init__(self, folder):
        self.filler = folder / "filler"

    def fill(self, leave=0):
        """Until only so many bytes are free. Who else writes there may be faster."""
        while True:
            free = os.statvfs(self.filler.parent)
            room = free.f_bavail * free.f_frsize - leave
            if room <= 0:
                return
            try:
                with open(self.filler, "ab") as file:
                    os.posix_fallocate(file.fileno(), file.tell(), room)
                return
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def empty(self):
        self.filler.unlink()


def main(run, count, *more):
    """COUNT [SEED [MORE…]] of the command line, or what is given here and a seed of the clock's; prints what run() counted."""
    words = [int(word) if word.isdigit() else word for word in sys.argv[1:]]
    seed = words[1] if len(words) > 1 else int(time.time())
    print(f"seed {seed}", flush=True)
    counted = run(words[0] if words else count, seed, *(words[2:] or more))
    print(counted if isinstance(counted, str) else json.dumps(counted))
