#include "services/ingest/memory/hot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/problem.h"
#include "services/ingest/memory/recent.h"

#define MAGIC "vedette hot\n"
#define FORMAT 1
#define HUGE_BYTES (2u << 20)
#define LOAD_BYTES 65536

static size_t elements(const struct hot *hot)
{
    return ((size_t)hot->room / BLOCK_AGENTS + 1) * BLOCK_AGENTS;
}

static size_t file_bytes(const struct hot *hot)
{
    return HOT_HEADER_BYTES + sizeof(struct cold) * elements(hot);
}

static void *reserve(size_t bytes)
{
    size_t rounded = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    void *memory = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    /* Advice: without huge pages it is slower and right. */
    madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
}

int hot_reserve(struct hot *hot, uint32_t room, struct problem *problem)
{
    *hot = (struct hot){ .room = room };
    size_t n = elements(hot);
    hot->pulse = reserve(n * sizeof(*hot->pulse));
    hot->cold = reserve(n * sizeof(*hot->cold));
    hot->site = reserve(n * sizeof(*hot->site));
    hot->woken_s = reserve(n * sizeof(*hot->woken_s));
    hot->due = reserve(n / BLOCK_AGENTS * sizeof(*hot->due));
    hot->dirty_seen = reserve(n / PAGE_AGENTS + 1);
    hot->dirty_state = reserve(n / PAGE_AGENTS + 1);
    hot->dirty_record = reserve(n / BUCKET_AGENTS + 1);
    hot->dirty_cold = reserve(n / BLOCK_AGENTS);
    if (!hot->pulse || !hot->cold || !hot->site || !hot->woken_s || !hot->due || !hot->dirty_seen ||
        !hot->dirty_state || !hot->dirty_record || !hot->dirty_cold)
        return problem_errno(problem, "no-memory", "agents_max", "no memory for %u agents", room);
    madvise(hot->pulse, n * sizeof(*hot->pulse), MADV_DONTDUMP);
    if (mlock2(hot->pulse, n * sizeof(*hot->pulse), MLOCK_ONFAULT))
        log_warning("keys.not-locked",
            LOG_TEXT("reason", "agents' keys may be swapped out: the limit of locked memory is too low"));
    return 0;
}

int hot_header_check(const struct hot_header *header, uint64_t bytes, struct problem *problem)
{
    if (bytes < HOT_HEADER_BYTES || memcmp(header->magic, MAGIC, sizeof(MAGIC)))
        return problem_set(problem, "bad-file", "cold", "ingest/cold is not a file of agents");
    if (header->format != FORMAT || header->element_bytes != sizeof(struct cold))
        return problem_set(problem, "bad-file", "cold", "ingest/cold was written by another version of this program");
    if (header->elements > (bytes - HOT_HEADER_BYTES) / sizeof(struct cold))
        return problem_set(problem, "bad-file", "cold", "ingest/cold has been cut short");
    return 0;
}

/* Blocks are taken now: what the disk has room for today must also be written when it is full. */
static int grow(int fd, uint64_t bytes)
{
    if (!fallocate(fd, 0, 0, (off_t)bytes))
        return 0;
    return errno == EOPNOTSUPP ? ftruncate(fd, (off_t)bytes) : -1;
}

/* Look at a file before anything is done to it: one that was cut short must not be made long again. */
static int check(int fd, uint64_t *ret_bytes, struct problem *problem)
{
    struct hot_header header;
    struct stat status;
    if (fstat(fd, &status))
        return problem_errno(problem, "file", "cold", "cannot look at ingest/cold");
    *ret_bytes = (uint64_t)status.st_size;
    if (!status.st_size)
        return 0;
    if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
        memset(&header, 0, sizeof(header));
    return hot_header_check(&header, (uint64_t)status.st_size, problem);
}

static int map_header(struct hot *hot, struct problem *problem)
{
    uint64_t there = 0, bytes = file_bytes(hot);
    if (check(hot->fd, &there, problem))
        return -1;
    struct hot_header *header = MAP_FAILED;
    if (there >= bytes || !grow(hot->fd, bytes))
        header = mmap(NULL, HOT_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, hot->fd, 0);
    if (header == MAP_FAILED)
        return problem_errno(problem, "file", "cold", "no room for ingest/cold");
    if (!there)
        *header = (struct hot_header){ MAGIC, FORMAT, sizeof(struct cold), 0, { 0 } };
    if (header->elements < elements(hot))
        header->elements = elements(hot);
    hot->file = header;
    return 0;
}

static bool only_zeros(const char *bytes, size_t size)
{
    return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* Memory is taken for those only who have ever been there. */
static int load(struct hot *hot, struct problem *problem)
{
    static char bytes[LOAD_BYTES]; /* once a start */
    size_t all = sizeof(struct cold) * elements(hot);
    for (size_t at = 0; at < all; at += LOAD_BYTES) {
        size_t size = all - at < LOAD_BYTES ? all - at : LOAD_BYTES;
        if (pread(hot->fd, bytes, size, (off_t)(HOT_HEADER_BYTES + at)) != (ssize_t)size)
            return problem_errno(problem, "file", "cold", "cannot read ingest/cold");
        if (!only_zeros(bytes, size))
            memcpy((char *)hot->cold + at, bytes, size);
    }
    return 0;
}

int hot_open(struct hot *hot, const char *folder, struct problem *problem)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/cold", folder);
    hot->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (hot->fd < 0)
        return problem_errno(problem, "file", path, "cannot open %s", path);
    if (map_header(hot, problem)) {
        close(hot->fd);
        return -1;
    }
    hot->clock = &hot->file->clock;
    if (load(hot, problem)) {
        hot_close(hot);
        return -1;
    }
    return 0;
}

void hot_changed(struct hot *hot, uint32_t agent)
{
    __atomic_store_n(&hot->dirty_cold[agent / BLOCK_AGENTS], 1, __ATOMIC_RELEASE);
    if (hot->recent)
        recent_changed(hot->recent, agent);
}

/* Cleared before the block is read: what changes meanwhile is written once more. */
static bool take_dirty(const struct hot *hot, size_t block)
{
    return __atomic_load_n(&hot->dirty_cold[block], __ATOMIC_RELAXED) &&
           __atomic_exchange_n(&hot->dirty_cold[block], 0, __ATOMIC_ACQUIRE);
}

static int write_blocks(struct hot *hot, size_t from, size_t to)
{
    const size_t block_bytes = BLOCK_AGENTS * sizeof(struct cold);
    const char *cold = (const char *)hot->cold;
    for (size_t at = from * block_bytes; at < to * block_bytes;) {
        ssize_t n = pwrite(hot->fd, cold + at, to * block_bytes - at, (off_t)(HOT_HEADER_BYTES + at));
        if (n < 0 && errno != EINTR) {
            for (size_t block = from; block < to; block++)
                __atomic_store_n(&hot->dirty_cold[block], 1, __ATOMIC_RELEASE);
            return -1;
        }
        at += n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

int hot_flush(struct hot *hot)
{
    size_t blocks = elements(hot) / BLOCK_AGENTS;
    for (size_t from = 0, to; from < blocks; from = to + 1) {
        for (to = from; to < blocks && take_dirty(hot, to);)
            to++;
        if (to > from && write_blocks(hot, from, to))
            return -1;
    }
    return msync(hot->file, HOT_HEADER_BYTES, MS_SYNC) || fdatasync(hot->fd) ? -1 : 0;
}

void hot_close(struct hot *hot)
{
    if (!hot->file)
        return;
    munmap(hot->file, HOT_HEADER_BYTES);
    close(hot->fd);
    hot->file = NULL;
}
