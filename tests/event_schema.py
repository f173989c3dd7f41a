"""What CloudEvents 1.0 and OCSF 1.1.0 ask of an event, as facts: which attributes there are, of what type, which must be there.

    faults(event)   what is wrong with it, in sentences; nothing if all is right

Of OCSF the classes and attributes that Vedette uses, and no others: who uses one more looks it up and writes it down here.
Source: github.com/ocsf/ocsf-schema, version 1.1.0; github.com/cloudevents/spec, version 1.0.2."""
import datetime
import ipaddress
import re
from dataclasses import dataclass

HOSTNAME = re.compile(r"(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])")
YEAR_10000_MS = 253402300800000


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_ip(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


TYPES = {
    "string": lambda value: isinstance(value, str) and len(value.encode()) <= 65535,
    "integer": is_int,
    "timestamp": lambda value: is_int(value) and 0 <= value < YEAR_10000_MS,
    "boolean": lambda value: isinstance(value, bool),
    "ip": lambda value: isinstance(value, str) and is_ip(value),
    "hostname": lambda value: isinstance(value, str) and bool(HOSTNAME.fullmatch(value)),
    "json": lambda value: True,
    "object": lambda value: isinstance(value, dict),
    "strings": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
}


@dataclass
class Object:
    attributes: dict        # name → type, an object below, or the numbers of an enumeration; ! behind the name: required
    one_of: tuple = ()      # at least one of these must be there


ENTITY = ("name", "uid")
ENDPOINT = {"domain": "string", "hostname": "hostname", "ip": "ip", "name": "string", "uid": "string", "type": "string"}
ENDPOINT_ONE_OF = ("ip", "uid", "name", "hostname", "instance_uid", "interface_uid", "interface_name")
ENDPOINT_TYPES = {*range(12), 99}

OBJECTS = {
    "product": Object({"name": "string", "uid": "string", "vendor_name!": "string", "version": "string"}, ENTITY),
    "metadata": Object({"version!": "string", "product!": "product", "uid": "string", "tenant_uid": "string",
                        "profiles": "strings"}),
    "user": Object({"name": "string", "uid": "string", "type": "string", "type_id": {0, 1, 2, 3, 99},
                    "credential_uid": "string"}, ("account", "name", "uid")),
    "actor": Object({"user": "user"}, ("process", "user", "invoked_by", "session")),
    "device": Object(ENDPOINT | {"type_id!": ENDPOINT_TYPES, "last_seen_time": "timestamp"}, ENDPOINT_ONE_OF),
    "network_endpoint": Object(ENDPOINT | {"type_id": ENDPOINT_TYPES, "svc_name": "string"}, (*ENDPOINT_ONE_OF, "svc_name")),
    "service": Object({"name": "string", "uid": "string", "version": "string"}, ENTITY),
    "request": Object({"uid!": "string", "data": "json"}),
    "api": Object({"operation!": "string", "request": "request", "service": "service", "version": "string"}),
    "finding_info": Object({"uid!": "string", "title!": "string", "desc": "string", "created_time": "timestamp",
                            "first_seen_time": "timestamp", "last_seen_time": "timestamp", "modified_time": "timestamp"}),
    "managed_entity": Object({"name": "string", "uid": "string", "type": "string", "version": "string", "data": "json"}, ENTITY),
}

BASE = {"class_uid!": "integer", "category_uid!": "integer", "activity_id!": "integer", "type_uid!": "integer",
        "activity_name": "string", "severity_id!": {0, 1, 2, 3, 4, 5, 6, 99}, "time!": "timestamp", "metadata!": "metadata",
        "status_id": {0, 1, 2, 99}, "status": "string", "status_code": "string", "status_detail": "string",
        "message": "string", "count": "integer", "start_time": "timestamp", "end_time": "timestamp", "unmapped": "object"}
# The profile adds these to the classes that do not have them by themselves.
HOST_PROFILE = {"device": "device", "actor": "actor"}


@dataclass
class Class:
    activities: set     # besides 0, Unknown, and 99, Other
    attributes: dict
    host: bool = True   # whether the host profile may be applied
    one_of: tuple = ()


CLASSES = {
    0: Class(set(), {}, host=False),                                                       # base event
    2004: Class({1, 2, 3}, {"finding_info!": "finding_info", "status_id": {0, 1, 2, 3, 4, 99}}),   # detection finding
    3001: Class({*range(1, 12)}, {"user!": "user", "user_result": "user", "actor": "actor",
                                  "src_endpoint": "network_endpoint"}),                    # account change
    3002: Class({1, 2, 3, 4, 5}, {"user!": "user", "actor": "actor", "src_endpoint": "network_endpoint",
                                  "dst_endpoint": "network_endpoint", "service": "service", "is_mfa": "boolean",
                                  "is_remote": "boolean"}, one_of=("service", "dst_endpoint")),     # authentication
    3004: Class({1, 2, 3, 4}, {"entity!": "managed_entity", "entity_result": "managed_entity",
                               "comment": "string"}),                                      # entity management
    5001: Class({1, 2}, {"device!": "device", "actor": "actor"}),                          # device inventory info
    6002: Class({1, 2, 3, 4}, {"app!": "product"}),                                        # application lifecycle
    6003: Class({1, 2, 3, 4}, {"api!": "api", "actor!": "actor", "src_endpoint!": "network_endpoint",
                               "dst_endpoint": "network_endpoint"}, host=False),           # API activity
}

SEVERITY = {1: 5, 2: 4, 3: 3, 4: 2}     # ours → OCSF's: critical, high, medium, low


def check(value, kind, where):
    if isinstance(kind, set):
        if value not in kind or not is_int(value):
            yield f"{where} is {value!r}, none of {sorted(kind)}"
    elif kind in TYPES:
        if not TYPES[kind](value):
            yield f"{where} is {value!r}, no {kind}"
    elif not isinstance(value, dict):
        yield f"{where} is {value!r}, no object"
    else:
        yield from check_members(value, OBJECTS[kind].attributes, OBJECTS[kind].one_of, where + ".")


def check_members(value, attributes, one_of, where):
    kinds = {name.rstrip("!"): kind for name, kind in attributes.items()}
    for name in attributes:
        if name.endswith("!") and name[:-1] not in value:
            yield f"{where}{name[:-1]} is missing"
    if one_of and not set(one_of) & set(value):
        yield f"{where} has none of {', '.join(one_of)}"
    for name, one in value.items():
        if name in kinds:
            yield from check(one, kinds[name], where + name)
        else:
            yield f"{where}{name} is no attribute that tests/event_schema.py knows of it"


def ocsf_faults(data):
    uid, activity = data.get("class_uid"), data.get("activity_id")
    if uid not in CLASSES:
        yield f"class_uid is {uid!r}, none of {sorted(CLASSES)}"
        return
    one = CLASSES[uid]
    profiles = data.get("metadata", {}).get("profiles", [])
    extra = HOST_PROFILE if "host" in profiles and one.host else {}
    yield from check_members(data, BASE | extra | one.attributes, one.one_of, "")
    if set(profiles) - ({"host"} if one.host else set()):
        yield f"metadata.profiles {profiles} may not be applied to class {uid}"
    if activity not in one.activities | {0, 99}:
        yield f"activity_id is {activity!r}, none of class {uid}"
    if activity == 99 and not data.get("activity_name"):
        yield "activity_id 99, Other, wants an activity_name"
    if data.get("status_id") == 99 and not data.get("status"):
        yield "status_id 99, Other, wants a status"
    if data.get("category_uid") != uid // 1000 or data.get("type_uid") != uid * 100 + (activity or 0):
        yield "category_uid or type_uid is not what class and activity make"
    if data.get("metadata", {}).get("version") != "1.1.0":
        yield "metadata.version is not 1.1.0"


def is_rfc3339(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    except (AttributeError, ValueError):
        return False


# Those of the specification and of its documented extensions (recordedtime, sequence, authtype, authid), and our own.
CLOUDEVENTS = {
    "specversion!": lambda value: value == "1.0",
    "id!": lambda value: isinstance(value, str) and bool(value),
    "source!": lambda value: isinstance(value, str) and re.fullmatch(r"[!-~]+", value),     # a URI reference
    "type!": lambda value: isinstance(value, str) and bool(value),
    "subject": lambda value: isinstance(value, str) and bool(value),
    "time": is_rfc3339,
    "recordedtime!": is_rfc3339,
    "datacontenttype": lambda value: value == "application/json",
    "sequence!": lambda value: isinstance(value, str) and re.fullmatch(r"\d{20}", value),
    "sev!": lambda value: value in SEVERITY and is_int(value),
    "authtype!": lambda value: value in ("app_user", "user", "service_account", "api_key", "system", "unauthenticated", "unknown"),
    "authid": lambda value: isinstance(value, str) and bool(value),
    "tenant": lambda value: isinstance(value, str) and bool(value),
    "salt!": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value),
    "data!": lambda value: isinstance(value, dict),
}


def cloudevents_faults(event):
    known = {name.rstrip("!"): holds for name, holds in CLOUDEVENTS.items()}
    for name in CLOUDEVENTS:
        if name.endswith("!") and name[:-1] not in event:
            yield f"{name[:-1]} is missing"
    for name, value in event.items():
        if not re.fullmatch(r"[a-z0-9]{1,20}", name):
            yield f"{name} is no name of a CloudEvents attribute"
        elif name not in known or not known[name](value):
            yield f"{name} is {value!r}"


def faults(event):
    found = list(cloudevents_faults(event))
    if found:
        return found
    data = event["data"]
    found = list(ocsf_faults(data))
    if data.get("severity_id") != SEVERITY[event["sev"]]:
        found.append("severity_id is not that of sev")
    if data.get("metadata", {}).get("uid") != event["id"] or data["metadata"].get("tenant_uid") != event.get("tenant"):
        found.append("metadata says another id or tenant than the attributes")
    moment = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    if data.get("time") != round(moment.timestamp() * 1000):
        found.append("data.time is not time")
    return found
