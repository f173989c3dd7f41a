#include "cli/restore/meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"

#define EVERY_MS 1000
#define MIB (1 << 20)

void meter_begin(struct meter *meter)
{
    *meter = (struct meter){ .shows = isatty(STDERR_FILENO), .began_ms = clock_mono_ms() };
}

void meter_progress(void *arg, const struct extracted *extracted)
{
    struct meter *meter = arg;
    int64_t now_ms = clock_mono_ms(), took_ms = now_ms - meter->began_ms;
    if (!meter->shows || now_ms - meter->told_ms < EVERY_MS || took_ms < EVERY_MS)
        return;
    meter->told_ms = now_ms;
    double bytes_s = (double)extracted->written_bytes * 1000 / (double)took_ms;
    fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " files, %" PRIu64 " of %" PRIu64 " MiB, %.1f MiB/s",
        extracted->entries, extracted->chosen, extracted->written_bytes / MIB, extracted->due_bytes / MIB,
        bytes_s / MIB);
    if (bytes_s >= 1)
        fprintf(stderr, ", about %.0f s left", (double)(extracted->due_bytes - extracted->written_bytes) / bytes_s);
}

void meter_end(struct meter *meter)
{
    if (meter->told_ms)
        fprintf(stderr, "\r\033[K");
}
