#include "services/audit/retainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/class_numbers.h"
#include "lib/clock.h"
#include "lib/event.h"
#include "lib/event_head.h"
#include "lib/log.h"
#include "lib/seal_text.h"
#include "lib/tlog_directory.h"
#include "services/audit/tile_files.h"

#define LOOK_MS INT64_C(3600000) /* 24 events a day and class at most */
#define SCAN_BUNDLES 128         /* of a class in one call: some milliseconds */
#define REMOVE_BUNDLES 256

struct scan {
    bool keys; /* are to be looked at */
    bool running;
    uint64_t next;     /* bundles before it are due */
    int64_t newest_ms; /* of their entries */
};

struct retainer {
    struct retainer_options options;
    uint32_t days[CLASS_COUNT];
    struct retention state;
    struct tlog_directory directories[CLASS_COUNT];
    struct tile_files files[CLASS_COUNT];
    struct scan scans[CLASS_COUNT];
    int64_t looked_ms;         /* monotonic; 0: not yet */
    int64_t look_at_ms;        /* monotonic: for what is due */
    bool held;                 /* by the clock, and that was logged */
    bool telling, failing;     /* an event is on its way; the last try failed, and that was logged */
    struct bus_request *asked; /* for what is being told; NULL: nobody */
    uint64_t telling_at;       /* where in ops it will stand, or a little behind */
};

static uint64_t posted(const struct retainer *retainer, enum class class)
{
    struct signed_checkpoint checkpoint;
    ledger_checkpoint(retainer->options.ledger, class, &checkpoint);
    return checkpoint.size;
}

/* What fails is tried again. */
static void note(struct retainer *retainer, bool failed, const struct problem *problem)
{
    if (failed && !retainer->failing)
        log_problem(LOG_LEVEL_WARNING, "retention.failed", problem);
    retainer->failing = failed;
}

static void save(struct retainer *retainer)
{
    struct problem problem;
    retainer->state.read = journal_size(ledger_journal(retainer->options.ledger), CLASS_OPS);
    note(retainer, retention_save(retainer->options.file, &retainer->state, &problem), &problem);
}

/* The days from first to last, both included. What the log says is done must be done: the next start tries again. */
static void erase(struct retainer *retainer, enum class class, uint32_t first, uint32_t last)
{
    struct problem problem;
    uint32_t *days = NULL;
    size_t n = 0;
    int error = seal_keys_days(retainer->options.keys, class, &days, &n, &problem);
    for (size_t i = 0; i < n && !error; i++) {
        if (days[i] >= first && days[i] <= last)
            error = seal_keys_erase(retainer->options.keys, class, days[i], &problem);
    }
    free(days);
    if (error) {
        log_problem(LOG_LEVEL_ERROR, "retention.not-erased", &problem);
        exit(1);
    }
}

static void take_erasing(struct retainer *retainer, const struct event_retention_erasing *erasing)
{
    uint32_t first, last;
    if (!seal_day_parse(erasing->erased_from, &first) && !seal_day_parse(erasing->erased_to, &last))
        erase(retainer, (enum class)erasing->class, first, last);
}

static bool is_ours(int event)
{
    return event == EVENT_RETENTION_RULES || event == EVENT_RETENTION_DELETING || event == EVENT_RETENTION_ERASING;
}

static bool take(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct retainer *retainer = arg;
    struct event_head head;
    struct event_read read;
    (void)sequence;
    if (event_head_read(text, bytes, &head) || !is_ours(head.event) || event_read_stored(text, bytes, &read, NULL))
        return true;
    retention_take(&retainer->state, &read.event);
    if (read.event.event == EVENT_RETENTION_ERASING)
        take_erasing(retainer, read.event.data);
    event_free(&read);
    return true;
}

/* The first bundle that is there: they went in order. Only where the state was lost is that not known. */
static uint64_t first_bundle(const struct retainer *retainer, enum class class)
{
    uint64_t low = 0, high = retention_bundles(posted(retainer, class));
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

/* What the log says from there on, into the state. */
static int read_log(struct retainer *retainer, uint64_t from, struct problem *problem)
{
    return ledger_read(retainer->options.ledger, CLASS_OPS, from, take, retainer, problem);
}

static void told(void *arg, const struct problem *unused)
{
    struct retainer *retainer = arg;
    struct problem problem;
    (void)unused; /* audit does not refuse its own */
    retainer->telling = false;
    note(retainer, read_log(retainer, retainer->telling_at, &problem), &problem);
    save(retainer);
    const struct call_log_erase_reply reply = { 0 };
    if (retainer->asked)
        answer_log_erase(retainer->asked, &reply);
    retainer->asked = NULL;
}

static void tell(struct retainer *retainer, uint64_t at, int error)
{
    retainer->telling = !error; /* when it is full, another time */
    retainer->telling_at = at;
}

static uint64_t next_in_ops(const struct retainer *retainer)
{
    return journal_next(ledger_journal(retainer->options.ledger), CLASS_OPS);
}

static void tell_rules(struct retainer *retainer)
{
    const struct event_about about = { 0 };
    const uint64_t at = next_in_ops(retainer);
    uint64_t days[CLASS_COUNT], before[CLASS_COUNT], kept[CLASS_COUNT];
    char texts[3][CLASS_NUMBERS_BYTES];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        days[class] = retainer->days[class];
        before[class] = retainer->state.classes[class].days;
        kept[class] = retainer->state.classes[class].kept_from;
    }
    class_numbers_format(days, texts[0]);
    class_numbers_format(before, texts[1]);
    class_numbers_format(kept, texts[2]);
    const struct event_retention_rules rules = {
        .retention = texts[0],
        .retention_before = before[0] ? texts[1] : NULL,
        .kept = texts[2],
    };
    tell(retainer, at, emit_retention_rules(retainer->options.bus, &about, &rules, told, retainer));
}

static void tell_deleting(struct retainer *retainer, enum class class)
{
    const struct event_about about = { 0 };
    const uint64_t at = next_in_ops(retainer);
    const struct scan *scan = &retainer->scans[class];
    const struct event_retention_deleting deleting = {
        .class = class,
        .deleted_from = retainer->state.classes[class].kept_from,
        .kept_from = scan->next * TLOG_TILE_WIDTH,
        .due = scan->newest_ms + retainer->days[class] * RETENTION_DAY_MS,
    };
    tell(retainer, at, emit_retention_deleting(retainer->options.bus, &about, &deleting, told, retainer));
}

/* The first day that is due and still has a key; false: there is none. What was told is erased already. */
static bool find_due_key(struct retainer *retainer, enum class class, int64_t now_ms, uint32_t *ret_first)
{
    const uint32_t due = retention_sealed_from(retainer->days[class], now_ms);
    uint32_t *days = NULL, first = UINT32_MAX;
    size_t n = 0;
    struct problem problem;
    bool failed = seal_keys_days(retainer->options.keys, class, &days, &n, &problem);
    note(retainer, failed, &problem);
    for (size_t i = 0; i < n; i++)
        first = days[i] < due && days[i] < first ? days[i] : first;
    free(days);
    *ret_first = first;
    return first != UINT32_MAX;
}

static void tell_erasing(struct retainer *retainer, enum class class, uint32_t first, uint32_t last)
{
    const struct event_about about = { .sev = 3 };
    const uint64_t at = next_in_ops(retainer);
    char from[SEAL_DAY_BYTES], to[SEAL_DAY_BYTES];
    seal_day_format(first, from);
    seal_day_format(last, to);
    const struct event_retention_erasing erasing = { .class = (int)class, .erased_from = from, .erased_to = to };
    tell(retainer, at, emit_retention_erasing(retainer->options.bus, &about, &erasing, told, retainer));
}

/* The last word on what is deleted must not be deleted itself: then it is said again. */
static bool is_forgotten(const struct retainer *retainer)
{
    const struct retention *state = &retainer->state;
    return state->told_at < state->classes[CLASS_OPS].kept_from;
}

static int newest_of(
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
    if (scan->next >= retention_bundles(posted(retainer, class)))
        return false;
    bool failed = newest_of(retainer, class, scan->next, &newest_ms, &problem);
    note(retainer, failed, &problem);
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
        tell_erasing(retainer, class, first, retention_sealed_from(retainer->days[class], now_ms) - 1);
}

static void scan_some(struct retainer *retainer, enum class class, int64_t now_ms)
{
    struct scan *scan = &retainer->scans[class];
    for (unsigned i = 0; scan->running && i < SCAN_BUNDLES; i++)
        scan->running = scan_bundle(retainer, class, now_ms);
    if (!scan->running && scan->next * TLOG_TILE_WIDTH > retainer->state.classes[class].kept_from) {
        tell_deleting(retainer, class);
        scan->running = !retainer->telling;
    }
}

/* Bundles wait until the directory's own checkpoint covers the event that says why. */
static bool is_explained(const struct retainer *retainer, const struct retention_class *kept)
{
    return posted(retainer, CLASS_OPS) > kept->kept_at;
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
        note(retainer, journal_roll(journal, &problem) < 0, &problem);
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
    note(retainer, error, &problem);
    if (error)
        return true;
    kept->removed = next;
    searcher_forget(retainer->options.searcher, class, kept->kept_from);
    save(retainer);
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
    save(retainer);
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
        tell_rules(retainer);
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

static int read_range(const struct retainer *retainer, const struct call_log_erase *in, uint32_t *ret_first,
    uint32_t *ret_last, struct problem *problem)
{
    const uint32_t today = seal_day(clock_wall_ms()), least = (uint32_t)retainer->options.settings->erase_after_days;
    if (seal_day_parse(in->erased_from, ret_first) || seal_day_parse(in->erased_to, ret_last) || *ret_first > *ret_last)
        return problem_set(problem, "bad-field", "erased_to", "the first and the last day are as 2026-01-31");
    if (*ret_last + least >= today)
        return problem_set(problem, "too-early", "erased_to",
            "only days that ended %u days ago can be erased: audit.erase_after_days", least);
    return 0;
}

void retainer_erase(struct retainer *retainer, struct bus_request *request, const struct call_log_erase *in)
{
    const struct event_about about = { .actor = bus_request_actor(request) };
    const struct event_retention_erasing erasing = { in->class, in->erased_from, in->erased_to, in->reason };
    const uint64_t at = next_in_ops(retainer);
    struct problem problem;
    uint32_t first, last;
    int error = read_range(retainer, in, &first, &last, &problem);
    if (!error && retainer->telling)
        error = problem_set(&problem, "busy", "", "retention is at work: try again in a moment");
    if (!error) {
        retainer->asked = request;
        tell(retainer, at, emit_retention_erasing(retainer->options.bus, &about, &erasing, told, retainer));
        if (!retainer->telling)
            error = problem_set(&problem, "log-unavailable", "", "it cannot be recorded, so it is not done");
    }
    if (error) {
        retainer->asked = NULL;
        bus_refuse(request, &problem);
    }
}

#define SIZES_LOOKED_AT 256 /* files of a range; the others are taken to be as long on average */

static uint64_t bytes_of(const struct retainer *retainer, enum class class, uint64_t first, uint64_t end)
{
    const uint64_t n = end - first, step = n / SIZES_LOOKED_AT + 1;
    uint64_t bytes = 0, looked = 0;
    for (uint64_t i = first; i < end; i += step, looked++) {
        const struct tlog_tile bundle = { TLOG_BUNDLE, TLOG_TILE_WIDTH, i };
        char path[TLOG_PATH_BYTES];
        struct stat status;
        tlog_tile_path(&bundle, path);
        if (!fstatat(retainer->directories[class].fd, path, &status, 0))
            bytes += (uint64_t)status.st_size;
    }
    return looked ? bytes * n / looked : 0;
}

static int count_keys(
    const struct retainer *retainer, enum class class, int64_t as_of_ms, uint32_t *ret, struct problem *problem)
{
    const uint32_t from = retention_sealed_from(retainer->days[class], as_of_ms);
    uint32_t *days = NULL;
    size_t n = 0;
    if (seal_keys_days(retainer->options.keys, class, &days, &n, problem))
        return -1;
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret += days[i] < from;
    free(days);
    return 0;
}

/* Bundles age in their order, as audit's clock goes: the border is searched for, not walked to. */
int retainer_forecast(struct retainer *retainer, enum class class, int64_t as_of_ms, struct retention_forecast *ret,
    struct problem *problem)
{
    const uint64_t first = retainer->state.classes[class].kept_from / TLOG_TILE_WIDTH;
    const uint64_t all = retention_bundles(posted(retainer, class));
    uint64_t low = first, high = all;
    int64_t newest_ms;
    *ret = (struct retention_forecast){ 0 };
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (newest_of(retainer, class, middle, &newest_ms, problem))
            return -1;
        if (retention_is_due(newest_ms, retainer->days[class], as_of_ms))
            low = middle + 1;
        else
            high = middle;
    }
    if (first < all) {
        if (newest_of(retainer, class, first, &newest_ms, problem))
            return -1;
        ret->has_due = true;
        ret->due_ms = newest_ms + retainer->days[class] * RETENTION_DAY_MS;
    }
    ret->keeps_from = low * TLOG_TILE_WIDTH;
    ret->bytes = bytes_of(retainer, class, first, low);
    return count_keys(retainer, class, as_of_ms, &ret->keys, problem);
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
    if (read_log(retainer, from < first ? first : from, problem))
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
    free(retainer);
}
