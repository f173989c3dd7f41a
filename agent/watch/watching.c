#include "agent/watch/watching.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

static void set_sample_timer(struct watching *watching)
{
    int64_t due_ms = INT64_MAX;
    for (size_t i = 0; i < watching->definitions.n; i++) {
        const struct watcher *watcher = &watching->watchers[i];
        if (!watcher->sampling.under_way && watcher->due_ms < due_ms)
            due_ms = watcher->due_ms;
    }
    int64_t after_ms = due_ms - clock_mono_ms();
    if (due_ms == INT64_MAX)
        loop_timer_clear(watching->sample_due);
    else
        loop_timer_set(watching->sample_due, after_ms > 0 ? after_ms * 1000 : 0);
}

static void tell_within(struct watching *watching, int64_t ms)
{
    int64_t now_ms = clock_mono_ms();
    if (watching->report_ms <= now_ms + ms)
        return;
    watching->report_ms = now_ms + ms;
    loop_timer_set(watching->report_due, ms * 1000);
}

static void tell_trend(struct watcher *watcher, const struct aggregate *slot)
{
    struct envelope_watches_row row;
    watcher_trend(watcher, slot, &row);
    report_add(&watcher->watching->report, &row);
}

static void keep(struct watching *watching)
{
    struct problem problem;
    if (report_keep(&watching->report, &problem))
        log_problem(LOG_LEVEL_WARNING, "watch.cannot-keep", &problem);
}

static void changed(struct watcher *watcher, int64_t wall_ms)
{
    struct watching *watching = watcher->watching;
    struct envelope_watches_row row;
    struct problem problem;
    log_info("watch.changed", LOG_TEXT("watch", watcher->definition->watch.name),
        LOG_TEXT("level", level_words[watcher->condition.level]), LOG_TEXT("reason", watcher->last.reason));
    watcher_row(watcher, REPORT_ROW_CHANGE, wall_ms, &row);
    report_add(&watching->report, &row);
    if (standings_save(watching->watchers, watching->definitions.n, &problem))
        log_problem(LOG_LEVEL_WARNING, "watch.cannot-keep", &problem);
    tell_within(watching, TOLD_SOON_MS);
}

static bool in_window(const struct definition *definition, int64_t wall_ms)
{
    struct tm local;
    time_t wall_s = wall_ms / 1000;
    if (!definition->has_windows || !localtime_r(&wall_s, &local))
        return false;
    /* tm_wday begins with Sunday. */
    return hours_open(&definition->windows, (local.tm_wday + 6) % 7 * 24 * 60 + local.tm_hour * 60 + local.tm_min);
}

static struct hold hold_of(const struct watcher *watcher, int64_t wall_ms)
{
    int parent = watcher->definition->depends_on;
    return (struct hold){
        .maintenance = in_window(watcher->definition, wall_ms),
        .depends = parent >= 0,
        .well_ms = parent >= 0 ? watcher->watching->watchers[parent].well_ms : 0,
    };
}

static void taken(void *arg, const struct sample *sample)
{
    struct watcher *watcher = arg;
    struct aggregate slot;
    int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
    struct hold hold = hold_of(watcher, wall_ms);
    watcher->last = *sample;
    watcher->measured = true;
    if (sample->has_value && aggregate_add(&watcher->aggregate, wall_ms, sample->value, &slot))
        tell_trend(watcher, &slot);
    if (condition_take(&watcher->definition->rule, &hold, sample, mono_ms, wall_ms, &watcher->condition))
        changed(watcher, wall_ms);
    bool well = watcher->condition.level == LEVEL_OK && watcher->condition.streak == STREAK_NONE;
    watcher->well_ms = well ? mono_ms : -1;
    keep(watcher->watching);
    set_sample_timer(watcher->watching);
}

static size_t children(const struct watching *watching)
{
    size_t n = 0;
    for (size_t i = 0; i < watching->definitions.n; i++)
        n += watching->watchers[i].sampling.child.pid != 0;
    return n;
}

static void sample_due(void *arg)
{
    struct watching *watching = arg;
    int64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < watching->definitions.n; i++) {
        struct watcher *watcher = &watching->watchers[i];
        if (watcher->sampling.under_way || watcher->due_ms > now_ms)
            continue;
        if (children(watching) >= CHILDREN_MAX) {
            watcher->due_ms = now_ms + CHILD_LATER_MS;
            continue;
        }
        watcher->due_ms += watcher->definition->every_ms;
        if (watcher->due_ms <= now_ms) /* the machine slept */
            watcher->due_ms = now_ms + watcher->definition->every_ms;
        sampling_take(&watcher->sampling);
    }
    set_sample_timer(watching);
}

/* Every report says how all watches are: whatever was lost before it is made good by it. */
static void add_standings(struct watching *watching)
{
    int64_t wall_ms = clock_wall_ms();
    for (size_t i = 0; i < watching->definitions.n; i++) {
        struct watcher *watcher = &watching->watchers[i];
        struct envelope_watches_row row;
        struct aggregate slot;
        if (aggregate_end(&watcher->aggregate, wall_ms, &slot))
            tell_trend(watcher, &slot);
        watcher_row(watcher, REPORT_ROW_STANDING, watcher->condition.since_ms, &row);
        report_add(&watching->report, &row);
    }
}

/* A change that is told before the others have a value does not make those wait for a quarter of an hour. */
static int64_t until_next(const struct watching *watching)
{
    int64_t left_ms = watching->first_ms - clock_mono_ms();
    return left_ms > 0 ? left_ms : TOLD_EVERY_MS;
}

static void report_due(void *arg)
{
    struct watching *watching = arg;
    struct problem problem;
    watching->report_ms = INT64_MAX;
    add_standings(watching);
    bool failed = report_finish(&watching->report, &problem);
    if (failed && !watching->stalled)
        log_problem(LOG_LEVEL_WARNING, "watch.not-reported", &problem);
    watching->stalled = failed;
    if (!failed)
        watching->reported(watching->arg);
    if (watching->definitions.n || failed)
        tell_within(watching, until_next(watching));
}

static uint32_t random_below(uint32_t limit)
{
    uint32_t number;
    crypto_random(&number, sizeof(number));
    return number % limit;
}

static void begin(struct watching *watching)
{
    int64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < watching->definitions.n; i++) {
        struct watcher *watcher = &watching->watchers[i];
        const struct definition *definition = &watching->definitions.items[i];
        *watcher = (struct watcher){
            .watching = watching,
            .definition = definition,
            .due_ms = now_ms + random_below(FIRST_WITHIN_MS),
            .well_ms = -1,
            .sampling = { .loop = watching->loop,
                .watch = &definition->watch,
                .document = definition->document,
                .taken = taken,
                .arg = watcher },
        };
        condition_begin(&watcher->condition, clock_wall_ms());
    }
    standings_load(watching->watchers, watching->definitions.n);
    set_sample_timer(watching);
}

static void end(struct watching *watching)
{
    struct problem problem;
    struct aggregate slot;
    for (size_t i = 0; i < watching->definitions.n; i++) {
        struct watcher *watcher = &watching->watchers[i];
        sampling_cancel(&watcher->sampling);
        if (aggregate_end(&watcher->aggregate, INT64_MAX, &slot))
            tell_trend(watcher, &slot);
    }
    keep(watching);
    if (watching->definitions.n && standings_save(watching->watchers, watching->definitions.n, &problem))
        log_problem(LOG_LEVEL_WARNING, "watch.cannot-keep", &problem);
    free(watching->watchers);
    watching->watchers = NULL;
    definitions_free(&watching->definitions);
}

static int replace(struct watching *watching, struct problem *problem)
{
    struct definitions definitions;
    if (definitions_load(WATCHES_FILE, &definitions, problem))
        return -1;
    struct watcher *watchers = calloc(definitions.n + 1, sizeof(*watchers));
    if (!watchers) {
        definitions_free(&definitions);
        return problem_set(problem, "no-memory", "", "no memory for %zu watches", definitions.n);
    }
    bool any = watching->definitions.n || definitions.n;
    end(watching);
    watching->definitions = definitions;
    watching->watchers = watchers;
    begin(watching);
    log_info("watch.read", LOG_INT("watches", definitions.n), LOG_INT("left_out", definitions.left_out));
    watching->first_ms = definitions.n ? clock_mono_ms() + TOLD_FIRST_MS : 0;
    if (any)
        tell_within(watching, definitions.n ? TOLD_FIRST_MS : TOLD_SOON_MS);
    return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void watching_look(struct watching *watching)
{
    struct stat found;
    struct problem problem;
    if (stat(WATCHES_FILE, &found))
        memset(&found, 0, sizeof(found));
    if (is_same(&found, &watching->seen))
        return;
    watching->seen = found;
    if (replace(watching, &problem))
        log_problem(LOG_LEVEL_ERROR, "watch.cannot-read", &problem);
}

static void look_due(void *arg)
{
    struct watching *watching = arg;
    loop_timer_set(watching->look_due, (int64_t)LOOK_EVERY_MS * 1000);
    watching_look(watching);
}

int watching_open(struct watching *watching, struct loop *loop, void (*reported)(void *arg), void *arg,
    struct problem *problem)
{
    *watching = (struct watching){ .loop = loop, .report_ms = INT64_MAX, .reported = reported, .arg = arg };
    watching->sample_due = loop_timer(loop, sample_due, watching);
    watching->report_due = loop_timer(loop, report_due, watching);
    watching->look_due = loop_timer(loop, look_due, watching);
    if (!watching->sample_due || !watching->report_due || !watching->look_due)
        return problem_errno(problem, "no-memory", "", "cannot make a timer");
    if (report_open(&watching->report, problem))
        return -1;
    look_due(watching);
    return 0;
}

void watching_close(struct watching *watching)
{
    end(watching);
    report_close(&watching->report);
    loop_timer_free(watching->sample_due);
    loop_timer_free(watching->report_due);
    loop_timer_free(watching->look_due);
}
