/*
 * A document that is handed over, before it is stored: read wholly, and judged as far as that can be done here.
 */
#ifndef SCHEDULER_CANDIDATE_H
#define SCHEDULER_CANDIDATE_H

#include "lib/buf.h"
#include "lib/signed/verify.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/documents/submission.h"

struct candidate {
    struct dsse dsse;
    struct document document;
    struct signers signers;
    struct buf text; /* the envelope as it is stored */
    struct paper paper;
};

/* Both: candidate_free's if they succeed. */
int candidate_read(struct candidate *, const char *dsse, struct problem *);
int candidate_read_payload(struct candidate *, const char *payload, size_t bytes, struct problem *);
void candidate_free(struct candidate *);

/* Of this deployment, still good, and of a kind that is submitted. */
int candidate_check(struct scheduler *, const struct candidate *, struct problem *);
/* What it says, into its paper. */
void candidate_fill(struct scheduler *, struct candidate *, const struct submitter *);
/* 0: enough people, or, where a draft will do, not yet; what is wrong with a signature is a problem in either case. */
int candidate_count(struct scheduler *, struct candidate *, bool draft_will_do, struct problem *);
bool candidate_is_complete(const struct candidate *);
/* 1: this very document is here already, in *ret. -1 + "old-version", "other-document". */
int candidate_find(struct scheduler *, const struct candidate *, struct paper *ret, struct problem *);
/* The envelope with all its signatures, into its text. */
int candidate_write(struct candidate *, struct problem *);

#endif
