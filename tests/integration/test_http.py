#!/usr/bin/env python3
"""Hostile HTTP against the real portal: each case is refused in time, with a reason, and hurts nobody else."""
import http.client
import json
import pathlib
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import PATIENCE, Deployment, main, test, wait, within

HOST = b"Host: localhost\r\n"
POST = b"POST /api/v1/login HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def plain(vedette):
    return socket.create_connection(("127.0.0.1", vedette.ready["ports"]["portal"]), timeout=30)


def tls(vedette):
    context = ssl.create_default_context(cafile=vedette.ready["ca_file"])
    link = plain(vedette)
    # Else Python's side holds the first request back until the server has acknowledged the handshake.
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(link, server_hostname="localhost")


def read_all(link, limit_s):
    """Everything until the server closes, and how long that took; fails if it does not."""
    began = time.monotonic()
    link.settimeout(limit_s)
    got = b""
    try:
        while part := link.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got, time.monotonic() - began


def refused(vedette, request, limit_s=5):
    with tls(vedette) as link:
        link.sendall(request)
        return read_all(link, limit_s)


def one_answer(link):
    answer = http.client.HTTPResponse(link)
    answer.begin()
    return answer, answer.read()


SMUGGLING = {
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "two Content-Lengths": POST + HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "the same Content-Length twice": POST + HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "Content-Length and chunked": POST + HOST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "chunked and Content-Length": POST + HOST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "gzip, chunked": POST + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "Chunked": POST + HOST + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + HOST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "xchunked": POST + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked on HTTP/1.0": b"POST /api/v1/login HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n",
    "blank behind a name": POST + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "blank behind Content-Length": POST + HOST + b"Content-Length : 2\r\n\r\n{}",
    "blank before a name": b"GET / HTTP/1.1\r\n Host: a\r\n" + HOST + b"\r\n",
    "folded Transfer-Encoding": POST + HOST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "folded Content-Length": POST + HOST + b"Content-Length:\r\n 2\r\n\r\n{}",
    "negative Content-Length": POST + HOST + b"Content-Length: -1\r\n\r\n",
    "signed Content-Length": POST + HOST + b"Content-Length: +2\r\n\r\n{}",
    "hexadecimal Content-Length": POST + HOST + b"Content-Length: 0x2\r\n\r\n{}",
    "list of Content-Lengths": POST + HOST + b"Content-Length: 2, 2\r\n\r\n{}",
    "empty Content-Length": POST + HOST + b"Content-Length:\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "blank in the address": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in the address": b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in a name": b"GET / HTTP/1.1\r\n" + HOST + b"X\0Y: a\r\n\r\n",
    "chunk that is no number": POST + HOST + CHUNKED + b"\r\nzz\r\n\r\n",
    "no version": b"GET /\r\n" + HOST + b"\r\n",
}


@test(f"{len(SMUGGLING)} requests that two readers may read differently: 400, closed within 1 s")
def _(vedette):
    for name, request in SMUGGLING.items():
        answer, took = refused(vedette, request)
        assert answer.startswith(b"HTTP/1.1 400 "), f"{name}: {answer[:200]}"
        # libmicrohttpd writes the headers of its own refusals twice.
        assert answer.count(b"HTTP/1.1 ") == answer.count(b"HTTP/1.1 400 "), f"{name}: what was smuggled got an answer: {answer}"
        assert b"\r\nConnection: close\r\n" in answer, f"{name}: {answer}"
        assert took < 1 * PATIENCE, f"{name}: closed only after {took:.1f} s"
    assert vedette.metrics("portal")['refused_total{reason="smuggling"}'] >= 15


@test("too large: bodies, chunks, headers, addresses")
def _(vedette):
    json_type = b"Content-Type: application/json\r\n"
    cases = {
        "a body by its length": (413, POST + HOST + json_type + b"Content-Length: 99999999999\r\n\r\n{"),
        "a length beyond numbers": (413, POST + HOST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{"),
        "a body that is sent": (413, POST + HOST + json_type + b"Content-Length: 600000\r\n\r\n" + b" " * 600000),
        "chunks": (413, POST + HOST + json_type + CHUNKED + b"\r\n" + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 40 +
                   b"0\r\n\r\n"),
        "headers": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 60000 + b"\r\n\r\n"),
        "an address": (414, b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    }
    for name, (status, request) in cases.items():
        answer, took = refused(vedette, request)
        assert answer.startswith(b"HTTP/1.1 %d " % status), f"{name}: {answer[:200]}"
        assert took < 2 * PATIENCE, f"{name}: {took:.1f} s"


@test("chunks without end are cut off")
def _(vedette):
    with tls(vedette) as link:
        link.sendall(POST + HOST + CHUNKED + b"\r\n")
        sent = 0
        try:
            while sent < 64 << 20:
                sent += link.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        except OSError:
            return
        raise AssertionError(f"{sent} bytes were taken")


@test("JSON, fields, types and methods: a 4xx with a reason that machines read")
def _(vedette):
    json_type = b"Content-Type: application/json\r\n"

    def post(body, path=b"/api/v1/login", more=json_type, method=b"POST"):
        request = (method + b" " + path + b" HTTP/1.1\r\n" + HOST + more +
                   b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        with tls(vedette) as link:
            link.sendall(request)
            answer, data = one_answer(link)
        return answer, json.loads(data)

    login = b'{"user":"a","password":"b","otp":"123456"'
    bad = [
        (b"", 400, "missing-field"), (b"{", 400, "bad-json"), (b"[]", 400, "bad-json"), (b"7", 400, "bad-json"),
        (b"\xff", 400, "bad-json"), (b"{} {}", 400, "bad-json"), (b'{"user":"a","user":"b"}', 400, "bad-json"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, 400, "bad-json"),
        (login + b',"extra":1}', 400, "unknown-field"), (b'{"user":"a"}', 400, "missing-field"),
        (b'{"user":7,"password":"b","otp":"123456"}', 400, "bad-field"),
        (b'{"user":"","password":"b","otp":"123456"}', 400, "bad-field"),
        (b'{"user":"a","password":"b","otp":"12345"}', 400, "bad-field"),
        (b'{"user":"a\\u0000b","password":"b","otp":"123456"}', 400, None),
        (b'{"user":"a\\nb","password":"b","otp":"123456"}', 400, "bad-field"),
        (b'{"user":"' + b"a" * 65 + b'","password":"b","otp":"123456"}', 400, "bad-field"),
        (b'{"user":null,"password":"b","otp":"123456"}', 400, None),
    ]
    for body, status, code in bad:
        answer, said = post(body)
        assert answer.status == status, f"{body[:80]}: {answer.status} {said}"
        assert said["reason"] and (code is None or said["code"] == code), f"{body[:80]}: {said}"
    for more in (b"", b"Content-Type: text/plain\r\n", b"Content-Type: application/jsonp\r\n"):
        answer, said = post(login + b"}", more=more)
        assert (answer.status, said["code"]) == (415, "not-json"), more
    answer, said = post(b"{}", method=b"DELETE")
    assert answer.status == 405 and answer.headers["Allow"] == "POST" and said["code"] == "other-method"
    answer, said = post(b"{}", path=b"/api/v1/nothing")
    assert answer.status == 404 and said["code"] == "not-found"
    answer, said = post(login + b"}", path=b"/api/v1/login?user=b")
    assert answer.status == 400 and said["field"] == "user"
    answer, said = post(login + b"}", more=json_type + b"Sec-Fetch-Site: cross-site\r\n")
    assert (answer.status, said["code"]) == (403, "bad-csrf")


def drip(link, limit_s):
    """Send a byte every second until the server closes; returns when."""
    began = time.monotonic()
    link.settimeout(1)
    while time.monotonic() - began < limit_s:
        try:
            link.sendall(b"a")
            if link.recv(1000) == b"":
                break
        except TimeoutError:
            pass
        except OSError:
            break
    return time.monotonic() - began


@test("slow ones: handshake 10 s, headers 15 s from the request's first byte, on kept connections too; bodies 30 s")
def _(vedette):
    get = b"GET /icon.svg HTTP/1.1\r\n" + HOST
    took = {}

    def silent_handshake():
        with plain(vedette) as link:
            took["handshake"] = read_all(link, 20)[1]

    def dripping_handshake():
        with plain(vedette) as link:
            link.sendall(b"\x16\x03\x01\x02\x00")
            took["dripping handshake"] = drip(link, 20)

    def silent_headers():
        with tls(vedette) as link:
            link.sendall(get + b"X: ")
            took["headers"] = read_all(link, 25)[1]

    def dripping_headers():
        with tls(vedette) as link:
            link.sendall(get + b"X: ")
            took["dripping headers"] = drip(link, 25)

    def kept():
        with tls(vedette) as link:
            for pause in (0, 16):
                time.sleep(pause)       # longer than a request may take: but none has begun
                link.sendall(get + b"\r\n")
                assert one_answer(link)[0].status == 200
            link.sendall(get + b"X: ")
            took["headers on a kept connection"] = drip(link, 25)

    def idle_first():
        with tls(vedette) as link:
            time.sleep(17)
            link.sendall(get + b"\r\n")
            assert one_answer(link)[0].status == 200
            took["nothing"] = 0

    def slow_but_in_time():
        with tls(vedette) as link:
            link.sendall(get + b"X: ")
            time.sleep(13)
            link.sendall(b"a\r\n\r\n")
            assert one_answer(link)[0].status == 200

    def body():
        with tls(vedette) as link:
            link.sendall(POST + HOST + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
            took["body"] = drip(link, 45)

    cases = [silent_handshake, dripping_handshake, silent_headers, dripping_headers, kept, idle_first, slow_but_in_time, body]
    failures = []

    def run(case):
        try:
            case()
        except Exception as error:
            failures.append(f"{case.__name__}: {error!r}")

    threads = [threading.Thread(target=run, args=(case,)) for case in cases]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures, failures
    for name, least, most in (("handshake", 9, 12), ("dripping handshake", 0, 12), ("headers", 14, 17),
                              ("dripping headers", 14, 18), ("headers on a kept connection", 14, 18), ("body", 29, 33)):
        assert least <= took[name] <= most + PATIENCE - 1, f"{name}: closed after {took[name]:.1f} s"


@test("300 connections that say nothing keep nobody out")
def _(vedette):
    links = [plain(vedette) for _ in range(300)]
    try:
        began = time.monotonic()
        with tls(vedette) as link:
            link.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert one_answer(link)[0].status == 200
        assert within(began, 2)
    finally:
        for one in links:
            one.close()


@test("TLS 1.2 and 1.3 and nothing older")
def _(vedette):
    context = ssl.create_default_context(cafile=vedette.ready["ca_file"])
    for version, taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        try:
            with context.wrap_socket(plain(vedette), server_hostname="localhost") as link:
                assert taken, f"{link.version()} was agreed"
        except (ssl.SSLError, ConnectionError):
            assert not taken, f"{version} was refused"


@test("every answer bears the security headers; no HSTS for localhost")
def _(vedette):
    api = vedette.api()
    for method, path in (("GET", "/"), ("GET", "/app.js"), ("GET", "/nothing"), ("GET", "/api/v1/agents"), ("PUT", "/"),
                         ("POST", "/api/v1/login")):
        headers = api.request(method, path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "require-trusted-types-for 'script'" in policy, (path, policy)
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "Strict-Transport-Security" not in headers, path


@test("the portal has taken no harm: it answers, in the same process")
def _(vedette):
    assert vedette.api().request("GET", "/").status == 200
    wait(lambda: vedette.health(), 10)
    assert not [line for line in vedette.log("portal") if line["event"] == "service.started"][1:]


main(Deployment)
