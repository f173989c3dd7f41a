"""A real Vedette for a test: started in a folder of its own on free ports, asked, hurt, and cleaned up.

    from harness import Deployment, test, main

    @test("health says that every process answers")
    def _(vedette):
        assert vedette.cli("health", "--json", parsed=True)

    main(lambda: Deployment(agent=True))

Tests of one file share one deployment and run in order. Waits are on conditions, each with a deadline.
"""
import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import http.client
import http.cookies
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[1]
PATIENCE = int(os.environ.get("PATIENCE", "1"))     # times as long as usual: under sanitizers all is slower
SANITIZED = bool(os.environ.get("SANITIZE"))        # make san: programs have an allocator of their own, and its shadow
BUILD = ROOT / os.environ.get("VEDETTE_BUILD", "build")
READY_S = 90


class Patient(subprocess.Popen):
    """A process whose limits are as patient as those of wait(): in here, in subprocess.run and in whatever a test starts."""

    def wait(self, timeout=None):
        return super().wait(timeout and timeout * PATIENCE)

    def communicate(self, input=None, timeout=None):
        return super().communicate(input, timeout and timeout * PATIENCE)


subprocess.Popen = Patient

# Everybody may rely on this name (RFC 6761), but a bare chroot's resolver has never heard of it.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve("127.0.0.1" if host == "localhost" else host, *rest, **named)


def wait(condition, deadline_s=20, what=None, every_s=0.05):
    """Until condition() is true; returns what it said. An exception in it counts as not yet."""
    deadline_s *= PATIENCE
    deadline = time.monotonic() + deadline_s
    trouble = None
    while True:
        try:
            answer = condition()
            if answer:
                return answer
            trouble = None
        except Exception as error:
            trouble = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {deadline_s} s for {what or condition}: {trouble or 'not so'}")
        time.sleep(every_s)


def within(began, limit_s):
    """Has no more than that passed since time.monotonic() said `began`?"""
    return time.monotonic() - began < limit_s * PATIENCE


def free_ports(count=5):
    """The first of so many ports in a row that nobody listens on; below the range that clients are given."""
    while True:
        base = random.randrange(10000, 32000)
        try:
            with contextlib.ExitStack() as held:
                for port in range(base, base + count):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        held.enter_context(socket.socket(socket.AF_INET, kind)).bind(("0.0.0.0", port))
            return base
        except OSError:
            continue


def own_mounts():
    """Words that run a command in a mount name space of its own. In a chroot that is no mount point, nothing can be said
    about what happens to its mounts outside."""
    rooted = any(line.split()[4] == "/" for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines())
    return ["unshare", "--mount", "--propagation", "private" if rooted else "unchanged"]


def copy_for_everybody(folder):
    """The supervisor and the programs where every user can reach them, as a clone in root's home is not."""
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    build = folder / BUILD.relative_to(ROOT)
    build.mkdir(parents=True)
    for program in BUILD.glob("vedette*"):
        shutil.copy2(program, build)
    return folder


def plain(value, form):
    if form == "quoted":
        return int(value)
    if form == "ms":
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(value // 1000)) + f".{value % 1000:03}Z"
    return value


def fields(event):
    """An event's fields by our own names, out of the places in its OCSF data where events have them."""
    places = json.loads((BUILD / "contract/places.json").read_text())
    found = {}
    for name, (path, form) in places.get(event["type"], {}).items():
        value = event["data"]
        for key in path:
            value = value.get(key) if value else None
        if value is not None:
            found[name] = plain(value, form)
    return found


def actor(event):
    """`user:alice`, as calls say it."""
    user = event["data"]["actor"]["user"]
    return ":".join(user[key] for key in ("type", "name") if key in user)


class Totp:
    """An authenticator app that never gives the same code twice, as the server never takes it twice."""

    def __init__(self, secret):
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.last = 0

    def code(self):
        step = max(int(time.time()) // 30, self.last + 1)
        # One step ahead is still taken; further ahead only time helps.
        wait(lambda: step <= int(time.time()) // 30 + 1, 60, "the next one-time code")
        self.last = step
        return self.of(step)

    def codes(self):
        """Those that the server may take within the next minute."""
        now = int(time.time()) // 30
        return [self.of(step) for step in range(now - 1, now + 4)]

    def of(self, step):
        mac = hmac.digest(self.key, struct.pack(">Q", step), "sha1")
        offset = mac[-1] & 15
        return f"{(struct.unpack_from('>I', mac, offset)[0] & 0x7fffffff) % 1000000:06}"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Api:
    """One client of the portal: verifies TLS by the deployment's CA, keeps its session."""

    def __init__(self, port, ca_file):
        self.port = port
        self.trust = ssl.create_default_context(cafile=ca_file)
        self.cookie = self.csrf = self.token = None

    def request(self, method, path, body=None, headers=()):
        link = http.client.HTTPSConnection("localhost", self.port, timeout=20 * PATIENCE, context=self.trust)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-Vedette-CSRF"] = self.csrf
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            link.request(method, path, None if body is None else json.dumps(body), sent | dict(headers))
            answer = Answer(link.getresponse())
        finally:
            link.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookie = f"{name}={morsel.value}" if morsel.value else None
        return answer

    def get(self, path, **headers):
        return self.request("GET", f"/api/v1/{path}", headers=headers)

    def post(self, path, **body):
        return self.request("POST", f"/api/v1/{path}", body)

    def ask(self, path):
        """A GET that must succeed; its JSON."""
        answer = self.get(path)
        assert answer.status == 200, f"GET {path}: {answer.status} {answer.body[:300]}"
        return answer.json

    def tell(self, path, **body):
        """A POST that must succeed; its JSON."""
        answer = self.post(path, **body)
        assert answer.status == 200, f"POST {path}: {answer.status} {answer.body[:300]}"
        return answer.json

    def use_link(self, link, user, password):
        """First login by a one-time link; this client is logged in then, and the Totp comes back."""
        token = link.rpartition("#")[2].rpartition("/")[2]
        opened = self.tell("link/open", link_token=token)
        totp = Totp(opened["otp_secret"])
        self.csrf = self.tell("link/use", link_token=token, user=user, password=password, otp=totp.code())["csrf"]
        return totp

    def login(self, user, password, totp):
        self.csrf = self.tell("login", user=user, password=password, otp=totp.code())["csrf"]


class Stream:
    """`vedette stream`, read line by line in the background."""

    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.events = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def wait(self, matches, deadline_s=20):
        """The first event for which matches(event) is true; events so far count."""
        return wait(lambda: next((event for event in list(self.events) if matches(event)), None), deadline_s,
                    "an event")

    def types(self):
        return [event["type"].removeprefix("vedette.").removesuffix(".v1") for event in list(self.events)]

    def close(self):
        self.process.terminate()
        status = self.process.wait(10)
        self.reader.join(5)
        return status


class Deployment:
    """deploy/local in a temporary folder. Use it as a context, or start() and stop() it."""

    running = []    # all that were started and not yet closed

    def __init__(self, agent=False, fleet=0, settings=(), prefix=(), environment=None, root=ROOT):
        """settings: "section.key=value", for vedette.conf; prefix: words before the command; root: whose deploy/local."""
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="v-"))
        self.state.chmod(0o711)     # services give up root and must still pass
        self.base = free_ports()
        self.agent, self.fleet, self.settings = agent, fleet, list(settings)
        self.prefix, self.environment, self.root = list(prefix), environment or {}, root
        self.local = None
        self.said = self.state.with_name(self.state.name + ".out")
        self.streams = []
        self.frozen = set()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, *options, limit_s=READY_S):
        if self.settings:
            self.cli("init", *(word for one in self.settings for word in ("--set", one)))
        argv = [*self.prefix, self.root / "deploy/local", "--state", self.state, "--ports", str(self.base), *options]
        argv += [] if self.agent else ["--no-agent"]
        argv += ["--fleet", str(self.fleet)] if self.fleet else []
        with open(self.said, "ab") as said:
            self.local = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=said,
                                          stderr=said, env=os.environ | self.environment)
        if self not in Deployment.running:
            Deployment.running.append(self)
        wait(self.is_ready, limit_s, "ready.json")

    def is_ready(self):
        if self.local.poll() is not None:
            # Not an Exception: there is nothing to wait for any more.
            raise SystemExit(f"deploy/local ended with {self.local.returncode}:\n{self.said.read_text()}")
        return self.ready

    @property
    def ready(self):
        path = self.state / "ready.json"
        return json.loads(path.read_text()) if path.exists() else None

    def stop(self, limit_s=8):
        """SIGTERM; everything must be gone within the limit. Returns how long it took."""
        limit_s *= PATIENCE
        for stream in self.streams:
            stream.close()
        self.streams = []
        for name in list(self.frozen):
            self.thaw(name)
        began = time.monotonic()
        self.local.send_signal(signal.SIGTERM)
        self.local.wait(limit_s + 10)
        took = time.monotonic() - began
        assert took <= limit_s, f"stopping took {took:.1f} s"
        assert self.local.returncode == 0, f"deploy/local ended with {self.local.returncode}"
        return took

    def close(self):
        try:
            if self.local and self.local.poll() is None:
                self.stop(20)
        finally:
            if self.local and self.local.poll() is None:
                self.local.kill()
                self.local.wait()
            for stream in self.streams:
                stream.process.kill()
                stream.process.wait()
            shutil.rmtree(self.state, ignore_errors=True)
            self.said.unlink(missing_ok=True)
            if self in Deployment.running:
                Deployment.running.remove(self)

    def pid(self, name):
        return self.ready["pids"][name]

    def kill(self, name, number=signal.SIGKILL):
        """Returns once the supervisor says that everything answers again, with a new process."""
        old = self.pid(name)
        os.kill(old, number)
        self.frozen.discard(name)
        wait(lambda: self.pid(name) not in (None, old), 40, f"{name} to be started again")

    def freeze(self, name):
        os.kill(self.pid(name), signal.SIGSTOP)
        self.frozen.add(name)

    def thaw(self, name):
        os.kill(self.pid(name), signal.SIGCONT)
        self.frozen.discard(name)

    def log(self, name):
        """What a process has logged: its JSON lines."""
        text = (self.state / "output" / f"{name}.log").read_text(errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def run_cli(self, *words, deadline_s=30):
        return subprocess.run([str(BUILD / "vedette"), "--state", str(self.state), *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=deadline_s)

    def cli(self, *words, parsed=False):
        """A command that must succeed; its output, or the JSON in it."""
        done = self.run_cli(*words)
        assert done.returncode == 0, f"vedette {' '.join(words)}: {done.returncode} {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if parsed else done.stdout

    def agents(self):
        """By id."""
        return {one["id"]: one for one in self.cli("agents", "--json", parsed=True)}

    def health(self):
        return self.run_cli("health").returncode == 0

    def api(self):
        return Api(self.ready["ports"]["portal"], self.ready["ca_file"])

    def administrator(self, user="alice", password="a sentry in the morning fog"):
        """The first administrator, made and logged in. The client remembers totp and password for later logins."""
        client = self.api()
        # The one that deploy/local makes would take its place.
        wait(lambda: "/#/link/" in self.said.read_text(), 20, "deploy/local's own link")
        link = self.cli("user", "first", "--json", parsed=True)["link"]
        client.totp = client.use_link(link, user, password)
        client.user, client.password = user, password
        return client

    def age_key(self, client, age_s):
        """As if the key of a client's session had last been proven so long ago."""
        session = hashlib.sha256(client.cookie.partition("=")[2].encode()).hexdigest()
        password = (self.state / "portal/redis.pass").read_text().strip()
        said = subprocess.run(["redis-cli", "-s", str(self.state / "redis.sock"), "--user", "portal", "HSET", f"sess:{session}",
                               "proven_ms", str(int((time.time() - age_s) * 1000))], env=os.environ | {"REDISCLI_AUTH": password},
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        assert said.strip() == "0", f"there is no such session: {said}"

    def stream(self, *options):
        stream = Stream([str(BUILD / "vedette"), "--state", str(self.state), "stream", "--json", *options])
        self.streams.append(stream)
        return stream

    def metrics(self, service):
        """name, with its labels as printed → value."""
        text = scrape(self.state / service / "metrics.sock")
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {name.removeprefix(f"vedette_{service}_"): float(value) for name, value in pairs}


def scrape(path):
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(path))
        link.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b""
        while part := link.recv(65536):
            answer += part
    return answer.partition(b"\r\n\r\n")[2].decode()


tests = []


def test(what):
    def register(function):
        tests.append((what, function))
        return function
    return register


def condition(deployment):
    """What each process is doing and said last, for whoever reads the failure."""
    for name, pid in ((deployment.ready or {}).get("pids") or {}).items():
        with contextlib.suppress(OSError):
            state, *times = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            at = pathlib.Path(f"/proc/{pid}/wchan").read_text()
            yield f"---- {name}: process {pid}, {state} in {at}, {sum(map(int, times[10:12]))} ticks of CPU"
    for path in [deployment.said, *sorted((deployment.state / "output").glob("*.log"))]:
        with contextlib.suppress(OSError):
            yield f"---- {path.name}"
            yield from path.read_text(errors="replace").splitlines()[-15:]


def run_test(number, one, given):
    """Says how it went; whether it passed."""
    what, function = one
    began = time.monotonic()
    try:
        function(given) if function.__code__.co_argcount else function()
    except Exception:
        trouble = traceback.format_exc().splitlines()
        trouble += [line for deployment in list(Deployment.running) for line in condition(deployment)]
        print(f"not ok {number} - {what}\n" + "".join(f"# {line}\n" for line in trouble), end="", flush=True)
        return False
    print(f"ok {number} - {what} ({time.monotonic() - began:.1f} s)\n", end="", flush=True)
    return True


def run_tests(chosen, given, at_once):
    numbers, same = itertools.count(1), itertools.repeat(given)
    if at_once == 1:    # in this thread, which alone is interrupted by a signal
        return list(map(run_test, numbers, chosen, same))
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(run_test, numbers, chosen, same))


def main(fixture=contextlib.nullcontext, at_once=1):
    """Run the registered tests with what fixture() gives, and exit. Words on the command line select tests by name.
    at_once: so many of them, where each has processes of its own and waits for time to pass."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [one for one in tests if all(word in one[0] for word in sys.argv[1:])]
    try:
        with fixture() as given:
            failed = len(chosen) - sum(run_tests(chosen, given, at_once))
    except Exception:
        trouble = "".join(f"# {line}\n" for line in traceback.format_exc().splitlines())
        print(f"not ok {len(chosen) + 1} - set up and clean up\n{trouble}1..{len(chosen) + 1}")
        sys.exit(1)
    print(f"1..{len(chosen)}")
    sys.exit(1 if failed else 0)
