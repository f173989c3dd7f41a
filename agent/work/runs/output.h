/* What a run writes, on its way to the server: in parts while it runs, the rest with the message of its end. */
#ifndef VEDETTE_AGENT_WORK_RUN_OUTPUT_H
#define VEDETTE_AGENT_WORK_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"

struct held;
struct loop_timer;
struct work;

#define RUN_OUTPUT_REST_BYTES 4096 /* at most so much goes with the end, and needs no envelope of its own */

struct run_output {
    struct work *work;
    const struct held *held;
    int64_t occurrence;
    uint64_t bytes, limit_bytes; /* taken, sent or not; how many may be */
    bool cut;                    /* there was more */
    struct buf unsent;
    struct loop_timer *flush;
    bool flush_is_set;
};

/* The members up to limit_bytes are set already. -1: no memory. */
int run_output_open(struct run_output *);
void run_output_close(struct run_output *);
/* A part of what it wrote. */
void run_output_keep(struct run_output *, const char *bytes, size_t count);
/* What stands in the pipe: a few parts a turn, so that one who floods does not hold up the others; or all. */
void run_output_read(struct run_output *, int fd, bool all);
/* At the end: send what is more than a rest. Returns how many bytes the rest has, which then stand in ret, in base64.
 */
size_t run_output_rest(struct run_output *, char ret[BASE64_BYTES(RUN_OUTPUT_REST_BYTES)]);

#endif
