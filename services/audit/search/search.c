#include "services/audit/search/search.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/problem.h"

/* A search on its way through one class. */
struct walk {
    struct index *index; /* NULL: not wanted, or at its end */
    const struct wanted *wanted;
    uint64_t before; /* what is from here on was looked at */
    bool here;       /* `found` is the next row; before is its sequence */
    struct found found;
    uint64_t block; /* that mask and entries are of; UINT64_MAX: none */
    uint8_t mask[BLOCK_ENTRIES];
    struct tlog_entry entries[BLOCK_ENTRIES];
    unsigned count;
};

/* Which entries of the block may match, and their texts if any does. */
static int enter(struct walk *walk, uint64_t number, struct problem *problem)
{
    const struct block_head *head;
    walk->block = number;
    walk->count = 0;
    int count = index_match(walk->index, number, walk->wanted, &head, walk->mask, problem);
    return count > 0 ? index_bundle(walk->index, number, walk->entries, &walk->count, problem) : count;
}

/* What is answered stands in the log itself: the index only said where to look. */
static bool matches(struct walk *walk, unsigned i)
{
    const struct tlog_entry *entry = &walk->entries[i];
    const struct wanted *wanted = walk->wanted;
    const char *text = (const char *)entry->data;
    return i < walk->count && walk->mask[i] && (!wanted->phrase || phrase_in(wanted->phrase, text, entry->bytes)) &&
           !glance_read(text, entry->bytes, &walk->found.glance) && wanted_matches(wanted, &walk->found.glance);
}

/* The next row of this class, if there is one before the time is up. */
static int walk_on(struct walk *walk, int64_t until_mono_ms, struct problem *problem)
{
    while (walk->before && !walk->here) {
        uint64_t number = (walk->before - 1) / BLOCK_ENTRIES, first = number * BLOCK_ENTRIES;
        if (walk->block != number) {
            if (clock_mono_ms() >= until_mono_ms)
                return 0;
            if (enter(walk, number, problem))
                return -1;
        }
        while (walk->before > first && !walk->here) {
            walk->before--;
            walk->here = matches(walk, (unsigned)(walk->before - first));
        }
    }
    if (walk->here)
        walk->found.sequence = walk->before;
    return 0;
}

/* Advance all; of the rows that are there, which comes next? -1: none, or not all are known yet. */
static int choose(struct walk walks[CLASS_COUNT], int64_t until_mono_ms, int *ret, struct problem *problem)
{
    *ret = -1;
    bool late = false;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct walk *walk = &walks[class];
        if (!walk->index)
            continue;
        if (walk_on(walk, until_mono_ms, problem))
            return -1;
        late |= !walk->here && walk->before;
        if (walk->here && (*ret < 0 || walk->found.glance.time_ms > walks[*ret].found.glance.time_ms))
            *ret = class;
    }
    if (late)
        *ret = -1;
    return 0;
}

static void begin(
    struct walk *walk, enum class class, struct index *index, const struct wanted *wanted, uint64_t before)
{
    uint64_t indexed = index ? index_indexed(index) : 0;
    *walk = (struct walk){
        .index = index,
        .wanted = wanted,
        .before = before < indexed ? before : indexed,
        .found = { .class = class },
        .block = UINT64_MAX,
    };
}

/* The text of the row that was just found, which its bundle still has. */
static int keep_text(struct page *page, const struct walk *walk, struct problem *problem)
{
    const struct tlog_entry *entry = &walk->entries[walk->found.sequence % BLOCK_ENTRIES];
    page->rows[page->n - 1].text = page->texts->length;
    if (buf_append(page->texts, entry->data, entry->bytes) || buf_append(page->texts, "", 1))
        return problem_set(problem, "no-memory", "", "no memory");
    return 0;
}

static bool full(const struct page *page)
{
    return page->n == page->limit || (page->texts && page->texts->length >= PAGE_TEXT_BYTES);
}

int search_page(struct index *const indexes[CLASS_COUNT], const struct wanted *wanted, int64_t until_mono_ms,
    struct page *page, struct problem *problem)
{
    struct walk walks[CLASS_COUNT];
    int next;
    page->n = 0;
    page->more = false;
    for (int class = 0; class < CLASS_COUNT; class ++)
        begin(&walks[class], (enum class) class, indexes[class], wanted, page->cursor.before[class]);
    while (!full(page)) {
        if (choose(walks, until_mono_ms, &next, problem))
            return -1;
        if (next < 0)
            break;
        page->rows[page->n++] = walks[next].found;
        if (page->texts && keep_text(page, &walks[next], problem))
            return -1;
        walks[next].here = false;
    }
    for (int class = 0; class < CLASS_COUNT; class ++) {
        /* A row that was found and did not come in is found again. */
        page->cursor.before[class] = walks[class].before + walks[class].here;
        page->more |= page->cursor.before[class] > 0;
    }
    return 0;
}
