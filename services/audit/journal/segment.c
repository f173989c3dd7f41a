#include "services/audit/journal/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"

#define INDEX_STEP 256 /* entries of a class between two samples: what a replay has to hop over */
#define PATH_BYTES 96
#define SEALED_PART 16    /* of a segment may have been given back: what is reserved anew is slow to write */
#define SPARE "spare"     /* the file that becomes the next segment */
#define RETIRED "retired" /* the same, of a segment that was */

static void name_of(char path[PATH_BYTES], const char *directory, uint32_t number)
{
    snprintf(path, PATH_BYTES, "%s/%08u.segment", directory, number);
}

static bool has(const char *directory, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return !access(path, F_OK);
}

static bool has_next(const char *directory)
{
    return has(directory, RETIRED) || has(directory, SPARE);
}

static int map(struct segment *segment)
{
    void *data = mmap(NULL, segment->bytes, PROT_READ, MAP_SHARED, segment->fd, 0);
    if (data == MAP_FAILED)
        return -1;
    segment->data = data;
    return 0;
}

/* Preallocated, so that an append never meets a full disk in the midst of a frame. */
static int preallocate(int fd, size_t bytes)
{
    errno = posix_fallocate(fd, 0, (off_t)bytes);
    return errno ? -1 : 0;
}

/* In parts that are synced each, so that commits do not wait behind all of it. */
static int write_zeros(int fd, size_t bytes)
{
    static const char zeros[512 << 10];
    for (size_t at = 0; at < bytes;) {
        size_t part = bytes - at < sizeof(zeros) ? bytes - at : sizeof(zeros);
        if (pwrite(fd, zeros, part, (off_t)at) != (ssize_t)part || fdatasync(fd))
            return -1;
        at += part;
    }
    return fsync(fd);
}

int segment_prepare(const char *directory, size_t bytes, struct problem *problem)
{
    char path[PATH_BYTES], temporary[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/" SPARE, directory);
    snprintf(temporary, sizeof(temporary), "%s/" SPARE ".new", directory);
    if (has_next(directory))
        return 0;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = fd < 0 || preallocate(fd, bytes) || write_zeros(fd, bytes) || rename(temporary, path);
    if (error)
        problem_errno(problem, "journal", path, "cannot prepare %s", path);
    if (fd >= 0)
        close(fd);
    if (error)
        unlink(temporary);
    return error ? -1 : 0;
}

int segment_reserve(const char *directory, size_t bytes)
{
    char path[PATH_BYTES], temporary[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/" SPARE, directory);
    snprintf(temporary, sizeof(temporary), "%s/" SPARE ".reserved", directory);
    if (has_next(directory))
        return 0;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = fd < 0 || preallocate(fd, bytes) || rename(temporary, path);
    if (fd >= 0)
        close(fd);
    if (error)
        unlink(temporary);
    return error ? -1 : 0;
}

/* A file that is there, under the temporary name; -1: there is none of that length. */
static int take(const char *directory, const char *name, const char *temporary, size_t bytes)
{
    char path[PATH_BYTES];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (rename(path, temporary))
        return -1;
    int fd = open(temporary, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &status) || (size_t)status.st_size != bytes)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* It may not be written to before its old name is gone for good, or a power failure would bring back a segment with
 * another's frames. */
static int take_retired(const char *directory, const char *temporary, size_t bytes)
{
    int fd = take(directory, RETIRED, temporary, bytes);
    if (fd >= 0 && dir_sync(directory)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int make_file(const char *directory, const char *temporary, size_t bytes)
{
    int fd = take_retired(directory, temporary, bytes);
    if (fd < 0)
        fd = take(directory, SPARE, temporary, bytes);
    if (fd >= 0)
        return fd;
    fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && preallocate(fd, bytes)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int segment_make(const char *directory, uint32_t number, size_t bytes, const struct segment_state *state,
    uint8_t ret_hash[BLAKE2B_BYTES], struct segment *ret, struct problem *problem)
{
    char path[PATH_BYTES], temporary[PATH_BYTES];
    struct segment segment = { .number = number, .bytes = bytes };
    struct buf frame = { 0 }, no_entries = { 0 };
    uint8_t hash[BLAKE2B_BYTES];
    struct frame head;
    name_of(path, directory, number);
    snprintf(temporary, sizeof(temporary), "%s/new", directory);
    segment.fd = make_file(directory, temporary, bytes);
    if (segment.fd < 0)
        goto failed;
    if (frame_start(&frame, state->first, state->previous, (uint64_t)clock_wall_ms(), state->marks, state->n_marks) ||
        frame_finish(&frame, &no_entries, &no_entries, hash) || buf_append(&frame, frame_end, FRAME_END_BYTES) ||
        frame.length > bytes || pwrite(segment.fd, frame.data, frame.length, 0) != (ssize_t)frame.length ||
        fsync(segment.fd) || rename(temporary, path) || dir_sync(directory) || map(&segment))
        goto failed;
    frame_head(segment.data, bytes, &head);
    segment_note(&segment, 0, &head);
    segment.used = head.length;
    buf_free(&frame);
    memcpy(ret_hash, hash, BLAKE2B_BYTES);
    *ret = segment;
    return 0;
failed:
    problem_errno(problem, "journal", path, "cannot make the journal segment %s", path);
    if (segment.fd >= 0)
        close(segment.fd);
    unlink(temporary);
    buf_free(&frame);
    return -1;
}

int segment_open(const char *directory, uint32_t number, struct segment *ret, struct problem *problem)
{
    char path[PATH_BYTES];
    struct segment segment = { .number = number };
    struct stat status;
    struct frame head;
    name_of(path, directory, number);
    segment.fd = open(path, O_RDWR | O_CLOEXEC);
    if (segment.fd < 0 || fstat(segment.fd, &status))
        goto failed;
    segment.bytes = segment.used = (size_t)status.st_size;
    if (map(&segment))
        goto failed;
    if (frame_head(segment.data, segment.bytes, &head)) {
        errno = EBADMSG;
        goto failed;
    }
    for (int class = 0; class < CLASS_COUNT; class ++)
        segment.first[class] = head.first[class];
    *ret = segment;
    return 0;
failed:
    problem_errno(problem, "journal", path, "cannot open the journal segment %s", path);
    segment_close(&segment);
    return -1;
}

void segment_seal(struct segment *segment)
{
    if (segment->used < segment->bytes && !ftruncate(segment->fd, (off_t)segment->used))
        fdatasync(segment->fd);
}

void segment_close(struct segment *segment)
{
    if (segment->data)
        munmap((void *)segment->data, segment->bytes);
    if (segment->fd >= 0)
        close(segment->fd);
    free(segment->samples);
}

int segment_remove(const char *directory, struct segment *segment)
{
    char path[PATH_BYTES];
    name_of(path, directory, segment->number);
    if (unlink(path) && errno != ENOENT)
        return -1;
    segment_close(segment);
    return 0;
}

int segment_retire(const char *directory, size_t bytes, struct segment *segment)
{
    char path[PATH_BYTES], retired[PATH_BYTES];
    if (segment->used < bytes - bytes / SEALED_PART || preallocate(segment->fd, bytes))
        return segment_remove(directory, segment);
    name_of(path, directory, segment->number);
    snprintf(retired, sizeof(retired), "%s/" RETIRED, directory);
    if (rename(path, retired))
        return -1;
    segment_close(segment);
    return 0;
}

void segment_forget(const char *directory)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/" RETIRED, directory);
    unlink(path);
}

static bool is_worth_a_sample(const struct segment *segment, const struct frame *frame)
{
    if (!segment->n_samples)
        return true;
    const struct segment_sample *last = &segment->samples[segment->n_samples - 1];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (frame->first[class] - last->first[class] >= INDEX_STEP)
            return true;
    }
    return false;
}

void segment_note(struct segment *segment, size_t offset, const struct frame *frame)
{
    if (!segment->n_samples)
        memcpy(segment->first, frame->first, sizeof(segment->first));
    if (!is_worth_a_sample(segment, frame))
        return;
    if (segment->n_samples == segment->samples_room) {
        size_t room = segment->samples_room ? segment->samples_room * 2 : 64;
        struct segment_sample *samples = realloc(segment->samples, room * sizeof(*samples));
        if (!samples)
            return; /* the index gets sparser, nothing else */
        segment->samples = samples;
        segment->samples_room = room;
    }
    struct segment_sample *sample = &segment->samples[segment->n_samples++];
    sample->offset = (uint32_t)offset;
    memcpy(sample->first, frame->first, sizeof(sample->first));
}

size_t segment_seek(const struct segment *segment, enum class class, uint64_t sequence)
{
    size_t low = 0, high = segment->n_samples;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (segment->samples[middle].first[class] <= sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? segment->samples[low - 1].offset : 0;
}
