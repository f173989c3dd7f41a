/* Any bytes as a checkpoint that came from elsewhere, as what a witness answered, and as a key. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/tlog/cosign.h"

static struct tlog_policy policy = { .witness_count = 1 };
static struct buf own;

/* A log's checkpoint, to which the bytes are answered. */
static void make_own(void)
{
    const struct tlog_checkpoint checkpoint = { "log.example/ops", 7, { 1 } };
    struct tlog_signer log, witness;
    crypto_open();
    if (tlog_signer_make("log.example/ops", TLOG_ED25519, (const uint8_t[32]){ 1 }, &log, NULL) ||
        tlog_signer_make("w.example", TLOG_COSIGNATURE, (const uint8_t[32]){ 2 }, &witness, NULL) ||
        tlog_checkpoint_sign(&own, &checkpoint, &log))
        abort();
    policy.log = log.vkey;
    policy.witnesses[0] = witness.vkey;
}

static void read_key(const char *text)
{
    struct tlog_vkey key, again;
    struct tlog_signer signer;
    char formatted[TLOG_VKEY_BYTES];
    if (!tlog_vkey_parse(text, &key, NULL)) {
        tlog_vkey_format(&key, formatted);
        if (tlog_vkey_parse(formatted, &again, NULL) || again.id != key.id)
            abort();
    }
    tlog_signer_parse(text, &signer, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct tlog_note note;
    struct tlog_checkpoint checkpoint;
    struct tlog_cosigned by;
    struct buf merged = { 0 };
    if (!own.data)
        make_own();
    if (!tlog_note_parse(text, size, &note, NULL))
        tlog_checkpoint_parse(note.text, note.text_bytes, &checkpoint, NULL);
    tlog_policy_open(text, size, &policy, &checkpoint, &by, NULL);
    /* What was merged is still the log's. */
    if (!tlog_cosign_merge(&merged, own.data, own.length, text, size, &policy, NULL) &&
        tlog_policy_open(merged.data, merged.length, &policy, &checkpoint, &by, NULL))
        abort();
    buf_free(&merged);
    char *key = strndup(text, size);
    read_key(key);
    free(key);
    return 0;
}
