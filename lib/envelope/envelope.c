#include "lib/envelope/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/private.h"
#include "lib/message/message.h"
#include "lib/problem.h"

/* What is signed: head and body. */
static int write_content(const struct envelope_writer *writer, enum envelope purpose, struct stream_place place,
    const void *message, struct buf *out)
{
    struct envelope_head head = { .purpose = purpose, .place = place };
    snprintf(head.deployment, sizeof(head.deployment), "%s", writer->deployment);
    memcpy(head.from, writer->sign->fingerprint, sizeof(head.from));
    memcpy(head.to, writer->seal->fingerprint, sizeof(head.to));
    return envelope_head_write(&head, out) || message_encode(envelope_rows[purpose].body, message, out) ? -1 : 0;
}

int envelope_seal(const struct envelope_writer *writer, enum envelope purpose, struct stream_place place,
    const void *message, struct buf *ret, struct problem *problem)
{
    struct buf content = { .limit_bytes = ENVELOPE_BYTES_MAX }, inner = { 0 }, outer = { 0 };
    int error = 0;
    if (write_content(writer, purpose, place, message, &content))
        error =
            problem_set(problem, "too-long", "", "too long for an envelope, which holds %d bytes", ENVELOPE_BYTES_MAX);
    error = error || envelope_sign(writer->sign, content.data, content.length, &inner, problem) ||
            envelope_encrypt(writer->seal, inner.data, inner.length, &outer, problem);
    if (!error && outer.length > ENVELOPE_BYTES_MAX)
        error =
            problem_set(problem, "too-long", "", "too long for an envelope, which holds %d bytes", ENVELOPE_BYTES_MAX);
    if (!error && buf_append(ret, outer.data, outer.length))
        error = problem_set(problem, "no-memory", "", "no memory for an envelope");
    buf_free(&content);
    buf_free(&inner);
    buf_free(&outer);
    return error ? -1 : 0;
}

/* The signature holds; is it about us, and may its maker say this? */
static int check_head(const struct envelope_reader *reader, const struct envelope_head *head,
    const struct envelope_key *own, const struct envelope_key *signer, unsigned peer, struct problem *problem)
{
    const struct envelope_row *row = &envelope_rows[head->purpose];
    if (strcmp(head->deployment, reader->deployment))
        return problem_set(problem, "other-deployment", "deployment", "the envelope was made for another deployment");
    if (strcmp(head->from, signer->fingerprint))
        return problem_set(
            problem, "bad-signature", "from", "the envelope names another sender than the one who signed");
    if (strcmp(head->to, own->fingerprint))
        return problem_set(
            problem, "wrong-recipient", "to", "the envelope was made for another key, and sealed anew for ours");
    if (row->from != peer || row->to != reader->peer)
        return problem_set(problem, "wrong-purpose", "purpose", "its sender may not send us a %s", row->purpose);
    return 0;
}

/* The body as the struct of its purpose. */
static int take_body(const struct envelope_head *head, const char *body, size_t bytes, struct envelope_opened *ret,
    struct problem *problem)
{
    const struct shape *shape = envelope_rows[head->purpose].body;
    json_t *json = message_parse(body, bytes, problem);
    void *message = json ? calloc(1, shape->size) : NULL;
    if (json && !message)
        problem_set(problem, "no-memory", "", "no memory to open an envelope");
    if (!message || message_decode(shape, json, message, problem)) {
        free(message);
        json_decref(json);
        return -1;
    }
    *ret = (struct envelope_opened){ .purpose = head->purpose, .place = head->place, .message = message, .json = json };
    memcpy(ret->from, head->from, sizeof(ret->from));
    return 0;
}

int envelope_open(const struct envelope_reader *reader, const void *data, size_t bytes, struct envelope_opened *ret,
    struct problem *problem)
{
    struct buf inner = { 0 }, content = { 0 };
    const struct envelope_key *own, *signer;
    struct envelope_head head;
    unsigned peer;
    size_t head_bytes;
    int error = envelope_decrypt(reader->own, reader->n_own, data, bytes, &inner, &own, problem) ||
                envelope_verify(reader, inner.data, inner.length, &content, &signer, &peer, problem) ||
                envelope_head_read(content.data, content.length, &head, &head_bytes, problem) ||
                check_head(reader, &head, own, signer, peer, problem) ||
                take_body(&head, content.data + head_bytes, content.length - head_bytes, ret, problem);
    buf_free(&inner);
    buf_free(&content);
    return error ? -1 : 0;
}

void envelope_opened_free(struct envelope_opened *opened)
{
    if (!opened->json)
        return;
    message_free(envelope_rows[opened->purpose].body, opened->message);
    free(opened->message);
    json_decref(opened->json);
    *opened = (struct envelope_opened){ 0 };
}
