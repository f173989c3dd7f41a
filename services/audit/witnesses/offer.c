#include "services/audit/witnesses/offer.h"

#include <string.h>

static size_t count(const struct offer *offer)
{
    return (size_t)__builtin_popcount(offer->by);
}

int offer_begin(
    struct offer *offer, const struct signed_checkpoint *checkpoint, int64_t now_ms, struct problem *problem)
{
    struct offer begun = { .checkpoint = *checkpoint, .note.limit_bytes = TLOG_NOTE_BYTES, .since_ms = now_ms };
    if (buf_append(&begun.note, checkpoint->text, checkpoint->bytes))
        return problem_set(problem, "no-memory", "", "no memory for a checkpoint");
    offer_end(offer);
    *offer = begun;
    return 0;
}

void offer_end(struct offer *offer)
{
    buf_free(&offer->note);
    *offer = (struct offer){ 0 };
}

size_t offer_quorum(const struct tlog_policy *policy)
{
    return policy->quorum ? policy->quorum : 1;
}

bool offer_has_quorum(const struct offer *offer, const struct tlog_policy *policy)
{
    return count(offer) >= offer_quorum(policy);
}

bool offer_is_over(const struct offer *offer, const struct tlog_policy *policy, int64_t now_ms)
{
    if (!offer->note.length || count(offer) >= policy->witness_count)
        return true;
    return now_ms - offer->since_ms >= (offer_has_quorum(offer, policy) ? OFFER_SETTLED_MS : OFFER_LASTS_MS);
}

/* Whose the lines are: cosignatures under the checkpoint as it was signed. */
static int find_holders(const struct offer *offer, const struct tlog_policy *policy, const char *lines,
    uint32_t *ret_by, struct problem *problem)
{
    struct tlog_policy any = *policy;
    struct buf text = { .limit_bytes = TLOG_NOTE_BYTES };
    struct tlog_cosigned cosigned;
    struct tlog_note note;
    any.quorum = 0;
    buf_append(&text, offer->checkpoint.text, offer->checkpoint.bytes);
    int error = buf_text(&text, lines) ? problem_set(problem, "no-memory", "", "no memory for a cosignature")
                                       : tlog_note_parse(text.data, text.length, &note, problem) ||
                                             tlog_cosigned_by(&note, &any, &cosigned, problem);
    buf_free(&text);
    if (error)
        return -1;
    if (!cosigned.count)
        return problem_set(problem, "unknown-witness", "cosignature", "it is of none of the witnesses known here");
    *ret_by = cosigned.by;
    return 0;
}

static bool is_repeated(const struct offer *offer, uint32_t by, int64_t now_ms)
{
    for (int i = 0; i < TLOG_WITNESSES; i++) {
        if (by >> i & 1 && (!(offer->by >> i & 1) || now_ms - offer->taken_ms[i] >= OFFER_AGAIN_MS))
            return false;
    }
    return true;
}

int offer_take(struct offer *offer, const struct tlog_policy *policy, const char *lines, int64_t now_ms,
    uint32_t *ret_by, struct problem *problem)
{
    struct tlog_policy any = *policy;
    struct buf merged = { .limit_bytes = TLOG_NOTE_BYTES };
    uint32_t by = 0;
    if (find_holders(offer, policy, lines, &by, problem))
        return -1;
    *ret_by = by;
    if (is_repeated(offer, by, now_ms))
        return 1;
    any.quorum = 0;
    if (tlog_cosign_merge(&merged, offer->note.data, offer->note.length, lines, strlen(lines), &any, problem)) {
        buf_free(&merged);
        return -1;
    }
    buf_free(&offer->note);
    offer->note = merged;
    offer->by |= by;
    for (int i = 0; i < TLOG_WITNESSES; i++) {
        if (by >> i & 1)
            offer->taken_ms[i] = now_ms;
    }
    return 0;
}
