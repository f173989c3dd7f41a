#include "offsite/copy/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/db.h"
#include "lib/journal_frame.h"
#include "lib/outbox.h"
#include "lib/problem.h"
#include "lib/repository/changes.h"

#define WAL_BYTES_MAX (256u << 20)
#define FRAMES_BYTES (1u << 20)     /* read at first, of what is new */
#define FRAMES_BYTES_MAX (1u << 30) /* of a segment */
#define WAL_TRIES 8                 /* it is begun anew at most once while we hold the database */
#define CLOCK_TICK_NS 20000000 /* of a file system's clock, and more: a change within one is not seen by the time */

static int cannot(const char *doing, const struct held *held, struct problem *problem)
{
    return problem_errno(problem, "file", held->path, "cannot %s %s", doing, held->path);
}

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to copy with");
}

static void size_is(struct content *content, uint64_t size, uint32_t block_bytes)
{
    content->size = size;
    content->block_bytes = block_bytes;
    content->n_blocks = (size_t)((size + block_bytes - 1) / block_bytes);
}

/* 1: it went. */
static int open_file(struct content *content, struct problem *problem)
{
    content->fd = open(content->held->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (content->fd < 0)
        return errno == ENOENT ? 1 : cannot("open", content->held, problem);
    if (fstat(content->fd, &content->status))
        return cannot("look at", content->held, problem);
    return 0;
}

static int open_plain(struct content *content, struct problem *problem)
{
    int status = open_file(content, problem);
    if (!status)
        size_is(content, (uint64_t)content->status.st_size, CONTENT_BLOCK_BYTES);
    return status;
}

/* What audit has taken goes within a moment; what still waits a look later is worth it. */
static int open_outbox(struct content *content, struct problem *problem)
{
    bool waited = content->held->waited;
    content->held->waited = outbox_glance(content->held->path) == 1;
    return waited && content->held->waited ? open_plain(content, problem) : 1;
}

static int read_wal(const struct held *held, struct buf *ret, struct stat *ret_status, struct problem *problem)
{
    char path[CHANGE_PATH_BYTES + 8];
    snprintf(path, sizeof(path), "%s-wal", held->path);
    buf_clear(ret);
    memset(ret_status, 0, sizeof(*ret_status));
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : cannot("open the WAL of", held, problem);
    int error = fstat(fd, ret_status);
    char *place = error ? NULL : buf_reserve(ret, (size_t)ret_status->st_size);
    ssize_t count = place ? pread(fd, place, (size_t)ret_status->st_size, 0) : -1;
    close(fd);
    if (count < 0)
        return cannot("read the WAL of", held, problem);
    ret->length = (size_t)count;
    return 0;
}

/* Until its header is the same after it was read as before: all of it is of one beginning, then. */
static int take_wal(struct content *content, struct problem *problem)
{
    uint8_t header[WAL_HEADER_BYTES];
    struct buf again = { .limit_bytes = WAL_BYTES_MAX };
    struct stat status;
    int error = 0, same = 0;
    content->wal_data.limit_bytes = WAL_BYTES_MAX;
    for (int i = 0; i < WAL_TRIES && !error && !same; i++) {
        error = read_wal(content->held, &content->wal_data, &content->wal_status, problem) ||
                read_wal(content->held, &again, &status, problem);
        size_t bytes = content->wal_data.length < sizeof(header) ? content->wal_data.length : sizeof(header);
        same = !error && again.length >= content->wal_data.length && !memcmp(again.data, content->wal_data.data, bytes);
    }
    buf_free(&again);
    if (error || !same)
        return error ? -1 : problem_set(problem, "db", content->held->path, "the WAL does not hold still");
    return wal_parse((const uint8_t *)content->wal_data.data, content->wal_data.length, &content->wal)
               ? no_memory(problem)
               : 0;
}

/* The page size, and how many there are, stand on the first page. */
static int measure(struct content *content, struct problem *problem)
{
    uint8_t page[100];
    const struct wal_page *first = wal_find(&content->wal, 1);
    struct stat status;
    if (first)
        memcpy(page, content->wal_data.data + first->at, sizeof(page));
    else if (pread(content->held->fd, page, sizeof(page), 0) != sizeof(page))
        return problem_set(problem, "db", content->held->path, "%s is no database", content->held->path);
    uint32_t page_bytes = (uint32_t)page[16] << 8 | page[17];
    page_bytes = page_bytes == 1 ? 65536 : page_bytes;
    if (page_bytes < 512 || fstat(content->held->fd, &status))
        return problem_set(problem, "db", content->held->path, "%s is no database", content->held->path);
    uint64_t size = content->wal.pages ? (uint64_t)content->wal.pages * page_bytes : (uint64_t)status.st_size;
    size_is(content, size, page_bytes);
    return 0;
}

static int open_reader(struct held *held, struct problem *problem)
{
    if (held->db)
        return 0;
    held->fd = held->fd < 0 ? open(held->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : held->fd;
    if (held->fd < 0)
        return cannot("open", held, problem);
    held->db = db_open_reader(held->path, problem);
    return held->db ? 0 : -1;
}

static int open_database(struct content *content, struct problem *problem)
{
    struct held *held = content->held;
    if (open_reader(held, problem) || db_hold(held->db, problem))
        return -1;
    int error = take_wal(content, problem) || measure(content, problem);
    if (error)
        db_release(held->db);
    else
        content->only_in_wal = held->begun && content->wal.n && held->salts == content->wal.salts;
    return error ? -1 : 0;
}

/* So much of what stands from frames_at on. */
static int read_frames(struct content *content, size_t wanted, struct problem *problem)
{
    buf_clear(&content->frames);
    char *place = buf_reserve(&content->frames, wanted);
    ssize_t count = place ? pread(content->fd, place, wanted, (off_t)content->frames_at) : -1;
    if (count < 0)
        return cannot("read", content->held, problem);
    content->frames.length = (size_t)count;
    return 0;
}

/* Where whole frames end, each of which follows on the one before; ret_more: one begins there that goes on behind what
 * was read. */
static size_t whole_frames(const struct content *content, size_t at, uint8_t chain[BLAKE2B_BYTES], bool *ret_more)
{
    const uint8_t *data = (const uint8_t *)content->frames.data;
    const size_t bytes = content->frames.length;
    struct frame frame;
    for (; !frame_check(data + at, bytes - at, &frame); at += frame.length) {
        if ((content->frames_at || at) && memcmp(frame.previous, chain, BLAKE2B_BYTES))
            break;
        memcpy(chain, frame.hash, BLAKE2B_BYTES);
    }
    *ret_more = frame_is_longer(data + at, bytes - at);
    return at;
}

static int open_journal(struct content *content, struct problem *problem)
{
    struct held *held = content->held;
    int status = open_file(content, problem);
    if (status)
        return status;
    const uint64_t from = held->begun ? held->size : 0, file = (uint64_t)content->status.st_size;
    uint8_t chain[BLAKE2B_BYTES];
    bool more = true;
    size_t end = 0;
    content->frames = (struct buf){ .limit_bytes = FRAMES_BYTES_MAX };
    content->frames_at = from - from % CONTENT_BLOCK_BYTES;
    for (uint64_t wanted = FRAMES_BYTES; more; wanted *= 2) {
        const uint64_t left = file > content->frames_at ? file - content->frames_at : 0;
        memcpy(chain, held->chain, sizeof(chain));
        if (read_frames(content, (size_t)(wanted < left ? wanted : left), problem))
            return -1;
        end = whole_frames(content, (size_t)(from - content->frames_at), chain, &more);
        more = more && wanted < left;
    }
    memcpy(content->chain, chain, sizeof(chain));
    size_is(content, content->frames_at + end, CONTENT_BLOCK_BYTES);
    content->first = (size_t)(content->frames_at / CONTENT_BLOCK_BYTES);
    return content->size == from ? 1 : 0;
}

/* A database's file changes only when its WAL is written back: what was committed stands in the WAL first. */
static bool is_as_it_was(const struct held *held, const struct stat *status)
{
    char path[CHANGE_PATH_BYTES + 8];
    struct stat wal = { 0 };
    if (!held->begun || held->manner == MANNER_OUTBOX)
        return false;
    if (held->manner != MANNER_DATABASE)
        return held_is_same(&held->stamp, status);
    snprintf(path, sizeof(path), "%s-wal", held->path);
    (void)lstat(path, &wal);
    return held_is_same(&held->wal, &wal) && held_is_same(&held->stamp, status);
}

int content_open(struct held *held, const struct stat *status, struct content *ret, struct problem *problem)
{
    static int (*const opens[])(struct content *, struct problem *) = {
        [MANNER_FILE] = open_plain,
        [MANNER_DATABASE] = open_database,
        [MANNER_JOURNAL] = open_journal,
        [MANNER_OUTBOX] = open_outbox,
        [MANNER_ONCE] = open_plain,
    };
    if (is_as_it_was(held, status))
        return 1;
    *ret = (struct content){ .held = held, .fd = -1, .status = *status };
    int result = opens[held->manner](ret, problem);
    if (result) {
        if (held->manner == MANNER_DATABASE)
            ret->held = NULL; /* it is not held */
        content_close(ret, false);
    } else {
        held->block_bytes = ret->block_bytes;
    }
    return result;
}

bool content_may_differ(const struct content *content, size_t block)
{
    if (content->only_in_wal && block < content->held->n_blocks)
        return wal_find(&content->wal, (uint32_t)block + 1);
    return block >= content->first;
}

/* From a file. */
static int read_at(
    const struct content *content, int fd, uint64_t at, uint8_t *ret, size_t bytes, struct problem *problem)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = pread(fd, ret + done, bytes - done, (off_t)(at + done));
        if (count < 0 && errno != EINTR)
            return cannot("read", content->held, problem);
        if (count == 0) {
            memset(ret + done, 0, bytes - done);
            break;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

int content_block(
    struct content *content, size_t block, uint8_t ret[CONTENT_BLOCK_BYTES], size_t *ret_bytes, struct problem *problem)
{
    uint64_t at = (uint64_t)block * content->block_bytes;
    uint64_t left = content->size - at;
    *ret_bytes = left < content->block_bytes ? (size_t)left : content->block_bytes;
    if (content->held->manner == MANNER_DATABASE) {
        const struct wal_page *page = wal_find(&content->wal, (uint32_t)block + 1);
        if (!page)
            return read_at(content, content->held->fd, at, ret, *ret_bytes, problem);
        memcpy(ret, content->wal_data.data + page->at, *ret_bytes);
        return 0;
    }
    /* Frames were checked as they were read: not to be read again, when more may stand there. */
    if (content->held->manner == MANNER_JOURNAL) {
        memcpy(ret, content->frames.data + (at - content->frames_at), *ret_bytes);
        return 0;
    }
    return read_at(content, content->fd, at, ret, *ret_bytes, problem);
}

/* What changed within the last tick may change again within it. */
static bool is_settled(const struct stat *status)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t since_ns =
        (int64_t)(now.tv_sec - status->st_mtim.tv_sec) * 1000000000 + now.tv_nsec - status->st_mtim.tv_nsec;
    return since_ns > CLOCK_TICK_NS || since_ns < 0;
}

static void note_taken(struct content *content)
{
    struct held *held = content->held;
    held_cut(held, content->size);
    held->begun = true;
    held->salts = content->wal.salts;
    memcpy(held->chain, content->chain, sizeof(held->chain));
    held->stamp = held_stamp(&content->status);
    held->wal = held_stamp(&content->wal_status);
    if (!is_settled(&content->status))
        held->stamp.inode = 0;
    if (!is_settled(&content->wal_status))
        held->wal.inode = 0;
}

void content_close(struct content *content, bool taken)
{
    if (taken)
        note_taken(content);
    if (content->held && content->held->manner == MANNER_DATABASE)
        db_release(content->held->db);
    if (content->fd >= 0)
        close(content->fd);
    wal_free(&content->wal);
    buf_free(&content->wal_data);
    buf_free(&content->frames);
}
