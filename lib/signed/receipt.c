#include "lib/signed/receipt.h"

#include <string.h>

#include "lib/event/data.h"
#include "lib/event/event.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-receipt", "", "%s", reason);
}

/* Only these two are looked at: an entry may have more in it from another version of Vedette. */
static bool tells_of(const char *entry, size_t bytes, enum receipt_of of, const uint8_t sha256[SHA256_BYTES])
{
    static const struct {
        enum event event;
        const char *field;
    } kinds[] = { [RECEIPT_OF_DOCUMENT] = { EVENT_DOCUMENT_LOGGED, "document_sha256" },
        [RECEIPT_OF_ORDER] = { EVENT_BACKUP_ORDERED, "order_sha256" } };
    char hash[HEX_BYTES(SHA256_BYTES)];
    json_t *json = message_parse(entry, bytes, NULL), *fields = NULL;
    const char *type = json_string_value(json_object_get(json, "type")), *said = NULL;
    if (type && event_by_type(type) == (int)kinds[of].event)
        fields = event_data_fields(kinds[of].event, json_object_get(json, "data"));
    said = json_string_value(json_object_get(fields, kinds[of].field));
    crypto_hex(sha256, SHA256_BYTES, hash);
    bool tells = said && !strcmp(said, hash);
    json_decref(fields);
    json_decref(json);
    return tells;
}

/* The i-th log whose checkpoints count: those of the trust file, then their successors. -1: there is no i-th. */
static int policy_for(const struct trust *trust, const struct successors *successors, size_t i, struct tlog_policy *ret)
{
    if (!trust_log(trust, CLASS_OPS, i, ret))
        return 0;
    size_t own = 0;
    struct tlog_policy any;
    while (!trust_log(trust, CLASS_OPS, own, &any))
        own++;
    if (!own || !successors || i - own >= successors->n)
        return -1;
    *ret = any;
    ret->log = successors->keys[i - own];
    return 0;
}

int receipt_verify(const struct receipt *receipt, enum receipt_of of, const uint8_t sha256[SHA256_BYTES],
    const struct trust *trust, const struct successors *successors, struct tlog_held *ret, struct problem *problem)
{
    struct tlog_policy policy;
    struct problem why = { .code = "" };
    if (!receipt->entry || !receipt->proof)
        return problem_set(problem, "no-receipt", "", "no receipt shows that it is in the log");
    if (!tells_of(receipt->entry, receipt->entry_bytes, of, sha256))
        return bad(problem, "the entry of the log is about something else");
    problem_set(&why, "bad-receipt", "", "the trust file names no log of class ops");
    for (size_t i = 0; !policy_for(trust, successors, i, &policy); i++) {
        if (!tlog_receipt_verify(
                receipt->proof, receipt->proof_bytes, receipt->entry, receipt->entry_bytes, &policy, ret, &why))
            return 0;
    }
    return problem_set(problem, strcmp(why.code, "no-quorum") ? "bad-receipt" : "no-quorum", "", "%s", why.reason);
}

int receipt_checkpoint(const char *note, size_t bytes, const struct trust *trust, const struct successors *successors,
    struct tlog_checkpoint *ret, struct problem *problem)
{
    struct tlog_policy policy;
    struct tlog_cosigned cosigned;
    struct problem why = { .code = "", .reason = "the trust file names no log of class ops" };
    for (size_t i = 0; !policy_for(trust, successors, i, &policy); i++) {
        if (!tlog_policy_open(note, bytes, &policy, ret, &cosigned, &why))
            return 0;
    }
    return problem_set(problem, strcmp(why.code, "no-quorum") ? "bad-checkpoint" : "no-quorum", "", "%s", why.reason);
}
