/* How far each producer's outbox has been taken: by it a resend is not a duplicate. Pure. */
#ifndef VEDETTE_AUDIT_MARKS_H
#define VEDETTE_AUDIT_MARKS_H

#include "lib/journal_frame.h"

#define MARKS_MAX 1024      /* six services, some lost outboxes, and a benchmark's producers */
#define MARKS_A_PEER 256    /* whose key was stolen makes no other peer's events come twice */

struct marks {
    struct mark rows[MARKS_MAX];    /* the most recently used ones; used[i] says when */
    uint64_t used[MARKS_MAX];
    uint64_t uses;
    uint32_t n;
};

/* The mark of an outbox; a new one (through 0) takes the place of the one unused for longest: of the peer's own when it
 * has as many as it may, of all when all are taken. */
struct mark *marks_get(struct marks *, uint32_t peer, uint64_t outbox);

#endif
