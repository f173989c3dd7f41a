"""Ways to hurt a deployment, and the load under which it is hurt."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import threading


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
    """The wall clock of a deployment, by libfaketime; its monotonic clock goes on as it is."""
    LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "clock"
        self.step(0)

    def environment(self):
        return {"LD_PRELOAD": self.LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def step(self, seconds):
        self.file.write_text(f"{seconds:+d}\n")
        self.file.chmod(0o644)


@contextlib.contextmanager
def small_disk(folder, size):
    """folder on a disk of its own of so many bytes, with what was in it; fill() leaves none free."""
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

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(65536))

    def empty(self):
        self.filler.unlink()
