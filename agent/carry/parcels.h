/*
 * The agent's side of parcels (lib/parcel.h): one is under way at a time. What is in it stays in mail/out/ until the
 * server says that it has this parcel.
 *
 *     mail/parcel     its number, what it acknowledges, and the names of what is in it
 *     mail/fetched    number of the newest envelope that came by one
 *     mail/said       the newest that the server knows of having come, and its newest parcel of ours
 */
#ifndef VEDETTE_AGENT_CARRY_PARCELS_H
#define VEDETTE_AGENT_CARRY_PARCELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct exchange;
struct problem;

/* The one under way, or a new one with what waits now; appended, or nothing if there is nothing to say. */
int parcels_make(const struct exchange *, struct buf *ret, struct problem *);
/* One from the server. *ret_arrived: envelopes came. "bad-parcel", "bad-mac": it is none of ours. */
int parcels_take(const struct exchange *, const char *text, size_t bytes, bool *ret_arrived, struct problem *);

/* Number of the newest envelope that came by a parcel: whoever fetches otherwise need not fetch it again. 0: none
 * did. */
uint64_t parcels_fetched(void);

#endif
