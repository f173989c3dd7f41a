#include <stdarg.h>
#include <stdio.h>

#include "agent/watch/sampler.h"
#include "contract.h"
#include "lib/loop.h"

static sampler *const samplers[] = {
    [WATCH_KIND_CPU] = sample_cpu,
    [WATCH_KIND_MEMORY] = sample_memory,
    [WATCH_KIND_DISK] = sample_disk,
    [WATCH_KIND_LOAD] = sample_load,
    [WATCH_KIND_PROCESS] = sample_process,
    [WATCH_KIND_UNIT] = sample_unit,
    [WATCH_KIND_TCP] = sample_tcp,
    [WATCH_KIND_HTTP] = sample_http,
    [WATCH_KIND_PING] = sample_ping,
    [WATCH_KIND_CERTIFICATE] = sample_certificate,
    [WATCH_KIND_AGE] = sample_age,
    [WATCH_KIND_UPDATES] = sample_updates,
    [WATCH_KIND_SMART] = sample_smart,
    [WATCH_KIND_SCRIPT] = sample_script,
};
_Static_assert(sizeof(samplers) / sizeof(*samplers) == WATCH_KIND_COUNT, "a sampler for each kind");

void sampling_take(struct sampling *sampling)
{
    sampling->under_way = true;
    samplers[sampling->watch->kind](sampling);
}

void sampling_cancel(struct sampling *sampling)
{
    child_cancel(&sampling->child);
    connection_cancel(&sampling->connection);
    echo_cancel(&sampling->echo);
    loop_timer_free(sampling->limit);
    sampling->limit = NULL;
    sampling->under_way = false;
}

void sampling_done(struct sampling *sampling, const struct sample *sample)
{
    sampling_cancel(sampling);
    sampling->taken(sampling->arg, sample);
}

void sampling_value(struct sampling *sampling, uint64_t value)
{
    sampling_done(sampling, &(struct sample){ .has_value = true, .value = value });
}

void sampling_found(struct sampling *sampling, enum level level, const char *format, ...)
{
    struct sample sample = { .level = level };
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sample.reason, sizeof(sample.reason), format, arguments);
    va_end(arguments);
    sampling_done(sampling, &sample);
}
