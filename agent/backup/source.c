#include "agent/backup/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/backup/facts.h"
#include "lib/repository/chunker.h"

#define BLOCK_BYTES 512 /* of a tar archive, and of st_blocks */
#define TICK_NS 4000000 /* CONFIG_HZ=250, Debian's */
#define TICKS_MAX 4     /* a clock that does not move is waited for no longer */

/* Only the owner may ask for no access time; whoever else reads leaves one. */
static int open_quietly(const char *name)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = open(name, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? open(name, flags) : fd;
}

static void wait_out_the_tick(const struct stat *status)
{
    struct timespec now;
    for (int i = 0; i < TICKS_MAX; i++) {
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (status->st_ctim.tv_sec != now.tv_sec || status->st_ctim.tv_nsec != now.tv_nsec)
            return;
        nanosleep(&(struct timespec){ .tv_nsec = TICK_NS }, NULL);
    }
}

int source_open(const char *name, const struct stat *expected, struct source *ret)
{
    int fd = open_quietly(name);
    if (fd < 0)
        return -1;
    if (fstat(fd, &ret->status)) {
        close(fd);
        return -1;
    }
    if (!S_ISREG(ret->status.st_mode) || ret->status.st_ino != expected->st_ino ||
        ret->status.st_dev != expected->st_dev) {
        close(fd);
        errno = ESTALE;
        return -1;
    }
    wait_out_the_tick(&ret->status);
    ret->fd = fd;
    ret->kept_bytes = 0;
    ret->n_past = 0;
    ret->past = NULL;
    ret->past_at = 0;
    return 0;
}

void source_close(struct source *source)
{
    close(source->fd);
}

void source_extents(const struct source *source, struct extents *ret)
{
    uint64_t size = (uint64_t)source->status.st_size;
    const struct extents whole = { .n = size ? 1 : 0, .all = { { 0, size } } };
    *ret = whole;
    if ((uint64_t)source->status.st_blocks * BLOCK_BYTES >= size)
        return;
    ret->n = 0;
    ret->sparse = true;
    for (off_t at = 0; (uint64_t)at < size;) {
        off_t from = lseek(source->fd, at, SEEK_DATA);
        if (from < 0 && errno == ENXIO) /* holes up to the end */
            break;
        off_t to = from < 0 ? -1 : lseek(source->fd, from, SEEK_HOLE);
        if (to < 0 || ret->n == EXTENTS_MAX) {
            *ret = whole;
            return;
        }
        if ((uint64_t)from >= size)
            break;
        to = (uint64_t)to > size ? (off_t)size : to;
        ret->all[ret->n++] = (struct extent){ (uint64_t)from, (uint64_t)(to - from) };
        at = to;
    }
}

/* Fill the room as far as the file goes: how many bytes there are; -1: errno. */
static ssize_t fill(int fd, uint8_t *room, size_t bytes, uint64_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(fd, room + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (!n)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* An extent under way. */
struct reading {
    struct source *source;
    const struct extent *extent;
    uint64_t done; /* made chunks of */
    size_t held;   /* read behind that */
    bool ended;    /* no more can be read */
};

/* Have so many bytes in the room, as far as the file goes. -1: errno. */
static int hold(struct reading *reading, uint8_t *room, size_t wanted)
{
    uint64_t left = reading->extent->length - reading->done - reading->held;
    if (reading->ended || reading->held >= wanted)
        return 0;
    wanted -= reading->held;
    if (wanted > left)
        wanted = (size_t)left;
    ssize_t n = fill(
        reading->source->fd, room + reading->held, wanted, reading->extent->offset + reading->done + reading->held);
    if (n < 0)
        return -1;
    reading->ended = (size_t)n < wanted || (uint64_t)n == left;
    reading->held += (size_t)n;
    return 0;
}

/* The piece that began here at the last backup. One that the file's end cut off, or a hole, is where it was only if
 * that is. NULL: there is none. */
static const struct cached_piece *expected(const struct reading *reading, size_t most)
{
    struct source *source = reading->source;
    uint64_t at = reading->extent->offset + reading->done, left = reading->extent->length - reading->done;
    for (; source->n_past && source->past_at < at; source->n_past--)
        source->past_at += source->past++->length;
    const struct cached_piece *piece = source->past;
    if (!source->n_past || source->past_at != at || piece->place.store == CACHE_HOLE || piece->length > most)
        return NULL;
    bool last = source->n_past == 1 || piece[1].place.store == CACHE_HOLE;
    return piece->length == left || (piece->length < left && !last) ? piece : NULL;
}

/* Whether the piece that was expected is there. -1: errno. */
static int take_expected(struct reading *reading, struct feed *feed, uint8_t *room, const struct cached_piece *piece)
{
    size_t bytes = (size_t)piece->length;
    if (hold(reading, room, bytes))
        return -1;
    if (reading->held < bytes || !feed_same(feed, piece))
        return 0;
    reading->held -= bytes;
    reading->done += bytes;
    memmove(room, room + bytes, reading->held);
    return 1;
}

/* A chunk after another; *ret_read is less than the extent if the file ends before. */
static enum source_result read_extent(struct source *source, struct feed *feed, const struct chunker *chunker,
    const struct extent *extent, uint64_t *ret_read, struct problem *problem)
{
    struct reading reading = { .source = source, .extent = extent };
    bool whole = extent->length <= CHUNK_WHOLE_MAX;
    size_t window = whole ? (size_t)extent->length : chunker->most;
    while (!reading.ended || reading.held) {
        uint8_t *room = feed_room(feed, window, reading.held, problem);
        if (!room)
            return SOURCE_FAILED;
        const struct cached_piece *piece = whole ? NULL : expected(&reading, window);
        int same = piece ? take_expected(&reading, feed, room, piece) : 0;
        if (same < 0 || (!same && hold(&reading, room, window)))
            return SOURCE_UNREAD;
        if (same)
            continue;
        size_t cut = whole ? reading.held : chunker_cut(chunker, room, reading.held);
        if (cut)
            feed_chunk(feed, cut);
        reading.held -= cut;
        reading.done += cut;
    }
    *ret_read = reading.done;
    return SOURCE_WHOLE;
}

static enum source_result hole(struct feed *feed, uint64_t length, struct problem *problem)
{
    return length && feed_hole(feed, length, problem) ? SOURCE_FAILED : SOURCE_WHOLE;
}

/* What the archive was promised. */
static enum source_result pad(struct feed *feed, uint64_t bytes, struct problem *problem)
{
    while (bytes) {
        size_t n = bytes < CHUNK_WHOLE_MAX ? (size_t)bytes : CHUNK_WHOLE_MAX;
        uint8_t *room = feed_room(feed, n, 0, problem);
        if (!room)
            return SOURCE_FAILED;
        memset(room, 0, n);
        feed_raw(feed, n);
        bytes -= n;
    }
    return SOURCE_WHOLE;
}

static enum source_result read_extents(struct source *source, struct feed *feed, const struct extents *extents,
    uint64_t *ret_promised, uint64_t *ret_read, struct problem *problem)
{
    struct chunker chunker = chunker_for((uint64_t)source->status.st_size);
    uint64_t at = 0;
    for (size_t i = 0; i < extents->n; i++)
        *ret_promised += extents->all[i].length;
    for (size_t i = 0; i < extents->n; i++) {
        const struct extent *extent = &extents->all[i];
        uint64_t n = 0;
        enum source_result result = hole(feed, extent->offset - at, problem);
        if (!result)
            result = read_extent(source, feed, &chunker, extent, &n, problem);
        if (result)
            return result;
        *ret_read += n;
        at = source->kept_bytes = extent->offset + n;
        if (n < extent->length)
            return SOURCE_UNSTEADY;
    }
    source->kept_bytes = (uint64_t)source->status.st_size;
    return hole(feed, source->kept_bytes - at, problem);
}

enum source_result source_read(struct source *source, struct feed *feed, bool archived, struct problem *problem)
{
    struct extents extents;
    struct stat after;
    uint64_t promised = 0, got = 0;
    source_extents(source, &extents);
    enum source_result result = read_extents(source, feed, &extents, &promised, &got, problem);
    int error = errno;
    if (archived && result != SOURCE_FAILED) {
        uint64_t rest = promised - got + (BLOCK_BYTES - promised % BLOCK_BYTES) % BLOCK_BYTES;
        if (pad(feed, rest, problem))
            return SOURCE_FAILED;
    }
    errno = error;
    if (result == SOURCE_WHOLE && fstat(source->fd, &after))
        return SOURCE_UNREAD;
    if (result == SOURCE_WHOLE) {
        struct stamp was = stamp_of(&source->status), is = stamp_of(&after);
        return stamp_equal(&was, &is) ? SOURCE_WHOLE : SOURCE_UNSTEADY;
    }
    return result;
}
