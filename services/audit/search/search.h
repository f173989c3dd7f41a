/* Entries that match, newest first. Reads the indexes and the log: one thread. */
#ifndef VEDETTE_AUDIT_SEARCH_H
#define VEDETTE_AUDIT_SEARCH_H

#include "services/audit/search/cursor.h"
#include "services/audit/search/index.h"

struct buf;

struct found {
    enum class class;
    uint64_t sequence;
    struct glance glance;
    size_t text; /* where in the page's texts */
};

#define PAGE_TEXT_BYTES (1u << 20) /* then the page ends: an entry may have 64 KiB, and a page 1,000 */

struct page {
    struct found *rows; /* room for limit */
    unsigned limit, n;
    struct cursor cursor; /* in: from where; out: where it goes on */
    bool more;
    struct buf *texts; /* the rows' entries, a NUL behind each; NULL: they are not wanted */
};

/*
 * Within a class by sequence, newest first; classes are merged by their entries' times. Classes whose index is NULL are
 * not looked at. When the time is up, what was found so far is the page.
 */
int search_page(struct index *const indexes[CLASS_COUNT], const struct wanted *, int64_t until_mono_ms, struct page *,
    struct problem *);

#endif
