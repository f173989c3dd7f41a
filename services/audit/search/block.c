#include "services/audit/search/block.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

/* The names of one kind, as they stand in the block. */
struct names {
    unsigned count;
    const char *text[BLOCK_ENTRIES]; /* in glances of the maker */
};

struct block_maker {
    struct words words;
    struct names names[NAME_KINDS];
    struct glance glances[BLOCK_ENTRIES];
};

struct block_maker *block_maker_new(void)
{
    return malloc(sizeof(struct block_maker));
}

void block_maker_free(struct block_maker *maker)
{
    free(maker);
}

/* The name's number. There are never more names than entries. */
static uint8_t number_of(struct names *names, const char *text)
{
    unsigned i = 0;
    while (i < names->count && strcmp(names->text[i], text))
        i++;
    if (i == names->count)
        names->text[names->count++] = text;
    return (uint8_t)i;
}

static void add_entry(struct block_maker *maker, struct block_head *head, unsigned i, const struct glance *glance)
{
    head->time_ms[i] = glance->time_ms;
    head->agent[i] = glance->agent;
    head->sev[i] = (uint8_t)glance->sev;
    head->sevs[glance->sev - 1]++;
    head->name[NAME_TYPE][i] = number_of(&maker->names[NAME_TYPE], glance->type);
    head->name[NAME_TENANT][i] = number_of(&maker->names[NAME_TENANT], glance->tenant);
    head->name[NAME_ACTOR][i] = number_of(&maker->names[NAME_ACTOR], glance->actor);
    if (glance->time_ms < head->oldest_ms)
        head->oldest_ms = glance->time_ms;
    if (glance->time_ms > head->newest_ms)
        head->newest_ms = glance->time_ms;
}

static int write_names(const struct names *names, struct buf *out)
{
    const uint16_t count = (uint16_t)names->count;
    int error = buf_append(out, &count, sizeof(count));
    for (unsigned i = 0; i < names->count && !error; i++) {
        const uint8_t length = (uint8_t)strlen(names->text[i]);
        error = buf_append(out, &length, 1) || buf_append(out, names->text[i], length);
    }
    return error;
}

static int write_block(struct block_maker *maker, struct block_head *head, struct buf *out)
{
    size_t start = out->length;
    head->words_bytes = (uint32_t)words_fold(&maker->words);
    int error = buf_append(out, head, sizeof(*head));
    for (int kind = 0; kind < NAME_KINDS && !error; kind++)
        error = write_names(&maker->names[kind], out);
    if (error || buf_append(out, maker->words.bits, head->words_bytes))
        return -1;
    head->names_bytes = (uint32_t)(out->length - start - sizeof(*head) - head->words_bytes);
    uint8_t *block = (uint8_t *)out->data + start;
    memcpy(block, head, sizeof(*head));
    crypto_blake2b(block + BLAKE2B_BYTES, out->length - start - BLAKE2B_BYTES, block);
    return 0;
}

int block_make(
    struct block_maker *maker, uint64_t number, const struct tlog_entry *entries, unsigned count, struct buf *ret)
{
    struct block_head head = {
        .number = number,
        .oldest_ms = INT64_MAX,
        .newest_ms = INT64_MIN,
        .day_first = UINT32_MAX,
    };
    words_clear(&maker->words);
    for (int kind = 0; kind < NAME_KINDS; kind++)
        maker->names[kind].count = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *text = (const char *)entries[i].data;
        if (glance_read(text, entries[i].bytes, &maker->glances[i]))
            continue;
        add_entry(maker, &head, i, &maker->glances[i]);
        words_add(&maker->words, text, entries[i].bytes);
    }
    return write_block(maker, &head, ret);
}

static void hash_block(void *block, size_t bytes)
{
    crypto_blake2b((const uint8_t *)block + BLAKE2B_BYTES, bytes - BLAKE2B_BYTES, block);
}

void block_note_days(void *block, size_t bytes, uint32_t first, uint32_t last)
{
    struct block_head *head = block;
    head->day_first = first;
    head->day_last = last;
    hash_block(block, bytes);
}

bool block_is_blind(const struct block_head *head)
{
    return head->day_last == UINT32_MAX;
}

/* Where the names of one kind end; NULL: they are not whole. */
static uint8_t *behind_names(uint8_t *at, const uint8_t *end)
{
    uint16_t count;
    if ((size_t)(end - at) < sizeof(count))
        return NULL;
    memcpy(&count, at, sizeof(count));
    at += sizeof(count);
    for (; count; count--) {
        if (at == end || end - at - 1 < *at)
            return NULL;
        at += 1 + *at;
    }
    return at;
}

void block_blind(void *block, size_t bytes)
{
    struct block_head *head = block;
    uint8_t *names = (uint8_t *)(head + 1), *end = names + head->names_bytes, *actors = names;
    for (int kind = 0; kind < NAME_ACTOR && actors; kind++)
        actors = behind_names(actors, end);
    /* Their count becomes 0, and what stands behind it is not looked at. */
    if (actors)
        memset(actors, 0, (size_t)(end - actors));
    memset(head->name[NAME_ACTOR], 0, sizeof(head->name[NAME_ACTOR]));
    memset(end, 0xff, head->words_bytes);
    head->day_first = UINT32_MAX;
    head->day_last = UINT32_MAX;
    hash_block(block, bytes);
}

void block_forget(void *block, size_t bytes)
{
    struct block_head *head = block;
    struct block_head empty = {
        .number = head->number,
        .oldest_ms = INT64_MAX,
        .newest_ms = INT64_MIN,
        .names_bytes = head->names_bytes,
        .words_bytes = head->words_bytes,
        .day_first = UINT32_MAX,
    };
    memset(head + 1, 0, bytes - sizeof(*head));
    memcpy(head, &empty, sizeof(empty));
    hash_block(block, bytes);
}

bool block_head_possible(const struct block_head *head)
{
    return head->names_bytes <= BLOCK_NAMES_BYTES_MAX && head->words_bytes >= WORDS_LINE_BYTES &&
           head->words_bytes <= WORDS_BYTES_MAX && !(head->words_bytes & (head->words_bytes - 1));
}

bool block_whole(const void *block, size_t bytes)
{
    uint8_t hash[BLAKE2B_BYTES];
    crypto_blake2b((const uint8_t *)block + BLAKE2B_BYTES, bytes - BLAKE2B_BYTES, hash);
    return !memcmp(hash, block, BLAKE2B_BYTES);
}

/* The number of each wanted name in this block; false: it has no such name. -1 where none is wanted. */
static bool find_names(const uint8_t *at, size_t bytes, const char *const wanted[NAME_KINDS], int ret[NAME_KINDS])
{
    const uint8_t *end = at + bytes;
    for (int kind = 0; kind < NAME_KINDS; kind++) {
        uint16_t count;
        if ((size_t)(end - at) < sizeof(count))
            return false;
        memcpy(&count, at, sizeof(count));
        at += sizeof(count);
        size_t length = wanted[kind] ? strlen(wanted[kind]) : 0;
        ret[kind] = -1;
        for (int i = 0; i < count; i++) {
            if (at == end || end - at - 1 < *at)
                return false;
            if (wanted[kind] && *at == length && !memcmp(at + 1, wanted[kind], length))
                ret[kind] = i;
            at += 1 + *at;
        }
        if (wanted[kind] && ret[kind] < 0)
            return false;
    }
    return true;
}

/* Loops over whole columns, without branches, so that the compiler makes vector instructions of them. */

static void match_byte(const uint8_t column[BLOCK_ENTRIES], uint8_t value, uint8_t mask[BLOCK_ENTRIES])
{
    for (int i = 0; i < BLOCK_ENTRIES; i++)
        mask[i] &= column[i] == value;
}

static void match_agent(const uint32_t column[BLOCK_ENTRIES], uint32_t agent, uint8_t mask[BLOCK_ENTRIES])
{
    for (int i = 0; i < BLOCK_ENTRIES; i++)
        mask[i] &= column[i] == agent;
}

static void match_time(const int64_t column[BLOCK_ENTRIES], int64_t from, int64_t to, uint8_t mask[BLOCK_ENTRIES])
{
    for (int i = 0; i < BLOCK_ENTRIES; i++)
        mask[i] &= (uint8_t)((column[i] >= from) & (column[i] <= to));
}

static void match_sev(const uint8_t column[BLOCK_ENTRIES], uint8_t least, uint8_t mask[BLOCK_ENTRIES])
{
    for (int i = 0; i < BLOCK_ENTRIES; i++)
        mask[i] = (uint8_t)(column[i] - 1) < least;
}

static unsigned count_mask(const uint8_t mask[BLOCK_ENTRIES])
{
    unsigned count = 0;
    for (int i = 0; i < BLOCK_ENTRIES; i++)
        count += mask[i];
    return count;
}

unsigned block_match(const struct block_head *head, const struct wanted *wanted, uint8_t mask[BLOCK_ENTRIES])
{
    const uint8_t *names = (const uint8_t *)(head + 1);
    const char *const texts[NAME_KINDS] = { wanted->type, wanted->tenant, block_is_blind(head) ? NULL : wanted->actor };
    int numbers[NAME_KINDS];
    if (head->newest_ms < wanted->from_ms || head->oldest_ms > wanted->to_ms ||
        !find_names(names, head->names_bytes, texts, numbers)) {
        memset(mask, 0, BLOCK_ENTRIES);
        return 0;
    }
    match_sev(head->sev, (uint8_t)(wanted->least_sev ? wanted->least_sev : 4), mask);
    if (head->oldest_ms < wanted->from_ms || head->newest_ms > wanted->to_ms)
        match_time(head->time_ms, wanted->from_ms, wanted->to_ms, mask);
    if (wanted->agent)
        match_agent(head->agent, wanted->agent, mask);
    for (int kind = 0; kind < NAME_KINDS; kind++) {
        if (numbers[kind] >= 0)
            match_byte(head->name[kind], (uint8_t)numbers[kind], mask);
    }
    return count_mask(mask);
}
