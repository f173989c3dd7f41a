#include "lib/tlog/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/line.h"
#include "lib/utf8.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a space */
#define ID_BYTES 4

static bool is_plain_text(const char *data, const char *end)
{
    while (data < end) {
        int32_t character = utf8_next(&data, end);
        if (character < 0x20 && character != '\n')
            return false;
    }
    return true;
}

/* Where the last empty line ends; NULL if there is none. */
static const char *after_text(const char *data, const char *end)
{
    for (const char *at = end; at - data >= 2; at--) {
        if (at[-1] == '\n' && at[-2] == '\n')
            return at;
    }
    return NULL;
}

static int parse_signature(struct tlog_line line, struct tlog_signature *ret)
{
    uint8_t bytes[ID_BYTES + TLOG_SIGNATURE_BYTES];
    size_t length;
    *ret = (struct tlog_signature){ .line = line.text, .line_bytes = line.bytes + 1 };
    if (!tlog_line_after(&line, DASH))
        return -1;
    const char *space = memchr(line.text, ' ', line.bytes);
    if (!space || !tlog_name_valid(line.text, (size_t)(space - line.text)))
        return -1;
    ret->name = line.text;
    ret->name_bytes = (size_t)(space - line.text);
    if (crypto_unbase64(space + 1, line.bytes - ret->name_bytes - 1, bytes, sizeof(bytes), &length) ||
        length <= ID_BYTES)
        return -1;
    ret->id = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    ret->bytes = length - ID_BYTES;
    if (ret->bytes <= sizeof(ret->signature))
        memcpy(ret->signature, bytes + ID_BYTES, ret->bytes);
    return 0;
}

int tlog_note_parse(const char *data, size_t bytes, struct tlog_note *ret, struct problem *problem)
{
    const char *end = data + bytes;
    if (bytes > TLOG_NOTE_BYTES)
        return problem_set(problem, "bad-note", "", "a note has at most %d bytes", TLOG_NOTE_BYTES);
    const char *at = is_plain_text(data, end) ? after_text(data, end) : NULL;
    if (!at)
        return problem_set(problem, "bad-note", "", "a signed note is UTF-8 text, an empty line, and signatures");
    if (at - 1 - data > TLOG_TEXT_BYTES)
        return problem_set(problem, "bad-note", "", "the text of a note has at most %d bytes", TLOG_TEXT_BYTES);
    struct tlog_note note = { .text = data, .text_bytes = (size_t)(at - 1 - data) };
    struct tlog_line line;
    for (; tlog_line_next(&at, end, &line); note.count++) {
        if (note.count == TLOG_SIGNATURES)
            return problem_set(problem, "bad-note", "", "a note has at most %d signatures", TLOG_SIGNATURES);
        if (parse_signature(line, &note.signatures[note.count]))
            return problem_set(problem, "bad-note", "", "line %zu under the note is no signature", note.count + 1);
    }
    if (at != end || !note.count)
        return problem_set(problem, "bad-note", "", "the note is cut off");
    *ret = note;
    return 0;
}

/* What a cosignature signs: the text behind two lines of its own. Bytes used, 0 if the text is too long. */
static size_t cosigned_text(char ret[64 + TLOG_TEXT_BYTES], int64_t time_s, const char *text, size_t text_bytes)
{
    size_t head = (size_t)snprintf(ret, 64, "cosignature/v1\ntime %" PRId64 "\n", time_s);
    if (text_bytes > TLOG_TEXT_BYTES)
        return 0;
    memcpy(ret + head, text, text_bytes);
    return head + text_bytes;
}

bool tlog_signature_is_by(const struct tlog_signature *signature, const struct tlog_vkey *key)
{
    return signature->id == key->id && signature->name_bytes == strlen(key->name) &&
           !memcmp(signature->name, key->name, signature->name_bytes);
}

bool tlog_signature_holds(const struct tlog_note *note, const struct tlog_signature *signature,
    const struct tlog_vkey *key, int64_t *ret_time_s)
{
    char text[64 + TLOG_TEXT_BYTES];
    uint64_t time_s = 0;
    size_t bytes;
    if (key->algorithm == TLOG_ED25519) {
        if (signature->bytes != ED25519_SIGNATURE_BYTES ||
            !crypto_ed25519_verify(key->public_key, note->text, note->text_bytes, signature->signature))
            return false;
    } else {
        if (signature->bytes != TLOG_COSIGNATURE_BYTES)
            return false;
        for (size_t i = 0; i < 8; i++)
            time_s = time_s << 8 | signature->signature[i];
        if (time_s > INT64_MAX || !(bytes = cosigned_text(text, (int64_t)time_s, note->text, note->text_bytes)) ||
            !crypto_ed25519_verify(key->public_key, text, bytes, signature->signature + 8))
            return false;
    }
    if (ret_time_s)
        *ret_time_s = (int64_t)time_s;
    return true;
}

enum tlog_verdict tlog_note_verify(const struct tlog_note *note, const struct tlog_vkey *key, int64_t *ret_time_s)
{
    enum tlog_verdict verdict = TLOG_UNSIGNED;
    int64_t time_s, latest_s = 0;
    for (size_t i = 0; i < note->count; i++) {
        if (!tlog_signature_is_by(&note->signatures[i], key))
            continue;
        if (!tlog_signature_holds(note, &note->signatures[i], key, &time_s))
            return TLOG_FORGED;
        verdict = TLOG_SIGNED;
        latest_s = time_s > latest_s ? time_s : latest_s;
    }
    if (verdict == TLOG_SIGNED && ret_time_s)
        *ret_time_s = latest_s;
    return verdict;
}

int tlog_note_sign(
    struct buf *buf, const char *text, size_t text_bytes, const struct tlog_signer *signer, int64_t time_s)
{
    uint8_t bytes[ID_BYTES + TLOG_COSIGNATURE_BYTES];
    char encoded[BASE64_BYTES(sizeof(bytes))], cosigned[64 + TLOG_TEXT_BYTES];
    size_t length = ID_BYTES;
    if (!text_bytes || text_bytes > TLOG_TEXT_BYTES || text[text_bytes - 1] != '\n' || time_s < 0)
        return -1;
    for (size_t i = 0; i < ID_BYTES; i++)
        bytes[i] = (uint8_t)(signer->vkey.id >> 8 * (ID_BYTES - 1 - i));
    if (signer->vkey.algorithm == TLOG_COSIGNATURE) {
        for (; length < ID_BYTES + 8; length++)
            bytes[length] = (uint8_t)((uint64_t)time_s >> 8 * (ID_BYTES + 7 - length));
        text_bytes = cosigned_text(cosigned, time_s, text, text_bytes);
        text = cosigned;
    }
    crypto_ed25519_sign(signer->secret, text, text_bytes, bytes + length);
    crypto_base64(bytes, length + ED25519_SIGNATURE_BYTES, encoded);
    return buf_format(buf, DASH "%s %s\n", signer->vkey.name, encoded);
}
