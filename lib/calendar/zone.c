#include "lib/calendar/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/calendar/civil.h"
#include "lib/calendar/zone_rule.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FOLDER "/usr/share/zoneinfo/"
#define HEADER_BYTES 44
#define TYPE_BYTES 6
#define TRANSITIONS_MAX 4096     /* no zone has 300 */
#define OFFSET_MAX_S (26 * 3600) /* RFC 8536 §3.2 wants less than 26 h each way */
#define RULE_BYTES 128

struct zone {
    size_t count;
    int64_t at_s[TRANSITIONS_MAX];
    int32_t offset_s[TRANSITIONS_MAX]; /* from at_s[i] on */
    int32_t first_s;                   /* before them all */
    bool has_rule;                     /* for the time after them all; without it the last offset stays */
    struct zone_rule rule;
};

static int64_t big_endian(const uint8_t *at, unsigned bytes)
{
    uint64_t number = at[0] & 0x80 ? UINT64_MAX : 0;
    while (bytes--)
        number = number << 8 | *at++;
    return (int64_t)number;
}

/* A block: its header's counts, and how long its data is with times of so many bytes. */
struct block {
    size_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static int take_header(const uint8_t *at, size_t left, struct block *ret)
{
    if (left < HEADER_BYTES || memcmp(at, "TZif", 4) || at[4] < '2')
        return -1;
    size_t counts[6];
    for (size_t i = 0; i < 6; i++) {
        int64_t count = big_endian(at + 20 + 4 * i, 4);
        if (count < 0 || count > ZONE_FILE_LIMIT_BYTES)
            return -1;
        counts[i] = (size_t)count;
    }
    *ret = (struct block){ counts[0], counts[1], counts[2], counts[3], counts[4], counts[5] };
    return 0;
}

static size_t block_bytes(const struct block *block, size_t time_bytes)
{
    return block->timecnt * (time_bytes + 1) + block->typecnt * TYPE_BYTES + block->charcnt +
           block->leapcnt * (time_bytes + 4) + block->isstdcnt + block->isutcnt;
}

static int take_type(const uint8_t *types, size_t count, size_t which, int32_t *ret_s)
{
    if (which >= count)
        return -1;
    int64_t offset_s = big_endian(types + which * TYPE_BYTES, 4);
    if (offset_s <= -OFFSET_MAX_S || offset_s >= OFFSET_MAX_S)
        return -1;
    *ret_s = (int32_t)offset_s;
    return 0;
}

/* The block with times of 64 bits. */
static int take_times(const uint8_t *at, const struct block *block, struct zone *zone)
{
    const uint8_t *which = at + block->timecnt * 8, *types = which + block->timecnt;
    /* Type 0 holds before the first transition (RFC 8536 §3.2). */
    if (block->timecnt > TRANSITIONS_MAX || take_type(types, block->typecnt, 0, &zone->first_s))
        return -1;
    zone->count = block->timecnt;
    for (size_t i = 0; i < zone->count; i++) {
        zone->at_s[i] = big_endian(at + 8 * i, 8);
        if ((i && zone->at_s[i] <= zone->at_s[i - 1]) || take_type(types, block->typecnt, which[i], &zone->offset_s[i]))
            return -1;
    }
    return 0;
}

/* "\nTZ string\n"; an empty one says nothing of the future. */
static int take_footer(const uint8_t *at, size_t left, struct zone *zone)
{
    char text[RULE_BYTES];
    const uint8_t *end = left > 1 && *at == '\n' ? memchr(at + 1, '\n', left - 1) : NULL;
    size_t length = end ? (size_t)(end - at - 1) : RULE_BYTES;
    if (length >= RULE_BYTES || memchr(at + 1, '\0', length))
        return -1;
    memcpy(text, at + 1, length);
    text[length] = '\0';
    zone->has_rule = length > 0;
    return zone->has_rule ? zone_rule_parse(text, &zone->rule) : 0;
}

static int parse(const uint8_t *data, size_t bytes, struct zone *zone)
{
    struct block block;
    /* The first block, with times of 32 bits, is for readers of the last century. */
    if (take_header(data, bytes, &block) || block_bytes(&block, 4) > bytes - HEADER_BYTES)
        return -1;
    size_t skipped = HEADER_BYTES + block_bytes(&block, 4);
    data += skipped;
    bytes -= skipped;
    if (take_header(data, bytes, &block) || block_bytes(&block, 8) > bytes - HEADER_BYTES ||
        take_times(data + HEADER_BYTES, &block, zone))
        return -1;
    skipped = HEADER_BYTES + block_bytes(&block, 8);
    return take_footer(data + skipped, bytes - skipped, zone);
}

struct zone *zone_parse(const void *data, size_t bytes, struct problem *problem)
{
    struct zone *zone = calloc(1, sizeof(*zone));
    if (!zone) {
        problem_set(problem, "no-memory", "zone", "no memory for a time zone");
        return NULL;
    }
    if (bytes > ZONE_FILE_LIMIT_BYTES || parse(data, bytes, zone)) {
        problem_set(problem, "bad-zone", "zone", "not a time zone file of version 2 or later");
        zone_free(zone);
        return NULL;
    }
    return zone;
}

/* A path below the folder and nothing else: letters, digits, _ + - and single slashes between. */
static bool is_name(const char *name)
{
    size_t length = strlen(name);
    bool apart = true;
    for (const char *at = name; *at; at++) {
        bool slash = *at == '/';
        if (slash ? apart : !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-", *at))
            return false;
        apart = slash;
    }
    return length < ZONE_NAME_BYTES && !apart;
}

static bool passes(int number)
{
    return number == ENOMEM || number == EMFILE || number == ENFILE || number == EIO;
}

struct zone *zone_load(const char *name, struct problem *problem)
{
    char path[sizeof(FOLDER) + ZONE_NAME_BYTES], *data;
    size_t bytes;
    if (!is_name(name)) {
        problem_set(problem, "bad-zone", "zone", "%.64s is no name of a time zone", name);
        return NULL;
    }
    snprintf(path, sizeof(path), FOLDER "%s", name);
    errno = 0;
    if (file_read(path, ZONE_FILE_LIMIT_BYTES, &data, &bytes, NULL)) {
        if (passes(errno))
            problem_errno(problem, "file", "zone", "cannot read the time zone %s", name);
        else
            problem_set(problem, "bad-zone", "zone", "there is no time zone %s here (package tzdata)", name);
        return NULL;
    }
    struct zone *zone = zone_parse(data, bytes, problem);
    free(data);
    return zone;
}

void zone_free(struct zone *zone)
{
    free(zone);
}

/* The turns of the clock by the rule around a time: those of the year before, the same and the next, in order. */
static void rule_span(const struct zone *zone, int64_t time_s, struct zone_span *span)
{
    const struct zone_rule *rule = &zone->rule;
    int64_t year = civil_of(civil_day_of(time_s)).year;
    for (int64_t near = year - 1; near <= year + 1; near++) {
        int64_t turns[2];
        zone_rule_year(rule, near, &turns[0], &turns[1]);
        for (int i = 0; i < 2; i++) {
            if (turns[i] <= time_s && turns[i] > span->from_s) {
                span->from_s = turns[i];
                span->offset_s = i ? rule->standard_s : rule->summer_s;
                span->before_s = i ? rule->summer_s : rule->standard_s;
            } else if (turns[i] > time_s && turns[i] < span->to_s) {
                span->to_s = turns[i];
            }
        }
    }
}

void zone_span_at(const struct zone *zone, int64_t time_s, struct zone_span *ret)
{
    size_t low = 0, high = zone->count; /* transitions at or before the time */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (zone->at_s[middle] <= time_s)
            low = middle + 1;
        else
            high = middle;
    }
    struct zone_span span = {
        .from_s = low ? zone->at_s[low - 1] : INT64_MIN,
        .to_s = low < zone->count ? zone->at_s[low] : INT64_MAX,
        .offset_s = low ? zone->offset_s[low - 1] : zone->first_s,
        .before_s = low > 1 ? zone->offset_s[low - 2] : zone->first_s,
    };
    if (low == zone->count && zone->has_rule) {
        if (!zone->rule.has_summer)
            span.offset_s = zone->rule.standard_s;
        else
            rule_span(zone, time_s, &span);
    }
    *ret = span;
}
