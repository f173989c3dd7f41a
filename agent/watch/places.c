/* Files and file systems: how full, how old. What may hang is looked at by a child. */
#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/watch/local.h"
#include "agent/watch/look.h"
#include "agent/watch/measure.h"
#include "agent/watch/sampler.h"
#include "lib/clock.h"

/* Both kinds: the same with a descriptor here, or with the path in the child. */
static void sample_place(
    struct sampling *sampling, const char *word, void (*measure)(int fd, int64_t wall_ms, struct sample *))
{
    struct sample sample;
    int fd = local_open(sampling->watch->path);
    if (fd < 0 && (errno == ELOOP || errno == EXDEV)) {
        look_at(sampling, (const char *const[]){ word, sampling->watch->path, NULL });
        return;
    }
    if (fd < 0) {
        measure_missing(errno, &sample);
    } else {
        measure(fd, clock_wall_ms(), &sample);
        close(fd);
    }
    sampling_done(sampling, &sample);
}

void sample_disk(struct sampling *sampling)
{
    sample_place(sampling, "disk", measure_disk);
}

void sample_age(struct sampling *sampling)
{
    sample_place(sampling, "age", measure_age);
}
