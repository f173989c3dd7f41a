#include "services/audit/retention/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/class_numbers.h"
#include "lib/files.h"
#include "lib/seal/text.h"

#define AWAY_MS (2 * RETENTION_DAY_MS) /* between two runs; how long that was nobody knows */
#define LEAP_MS (RETENTION_DAY_MS / 2) /* a machine may sleep overnight */
#define HOLD_MS RETENTION_DAY_MS

bool retention_is_due(int64_t newest_ms, uint32_t days, int64_t now_ms)
{
    return days && newest_ms <= now_ms - (int64_t)days * RETENTION_DAY_MS;
}

uint32_t retention_sealed_from(uint32_t days, int64_t now_ms)
{
    const uint32_t today = seal_day(now_ms);
    return days && today > days ? today - days : 0;
}

uint64_t retention_bundles(uint64_t size)
{
    return size ? (size - 1) / TLOG_TILE_WIDTH : 0;
}

/* The wall clock may gain on the monotonic one: as much again as has passed is forgiven. */
static bool has_leapt(struct retention *retention, int64_t passed_ms, int64_t elapsed_ms)
{
    if (elapsed_ms < 0)
        return passed_ms > AWAY_MS;
    const int64_t ahead_ms = retention->ahead_ms + passed_ms - 2 * elapsed_ms;
    retention->ahead_ms = ahead_ms > 0 && ahead_ms <= LEAP_MS ? ahead_ms : 0;
    return ahead_ms > LEAP_MS;
}

bool retention_may_delete(struct retention *retention, int64_t now_ms, int64_t elapsed_ms)
{
    bool leapt = has_leapt(retention, now_ms - retention->seen_ms, elapsed_ms);
    /* A leap backwards mends the clock: what was waited for by the wrong one is not waited for. */
    if (leapt || retention->hold_until_ms > now_ms + HOLD_MS)
        retention->hold_until_ms = now_ms + HOLD_MS;
    retention->seen_ms = now_ms;
    return now_ms >= retention->hold_until_ms;
}

bool retention_is_news(const struct retention *retention, const uint32_t days[CLASS_COUNT])
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (retention->classes[class].days != days[class])
            return true;
    }
    return false;
}

static void keep_from(struct retention_class *class, uint64_t kept_from, uint64_t sequence)
{
    if (kept_from <= class->kept_from)
        return;
    class->kept_from = kept_from;
    class->kept_at = sequence;
}

static void take_rules(struct retention *retention, const struct event_retention_rules *rules, uint64_t sequence)
{
    uint64_t days[CLASS_COUNT], kept[CLASS_COUNT];
    if (class_numbers_parse(rules->retention, days) || class_numbers_parse(rules->kept, kept))
        return;
    retention->told_at = sequence;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        retention->classes[class].days = (uint32_t)days[class];
        keep_from(&retention->classes[class], kept[class], sequence);
    }
}

void retention_take_deleting(
    struct retention *retention, const struct event_retention_deleting *deleting, uint64_t sequence)
{
    keep_from(&retention->classes[deleting->class], deleting->kept_from, sequence);
}

void retention_take(struct retention *retention, const struct bus_event *event)
{
    if (event->event == EVENT_RETENTION_RULES)
        take_rules(retention, event->data, event->sequence);
    else if (event->event == EVENT_RETENTION_DELETING)
        retention_take_deleting(retention, event->data, event->sequence);
}

static int parse_class(const char *text, const char *class, struct retention_class *ret)
{
    char word[16];
    return sscanf(text, "%15s %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64, word, &ret->days, &ret->kept_from,
               &ret->kept_at, &ret->removed) == 5 &&
                   !strcmp(word, class)
               ? 0
               : -1;
}

int retention_parse(const char *text, struct retention *ret)
{
    struct retention found = { 0 };
    if (sscanf(text, "retention 1 %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 "\n", &found.read, &found.told_at,
            &found.seen_ms, &found.hold_until_ms) != 4 ||
        found.seen_ms < 0 || found.hold_until_ms < 0)
        return -1;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        text = strchr(text, '\n');
        if (!text || parse_class(++text, class_words[class], &found.classes[class]))
            return -1;
    }
    *ret = found;
    return 0;
}

void retention_load(const char *path, struct retention *ret)
{
    char *text;
    size_t bytes;
    *ret = (struct retention){ 0 };
    if (file_read(path, RETENTION_BYTES, &text, &bytes, NULL))
        return;
    retention_parse(text, ret);
    free(text);
}

size_t retention_format(const struct retention *retention, char ret[RETENTION_BYTES])
{
    int length = snprintf(ret, RETENTION_BYTES, "retention 1 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n",
        retention->read, retention->told_at, retention->seen_ms, retention->hold_until_ms);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const struct retention_class *one = &retention->classes[class];
        length += snprintf(ret + length, RETENTION_BYTES - (size_t)length,
            "%s %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", class_words[class], one->days, one->kept_from,
            one->kept_at, one->removed);
    }
    return (size_t)length;
}

int retention_save(const char *path, const struct retention *retention, struct problem *problem)
{
    char text[RETENTION_BYTES];
    const size_t length = retention_format(retention, text);
    return file_write(path, text, length, 0600, problem);
}
