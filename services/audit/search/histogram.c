#include "services/audit/search/histogram.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/problem.h"

#define BUCKETS_CHOSEN_MAX 128 /* columns that a screen has room for */
#define SECOND_MS INT64_C(1000)
#define DAY_MS (86400 * SECOND_MS)

/* Lengths of buckets that people read easily. */
static const int64_t lengths_ms[] = { SECOND_MS, 5 * SECOND_MS, 15 * SECOND_MS, 60 * SECOND_MS, 300 * SECOND_MS,
    900 * SECOND_MS, 3600 * SECOND_MS, 6 * 3600 * SECOND_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS };

static int64_t choose_length(int64_t from_ms, int64_t to_ms)
{
    size_t i = 0;
    while (i + 1 < sizeof(lengths_ms) / sizeof(lengths_ms[0]) &&
           to_ms / lengths_ms[i] - from_ms / lengths_ms[i] >= BUCKETS_CHOSEN_MAX)
        i++;
    return lengths_ms[i];
}

/* The period within which there can be anything. false: none. */
static bool find_period(
    struct index *const indexes[CLASS_COUNT], const struct wanted *wanted, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
    int64_t oldest_ms, newest_ms, from_ms = INT64_MAX, to_ms = INT64_MIN;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!indexes[class] || !index_times(indexes[class], &oldest_ms, &newest_ms))
            continue;
        from_ms = oldest_ms < from_ms ? oldest_ms : from_ms;
        to_ms = newest_ms > to_ms ? newest_ms : to_ms;
    }
    *ret_from_ms = from_ms > wanted->from_ms ? from_ms : wanted->from_ms;
    *ret_to_ms = to_ms < wanted->to_ms ? to_ms : wanted->to_ms;
    return *ret_from_ms <= *ret_to_ms;
}

static bool matches_text(const struct wanted *wanted, const struct tlog_entry *entry)
{
    const char *text = (const char *)entry->data;
    struct glance glance;
    return (!wanted->phrase || phrase_in(wanted->phrase, text, entry->bytes)) &&
           !glance_read(text, entry->bytes, &glance) && wanted_matches(wanted, &glance);
}

/* Take from the mask what the text does not bear out. */
static int look_at_texts(struct index *index, uint64_t number, const struct wanted *wanted, uint8_t mask[BLOCK_ENTRIES],
    struct problem *problem)
{
    struct tlog_entry entries[BLOCK_ENTRIES];
    unsigned count;
    if (index_bundle(index, number, entries, &count, problem))
        return -1;
    for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
        if (mask[i])
            mask[i] = i < count && matches_text(wanted, &entries[i]);
    }
    return 0;
}

static void add(struct histogram *histogram, const struct block_head *head, const uint8_t mask[BLOCK_ENTRIES])
{
    /* Times hardly change from entry to entry: a division only where the bucket does. */
    int64_t begin_ms = 0, end_ms = 0;
    uint64_t *counts = NULL;
    for (unsigned i = 0; i < BLOCK_ENTRIES; i++) {
        if (!mask[i])
            continue;
        if (head->time_ms[i] < begin_ms || head->time_ms[i] >= end_ms) {
            int64_t bucket = (head->time_ms[i] - histogram->first_ms) / histogram->bucket_ms;
            counts = histogram->counts[bucket];
            begin_ms = histogram->first_ms + bucket * histogram->bucket_ms;
            end_ms = begin_ms + histogram->bucket_ms;
        }
        counts[head->sev[i] - 1]++;
    }
}

/* All of a block in one bucket, and nothing asked for that its sums do not answer? */
static bool add_sums(
    struct histogram *histogram, const struct index *index, uint64_t number, const struct wanted *wanted)
{
    int64_t oldest_ms = index_oldest(index, number), newest_ms = index_newest(index, number);
    if (wanted->phrase || wanted->agent || wanted->type || wanted->tenant || wanted->actor || oldest_ms > newest_ms ||
        oldest_ms < wanted->from_ms || newest_ms > wanted->to_ms)
        return false;
    int64_t bucket = (newest_ms - histogram->first_ms) / histogram->bucket_ms;
    if ((oldest_ms - histogram->first_ms) / histogram->bucket_ms != bucket)
        return false;
    const uint16_t *sevs = index_sevs(index, number);
    for (int sev = 0; sev < (wanted->least_sev ? wanted->least_sev : BLOCK_SEVS); sev++)
        histogram->counts[bucket][sev] += sevs[sev];
    return true;
}

static int count_block(struct index *index, uint64_t number, const struct wanted *wanted, struct histogram *histogram,
    struct problem *problem)
{
    const struct block_head *head;
    uint8_t mask[BLOCK_ENTRIES];
    if (add_sums(histogram, index, number, wanted))
        return 0;
    int count = index_match(index, number, wanted, &head, mask, problem);
    if (count <= 0)
        return count;
    if ((wanted->phrase || (wanted->actor && block_is_blind(head))) &&
        look_at_texts(index, number, wanted, mask, problem))
        return -1;
    add(histogram, head, mask);
    return 0;
}

/* The class whose next block is the newest: so that, when the time is up, all are counted back to about the same
 * time. */
static int newest(struct index *const indexes[CLASS_COUNT], const uint64_t left[CLASS_COUNT])
{
    int found = -1;
    int64_t found_ms = 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!left[class])
            continue;
        int64_t time_ms = index_newest(indexes[class], left[class] - 1);
        if (found < 0 || time_ms > found_ms) {
            found = class;
            found_ms = time_ms;
        }
    }
    return found;
}

int histogram_count(struct index *const indexes[CLASS_COUNT], const struct wanted *wanted, int64_t until_mono_ms,
    struct histogram *histogram, struct problem *problem)
{
    struct wanted within = *wanted;
    uint64_t left[CLASS_COUNT];
    histogram->n = 0;
    histogram->cut = false;
    if (!find_period(indexes, wanted, &within.from_ms, &within.to_ms))
        return 0;
    if (!histogram->bucket_ms)
        histogram->bucket_ms = choose_length(within.from_ms, within.to_ms);
    int64_t first = within.from_ms / histogram->bucket_ms, last = within.to_ms / histogram->bucket_ms;
    if (last - first >= HISTOGRAM_BUCKETS_MAX)
        return problem_set(problem, "bad-field", "bucket_s", "the period has more than %d buckets of that length",
            HISTOGRAM_BUCKETS_MAX);
    histogram->first_ms = first * histogram->bucket_ms;
    histogram->n = (unsigned)(last - first) + 1;
    memset(histogram->counts, 0, histogram->n * sizeof(histogram->counts[0]));
    for (int class = 0; class < CLASS_COUNT; class ++)
        left[class] = indexes[class] ? index_blocks(indexes[class]) : 0;
    for (int class; (class = newest(indexes, left)) >= 0;) {
        if (clock_mono_ms() >= until_mono_ms) {
            histogram->cut = true;
            int64_t newest_ms = index_newest(indexes[class], left[class] - 1);
            histogram->cut_ms = newest_ms < within.to_ms ? newest_ms : within.to_ms;
            if (histogram->cut_ms < within.from_ms)
                histogram->cut_ms = within.from_ms;
            return 0;
        }
        if (count_block(indexes[class], --left[class], &within, histogram, problem))
            return -1;
    }
    return 0;
}
