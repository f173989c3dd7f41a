/*
 * How many keys leave, at most. Pure. A restore that people signed may be asked for again and again within its days (a
 * line that breaks, a machine that restarts), but not without end; and however many restores are signed, a flood of keys is
 * slowed to what somebody can notice and stop.
 */
#ifndef VEDETTE_CLI_KEYSERVER_LIMITS_H
#define VEDETTE_CLI_KEYSERVER_LIMITS_H

#include <stdint.h>

#include "lib/signed/document.h"

#define LIMITS_REPEATS 4          /* of all segments of a backup, for one document */
#define LIMITS_DOCUMENTS 64       /* that are counted; of more the one that was asked for least lately is counted anew */
#define LIMITS_REFUSALS_AN_HOUR 120 /* that are written down and told; the others are only counted */

struct limits {
    uint32_t keys_an_hour;
    int64_t hour; /* of the monotonic clock: who sets the other one cannot begin a new hour */
    uint64_t keys, refusals, untold;
    struct limits_document {
        char document[33];
        int64_t asked_ms;
        uint64_t keys;
    } documents[LIMITS_DOCUMENTS];
};

/* n keys for a document of a backup with so many segments. 0: they may leave, and are counted. -1 + "too-many". */
int limits_keys(
    struct limits *, const char *document, uint32_t segments, uint32_t n, int64_t mono_ms, struct problem *);
/* Whether a refusal may be written down and told. */
bool limits_refusal(struct limits *, int64_t mono_ms);

#endif
