#include "cli/keyserver/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/problem.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static void look_at_clock(struct limits *limits, int64_t mono_ms)
{
    int64_t hour = mono_ms / HOUR_MS;
    if (hour == limits->hour)
        return;
    limits->hour = hour;
    limits->keys = limits->refusals = 0;
}

static struct limits_document *find(struct limits *limits, const char *document)
{
    struct limits_document *oldest = &limits->documents[0];
    for (size_t i = 0; i < LIMITS_DOCUMENTS; i++) {
        struct limits_document *one = &limits->documents[i];
        if (!strcmp(one->document, document))
            return one;
        if (one->asked_ms < oldest->asked_ms)
            oldest = one;
    }
    *oldest = (struct limits_document){ 0 };
    snprintf(oldest->document, sizeof(oldest->document), "%s", document);
    return oldest;
}

int limits_keys(struct limits *limits, const char *document, uint32_t segments, uint32_t n, int64_t mono_ms,
    struct problem *problem)
{
    look_at_clock(limits, mono_ms);
    struct limits_document *one = find(limits, document);
    if (one->keys + n > LIMITS_REPEATS * ((uint64_t)segments + 1))
        return problem_set(problem, "too-many", "", "%" PRIu64 " keys were given for this document already", one->keys);
    if (limits->keys + n > limits->keys_an_hour)
        return problem_set(
            problem, "too-many", "", "%" PRIu64 " keys were given in this hour; ask in the next", limits->keys);
    one->asked_ms = mono_ms;
    one->keys += n;
    limits->keys += n;
    return 0;
}

bool limits_refusal(struct limits *limits, int64_t mono_ms)
{
    look_at_clock(limits, mono_ms);
    if (limits->refusals++ < LIMITS_REFUSALS_AN_HOUR)
        return true;
    limits->untold++;
    return false;
}
