#include "cli/prove/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"

void proof_memory_free(struct proof_memory *memory)
{
    free(memory->bad);
    memory->bad = NULL;
    memory->n_bad = 0;
}

bool proof_memory_is_bad(const struct proof_memory *memory, const char *name)
{
    for (size_t i = 0; i < memory->n_bad; i++) {
        if (!strcmp(memory->bad[i], name))
            return true;
    }
    return false;
}

int proof_memory_bad(struct proof_memory *memory, const char *name)
{
    if (proof_memory_is_bad(memory, name))
        return 0;
    if (memory->n_bad == PROOF_BAD_MAX || strlen(name) >= OBJECT_NAME_BYTES)
        return -1;
    void *all = realloc(memory->bad, (memory->n_bad + 1) * sizeof(*memory->bad));
    if (!all)
        return -1;
    memory->bad = all;
    strcpy(memory->bad[memory->n_bad++], name);
    return 0;
}

static json_t *word_json(const struct proof_word *word)
{
    return json_pack("{ss sb sI sI sI sI ss}", "backup", word->backup, "proven", (int)word->proven, "time",
        (json_int_t)word->time_ms, "next_by", (json_int_t)word->next_by_ms, "files", (json_int_t)word->files, "bytes",
        (json_int_t)word->bytes, "reason", word->reason);
}

int proof_memory_text(const struct proof_memory *memory, struct buf *ret)
{
    char next[HEX_BYTES(SHA256_BYTES)];
    const struct proof_round *round = &memory->round;
    json_t *bad = json_array();
    for (size_t i = 0; i < memory->n_bad; i++)
        json_array_append_new(bad, json_string(memory->bad[i]));
    crypto_hex(memory->next, SHA256_BYTES, next);
    json_t *json = json_pack("{sI sb sI sI ss sI sI ss ss sI so so}", "began", (json_int_t)round->began_ms, "read",
        (int)round->read, "before", (json_int_t)round->before_ms, "took", (json_int_t)round->took_ms, "next", next,
        "objects", (json_int_t)memory->objects, "bytes", (json_int_t)memory->bytes, "signer", memory->signer, "newest",
        memory->newest, "newest_time", (json_int_t)memory->newest_ms, "bad", bad, "word",
        memory->has_word ? word_json(&memory->word) : json_null());
    char *text = json ? message_text(json, JSON_COMPACT) : NULL;
    int error = !text || buf_text(ret, text) || buf_text(ret, "\n");
    free(text);
    json_decref(json);
    return error ? -1 : 0;
}

/* As wide as its room at most; hexadecimal, and of one length, or empty. */
static int take_hex(const char *text, size_t digits, char *ret)
{
    size_t length = strlen(text);
    if ((length && length != digits) || strspn(text, "0123456789abcdef") != length)
        return -1;
    strcpy(ret, text);
    return 0;
}

static int take_word(json_t *json, struct proof_word *ret)
{
    const char *backup, *reason;
    int proven;
    json_int_t time_ms, next_by_ms, files, bytes;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{ss sb sI sI sI sI ss}", "backup", &backup, "proven", &proven, "time",
            &time_ms, "next_by", &next_by_ms, "files", &files, "bytes", &bytes, "reason", &reason) ||
        take_hex(backup, BACKUP_BYTES - 1, ret->backup) || strlen(reason) >= PROOF_REASON_BYTES || files < 0 ||
        bytes < 0)
        return -1;
    ret->proven = proven;
    ret->time_ms = time_ms;
    ret->next_by_ms = next_by_ms;
    ret->files = (uint64_t)files;
    ret->bytes = (uint64_t)bytes;
    strcpy(ret->reason, reason);
    return 0;
}

static int take_bad(json_t *json, struct proof_memory *ret)
{
    size_t i;
    json_t *one;
    json_array_foreach(json, i, one)
    {
        if (!json_is_string(one) || proof_memory_bad(ret, json_string_value(one)))
            return -1;
    }
    return json_is_array(json) ? 0 : -1;
}

static int take_all(json_t *json, struct proof_memory *ret)
{
    const char *next, *signer, *newest;
    int read;
    json_int_t began, before, took, objects, bytes, newest_ms;
    json_t *bad, *word;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{sI sb sI sI ss sI sI ss ss sI so so}", "began", &began, "read", &read,
            "before", &before, "took", &took, "next", &next, "objects", &objects, "bytes", &bytes, "signer", &signer,
            "newest", &newest, "newest_time", &newest_ms, "bad", &bad, "word", &word))
        return -1;
    if (objects < 0 || bytes < 0 || took < 0 || crypto_unhex(next, ret->next, SHA256_BYTES) ||
        take_hex(signer, FINGERPRINT_HEX_BYTES - 1, ret->signer) || take_hex(newest, BACKUP_BYTES - 1, ret->newest))
        return -1;
    ret->round = (struct proof_round){ began, read, before, took };
    ret->objects = (uint64_t)objects;
    ret->bytes = (uint64_t)bytes;
    ret->newest_ms = newest_ms;
    ret->has_word = !json_is_null(word);
    return take_bad(bad, ret) || (ret->has_word && take_word(word, &ret->word)) ? -1 : 0;
}

int proof_memory_parse(const char *text, size_t bytes, struct proof_memory *ret, struct problem *problem)
{
    struct proof_memory memory = { 0 };
    json_t *json = message_parse(text, bytes, problem);
    int error = !json || take_all(json, &memory);
    json_decref(json);
    if (error) {
        proof_memory_free(&memory);
        return problem_set(problem, "bad-state", "", "this was not written by who proves backups");
    }
    *ret = memory;
    return 0;
}
