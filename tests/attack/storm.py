"""Wakes by a thief who has the agent's secret, as ingest has it."""
import json
import os
import pathlib
import socket
import struct
import time

from harness import wait
from ingest_rig import hkdf, siphash24


def port_of(pid):
    """The port of the process's one UDP socket, once it has one."""
    inodes = {os.stat(fd).st_ino for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    for line in pathlib.Path(f"/proc/{pid}/net/udp").read_text().splitlines()[1:]:
        words = line.split()
        if int(words[9]) in inodes:
            return int(words[1].split(":")[1], 16)
    return None


class Storm:
    def __init__(self, state, pid):
        self.identity = json.loads((state / "identity").read_text())
        self.key = hkdf(bytes.fromhex((state / "secret").read_text().strip()), b"vedette wake v1", 16)
        self.port = wait(lambda: port_of(pid), 10, "the agent's socket")
        self.counter = 1 << 40

    def wake(self):
        self.counter += 1
        head = struct.pack(">BBHIQ", 1, 0, 0, self.identity["agent"], self.counter)
        return head + siphash24(self.key, head)

    def blow(self, seconds):
        """As many as there is time for; how many that was."""
        sent, until = 0, time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while time.monotonic() < until:
                out.sendto(self.wake(), ("127.0.0.1", self.port))
                sent += 1
        return sent
