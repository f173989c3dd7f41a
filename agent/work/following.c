#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"

/* Do people say that another log follows this one, which is known by its mark? */
static bool is_succeeded(const struct work *work, const char *mark)
{
    struct trust_revoked revoked = knowledge_revoked(&work->knowledge);
    for (size_t i = 0; i < work->n_held; i++) {
        const struct document *document = &work->held[i]->document;
        char old[LOG_MARK_BYTES];
        if (document->body.head.kind != DOCUMENT_KIND_SUCCESSION ||
            revocation_names(revoked, &document->body.head))
            continue;
        log_memory_mark(document->body.succession.old, old);
        if (!strcmp(old, mark))
            return true;
    }
    return false;
}

static const char *standing_fork(const struct work *work)
{
    const struct log_memory *log = &work->knowledge.log;
    for (size_t i = 0; i < log->n_forks; i++) {
        if (!is_succeeded(work, log->forks[i]))
            return log->forks[i];
    }
    return NULL;
}

bool following_forked(const struct work *work)
{
    return standing_fork(work);
}

/* What is said of it. */

/* The log that matters: one that shows two histories, else the newest one of which something is remembered. */
static bool choose(const struct work *work, struct tlog_checkpoint *ret)
{
    struct successors successors;
    struct tlog_policy policy;
    const char *fork = standing_fork(work);
    bool found = false;
    char mark[LOG_MARK_BYTES];
    judging_successors(work, &successors);
    for (size_t i = 0; !trust_log(work->knowledge.trust, CLASS_OPS, i, &policy); i++) {
        found = log_memory_of(policy.log.name, ret, NULL) || found;
        log_memory_mark(policy.log.name, mark);
        if (fork && !strcmp(mark, fork))
            return found;
    }
    for (size_t i = 0; i < successors.n; i++) {
        found = log_memory_of(successors.keys[i].name, ret, NULL) || found;
        log_memory_mark(successors.keys[i].name, mark);
        if (fork && !strcmp(mark, fork))
            return found;
    }
    return found;
}

void following_tell(struct work *work)
{
    struct tlog_checkpoint checkpoint;
    char *held = NULL, *seen = NULL;
    if (!choose(work, &checkpoint))
        return;
    struct envelope_remembered message = { .time = clock_wall_ms(),
        .log_origin = checkpoint.origin,
        .size = checkpoint.size,
        .forked = following_forked(work) };
    if (message.forked && !log_memory_evidence(checkpoint.origin, &held, &seen)) {
        message.held_checkpoint = held;
        message.seen_checkpoint = seen;
    }
    telling_send(work, ENVELOPE_REMEMBERED, &message);
    free(held);
    free(seen);
}

static int follow(struct work *work, const char *about, const char *text, size_t bytes, const char *consistency,
    struct problem *problem)
{
    struct successors successors;
    struct tlog_checkpoint checkpoint;
    struct tlog_growth growth;
    char detail[400];
    size_t forks = work->knowledge.log.n_forks;
    bool proven = consistency && !tlog_growth_parse(consistency, strlen(consistency), &growth, NULL);
    judging_successors(work, &successors);
    if (receipt_checkpoint(text, bytes, work->knowledge.trust, &successors, &checkpoint, problem))
        return -1;
    if (!log_memory_follow(&work->knowledge.log, &checkpoint, text, bytes, proven ? &growth : NULL, problem)) {
        if (log_memory_was_pardoned())
            following_tell(work);
        return 0;
    }
    if (work->knowledge.log.n_forks > forks) {
        snprintf(detail, sizeof(detail), "%s: %s (%s)", about, problem->reason, problem->code);
        telling_note(work, "forked", NULL, detail);
    }
    following_tell(work);
    return -1;
}

int following_receipt(struct work *work, const char *text, const char *consistency, struct problem *problem)
{
    struct tlog_receipt receipt;
    struct problem why;
    /* What is no receipt by the log is for the judgement to say. */
    if (!text || tlog_receipt_parse(text, strlen(text), &receipt, NULL) ||
        !follow(work, "a receipt", receipt.checkpoint, receipt.checkpoint_bytes, consistency, &why))
        return 0;
    if (!strcmp(why.code, "bad-checkpoint") || !strcmp(why.code, "no-quorum"))
        return 0;
    *problem = why;
    return -1;
}

void following_checkpoint(struct work *work, const struct envelope_checkpoint *message)
{
    struct problem problem;
    const char *text = message->cosigned_checkpoint;
    if (follow(work, "a checkpoint", text, strlen(text), message->consistency, &problem))
        telling_note_refused(NULL, "a checkpoint", &problem);
    else
        following_tell(work);
}

void following_succeeded(struct work *work, const struct held *succession)
{
    const struct log_memory *log = &work->knowledge.log;
    char mark[LOG_MARK_BYTES];
    log_memory_mark(succession->document.body.succession.old, mark);
    for (size_t i = 0; i < log->n_forks; i++) {
        if (!strcmp(log->forks[i], mark)) {
            telling_note(
                work, "agreed", succession, "another log takes the place of the one that showed two histories");
            following_tell(work);
        }
    }
}
