#include "lib/tlog/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/line.h"

int tlog_checkpoint_parse(const char *text, size_t bytes, struct tlog_checkpoint *ret, struct problem *problem)
{
    const char *at = text, *end = text + bytes;
    struct tlog_checkpoint checkpoint = { 0 };
    struct tlog_line line;
    if (!tlog_line_next(&at, end, &line) || !line.bytes || line.bytes >= TLOG_NAME_BYTES)
        return problem_set(problem, "bad-checkpoint", "", "a checkpoint begins with its origin, of at most %d bytes",
            TLOG_NAME_BYTES - 1);
    memcpy(checkpoint.origin, line.text, line.bytes);
    if (!tlog_line_next(&at, end, &line) || tlog_line_number(line, &checkpoint.size))
        return problem_set(problem, "bad-checkpoint", "", "the second line of a checkpoint is the tree's size");
    if (!tlog_line_next(&at, end, &line) || tlog_line_hash(line, checkpoint.root))
        return problem_set(problem, "bad-checkpoint", "", "the third line of a checkpoint is the tree's root hash");
    while (tlog_line_next(&at, end, &line)) {
        if (!line.bytes)
            return problem_set(problem, "bad-checkpoint", "", "an extension line of a checkpoint is empty");
    }
    if (at != end)
        return problem_set(problem, "bad-checkpoint", "", "the checkpoint is cut off");
    *ret = checkpoint;
    return 0;
}

int tlog_checkpoint_sign(struct buf *buf, const struct tlog_checkpoint *checkpoint, const struct tlog_signer *signer)
{
    struct buf text = { .limit_bytes = TLOG_TEXT_BYTES }, line = { 0 };
    char root[BASE64_BYTES(TLOG_HASH_BYTES)];
    crypto_base64(checkpoint->root, TLOG_HASH_BYTES, root);
    int error = strcmp(checkpoint->origin, signer->vkey.name) || signer->vkey.algorithm != TLOG_ED25519 ||
                buf_format(&text, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size, root) ||
                tlog_note_sign(&line, text.data, text.length, signer, 0) ||
                buf_format(buf, "%s\n%s", text.data, line.data);
    buf_free(&text);
    buf_free(&line);
    return error ? -1 : 0;
}

int tlog_checkpoint_open(const char *data, size_t bytes, const struct tlog_vkey *log, struct tlog_checkpoint *ret,
    struct tlog_note *ret_note, struct problem *problem)
{
    struct tlog_checkpoint checkpoint;
    struct tlog_note note;
    if (tlog_note_parse(data, bytes, &note, problem))
        return -1;
    switch (tlog_note_verify(&note, log, NULL)) {
    case TLOG_SIGNED:
        break;
    case TLOG_UNSIGNED:
        return problem_set(problem, "not-signed", "", "the checkpoint is not signed by %s+%08x", log->name, log->id);
    case TLOG_FORGED:
        return problem_set(problem, "bad-signature", "", "the signature of %s+%08x on the checkpoint does not hold",
            log->name, log->id);
    }
    if (tlog_checkpoint_parse(note.text, note.text_bytes, &checkpoint, problem))
        return -1;
    if (strcmp(checkpoint.origin, log->name))
        return problem_set(problem, "bad-origin", "", "%s signed a checkpoint of another log", log->name);
    *ret = checkpoint;
    if (ret_note)
        *ret_note = note;
    return 0;
}
