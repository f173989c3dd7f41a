/*
 * The shape of a message: what contract.h's structs look like to the one codec that reads and writes them
 * (lib/message/message.h). The tables behind these types are made by contract/generate from the .def files here.
 */
#ifndef VEDETTE_SHAPE_H
#define VEDETTE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field stands in C: u32, u64; int64_t milliseconds since 1970 (time); bool; int (word: index into words);
 * const char * (text, lines, slug, hex, secret: borrowed, NULL if absent); struct json_t * (object: borrowed, NULL if absent). */
enum field_type {
    FIELD_U32,
    FIELD_U64,
    FIELD_BOOL,
    FIELD_TIME,
    FIELD_TEXT,
    FIELD_LINES,
    FIELD_SLUG,
    FIELD_HEX,
    FIELD_SECRET,
    FIELD_WORD,
    FIELD_OBJECT,
};

#define FIELD_NOT_OPTIONAL SIZE_MAX

struct field {
    const char *name;
    enum field_type type;
    uint64_t min, max;          /* value of a number; bytes of a text or object */
    const char *const *words;   /* FIELD_WORD: NULL-terminated */
    size_t offset;              /* of the value in the struct */
    size_t offset_has;          /* of its `bool has_…`; FIELD_NOT_OPTIONAL for one that must be there */
};

/* A message. One with rows ends in `size_t n_rows; struct … *rows;`: on the wire each field of a row is an array. */
struct shape {
    const char *name;
    size_t size;
    const struct field *fields;
    size_t n_fields;
    const struct shape *row;    /* NULL: no rows */
    size_t offset_n_rows, offset_rows;
};

/* A part of a document, and what stands in it: a value, a list of values, another part, or a list of parts. A list is
 * `size_t n_name; … *name;`, NULL if absent; a part `struct … *name`, NULL if absent; both are allocated. */
struct member {
    const char *name;
    const struct field *field;  /* of the value, within the struct; of each value of a list, within nothing else */
    const struct part *part;    /* field NULL */
    size_t most;                /* of a list, which has at least one; 0: no list */
    bool optional;              /* of a list or a part; a value's field says it itself */
    size_t offset, offset_n;    /* of a list or part */
};

struct part {
    const char *name;
    size_t size;
    const struct member *members;
    size_t n_members;
};

/* Whose signatures a kind of document wants. */
enum signed_by {
    BY_THRESHOLD,               /* as many people as the trust file says */
    BY_ONE,                     /* any of them */
    BY_STATUS_KEY,              /* the key that can only age or stop things */
};
/* What else an agent wants before it acts on one: a receipt from the log, a fresh status, that no freeze is in force. */
enum { NEEDS_RECEIPT = 1 << 0, NEEDS_STATUS = 1 << 1, NEEDS_UNFROZEN = 1 << 2 };

struct kind_row {
    const char *name;
    enum signed_by signed_by;
    unsigned needs;
    const struct part *body;
    const char *meaning;
};

/* Who speaks on the bus: each has one CURVE key. Values are bits, so that a permit is a mask. */
enum peer {
    PEER_INGEST = 1 << 0,
    PEER_PORTAL = 1 << 1,
    PEER_SCHEDULER = 1 << 2,
    PEER_BACKUP = 1 << 3,
    PEER_AUDIT = 1 << 4,
    PEER_ALERT = 1 << 5,
    PEER_CLI = 1 << 6,
    PEER_SUBSCRIBER = 1 << 7,   /* from outside, with a key of its own: reads streams, and no row permits it anything */
    PEER_KEYSERVER = 1 << 8,    /* the restore key service: on another machine, and never on the bus; in envelopes alone */
};

/* How a field stands in OCSF data: as in our own messages; a number as a string; a time as milliseconds since 1970. */
enum ocsf_form { OCSF_PLAIN, OCSF_QUOTED, OCSF_MS };
/* What a slot is filled with: a field; the event's id; its subject or, without one, its id. */
enum ocsf_source { OCSF_FIELD, OCSF_ID, OCSF_SUBJECT };

struct ocsf_slot {
    const char *key;
    enum ocsf_source source;
    enum ocsf_form form;
    const struct field *field;  /* OCSF_FIELD */
};

struct ocsf_object {
    const char *key;
    const char *constant;       /* members that stand beside a field */
    const char *otherwise;      /* members when there is no field; NULL: the object is left out then */
    const struct ocsf_slot *slots;
    size_t n_slots;
    const struct ocsf_object *objects;
    size_t n_objects;
};

/* An event's data in OCSF 1.1 (contract/ocsf.def). Members in it are JSON, without the comma before the first. */
struct ocsf {
    const char *classification; /* class, activity, status */
    const char *metadata;       /* members besides those that every event has; "": none */
    const char *no_actor;       /* members of actor.user when nobody is named; NULL: then there is no actor */
    struct ocsf_object data;    /* all else */
};

struct event_row {
    const char *type;           /* "agent.online"; on the wire "vedette.agent.online.v1" */
    int class;                  /* enum class */
    int sev;                    /* 1-4 */
    unsigned producers;         /* mask of enum peer */
    const struct ocsf *ocsf;
    const struct shape *data;
    const char *meaning;        /* a line for people */
};

struct call_row {
    const char *name;
    unsigned servers, callers;  /* masks of enum peer */
    int log_class;              /* enum class into which it is written before it is done; -1: not written */
    bool stops;                 /* it only stops something: the outbox is enough, the log may be away */
    bool changes;               /* what is stored: told by configuration.changed when it is done */
    const struct shape *request, *reply;
};

/* A purpose of sealed messages. */
struct envelope_row {
    const char *purpose;
    unsigned from, to;          /* enum peer; 0: an agent */
    const struct shape *body;
};

enum tenant_rule { TENANT_NONE, TENANT_FIELD, TENANT_AGENT, TENANT_FILTER, TENANT_WHOLE };
enum key_rule { KEY_NONE, KEY_FRESH, KEY_PERSON };

struct route_row {
    const char *method, *path;
    int role;                   /* least enum role; -1: no session needed */
    enum tenant_rule tenant;
    enum key_rule key;
    int call;                   /* enum call; -1: the event stream */
};

enum setting_type { SETTING_INT, SETTING_TEXT, SETTING_FLAG, SETTING_WORD, SETTING_ADDRESS, SETTING_ENDPOINT };

/* int: int64_t. flag: bool. word: int, index into words. text, address, endpoint: const char *. */
struct setting_row {
    const char *section, *key;
    enum setting_type type;
    const char *initial;
    int64_t min, max;
    const char *const *words;
    size_t offset;              /* in struct settings */
    const char *meaning;
};

/* What a watch can look at. */
struct watch_row {
    const char *name;
    const char *unit;           /* of its values; NULL: it has none */
    int side;                   /* enum side: where a value is bad unless the watch says otherwise */
    uint32_t every_s;           /* from one sample to the next unless the watch says otherwise */
    const char *const *required, *const *allowed;   /* its parameters, of part `watched`; allowed: all; NULL-terminated */
    const char *meaning;
};

/* A Redis key, ready to send. */
struct key {
    char text[160];
    size_t length;
};

#endif
