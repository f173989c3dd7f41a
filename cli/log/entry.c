#include "cli/log/entry.h"

#include <inttypes.h>
#include <string.h>

#include "lib/problem.h"

/* The bundle that holds an entry, and the index of its first one. */
static int read_bundle(const struct tlog_source *source, uint64_t index, struct tlog_entry ret[TLOG_TILE_WIDTH],
    unsigned *ret_count, uint64_t *ret_first, struct problem *problem)
{
    struct tlog_tile bundle = { .level = TLOG_BUNDLE, .number = index / TLOG_TILE_WIDTH };
    const uint8_t *data;
    size_t bytes;
    bundle.width = tlog_tile_width(source->size, TLOG_BUNDLE, bundle.number);
    *ret_first = bundle.number * TLOG_TILE_WIDTH;
    return source->read(source->arg, &bundle, &data, &bytes, problem) ||
                   tlog_bundle_parse(data, bytes, ret, ret_count, problem)
               ? -1
               : 0;
}

int log_entry_read(const struct tlog_source *source, uint64_t index, struct log_entry *ret, struct problem *problem)
{
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    unsigned count;
    uint64_t first;
    if (index >= source->size)
        return problem_set(
            problem, "not-found", "SEQUENCE", "the log has %" PRIu64 " entries, the first is 0", source->size);
    if (read_bundle(source, index, entries, &count, &first, problem))
        return -1;
    if (index - first >= count)
        return problem_set(problem, "bad-bundle", "", "the bundle of entry %" PRIu64 " has only %u", index, count);
    const struct tlog_entry *entry = &entries[index - first];
    struct log_entry found = { .text = (const char *)entry->data, .bytes = entry->bytes };
    if (event_read_stored(found.text, found.bytes, &found.read, problem))
        return -1;
    *ret = found;
    return 0;
}

void log_entry_free(struct log_entry *entry)
{
    event_free(&entry->read);
}

int log_entries(
    const struct tlog_source *source, uint64_t from, uint64_t to, log_visit *visit, void *arg, struct problem *problem)
{
    while (from < to) {
        struct tlog_entry entries[TLOG_TILE_WIDTH];
        struct problem found;
        unsigned count;
        uint64_t first;
        if (read_bundle(source, from, entries, &count, &first, &found)) {
            if (strcmp(found.code, "absent")) {
                if (problem)
                    *problem = found;
                return -1;
            }
            from = first + TLOG_TILE_WIDTH;
            continue;
        }
        for (; from < to && from - first < count; from++) {
            if (!visit(arg, from, &entries[from - first]))
                return 0;
        }
        if (from < to && count < TLOG_TILE_WIDTH)
            return problem_set(problem, "bad-bundle", "", "the bundle of entry %" PRIu64 " is too short", from);
    }
    return 0;
}

/* What log_entries_check found wrong; the class is that of the first entry. */
struct checking {
    int class;
    struct problem *problem;
    bool wrong;
};

static bool check_entry(void *arg, uint64_t index, const struct tlog_entry *entry)
{
    struct checking *checking = arg;
    struct event_read read;
    checking->wrong = true;
    if (event_read_stored((const char *)entry->data, entry->bytes, &read, checking->problem))
        return false;
    if (checking->class < 0)
        checking->class = (int)read.event.class;
    checking->wrong = (int)read.event.class != checking->class || read.event.sequence != index;
    if (checking->wrong)
        problem_set(checking->problem, "wrong-entry", "", "entry %" PRIu64 " calls itself %s-%" PRIu64, index,
            class_words[read.event.class], read.event.sequence);
    event_free(&read);
    return !checking->wrong;
}

int log_entries_check(struct opened_log *log, struct problem *problem)
{
    struct tlog_source source = log_source(log);
    struct checking checking = { .class = -1, .problem = problem };
    if (log_entries(&source, 0, source.size, check_entry, &checking, problem))
        return -1;
    return checking.wrong ? -1 : 0;
}
