/*
 * Parcels in a directory: DROP/from/ is looked into every few seconds, DROP/to/<agent>.parcel is what each agent gets.
 * Who brings them there and fetches them is anybody's business: a share, a memory stick, `vedette postman`.
 */
#ifndef INGEST_MAILBOX_DROP_H
#define INGEST_MAILBOX_DROP_H

#include <stdint.h>

struct ingest;
struct problem;

/* Where ingest.drop is set. */
int drop_start(struct ingest *, struct problem *);
/* Something waits for this agent: if it uses parcels, it gets one. */
void drop_news(struct ingest *, uint32_t agent);

#endif
