#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "services/audit/search/index_inside.h"

#define AHEAD_BLOCKS 64         /* some 800 KB: a millisecond of a disk */
#define AHEAD_BYTES (128 << 10) /* what every kernel takes at a time */

int index_read_at(const struct index *index, void *ret, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = pread(index->fd, (char *)ret + done, bytes - done, (off_t)(offset + done));
        if (count <= 0) {
            errno = count < 0 ? errno : EIO; /* shorter than it was */
            return -1;
        }
        done += (size_t)count;
    }
    return 0;
}

static const struct block_head *tail_head(const struct index *index)
{
    return (const struct block_head *)(const void *)index->tail.data;
}

uint64_t index_blocks(const struct index *index)
{
    return index->count + (index->tail_count > 0);
}

int64_t index_newest(const struct index *index, uint64_t number)
{
    return number < index->count ? index->places[number].newest_ms : tail_head(index)->newest_ms;
}

int64_t index_oldest(const struct index *index, uint64_t number)
{
    return number < index->count ? index->places[number].oldest_ms : tail_head(index)->oldest_ms;
}

const uint16_t *index_sevs(const struct index *index, uint64_t number)
{
    return number < index->count ? index->places[number].sevs : tail_head(index)->sevs;
}

bool index_times(const struct index *index, int64_t *ret_oldest_ms, int64_t *ret_newest_ms)
{
    int64_t oldest_ms = INT64_MAX, newest_ms = INT64_MIN;
    for (uint64_t i = 0; i < index_blocks(index); i++) {
        oldest_ms = index_oldest(index, i) < oldest_ms ? index_oldest(index, i) : oldest_ms;
        newest_ms = index_newest(index, i) > newest_ms ? index_newest(index, i) : newest_ms;
    }
    if (oldest_ms > newest_ms)
        return false;
    *ret_oldest_ms = oldest_ms;
    *ret_newest_ms = newest_ms;
    return true;
}

static int fail_reading(struct index *index, struct problem *problem)
{
    index_fail(index, problem, "read");
    index_distrust(index);
    return -1;
}

/* NULL + problem. */
static const struct block_head *read_columns(struct index *index, uint64_t number, struct problem *problem)
{
    if (number == index->count)
        return tail_head(index);
    const struct place *place = &index->places[number];
    if (index_read_at(index, &index->columns, sizeof(struct block_head) + place->names_bytes, place->offset)) {
        fail_reading(index, problem);
        return NULL;
    }
    index->columns.head.names_bytes = place->names_bytes;
    return &index->columns.head;
}

/* May the block have all the terms? -1 + problem. */
static int has_terms(struct index *index, uint64_t number, const struct terms *terms, struct problem *problem)
{
    uint8_t line[WORDS_LINE_BYTES];
    const struct block_head *tail = number == index->count ? tail_head(index) : NULL;
    const struct place *place = tail ? NULL : &index->places[number];
    size_t bytes = tail ? tail->words_bytes : place->words_bytes;
    size_t before = sizeof(*tail) + (tail ? tail->names_bytes : place->names_bytes);
    for (unsigned i = 0; i < terms->n; i++) {
        size_t offset = before + words_line(terms->hash[i], bytes);
        if (tail)
            memcpy(line, index->tail.data + offset, sizeof(line));
        else if (index_read_at(index, line, sizeof(line), place->offset + offset))
            return fail_reading(index, problem);
        if (!words_maybe(line, terms->hash[i]))
            return 0;
    }
    return 1;
}

/* From memory: may it hold entries of that time, and so severe? */
static bool may_match(const struct index *index, uint64_t number, const struct wanted *wanted)
{
    const uint16_t *sevs = index_sevs(index, number);
    unsigned severe = 0;
    for (int sev = 0; sev < (wanted->least_sev ? wanted->least_sev : BLOCK_SEVS); sev++)
        severe += sevs[sev];
    return severe && index_newest(index, number) >= wanted->from_ms && index_oldest(index, number) <= wanted->to_ms;
}

static void ask_for(const struct index *index, uint64_t part)
{
    uint64_t first = part * AHEAD_BLOCKS, behind = first + AHEAD_BLOCKS;
    if (first >= index->count)
        return;
    uint64_t end = behind < index->count ? index->places[behind].offset : index->end;
    for (uint64_t at = index->places[first].offset; at < end; at += AHEAD_BYTES)
        posix_fadvise(index->fd, (off_t)at, AHEAD_BYTES, POSIX_FADV_WILLNEED);
}

/* A search goes backwards, and no kernel reads ahead for that: an index that is not in memory would be read page by
 * page, waiting for each. */
static void read_ahead(struct index *index, uint64_t number)
{
    uint64_t part = number / AHEAD_BLOCKS;
    if (part == index->part)
        return;
    if (part + 1 != index->part)
        ask_for(index, part);
    if (part)
        ask_for(index, part - 1);
    index->part = part;
}

int index_match(struct index *index, uint64_t number, const struct wanted *wanted, const struct block_head **ret,
    uint8_t mask[BLOCK_ENTRIES], struct problem *problem)
{
    memset(mask, 0, BLOCK_ENTRIES);
    if (!may_match(index, number, wanted))
        return 0;
    read_ahead(index, number);
    int has = has_terms(index, number, &wanted->terms, problem);
    if (has <= 0)
        return has;
    *ret = read_columns(index, number, problem);
    return *ret ? (int)block_match(*ret, wanted, mask) : -1;
}

int index_bundle(struct index *index, uint64_t number, struct tlog_entry ret[BLOCK_ENTRIES], unsigned *ret_count,
    struct problem *problem)
{
    return follow_bundle(&index->follow, number, ret, ret_count, problem);
}

const struct tlog_entry *index_stored(const struct index *index, unsigned i)
{
    return &index->follow.stored[i];
}
