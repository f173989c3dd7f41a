/*
 * resume/1, by which subscribers miss nothing: requests and answers. docs/bus.md has the frames.
 * Decoding checks every length and range; texts point into the given frames.
 */
#ifndef VEDETTE_BUS_RESUME_H
#define VEDETTE_BUS_RESUME_H

#include "contract.h"
#include "lib/buf.h"
#include "lib/bus/socket.h"

#define RESUME_ID_BYTES 17      /* 16 hexadecimal digits and NUL */
#define RESUME_TOPIC_BYTES 19   /* "f<id>." and NUL */
#define RESUME_RECORDS_MAX 1024 /* of one answer */
#define RESUME_BYTES_MAX (1u << 20)
#define RESUME_FRAMES 5
#define RESUME_NO_CURSOR UINT64_MAX

/* Types of events. */
struct resume_types {
    bool all; /* of other versions, too */
    uint8_t bits[(EVENT_COUNT + 7) / 8];
};
bool resume_types_have(const struct resume_types *, int event);
bool resume_types_within(const struct resume_types *, const struct resume_types *of);
/* "vedette.agent.late.v1 vedette.agent.offline.v1"; NULL or "": all. -1: one is unknown. */
int resume_types_read(const char *text, struct resume_types *ret);
int resume_types_write(const struct resume_types *, struct buf *);

/* What a subscriber wants of one class. */
struct resume_filter {
    enum class class;
    char tenant[33]; /* "": all */
    int least_sev;   /* 1-4: events numerically ≤ */
    struct resume_types types;
};

enum resume_wish { RESUME_SUBSCRIBE, RESUME_REPLAY, RESUME_CURSOR };

struct resume_request {
    enum resume_wish wish;
    struct resume_filter filter; /* subscribe */
    char id[RESUME_ID_BYTES];    /* replay, cursor: which filter */
    uint64_t from;               /* a place; cursor: everything before it was dealt with */
    uint32_t max;                /* replay */
};

int resume_request_decode(const struct bus_frame *frames, size_t n, struct resume_request *ret);

/* A request as frames; what they point to lives in *room. */
struct resume_room {
    struct buf text;
    uint8_t from[8], max[4];
    struct bus_frame frames[RESUME_FRAMES];
    size_t n;
};
int resume_request_encode(const struct resume_request *, struct resume_room *);

enum resume_kind { RESUME_GRANTED, RESUME_RECORDS, RESUME_REFUSED };

struct resume_answer {
    enum resume_kind kind;
    char id[RESUME_ID_BYTES];      /* granted, records */
    uint64_t size;                 /* granted, records: the place behind the class's last event */
    uint64_t cursor;               /* granted: how far this subscriber said it was; RESUME_NO_CURSOR: it is none */
    uint64_t next;                 /* records: every event of the filter before this place is among them */
    struct bus_frame records;      /* read with resume_record */
    struct bus_frame code, reason; /* refused */
};
int resume_answer_decode(const struct bus_frame *frames, size_t n, struct resume_answer *ret);

struct resume_record {
    uint64_t place; /* lib/place.h */
    const char *json;
    size_t bytes;
};
/* Take the next record off the frame. 0; 1: that was all; -1: malformed. */
int resume_record(struct bus_frame *records, struct resume_record *ret);
int resume_record_add(struct buf *, const struct resume_record *);

/* What arrives live, in one frame: of the filter no events stand from `since` up to, not including, `next` but
 * these. */
struct resume_live {
    char id[RESUME_ID_BYTES];
    bool revoked; /* it says only that: nothing follows under this id */
    uint64_t next, since;
    struct bus_frame records; /* read with resume_record; none in a heartbeat */
};
int resume_live_decode(const struct bus_frame *, struct resume_live *ret);
/* records may be NULL. */
int resume_live_encode(struct buf *, const char *id, uint64_t next, uint64_t since, const struct buf *records);
int resume_live_encode_revoked(struct buf *, const char *id);

void resume_topic(char ret[RESUME_TOPIC_BYTES], const char *id);
/* The id in a topic; -1: not a topic of ours. */
int resume_topic_id(const void *topic, size_t bytes, char ret[RESUME_ID_BYTES]);

#endif
