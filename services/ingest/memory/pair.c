#include "services/ingest/memory/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"

int pair_open(struct pair *pair, const char *folder, const char *name, struct problem *problem)
{
    for (int i = 0; i < 2; i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s.%d", folder, name, i);
        pair->fd[i] = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (pair->fd[i] >= 0)
            continue;
        problem_errno(problem, "file", path, "cannot open %s", path);
        if (i)
            close(pair->fd[0]);
        return -1;
    }
    return 0;
}

void pair_close(struct pair *pair)
{
    close(pair->fd[0]);
    close(pair->fd[1]);
}

int pair_write(const struct pair *pair, uint64_t generation, const void *data, size_t bytes, uint64_t at)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pwrite(pair->fd[generation % 2], (const char *)data + done, bytes - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return -1;
        done += n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

const uint8_t *pair_map(const struct pair *pair, uint64_t generation, size_t *ret_bytes)
{
    int fd = pair->fd[generation % 2];
    struct stat status;
    if (fstat(fd, &status) || !status.st_size)
        return NULL;
    void *mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    *ret_bytes = (size_t)status.st_size;
    return mapped;
}

void pair_unmap(const uint8_t *mapped, size_t bytes)
{
    munmap((void *)mapped, bytes);
}
