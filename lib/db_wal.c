#include "lib/db_wal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire.h"

#define MAGIC 0x377f0682u /* and 1 more where checksums take words as big-endian ones */

struct sums {
    uint32_t a, b;
    bool big_endian;
};

static uint32_t word(const struct sums *sums, const uint8_t *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof(number));
    return sums->big_endian ? be32toh(number) : le32toh(number);
}

static void add(struct sums *sums, const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        sums->a += word(sums, data + i) + sums->b;
        sums->b += word(sums, data + i + 4) + sums->a;
    }
}

static bool are(const struct sums *sums, const uint8_t *at)
{
    struct wire_reader in = { at, 8, false };
    uint32_t a = wire_u32(&in), b = wire_u32(&in);
    return sums->a == a && sums->b == b;
}

static int read_header(const uint8_t *data, size_t bytes, struct wal *ret, struct sums *sums)
{
    struct wire_reader in = { data, bytes < WAL_HEADER_BYTES ? 0 : WAL_HEADER_BYTES, false };
    uint32_t magic = wire_u32(&in), version = wire_u32(&in);
    ret->page_bytes = wire_u32(&in);
    wire_u32(&in); /* how often it was begun anew: the salts tell, too */
    ret->salts = wire_u64(&in);
    *sums = (struct sums){ .big_endian = magic & 1 };
    if (in.failed || (magic | 1) != (MAGIC | 1) || version != 3007000 || ret->page_bytes < 512 ||
        ret->page_bytes > WAL_PAGE_BYTES_MAX || ret->page_bytes & (ret->page_bytes - 1))
        return -1;
    add(sums, data, 24);
    return are(sums, data + 24) ? 0 : -1;
}

/* The frame's page, and how many pages the database has if it ends a commit. -1: it is none of this WAL. */
static int read_frame(
    const struct wal *wal, const uint8_t *at, struct sums *sums, uint32_t *ret_number, uint32_t *ret_pages)
{
    struct wire_reader in = { at, WAL_FRAME_HEADER_BYTES, false };
    *ret_number = wire_u32(&in);
    *ret_pages = wire_u32(&in);
    if (!*ret_number || wire_u64(&in) != wal->salts)
        return -1;
    add(sums, at, 8);
    add(sums, at + WAL_FRAME_HEADER_BYTES, wal->page_bytes);
    return are(sums, at + 16) ? 0 : -1;
}

static int by_number(const void *a, const void *b)
{
    const struct wal_page *one = a, *other = b;
    if (one->number != other->number)
        return one->number < other->number ? -1 : 1;
    return (one->at > other->at) - (one->at < other->at);
}

static void keep_newest(struct wal *wal)
{
    size_t n = 0;
    qsort(wal->all, wal->n, sizeof(*wal->all), by_number);
    for (size_t i = 0; i < wal->n; i++) {
        if (n && wal->all[n - 1].number == wal->all[i].number)
            n--;
        wal->all[n++] = wal->all[i];
    }
    wal->n = n;
}

int wal_parse(const uint8_t *data, size_t bytes, struct wal *ret)
{
    struct wal wal = { 0 };
    struct sums sums;
    *ret = wal;
    if (read_header(data, bytes, &wal, &sums))
        return 0;
    const size_t frame = WAL_FRAME_HEADER_BYTES + wal.page_bytes, most = (bytes - WAL_HEADER_BYTES) / frame;
    wal.all = calloc(most + 1, sizeof(*wal.all));
    if (!wal.all)
        return -1;
    size_t at = WAL_HEADER_BYTES;
    for (size_t i = 0; i < most; i++, at += frame) {
        uint32_t pages;
        wal.all[i].at = at + WAL_FRAME_HEADER_BYTES;
        if (read_frame(&wal, data + at, &sums, &wal.all[i].number, &pages))
            break;
        if (pages) {
            wal.n = i + 1;
            wal.pages = pages;
        }
    }
    keep_newest(&wal);
    *ret = wal;
    return 0;
}

void wal_free(struct wal *wal)
{
    free(wal->all);
    *wal = (struct wal){ 0 };
}

static int compare(const void *number, const void *page)
{
    uint32_t wanted = *(const uint32_t *)number, found = ((const struct wal_page *)page)->number;
    return (wanted > found) - (wanted < found);
}

const struct wal_page *wal_find(const struct wal *wal, uint32_t number)
{
    return wal->n ? bsearch(&number, wal->all, wal->n, sizeof(*wal->all), compare) : NULL;
}
