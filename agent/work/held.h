/* A document that this machine holds: as it was signed, what was logged of it, and how far it is. */
#ifndef VEDETTE_AGENT_WORK_HELD_H
#define VEDETTE_AGENT_WORK_HELD_H

#include "agent/work/progress.h"
#include "agent/work/runs/due.h"
#include "lib/signed/judge.h"

struct run;
struct zone;

#define HELD_LIMIT_BYTES (1 << 20) /* envelope, entry and receipt, as JSON */
#define HELD_MAX 1024              /* documents: of a machine with tasks, watches and plans a few dozen */
#define HELD_STOPPING 64           /* of them room that is kept for those that only stop something */
#define SIGNERS_BYTES 256          /* their names; the rest is left out */

struct held {
    char *text;            /* the envelope */
    char *entry, *receipt; /* NULL: none came */
    struct dsse dsse;
    struct document document;
    struct progress progress;
    char signers[SIGNERS_BYTES];
    struct due_plan plan; /* of what is begun: tasks, updates */
    struct zone *zone;
    struct run *run; /* under way; NULL */
};

/* From what an envelope brought, or from a file's text. NULL + problem. entry and receipt may be NULL. */
struct held *held_read(const char *dsse, const char *entry, const char *receipt, struct problem *);
struct held *held_parse(const char *text, size_t bytes, struct problem *);
void held_free(struct held *);

/* documents/ID, durable. */
int held_save(const struct held *, struct problem *);
void held_remove(const char *document);

/* Is there room for one of that kind beside n? What stops is not held up by what was begun. */
bool held_has_room(size_t n, enum document_kind);

const struct document_head *held_head(const struct held *);
/* For judge(). */
struct receipt held_receipt(const struct held *);

#endif
