/*
 * For tests: people with keys, a trust file that they signed, documents of theirs, and a log that holds them. Nothing
 * here is random but the keys.
 */
#ifndef VEDETTE_SIGNED_RIG_H
#define VEDETTE_SIGNED_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/event/event.h"
#include "lib/problem.h"
#include "lib/signed/judge.h"
#include "lib/signed/key_file.h"

#define RIG_DEPLOYMENT "00112233445566778899aabbccddeeff"
#define RIG_DOCUMENT "ffeeddccbbaa99887766554433221100"
#define RIG_AGENT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define RIG_OTHER_AGENT "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define RIG_LOG "vedette/rig/ops"
#define RIG_NOW INT64_C(1767268800000) /* 2026-01-01T12:00:00Z */
#define RIG_NOW_TEXT "\"2026-01-01T12:00:00Z\""

/* Alice has two keys; the stranger stands in no trust file. */
enum rig_who { ALICE, ALICE_TOO, BOB, CAROL, STATUS_KEY, STRANGER, RIG_KEYS };
#define BY(who) (1u << (who))

struct rig {
    struct signing_key keys[RIG_KEYS];
    char publics[RIG_KEYS][SPKI_TEXT_BYTES];
    struct tlog_signer log;
    char vkey[TLOG_VKEY_BYTES];
};

static inline void rig_must(bool it)
{
    if (!it)
        abort();
}

static inline struct rig *rig_new(void)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    crypto_open();
    rig_must(rig && !tlog_signer_make(RIG_LOG, TLOG_ED25519, (const uint8_t[32]){ 7 }, &rig->log, NULL));
    tlog_vkey_format(&rig->log.vkey, rig->vkey);
    for (int i = 0; i < RIG_KEYS; i++) {
        rig_must(!signing_key_make(i % 2 ? KEY_P256 : KEY_ED25519, &rig->keys[i], NULL));
        key_text(&rig->keys[i].public, rig->publics[i]);
    }
    return rig;
}

static inline void rig_free(struct rig *rig)
{
    for (int i = 0; i < RIG_KEYS; i++)
        signing_key_free(&rig->keys[i]);
    free(rig);
}

/* Members as JSON without their braces, the head's first: those of `changed` (an object) count instead, and a null
 * takes one away. The caller's to free. */
static inline char *rig_payload(const char *kind, const char *members, const char *changed)
{
    struct buf text = { 0 };
    json_t *json, *changes = changed ? json_loads(changed, 0, NULL) : json_object(), *value;
    const char *name, *id = strcmp(kind, "trust") && strcmp(kind, "status") && strcmp(kind, "revocation")
                                ? RIG_DOCUMENT
                                : RIG_DEPLOYMENT;
    buf_format(&text,
        "{\"deployment\":\"" RIG_DEPLOYMENT "\",\"document\":\"%s\",\"kind\":\"%s\",\"version\":1,\"title\":\"a test\","
        "\"made_at\":" RIG_NOW_TEXT
        ",\"not_before\":\"2026-01-01T00:00:00Z\",\"expires\":\"2026-02-01T00:00:00Z\"%s%s}",
        id, kind, *members ? "," : "", members);
    rig_must(!text.failed && changes && (json = json_loads(text.data, 0, NULL)));
    json_object_foreach(changes, name, value)
    {
        if (json_is_null(value))
            json_object_del(json, name);
        else
            json_object_set(json, name, value);
    }
    char *payload = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    json_decref(changes);
    buf_free(&text);
    return payload;
}

#define RIG_TASK                                                                                                       \
    "\"targets\":[{\"fingerprint\":\"" RIG_AGENT                                                                       \
    "\",\"agent\":17,\"name\":\"web-1\"}],\"argv\":[\"/usr/bin/id\",\"-u\"],"                                          \
    "\"user\":\"nobody\",\"timeout_s\":60,\"output_limit_bytes\":65536,\"consent\":\"none\""

/* Signed by those, a bit each. The caller's to free, as dsse_free. */
static inline struct dsse rig_sign(const struct rig *rig, const char *payload, unsigned by)
{
    struct dsse dsse;
    json_t *json = json_loads(payload, 0, NULL);
    int kind = 0;
    while (strcmp(document_kind_words[kind], json_string_value(json_object_get(json, "kind"))))
        kind++;
    json_decref(json);
    rig_must(!dsse_make((enum document_kind)kind, payload, strlen(payload), &dsse, NULL));
    for (int i = 0; i < RIG_KEYS; i++) {
        uint8_t sig[KEY_SIGNATURE_BYTES];
        size_t bytes;
        if (by & BY(i))
            rig_must(!signing_key_sign(&rig->keys[i], dsse.pae, dsse.pae_bytes, sig, &bytes, NULL) &&
                     !dsse_add(&dsse, rig->keys[i].public.keyid, sig, bytes, NULL));
    }
    return dsse;
}

static inline struct dsse rig_document(
    const struct rig *rig, const char *kind, const char *members, const char *changed, unsigned by)
{
    char *payload = rig_payload(kind, members, changed);
    struct dsse dsse = rig_sign(rig, payload, by);
    free(payload);
    return dsse;
}

static inline struct document rig_parse(const struct dsse *dsse)
{
    struct document document;
    struct problem problem;
    if (document_parse(dsse, &document, &problem)) {
        fprintf(stderr, "%s: %s (%s)\n", problem.field, problem.reason, problem.code);
        abort();
    }
    return document;
}

/* The members of a trust file: two of three people for most, three keys of type key and one more of alice's. */
static inline char *rig_trust_members(const struct rig *rig)
{
    struct buf text = { 0 };
    buf_format(&text,
        "\"tls_pins\":[\"sha256:" RIG_AGENT "\"],\"logs\":[{\"class\":\"ops\",\"vkey\":\"%s\"}],\"quorum\":0,"
        "\"people\":[{\"name\":\"alice\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"},{\"type\":\"key\",\"public_"
        "key\":\"%s\"}]},"
        "{\"name\":\"bob\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]},"
        "{\"name\":\"carol\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]}],"
        "\"thresholds\":[{\"kind\":\"task\",\"signers\":2},{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"update\","
        "\"signers\":2},"
        "{\"kind\":\"unfreeze\",\"signers\":2},{\"kind\":\"watch\",\"signers\":1}],"
        "\"status_key\":{\"type\":\"key\",\"public_key\":\"%s\"}",
        rig->vkey, rig->publics[ALICE], rig->publics[ALICE_TOO], rig->publics[BOB], rig->publics[CAROL],
        rig->publics[STATUS_KEY]);
    rig_must(!text.failed);
    return text.data;
}

static inline struct dsse rig_trust_dsse(const struct rig *rig, const char *changed, unsigned by)
{
    char *members = rig_trust_members(rig);
    struct dsse dsse = rig_document(rig, "trust", members, changed, by);
    free(members);
    return dsse;
}

static inline struct trust *rig_trust(const struct rig *rig)
{
    struct dsse dsse = rig_trust_dsse(rig, NULL, BY(ALICE) | BY(BOB));
    struct problem problem;
    struct trust *trust = trust_read(&dsse, &problem);
    if (!trust)
        fprintf(stderr, "%s: %s (%s)\n", problem.field, problem.reason, problem.code);
    rig_must(trust);
    dsse_free(&dsse);
    return trust;
}

/* A receipt by the rig's log, in which the entry about that document stands second. rig_receipt_free's. */
static inline struct receipt rig_receipt_by(
    const struct tlog_signer *log, const uint8_t sha256[SHA256_BYTES], enum event event)
{
    char hash[HEX_BYTES(SHA256_BYTES)];
    struct event_document_logged data = { RIG_DOCUMENT, 1, DOCUMENT_KIND_TASK, hash, "a test", "alice, bob" };
    struct bus_event logged = {
        .event = (int)event, .class = CLASS_OPS, .sequence = 1, .time_ms = RIG_NOW, .sev = 3, .data = &data
    };
    struct tlog_checkpoint checkpoint = { .size = 2 };
    struct tlog_receipt receipt = { .index = 1, .proof = { .count = 1 } };
    struct tlog_tree tree = { 0 };
    struct buf entry = { 0 }, note = { 0 }, proof = { 0 };
    uint8_t leaf[TLOG_HASH_BYTES];
    crypto_hex(sha256, SHA256_BYTES, hash);
    rig_must(!event_compose(&entry, &logged, "scheduler", (const uint8_t[EVENT_SALT_BYTES]){ 0 }));
    tlog_leaf("first", 5, receipt.proof.hashes[0]);
    tlog_append(&tree, receipt.proof.hashes[0]);
    tlog_leaf(entry.data, entry.length, leaf);
    tlog_append(&tree, leaf);
    tlog_root(&tree, checkpoint.root);
    strcpy(checkpoint.origin, log->vkey.name);
    rig_must(!tlog_checkpoint_sign(&note, &checkpoint, log));
    receipt.checkpoint = note.data;
    receipt.checkpoint_bytes = note.length;
    rig_must(!tlog_receipt_format(&proof, &receipt));
    buf_free(&note);
    return (struct receipt){ entry.data, entry.length, proof.data, proof.length };
}

static inline struct receipt rig_receipt(const struct rig *rig, const struct dsse *dsse)
{
    return rig_receipt_by(&rig->log, dsse->sha256, EVENT_DOCUMENT_LOGGED);
}

static inline void rig_receipt_free(struct receipt *receipt)
{
    free((char *)receipt->entry);
    free((char *)receipt->proof);
    *receipt = (struct receipt){ 0 };
}

#endif
