#include "lib/tlog/cosign.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"

static bool same_holder(const struct tlog_vkey *a, const struct tlog_vkey *b)
{
    return !strcmp(a->name, b->name) || !memcmp(a->public_key, b->public_key, ED25519_PUBLIC_BYTES);
}

int tlog_policy_check(const struct tlog_policy *policy, struct problem *problem)
{
    if (policy->log.algorithm != TLOG_ED25519)
        return problem_set(problem, "bad-policy", "", "%s has not the key of a log", policy->log.name);
    if (policy->witness_count > TLOG_WITNESSES || policy->quorum > policy->witness_count)
        return problem_set(problem, "bad-policy", "", "a quorum of %zu of %zu witnesses cannot be (at most %d)",
            policy->quorum, policy->witness_count, TLOG_WITNESSES);
    for (size_t i = 0; i < policy->witness_count; i++) {
        const struct tlog_vkey *witness = &policy->witnesses[i];
        if (witness->algorithm != TLOG_COSIGNATURE)
            return problem_set(problem, "bad-policy", "", "%s has not the key of a witness", witness->name);
        /* Nobody is his own witness, nor two. */
        bool known = same_holder(witness, &policy->log);
        for (size_t j = 0; j < i && !known; j++)
            known = same_holder(witness, &policy->witnesses[j]);
        if (known)
            return problem_set(problem, "bad-policy", "", "name or key of witness %s is another's too", witness->name);
    }
    return 0;
}

int tlog_cosigned_by(const struct tlog_note *checkpoint, const struct tlog_policy *policy, struct tlog_cosigned *ret,
    struct problem *problem)
{
    struct tlog_cosigned cosigned = { 0 };
    if (tlog_policy_check(policy, problem))
        return -1;
    for (size_t i = 0; i < policy->witness_count; i++) {
        int64_t time_s;
        enum tlog_verdict verdict = tlog_note_verify(checkpoint, &policy->witnesses[i], &time_s);
        if (verdict == TLOG_FORGED)
            return problem_set(
                problem, "bad-signature", "", "the cosignature of %s does not hold", policy->witnesses[i].name);
        if (verdict == TLOG_UNSIGNED)
            continue;
        if (!cosigned.count || time_s < cosigned.earliest_s)
            cosigned.earliest_s = time_s;
        if (!cosigned.count || time_s > cosigned.latest_s)
            cosigned.latest_s = time_s;
        cosigned.by |= 1u << i;
        cosigned.count++;
    }
    *ret = cosigned;
    return 0;
}

int tlog_policy_open(const char *data, size_t bytes, const struct tlog_policy *policy, struct tlog_checkpoint *ret,
    struct tlog_cosigned *ret_by, struct problem *problem)
{
    struct tlog_checkpoint checkpoint;
    struct tlog_cosigned by;
    struct tlog_note note;
    if (tlog_checkpoint_open(data, bytes, &policy->log, &checkpoint, &note, problem) ||
        tlog_cosigned_by(&note, policy, &by, problem))
        return -1;
    if (by.count < policy->quorum)
        return problem_set(problem, "no-quorum", "", "%zu of the %zu witnesses demanded have cosigned the checkpoint",
            by.count, policy->quorum);
    *ret = checkpoint;
    *ret_by = by;
    return 0;
}

/* Whose a signature line is, and of when. */
struct cosignature {
    int witness; /* -1: nobody's that the policy knows */
    int64_t time_s;
};

static int attribute(const struct tlog_note *note, const struct tlog_policy *policy,
    struct cosignature ret[TLOG_SIGNATURES], struct problem *problem)
{
    for (size_t i = 0; i < note->count; i++) {
        ret[i] = (struct cosignature){ .witness = -1 };
        for (size_t w = 0; w < policy->witness_count; w++) {
            const struct tlog_vkey *witness = &policy->witnesses[w];
            if (!tlog_signature_is_by(&note->signatures[i], witness))
                continue;
            if (!tlog_signature_holds(note, &note->signatures[i], witness, &ret[i].time_s))
                return problem_set(problem, "bad-signature", "", "the cosignature of %s does not hold", witness->name);
            ret[i].witness = (int)w;
        }
    }
    return 0;
}

/* Is there a later one of the same witness, or the same one before it? */
static bool superseded(const struct cosignature *lines, size_t count, size_t i)
{
    for (size_t j = 0; j < count; j++) {
        if (lines[j].witness == lines[i].witness &&
            (lines[j].time_s > lines[i].time_s || (lines[j].time_s == lines[i].time_s && j < i)))
            return true;
    }
    return false;
}

/* The first own_count lines were the checkpoint's, the others were answered. */
static int merge(struct buf *merged, const struct tlog_note *joined, size_t own_count, const struct tlog_policy *policy,
    struct problem *problem)
{
    struct cosignature lines[TLOG_SIGNATURES];
    if (attribute(joined, policy, lines, problem))
        return -1;
    buf_append(merged, joined->text, joined->text_bytes);
    buf_text(merged, "\n");
    for (size_t i = 0; i < joined->count; i++) {
        bool stays = lines[i].witness < 0 ? i < own_count : !superseded(lines, joined->count, i);
        if (stays)
            buf_append(merged, joined->signatures[i].line, joined->signatures[i].line_bytes);
    }
    return merged->failed ? problem_set(problem, "memory", "", "no memory for a checkpoint") : 0;
}

int tlog_cosign_merge(struct buf *buf, const char *checkpoint, size_t bytes, const char *lines, size_t lines_bytes,
    const struct tlog_policy *policy, struct problem *problem)
{
    struct buf both = { .limit_bytes = TLOG_NOTE_BYTES }, merged = { .limit_bytes = TLOG_NOTE_BYTES };
    struct tlog_checkpoint opened;
    struct tlog_note own, joined;
    int error = tlog_policy_check(policy, problem) ||
                tlog_checkpoint_open(checkpoint, bytes, &policy->log, &opened, &own, problem);
    if (error)
        return -1;
    if (buf_append(&both, checkpoint, bytes) || buf_append(&both, lines, lines_bytes))
        error = problem_set(problem, "too-large", "", "a witness answered with too much");
    else if (tlog_note_parse(both.data, both.length, &joined, problem))
        error = -1;
    else if (joined.text_bytes != own.text_bytes)
        error = problem_set(problem, "bad-note", "", "a witness answered with other than signature lines");
    else
        error = merge(&merged, &joined, own.count, policy, problem);
    if (!error && buf_append(buf, merged.data, merged.length))
        error = problem_set(problem, "memory", "", "no memory for a checkpoint");
    buf_free(&both);
    buf_free(&merged);
    return error;
}
