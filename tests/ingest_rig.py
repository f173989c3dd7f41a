"""Agents for tests of ingest, made of nothing but a socket: beats, wakes and mail as lib/beat.h and calls.def say."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import struct
import subprocess

HELLO, GOODBYE, UPDATING = 1, 2, 4
MASK = (1 << 64) - 1


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK


def siphash24(key, data):
    """SipHash-2-4 (Aumasson and Bernstein): the eight bytes as libsodium gives them and as they stand in a beat."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for word, in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xff
    rounds(4)
    return struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])


def hkdf(secret, label, length):
    prk = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(prk, label + b"\1", "sha256")[:length]


class Agent:
    """One agent: its own socket, counter and keys."""

    def __init__(self, number, secret, beats_port, counter=0):
        self.number, self.secret, self.counter = number, secret, counter
        self.beat_key = hkdf(secret, b"vedette beat v1", 16)
        self.wake_key = hkdf(secret, b"vedette wake v1", 16)
        self.carry_key = hkdf(secret, b"vedette carry v1", 32)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", beats_port))

    def make(self, flags=0, counter=None, version=1, number=None):
        head = struct.pack(">BBHIQ", version, flags, 0, self.number if number is None else number, counter)
        return head + siphash24(self.beat_key, head)

    def beat(self, flags=0):
        """Send the next beat; returns it, as somebody on the way would have recorded it."""
        self.counter += 1
        datagram = self.make(flags, self.counter)
        # While ingest is down a send may tell of the beat before instead of sending this one.
        with contextlib.suppress(ConnectionRefusedError):
            self.socket.send(datagram)
            return datagram
        with contextlib.suppress(ConnectionRefusedError):
            self.socket.send(datagram)
        return datagram

    def heard(self, within_s=0.3):
        """What came back within that time, or None."""
        self.socket.settimeout(within_s)
        try:
            return self.socket.recv(2048)
        except TimeoutError:
            return None

    def is_wake(self, datagram):
        return len(datagram) == 24 and struct.unpack(">I", datagram[4:8])[0] == self.number and \
            datagram[16:] == siphash24(self.wake_key, datagram[:16])

    def mail(self, door, **more):
        body = json.dumps({"agent": self.number, "instance": more.pop("instance", "0" * 32)} | more).encode()
        return door.ask("POST", "/v1/mail", body, {"Vedette-MAC": hmac.new(self.carry_key, body, "sha256").hexdigest()})


def fleet(deployment, count, tenant="acme", site="hq"):
    """Agents registered in bulk; needs the setting ingest.bulk_register."""
    given = deployment.cli("fleet", "register", "--count", str(count), "--tenant", tenant, "--site", site, "--json",
                           parsed=True)
    secret = bytes.fromhex(given["fleet_secret"])
    return [Agent(number, hmac.digest(secret, struct.pack(">I", number), "sha256"), deployment.base)
            for number in range(given["first"], given["first"] + count)]


def public_key():
    """A P-256 public key as agents send it."""
    key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=key, stdout=subprocess.PIPE,
                         check=True).stdout
    return base64.b64encode(der).decode(), hashlib.sha256(der).hexdigest()


class Door:
    """Ingest's HTTPS, over TLS that the deployment's CA vouches for. `source`: come from this loopback address."""

    def __init__(self, deployment, source="127.0.0.1"):
        self.port, self.source = deployment.base + 1, source
        self.trust = ssl.create_default_context(cafile=str(deployment.state / "ca.pem"))

    def ask(self, method, path, body=None, headers=()):
        """Status and the JSON of the answer."""
        link = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.trust,
                                           source_address=(self.source, 0))
        try:
            link.request(method, path, body, dict(headers))
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            link.close()

    def enrol(self, token, **more):
        request = {"token": token, "beat_secret": secrets.token_hex(32), "sign_key": public_key()[0],
                   "seal_key": public_key()[0], "instance": secrets.token_hex(16), "hostname": "made-up", "os": "Debian",
                   "kernel": "6.1", "version": "0.1.0"} | more
        return self.ask("POST", "/v1/enrol", json.dumps(request).encode())
