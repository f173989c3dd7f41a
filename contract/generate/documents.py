"""Documents in C: a struct and a table of members for each part and each kind, and the table of kinds."""
import c
import tables

SIGNED_BY = {"threshold": "BY_THRESHOLD", "one": "BY_ONE", "status-key": "BY_STATUS_KEY"}


def struct_name(part):
    return "document_" + c.ident(part.name)


def member_lines(member):
    kind = f"struct {struct_name(member.part)} *" if member.part else c.TYPES[member.field.type]
    if member.most:
        pointer = kind if member.part else kind + ("*" if kind.endswith("*") else " *")
        return c.declare("size_t", f"n_{member.name}") + c.declare(pointer, member.name)
    flag = c.declare("bool", f"has_{member.name}") if member.field and c.has(member) else ""
    return flag + c.declare(kind, member.name)


def struct(part, head):
    """A kind begins with the head's members, as a struct of its own."""
    own = part.members[len(head.members):] if head else part.members
    first = c.declare("struct document_head", "head") if head else ""
    return f"struct {struct_name(part)} {{\n{first}" + "".join(map(member_lines, own)) + "};\n\n"


def header(contract):
    head = contract.parts[0]
    out = "".join(struct(part, None) for part in contract.parts)
    out += "".join(struct(kind.body, head) for kind in contract.kinds)
    out += "/* Any of them; each begins with its head. */\nunion document_body {\n    struct document_head head;\n"
    out += "".join(c.declare(f"struct {struct_name(kind.body)}", c.ident(kind.name)) for kind in contract.kinds)
    return out + "};\n\nextern const struct kind_row kind_rows[];\n\n"


def field(member, owner, place):
    one = member.field
    words = f"{one.name}_words" if one.words else "NULL"
    if member.most:
        at, there = "0", "FIELD_NOT_OPTIONAL"
    else:
        at = f"offsetof(struct {owner}, {place}{member.name})"
        there = "FIELD_NOT_OPTIONAL" if not member.optional else \
                f"offsetof(struct {owner}, {place}has_{member.name})" if c.has(member) else at
    return f"{{ {c.quoted(member.name)}, FIELD_{one.type.upper()}, {one.low}u, {one.high}u, {words}, {at}, {there} }}"


def members(part, head):
    owner = struct_name(part)
    fields, rows = "", ""
    for i, member in enumerate(part.members):
        place = "head." if head and i < len(head.members) else ""
        what = f"NULL, &{struct_name(member.part)}_part" if member.part else f"&{owner}_fields[{fields.count(chr(10))}], NULL"
        if member.field:
            fields += f"    {field(member, owner, place)},\n"
        apart = member.part or member.most
        at = f"offsetof(struct {owner}, {member.name})" if apart else "0"
        count = f"offsetof(struct {owner}, n_{member.name})" if member.most else "0"
        rows += (f"    {{ {c.quoted(member.name)}, {what}, {member.most}, {str(member.optional).lower()}, "
                 f"{at}, {count} }},\n")
    out = f"static const struct field {owner}_fields[] = {{\n{fields}}};\n" if fields else ""
    out += f"static const struct member {owner}_members[] = {{\n{rows}}};\n"
    return out + (f"static const struct part {owner}_part = {{ {c.quoted(part.name)}, sizeof(struct {owner}), "
                  f"{owner}_members, {len(part.members)} }};\n\n")


def source(contract):
    head = contract.parts[0]
    out = "".join(members(part, None) for part in contract.parts[1:])
    out += "".join(members(kind.body, head) for kind in contract.kinds)
    out += "const struct kind_row kind_rows[] = {\n"
    for kind in contract.kinds:
        needs = " | ".join(f"NEEDS_{need.upper()}" for need in kind.needs) or "0"
        out += (f"    {{ {c.quoted(kind.name)}, {SIGNED_BY[kind.signed_by]}, {needs}, &{struct_name(kind.body)}_part, "
                f"{c.quoted(kind.meaning)} }},\n")
    return out + "};\n\n"
