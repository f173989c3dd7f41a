/*
 * resume/1, by which subscribers miss nothing: requests and answers. docs/bus.md has the frames.
 * Decoding checks every length and range; texts point into the given frames.
 */
#ifndef VEDETTE_BUS_RESUME_H
#define VEDETTE_BUS_RESUME_H

#include "contract.h"
#include "lib/buf.h"
#include "lib/bus_socket.h"

#define RESUME_ID_BYTES 17          /* 16 hexadecimal digits and NUL */
#define RESUME_TOPIC_BYTES 19       /* "f<id>." and NUL */
#define RESUME_RECORDS_MAX 1024     /* of one answer */
#define RESUME_BYTES_MAX (1u << 20)
#define RESUME_FRAMES 5

/* What a subscriber wants of one class. */
struct resume_filter {
    enum class class;
    char tenant[33];                /* "": all */
    int least_sev;                  /* 1-4: events numerically ≤ */
    int event;                      /* enum event; -1: all */
};

struct resume_request {
    bool replay;                    /* else: subscribe */
    struct resume_filter filter;    /* subscribe */
    char id[RESUME_ID_BYTES];       /* replay: which filter */
    uint64_t from;
    uint32_t max;
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
    char id[RESUME_ID_BYTES];       /* granted, records */
    uint64_t size;                  /* granted, records: how many events the class has */
    uint64_t next;                  /* records: every event of the filter before this sequence is among them */
    struct bus_frame records;       /* read with resume_record */
    struct bus_frame code, reason;  /* refused */
};
int resume_answer_decode(const struct bus_frame *frames, size_t n, struct resume_answer *ret);

struct resume_record {
    uint64_t sequence;
    const char *json;
    size_t bytes;
};
/* Take the next record off the frame. 0; 1: that was all; -1: malformed. */
int resume_record(struct bus_frame *records, struct resume_record *ret);
int resume_record_add(struct buf *, const struct resume_record *);

/* What arrives live: an event, or, with no JSON, the heartbeat: then sequence is the one that follows the filter's newest. */
struct resume_live {
    char id[RESUME_ID_BYTES];
    uint64_t sequence, since;       /* no event of the filter stands from `since` up to `sequence` */
    const char *json;
    size_t bytes;
};
int resume_live_decode(const struct bus_frame *frames, size_t n, struct resume_live *ret);

void resume_topic(char ret[RESUME_TOPIC_BYTES], const char *id);
/* The id in a topic; -1: not a topic of ours. */
int resume_topic_id(const void *topic, size_t bytes, char ret[RESUME_ID_BYTES]);

#endif
