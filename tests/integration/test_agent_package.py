#!/usr/bin/env python3
"""Adding a machine as the portal says it: fetch the package, compare its hash, unpack, install, enrol.

The machine is this one's file system under an overlay: what the installation writes is gone afterwards.
"""
import hashlib
import pathlib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, Deployment, main, own_mounts, test, wait  # noqa: E402

# The form in agent/package/README, without sudo, which a bare machine need not have.
COMMAND = """umask 077 && d=$(mktemp -d) && cd "$d" && curl -fsSk https://{server}/v1/package -o agent.tar.gz &&
echo "{package}  agent.tar.gz" | sha256sum -c - && tar -xzf agent.tar.gz && printf %s {token} |
./vedette-agent/install --server https://{server} --token-file - --ca {ca}"""

# $1: where the overlay goes; the rest of the standard input is run inside.
MACHINE = """set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount -t tmpfs tmpfs "$1/root/run"
mount --rbind /dev "$1/root/dev"
exec chroot "$1/root" sh -eu
"""


def on_a_fresh_machine(script):
    with tempfile.TemporaryDirectory() as place:
        return subprocess.run([*own_mounts(), "--pid", "--fork", "--kill-child", "sh", "-c", MACHINE, "machine", place],
                              input=script, text=True, timeout=40, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def values(vedette, **changed):
    pem = pathlib.Path(vedette.ready["ca_file"]).read_text()
    token = vedette.cli("token", "create", "--tenant", "acme", "--site", "berlin", "--json", parsed=True)["token"]
    return {"server": f"localhost:{vedette.ready['ports']['envelopes']}", "token": token,
            "package": hashlib.sha256((BUILD / "vedette-agent.tar.gz").read_bytes()).hexdigest(),
            "ca": "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()} | changed


@test("the one command adds a machine; installing again changes nothing; its agent runs as its own user")
def _(vedette):
    done = on_a_fresh_machine(COMMAND.format(**values(vedette)) + """
[ "$(stat -c '%U %a' /var/lib/vedette-agent)" = "vedette-agent 700" ]
[ "$(stat -c '%U %a' /var/lib/vedette-agent/secret)" = "vedette-agent 400" ]
[ "$(stat -c '%U %a' /etc/vedette/policy.conf)" = "root 644" ]
echo 'inventory = off # mine' > /etc/vedette/policy.conf
./vedette-agent/install
grep -q mine /etc/vedette/policy.conf
setpriv --reuid=vedette-agent --regid=vedette-agent --clear-groups vedette-agent &
agent=$!
until vedette-agent status; do sleep 0.1; done
vedette-agent carry mail
[ "$(find /var/lib/vedette-agent ! -user vedette-agent)" = "" ]
kill $agent
wait $agent
echo all is well
""")
    assert done.returncode == 0 and done.stdout.rstrip().endswith("all is well"), done.stdout
    wait(lambda: vedette.cli("agents", "show", "1", "--json", parsed=True)["state"] == "goodbye", 10, "its goodbye")


@test("a package with another hash is not unpacked")
def _(vedette):
    done = on_a_fresh_machine(COMMAND.format(**values(vedette, package="0" * 64)))
    assert done.returncode != 0 and "FAILED" in done.stdout and "Enrolled" not in done.stdout, done.stdout


if __name__ == "__main__":
    main(Deployment)
