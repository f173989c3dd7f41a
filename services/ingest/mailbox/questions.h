/*
 * What agents ask the restore key service waits here until it comes for it, and it may be away, or none may be there.
 * They ask again (agent/restore/keys.h), so the oldest question makes room for the newest, and nothing else waits for
 * that.
 */
#ifndef INGEST_MAILBOX_QUESTIONS_H
#define INGEST_MAILBOX_QUESTIONS_H

#include <stddef.h>
#include <stdint.h>

struct box;
struct problem;

#define QUESTIONS_AGENT_MAX 512                  /* half of an agent's envelopes: it has something else to say, too */
#define QUESTIONS_AGENT_BYTES_MAX (24u << 20)    /* the largest commit, in base64 */
#define QUESTIONS_SHARE 4                        /* of all bytes, a quarter from all agents */
#define QUESTIONS_KEPT_MS (INT64_C(3600) * 1000) /* no restore waits for an answer half as long */

/* Forget the oldest, of this agent or of all, until one of so many bytes has room. */
int questions_make_room(struct box *, uint32_t agent, size_t bytes, struct problem *);
/* Forget what nobody came for in QUESTIONS_KEPT_MS. Returns how many, or -1 + problem. */
int questions_sweep(struct box *, int64_t wall_ms, struct problem *);

#endif
