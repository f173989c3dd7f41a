/* Any bytes as the file of witnesses, and as what a witness sends: what is taken is still a checkpoint of ours. */
#include "tests/fuzz/fuzz.h"

#include "services/audit/witnesses/offer.h"
#include "services/audit/witnesses/witnesses.h"

static struct tlog_policy policy = { .witness_count = 1 };
static struct signed_checkpoint checkpoint = { .size = 7 };

static void make_log(void)
{
    const struct tlog_checkpoint said = { "log.example/ops", 7, { 1 } };
    struct tlog_signer log, witness;
    struct buf text = { 0 };
    crypto_open();
    if (tlog_signer_make("log.example/ops", TLOG_ED25519, (const uint8_t[32]){ 1 }, &log, NULL) ||
        tlog_signer_make("w.example", TLOG_COSIGNATURE, (const uint8_t[32]){ 2 }, &witness, NULL) ||
        tlog_checkpoint_sign(&text, &said, &log))
        abort();
    policy.log = log.vkey;
    policy.witnesses[0] = witness.vkey;
    checkpoint.bytes = text.length;
    memcpy(checkpoint.text, text.data, text.length);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct offer offer = { 0 };
    struct tlog_checkpoint opened;
    uint32_t by;
    if (!checkpoint.bytes)
        make_log();
    struct tlog_policy read = { .log = policy.log };
    if (!witnesses_parse((const char *)data, size, &read, NULL) && tlog_policy_check(&read, NULL))
        abort();
    char *lines = strndup((const char *)data, size);
    if (!lines || offer_begin(&offer, &checkpoint, 0, NULL))
        abort();
    offer_take(&offer, &policy, lines, 0, &by, NULL);
    if (tlog_checkpoint_open(offer.note.data, offer.note.length, &policy.log, &opened, NULL, NULL))
        abort();
    offer_end(&offer);
    free(lines);
    return 0;
}
