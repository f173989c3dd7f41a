/* One envelope for an agent, as a call brings it: into its mailbox, and answered once it is on the disk. */
#ifndef INGEST_MAILBOX_DELIVERY_H
#define INGEST_MAILBOX_DELIVERY_H

#include <stdint.h>

struct bus_request;

typedef void delivery_answer(struct bus_request *, uint64_t number);

/* envelope: base64. The request is answered later by this, or refused. */
void envelope_deliver(struct bus_request *, uint32_t agent, const char *envelope, delivery_answer *);

#endif
