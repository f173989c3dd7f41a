#include "lib/time_floor.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

#define FILE_BYTES 128
#define KEEP_MS (10 * 60 * 1000) /* a start of the machine loses so much at the most of the time that we were there */
#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

int64_t time_floor_at(const struct time_floor *floor, const struct time_floor *at)
{
    if (!floor->time_ms || !*floor->boot || !*at->boot)
        return floor->time_ms;
    int64_t since_ms = strcmp(floor->boot, at->boot) ? 0 : floor->running_ms;
    return at->running_ms > since_ms ? floor->time_ms + at->running_ms - since_ms : floor->time_ms;
}

/* How long the machine has run, asleep or not, since which start. */
static struct time_floor observe(void)
{
    struct time_floor at = { 0 };
    struct timespec running;
    int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);
    bool known = fd >= 0 && read(fd, at.boot, sizeof(at.boot) - 1) == sizeof(at.boot) - 1;
    if (fd >= 0)
        close(fd);
    if (!known || at.boot[strspn(at.boot, "0123456789abcdef-")] || clock_gettime(CLOCK_BOOTTIME, &running))
        return (struct time_floor){ 0 };
    at.running_ms = (int64_t)running.tv_sec * 1000 + running.tv_nsec / 1000000;
    return at;
}

int64_t time_floor_now(const struct time_floor *floor)
{
    const struct time_floor at = observe();
    return time_floor_at(floor, &at);
}

int time_floor_load(const char *path, struct time_floor *ret, struct problem *problem)
{
    struct time_floor floor = { 0 };
    char *text;
    size_t bytes;
    int end = 0, status = file_read_if_any(path, FILE_BYTES, &text, &bytes, problem);
    if (status < 0)
        return -1;
    if (!status) {
        int n =
            sscanf(text, "%" SCNd64 " %" SCNd64 " %36[0-9a-f-]%n", &floor.time_ms, &floor.running_ms, floor.boot, &end);
        bool whole = n == 3 && !strcmp(text + end, "\n") && floor.time_ms >= 0 && floor.running_ms >= 0;
        free(text);
        if (!whole)
            return problem_set(problem, "bad-state", path, "%s does not say which time it was", path);
    }
    *ret = floor;
    return 0;
}

int time_floor_raise(struct time_floor *floor, const char *path, int64_t signed_ms, struct problem *problem)
{
    char text[FILE_BYTES];
    struct time_floor next = observe();
    next.time_ms = time_floor_at(floor, &next);
    bool later = signed_ms > next.time_ms;
    bool near = !strcmp(floor->boot, next.boot) && next.running_ms - floor->running_ms < KEEP_MS;
    if (later)
        next.time_ms = signed_ms;
    if (!next.time_ms || (near && !later))
        return 0;
    *floor = next;
    if (!*next.boot)
        return 0; /* it stands as long as we do */
    int length = snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %s\n", next.time_ms, next.running_ms, next.boot);
    return file_write(path, text, (size_t)length, 0600, problem);
}
