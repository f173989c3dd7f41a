"""Documents that people did sign: for others, for another time, or with something in them that no agent should take."""
import json

from attack.estate import DAY, SITE, TENANT, stamp
from attack.forge import Signed, b64, type_of
from attack.table import area
from update_rig import OWN, PLATFORM

attack = area("Documents out of their place")


def taken(victim, **changes):
    """A task by two people, with a receipt that holds."""
    return [victim.logged(victim.task(**changes))]


@attack("re-targeted", "a task that was signed for another agent", "not-a-target")
def _(victim):
    return taken(victim, targets=[{"fingerprint": "ab" * 32, "agent": 7, "name": "the victim's own name"}])


@attack("another tenant's", "a task for all of a tenant to which the server says the agent belongs", "not-a-target")
def _(victim):
    return taken(victim, targets=None, tenant="thief")


@attack("another site's", "a task for a site of the agent's tenant that is not its own", "not-a-target")
def _(victim):
    return taken(victim, targets=None, tenant=TENANT, site="elsewhere")


@attack("nobody's", "a task that does not say for whom it is", "bad-document")
def _(victim):
    return taken(victim, targets=None)


@attack("another deployment's", "a task that the same people signed for another deployment of theirs", "other-deployment")
def _(victim):
    return taken(victim, deployment="0" * 32)


@attack("expired", "a task whose time was over yesterday", "expired")
def _(victim):
    return taken(victim, not_before=stamp(-2 * DAY), expires=stamp(-DAY))


@attack("rolled back", "version 1 of a task of which the agent has version 2", "old-version")
def _(victim):
    new = victim.task(argv=["/bin/true"], version=2)
    victim.bring(victim.logged(new))
    assert any("done" in line for line in victim.act())
    return taken(victim, document=new.id)


@attack("another text under a known version", "version 2 of the same task, which two people signed twice", "old-version")
def _(victim):
    new = victim.task(argv=["/bin/true"], version=2)
    victim.bring(victim.logged(new))
    assert any("done" in line for line in victim.act())
    return taken(victim, document=new.id, version=2)


@attack("replayed", "a task that was carried out comes again, in new envelopes, with new receipts", None)
def _(victim):
    task = victim.task(argv=["/bin/true"])
    victim.bring(victim.logged(task))
    assert any("done" in line for line in victim.act())
    return [victim.logged(task) for _ in range(3)]


@attack("a longer life than the owner allows", "a task that is good for two years", "policy-life")
def _(victim):
    return taken(victim, expires=stamp(730 * DAY))


@attack("a script where the owner allows none", "the shipped policy, and a script signed by two people", "policy-script",
        policy="users = *\n", agent="no-scripts")
def _(victim):
    return taken(victim, argv=None, script={"interpreter": ["/bin/sh"], "body": f"touch {victim.marker('script')}\n"})


@attack("root where the owner allows none", "the shipped policy, and a task as root", "policy-user", policy="users = *\n",
        agent="no-root")
def _(victim):
    return taken(victim)


@attack("a user that is a number", "user 0 in the place of a name", "no-user")
def _(victim):
    return taken(victim, user="0")


@attack("a user that is a path", "user ../root", "no-user")
def _(victim):
    return taken(victim, user="../root")


@attack("a program by a short name", "argv begins with touch, which the task's own PATH would find", "bad-document")
def _(victim):
    return taken(victim, argv=["touch", str(victim.marker("short"))], environment=[{"name": "PATH", "value": "/tmp"}])


@attack("a file outside the run's folder", "files by the paths ../x, /etc/cron.d/x, a/../../x, ./x", "bad-document")
def _(victim):
    for path in ("../x", "/etc/cron.d/x", "a/../../x", "./x", "a//x"):
        yield from taken(victim, files=[{"sha256": "0" * 64, "bytes": 1, "path": path}])


@attack("a variable that is two", "variables named LD_PRELOAD=/tmp/x.so, one of two lines, one without a name", ("bad-document", "bad-field"))
def _(victim):
    for name in ("LD_PRELOAD=/tmp/x.so", "A\nB", ""):
        yield from taken(victim, environment=[{"name": name, "value": "x"}])


@attack("a time zone that is a path", "the zones ../../../etc/shadow and /etc/shadow", "bad-zone")
def _(victim):
    for zone in ("../../../etc/shadow", "/etc/shadow"):
        yield from taken(victim, schedule={"calendar": "*-*-* *:*:*", "zone": zone, "missed": "skip"})


@attack("a title that steers terminals", "escape sequences, a line end and a second line in a title", "bad-field")
def _(victim):
    for title in ("\u001b]0;owned\u0007", "a\n2026-01-01T00:00:00Z  accepted", "\u009b2J"):
        yield from taken(victim, title=title)


@attack("a payload of the wrong form", "argv as one text, a timeout of -1, a member that there is not",
        ("bad-field", "unknown-field"))
def _(victim):
    yield from taken(victim, argv="/bin/touch x")
    yield from taken(victim, timeout_s=-1)
    yield from taken(victim, sudo=True)


@attack("a deep payload", "100,000 lists in one another, signed by two people", ("bad-json", "too-large"))
def _(victim):
    people = victim.estate.people
    deep = b'{"kind": "task", "a": ' + b"[" * 100000 + b"]" * 100000 + b"}"
    yield victim.document(Signed(deep, [people.alice, people.bob], kind="task"))


@attack("a deep envelope", "100,000 lists in one another in the place of a document's signatures", "bad-json")
def _(victim):
    yield victim.document('{"payloadType": "%s", "payload": "%s", "signatures": %s}' % (
        type_of("task"), b64(b"{}"), "[" * 100000 + "]" * 100000))


@attack("an update that nobody signed", "a document of kind update, unsigned", "too-few-signers")
def _(victim):
    return [victim.logged(update(victim, []))]


@attack("an update by one person", "the trust file wants two", "too-few-signers")
def _(victim):
    return [victim.logged(update(victim, [victim.estate.people.alice]))]


@attack("an update to what was before", "packages of the version that runs, of an older one, signed by two people", "old-version")
def _(victim):
    for version in (OWN, "0.0.9"):
        yield victim.logged(update(victim, two(victim), version=version))


@attack("an update for another machine", "a package for another processor, signed by two people", "other-platform")
def _(victim):
    return [victim.logged(update(victim, two(victim), platform="linux-riscv64"))]


@attack("a version that is a path", "versions ../../etc, 1.2.3/../.. and 01.2.3 in an update, signed by two people", "bad-document")
def _(victim):
    for version in ("../../etc", "1.2.3/../..", "01.2.3"):
        yield victim.logged(update(victim, two(victim), version=version))


@attack("an update where the owner allows none", "a policy without updates, and one signed by two people", "policy-kind",
        policy="kinds = task\n", agent="no-updates")
def _(victim):
    return [victim.logged(update(victim, two(victim)))]


def two(victim):
    return [victim.estate.people.alice, victim.estate.people.bob]


def update(victim, by, **package):
    members = {"targets": [{"fingerprint": victim.fingerprint}],
               "package": {"version": "99.0.0", "platform": PLATFORM, "sha256": "0" * 64, "bytes": 1} | package}
    return Signed(victim.estate.head("update") | members, by)


# Watches, which one person may sign here, and whose scripts run something.

def watch(victim, by, **watched):
    members = {"targets": [{"fingerprint": victim.fingerprint}],
               "watches": [{"name": "job", "kind": "script", "argv": ["/bin/touch", str(victim.marker("watch"))]} | watched]}
    return Signed(victim.estate.head("watch") | members, by)


@attack("a watch that nobody signed", "a watch with a command, unsigned", "too-few-signers")
def _(victim):
    return [victim.logged(watch(victim, []))]


@attack("a watch as root", "the shipped policy, and a watch with a command as root, signed", "policy-user", policy="users = *\n",
        agent="no-root")
def _(victim):
    return [victim.logged(watch(victim, [victim.estate.people.alice], user="root"))]


@attack("a script within a watch", "the shipped policy, and a watch with a script, signed", "policy-script", policy="users = *\n",
        agent="no-scripts")
def _(victim):
    script = {"interpreter": ["/bin/sh"], "body": f"touch {victim.marker('watch')}\n"}
    signed = watch(victim, [], script=script)
    payload = json.loads(signed.payload)
    del payload["watches"][0]["argv"]
    return [victim.logged(Signed(payload, [victim.estate.people.alice]))]


@attack("settings from the server", "a document of kind setting, which would loosen the policy, unsigned", "unknown-kind")
def _(victim):
    members = {"targets": [{"fingerprint": victim.fingerprint}], "settings": [{"name": "users", "value": "root"}]}
    return [victim.logged(Signed(victim.estate.head("setting") | members, []))]
