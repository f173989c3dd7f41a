"""One example of each event: what a producer says, and the entry of the log that becomes of it (as lib/event/event.c makes it;
tests/integration/test_events.py compares)."""
import datetime
import json

TIME = "2026-01-31T12:00:00.000Z"
RECORDED = "2026-01-31T12:00:00.004Z"
EARLIER = "2026-01-31T11:59:15.250Z"
SEVERITY = {1: 5, 2: 4, 3: 3, 4: 2}     # ours → OCSF's
# What a reader would find in such a field. Others are told by their type.
VALUES = {
    "agent": 17, "agents": 12, "name": "web-1", "hostname": "web-1.acme.example", "tenant": "acme", "site": "oslo",
    "user": "alice", "role": "operator", "address": "192.0.2.7", "count": 3, "alert": 42, "output": "siem",
    "call": "agent.rename", "arguments": {"agent": 17, "name": "web-1"}, "via": "portal", "service": "ingest",
    "version": "1.0.0", "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reason": "no heartbeat for five minutes", "kind": "agent-offline", "dropped": 120, "free_bytes": 900000000,
    "token_id": 5, "thing": "output", "which": "siem", "old": {"enabled": True}, "new": {"output": "siem", "enabled": False},
    "key_name": "portal/tls", "key_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "key_sha256_before": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13", "retention": "ops=2557 access=90 fleet=365 alert=730",
    "retention_before": "ops=2557 access=90 fleet=180 alert=730", "kept": "ops=0 access=0 fleet=5120 alert=0",
    "deleted_from": 0, "kept_from": 5120, "due": TIME, "since": EARLIER, "last_seen": EARLIER, "opened_at": TIME, "resolved_at": TIME,
    "until": "2026-01-31T12:30:00.000Z",
}
CODES = {"login.failed": "bad-credentials", "session.refused": "bad-otp", "api.refused": "no-permission", "enrolment.refused": "token-revoked",
         "bus.refused": "unknown-key", "document.refused": "bad-signature", "task.failed": "timeout", "task.refused": "policy-user",
         "keys.refused": "not-a-target", "backup.failed": "target-full", "backup.refused": "policy-path"}
SUBJECTS = {"agent": "agent/{agent}", "site": "site/{tenant}/{site}", "alert": "alert/{alert}", "output": "output/{output}",
            "operation": "agent/17", "keys": "agent/{agent}", "backup": "agent/{agent}", "plan": "agent/{agent}"}


def value(event, member):
    field = member.field
    if field.name == "code":
        return CODES[event.type]
    if field.name in VALUES:
        return VALUES[field.name]
    if field.type == "word":
        return field.words[0]
    return {"time": TIME, "u32": field.low, "u64": field.low, "bool": True, "object": {}}.get(field.type, "a" * max(field.low, 1))


def produced(event, optional=True):
    """As a producer hands it to audit."""
    data = {m.field.name: value(event, m) for m in event.data.members if optional or not m.optional}
    said = {"type": event.type, "time": TIME}
    if optional and ("agent" in data or "tenant" in data or event.type == "operation.requested"):
        said["tenant"] = "acme"
    subject = SUBJECTS.get(event.type.split(".")[0])
    if subject:
        said["subject"] = subject.format(**data)
    if optional and event.type in ("operation.requested", "api.refused", "agent.renamed", "agent.retired",
                               "configuration.changed"):
        said["actor"] = "user:alice"
    return said | {"sev": event.sev, "data": data}


def milliseconds(time):
    return round(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)


def in_ocsf(one, form):
    return str(one) if form == "quoted" else milliseconds(one) if form == "ms" else one


def members(node, said, entry_id):
    found = {}
    for slot in node.slots:
        if slot.source == "field":
            if slot.member.field.name in said["data"]:
                found[slot.key] = in_ocsf(said["data"][slot.member.field.name], slot.form)
        else:
            found[slot.key] = said.get("subject", entry_id) if slot.source == "subject" else entry_id
    for key, inner in node.objects.items():
        if key in ("metadata", "actor") and not node.key:
            continue        # those of every event
        its = members(inner, said, entry_id)
        if its:
            found[key] = json.loads("{" + inner.constant + "}") | its
        elif inner.otherwise is not None:
            found[key] = json.loads("{" + inner.otherwise + "}")
    return found


def actor(event, said):
    if "actor" in said:
        kind, _, name = said["actor"].rpartition(":")
        return {"actor": {"user": ({"type": kind} if kind else {}) | {"name": name}}}
    node = event.tree.objects.get("actor")
    return {"actor": {"user": json.loads("{" + node.inner(["user"]).otherwise + "}")}} if node else {}


def stored(event, said, classification):
    """As audit writes it to the log, the first of its class."""
    entry_id = event.log_class + "-0"
    tenant = {"tenant": said["tenant"]} if "tenant" in said else {}
    node = event.tree.objects.get("metadata")
    metadata = {"version": "1.1.0", "product": {"name": "Vedette", "vendor_name": "Vedette"}, "uid": entry_id}
    metadata |= {"tenant_uid": said["tenant"]} if tenant else {}
    metadata |= json.loads("{" + node.constant + "}") if node else {}
    data = json.loads("{" + classification + "}") | {"severity_id": SEVERITY[said["sev"]], "time": milliseconds(said["time"])}
    data |= actor(event, said) | {"metadata": metadata} | members(event.tree, said, entry_id)
    return ({"specversion": "1.0", "id": entry_id, "source": f"/vedette/{event.producers[0]}",
             "type": f"vedette.{event.type}.v1"} |
            ({"subject": said["subject"]} if "subject" in said else {}) |
            {"time": said["time"], "recordedtime": RECORDED, "sequence": "0" * 20, "sev": said["sev"], "authtype": "service_account",
             "authid": event.producers[0]} | tenant | {"salt": "0" * 32, "data": data})
