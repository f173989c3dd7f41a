#include "services/ingest/hot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/problem.h"

#define MAGIC "vedette hot\n"
#define FORMAT 1
#define HUGE_BYTES (2u << 20)

enum { PULSES, COLD };

static const struct {
    const char *name;
    uint32_t element_bytes;
} files[] = {
    [PULSES] = { "pulses", sizeof(struct pulse) },
    [COLD] = { "cold", sizeof(struct cold) },
};

static size_t elements(const struct hot *hot)
{
    return ((size_t)hot->room / BLOCK_AGENTS + 1) * BLOCK_AGENTS;
}

static size_t file_bytes(const struct hot *hot, int which)
{
    return HOT_HEADER_BYTES + (size_t)files[which].element_bytes * elements(hot);
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
    hot->key = reserve(n * sizeof(*hot->key));
    hot->site = reserve(n * sizeof(*hot->site));
    hot->woken_s = reserve(n * sizeof(*hot->woken_s));
    hot->due = reserve(n / BLOCK_AGENTS * sizeof(*hot->due));
    hot->dirty_seen = reserve(n / PAGE_AGENTS + 1);
    hot->dirty_state = reserve(n / PAGE_AGENTS + 1);
    hot->dirty_record = reserve(n / BUCKET_AGENTS + 1);
    if (!hot->key || !hot->site || !hot->woken_s || !hot->due || !hot->dirty_seen || !hot->dirty_state ||
        !hot->dirty_record)
        return problem_errno(problem, "no-memory", "agents_max", "no memory for %u agents", room);
    madvise(hot->key, n * sizeof(*hot->key), MADV_DONTDUMP);
    if (mlock2(hot->key, n * sizeof(*hot->key), MLOCK_ONFAULT))
        log_warning("keys.not-locked",
            LOG_TEXT("reason", "agents' keys may be swapped out: the limit of locked memory is too low"));
    return 0;
}

int hot_header_check(
    const struct hot_header *header, uint32_t element_bytes, uint64_t bytes, const char *name, struct problem *problem)
{
    if (bytes < HOT_HEADER_BYTES || memcmp(header->magic, MAGIC, sizeof(MAGIC)))
        return problem_set(problem, "bad-file", name, "ingest/%s is not a file of agents' %s", name, name);
    if (header->format != FORMAT || header->element_bytes != element_bytes)
        return problem_set(problem, "bad-file", name, "ingest/%s was written by another version of this program", name);
    if (header->elements > (bytes - HOT_HEADER_BYTES) / element_bytes)
        return problem_set(problem, "bad-file", name, "ingest/%s has been cut short", name);
    return 0;
}

/* Blocks are taken now: a full disk met later, at a page fault, would kill the process. */
static int grow(int fd, uint64_t bytes)
{
    if (!fallocate(fd, 0, 0, (off_t)bytes))
        return 0;
    return errno == EOPNOTSUPP ? ftruncate(fd, (off_t)bytes) : -1;
}

/* Look at a file before anything is done to it: one that was cut short must not be made long again. */
static int check(int fd, int which, uint64_t *ret_bytes, struct problem *problem)
{
    struct hot_header header;
    struct stat status;
    const char *name = files[which].name;
    if (fstat(fd, &status))
        return problem_errno(problem, "file", name, "cannot look at ingest/%s", name);
    *ret_bytes = (uint64_t)status.st_size;
    if (!status.st_size)
        return 0;
    if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
        memset(&header, 0, sizeof(header));
    return hot_header_check(&header, files[which].element_bytes, (uint64_t)status.st_size, name, problem);
}

static void *map_file(const struct hot *hot, int fd, int which, bool *ret_made, struct problem *problem)
{
    uint64_t there = 0, bytes = file_bytes(hot, which);
    if (check(fd, which, &there, problem))
        return NULL;
    struct hot_header *header = MAP_FAILED;
    if (there >= bytes || !grow(fd, bytes))
        header = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (header == MAP_FAILED) {
        problem_errno(problem, "file", files[which].name, "no room for ingest/%s", files[which].name);
        return NULL;
    }
    *ret_made = !there;
    if (!there)
        *header = (struct hot_header){ MAGIC, FORMAT, files[which].element_bytes, 0, { 0 } };
    if (header->elements < elements(hot))
        header->elements = elements(hot);
    return header;
}

static void *map(const struct hot *hot, const char *folder, int which, bool *ret_made, struct problem *problem)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, files[which].name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        problem_errno(problem, "file", path, "cannot open %s", path);
        return NULL;
    }
    void *mapped = map_file(hot, fd, which, ret_made, problem);
    close(fd);
    return mapped;
}

int hot_open(struct hot *hot, const char *folder, struct problem *problem)
{
    bool made[2];
    for (int i = 0; i < 2; i++) {
        hot->files[i] = map(hot, folder, i, &made[i], problem);
        if (!hot->files[i])
            return -1;
    }
    hot->pulse = (void *)((char *)hot->files[PULSES] + HOT_HEADER_BYTES);
    hot->cold = (void *)((char *)hot->files[COLD] + HOT_HEADER_BYTES);
    hot->clock = &((struct hot_header *)hot->files[PULSES])->clock;
    hot->pulses_new = made[PULSES];
    return 0;
}

int hot_flush(const struct hot *hot)
{
    int error = 0;
    for (int i = 0; i < 2; i++)
        error |= msync(hot->files[i], file_bytes(hot, i), MS_SYNC);
    return error ? -1 : 0;
}

void hot_close(struct hot *hot)
{
    for (int i = 0; i < 2; i++) {
        if (hot->files[i])
            munmap(hot->files[i], file_bytes(hot, i));
        hot->files[i] = NULL;
    }
}
