"""Targets for tests: a real OpenSSH server, a proxy that cuts the line, and the program that makes target.h's calls."""
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import threading

from harness import BUILD, free_ports, wait

# What a write-once account may ask of OpenSSH's server: everything else is denied. docs/backup-targets.md says the same.
WRITE_ONCE = ["-u", "0337", "-p", "open,close,read,write,fstat,lstat,stat,opendir,readdir,realpath,"
              "fsync,statvfs,limits"]


class Driver:
    """build/tests/tools/target_driver: a target of a conf file, asked call by call."""

    def __init__(self, conf, name, deadline_ms=20000, bytes_per_s=0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-driver-"))
        self.process = subprocess.Popen([BUILD / "tests/tools/target_driver", conf, name, str(deadline_ms),
                                         str(bytes_per_s)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self.process.stdout.readline().strip()
        self.moved, self.reason = 0, ""

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        result, moved, *rest = self.process.stdout.readline().rstrip("\n").split(" ", 2)
        self.moved, self.reason = int(moved), rest[0] if rest else ""
        return result

    def put(self, name, data):
        file = self.folder / "in"
        file.write_bytes(data)
        return self.ask("put", name, file)

    def get(self, name, begin=0, count=(1 << 64) - 1):
        """The bytes, or the word for why there are none."""
        file = self.folder / "out"
        result = self.ask("get", name, begin, count, file)
        return file.read_bytes() if result == "done" else result

    def find(self, name):
        """Size and time, or the word for why not."""
        result = self.ask("find", name)
        return tuple(map(int, self.reason.split())) if result == "done" else result

    def list(self, folder="/"):
        """{name: bytes}, or the word."""
        file = self.folder / "out"
        result = self.ask("list", folder, file)
        rows = [line.split() for line in file.read_text().splitlines()]
        return {name: int(count) for name, count, _ in rows} if result == "done" else result

    def remove(self, name):
        return self.ask("remove", name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        shutil.rmtree(self.folder)


def check(conf, name):
    """What `vedette backup target check` says: exit status and JSON, or None."""
    done = subprocess.run([BUILD / "vedette", "--json", "backup", "target", "check", name, "--targets", conf],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else None


class Cutter:
    """A TCP proxy. cut(n, up) ends the next connection after so many bytes in that direction, once."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.left, self.upwards, self.cuts, self.up_bytes = None, True, 0, 0
        self.threads, self.open = [], set()
        self.accepter = threading.Thread(target=self.accept)
        self.accepter.start()

    def cut(self, count, upwards=True):
        with self.lock:
            self.left, self.upwards = count, upwards

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            with self.lock:
                self.open |= {near, far}
            for one, other, upwards in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self.carry, args=(one, other, upwards))
                self.threads.append(thread)
                thread.start()

    def allowed(self, count, upwards):
        """How many of the bytes may pass; fewer than count: then the line is cut."""
        with self.lock:
            self.up_bytes += count if upwards else 0
            if self.left is None or upwards != self.upwards:
                return count
            if self.left >= count:
                self.left -= count
                return count
            part, self.left = self.left, None
            self.cuts += 1
            return part

    def carry(self, one, other, upwards):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                part = self.allowed(len(data), upwards)
                other.sendall(data[:part])
                if part < len(data):
                    break
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepter.join()
        for end in self.open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for end in self.open:
            end.close()


def key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path], check=True)
    return path


def fingerprint(public):
    digest = hashlib.sha256(base64.b64decode(public.read_text().split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def listen_address(host):
    return "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"


class Ssh:
    """OpenSSH's server on a port of its own, with an account that may do SFTP: all of it, or write-once. host: its name, where
    other machines are to reach it."""

    def __init__(self, options=(), host="127.0.0.1"):
        self.host = host
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-ssh-"))
        self.folder.chmod(0o711)
        # Not root, whom no mode holds back.
        self.user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.store = self.folder / "store"
        self.store.mkdir()
        self.host_key, self.user_key = key(self.folder / "host"), key(self.folder / "user")
        self.pin = fingerprint(self.folder / "host.pub")
        (self.folder / "authorized").write_text((self.folder / "user.pub").read_text())
        (self.folder / "authorized").chmod(0o644)
        self.port = free_ports(1)
        self.process = None
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.start(options)

    def folders(self, *names):
        """Made by the owner, as a write-once server wants it."""
        for name in names:
            (self.store / name).mkdir(parents=True, exist_ok=True)
        owner = pwd.getpwnam(self.user)
        for path in (self.store, *self.store.rglob("*")):
            os.lchown(path, owner.pw_uid, owner.pw_gid)     # a link that a test laid there leads nowhere

    def start(self, options):
        (self.folder / "sshd_config").write_text("\n".join([
            f"Port {self.port}", f"ListenAddress {listen_address(self.host)}", f"HostKey {self.host_key}", "UsePAM no", "StrictModes no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", f"AuthorizedKeysFile {self.folder}/authorized",
            f"PidFile {self.folder}/pid", "MaxStartups 100", "Subsystem sftp internal-sftp",
            "ForceCommand internal-sftp " + " ".join(options), ""]))
        self.folders()
        self.log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"],
                                        stderr=self.log, stdout=self.log)
        wait(lambda: socket.create_connection(("127.0.0.1", self.port)).close() is None, 20, "sshd")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def section(self, name, port=None, pin=None):
        """Of targets.conf."""
        return (f"[{name}]\nurl = sftp://{self.user}@{self.host}:{port or self.port}{self.store}\n"
                f"host_key = {pin or self.pin}\ncredentials = {self.user_key}\nrecovery = /dev/null\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)


def garbage(count, seed):
    return random.Random(seed).randbytes(count)
