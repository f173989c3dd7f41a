"""contract.ts: what the portal's UI sends and receives."""
import json
import re

import ocsf
from c import ident

TYPES = {"u32": "number", "u64": "number", "bool": "boolean", "time": "string", "text": "string", "lines": "string",
         "slug": "string", "hex": "string", "secret": "string", "object": "Record<string, unknown>"}


def type_of(field):
    return " | ".join(f'"{word}"' for word in field.words) if field.words else TYPES[field.type]


def interface(name, message):
    out = f"export interface {name} {{\n"
    for m in message.members:
        out += f"  {m.field.name}{'?' if m.optional else ''}: {type_of(m.field)};\n"
    for m in message.rows or []:
        # A column: absent values stand as null.
        kind = type_of(m.field) + (" | null" if m.optional else "")
        out += f"  {m.field.name}: ({kind})[];\n"
    return out + "}\n\n"


def document(part, word=None):
    """word: of a kind, which says in its documents that it is one."""
    out = f"export interface {part_name(part)} {{\n"
    for m in part.members:
        kind = f'"{word}"' if word and m.name == "kind" else part_name(m.part) if m.part else type_of(m.field)
        kind = (f"({kind})[]" if " " in kind else f"{kind}[]") if m.most else kind
        out += f"  {m.name}{'?' if m.optional else ''}: {kind};\n"
    return out + "}\n\n"


def part_name(part):
    return "Document" + "".join(word.capitalize() for word in part.name.split("-"))


def documents(contract):
    """What people sign, by kind: `DocumentTask`, and the parts that documents are made of."""
    return "".join(map(document, contract.parts)) + "".join(document(kind.body, kind.name) for kind in contract.kinds)


def kind_rows(contract):
    out = ("/** What each kind of document is, and what agents want before they act on it. */\n"
           "export const kindRows: { [K in (typeof document_kindWords)[number]]: { needs: string[]; meaning: string } } = {\n")
    for kind in contract.kinds:
        out += f'  "{kind.name}": {{ needs: {json.dumps(kind.needs)}, meaning: {json.dumps(kind.meaning)} }},\n'
    return out + "};\n\n"


def make(contract):
    out = "// Made by contract/generate from contract/*.def: change those.\n\n"
    for field in contract.fields.values():
        if field.words:
            words = ", ".join(f'"{word}"' for word in field.words)
            out += f"export const {field.name}Words = [{words}] as const;\n"
    out += "\n"
    by_name = {call.name: call for call in contract.calls}
    listed = ""
    messages = [route for route in contract.routes if route.call != "stream" and not by_name[route.call].file]
    for route in messages:
        call = by_name[route.call]
        name = "".join(part.capitalize() for part in re.split(r"[._]", ident(call.name)))
        out += interface(f"{name}Request", call.request) + interface(f"{name}Reply", call.reply)
        listed += (f'  "{call.name}": {{ method: "{route.method}"; path: "{route.path}"; '
                   f"request: {name}Request; reply: {name}Reply }};\n")
    out += f"export interface Calls {{\n{listed}}}\n\n"
    out += "export const routes: { [K in keyof Calls]: { method: string; path: string } } = {\n"
    for route in messages:
        out += f'  "{route.call}": {{ method: "{route.method}", path: "{route.path}" }},\n'
    out += "};\n\n"
    listed = ""
    for event in contract.events:
        name = "Event" + "".join(part.capitalize() for part in event.type.split("."))
        out += interface(name, event.data)
        listed += f'  "{event.type}": {name};\n'
    out += f"export interface Events {{\n{listed}}}\n\n"
    out += "/** What each event says, as in events.def. */\n"
    out += 'export const eventRows: { [K in keyof Events]: { class: (typeof classWords)[number]; meaning: string } } = {\n'
    for event in contract.events:
        out += f'  "{event.type}": {{ class: "{event.log_class}", meaning: {json.dumps(event.meaning)} }},\n'
    out += "};\n\n"
    out += ("/** What each kind of watch measures, and the unit of its values (they come in thousandths of it); \"\": it has none. */\n"
            "export const watchRows: { [K in (typeof watch_kindWords)[number]]: { unit: string; meaning: string } } = {\n")
    for watch in contract.watches:
        out += f'  "{watch.name}": {{ unit: {json.dumps(watch.unit)}, meaning: {json.dumps(watch.meaning)} }},\n'
    out += "};\n\n"
    out += kind_rows(contract)
    out += ("/** Where each field stands in an event's OCSF data, and how: as ours, a number as text, a time in milliseconds. */\n"
            'export type Form = "plain" | "quoted" | "ms";\n'
            "export const places: Record<string, [field: string, path: string[], form: Form][]> = {\n")
    for event in contract.events:
        rows = [[name, path, form] for name, (path, form) in ocsf.field_places(event).items()]
        out += f'  "{event.type}": {json.dumps(rows, separators=(",", ":"))},\n'
    out += "};\n"
    return {"contract.ts": out + "\n" + documents(contract)}
