"""Which place each field of an event has in its OCSF data, as a tree of objects: from ocsf.def and an event's row."""
import json
import re
from dataclasses import dataclass, field

UNMAPPED = "unmapped"
STATUSES = {2: ["Unknown", "New", "In Progress", "Suppressed", "Resolved"]}  # by category; all others:
STATUS = ["Unknown", "Success", "Failure"]
OTHER = 99
CLASSES = {2004: "Detection Finding", 3001: "Account Change", 3002: "Authentication", 3004: "Entity Management",
           5001: "Device Inventory Info", 6002: "Application Lifecycle", 6003: "API Activity"}
WHOLE_NUMBERS = ("count",)  # of OCSF's attributes, those that we give a number that is no time


@dataclass
class Place:
    """A row of ocsf.def."""
    where: str
    scope: str
    path: list
    when: str       # "": with another of its object; "!": always; "?": instead of the others
    what: str       # a field's name, or the JSON of a constant, or {id}, {subject}, {meaning}

    @property
    def is_field(self):
        return re.fullmatch(r"\w+", self.what) and not self.what.isdigit()


@dataclass
class Slot:
    key: str
    source: str     # "field", "id" or "subject"
    member: object = None
    form: str = "plain"     # as in our own messages; "quoted": a number as text; "ms": a time in milliseconds


@dataclass
class Object:
    key: str
    constants: dict = field(default_factory=dict)   # key → (when, JSON)
    slots: list = field(default_factory=list)
    objects: dict = field(default_factory=dict)

    def inner(self, path):
        return self.objects.setdefault(path[0], Object(path[0])).inner(path[1:]) if path else self

    def literal(self, when):
        return ",".join(f'"{key}":{value}' for key, (its, value) in self.constants.items() if its in when)

    @property
    def constant(self):
        """What stands in it beside a field."""
        return self.literal(("", "!"))

    @property
    def otherwise(self):
        """What stands in it without one; None: it is left out then."""
        return self.literal(("", "!", "?")) if any(when for when, _ in self.constants.values()) else None


def form(member, place):
    if place.path[0] == UNMAPPED:
        return "plain"
    if member.field.type == "time":
        return "ms"
    return "quoted" if member.field.type in ("u32", "u64") and place.path[-1] not in WHOLE_NUMBERS else "plain"


def scopes(event):
    return [event.type, str(event.class_uid), "*"]


def places_of(places, event, member):
    """All of the first of an event's scopes in which the field has any."""
    for scope in scopes(event):
        found = [place for place in places if place.scope == scope and place.what == member.field.name]
        if found:
            return found
    return [Place("", event.type, [UNMAPPED, member.field.name], "", member.field.name)]


def constants_of(places, event):
    found = {}
    for place in places:
        if not place.is_field and place.scope in scopes(event):
            key = ".".join(place.path)
            if key not in found or scopes(event).index(place.scope) < scopes(event).index(found[key].scope):
                found[key] = place
    return found.values()


def tree(places, event):
    root = Object("")
    taken = set()
    for member in sorted(event.data.members, key=lambda one: places_of(places, event, one)[0].path[0] == UNMAPPED):
        for place in places_of(places, event, member):
            slot = Slot(place.path[-1], "field", member, form(member, place))
            root.inner(place.path[:-1]).slots.append(slot)
            if ".".join(place.path) in taken:
                raise ValueError(f"ocsf.def: {event.type}: two fields stand at {'.'.join(place.path)}")
            taken.add(".".join(place.path))
    for place in constants_of(places, event):
        key = ".".join(place.path)
        target = root.inner(place.path[:-1])
        if key in taken:
            continue
        if place.what in ("{id}", "{subject}"):
            target.slots.insert(0, Slot(place.path[-1], place.what[1:-1]))
        else:
            value = json.dumps(event.meaning) if place.what == "{meaning}" else place.what
            target.constants[place.path[-1]] = (place.when, value)
    if UNMAPPED in root.objects:  # last, behind what a SIEM looks for
        root.objects[UNMAPPED] = root.objects.pop(UNMAPPED)
    return prune(root)


def prune(one):
    """Without the objects in which nothing can ever stand."""
    one.objects = {key: inner for key, inner in one.objects.items()
                   if prune(inner).slots or inner.objects or inner.otherwise is not None}
    return one


def classification(event):
    """What an event of this type always is, as its OCSF data begins."""
    uid, activity = event.class_uid, event.activity_id
    words = STATUSES.get(uid // 1000, STATUS)
    said = {"class_uid": uid, "category_uid": uid // 1000, "activity_id": activity, "type_uid": uid * 100 + activity}
    if activity == OTHER:
        said["activity_name"] = event.type.rsplit(".", 1)[1]
    if event.status:
        said["status_id"] = words.index(event.status) if event.status in words else OTHER
        said["status"] = event.status
    return json.dumps(said, separators=(",", ":"))[1:-1]


def walk(one, path=()):
    """(path, slot) of every field."""
    for slot in one.slots:
        if slot.source == "field":
            yield (*path, slot.key), slot
    for key, inner in one.objects.items():
        yield from walk(inner, (*path, key))


def field_places(event):
    """field → (path, form): where it is read from."""
    found = {}
    for path, slot in walk(event.tree):
        found.setdefault(slot.member.field.name, (path, slot.form))
    return found
