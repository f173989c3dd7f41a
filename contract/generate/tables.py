"""Read contract/*.def into plain objects, and refuse what does not hold together."""
import json
import re
from dataclasses import dataclass, field

import ocsf

CLASSES = ["ops", "access", "fleet", "alert"]
SERVICES = ["ingest", "portal", "scheduler", "backup", "audit", "alert"]
ROLES = SERVICES + ["cli"]
CORRESPONDENTS = SERVICES + ["keyserver", "agent"]     # of envelopes
TYPES = ["u32", "u64", "bool", "time", "text", "lines", "slug", "hex", "secret", "word", "object"]
TENANT_RULES = {"-": "NONE", "field": "FIELD", "agent": "AGENT", "filter": "FILTER", "whole": "WHOLE"}
KEY_RULES = {"-": "NONE", "fresh": "FRESH", "person": "PERSON"}


class Mistake(Exception):
    """A row that cannot be used: file:line and why."""


@dataclass
class Field:
    name: str
    type: str
    limits: str
    meaning: str
    low: int = 0
    high: int = 2**64 - 1
    words: list = field(default_factory=list)
    personal: bool = False


@dataclass
class Member:
    """A field as it stands in one message."""
    field: Field
    optional: bool


@dataclass
class Message:
    name: str
    members: list
    rows: list = None


@dataclass
class Event:
    type: str
    log_class: str
    sev: int
    producers: list
    class_uid: int
    activity_id: int
    status: str
    data: Message
    meaning: str
    tree: ocsf.Object = None


@dataclass
class Call:
    name: str
    servers: list
    callers: list
    web: bool
    agent: bool     # comes over ingest's HTTPS, so nothing on the bus answers it
    log_class: str
    stops: bool     # it only stops something
    changes: bool   # what is stored or set
    request: Message
    reply: Message
    file: bool      # the reply is a file, over HTTP
    meaning: str


@dataclass
class DocumentMember:
    """What stands in a part of a document: a field or another part, once or as a list."""
    name: str
    field: Field
    part: "Part"
    most: int       # of a list; 0: none
    optional: bool


@dataclass
class Part:
    name: str
    members: list
    meaning: str


@dataclass
class Kind:
    name: str
    signed_by: str
    needs: list
    body: Part      # its members begin with the head's
    meaning: str


@dataclass
class Envelope:
    purpose: str
    sender: str     # a service, or agent
    recipient: str
    body: Message
    meaning: str


@dataclass
class Record:
    body: Message
    meaning: str


@dataclass
class Route:
    method: str
    path: str
    role: str
    tenant: str
    key: str
    call: str


@dataclass
class Setting:
    section: str
    key: str
    type: str
    initial: str
    limits: str
    meaning: str
    low: int = 0
    high: int = 0
    words: list = field(default_factory=list)


@dataclass
class Key:
    pattern: str
    type: str
    writer: str
    write_commands: list
    readers: list
    read_commands: list
    meaning: str


@dataclass
class Watch:
    """A kind of watch."""
    name: str
    unit: str
    side: str
    every_s: int
    required: list
    allowed: list
    meaning: str


@dataclass
class Contract:
    fields: dict
    events: list
    calls: list
    envelopes: list
    records: list
    routes: list
    settings: list
    keys: list
    watches: list
    parts: list
    kinds: list


def rows(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield f"{path.name}:{number}", line.strip()


def need(condition, where, why):
    if not condition:
        raise Mistake(f"{where}: {why}")


def read_fields(path):
    found = {}
    for where, line in rows(path):
        name, kind, limits, meaning = line.split(None, 3)
        personal, kind = kind.endswith("*"), kind.rstrip("*")
        need(kind in TYPES, where, f"unknown type {kind}")
        need(not personal or kind == "text", where, "only a text can be personal")
        need(name not in found, where, f"{name} stands twice")
        one = Field(name, kind, limits, meaning, personal=personal)
        if kind == "word":
            one.words = limits.split("|")
        elif kind == "object":
            one.low, one.high = 2, int(limits)
        elif limits != "-":
            one.low, one.high = (int(part) for part in limits.split(".."))
        found[name] = one
    return found


def members(fields, text, where):
    found = []
    for word in text.split():
        name = word.rstrip("?")
        need(name in fields, where, f"{name} is not in fields.def")
        found.append(Member(fields[name], word.endswith("?")))
    return found


def message(fields, name, text, where):
    match = re.fullmatch(r"(.*?)(?:rows\((.*)\))?", text.strip())
    inner = match.group(2)
    return Message(name, members(fields, match.group(1), where),
                   None if inner is None else members(fields, inner, where))


def names(text, allowed, where):
    found = [] if text == "-" else ROLES[:-1] if text == "*" else text.split()
    for name in found:
        need(name in allowed, where, f"unknown name {name}")
    return found


def read_places(path, fields):
    found = []
    for where, line in rows(path):
        scope, at, what = line.split(None, 2)
        if what in fields or what in ("{id}", "{subject}", "{meaning}"):
            pass
        else:
            try:
                what = json.dumps(json.loads(what), separators=(",", ":"))
            except ValueError:
                raise Mistake(f"{where}: {what} is neither a field nor JSON") from None
        found.append(ocsf.Place(where, scope, at.rstrip("!?").split("."), at[len(at.rstrip("!?")):], what))
    return found


def read_events(path, fields, places):
    found = []
    pattern = re.compile(r"(\S+)\s+(\S+)\s+(\d)\s+((?:[a-z]+ )*[a-z]+)\s+(\d+)\.(\d+)(?::(\S+))?\s+(.*?)\s{2,}(.*)")
    for where, line in rows(path):
        match = pattern.fullmatch(line)
        need(match, where, "not: type class sev producers ocsf fields, two blanks, meaning")
        kind, log_class, sev, producers, uid, activity, status, text, meaning = match.groups()
        need(log_class in CLASSES, where, f"unknown class {log_class}")
        need(1 <= int(sev) <= 4, where, "severity is 1 to 4")
        need(int(uid) in ocsf.CLASSES, where, f"OCSF class {uid} is none that contract/generate/ocsf.py knows")
        one = Event(kind, log_class, int(sev), names(producers, SERVICES, where), int(uid), int(activity), status,
                    message(fields, "event." + kind, text, where), meaning)
        one.tree = ocsf.tree(places, one)
        found.append(one)
    return found


def read_calls(path, fields):
    found = []
    pattern = re.compile(r"(\S+)\s+(\S+)\s{2,}(-|(?:[a-z]+ )*[a-z]+)\s{2,}(\S+)\s+(.*?)->(.*?)(?:\s{2,}(.*))")
    for where, line in rows(path):
        match = pattern.fullmatch(line)
        need(match, where, "not: call server callers log request -> reply, two blanks, meaning")
        name, server, callers, log_class, request, reply, meaning = match.groups()
        callers = names(callers, ROLES + ["web", "agent"], where)
        changes = log_class in ("ops", "stop")
        log_class = log_class.removesuffix("-act")
        stops = log_class == "stop"
        log_class = "ops" if stops else log_class
        need(log_class == "-" or log_class in CLASSES, where, f"unknown class {log_class}")
        found.append(Call(name, names(server, SERVICES, where), [c for c in callers if c in ROLES], "web" in callers,
                          "agent" in callers,
                          log_class, stops, changes, message(fields, f"call.{name}", request, where),
                          message(fields, f"call.{name}.reply", "" if reply.strip() == "file" else reply, where),
                          reply.strip() == "file", meaning))
    return found


def read_envelopes(path, fields):
    found = []
    pattern = re.compile(r"(\S+)\s+(\S+)\s+(\S+)\s+(.*?)\s{2,}(.*)")
    for where, line in rows(path):
        match = pattern.fullmatch(line)
        need(match, where, "not: purpose from to body, two blanks, meaning")
        purpose, sender, recipient, text, meaning = match.groups()
        need(sender in CORRESPONDENTS, where, f"unknown sender {sender}")
        need(recipient in CORRESPONDENTS, where, f"unknown recipient {recipient}")
        need((sender == "agent") != (recipient == "agent"), where, "an envelope goes between an agent and a service")
        found.append(Envelope(purpose, sender, recipient, message(fields, f"envelope.{purpose}", text, where), meaning))
    return found


def read_records(path, fields):
    found = []
    for where, line in rows(path):
        match = re.fullmatch(r"(\S+)\s+(.*?)\s{2,}(.*)", line)
        need(match, where, "not: record members, two blanks, meaning")
        found.append(Record(message(fields, f"backup.{match.group(1)}", match.group(2), where), match.group(3)))
    return found


def read_routes(path, fields, calls):
    by_name = {call.name: call for call in calls}
    levels = ["none"] + fields["role"].words
    found = []
    for where, line in rows(path):
        need(len(line.split()) == 6, where, "not: method path role tenant key call")
        method, route, role, tenant, key, call = line.split()
        need(method in ("GET", "POST"), where, f"method {method} is neither GET nor POST")
        need(role in levels, where, f"unknown role {role}")
        need(tenant in TENANT_RULES, where, f"unknown tenant rule {tenant}")
        need(key in KEY_RULES, where, f"unknown key rule {key}")
        need(call == "stream" or call in by_name, where, f"unknown call {call}")
        need(key == "-" or method == "POST" and not by_name[call].stops, where, "reading and stopping are never held up for a key")
        if call != "stream":
            need(by_name[call].web or "portal" in by_name[call].callers, where, f"{call} is not for the portal")
            have = {member.field.name for member in by_name[call].request.members}
            for name in re.findall(r"{\+?(\w+)}", route):
                need(name in have, where, f"{name} is no field of {call}")
        found.append(Route(method, route, role, tenant, key, call))
    return found


def read_settings(path):
    found = []
    for where, line in rows(path):
        section, key, kind, initial, limits, meaning = line.split(None, 5)
        need(kind in ("int", "text", "flag", "word", "address", "endpoint"), where, f"unknown type {kind}")
        one = Setting(section, key, kind, "" if initial == "-" else initial, limits, meaning)
        if kind == "word":
            one.words = limits.split("|")
        elif limits != "-":
            one.low, one.high = (int(part) for part in limits.split(".."))
        found.append(one)
    return found


def read_keys(path):
    found = []
    for where, line in rows(path):
        parts = re.split(r"\s{2,}", line)
        need(len(parts) == 7, where, "not: key type writer with readers with meaning, two blanks between")
        pattern, kind, writer, write, readers, read, meaning = parts
        found.append(Key(pattern, kind, writer, write.split(), names(readers, SERVICES, where), read.split(), meaning))
    return found


def document_member(text, fields, parts, where):
    match = re.fullmatch(r"(\w+)(?:=(\w+))?(?:\[(\d+)\])?(\?)?", text)
    need(match, where, f"{text} is not name, name=what, name[most] or name?")
    name, what, most, optional = match.groups()
    what = what or name
    need(what in parts or what in fields, where, f"{what} is neither in fields.def nor a part that stands above")
    return DocumentMember(name, fields.get(what), parts.get(what), int(most or 0), bool(optional))


def read_documents(path, fields):
    parts, kinds = {}, []
    pattern = re.compile(r"(?:part\s+(\S+)|kind\s+(\S+)\s+(\S+)\s+(\S+))\s+((?:\S+ )*\S+)\s{2,}(.*)")
    for where, line in rows(path):
        match = pattern.fullmatch(line)
        need(match, where, "not: part name, or kind name signed-by needs, then members, two blanks, meaning")
        part, kind, signed_by, needs, text, meaning = match.groups()
        members = [document_member(word, fields, parts, where) for word in text.split()]
        if part:
            need(part not in parts and part not in fields, where, f"{part} stands twice, or is a field")
            parts[part] = Part(part, members, meaning)
            continue
        need(kind not in parts, where, f"{kind} is a part, too")
        needs = [] if needs == "-" else needs.split("+")
        need(signed_by in ("threshold", "one", "status-key"), where, f"unknown rule {signed_by}")
        need(set(needs) <= {"receipt", "status", "unfrozen"}, where, f"unknown need in {needs}")
        kinds.append(Kind(kind, signed_by, needs, Part(kind, parts["head"].members + members, meaning), meaning))
    need([one.name for one in kinds] == fields["document_kind"].words, path.name,
         "the kinds must be those of document_kind in fields.def, in their order")
    return list(parts.values()), kinds


def read_watches(path, fields):
    found = []
    pattern = re.compile(r"(\S+)\s+(\S+)\s+(above|below)\s+(\d+)\s+(-|(?:\S+ )*\S+)\s{2,}(.*)")
    for where, line in rows(path):
        match = pattern.fullmatch(line)
        need(match, where, "not: kind unit bad every_s parameters, two blanks, meaning")
        name, unit, side, every_s, parameters, meaning = match.groups()
        words = [] if parameters == "-" else parameters.split()
        found.append(Watch(name, "" if unit == "-" else unit, side, int(every_s),
                           [word for word in words if not word.endswith("?")], [word.rstrip("?") for word in words], meaning))
    need([one.name for one in found] == fields["watch_kind"].words, path.name,
         "the kinds must be those of watch_kind in fields.def, in their order")
    return found


def read(source):
    fields = read_fields(source / "fields.def")
    calls = read_calls(source / "calls.def", fields)
    places = read_places(source / "ocsf.def", fields)
    return Contract(fields, read_events(source / "events.def", fields, places), calls,
                    read_envelopes(source / "envelopes.def", fields), read_records(source / "backups.def", fields),
                    read_routes(source / "routes.def", fields, calls),
                    read_settings(source / "settings.def"), read_keys(source / "keys.def"),
                    read_watches(source / "watches.def", fields), *read_documents(source / "documents.def", fields))
