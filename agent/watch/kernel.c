/* What the kernel tells at once: processors, memory, load. */
#include <stdio.h>
#include <unistd.h>

#include "agent/watch/readings.h"
#include "agent/watch/sampler.h"

#define PROC_BYTES 4096 /* the lines wanted stand at the beginning */

static int read_start(const char *path, char text[PROC_BYTES])
{
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, PROC_BYTES - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    return length ? 0 : -1;
}

void sample_cpu(struct sampling *sampling)
{
    char text[PROC_BYTES];
    struct ticks now, before = { sampling->busy, sampling->total };
    if (read_start("/proc/stat", text) || ticks_parse(text, &now)) {
        sampling_found(sampling, LEVEL_UNKNOWN, "/proc/stat cannot be read");
        return;
    }
    sampling->busy = now.busy;
    sampling->total = now.total;
    sampling_value(sampling, ticks_share(&before, &now));
}

void sample_memory(struct sampling *sampling)
{
    char text[PROC_BYTES];
    uint64_t share;
    if (read_start("/proc/meminfo", text) || memory_parse(text, &share))
        sampling_found(sampling, LEVEL_UNKNOWN, "/proc/meminfo cannot be read");
    else
        sampling_value(sampling, share);
}

void sample_load(struct sampling *sampling)
{
    char text[PROC_BYTES];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t load;
    if (read_start("/proc/loadavg", text) || load_parse(text, &load))
        sampling_found(sampling, LEVEL_UNKNOWN, "/proc/loadavg cannot be read");
    else
        sampling_value(sampling, load * 100 / (uint64_t)(processors > 0 ? processors : 1));
}
