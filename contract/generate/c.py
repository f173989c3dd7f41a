"""contract.h and contract.c: structs, tables and the thin typed calls; serve_<service>.c: dispatch; contract.dict: for fuzzers."""
import json
import re

import documents
import ocsf
import tables

TYPES = {"u32": "uint32_t", "u64": "uint64_t", "bool": "bool", "time": "int64_t", "text": "const char *",
         "lines": "const char *", "slug": "const char *", "hex": "const char *", "secret": "const char *", "word": "int", "object": "struct json_t *"}
POINTERS = ("text", "lines", "slug", "hex", "secret", "object")
SETTING_TYPES = {"int": "int64_t", "text": "const char *", "flag": "bool", "word": "int",
                 "address": "const char *", "endpoint": "const char *"}
MADE = "/* Made by contract/generate from the tables in contract/: change those. */\n"


def ident(name):
    return name.replace(".", "_").replace("-", "_").replace(":", "_")


def quoted(text):
    return json.dumps(text)


def declare(kind, name):
    space = "" if kind.endswith("*") else " "
    return f"    {kind}{space}{name};\n"


def has(member):
    """Whether the struct says by a flag of its own that the member is there."""
    return member.optional and member.field.type not in POINTERS


def struct(name, members, rows=None):
    out = f"struct {name} {{\n"
    for member in members:
        if has(member):
            out += declare("bool", f"has_{member.field.name}")
        out += declare(TYPES[member.field.type], member.field.name)
    if rows is not None:
        out += declare("size_t", "n_rows") + declare(f"struct {name}_row *", "rows")
    elif not members:
        out += declare("char", "nothing")
    return out + "};\n"


def message_structs(message):
    name = ident(message.name)
    row = struct(f"{name}_row", message.rows) if message.rows is not None else ""
    return row + struct(name, message.members, message.rows) + f"extern const struct shape {name}_shape;\n\n"


def shape(name, wire, members, rows=None):
    out = ""
    if members:
        out += f"static const struct field {name}_fields[] = {{\n"
        for m in members:
            words = f"{m.field.name}_words" if m.field.type == "word" else "NULL"
            # A pointer says by itself whether it is there: its flag is the pointer, never written.
            there = f"offsetof(struct {name}, has_{m.field.name})" if has(m) else \
                    f"offsetof(struct {name}, {m.field.name})" if m.optional else "FIELD_NOT_OPTIONAL"
            out += (f"    {{ {quoted(m.field.name)}, FIELD_{m.field.type.upper()}, {m.field.low}u, {m.field.high}u, "
                    f"{words}, offsetof(struct {name}, {m.field.name}), {there} }},\n")
        out += "};\n"
    fields = f"{name}_fields" if members else "NULL"
    row = f"&{name}_row_shape" if rows is not None else "NULL"
    offsets = f"offsetof(struct {name}, n_rows), offsetof(struct {name}, rows)" if rows is not None else "0, 0"
    out += (f"const struct shape {name}_shape = {{ {quoted(wire)}, sizeof(struct {name}), {fields}, {len(members)}, "
            f"{row}, {offsets} }};\n\n")
    return out


def message_shapes(message):
    name = ident(message.name)
    row = ""
    if message.rows is not None:
        row = f"extern const struct shape {name}_row_shape;\n" + shape(f"{name}_row", message.name, message.rows)
    return row + shape(name, message.name, message.members, message.rows)


def ocsf_object(event, name, one):
    """The arrays behind an object come before it."""
    out = ""
    objects = [ocsf_object(event, f"{name}_{key}", inner) for key, inner in one.objects.items()]
    out += "".join(before for before, _ in objects)
    message = f"event_{ident(event.type)}"
    if one.slots:
        out += f"static const struct ocsf_slot {name}_slots[] = {{\n"
        for slot in one.slots:
            index = next((i for i, m in enumerate(event.data.members) if m is slot.member), None)
            at = "NULL" if index is None else f"&{message}_fields[{index}]"
            out += f"    {{ {quoted(slot.key)}, OCSF_{slot.source.upper()}, OCSF_{slot.form.upper()}, {at} }},\n"
        out += "};\n"
    if objects:
        out += f"static const struct ocsf_object {name}_objects[] = {{\n"
        out += "".join(f"    {row},\n" for _, row in objects) + "};\n"
    otherwise = "NULL" if one.otherwise is None else quoted(one.otherwise)
    slots = f"{name}_slots, {len(one.slots)}" if one.slots else "NULL, 0"
    inner = f"{name}_objects, {len(objects)}" if objects else "NULL, 0"
    return out, f"{{ {quoted(one.key)}, {quoted(one.constant)}, {otherwise}, {slots}, {inner} }}"


def ocsf_data(event):
    """What the codec itself writes, metadata and actor, is no object of the tree: only its constants."""
    name = f"ocsf_{ident(event.type)}"
    tree = ocsf.Object("", slots=event.tree.slots,
                       objects={key: one for key, one in event.tree.objects.items() if key not in ("metadata", "actor")})
    before, row = ocsf_object(event, name, tree)
    metadata = event.tree.objects.get("metadata", ocsf.Object("")).constant
    actor = event.tree.objects.get("actor", ocsf.Object("")).inner(["user"]).otherwise
    return (f"{before}static const struct ocsf {name} = {{ {quoted(ocsf.classification(event))}, {quoted(metadata)}, "
            f"{'NULL' if actor is None else quoted(actor)},\n    {row} }};\n\n")


def messages(contract):
    for event in contract.events:
        yield event.data
    for call in contract.calls:
        yield call.request
        yield call.reply
    for one in contract.envelopes + contract.records:
        yield one.body


def mask(names):
    return " | ".join(f"PEER_{name.upper()}" for name in names) or "0"


def enum(name, prefix, items, count=True):
    out = f"enum {name} {{\n" + "".join(f"    {prefix}_{ident(item).upper()},\n" for item in items)
    return out + (f"    {prefix}_COUNT,\n" if count else "") + "};\n\n"


def sections(contract):
    found = {}
    for one in contract.settings:
        found.setdefault(one.section, []).append(one)
    return found


def key_function(key):
    parameters = re.findall(r"<(\w+)>", key.pattern)
    number = ("page", "bucket")
    name = ident(re.sub(r":?<\w+>", "", key.pattern))
    arguments = "".join(f", {'uint32_t ' if p in number else 'const char *'}{p}" for p in parameters)
    return f"struct key key_{name}({arguments[2:] or 'void'})", parameters, number


def header(contract):
    out = MADE + """#ifndef VEDETTE_CONTRACT_H
#define VEDETTE_CONTRACT_H

#include <jansson.h>

#include "contract/shape.h"

struct bus;
struct bus_request;
struct event_about;
struct problem;

"""
    out += enum("class", "CLASS", tables.CLASSES) + "extern const char *const class_words[];\n\n"
    for one in contract.fields.values():
        if one.words and one.name != "class":
            out += enum(one.name, one.name.upper(), one.words)
            out += f"extern const char *const {one.name}_words[];\n\n"
    out += "".join(message_structs(message) for message in messages(contract))
    out += documents.header(contract)
    out += enum("event", "EVENT", [event.type for event in contract.events])
    out += enum("call", "CALL", [call.name for call in contract.calls])
    out += enum("envelope", "ENVELOPE", [one.purpose for one in contract.envelopes])
    for table in ("event", "call", "envelope", "route", "setting"):
        out += f"extern const struct {table}_row {table}_rows[];\n"
    out += "extern const size_t route_count, setting_count;\n\n"
    out += "extern const struct watch_row watch_rows[];     /* by enum watch_kind */\n\n"
    out += "/* Names of the fields that are sealed in the log; NULL-terminated. */\nextern const char *const personal_fields[];\n\n"
    for section, rows in sections(contract).items():
        out += f"struct settings_{section} {{\n"
        out += "".join(declare(SETTING_TYPES[one.type], one.key) for one in rows) + "};\n\n"
    out += "struct settings {\n"
    out += "".join(declare(f"struct settings_{section}", section) for section in sections(contract)) + "};\n\n"
    for key in contract.keys:
        out += f"/* {key.pattern}: {key.meaning} */\n{key_function(key)[0]};\n"
    out += """
/* One rule a Redis user, as in an ACL file, without the password; NULL-terminated. */
struct redis_user {
    const char *service, *rules;
};
extern const struct redis_user redis_users[];

/* bus_emit, bus_call and bus_answer of lib/bus/bus.h, with the type of each message. */
typedef void bus_stored(void *arg, const struct problem *refused);
typedef void bus_answered(void *arg, const struct problem *refused, const void *reply);
int bus_emit(struct bus *, enum event, const struct event_about *, const void *data, bus_stored *, void *arg);
void bus_call(struct bus *, enum call, const char *actor, const void *request, unsigned deadline_ms,
              bus_answered *, void *arg);
void bus_answer(struct bus_request *, const void *reply);

"""
    for event in contract.events:
        name = ident(event.type)
        out += (f"static inline int emit_{name}(struct bus *bus, const struct event_about *about,\n"
                f"        const struct event_{name} *data, bus_stored *stored, void *arg)\n"
                f"{{ return bus_emit(bus, EVENT_{name.upper()}, about, data, stored, arg); }}\n")
    for call in contract.calls:
        name = ident(call.name)
        out += (f"static inline void ask_{name}(struct bus *bus, const char *actor, const struct call_{name} *request,\n"
                f"        unsigned deadline_ms, bus_answered *answered, void *arg)\n"
                f"{{ bus_call(bus, CALL_{name.upper()}, actor, request, deadline_ms, answered, arg); }}\n"
                f"static inline void answer_{name}(struct bus_request *request, const struct call_{name}_reply *reply)\n"
                f"{{ bus_answer(request, reply); }}\n")
        if not call.agent and call.name != "health":
            # Its handler, to be written by the service that answers it: without one that service does not link.
            out += f"void serve_{name}(struct bus_request *, const struct call_{name} *);\n"
    return out + "\n#endif\n"


def source(contract):
    out = MADE + '#include "contract.h"\n\n#include <stdio.h>\n\n'
    words = {"class": tables.CLASSES} | {f.name: f.words for f in contract.fields.values() if f.words}
    for name, items in words.items():
        out += f"const char *const {name}_words[] = {{ {', '.join(map(quoted, items))}, NULL }};\n"
    personal = [quoted(f.name) for f in contract.fields.values() if f.personal]
    out += f"const char *const personal_fields[] = {{ {', '.join(personal)}, NULL }};\n"
    out += "\n" + "".join(message_shapes(message) for message in messages(contract))
    out += documents.source(contract)
    out += "".join(ocsf_data(event) for event in contract.events)
    out += "const struct event_row event_rows[] = {\n"
    for e in contract.events:
        out += (f"    {{ {quoted(e.type)}, CLASS_{e.log_class.upper()}, {e.sev}, {mask(e.producers)}, "
                f"&ocsf_{ident(e.type)}, &event_{ident(e.type)}_shape, {quoted(e.meaning)} }},\n")
    out += "};\n\nconst struct call_row call_rows[] = {\n"
    for c in contract.calls:
        log = "-1" if c.log_class == "-" else f"CLASS_{c.log_class.upper()}"
        out += (f"    {{ {quoted(c.name)}, {mask(c.servers)}, {mask(c.callers)}, {log}, {str(c.stops).lower()}, {str(c.changes).lower()}, &call_{ident(c.name)}_shape, "
                f"&call_{ident(c.name)}_reply_shape }},\n")
    out += "};\n\nconst struct envelope_row envelope_rows[] = {\n"
    for e in contract.envelopes:
        peers = ", ".join("0" if who == "agent" else f"PEER_{who.upper()}" for who in (e.sender, e.recipient))
        out += f"    {{ {quoted(e.purpose)}, {peers}, &envelope_{ident(e.purpose)}_shape }},\n"
    out += "};\n\nconst struct route_row route_rows[] = {\n"
    for r in contract.routes:
        role = "-1" if r.role == "none" else f"ROLE_{r.role.upper()}"
        call = "-1" if r.call == "stream" else f"CALL_{ident(r.call).upper()}"
        out += (f"    {{ {quoted(r.method)}, {quoted(r.path)}, {role}, TENANT_{tables.TENANT_RULES[r.tenant]}, "
                f"KEY_{tables.KEY_RULES[r.key]}, {call} }},\n")
    out += "};\nconst size_t route_count = sizeof(route_rows) / sizeof(route_rows[0]);\n\n"
    out += watches(contract)
    for one in contract.settings:
        if one.words:
            out += (f"static const char *const {one.section}_{one.key}_words[] = "
                    f"{{ {', '.join(map(quoted, one.words))}, NULL }};\n")
    out += "const struct setting_row setting_rows[] = {\n"
    for s in contract.settings:
        listed = f"{s.section}_{s.key}_words" if s.words else "NULL"
        out += (f"    {{ {quoted(s.section)}, {quoted(s.key)}, SETTING_{s.type.upper()}, {quoted(s.initial)}, {s.low}, "
                f"{s.high}, {listed}, offsetof(struct settings, {s.section}.{s.key}),\n      {quoted(s.meaning)} }},\n")
    out += "};\nconst size_t setting_count = sizeof(setting_rows) / sizeof(setting_rows[0]);\n\n"
    for key in contract.keys:
        head, parameters, number = key_function(key)
        form = re.sub(r"<(\w+)>", lambda m: "%u" if m.group(1) in number else "%s", key.pattern)
        arguments = "".join(f", {p}" for p in parameters)
        out += (f"{head}\n{{\n    struct key key;\n"
                f"    key.length = (size_t)snprintf(key.text, sizeof(key.text), {quoted(form)}{arguments});\n"
                f"    return key;\n}}\n\n")
    out += "const struct redis_user redis_users[] = {\n"
    for service in tables.SERVICES:
        rule = acl(contract, service)
        if rule:
            out += f"    {{ {quoted(service)}, {quoted(rule)} }},\n"
    return out + "    { NULL, NULL },\n};\n"


def acl(contract, service):
    """Deny all, then exactly the commands and key patterns that keys.def gives the service."""
    commands, patterns = set(), []
    for key in contract.keys:
        pattern = re.sub(r"<\w+>", "*", key.pattern)
        if key.writer == service:
            commands.update(key.write_commands)
            patterns.append(("%RW~" if service in key.readers else "%W~") + pattern)
        elif service in key.readers:
            patterns.append("%R~" + pattern)
        if service in key.readers:
            commands.update(key.read_commands)
    if not patterns:
        return ""
    return " ".join(["resetkeys", "resetchannels", "-@all", "+ping"] +
                    [f"+{name.lower()}" for name in sorted(commands)] + patterns)


def serve(contract, service):
    # What only browsers or only agents ask never comes over the bus: its service takes it from HTTP.
    calls = [c for c in contract.calls if service in c.servers and c.name != "health" and c.callers]
    out = MADE + '#include "lib/bus/bus.h"\n\n'
    for c in calls:
        name = ident(c.name)
        out += (f"static void take_{name}(struct bus_request *request, const void *in)\n"
                f"{{ serve_{name}(request, in); }}\n")
    out += f"\nconst struct bus_handler {service}_handlers[] = {{\n"
    out += "".join(f"    {{ CALL_{ident(c.name).upper()}, take_{ident(c.name)} }},\n" for c in calls)
    return out + "    { -1, NULL },\n};\n"


def dictionary(contract):
    """Names and words of the contract, so that a fuzzer gets past the first key."""
    words = set(contract.fields) | {word for one in contract.fields.values() for word in one.words}
    words |= {member.name for part in contract.parts + [kind.body for kind in contract.kinds] for member in part.members}
    quotes = '\\"'
    return "".join(f'"{quotes}{word}{quotes}"\n' for word in sorted(words)) + f'"{quotes}:"\n"1970-01-01T00:00:00Z"\n'


def listed(words):
    return f"(const char *const[]){{ {''.join(quoted(word) + ', ' for word in words)}NULL }}"


def watches(contract):
    out = "const struct watch_row watch_rows[] = {\n"
    for one in contract.watches:
        out += (f"    {{ {quoted(one.name)}, {quoted(one.unit) if one.unit else 'NULL'}, SIDE_{one.side.upper()}, {one.every_s}, "
                f"{listed(one.required)}, {listed(one.allowed)},\n      {quoted(one.meaning)} }},\n")
    return out + "};\n\n"


def places(contract):
    """Where each event's fields stand, for who reads events in other languages."""
    return json.dumps({f"vedette.{event.type}.v1": ocsf.field_places(event) for event in contract.events}, indent=1) + "\n"


def make(contract):
    files = {"contract.h": header(contract), "contract.c": source(contract), "contract.dict": dictionary(contract),
             "places.json": places(contract)}
    for service in tables.SERVICES:
        files[f"serve_{service}.c"] = serve(contract, service)
    return files
