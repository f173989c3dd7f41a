/* Enrolment: a token becomes an agent. Every refusal has its reason, is counted, and is an event. */
#ifndef INGEST_ENROL_H
#define INGEST_ENROL_H

#include <stdint.h>

#include "lib/crypto.h"

struct call_agent_enrol;
struct call_agent_enrol_reply;
struct ingest;
struct problem;

/* POST /v1/enrol. ret is filled in with texts that live as long as sites do. */
int enrol(struct ingest *, const struct call_agent_enrol *, const char *address, struct call_agent_enrol_reply *ret,
    struct problem *);
/* Each FOLD_PERIOD_MS, and before the end: tell of the refused ones that were counted. */
void enrol_tell_refused(void *ingest);
/* Put a registered agent into memory; within no transaction any more. */
void ingest_admit(struct ingest *, uint32_t agent, uint32_t site, const uint8_t secret[SECRET_BYTES]);

#endif
