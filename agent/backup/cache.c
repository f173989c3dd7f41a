#include "agent/backup/cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/backup/names.h"
#include "lib/problem.h"

static const char magic[16] = "vedette-cache-3";

struct trailer {
    char magic[16];
    char backup[BACKUP_BYTES];
    uint8_t commit[SHA256_BYTES];
    uint32_t n_segments;
    uint64_t records_bytes;
    uint8_t sha256[SHA256_BYTES]; /* of all before */
};

struct record {
    uint32_t path_bytes, n_pieces;
    struct stamp stamp;
};

#define ALIGNED(bytes) (((bytes) + 7) & ~(size_t)7)

static bool is_whole(const uint8_t *data, size_t bytes, struct trailer *ret)
{
    uint8_t found[SHA256_BYTES];
    if (bytes < sizeof(*ret))
        return false;
    memcpy(ret, data + bytes - sizeof(*ret), sizeof(*ret));
    size_t rest = bytes - sizeof(*ret);
    if (memcmp(ret->magic, magic, sizeof(magic)) || ret->records_bytes > rest ||
        rest - ret->records_bytes != ret->n_segments * (sizeof(int64_t) + sizeof(struct commit_segment)))
        return false;
    sha256_of(data, bytes - sizeof(ret->sha256), found);
    return !memcmp(found, ret->sha256, sizeof(found));
}

static void take(struct cache *cache, const uint8_t *data, size_t bytes, const struct trailer *trailer)
{
    *cache = (struct cache){ .data = data,
        .bytes = bytes,
        .records_bytes = trailer->records_bytes,
        .has_commit = true,
        .n_segments = trailer->n_segments,
        .kept_until = (const int64_t *)(data + trailer->records_bytes) };
    cache->segments = (const struct commit_segment *)(cache->kept_until + cache->n_segments);
    memcpy(cache->backup, trailer->backup, sizeof(cache->backup));
    memcpy(cache->commit, trailer->commit, sizeof(cache->commit));
}

void cache_open(const char *file, struct cache *ret)
{
    struct stat status;
    struct trailer trailer;
    *ret = (struct cache){ 0 };
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    size_t bytes = !fstat(fd, &status) && S_ISREG(status.st_mode) ? (size_t)status.st_size : 0;
    void *data = bytes ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (data == MAP_FAILED)
        return;
    if (is_whole(data, bytes, &trailer))
        take(ret, data, bytes, &trailer);
    else
        munmap(data, bytes);
}

void cache_close(struct cache *cache)
{
    if (cache->data)
        munmap((void *)cache->data, cache->bytes);
    *cache = (struct cache){ 0 };
}

void cache_rewind(struct cache *cache)
{
    cache->at = 0;
}

/* The hash says that we wrote this, so lengths fit. */
bool cache_next(struct cache *cache, struct cached_file *ret)
{
    if (cache->at == cache->records_bytes)
        return false;
    const uint8_t *at = cache->data + cache->at;
    const struct record *record = (const struct record *)at;
    *ret = (struct cached_file){ .path = (const char *)(record + 1),
        .path_bytes = record->path_bytes,
        .stamp = record->stamp,
        .n_pieces = record->n_pieces,
        .pieces = (const struct cached_piece *)(at + sizeof(*record) + ALIGNED(record->path_bytes)) };
    cache->at += sizeof(*record) + ALIGNED(record->path_bytes) + record->n_pieces * sizeof(struct cached_piece);
    return true;
}

bool cache_find(struct cache *cache, const char *path, size_t path_bytes, struct cached_file *ret)
{
    for (;;) {
        struct cached_file file;
        size_t before = cache->at;
        if (!cache_next(cache, &file))
            return false;
        int order = path_compare(file.path, file.path_bytes, path, path_bytes);
        if (!order)
            *ret = file;
        else if (order > 0)
            cache->at = before;
        if (order >= 0)
            return !order;
    }
}

int cache_begin(struct cache_writer *writer, const char *file, struct problem *problem)
{
    *writer = (struct cache_writer){ 0 };
    snprintf(writer->name, sizeof(writer->name), "%s", file);
    snprintf(writer->draft, sizeof(writer->draft), "%s.new", file);
    int fd = open(writer->draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    writer->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!writer->file)
        return problem_errno(problem, "file", writer->draft, "cannot write %s", writer->draft);
    setvbuf(writer->file, NULL, _IOFBF, 1 << 16);
    sha256_begin(&writer->sha256);
    return 0;
}

static void put(struct cache_writer *writer, const void *data, size_t bytes)
{
    sha256_add(&writer->sha256, data, bytes);
    if (bytes && fwrite(data, bytes, 1, writer->file) != 1)
        writer->failed = true;
}

void cache_add(struct cache_writer *writer, const struct cached_file *file)
{
    static const char zeros[8];
    const struct record record = { (uint32_t)file->path_bytes, (uint32_t)file->n_pieces, file->stamp };
    size_t padded = ALIGNED(file->path_bytes);
    put(writer, &record, sizeof(record));
    put(writer, file->path, file->path_bytes);
    put(writer, zeros, padded - file->path_bytes);
    put(writer, file->pieces, file->n_pieces * sizeof(*file->pieces));
    writer->records_bytes += sizeof(record) + padded + file->n_pieces * sizeof(*file->pieces);
}

int cache_end(struct cache_writer *writer, const struct commit *commit, const int64_t *kept_until,
    const uint8_t commit_sha256[SHA256_BYTES], struct problem *problem)
{
    struct trailer trailer;
    memset(&trailer, 0, sizeof(trailer));
    memcpy(trailer.magic, magic, sizeof(magic));
    memcpy(trailer.backup, commit->backup, sizeof(trailer.backup));
    memcpy(trailer.commit, commit_sha256, sizeof(trailer.commit));
    trailer.n_segments = (uint32_t)commit->n_segments;
    trailer.records_bytes = writer->records_bytes;
    put(writer, kept_until, commit->n_segments * sizeof(*kept_until));
    put(writer, commit->segments, commit->n_segments * sizeof(*commit->segments));
    put(writer, &trailer, sizeof(trailer) - sizeof(trailer.sha256));
    sha256_end(&writer->sha256, trailer.sha256);
    if (fwrite(trailer.sha256, sizeof(trailer.sha256), 1, writer->file) != 1)
        writer->failed = true;
    int error = fclose(writer->file) || writer->failed || rename(writer->draft, writer->name);
    writer->file = NULL;
    return error ? problem_errno(problem, "file", writer->name, "cannot write %s", writer->name) : 0;
}

void cache_drop(struct cache_writer *writer)
{
    if (!writer->file)
        return;
    fclose(writer->file);
    writer->file = NULL;
    unlink(writer->draft);
}
