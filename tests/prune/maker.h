/*
 * Repositories in a folder, with commits that are signed and objects that have a size and no content: whoever prunes
 * reads nothing else.
 */
#ifndef VEDETTE_PRUNE_MAKER_H
#define VEDETTE_PRUNE_MAKER_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/repository/commit.h"

struct maker {
    char folder[256];
    struct envelope_key *key;
};

static inline void maker_open(struct maker *maker, const char *folder)
{
    struct buf pem = { 0 };
    snprintf(maker->folder, sizeof(maker->folder), "%s", folder);
    if (envelope_key_make(ENVELOPE_KEY_P256, &pem, NULL))
        abort();
    maker->key = envelope_key_private(pem.data, pem.length, NULL);
    buf_free(&pem);
    if (!maker->key)
        abort();
}

static inline void maker_close(struct maker *maker)
{
    envelope_key_free(maker->key);
}

/* The folders of an agent. */
static inline void maker_agent(const struct maker *maker, uint32_t agent)
{
    static const char *const below[] = { "", "/s", "/m", "/c" };
    char path[512];
    snprintf(path, sizeof(path), "%s/" REPOSITORY_FORMAT, maker->folder);
    mkdir(path, 0755);
    for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++) {
        snprintf(path, sizeof(path), "%s/" REPOSITORY_FORMAT "/%" PRIu32 "%s", maker->folder, agent, below[i]);
        mkdir(path, 0755);
    }
}

/* An object of that size, unless it is there. */
static inline void maker_object(
    const struct maker *maker, const char *name, const void *data, size_t bytes, uint64_t size, int64_t stored_s)
{
    char path[512];
    struct timespec times[2] = { { .tv_sec = stored_s }, { .tv_sec = stored_s } };
    snprintf(path, sizeof(path), "%s/%s", maker->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0)
        return;
    if (write(fd, data, bytes) != (ssize_t)bytes || ftruncate(fd, (off_t)size) || futimens(fd, times))
        abort();
    close(fd);
}

/* A segment, known by a word. */
static inline void maker_segment(const struct maker *maker, uint32_t agent, const char *word, uint32_t bytes,
    int64_t stored_s, struct commit_segment *ret)
{
    char name[OBJECT_NAME_BYTES];
    *ret = (struct commit_segment){ .kind = SEGMENT_CHUNKS, .bytes = bytes, .live_bytes = bytes, .marked = true };
    crypto_sha256(word, strlen(word), ret->sha256);
    memcpy(ret->mark, ret->sha256, BULK_MARK_BYTES); /* nobody opens it */
    name_segment(name, agent, ret->sha256);
    maker_object(maker, name, "", 0, bytes, stored_s);
}

/* Manifest and commit; the segments are there, or are meant to be missing. */
static inline void maker_commit(const struct maker *maker, struct commit *commit, int64_t stored_s)
{
    char name[OBJECT_NAME_BYTES];
    struct buf object = { 0 };
    strcpy(commit->deployment, "00112233445566778899aabbccddeeff");
    commit->manifest_bytes = 500;
    commit->began_ms = commit->ended_ms = stored_s * 1000;
    name_of_backup(name, commit->agent, OBJECT_MANIFEST, commit->backup);
    maker_object(maker, name, "", 0, commit->manifest_bytes, stored_s);
    if (commit_sign(commit, maker->key, &object, NULL))
        abort();
    name_of_backup(name, commit->agent, OBJECT_COMMIT, commit->backup);
    maker_object(maker, name, object.data, object.length, object.length, stored_s);
    buf_free(&object);
}

#endif
