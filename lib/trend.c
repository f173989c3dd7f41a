#include "lib/trend.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/files.h"
#include "lib/problem.h"

#define FILES 3
#define UPDATES_AT_A_TIME 64
#define UPDATE_BYTES 64

static const struct {
    const char *name, *consolidation;
    size_t offset;
} files[FILES] = {
    { "lowest", "MIN", offsetof(struct trend_point, lowest) },
    { "mean", "AVERAGE", offsetof(struct trend_point, mean) },
    { "highest", "MAX", offsetof(struct trend_point, highest) },
};

static double *value_of(struct trend_point *point, int file)
{
    return (double *)(void *)((char *)point + files[file].offset);
}

static int fail(const char *path, struct problem *problem)
{
    const char *why = rrd_get_error();
    problem_set(problem, "trend", path, "%.200s", why ? why : "librrd does not say why");
    rrd_clear_error();
    return -1;
}

static void path_of(const char *path, int file, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s.%s.rrd", path, files[file].name);
}

static int make(const char *path, int file, uint32_t every_s, int64_t first_s, struct problem *problem)
{
    char source[64], fine[64], hours[64];
    uint32_t heartbeat_s = 3 * every_s > 3 * TREND_SLOT_S ? 3 * every_s : 3 * TREND_SLOT_S;
    snprintf(source, sizeof(source), "DS:value:GAUGE:%" PRIu32 ":0:U", heartbeat_s);
    snprintf(fine, sizeof(fine), "RRA:%s:0.5:1:%d", files[file].consolidation, TREND_FINE_S / TREND_SLOT_S);
    /* An hour of which but one value is known is known. */
    snprintf(hours, sizeof(hours), "RRA:%s:0.99:%d:%d", files[file].consolidation, TREND_HOUR_S / TREND_SLOT_S,
        TREND_KEPT_S / TREND_HOUR_S);
    const char *words[] = { source, fine, hours };
    return rrd_create_r(path, TREND_SLOT_S, (time_t)first_s, 3, words) ? fail(path, problem) : 0;
}

/* librrd takes a value as that of the time before it. */
static void write_update(const struct trend_point *point, int file, char ret[UPDATE_BYTES])
{
    double value = *(const double *)(const void *)((const char *)point + files[file].offset);
    int64_t until_s = point->from_s + TREND_SLOT_S;
    if (isnan(value))
        snprintf(ret, UPDATE_BYTES, "%" PRId64 ":U", until_s);
    else
        snprintf(ret, UPDATE_BYTES, "%" PRId64 ":%.3f", until_s, value);
}

static int update(
    const char *path, int file, int64_t last_s, const struct trend_point *points, size_t n, struct problem *problem)
{
    char texts[UPDATES_AT_A_TIME][UPDATE_BYTES];
    const char *words[UPDATES_AT_A_TIME];
    for (size_t i = 0; i < n;) {
        int count = 0;
        for (; i < n && count < UPDATES_AT_A_TIME; i++) {
            if (points[i].from_s + TREND_SLOT_S <= last_s)
                continue;
            last_s = points[i].from_s + TREND_SLOT_S;
            write_update(&points[i], file, texts[count]);
            words[count] = texts[count];
            count++;
        }
        if (count && rrd_update_r(path, NULL, count, words))
            return fail(path, problem);
    }
    return 0;
}

int trend_add(const char *path, uint32_t every_s, const struct trend_point *points, size_t n, struct problem *problem)
{
    char name[PATH_MAX];
    for (int file = 0; n && file < FILES; file++) {
        path_of(path, file, name);
        if (file_absent(name) && make(name, file, every_s, points[0].from_s, problem))
            return -1;
        time_t last = rrd_last_r(name);
        if (last < 0)
            return fail(name, problem);
        if (update(name, file, last, points, n, problem))
            return -1;
    }
    return 0;
}

struct fetched {
    time_t from, to;
    unsigned long step;
    size_t n;
    rrd_value_t *values;
};

static int fetch(const char *path, int file, int64_t from_s, int64_t to_s, uint32_t step_s, struct fetched *ret,
    struct problem *problem)
{
    char name[PATH_MAX];
    char **names;
    unsigned long columns;
    struct fetched found = { .from = (time_t)from_s, .to = (time_t)to_s, .step = step_s };
    path_of(path, file, name);
    if (rrd_fetch_r(
            name, files[file].consolidation, &found.from, &found.to, &found.step, &columns, &names, &found.values))
        return fail(name, problem);
    for (unsigned long i = 0; i < columns; i++)
        rrd_freemem(names[i]);
    rrd_freemem(names);
    found.n = (size_t)(found.to - found.from) / found.step;
    *ret = found;
    return 0;
}

static int read_points(
    const char *path, int64_t from_s, int64_t to_s, uint32_t step_s, struct trend *ret, struct problem *problem)
{
    struct trend found = { 0 };
    for (int file = 0; file < FILES; file++) {
        struct fetched fetched;
        if (fetch(path, file, from_s, to_s, step_s, &fetched, problem)) {
            free(found.points);
            return -1;
        }
        if (!found.points) {
            found = (struct trend){ .n = fetched.n, .step_s = (uint32_t)fetched.step };
            found.points = calloc(found.n + 1, sizeof(*found.points));
        }
        for (size_t i = 0; found.points && i < found.n && i < fetched.n; i++) {
            found.points[i].from_s = fetched.from + (int64_t)(i * fetched.step);
            *value_of(&found.points[i], file) = fetched.values[i];
        }
        rrd_freemem(fetched.values);
    }
    if (!found.points)
        return problem_set(problem, "no-memory", path, "no memory for %zu values", found.n);
    *ret = found;
    return 0;
}

int trend_read(
    const char *path, int64_t from_s, int64_t to_s, int64_t now_s, struct trend *ret, struct problem *problem)
{
    char name[PATH_MAX];
    uint32_t step_s = from_s >= now_s - TREND_FINE_S ? TREND_SLOT_S : TREND_HOUR_S;
    path_of(path, 0, name);
    if (file_absent(name)) {
        *ret = (struct trend){ .step_s = step_s };
        return 0;
    }
    return read_points(path, from_s - from_s % step_s, to_s, step_s, ret, problem);
}

void trend_remove(const char *path)
{
    char name[PATH_MAX];
    for (int file = 0; file < FILES; file++) {
        path_of(path, file, name);
        unlink(name);
    }
}
