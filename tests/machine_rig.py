"""An agent's machine: a network namespace of its own, one cable to the server, and its own /etc/hosts. Needs root."""
import os
import signal
import subprocess

from harness import BUILD, own_mounts, wait

SERVER = "vedette.test"     # what the server is called there: its public_name


def sh(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


class Machine:
    """names: of other servers, which are where Vedette's is."""

    def __init__(self, vedette, number, names=()):
        self.vedette = vedette
        self.state, self.log = vedette.state / f"machine{number}", vedette.state / f"machine{number}.log"
        # Networks of their own, also beside other tests that run meanwhile.
        network = f"10.{200 + os.getpid() // 250 % 50}.{(os.getpid() + number) % 250}"
        self.here, self.there = f"{network}.1", f"{network}.2"
        self.link = f"vb{os.getpid() % 100000}n{number}"
        hosts = self.hosts = vedette.state / f"hosts{number}"
        hosts.write_text(f"127.0.0.1 localhost\n{self.here} {' '.join([SERVER, *names])}\n")
        # It holds the namespaces, whatever becomes of the agent.
        self.holder = subprocess.Popen([*own_mounts(), "--net", "sh", "-c",
                                        f"mount --bind {hosts} /etc/hosts && echo there && exec sleep infinity"],
                                       stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"there\n"
        self.agent = None
        sh("ip", "link", "add", self.link, "type", "veth", "peer", "name", "out", "netns", self.holder.pid)
        sh("ip", "address", "add", f"{self.here}/30", "dev", self.link)
        sh("sysctl", "-qw", f"net.ipv6.conf.{self.link}.disable_ipv6=1")
        self.plug()
        self.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/out/disable_ipv6; ip link set lo up; "
                    f"ip address add {self.there}/30 dev out; ip link set out up")

    def words(self, *words):
        return ["nsenter", "--net", "--mount", "--root", "--target", str(self.holder.pid), *(str(word) for word in words)]

    def inside(self, *words, **options):
        return subprocess.run(self.words(*words), check=True, stdout=subprocess.DEVNULL, **options)

    def enrol(self, token, *pins):
        """pins: --ca and --trust, with their hashes."""
        self.inside(BUILD / "vedette-agent", "enrol", "--state", self.state, "--server",
                    f"https://{SERVER}:{self.vedette.ready['ports']['envelopes']}", "--token-file", "-", *pins,
                    input=token.encode())

    def start(self, *options):
        self.agent = subprocess.Popen(self.words(BUILD / "vedette-agent", "--state", self.state, *options),
                                      stdin=subprocess.DEVNULL, stderr=open(self.log, "ab"))

    def pid(self):
        """nsenter has become the agent."""
        wait(lambda: os.readlink(f"/proc/{self.agent.pid}/exe").endswith("vedette-agent"), 5, "the agent")
        return self.agent.pid

    def plug(self):
        sh("ip", "link", "set", self.link, "up")

    def unplug(self):
        sh("ip", "link", "set", self.link, "down")

    def kill(self):
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait(10)

    def end(self):
        if self.agent:
            self.agent.terminate()
            self.agent.wait(20)
        self.holder.kill()
        self.holder.wait()
        subprocess.run(["ip", "link", "delete", self.link], stderr=subprocess.DEVNULL)
