#include "services/audit/retention/retainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/event/head.h"
#include "lib/log.h"
#include "services/audit/retention/retainer_inside.h"

#define LOOK_MS INT64_C(3600000) /* 24 events a day and class at most */
#define SCAN_BUNDLES 128         /* of a class in one call: some milliseconds */
#define REMOVE_BUNDLES 256

uint64_t retainer_posted(const struct retainer *retainer, enum class class)
{
    struct signed_checkpoint checkpoint;
    ledger_checkpoint(retainer->options.ledger, class, &checkpoint);
    return checkpoint.size;
}

void retainer_note(struct retainer *retainer, bool failed, const struct problem *problem)
{
    if (failed && !retainer->failing)
        log_problem(LOG_LEVEL_WARNING, "retention.failed", problem);
    retainer->failing = failed;
}

void retainer_save(struct retainer *retainer)
{
    struct problem problem;
    retainer->state.read = journal_size(ledger_journal(retainer->options.ledger), CLASS_OPS);
    retainer_note(retainer, retention_save(retainer->options.file, &retainer->state, &problem), &problem);
}

/* The first bundle that is there: they went in order. Only where the state was lost is that not known. */
static uint64_t first_bundle(const struct retainer *retainer, enum class class)
{
    uint64_t low = 0, high = retention_bundles(retainer_posted(retainer, class));
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const struct tlog_tile bundle = { TLOG_BUNDLE, TLOG_TILE_WIDTH, middle };
        char path[TLOG_PATH_BYTES];
        tlog_tile_path(&bundle, path);
        if (faccessat(retainer->directories[class].fd, path, F_OK, 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first day that is due and still has a key; false: there is none. What was told is erased already. */
static bool find_due_key(struct retainer *retainer, enum class class, int64_t now_ms, uint32_t *ret_first)
{
    const uint32_t due = retention_sealed_from(retainer->days[class], now_ms);
    uint32_t *days = NULL, first = UINT32_MAX;
    size_t n = 0;
    struct problem problem;
    bool failed = seal_keys_days(retainer->options.keys, class, &days, &n, &problem);
    retainer_note(retainer, failed, &problem);
    for (size_t i = 0; i < n; i++)
        first = days[i] < due && days[i] < first ? days[i] : first;
    free(days);
    *ret_first = first;
    return first != UINT32_MAX;
}

/* The last word on what is deleted must not be deleted itself: then it is said again. */
static bool is_forgotten(const struct retainer *retainer)
{
    const struct retention *state = &retainer->state;
    return state->told_at < state->classes[CLASS_OPS].kept_from;
}

int retainer_newest_of(
    struct retainer *retainer, enum class class, uint64_t number, int64_t *ret, struct problem *problem)
{
    const struct tlog_source source =
        tlog_directory_source(&retainer->directories[class], (number + 1) * TLOG_TILE_WIDTH);
    const struct tlog_tile bundle = { TLOG_BUNDLE, TLOG_TILE_WIDTH, number };
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    const uint8_t *data;
    size_t bytes;
    unsigned count;
    int64_t newest_ms = INT64_MIN, ms;
    if (source.read(source.arg, &bundle, &data, &bytes, problem) ||
        tlog_bundle_parse(data, bytes, entries, &count, problem))
        return -1;
    for (unsigned i = 0; i < count; i++) {
        if (event_recorded((const char *)entries[i].data, entries[i].bytes, &ms))
            return problem_set(problem, "undated", class_words[class], "entry %llu of %s has no time, and is kept",
                (unsigned long long)(number * TLOG_TILE_WIDTH + i), class_words[class]);
        newest_ms = ms > newest_ms ? ms : newest_ms;
    }
    *ret = newest_ms;
    return 0;
}

/* One bundle further; false: it is not due, or there is none. */
static bool scan_bundle(struct retainer *retainer, enum class class, int64_t now_ms)
{
    struct scan *scan = &retainer->scans[class];
    struct problem problem;
    int64_t newest_ms = 0;
    if (scan->next >= retention_bundles(retainer_posted(retainer, class)))
        return false;
    bool failed = retainer_newest_of(retainer, class, scan->next, &newest_ms, &problem);
    retainer_note(retainer, failed, &problem);
    if (failed || !retention_is_due(newest_ms, retainer->days[class], now_ms))
        return false;
    scan->newest_ms = newest_ms > scan->newest_ms ? newest_ms : scan->newest_ms;
    scan->next++;
    return true;
}

/* Personal fields do not wait for their bundle. */
static void scan_keys(struct retainer *retainer, enum class class, int64_t now_ms)
{
    uint32_t first;
    retainer->scans[class].keys = find_due_key(retainer, class, now_ms, &first);
    if (retainer->scans[class].keys)
        retainer_tell_erasing(retainer, class, first, retention_sealed_from(retainer->days[class], now_ms) - 1);
}

static void scan_some(struct retainer *retainer, enum class class, int64_t now_ms)
{
    struct scan *scan = &retainer->scans[class];
    for (unsigned i = 0; scan->running && i < SCAN_BUNDLES; i++)
        scan->running = scan_bundle(retainer, class, now_ms);
    if (!scan->running && scan->next * TLOG_TILE_WIDTH > retainer->state.classes[class].kept_from) {
        retainer_tell_deleting(retainer, class);
        scan->running = !retainer->telling;
    }
}

/* Bundles wait until the directory's own checkpoint covers the event that says why. */
static bool is_explained(const struct retainer *retainer, const struct retention_class *kept)
{
    return retainer_posted(retainer, CLASS_OPS) > kept->kept_at;
}

/* What the journal still has of them goes with its segments: two more make the old ones superfluous. */
static void clear_journal(struct retainer *retainer)
{
    struct journal *journal = ledger_journal(retainer->options.ledger);
    struct problem problem;
    bool holds = false;
    for (int class = 0; class < CLASS_COUNT; class ++)
        holds = holds || journal_first(journal, (enum class) class) < retainer->state.classes[class].kept_from;
    if (holds)
        retainer_note(retainer, journal_roll(journal, &problem) < 0, &problem);
}

/* false: there is nothing to remove. */
static bool remove_some(struct retainer *retainer, enum class class)
{
    struct retention_class *kept = &retainer->state.classes[class];
    struct tile_files *files = &retainer->files[class];
    const uint64_t end = kept->kept_from / TLOG_TILE_WIDTH;
    uint64_t next = kept->removed;
    struct problem problem;
    int error = 0;
    if (next >= end || !is_explained(retainer, kept))
        return false;
    for (; next < end && next < kept->removed + REMOVE_BUNDLES && !error; next++)
        error = tile_files_remove(files, next, &problem);
    error = error || tile_files_sync(files, &problem);
    retainer_note(retainer, error, &problem);
    if (error)
        return true;
    kept->removed = next;
    searcher_forget(retainer->options.searcher, class, kept->kept_from);
    retainer_save(retainer);
    return true;
}

static void begin(struct retainer *retainer)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct scan *scan = &retainer->scans[class];
        *scan = (struct scan){
            .keys = true,
            .running = true,
            .next = retainer->state.classes[class].kept_from / TLOG_TILE_WIDTH,
            .newest_ms = INT64_MIN,
        };
    }
    clear_journal(retainer);
    retainer_save(retainer);
}

void retainer_look(void *arg)
{
    struct retainer *retainer = arg;
    const int64_t now_ms = clock_wall_ms(), mono_ms = clock_mono_ms();
    bool may_delete =
        retention_may_delete(&retainer->state, now_ms, retainer->looked_ms ? mono_ms - retainer->looked_ms : -1);
    retainer->looked_ms = mono_ms;
    if (!may_delete && !retainer->held)
        log_info("retention.held", LOG_INT("until_ms", retainer->state.hold_until_ms));
    retainer->held = !may_delete;
    if (!retainer->telling && (retention_is_news(&retainer->state, retainer->days) || is_forgotten(retainer)))
        retainer_tell_rules(retainer);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (remove_some(retainer, (enum class) class) || !may_delete || retainer->telling)
            continue;
        if (retainer->scans[class].keys)
            scan_keys(retainer, (enum class) class, now_ms);
        else if (retainer->scans[class].running)
            scan_some(retainer, (enum class) class, now_ms);
    }
    if (mono_ms >= retainer->look_at_ms) {
        retainer->look_at_ms = mono_ms + LOOK_MS;
        begin(retainer);
    }
}

uint64_t retainer_kept_from(const struct retainer *retainer, enum class class)
{
    return retainer->state.classes[class].kept_from;
}

uint32_t retainer_days(const struct retainer *retainer, enum class class)
{
    return retainer->days[class];
}

static int open_class(struct retainer *retainer, enum class class, struct problem *problem)
{
    const char *directory = ledger_directory(retainer->options.ledger, class);
    return tlog_directory_open(directory, &retainer->directories[class], problem) ||
                   tile_files_open(directory, &retainer->files[class], problem)
               ? -1
               : 0;
}

static int open_all(struct retainer *retainer, struct problem *problem)
{
    const struct settings_audit *settings = retainer->options.settings;
    retainer->days[CLASS_OPS] = (uint32_t)settings->retention_ops_days;
    retainer->days[CLASS_ACCESS] = (uint32_t)settings->retention_access_days;
    retainer->days[CLASS_FLEET] = (uint32_t)settings->retention_fleet_days;
    retainer->days[CLASS_ALERT] = (uint32_t)settings->retention_alert_days;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (open_class(retainer, (enum class) class, problem))
            return -1;
    }
    retention_load(retainer->options.file, &retainer->state);
    uint64_t first = first_bundle(retainer, CLASS_OPS) * TLOG_TILE_WIDTH, from = retainer->state.read;
    if (retainer_read_log(retainer, from < first ? first : from, problem))
        return -1;
    for (int class = 0; class < CLASS_COUNT; class ++)
        searcher_forget(retainer->options.searcher, (enum class) class, retainer->state.classes[class].kept_from);
    return 0;
}

struct retainer *retainer_open(const struct retainer_options *options, struct problem *problem)
{
    struct retainer *retainer = calloc(1, sizeof(*retainer));
    if (!retainer) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    retainer->options = *options;
    retainer->person_timer = loop_timer(options->loop, retainer_person_step, retainer);
    if (open_all(retainer, problem)) {
        retainer_free(retainer);
        return NULL;
    }
    return retainer;
}

void retainer_free(struct retainer *retainer)
{
    if (!retainer)
        return;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        tlog_directory_close(&retainer->directories[class]);
        tile_files_close(&retainer->files[class]);
    }
    loop_timer_free(retainer->person_timer);
    seal_kept_free(&retainer->person.kept);
    free(retainer);
}
