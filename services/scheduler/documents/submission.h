/*
 * A document that is handed over: read wholly, judged as an agent will judge it, and stored. Agents depend on nothing
 * of this; it is here so that people hear at once what agents would refuse later.
 */
#ifndef SCHEDULER_SUBMISSION_H
#define SCHEDULER_SUBMISSION_H

#include "services/scheduler/documents/documents.h"

/* Documents of one tenant that have not enough signatures, each of up to 384 KiB and kept for a year: what waits, and what
 * was put down in these days. More than people sign, and no one tenant's operators fill the disk with them. */
#define DRAFTS_MAX 1000
#define DRAFTS_DAYS 30

struct problem;
struct scheduler;

/* Who hands it over, and the only tenant within which he may (NULL: all). */
struct submitter {
    const char *actor, *tenant;
};

/*
 * All three: 0 and what is stored now; -1 + problem, and nothing was stored. With signatures of enough people it is
 * told to the log and its state is `signed`, or `logged` when agents act on it without a receipt; else it is a draft.
 *
 *     no-trust other-deployment expired bad-document too-few-signers bad-signature unknown-kind
 *     old-version      people have signed a higher version already
 *     other-document   this version is here, and says something else
 *     no-permission    it is for agents beyond the tenant
 *     maker-approves   the last signature that it needs must come from somebody else than who put it together
 *     too-many         so many drafts of its tenant wait already, or came to nothing lately
 *     log-unavailable
 */
int submission_draft(struct scheduler *, const char *payload, size_t bytes, const struct submitter *, struct paper *ret,
    struct problem *);
int submission_sign(struct scheduler *, const char *document, uint32_t version, const char *signature,
    const struct submitter *, struct paper *ret, struct problem *);
int submission_take(
    struct scheduler *, const char *dsse, const struct submitter *, struct paper *ret, struct problem *);

#endif
