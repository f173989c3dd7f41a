#include "lib/signed/dsse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define TYPE_BEFORE "application/vnd.vedette."
#define TYPE_BEHIND ".v1+json"
#define TYPE_BYTES 64

static void type_of(enum document_kind kind, char ret[TYPE_BYTES])
{
    snprintf(ret, TYPE_BYTES, TYPE_BEFORE "%s" TYPE_BEHIND, document_kind_words[kind]);
}

static int kind_of(const char *type)
{
    char known[TYPE_BYTES];
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        type_of((enum document_kind)kind, known);
        if (!strcmp(type, known))
            return kind;
    }
    return -1;
}

int dsse_make(enum document_kind kind, const void *payload, size_t bytes, struct dsse *ret, struct problem *problem)
{
    char type[TYPE_BYTES];
    struct buf pae = { 0 };
    if (bytes > DSSE_PAYLOAD_BYTES)
        return problem_set(problem, "too-large", "payload", "a document has at most %d bytes, this one %zu",
            DSSE_PAYLOAD_BYTES, bytes);
    type_of(kind, type);
    if (buf_format(&pae, "DSSEv1 %zu %s %zu ", strlen(type), type, bytes) || buf_append(&pae, payload, bytes)) {
        buf_free(&pae);
        return problem_set(problem, "no-memory", "", "no memory for a document");
    }
    *ret = (struct dsse){
        .kind = kind,
        .pae = pae.data,
        .pae_bytes = pae.length,
        .payload = pae.data + pae.length - bytes,
        .payload_bytes = bytes,
    };
    crypto_sha256(ret->pae, ret->pae_bytes, ret->sha256);
    return 0;
}

void dsse_free(struct dsse *dsse)
{
    if (!dsse)
        return;
    for (size_t i = 0; i < dsse->n_signatures; i++)
        free(dsse->signatures[i].sig);
    free(dsse->signatures);
    free(dsse->pae);
    *dsse = (struct dsse){ 0 };
}

/* Where a signature of that key stands, or a new one will. NULL: no room. */
static struct dsse_signature *place_for(struct dsse *dsse, const char *keyid, struct problem *problem)
{
    for (size_t i = 0; i < dsse->n_signatures; i++) {
        if (!strcmp(dsse->signatures[i].keyid, keyid))
            return &dsse->signatures[i];
    }
    if (dsse->n_signatures == DSSE_SIGNATURES) {
        problem_set(problem, "bad-document", "signatures", "a document has at most %d signatures", DSSE_SIGNATURES);
        return NULL;
    }
    struct dsse_signature *grown = realloc(dsse->signatures, (dsse->n_signatures + 1) * sizeof(*dsse->signatures));
    if (!grown) {
        problem_set(problem, "no-memory", "", "no memory for a signature");
        return NULL;
    }
    dsse->signatures = grown;
    dsse->signatures[dsse->n_signatures] = (struct dsse_signature){ 0 };
    return &dsse->signatures[dsse->n_signatures];
}

int dsse_add(struct dsse *dsse, const char *keyid, const void *sig, size_t bytes, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    char id[KEYID_BYTES];
    if (crypto_unhex(keyid, hash, sizeof(hash)) || !bytes || bytes > DSSE_SIGNATURE_BYTES)
        return problem_set(problem, "bad-document", "signatures",
            "a signature names its key by 64 hexadecimal digits and has at most %d bytes", DSSE_SIGNATURE_BYTES);
    crypto_hex(hash, sizeof(hash), id);
    uint8_t *copy = malloc(bytes);
    struct dsse_signature *place = copy ? place_for(dsse, id, problem) : NULL;
    if (!place) {
        free(copy);
        return copy ? -1 : problem_set(problem, "no-memory", "", "no memory for a signature");
    }
    memcpy(copy, sig, bytes);
    dsse->n_signatures += place == &dsse->signatures[dsse->n_signatures];
    free(place->sig);
    *place = (struct dsse_signature){ .sig = copy, .bytes = bytes };
    memcpy(place->keyid, id, sizeof(id));
    return 0;
}

static const json_t *string_in(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? value : NULL;
}

static int take_signature(struct dsse *dsse, const json_t *json, struct problem *problem)
{
    const json_t *keyid = string_in(json, "keyid"), *text = string_in(json, "sig");
    uint8_t sig[DSSE_SIGNATURE_BYTES];
    size_t bytes;
    if (!keyid || !text || json_object_size(json) != 2 ||
        crypto_unbase64(json_string_value(text), json_string_length(text), sig, sizeof(sig), &bytes))
        return problem_set(
            problem, "bad-document", "signatures", "a signature is {\"keyid\", \"sig\"}, the latter in base64");
    return dsse_add(dsse, json_string_value(keyid), sig, bytes, problem);
}

int dsse_add_text(struct dsse *dsse, const char *text, size_t bytes, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take_signature(dsse, json, problem) : -1;
    json_decref(json);
    return error;
}

static int take_payload(const json_t *json, int kind, struct dsse *ret, struct problem *problem)
{
    size_t length = json_string_length(json), bytes = 0;
    char *payload = malloc(DSSE_PAYLOAD_BYTES);
    int error = payload ? 0 : problem_set(problem, "no-memory", "", "no memory for a document");
    if (!error && crypto_unbase64(json_string_value(json), length, payload, DSSE_PAYLOAD_BYTES, &bytes))
        error = problem_set(problem, "bad-document", "payload", "the payload is not base64, or of more than %d bytes",
            DSSE_PAYLOAD_BYTES);
    if (!error)
        error = dsse_make((enum document_kind)kind, payload, bytes, ret, problem);
    free(payload);
    return error;
}

static int take_all(const json_t *json, struct dsse *ret, struct problem *problem)
{
    const json_t *type = string_in(json, "payloadType"), *payload = string_in(json, "payload");
    const json_t *signatures = json_object_get(json, "signatures"), *one;
    struct dsse dsse;
    size_t i;
    if (!type || !payload || !json_is_array(signatures) || json_object_size(json) != 3)
        return problem_set(problem, "bad-document", "",
            "this is no signed document: a DSSE envelope has payloadType, "
            "payload, signatures, and nothing else");
    int kind = kind_of(json_string_value(type));
    if (kind < 0)
        return problem_set(problem, "unknown-kind", "payloadType", "this is no kind of document that is known here");
    if (take_payload(payload, kind, &dsse, problem))
        return -1;
    json_array_foreach(signatures, i, one)
    {
        size_t before = dsse.n_signatures;
        int error = take_signature(&dsse, one, problem);
        if (!error && dsse.n_signatures == before)
            error = problem_set(problem, "bad-document", "signatures", "a key signed twice");
        if (error) {
            dsse_free(&dsse);
            return -1;
        }
    }
    *ret = dsse;
    return 0;
}

int dsse_parse(const char *text, size_t bytes, struct dsse *ret, struct problem *problem)
{
    if (bytes > DSSE_BYTES)
        return problem_set(problem, "too-large", "", "a signed document has at most %d bytes", DSSE_BYTES);
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take_all(json, ret, problem) : -1;
    json_decref(json);
    return error;
}

static void append_base64(struct buf *out, const void *data, size_t bytes)
{
    char *place = buf_reserve(out, BASE64_BYTES(bytes));
    if (place) {
        crypto_base64(data, bytes, place);
        out->length += BASE64_BYTES(bytes) - 1;
    }
}

int dsse_format(const struct dsse *dsse, struct buf *out)
{
    char type[TYPE_BYTES];
    size_t before = out->length;
    type_of(dsse->kind, type);
    buf_format(out, "{\"payloadType\":\"%s\",\"payload\":\"", type);
    append_base64(out, dsse->payload, dsse->payload_bytes);
    buf_text(out, "\",\"signatures\":[");
    for (size_t i = 0; i < dsse->n_signatures; i++) {
        buf_format(out, "%s{\"keyid\":\"%s\",\"sig\":\"", i ? "," : "", dsse->signatures[i].keyid);
        append_base64(out, dsse->signatures[i].sig, dsse->signatures[i].bytes);
        buf_text(out, "\"}");
    }
    buf_text(out, "]}");
    if (!out->failed)
        return 0;
    out->length = before;
    return -1;
}
