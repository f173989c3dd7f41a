/*
 * Personal fields of events (fields.def marks them), sealed in the entry that becomes the log's leaf, and opened again
 * for those who may read it while the key of its class and day lives.
 *
 * Each value is AES-256-GCM under a key of its own, derived from the day's by class, day, the entry's salt, the value's
 * number in the entry and its field, which are the associated data, too: a sealed value that is moved does not open.
 */
#ifndef VEDETTE_SEAL_H
#define VEDETTE_SEAL_H

#include "lib/event/event.h"
#include "lib/seal/keys.h"

/* Working memory, of one thread. */
struct seal;
struct seal *seal_new(struct seal_keys *); /* NULL: no memory */
void seal_free(struct seal *);

/* Replace the personal values of an event that is going to be composed with this salt, by the day of recorded_ms.
 * What they are replaced by is the seal's, until the next one. -1 + problem: it must not be stored then. */
int seal_event(struct seal *, struct bus_event *, const uint8_t salt[EVENT_SALT_BYTES], struct problem *);
/* Were there any? Of the event last given to seal_event. */
bool seal_found(const struct seal *);

/* A stored entry as it is read: what was sealed is what it was, or SEAL_ERASED. *ret is the text itself if nothing is
 * sealed in it, else the seal's until the next one. -1: no memory. */
int seal_open(struct seal *, enum class, const char *text, size_t bytes, const char **ret, size_t *ret_bytes);
/* Of a stored entry of that day the keys that stay when one person's personal values go: all but the person's name
 * (whatever it is the name of) and, in entries that have that, addresses and names of machines. 1: the entry has it. -1 + problem. */
int seal_keep(struct seal *, enum class, uint32_t day, const char *who, const char *text, size_t bytes,
    struct seal_kept *, struct problem *);
/* The days of what was opened last and had not been erased; false: none. */
bool seal_days(const struct seal *, uint32_t *ret_first, uint32_t *ret_last);

#endif
