"""The reference pages, and OpenAPI 3.1 for the portal's API."""
import json
import re

import example
import ocsf

MADE = "<!-- Made by contract/generate from contract/*.def: change those. -->\n\n"


def table(head, rows):
    out = "| " + " | ".join(head) + " |\n|" + " --- |" * len(head) + "\n"
    for row in rows:
        out += "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |\n"
    return out + "\n"


def listed(members):
    return ", ".join(f"`{m.field.name}`" + ("?" if m.optional else "") for m in members)


def replied(call):
    return "a file" if call.file else described(call.reply)


def described(message):
    rows = f" rows of {listed(message.rows)}" if message.rows is not None else ""
    return (listed(message.members) + rows).strip() or "nothing"


def placed(event):
    """Each field, and where it stands in `data`."""
    places = ocsf.field_places(event)
    forms = {"plain": "", "quoted": " (as text)", "ms": " (in milliseconds)"}
    return [[f"`{m.field.name}`" + ("?" if m.optional else ""), f"`{'.'.join(places[m.field.name][0])}`"
             + forms[places[m.field.name][1]], m.field.meaning] for m in event.data.members]


def event(one):
    said = example.produced(one)
    entry = example.stored(one, said, ocsf.classification(one))
    out = f"## {one.type}\n\n{one.meaning[0].upper()}{one.meaning[1:]}.\n\n"
    out += (f"Class `{one.log_class}`, severity {one.sev}, from {', '.join(one.producers)}. "
            f"OCSF {ocsf.CLASSES[one.class_uid]} ({one.class_uid}.{one.activity_id}).\n\n")
    out += table(["field", "in `data`", "meaning"], placed(one)) if one.data.members else ""
    return out + "```json\n" + json.dumps(entry, indent=2, ensure_ascii=False) + "\n```\n\n"


def events(contract):
    out = "# Events\n\n" + MADE
    out += ("On the wire each is CloudEvents 1.0 JSON of type `vedette.<type>.v1`, its `data` in OCSF 1.1. Each field stands where "
            "OCSF has a place for it, else in `unmapped`. A field marked ? may be absent. The examples have a salt of zeros, "
            "have all that may be there, and hold to both schemas (tests/event_schema.py, which each event is held against).\n\n")
    out += table(["type", "class", "severity", "OCSF class.activity", "meaning"],
                 [[f"[`{e.type}`](#{e.type.replace('.', '')})", e.log_class, e.sev, f"{e.class_uid}.{e.activity_id}", e.meaning]
                  for e in contract.events])
    return out + "".join(event(one) for one in contract.events).rstrip() + "\n"


def calls(contract):
    out = "# Calls\n\n" + MADE
    return out + table(
        ["call", "answered by", "allowed to", "written to the log first", "request", "reply", "meaning"],
        [[f"`{c.name}`", ", ".join(c.servers), ", ".join(c.callers + ["web"] * c.web + ["agent"] * c.agent), c.log_class + ", by the outbox" * c.stops, described(c.request),
          replied(c), c.meaning] for c in contract.calls])


def envelopes(contract):
    out = "# Envelopes\n\n" + MADE
    out += ("Sealed messages between agents and services, by their purpose. The signed content is a line of JSON that says for whom "
            "it is and in which place of which stream, and the body below in JSON (`lib/envelope/envelope.h`).\n\n")
    return out + table(["purpose", "from", "to", "body", "meaning"],
                       [[f"`{e.purpose}`", e.sender, e.recipient, described(e.body), e.meaning] for e in contract.envelopes])


def records(contract):
    out = "# Records of a backup\n\n" + MADE
    out += "Lines of JSON in a repository; [backup-format.md](../backup-format.md) says where they stand.\n\n"
    return out + table(["record", "members", "meaning"],
                       [[f"`{r.body.name.partition('.')[2]}`", described(r.body), r.meaning] for r in contract.records])


def routes(contract):
    by_name = {call.name: call for call in contract.calls}
    out = "# Routes of the portal\n\n" + MADE
    out += ("Machine-readable: [openapi.json](openapi.json). Key `fresh`: in a session only within `portal.key_fresh_s` of proving the "
            "key, by logging in or by `/api/v1/session/prove`; else it is refused with `key-wanted`. `person`: the same, and never "
            "by an API token.\n\n")
    return out + table(
        ["method", "path", "least role", "tenant rule", "key", "request", "reply", "meaning"],
        [[r.method, f"`{r.path}`", r.role, r.tenant, r.key, described(by_name[r.call].request), replied(by_name[r.call]),
          by_name[r.call].meaning] if r.call != "stream" else
         [r.method, f"`{r.path}`", r.role, r.tenant, r.key, "`Last-Event-ID`", "text/event-stream", "events as they are stored"]
         for r in contract.routes])


def settings(contract):
    out = "# Settings\n\n" + MADE + "In `vedette.conf`, a line each: `section.key = value`. `#` begins a comment.\n\n"
    return out + table(
        ["setting", "type", "default", "allowed", "meaning"],
        [[f"`{s.section}.{s.key}`", s.type, f"`{s.initial}`" if s.initial else "(empty)", s.limits, s.meaning]
         for s in contract.settings])


def keys(contract):
    out = "# Redis keys\n\n" + MADE + "Live state and sessions only: losing Redis loses nothing durable.\n\n"
    return out + table(
        ["key", "type", "written by", "with", "read by", "with", "holds"],
        [[f"`{k.pattern}`", k.type, k.writer, " ".join(k.write_commands), ", ".join(k.readers), " ".join(k.read_commands),
          k.meaning] for k in contract.keys])


def fields(contract):
    out = "# Fields\n\n" + MADE + "One word a thing, in events, calls, the API and the command line.\n\n"
    return out + table(["field", "type", "limits", "meaning"],
                       [[f"`{f.name}`", f.type + (", personal" if f.personal else ""), f.limits, f.meaning] for f in contract.fields.values()])


def watches(contract):
    out = "# Kinds of watches\n\n" + MADE
    out += "How a watch is written, and an example of each: [watches](../watches.md). A parameter marked ? may be left out.\n\n"
    return out + table(["kind", "unit", "bad", "every", "parameters", "what is measured"],
                       [[f"`{w.name}`", w.unit or "-", w.side, f"{w.every_s} s",
                         ", ".join(f"`{p}`" + ("" if p in w.required else "?") for p in w.allowed) or "-", w.meaning]
                        for w in contract.watches])


def schema(field):
    if field.type in ("u32", "u64"):
        return {"type": "integer", "minimum": field.low, "maximum": min(field.high, 2**53 - 1),
                "description": field.meaning}
    if field.type == "bool":
        return {"type": "boolean", "description": field.meaning}
    if field.type == "time":
        return {"type": "string", "format": "date-time", "description": field.meaning}
    if field.type == "word":
        return {"type": "string", "enum": field.words, "description": field.meaning}
    if field.type == "object":
        return {"type": "object", "description": field.meaning}
    if field.type == "hex":
        return {"type": "string", "pattern": f"^[0-9a-f]{{{field.low},{field.high}}}$", "description": field.meaning}
    return {"type": "string", "minLength": field.low, "maxLength": field.high, "description": field.meaning}


def nullable(member):
    one = schema(member.field)
    return {"anyOf": [one, {"type": "null"}]} if member.optional else one


def body(message):
    properties = {m.field.name: schema(m.field) for m in message.members}
    required = [m.field.name for m in message.members if not m.optional]
    for m in message.rows or []:
        properties[m.field.name] = {"type": "array", "items": nullable(m)}
        required.append(m.field.name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def content(call):
    return {"*/*": {}} if call.file else {"application/json": {"schema": body(call.reply)}}


def operation(route, call):
    path_names = re.findall(r"{\+?(\w+)}", route.path)
    parameters, in_body = [], []
    for m in call.request.members:
        if m.field.name in path_names or route.method == "GET":
            place = "path" if m.field.name in path_names else "query"
            parameters.append({"name": m.field.name, "in": place, "required": place == "path" or not m.optional,
                               "schema": schema(m.field)})
        else:
            in_body.append(m)
    one = {"operationId": call.name, "summary": call.meaning, "x-role": route.role, "x-tenant-rule": route.tenant,
           "x-key": route.key, "parameters": parameters,
           "responses": {"200": {"description": "done", "content": content(call)},
                         "default": {"description": "refused", "content": {"application/json": {
                             "schema": {"$ref": "#/components/schemas/Problem"}}}}}}
    if in_body:
        message = type(call.request)(call.name, in_body)
        one["requestBody"] = {"required": True, "content": {"application/json": {"schema": body(message)}}}
    if route.role == "none":
        one["security"] = []
    return one


def openapi(contract):
    by_name = {call.name: call for call in contract.calls}
    paths = {}
    for route in contract.routes:
        if route.call == "stream":
            one = {"operationId": "stream", "summary": "events as they are stored, resumable by Last-Event-ID",
                   "x-role": route.role, "x-tenant-rule": route.tenant, "x-key": route.key,
                   "responses": {"200": {"description": "events", "content": {"text/event-stream": {}}}}}
        else:
            one = operation(route, by_name[route.call])
        # OpenAPI knows no field with slashes in it, and no sign for one.
        paths.setdefault(route.path.replace("{+", "{"), {})[route.method.lower()] = one
    problem = {"type": "object", "required": ["code", "reason"], "properties": {
        "code": {"type": "string", "description": contract.fields["code"].meaning},
        "reason": {"type": "string", "description": contract.fields["reason"].meaning},
        "field": {"type": "string", "description": "the field at fault"}}}
    page = {"openapi": "3.1.0", "info": {"title": "Vedette", "version": "1"}, "paths": paths,
            "security": [{"session": []}, {"token": []}],
            "components": {"schemas": {"Problem": problem}, "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-vedette"},
                "token": {"type": "http", "scheme": "bearer"}}}}
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def stands(member):
    """`name`, how often and of what: `targets` ?, 1-1000 [target](#part-target)."""
    what = f"[{member.part.name}](#part-{member.part.name})" if member.part else \
        f"`{member.field.name}`" if member.field.name != member.name else ""
    many = f"list of 1 to {member.most}" if member.most else ""
    limits = "" if member.part else f"{member.field.type} {member.field.limits}".replace(" -", "")
    return [f"`{member.name}`" + ("?" if member.optional else ""), ", ".join(filter(None, (many, what, limits))),
            "" if member.part else member.field.meaning]


def part_table(members):
    return table(["member", "is", "meaning"], map(stands, members))


def documents(contract):
    needs = {"receipt": "a receipt from the log", "status": "a fresh status", "unfrozen": "that no freeze is in force"}
    signed = {"threshold": "as many people as the trust file says for it", "one": "any one person of the trust file",
              "status-key": "the status key of the trust file"}
    out = "# Documents\n\n" + MADE
    out += ("What people sign (docs/signing.md), and agents verify. The payload is JSON with the members below and no other; "
            "it is signed as DSSE of type `application/vnd.vedette.<kind>.v1+json`. A member marked ? may be left out.\n\n")
    out += table(["kind", "signed by", "an agent wants besides", "what it is"],
                 [[f"[`{k.name}`](#{k.name})", signed[k.signed_by], ", ".join(needs[n] for n in k.needs) or "nothing", k.meaning]
                  for k in contract.kinds])
    head = contract.parts[0]
    out += "## Every document begins with\n\n" + part_table(head.members)
    for kind in contract.kinds:
        out += f"## {kind.name}\n\n{kind.meaning[0].upper()}{kind.meaning[1:]}.\n\n" + part_table(kind.body.members[len(head.members):])
    for part in contract.parts[1:]:
        out += f"## Part: {part.name}\n\n{part.meaning[0].upper()}{part.meaning[1:]}.\n\n" + part_table(part.members)
    return out.rstrip() + "\n"


def make(contract):
    return {"documents.md": documents(contract), "events.md": events(contract), "calls.md": calls(contract),
            "envelopes.md": envelopes(contract), "backups.md": records(contract), "routes.md": routes(contract),
            "settings.md": settings(contract), "redis.md": keys(contract), "fields.md": fields(contract),
            "watches.md": watches(contract), "openapi.json": openapi(contract)}
