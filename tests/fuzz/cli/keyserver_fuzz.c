/* Any bytes as what an agent asks of a restore key service: its message, its commit, and a wrapped key. Nothing of it was
 * signed by anybody, so nothing may be given. */
#include "tests/fuzz/fuzz.h"

#include "cli/keyserver/commits.h"
#include "cli/keyserver/verdict.h"
#include "lib/message/message.h"
#include "tests/key_rig.h"
#include "tests/signed_rig.h"

static void take_wanted(const struct keyserver_known *known, const json_t *json)
{
    struct envelope_keys_wanted wanted;
    struct restore_case one;
    if (message_decode(&envelope_keys_wanted_shape, json, &wanted, NULL))
        return;
    if (!verdict_document(known, RIG_AGENT, &wanted, &one, NULL))
        abort();
    message_free(&envelope_keys_wanted_shape, &wanted);
}

static void take_commit(const json_t *json)
{
    static struct commits commits;
    struct envelope_keys_commit piece;
    if (message_decode(&envelope_keys_commit_shape, json, &piece, NULL))
        return;
    (void)commits_add(&commits, RIG_AGENT, &piece, NULL);
    (void)commits_find(&commits, RIG_AGENT, piece.commit_sha256);
    message_free(&envelope_keys_commit_shape, &piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keyserver_known known = { .now_ms = RIG_NOW };
    static struct envelope_key *own, *to;
    struct buf wrapped = { 0 };
    uint8_t mark[BULK_MARK_BYTES];
    const void *recipients;
    size_t bytes;
    if (!known.trust) {
        struct rig *rig = rig_new();
        known.trust = rig_trust(rig);
        rig_free(rig);
        own = rig_key(ENVELOPE_KEY_P256);
        to = rig_key(ENVELOPE_KEY_P256);
    }
    json_t *json = message_parse((const char *)data, size, NULL);
    if (json) {
        take_wanted(&known, json);
        take_commit(json);
        json_decref(json);
    }
    if (!envelope_bulk_rewrap(&(struct bulk_opener){ own, data, size }, RIG_AGENT, to, &wrapped, mark, NULL))
        abort();
    if (!envelope_bulk_recipients(data, size, &recipients, &bytes, NULL) &&
        ((const uint8_t *)recipients < data || (const uint8_t *)recipients + bytes > data + size))
        abort();
    buf_free(&wrapped);
    return 0;
}
