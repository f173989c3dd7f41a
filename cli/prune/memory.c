#include "cli/prune/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"

#define HEAD "vedette prune 1\n"
#define LINE_BYTES 128
#define BACKUP_KEY_BYTES ((BACKUP_BYTES - 1) / 2)

static const char letters[OBJECT_COUNT] = {
    [OBJECT_SEGMENT] = 's',
    [OBJECT_MANIFEST] = 'm',
    [OBJECT_COMMIT] = 'c',
    [OBJECT_INCREMENT] = 'i',
};

void prune_memory_free(struct prune_memory *memory)
{
    free(memory->condemned);
    free(memory->weighed);
    *memory = (struct prune_memory){ 0 };
}

static int by_object(const void *a, const void *b)
{
    const struct prune_condemned *one = a, *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return memcmp(one->key, other->key, SHA256_BYTES);
}

static int make_room(void **array, size_t count, size_t *room, size_t bytes)
{
    if (count < *room)
        return 0;
    size_t wanted = *room + *room / 2 + 16;
    void *grown = reallocarray(*array, wanted, bytes);
    if (!grown)
        return -1;
    *array = grown;
    *room = wanted;
    return 0;
}

int prune_memory_condemn(
    struct prune_memory *memory, enum object kind, const uint8_t key[SHA256_BYTES], int64_t since_s)
{
    if (make_room(
            (void **)&memory->condemned, memory->n_condemned, &memory->condemned_room, sizeof(*memory->condemned)))
        return -1;
    struct prune_condemned *condemned = &memory->condemned[memory->n_condemned++];
    *condemned = (struct prune_condemned){ .since_s = since_s, .kind = kind };
    memcpy(condemned->key, key, SHA256_BYTES);
    return 0;
}

int prune_memory_weigh(struct prune_memory *memory, const char *backup, enum retention_weight weight)
{
    if (make_room((void **)&memory->weighed, memory->n_weighed, &memory->weighed_room, sizeof(*memory->weighed)))
        return -1;
    struct prune_weighed *weighed = &memory->weighed[memory->n_weighed++];
    *weighed = (struct prune_weighed){ .weight = weight };
    memcpy(weighed->backup, backup, BACKUP_BYTES);
    return 0;
}

int64_t prune_memory_since(const struct prune_memory *memory, enum object kind, const uint8_t key[SHA256_BYTES])
{
    struct prune_condemned wanted = { .kind = kind };
    memcpy(wanted.key, key, SHA256_BYTES);
    const struct prune_condemned *condemned =
        memory->n_condemned
            ? bsearch(&wanted, memory->condemned, memory->n_condemned, sizeof(*memory->condemned), by_object)
            : NULL;
    return condemned ? condemned->since_s : 0;
}

static int by_name(const void *a, const void *b)
{
    const struct prune_weighed *weighed = b;
    return strcmp(a, weighed->backup);
}

enum retention_weight prune_memory_weight(const struct prune_memory *memory, const char *backup)
{
    const struct prune_weighed *weighed =
        memory->n_weighed ? bsearch(backup, memory->weighed, memory->n_weighed, sizeof(*memory->weighed), by_name)
                          : NULL;
    return weighed ? weighed->weight : RETENTION_UNWEIGHED;
}

static size_t key_bytes(enum object kind)
{
    return kind == OBJECT_SEGMENT || kind == OBJECT_INCREMENT ? SHA256_BYTES : BACKUP_KEY_BYTES;
}

int prune_memory_text(const struct prune_memory *memory, struct buf *ret)
{
    char hex[HEX_BYTES(SHA256_BYTES)];
    if (buf_text(ret, HEAD))
        return -1;
    for (size_t i = 0; i < memory->n_condemned; i++) {
        const struct prune_condemned *condemned = &memory->condemned[i];
        crypto_hex(condemned->key, key_bytes(condemned->kind), hex);
        if (buf_format(ret, "condemned %" PRId64 " %c %s\n", condemned->since_s, letters[condemned->kind], hex))
            return -1;
    }
    for (size_t i = 0; i < memory->n_weighed; i++) {
        const struct prune_weighed *weighed = &memory->weighed[i];
        if (buf_format(ret, "%s %s\n", retention_weight_words[weighed->weight], weighed->backup))
            return -1;
    }
    return 0;
}

/* "1764000000 s <digits>" */
static int take_condemned(const char *text, struct prune_memory *memory)
{
    char *end;
    struct prune_condemned one = { .since_s = strtoll(text, &end, 10) };
    const char *letter = *end == ' ' && end[1] ? memchr(letters, end[1], sizeof(letters)) : NULL;
    if (one.since_s <= 0 || !letter || end[2] != ' ')
        return -1;
    one.kind = (enum object)(letter - letters);
    if (crypto_unhex(end + 3, one.key, key_bytes(one.kind)))
        return -1;
    const struct prune_condemned *last = memory->n_condemned ? &memory->condemned[memory->n_condemned - 1] : NULL;
    return last && by_object(last, &one) >= 0 ? -1 : prune_memory_condemn(memory, one.kind, one.key, one.since_s);
}

static int take_weighed(const char *text, enum retention_weight weight, struct prune_memory *memory)
{
    uint8_t key[BACKUP_KEY_BYTES];
    char backup[BACKUP_BYTES];
    if (crypto_unhex(text, key, sizeof(key)))
        return -1;
    crypto_hex(key, sizeof(key), backup);
    if (memory->n_weighed && strcmp(memory->weighed[memory->n_weighed - 1].backup, backup) >= 0)
        return -1;
    return prune_memory_weigh(memory, backup, weight);
}

static int take_line(const char *line, struct prune_memory *memory)
{
    if (!strncmp(line, "condemned ", 10))
        return take_condemned(line + 10, memory);
    for (enum retention_weight weight = RETENTION_UNWEIGHED + 1; weight < RETENTION_WEIGHT_COUNT; weight++) {
        size_t length = strlen(retention_weight_words[weight]);
        if (!strncmp(line, retention_weight_words[weight], length) && line[length] == ' ')
            return take_weighed(line + length + 1, weight, memory);
    }
    return -1;
}

static int take_lines(const char *text, size_t bytes, struct prune_memory *memory)
{
    const char *end = text + bytes;
    if (bytes < strlen(HEAD) || memcmp(text, HEAD, strlen(HEAD)))
        return -1;
    for (text += strlen(HEAD); text < end;) {
        char line[LINE_BYTES];
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = newline ? (size_t)(newline - text) : sizeof(line);
        if (length >= sizeof(line))
            return -1;
        memcpy(line, text, length);
        line[length] = '\0';
        if (take_line(line, memory))
            return -1;
        text = newline + 1;
    }
    return 0;
}

int prune_memory_parse(const char *text, size_t bytes, struct prune_memory *ret, struct problem *problem)
{
    struct prune_memory memory = { 0 };
    if (take_lines(text, bytes, &memory)) {
        prune_memory_free(&memory);
        return problem_set(problem, "bad-state", "", "not what a pruner has written");
    }
    *ret = memory;
    return 0;
}
