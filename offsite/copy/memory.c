#include "offsite/copy/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/repository/changes.h"

#define FORM "vedette copied 2"
#define FORM_BYTES (sizeof(FORM) - 1)
#define MEMORY_BYTES_MAX (512u << 20) /* a million files of the log, each with some pieces */
#define PATH_BYTES 64

/* Before a file's path and pieces. */
struct record {
    uint64_t path_bytes, n_pieces;
    struct stamp stored;
};

static void path_of(enum server_set set, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, SERVER_COPIES "/%s/memory", server_set_words[set]);
}

static void hash_of(const void *data, size_t bytes, uint8_t ret[SHA256_BYTES])
{
    struct sha256 sha256;
    sha256_begin(&sha256);
    sha256_add(&sha256, data, bytes);
    sha256_end(&sha256, ret);
}

static bool is_worth_it(const struct held *held)
{
    return held->manner == MANNER_ONCE && held->stored.inode && held->n_pieces;
}

static void add(struct buf *out, const struct held *held)
{
    const struct record record = { strlen(held->path), held->n_pieces, held->stored };
    buf_append(out, &record, sizeof(record));
    buf_append(out, held->path, record.path_bytes);
    buf_append(out, held->pieces, held->n_pieces * sizeof(held->pieces[0]));
}

int memory_write(
    enum server_set set, const struct held_set *held, const uint8_t whom[SHA256_BYTES], struct problem *problem)
{
    struct buf out = { .limit_bytes = MEMORY_BYTES_MAX };
    uint8_t hash[SHA256_BYTES];
    char path[PATH_BYTES];
    path_of(set, path);
    buf_append(&out, FORM, FORM_BYTES);
    buf_append(&out, whom, SHA256_BYTES);
    for (size_t i = 0; i < held->n; i++) {
        if (is_worth_it(&held->all[i]))
            add(&out, &held->all[i]);
    }
    hash_of(out.data, out.length, hash);
    buf_append(&out, hash, sizeof(hash));
    int error = out.failed ? problem_set(problem, "no-memory", path, "no memory to remember with")
                           : file_write(path, out.data, out.length, 0600, problem);
    if (error)
        unlink(path);
    buf_free(&out);
    return error;
}

struct reading {
    const char *at;
    size_t left;
};

static const void *take(struct reading *reading, size_t bytes)
{
    const char *at = reading->at;
    if (bytes > reading->left)
        return NULL;
    reading->at += bytes;
    reading->left -= bytes;
    return at;
}

static int read_one(struct reading *reading, struct held_set *ret)
{
    struct record record;
    char path[CHANGE_PATH_BYTES];
    const void *begin = take(reading, sizeof(record));
    if (!begin)
        return -1;
    memcpy(&record, begin, sizeof(record));
    const char *name = record.path_bytes < sizeof(path) ? take(reading, record.path_bytes) : NULL;
    const bool fits = name && record.n_pieces <= reading->left / sizeof(struct held_piece);
    const void *pieces = fits ? take(reading, record.n_pieces * sizeof(struct held_piece)) : NULL;
    if (!pieces)
        return -1;
    snprintf(path, sizeof(path), "%.*s", (int)record.path_bytes, name);
    struct held *held = held_of(ret, path, MANNER_ONCE);
    if (!held || held->pieces || !(held->pieces = malloc(record.n_pieces * sizeof(struct held_piece) + 1)))
        return -1;
    memcpy(held->pieces, pieces, record.n_pieces * sizeof(struct held_piece));
    held->n_pieces = record.n_pieces;
    held->stored = record.stored;
    held->begun = true;
    return 0;
}

static bool is_good(const char *data, size_t bytes, const uint8_t whom[SHA256_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    if (bytes < FORM_BYTES + 2 * SHA256_BYTES || memcmp(data, FORM, FORM_BYTES) ||
        memcmp(data + FORM_BYTES, whom, SHA256_BYTES))
        return false;
    hash_of(data, bytes - SHA256_BYTES, hash);
    return !memcmp(hash, data + bytes - SHA256_BYTES, SHA256_BYTES);
}

bool memory_read(enum server_set set, const uint8_t whom[SHA256_BYTES], struct held_set *ret)
{
    char path[PATH_BYTES], *data;
    size_t bytes;
    path_of(set, path);
    if (file_read(path, MEMORY_BYTES_MAX, &data, &bytes, NULL))
        return false;
    bool good = is_good(data, bytes, whom);
    struct reading reading = { data + FORM_BYTES + SHA256_BYTES, good ? bytes - FORM_BYTES - 2 * SHA256_BYTES : 0 };
    while (good && reading.left)
        good = !read_one(&reading, ret);
    if (!good)
        held_free(ret);
    free(data);
    return good;
}
