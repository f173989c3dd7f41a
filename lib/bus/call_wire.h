/*
 * A call on the wire: request and answer. docs/bus.md has the layout.
 * Decoding checks every length and points into the given frames.
 */
#ifndef VEDETTE_BUS_CALL_WIRE_H
#define VEDETTE_BUS_CALL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/problem.h"

#define CALL_ACTOR_BYTES_MAX 96     /* actor in fields.def */

struct call_request {
    uint64_t id;                /* the caller's, repeated in the answer */
    uint32_t deadline_ms;       /* how long the caller still waits */
    int call;                   /* enum call; -1: no such call */
    char actor[CALL_ACTOR_BYTES_MAX + 1];   /* "": the caller itself */
    const char *json;
    size_t json_bytes;
};

/* One frame: what stands before the JSON, and the JSON. */
int call_request_encode(struct buf *, const struct call_request *);
int call_request_decode(const void *data, size_t bytes, struct call_request *ret);

struct call_answer {
    uint64_t id;
    bool refused;               /* json is then {"code","reason","field"} */
    const char *json;
    size_t json_bytes;
};

/* Begin an answer; its JSON is to be appended. */
int call_answer_start(struct buf *, uint64_t id, bool refused);
int call_answer_decode(const void *data, size_t bytes, struct call_answer *ret);

/* A problem as JSON and back. Codes that come from another process live in a table of those seen (at most 256). */
int call_problem_encode(struct buf *, const struct problem *);
int call_problem_decode(const char *json, size_t bytes, struct problem *ret);

#endif
