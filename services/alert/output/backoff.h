/* How long to wait before the next attempt. Pure. */
#ifndef ALERT_OUTPUT_BACKOFF_H
#define ALERT_OUTPUT_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_LONGEST_MS 300000  /* a receiver that returns is not kept waiting longer than this */
#define BACKOFF_REFUSED_MS 3600000 /* one that says no: it takes a person there to change that */
#define BACKOFF_REFUSALS 10        /* refusals in a row that count as a no; 410 Gone counts as one at once */

/* What attempts in a row have met. */
struct backoff {
    unsigned failures, refusals;
    bool gone;
};

/* What one failed attempt said. */
struct failure {
    char reason[201];
    int status;            /* of HTTP; 0: there was no answer */
    int64_t retry_after_s; /* asked for by the receiver; 0: not */
};

/* Count the failure; milliseconds to wait, between half and all of what is due, by random. */
int64_t backoff_after(struct backoff *, const struct failure *, uint32_t random);

#endif
