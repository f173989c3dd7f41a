"""Receivers for outputs: certificates for 127.0.0.1, an HTTPS server that can fail in every way, and the real rsyslog and
syslog-ng, which bootstrap unpacks into build/receivers."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

from harness import ROOT, wait

UNPACKED = ROOT / "build/receivers"


def make_certificates(folder):
    """ca.pem, and server.pem with server.key for 127.0.0.1 under it."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, cwd=folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test CA")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=receiver")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "san", "-out", "server.pem")


class Webhook:
    """An HTTPS server that keeps what it took. `trouble(number)` says what becomes of a request: None takes it; a number
    is answered as a status; "reset" resets the connection before, "lost" after taking it; "slow" answers late."""

    def __init__(self, folder, port, trouble=lambda number: None):
        self.folder, self.port, self.trouble = folder, port, trouble
        self.taken, self.asked, self.secret = [], 0, None
        self.server = None

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self):
                receiver.take(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass        # a client that was killed
        self.server = Server(("0.0.0.0", self.port), Handler)
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        # The handshake belongs into the connection's own thread.
        self.server.socket = trust.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def take(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.asked += 1
        trouble = self.trouble(self.asked) if self.server else "reset"
        if trouble == "slow":
            time.sleep(0.3)
        if trouble in (None, "lost", "slow"):
            self.taken.append((request.headers, body))
        if trouble in ("reset", "lost"):
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close_connection = True
            os.close(request.connection.detach())
            return
        request.send_response(trouble if isinstance(trouble, int) else 204)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def ids(self):
        return [headers["webhook-id"] for headers, _ in list(self.taken)]

    def events(self):
        return [json.loads(body) for _, body in list(self.taken)]

    def check_signatures(self):
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", self.secret), self.secret
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        for headers, body in list(self.taken):
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
            assert headers["webhook-signature"] == f"v1,{mac}", headers["webhook-id"]
            assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
            assert headers["Content-Type"] == "application/cloudevents+json"
            assert json.loads(body)["id"] == headers["webhook-id"]


def chance(seed, *troubles, one_in):
    """Trouble at random, the same for the same seed; each kind before any comes again."""
    draw, left = random.Random(seed), []

    def trouble(_):
        if draw.randrange(one_in):
            return None
        left[:] = left or draw.sample(troubles, len(troubles))
        return left.pop()
    return trouble


def counted(numbers, first, count):
    """Every number from first on is there; how many came more than once. First comers are in order."""
    seen = collections.Counter(numbers)
    missing = [n for n in range(first, first + count) if n not in seen]
    assert not missing, f"{len(missing)} missing, the first is {missing[0]}"
    order = list(dict.fromkeys(numbers))
    assert order == sorted(order), "not in order"
    return sum(seen.values()) - len(seen)


def snippet(language, folder, port, **replaced):
    """What docs/outputs.md tells people to configure, with this test's files and port."""
    text = (ROOT / "docs/outputs.md").read_text()
    text = re.search(rf"^```{language}\n(.*?)^```$", text, re.S | re.M).group(1)
    for was, now in ({"/etc/ssl/siem": str(folder), "6514": str(port)} | replaced).items():
        assert was in text, was
        text = text.replace(was, now)
    return text


class Collector:
    """A syslog daemon of the test's own. Each message becomes a line: class, sequence, PRI, MSGID and body, as the daemon
    itself parsed them."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.out = folder / f"{self.name}.out"
        self.process = None

    def start(self):
        assert (UNPACKED / "complete").exists(), "the collectors are missing: ./bootstrap deps"
        conf = self.folder / f"{self.name}.conf"
        conf.write_text(self.conf())
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.argv(conf), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=os.environ | self.environment())
        wait(self.listens, 20, f"{self.name} to listen")
        return self

    def listens(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def stop(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    def environment(self):
        return {}

    def lines(self):
        return self.out.read_text().splitlines() if self.out.exists() else []

    def sequences(self, log_class="fleet"):
        return [int(line.split(" ", 2)[1]) for line in self.lines() if line.startswith(log_class + " ")]


class Rsyslog(Collector):
    name = "rsyslog"
    driver = "gtls"

    def conf(self):
        # What was read is written at once: what rsyslog loses from its own queue when it is killed is not ours to prove.
        return snippet("rsyslog", self.folder, self.port, ossl=self.driver) + f"""
main_queue(queue.type="Direct")
template(name="line" type="list") {{
    property(name="structured-data" regex.expression="class=\\"([a-z]+)\\"" regex.type="ERE" regex.submatch="1")
    constant(value=" ")
    property(name="structured-data" regex.expression="sequence=\\"([0-9]+)\\"" regex.type="ERE" regex.submatch="1")
    constant(value=" ") property(name="pri")
    constant(value=" ") property(name="msgid")
    constant(value=" ") property(name="msg")
    constant(value="\\n")
}}
action(type="omfile" file="{self.out}" template="line")
"""

    def argv(self, conf):
        return [str(UNPACKED / "usr/sbin/rsyslogd"), "-n", "-f", str(conf), "-i", str(self.folder / "rsyslog.pid"), "-M",
                str(next(UNPACKED.glob("usr/lib/*/rsyslog")))]


class RsyslogOpenssl(Rsyslog):
    driver = "ossl"


class SyslogNg(Collector):
    name = "syslog-ng"

    def conf(self):
        return "@version: 3.38\n" + snippet("syslog-ng", self.folder, self.port) + f"""
options {{ flush-lines(1); }};
destination out {{
    file("{self.out}" template("${{.SDATA.vedette@32473.class}} ${{.SDATA.vedette@32473.sequence}} $PRI $MSGID $MSG\\n"));
}};
log {{ source(s_vedette); destination(out); flags(flow-control); }};
"""

    def argv(self, conf):
        words = [UNPACKED / "usr/sbin/syslog-ng", "--foreground", "--no-caps", "--cfgfile", conf, "--persist-file",
                 self.folder / "syslog-ng.persist", "--pidfile", self.folder / "syslog-ng.pid", "--control",
                 self.folder / "syslog-ng.ctl", "--module-path", next(UNPACKED.glob("usr/lib/syslog-ng/[0-9]*"))]
        return [str(word) for word in words]

    def environment(self):
        return {"LD_LIBRARY_PATH": str(UNPACKED / "usr/lib/syslog-ng")}
