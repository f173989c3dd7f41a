/* Sessions that were found in Redis a short while ago, for the time that Redis is away. 1,024 of them, in memory. */
#ifndef VEDETTE_PORTAL_RECENT_H
#define VEDETTE_PORTAL_RECENT_H

#include <stdint.h>

#include "services/portal/web.h"

#define RECENT_MS 300000

/* What is needed of a session. */
struct recent {
    char session[SESSION_HASH_BYTES];
    char user[65], csrf[TOKEN_BYTES];
    int64_t created_ms, proven_ms, epoch;
    int64_t found_ms; /* monotonic; set by recent_keep */
};

void recent_keep(const struct recent *, int64_t now_ms);
/* NULL if it was not found in Redis within RECENT_MS. */
const struct recent *recent_find(const char *session, int64_t now_ms);
void recent_drop(const char *session);

#endif
