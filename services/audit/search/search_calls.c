/* log.search, log.histogram and log.entry: read here, answered from the search's thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "services/audit/audit.h"
#include "services/audit/search/asked.h"
#include "services/audit/search/histogram.h"
#include "services/audit/search/search.h"

#define ROWS_INITIAL 100
#define ROWS_MAX 1000
#define LIMIT_MS 1000 /* of one search; then it answers with what it has */

/* Of the two calls that have these fields, each in a struct of its own. */
#define ASKED(in)                                                                                                      \
    {                                                                                                                  \
        .classes = (in)->classes, .from_ms = (in)->has_from ? (in)->from : -1,                                         \
        .to_ms = (in)->has_to ? (in)->to : -1, .type = (in)->type, .tenant = (in)->tenant,                             \
        .agent = (in)->has_agent ? (in)->agent : 0, .actor = (in)->actor, .sev = (in)->has_sev ? (in)->sev : 0,        \
        .text = (in)->text,                                                                                            \
    }

/* A request on its way through the thread. What it was asked is the request's, valid until the answer. */
struct query {
    struct job job;
    struct bus_request *request;
    void (*answer)(const struct query *);
    struct answerable asked;
    uint64_t indexed; /* entries that the search knew */
    bool failed;
    struct problem problem;
    struct buf texts; /* entries that go with the answer */
};

static void done(void *arg)
{
    struct query *query = arg;
    if (query->failed)
        bus_refuse(query->request, &query->problem);
    else
        query->answer(query);
    buf_free(&query->texts);
    free(query);
}

/* The query is the first member of what query_new made. */
static void hand_over(struct query *query, struct bus_request *request,
    void (*work)(struct job *, struct index *const *), void (*answer)(const struct query *))
{
    struct audit *audit = bus_request_context(request);
    query->job.work = work;
    query->job.done = done;
    query->answer = answer;
    query->request = request;
    if (!searcher_do(audit->searcher, &query->job, &query->problem))
        return;
    query->failed = true;
    done(query);
}

static void *query_new(struct bus_request *request, size_t bytes)
{
    struct problem problem;
    void *query = calloc(1, bytes);
    if (query)
        return query;
    problem_set(&problem, "no-memory", "", "no memory");
    bus_refuse(request, &problem);
    return NULL;
}

static void choose(struct query *query, struct index *const all[CLASS_COUNT], struct index *ret[CLASS_COUNT])
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        query->indexed += index_indexed(all[class]);
        ret[class] = query->asked.classes & 1u << class ? all[class] : NULL;
    }
}

/* Entries that were published before this answer and not known to its search: whoever follows the log and asks until
 * there are none has missed nothing in between. */
static uint64_t behind(const struct query *query)
{
    const struct audit *audit = bus_request_context(query->request);
    uint64_t published = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        published += place_sequence(audit->heads[class]);
    return published > query->indexed ? published - query->indexed : 0;
}

struct search {
    struct query query;
    struct page page;
    struct found rows[ROWS_MAX];
};

static void search_work(struct job *job, struct index *const *all)
{
    struct search *search = (struct search *)job;
    struct query *query = &search->query;
    struct index *indexes[CLASS_COUNT];
    choose(query, all, indexes);
    query->failed =
        search_page(indexes, &query->asked.wanted, clock_mono_ms() + LIMIT_MS, &search->page, &query->problem);
}

static const char *unless_empty(const char *text)
{
    return text[0] ? text : NULL;
}

static void search_answer(const struct query *query)
{
    const struct search *search = (const struct search *)query;
    static struct call_log_search_reply_row rows[ROWS_MAX];
    char before[CURSOR_BYTES];
    cursor_format(&search->page.cursor, before);
    for (unsigned i = 0; i < search->page.n; i++) {
        const struct found *found = &search->rows[i];
        rows[i] = (struct call_log_search_reply_row){
            .class = (int)found->class,
            .sequence = found->sequence,
            .time = found->glance.time_ms,
            .type = found->glance.type,
            .sev = (uint32_t)found->glance.sev,
            .tenant = unless_empty(found->glance.tenant),
            .subject = unless_empty(found->glance.subject),
            .actor = unless_empty(found->glance.actor),
            .entry = search->page.texts ? query->texts.data + found->text : NULL,
        };
    }
    const struct call_log_search_reply reply = {
        .behind = behind(&search->query),
        .before = search->page.more ? before : NULL,
        .n_rows = search->page.n,
        .rows = rows,
    };
    answer_log_search(search->query.request, &reply);
}

static int search_read(
    struct search *search, struct bus_request *request, const struct call_log_search *in, struct problem *problem)
{
    const struct asked asked = ASKED(in);
    struct page *page = &search->page;
    page->rows = search->rows;
    page->texts = in->has_with_entry && in->with_entry ? &search->query.texts : NULL;
    page->limit = !in->has_limit ? ROWS_INITIAL : in->limit < ROWS_MAX ? in->limit : ROWS_MAX;
    for (int class = 0; class < CLASS_COUNT; class ++)
        page->cursor.before[class] = CURSOR_NEWEST;
    if (in->before && cursor_parse(in->before, &page->cursor))
        return problem_set(problem, "bad-field", "before", "before is what the last answer said");
    return asked_read(&asked, bus_request_peer(request), &search->query.asked, problem);
}

void serve_log_search(struct bus_request *request, const struct call_log_search *in)
{
    struct problem problem;
    struct search *search = query_new(request, sizeof(*search));
    if (!search)
        return;
    if (search_read(search, request, in, &problem)) {
        bus_refuse(request, &problem);
        free(search);
        return;
    }
    hand_over(&search->query, request, search_work, search_answer);
}

struct counting {
    struct query query;
    struct histogram histogram;
};

static void count_work(struct job *job, struct index *const *all)
{
    struct counting *counting = (struct counting *)job;
    struct query *query = &counting->query;
    struct index *indexes[CLASS_COUNT];
    choose(query, all, indexes);
    query->failed = histogram_count(
        indexes, &query->asked.wanted, clock_mono_ms() + LIMIT_MS, &counting->histogram, &query->problem);
}

static void count_answer(const struct query *query)
{
    const struct counting *counting = (const struct counting *)query;
    static struct call_log_histogram_reply_row rows[HISTOGRAM_BUCKETS_MAX * BLOCK_SEVS];
    const struct histogram *histogram = &counting->histogram;
    struct call_log_histogram_reply reply = {
        .behind = behind(&counting->query),
        /* Without entries there was nothing to choose a length for. */
        .bucket_s = histogram->bucket_ms ? (uint32_t)(histogram->bucket_ms / 1000) : 1,
        .has_cut_at = histogram->cut,
        .cut_at = histogram->cut_ms,
        .rows = rows,
    };
    for (unsigned i = 0; i < histogram->n; i++) {
        for (uint32_t sev = 1; sev <= BLOCK_SEVS; sev++) {
            if (histogram->counts[i][sev - 1])
                rows[reply.n_rows++] = (struct call_log_histogram_reply_row){
                    .time = histogram->first_ms + i * histogram->bucket_ms,
                    .sev = sev,
                    .entries = histogram->counts[i][sev - 1],
                };
        }
    }
    answer_log_histogram(counting->query.request, &reply);
}

void serve_log_histogram(struct bus_request *request, const struct call_log_histogram *in)
{
    const struct asked asked = ASKED(in);
    struct problem problem;
    struct counting *counting = query_new(request, sizeof(*counting));
    if (!counting)
        return;
    counting->histogram.bucket_ms = in->has_bucket_s ? (int64_t)in->bucket_s * 1000 : 0;
    if (asked_read(&asked, bus_request_peer(request), &counting->query.asked, &problem)) {
        bus_refuse(request, &problem);
        free(counting);
        return;
    }
    hand_over(&counting->query, request, count_work, count_answer);
}

struct reading {
    struct query query;
    enum class class;
    uint64_t sequence;
    const char *tenant; /* NULL: of any */
    char entry[TLOG_ENTRY_BYTES + 1], leaf[TLOG_ENTRY_BYTES + 1]; /* leaf: "" if it is the same */
};

/* For somebody who is bound to a tenant, what belongs to another one is not there. */
static int read_entry(struct reading *reading, struct index *index, struct problem *problem)
{
    struct tlog_entry entries[BLOCK_ENTRIES];
    struct glance glance;
    unsigned count = 0, i = (unsigned)(reading->sequence % BLOCK_ENTRIES);
    if (reading->sequence < index_size(index) &&
        index_bundle(index, reading->sequence / BLOCK_ENTRIES, entries, &count, problem))
        return -1;
    if (i >= count || (reading->tenant && (glance_read((const char *)entries[i].data, entries[i].bytes, &glance) ||
                                              strcmp(glance.tenant, reading->tenant))))
        return problem_set(problem, "not-found", "sequence", "class %s has no entry %" PRIu64 " to be read",
            class_words[reading->class], reading->sequence);
    if (entries[i].bytes > TLOG_ENTRY_BYTES)
        return problem_set(problem, "too-long", "sequence", "the opened entry is too long to be answered");
    memcpy(reading->entry, entries[i].data, entries[i].bytes);
    const struct tlog_entry *stored = index_stored(index, i);
    if (stored->data != entries[i].data)
        memcpy(reading->leaf, stored->data, stored->bytes);
    return 0;
}

static void read_work(struct job *job, struct index *const *all)
{
    struct reading *reading = (struct reading *)job;
    reading->query.failed = read_entry(reading, all[reading->class], &reading->query.problem);
}

static void read_answer(const struct query *query)
{
    const struct reading *reading = (const struct reading *)query;
    const struct call_log_entry_reply reply = { .entry = reading->entry, .leaf = unless_empty(reading->leaf) };
    answer_log_entry(query->request, &reply);
}

void serve_log_entry(struct bus_request *request, const struct call_log_entry *in)
{
    struct problem problem;
    if (!filter_permitted(bus_request_peer(request), (enum class)in->class)) {
        problem_set(&problem, "no-permission", "class", "this role may not read class %s", class_words[in->class]);
        bus_refuse(request, &problem);
        return;
    }
    struct reading *reading = query_new(request, sizeof(*reading));
    if (!reading)
        return;
    reading->class = (enum class)in->class;
    reading->sequence = in->sequence;
    reading->tenant = in->tenant;
    hand_over(&reading->query, request, read_work, read_answer);
}
