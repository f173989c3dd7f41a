#!/usr/bin/env python3
"""Envelopes by mail: the real agent and ingest, `vedette postman`, and real servers for SMTP and POP3 in between."""
import contextlib
import pathlib
import secrets
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import BUILD, main, test, wait  # noqa: E402
from mail_rig import Mail  # noqa: E402
from mailbox_rig import Rig  # noqa: E402


@contextlib.contextmanager
def rig_with_mail():
    with Rig() as rig:
        folder = rig.state / "mailserver"
        folder.mkdir()
        with Mail(folder, rig.state) as mail:
            rig.mail = mail
            rig.ours = mail.settings(folder / "server.post", "vedette", "agent-%u", rig.state / "ca.pem")
            rig.theirs = mail.settings(folder / "agent.post", f"agent-{rig.agent.id}", "vedette", rig.state / "ca.pem")
            yield rig


def postman(rig, *words):
    return subprocess.run([BUILD / "vedette", "postman", "--drop", rig.drop, "--post", rig.ours, "--once", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


@test("envelopes travel by mail both ways, each once, and neither server need be there at the time")
def _(rig):
    (rig.agent.state / "carriers").write_text(f"https\npost {rig.theirs}\n")
    down, up = ([secrets.token_bytes(3000) for _ in range(5)] for _ in range(2))
    got = []
    with rig.agent.without_server():
        for one in range(5):
            rig.scheduler.put(rig.agent.id, down[one])
            rig.agent.send(up[one])

        def carried():
            assert rig.agent.carry() == {"carried": "post"}
            done = postman(rig)
            assert done.returncode == 0, done.stdout
            got.extend(rig.agent.came())
            return not rig.agent.waiting() and set(down) <= set(got) and set(up) <= set(rig.scheduler.taken)
        wait(carried, 40, "mails both ways", every_s=0.5)
        assert sorted(got) == sorted(down)
        assert sorted(one for one in rig.scheduler.taken if one in up) == sorted(up)


@test("HTTPS is used again when it is back, and what was fetched by mail is not fetched again")
def _(rig):
    last = secrets.token_bytes(100)
    rig.scheduler.put(rig.agent.id, last)
    assert "address" in rig.agent.carry()
    assert rig.agent.came() == [last]


@test("junk in the mailbox is thrown away, and a server that another authority vouches for gets nothing")
def _(rig):
    junk = rig.mail.folder / f"boxes/agent-{rig.agent.id}/new/1.junk"
    junk.write_text("From: someone\n\nbuy this\n")
    junk.chmod(0o666)
    with rig.agent.without_server():
        assert rig.agent.carry() == {"carried": "post"}
        assert not junk.exists() and not any(junk.parent.parent.glob("cur/*"))
        subprocess.run([BUILD / "vedette", "--state", rig.state / "other", "init"], check=True, stdout=subprocess.DEVNULL)
        kept = rig.theirs.read_text()
        rig.theirs.write_text(kept.replace(str(rig.state / "ca.pem"), str(rig.state / "other/ca.pem")))
        assert rig.agent.carry()["code"] == "unreached"     # of HTTPS, which is the first
        (rig.agent.state / "carriers").write_text(f"post {rig.theirs}\n")
        assert rig.agent.carry()["code"] == "untrusted"


if not pathlib.Path("/usr/sbin/smtpd").exists():
    print("1..0 # skip: this machine has another mail server, which ours does not replace")
    sys.exit(0)
main(rig_with_mail)
