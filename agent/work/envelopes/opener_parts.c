#include "agent/work/envelopes/opener_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/message/flat.h"
#include "lib/problem.h"
#include "lib/signed/document.h"

/* Codes are compared and told, so only these come through. */
static const char *code_of(const char code[PART_CODE_BYTES])
{
    static const char *const codes[] = { "bad-envelope", "wrong-recipient", "unknown-sender", "bad-signature",
        "other-deployment", "wrong-purpose", "bad-field", "unknown-field", "missing-field", "bad-json", "bad-document",
        "too-large", "unknown-kind", "no-memory" };
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        if (!strncmp(codes[i], code, PART_CODE_BYTES))
            return codes[i];
    }
    return "bad-envelope";
}

static void put_bytes(struct buf *buf, const void *data, size_t bytes)
{
    const uint32_t length = (uint32_t)bytes;
    buf_append(buf, &length, sizeof(length));
    buf_append(buf, data, bytes);
}

int parts_of_dsse(const struct dsse *dsse, struct buf *buf)
{
    const uint32_t kind = dsse->kind, n = (uint32_t)dsse->n_signatures;
    buf_append(buf, &kind, sizeof(kind));
    buf_append(buf, &n, sizeof(n));
    put_bytes(buf, dsse->payload, dsse->payload_bytes);
    for (size_t i = 0; i < dsse->n_signatures; i++) {
        buf_append(buf, dsse->signatures[i].keyid, KEYID_BYTES);
        put_bytes(buf, dsse->signatures[i].sig, dsse->signatures[i].bytes);
    }
    return buf->failed ? -1 : 0;
}

struct reading {
    const char *at, *end;
};

static const char *take(struct reading *reading, size_t bytes)
{
    const char *at = reading->at;
    if ((size_t)(reading->end - reading->at) < bytes)
        return NULL;
    reading->at += bytes;
    return at;
}

static bool take_number(struct reading *reading, uint32_t *ret)
{
    const char *at = take(reading, sizeof(*ret));
    if (at)
        memcpy(ret, at, sizeof(*ret));
    return at;
}

static const char *take_bytes(struct reading *reading, size_t most, size_t *ret)
{
    uint32_t bytes;
    if (!take_number(reading, &bytes) || bytes > most)
        return NULL;
    *ret = bytes;
    return take(reading, bytes);
}

static int take_signature(struct reading *reading, struct dsse *dsse, struct problem *problem)
{
    const char *keyid = take(reading, KEYID_BYTES), *sig;
    size_t bytes;
    if (!keyid || keyid[KEYID_BYTES - 1] || strspn(keyid, "0123456789abcdef") != KEYID_BYTES - 1)
        return problem_set(problem, "bad-document", "keyid", "a key id is no hash");
    sig = take_bytes(reading, DSSE_SIGNATURE_BYTES, &bytes);
    return sig ? dsse_add(dsse, keyid, sig, bytes, problem)
               : problem_set(problem, "bad-document", "sig", "a signature is cut off or too long");
}

int parts_to_dsse(const void *data, size_t bytes, struct dsse *ret, struct problem *problem)
{
    struct reading reading = { data, (const char *)data + bytes };
    struct dsse dsse;
    uint32_t kind, n;
    size_t payload_bytes;
    const char *payload = NULL;
    if (take_number(&reading, &kind) && take_number(&reading, &n))
        payload = take_bytes(&reading, DSSE_PAYLOAD_BYTES, &payload_bytes);
    if (!payload || kind >= DOCUMENT_KIND_COUNT || n > DSSE_SIGNATURES)
        return problem_set(problem, "bad-document", "", "these are no parts of a document");
    if (dsse_make((enum document_kind)kind, payload, payload_bytes, &dsse, problem))
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        if (take_signature(&reading, &dsse, problem)) {
            dsse_free(&dsse);
            return -1;
        }
    }
    if (reading.at != reading.end) {
        dsse_free(&dsse);
        return problem_set(problem, "bad-document", "", "there is more behind a document");
    }
    *ret = dsse;
    return 0;
}

/* Envelopes, where they are read. */

static void say(struct part_head *head, const struct problem *problem)
{
    snprintf(head->code, sizeof(head->code), "%s", problem->code);
    snprintf(head->reason, sizeof(head->reason), "%s", problem->reason);
}

static void say_document(struct part_head *head, const struct dsse *dsse)
{
    struct document document;
    if (document_parse(dsse, &document, NULL))
        return;
    snprintf(head->document, sizeof(head->document), "%s", document.body.head.document);
    head->version = document.body.head.version;
    document_free(&document);
}

static int put_message(struct part_head *head, const struct envelope_opened *opened, struct buf *buf)
{
    struct envelope_document document;
    const void *message = opened->message;
    struct problem problem;
    struct dsse dsse;
    size_t before = buf->length;
    if (opened->purpose == ENVELOPE_DOCUMENT) {
        document = *(const struct envelope_document *)message;
        if (dsse_parse(document.dsse, strlen(document.dsse), &dsse, &problem)) {
            head->wrong = true;
            say(head, &problem);
            return 0;
        }
        int error = parts_of_dsse(&dsse, buf);
        say_document(head, &dsse);
        dsse_free(&dsse);
        if (error)
            return -1;
        document.dsse = "{}"; /* its parts go apart */
        message = &document;
    }
    head->dsse_bytes = (uint32_t)(buf->length - before);
    if (message_flatten(envelope_rows[opened->purpose].body, message, buf))
        return -1;
    head->message_bytes = (uint32_t)(buf->length - before) - head->dsse_bytes;
    return 0;
}

int parts_of_envelope(const struct envelope_reader *reader, const void *data, size_t bytes, struct buf *buf)
{
    struct part_head head = { 0 };
    struct envelope_opened opened;
    struct problem problem;
    if (buf_append(buf, &head, sizeof(head)))
        return -1;
    if (envelope_open(reader, data, bytes, &opened, &problem)) {
        say(&head, &problem);
    } else {
        head.opened = true;
        memcpy(head.from, opened.from, sizeof(head.from));
        head.purpose = opened.purpose;
        head.incarnation = opened.place.incarnation;
        head.counter = opened.place.counter;
        int error = put_message(&head, &opened, buf);
        envelope_opened_free(&opened);
        if (error)
            return -1;
    }
    memcpy(buf->data, &head, sizeof(head));
    return buf->failed ? -1 : 0;
}

/* Envelopes, where they are believed. */

static int bad(struct problem *problem)
{
    return problem_set(problem, "bad-envelope", "", "what was read of it has no sense");
}

static int hear(const struct part_head *head, struct problem *problem)
{
    return problem_set(
        problem, code_of(head->code), "", "%.*s", (int)strnlen(head->reason, sizeof(head->reason) - 1), head->reason);
}

static int take_document(
    const struct part_head *head, const char *behind, struct opened *opened, struct problem *problem)
{
    struct envelope_document *document = opened->message;
    struct buf text = { 0 };
    struct dsse dsse;
    if (parts_to_dsse(behind, head->dsse_bytes, &dsse, problem))
        return -1;
    int error = dsse_format(&dsse, &text);
    dsse_free(&dsse);
    if (error) {
        buf_free(&text);
        return problem_set(problem, "no-memory", "", "no memory for a document");
    }
    opened->dsse = text.data;
    document->dsse = text.data;
    return 0;
}

static int take_message(
    const struct part_head *head, const char *behind, struct opened *opened, struct problem *problem)
{
    const struct shape *shape = envelope_rows[opened->purpose].body;
    opened->message = calloc(1, shape->size);
    opened->memory = malloc((size_t)head->message_bytes + 1);
    if (!opened->message || !opened->memory)
        return problem_set(problem, "no-memory", "", "no memory for a message");
    memcpy(opened->memory, behind + head->dsse_bytes, head->message_bytes);
    if (message_unflatten(shape, opened->memory, head->message_bytes, opened->message, NULL))
        return bad(problem);
    return opened->purpose == ENVELOPE_DOCUMENT ? take_document(head, behind, opened, problem) : 0;
}

int parts_to_opened(const struct part_head *head, const char *behind, struct opened *ret, struct problem *problem)
{
    struct opened opened = { .purpose = (enum envelope)head->purpose, .place = { head->incarnation, head->counter } };
    if (head->opened != 1)
        return hear(head, problem);
    if (head->purpose >= ENVELOPE_COUNT || envelope_rows[head->purpose].to || head->wrong > 1 ||
        head->from[FINGERPRINT_HEX_BYTES - 1] || strspn(head->from, "0123456789abcdef") != FINGERPRINT_HEX_BYTES - 1)
        return bad(problem);
    memcpy(opened.from, head->from, sizeof(opened.from));
    if (!head->document[DOCUMENT_ID_HEX_BYTES - 1] &&
        strspn(head->document, "0123456789abcdef") == DOCUMENT_ID_HEX_BYTES - 1)
        memcpy(opened.document, head->document, sizeof(opened.document));
    opened.version = head->version;
    if (head->wrong)
        hear(head, &opened.why);
    else if (take_message(head, behind, &opened, problem)) {
        opened_free(&opened);
        return -1;
    }
    opened.is_wrong = head->wrong;
    *ret = opened;
    return 0;
}

void opened_free(struct opened *opened)
{
    free(opened->message);
    free(opened->memory);
    free(opened->dsse);
}
