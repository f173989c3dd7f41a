"""A stand-in for an S3 server, because Debian packages none that starts within a test: the rules of the S3 API that matter
to a target (SigV4, conditional put, versions, Object Lock, expected owner, pages), kept in memory, over TLS; and the faults
that networks and servers have. What it says about signatures is held against AWS's published examples; what real
servers do is tests/faults/targets.py --real's, with Ceph's gateway."""
import base64
import datetime
import hashlib
import hmac
import http.server
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import xml.sax.saxutils

from target_rig import listen_address

REGION, ACCESS, SECRET = "eu-test-1", "AKIDTEST", "secret/with+slash"
EMPTY = hashlib.sha256(b"").hexdigest()


def signature(secret, method, path, query, headers, signed, payload, stamp, scope):
    """Of a request (AWS Signature Version 4). query and headers are pairs and a dict with lower-case names."""
    canonical = "\n".join([
        method, urllib.parse.quote(path, safe="/-_.~"),
        "&".join(sorted(f"{urllib.parse.quote(n, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for n, v in query)),
        *(f"{name}:{' '.join(headers[name].split())}" for name in signed), "", ";".join(signed), payload])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


class Version:
    def __init__(self, number, data, headers):
        self.id, self.data, self.time = f"v{number}", data, time.time()
        until = headers.get("x-amz-object-lock-retain-until-date")
        self.until = datetime.datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp() if until else 0
        self.mode = headers.get("x-amz-object-lock-mode")


class Refused(Exception):
    def __init__(self, status, code):
        self.status, self.code = status, code


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_):
        pass

    def parsed(self):
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        _, bucket, *key = path.split("/", 2)
        query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        return path, bucket, key[0] if key else "", query

    def authorize(self):
        """Whoever asks knows the secret, signed all that counts, now."""
        server, headers = self.server.rig, {name.lower(): value for name, value in self.headers.items()}
        path, bucket, _, query = self.parsed()
        try:
            word, rest = headers["authorization"].split(" ", 1)
            fields = dict(field.strip().split("=", 1) for field in rest.split(","))
            access, scope = fields["Credential"].split("/", 1)
            signed, stamp, payload = fields["SignedHeaders"].split(";"), headers["x-amz-date"], headers["x-amz-content-sha256"]
            right = signature(server.secret, self.command, path, query, headers, signed, payload, stamp, scope)
        except (KeyError, ValueError):
            raise Refused(400, "AuthorizationHeaderMalformed")
        # Other headers of S3 than the signed ones could be put in on the way.
        loose = [name for name in headers if name.startswith("x-amz-") and name not in signed]
        if word != "AWS4-HMAC-SHA256" or access != ACCESS or loose or "host" not in signed or signed != sorted(signed) \
                or scope != f"{stamp[:8]}/{REGION}/s3/aws4_request" or not hmac.compare_digest(right, fields["Signature"]):
            raise Refused(403, "SignatureDoesNotMatch")
        made = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
        if abs(time.time() - made) > 900:
            raise Refused(403, "RequestTimeTooSkewed")
        if bucket != server.bucket:
            raise Refused(404, "NoSuchBucket")
        if headers.get("x-amz-expected-bucket-owner", server.owner) != server.owner:
            raise Refused(403, "AccessDenied")

    def condition(self):
        _, _, key, _ = self.parsed()
        if self.command == "PUT" and self.headers.get("if-none-match") == "*" and self.server.rig.latest(key) \
                and self.server.rig.conditional:
            raise Refused(412, "PreconditionFailed")
        if self.command == "PUT" and not self.headers.get("if-none-match") and self.server.rig.must_be_conditional:
            raise Refused(403, "AccessDenied")

    def handle_expect_100(self):
        """Refused before the body is sent."""
        try:
            self.authorize()
            self.condition()
        except Refused as refused:
            self.close_connection = True
            self.refuse(refused)
            return False
        return super().handle_expect_100()

    def refuse(self, refused):
        body = f"<?xml version='1.0'?><Error><Code>{refused.code}</Code><Message>so it is</Message></Error>".encode()
        self.answer(refused.status, b"" if self.command == "HEAD" else body)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("length", len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one(self):
        rig = self.server.rig
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        rig.body_bytes += len(body)
        fault = rig.faults.pop(0) if rig.faults and rig.faults[0][0] in (self.command, "*") else (None, None)
        try:
            if fault[1] == "busy":
                raise Refused(503, "SlowDown")
            if fault[1] == "broken":
                raise Refused(500, "InternalError")
            if fault[1] == "lie":                      # a proxy, a captive portal
                return self.answer(200, b"<html>welcome</html>")
            if fault[1] == "lie-well":                 # or a server that forgets
                return self.answer(200, ETag='"0"')
            if fault[1] == "elsewhere":
                return self.answer(307, Location="https://elsewhere.invalid/")
            self.authorize()
            if hashlib.sha256(body).hexdigest() != self.headers["x-amz-content-sha256"]:
                raise Refused(400, "XAmzContentSHA256Mismatch")
            self.condition()
            with rig.lock:
                rig.calls.append(self.command)
                getattr(self, "s3_" + self.command.lower())(body)
            if fault[1] == "silent":                   # done, but the answer is lost
                raise BrokenPipeError
        except Refused as refused:
            self.refuse(refused)

    def s3_put(self, body):
        rig, (_, _, key, _) = self.server.rig, self.parsed()
        checksum = self.headers.get("x-amz-checksum-sha256")
        if checksum and base64.b64decode(checksum) != hashlib.sha256(body).digest():
            raise Refused(400, "BadDigest")
        if self.headers.get("x-amz-object-lock-mode") and not checksum:
            raise Refused(400, "InvalidRequest")
        if rig.full:
            raise Refused(403, "QuotaExceeded")
        rig.number += 1
        version = Version(rig.number, body, self.headers)
        rig.objects.setdefault(key, []).append(version)
        if rig.faults and rig.faults[0] == ("PUT", "silent"):
            rig.faults.pop(0)
            self.close_connection = True
            return
        self.answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"', x_amz_version_id=version.id)

    def s3_head(self, _):
        rig, (_, _, key, _) = self.server.rig, self.parsed()
        version = rig.latest(key) if key else None
        if key and not version:
            raise Refused(404, "NoSuchKey")
        modified = self.date_time_string(version.time) if version else self.date_time_string()
        self.answer(200, length=len(version.data) if version else 0, Last_Modified=modified, ETag='"x"')

    def s3_get(self, _):
        rig, (_, _, key, query) = self.server.rig, self.parsed()
        if not key:
            return self.answer(200, rig.page(dict(query)).encode(), Content_Type="application/xml")
        version = rig.latest(key)
        if not version:
            raise Refused(404, "NoSuchKey")
        asked = self.headers.get("Range")
        if not asked:
            return self.answer(200, version.data, ETag='"x"')
        begin, end = asked.removeprefix("bytes=").split("-")
        begin, end = int(begin), min(int(end or len(version.data) - 1), len(version.data) - 1)
        if begin >= len(version.data):
            raise Refused(416, "InvalidRange")
        self.answer(206, version.data[begin:end + 1], Content_Range=f"bytes {begin}-{end}/{len(version.data)}")

    def s3_delete(self, _):
        rig, (_, _, key, query) = self.server.rig, self.parsed()
        version = dict(query).get("versionId")
        if not rig.may_delete:
            raise Refused(403, "AccessDenied")
        if version is None:
            rig.number += 1
            rig.objects.setdefault(key, []).append(Version(rig.number, None, {}))     # a delete marker
        else:
            if any(one.id == version and one.until > time.time() for one in rig.objects.get(key, [])):
                raise Refused(403, "AccessDenied")
            rig.objects[key] = [one for one in rig.objects.get(key, []) if one.id != version]
        self.answer(204)

    do_GET = do_PUT = do_HEAD = do_DELETE = handle_one


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, *_):
        pass     # lines are cut on purpose


class S3:
    """host: its name, where other machines are to reach it."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-s3-"))
        self.bucket, self.owner, self.secret = "backups", "111122223333", SECRET
        self.conditional = self.may_delete = True
        self.must_be_conditional = self.full = False
        self.endless, self.turn = None, ""     # a list's pages: the first and no other, or the first two by turns
        self.page_keys = 1000
        self.objects, self.number, self.faults, self.calls, self.body_bytes = {}, 0, [], [], 0
        self.lock = threading.Lock()
        self.certify("ca"), self.certify("other")
        self.server = Server((listen_address(host), 0), Handler)
        self.server.rig = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "ca.pem", self.folder / "ca.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        self.credentials = self.folder / "credentials"
        self.credentials.write_text(f"access_key = {ACCESS}\nsecret_key = {SECRET}\n")
        self.credentials.chmod(0o600)

    def certify(self, name):
        kind = "IP" if self.host == "127.0.0.1" else "DNS"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{self.host}", "-keyout",
                        self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem"], check=True, capture_output=True)

    def section(self, name, port=None, ca="ca", bucket=None, more=""):
        return (f"[{name}]\nurl = s3://{self.host}:{port or self.port}/{bucket or self.bucket}/some/where\n"
                f"ca = {self.folder / ca}.pem\ncredentials = {self.credentials}\nregion = {REGION}\nrecovery = /dev/null\n{more}\n")

    def latest(self, key):
        versions = self.objects.get(key)
        return versions[-1] if versions and versions[-1].data is not None else None

    def page(self, query):
        prefix, begin = query.get("prefix", ""), query.get("continuation-token", "")
        if self.endless == "one page" or (self.endless == "two by turns" and begin and begin == self.turn):
            begin = ""
        rows = []
        if "versions" in query:
            kind = "ListVersionsResult"
            for key, versions in sorted(self.objects.items()):
                rows += [(key, version, "DeleteMarker" if version.data is None else "Version") for version in reversed(versions)
                         if key.startswith(prefix)]
        else:
            kind = "ListBucketResult"
            rows = [(key, self.latest(key), "Contents") for key in sorted(self.objects)
                    if key.startswith(prefix) and key > begin and self.latest(key)]
        shown = rows[:min(self.page_keys, int(query.get("max-keys", 1000)))]
        text = f"<?xml version='1.0' encoding='UTF-8'?>\n<{kind} xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\n" \
               f"<IsTruncated>{str(len(shown) < len(rows)).lower()}</IsTruncated>"
        self.turn = shown[-1][0] if begin and shown else self.turn
        if len(shown) < len(rows):
            text += f"<NextContinuationToken>{xml.sax.saxutils.escape(shown[-1][0])}</NextContinuationToken>"
        for key, version, element in shown:
            modified = datetime.datetime.fromtimestamp(version.time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            size = "" if version.data is None else f"<Size>{len(version.data)}</Size>"
            text += f"<{element}><Key>{urllib.parse.quote(key)}</Key><VersionId>{version.id}</VersionId>" \
                    f"<LastModified>{modified}</LastModified>{size}<Owner><ID>1</ID></Owner></{element}>"
        return text + f"</{kind}>"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        shutil.rmtree(self.folder)
