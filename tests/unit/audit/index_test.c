/* The index over a log in a directory: made, grown, killed, damaged; and what is found by it. */
#include "tests/unit/folder.h"

#include <unistd.h>

#include "lib/clock.h"
#include "services/audit/search/histogram.h"
#include "services/audit/search/search.h"
#include "tests/log_rig.h"

#define BEGIN_MS INT64_C(1700000000000)
#define NO_LIMIT (clock_mono_ms() + 60000)

struct rig {
    char folder[FOLDER_BYTES], log[64], file[64];
    struct log_rig fleet;
    struct index *index;
};

/* Entry i: agent i % 10, every 7th an enrolment with a host name of its own, every 5th by alice, severities by
 * turns. */
static void add(struct log_rig *log, uint64_t i)
{
    char name[32], subject[32];
    uint32_t agent = (uint32_t)(i % 10) + 1;
    snprintf(name, sizeof(name), "host-%llu", (unsigned long long)i);
    snprintf(subject, sizeof(subject), "agent/%u", agent);
    const struct event_agent_enrolled enrolled = { .agent = agent, .name = name, .tenant = "acme", .site = "berlin" };
    const struct event_agent_online online = { agent, BEGIN_MS };
    struct bus_event event = {
        .event = i % 7 ? EVENT_AGENT_ONLINE : EVENT_AGENT_ENROLLED,
        .time_ms = BEGIN_MS + (int64_t)i * 1000,
        .sev = (int)(i % 4) + 1,
        .tenant = i % 3 ? "acme" : "other",
        .subject = subject,
        .actor = i % 5 ? NULL : "user:alice",
        .data = i % 7 ? (const void *)&online : (const void *)&enrolled,
    };
    log_rig_add(log, &event);
}

static void grow(struct rig *rig, uint64_t size)
{
    while (rig->fleet.size < size)
        add(&rig->fleet, rig->fleet.size);
    log_rig_checkpoint(&rig->fleet);
}

static void open_index(struct rig *rig)
{
    rig->index = index_new(&(struct index_options){ rig->log, rig->file, 0 });
    assert_non_null(rig->index);
}

/* So many steps, or until nothing is left to be done. Returns how many worked. */
static unsigned step(struct rig *rig, unsigned most)
{
    struct problem problem;
    unsigned steps = 0;
    while (steps < most) {
        enum index_step did = index_step(rig->index, &problem);
        assert_int_not_equal(did, INDEX_FAILED);
        if (did == INDEX_IDLE)
            break;
        steps++;
    }
    return steps;
}

static void reopen(struct rig *rig)
{
    index_free(rig->index);
    open_index(rig);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    folder_make(rig->folder);
    snprintf(rig->log, sizeof(rig->log), "%s/fleet", rig->folder);
    snprintf(rig->file, sizeof(rig->file), "%s/index", rig->folder);
    open_index(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    index_free(rig->index);
    log_rig_close(&rig->fleet);
    folder_remove(rig->folder);
    free(rig);
    return 0;
}

static struct rig *with_log(void **state, uint64_t size)
{
    struct rig *rig = *state;
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, size);
    step(rig, UINT32_MAX);
    assert_int_equal(index_indexed(rig->index), size);
    return rig;
}

static const struct wanted all = { .to_ms = INT64_MAX };

/* Page through what is wanted; every row must follow the one before. Returns how many, and their sequences. */
static unsigned search(struct rig *rig, struct wanted wanted, unsigned limit, uint64_t ret[], unsigned room)
{
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    struct found rows[64];
    struct page page = { .rows = rows, .limit = limit };
    unsigned n = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        page.cursor.before[class] = CURSOR_NEWEST;
    wanted_terms(&wanted);
    do {
        struct problem problem;
        assert_int_equal(search_page(indexes, &wanted, NO_LIMIT, &page, &problem), 0);
        for (unsigned i = 0; i < page.n; i++, n++) {
            assert_true(n < room);
            ret[n] = rows[i].sequence;
            assert_true(n == 0 || ret[n] < ret[n - 1]);
            assert_true(wanted_matches(&wanted, &rows[i].glance));
        }
    } while (page.more);
    return n;
}

static uint64_t count(struct rig *rig, struct wanted wanted)
{
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    static struct histogram histogram;
    struct problem problem;
    uint64_t sum = 0;
    wanted_terms(&wanted);
    histogram.bucket_ms = 0;
    assert_int_equal(histogram_count(indexes, &wanted, NO_LIMIT, &histogram, &problem), 0);
    for (unsigned i = 0; i < histogram.n; i++) {
        for (int sev = 0; sev < BLOCK_SEVS; sev++)
            sum += histogram.counts[i][sev];
    }
    return sum;
}

#define SIZE 1500
static uint64_t rows[SIZE];

/* Both ways of asking agree with what the rule of `add` says. */
static void expect(struct rig *rig, struct wanted wanted, bool (*rule)(uint64_t i))
{
    unsigned n = search(rig, wanted, 64, rows, SIZE), at = 0;
    for (uint64_t i = SIZE; i--;) {
        if (rule(i)) {
            assert_true(at < n);
            assert_int_equal(rows[at++], i);
        }
    }
    assert_int_equal(n, at);
    assert_int_equal(count(rig, wanted), n);
}

static bool is_any(uint64_t i)
{
    return i < SIZE;
}

static bool is_of_agent(uint64_t i)
{
    return i % 10 == 6;
}

static bool is_of_alice(uint64_t i)
{
    return i % 5 == 0;
}

static bool is_enrolment(uint64_t i)
{
    return i % 7 == 0;
}

static bool is_severe(uint64_t i)
{
    return i % 4 <= 1;
}

static bool is_in_period(uint64_t i)
{
    return i >= 300 && i <= 700;
}

static bool is_in_period_severe_and_acmes(uint64_t i)
{
    return is_in_period(i) && is_severe(i) && i % 3;
}

static bool is_named(uint64_t i)
{
    return i == 700;
}

static bool is_never(uint64_t i)
{
    return i > SIZE;
}

static void each_filter_finds_what_it_should(void **state)
{
    struct rig *rig = with_log(state, SIZE);
    struct wanted in_period = { .from_ms = BEGIN_MS + 300000, .to_ms = BEGIN_MS + 700000 };
    expect(rig, all, is_any);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .agent = 7 }, is_of_agent);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .agent = 11 }, is_never);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .actor = "user:alice" }, is_of_alice);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .actor = "user:bob" }, is_never);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .type = "vedette.agent.enrolled.v1" }, is_enrolment);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .tenant = "nobody" }, is_never);
    expect(rig, (struct wanted){ .to_ms = INT64_MAX, .least_sev = 2 }, is_severe);
    expect(rig, in_period, is_in_period);
    in_period.least_sev = 2;
    in_period.tenant = "acme";
    expect(rig, in_period, is_in_period_severe_and_acmes);
}

static void expect_phrase(struct rig *rig, const char *text, struct wanted wanted, bool (*rule)(uint64_t i))
{
    struct phrase phrase;
    assert_int_equal(phrase_read(text, &phrase, NULL), 0);
    wanted.phrase = &phrase;
    expect(rig, wanted, rule);
}

static bool is_host_7(uint64_t i)
{
    return i == 7;
}

static bool is_alices_enrolment(uint64_t i)
{
    return is_enrolment(i) && is_of_alice(i);
}

static void a_word_is_found_rare_or_frequent(void **state)
{
    struct rig *rig = with_log(state, SIZE);
    expect_phrase(rig, "HOST-700", all, is_named);
    expect_phrase(rig, "host-7", all, is_host_7);
    expect_phrase(rig, "berlin", all, is_enrolment);
    expect_phrase(rig, "berlin", (struct wanted){ .to_ms = INT64_MAX, .actor = "user:alice" }, is_alices_enrolment);
    expect_phrase(rig, "atlantis", all, is_never);
}

static void a_name_that_json_escapes_is_found(void **state)
{
    struct rig *rig = with_log(state, 300);
    const struct event_agent_online online = { 1, BEGIN_MS };
    struct bus_event event = {
        .event = EVENT_AGENT_ONLINE, .time_ms = BEGIN_MS, .sev = 4, .actor = "user:the \"al\\ice\"", .data = &online
    };
    log_rig_add(&rig->fleet, &event);
    grow(rig, 600);
    step(rig, UINT32_MAX);
    assert_int_equal(search(rig, (struct wanted){ .to_ms = INT64_MAX, .actor = event.actor }, 64, rows, SIZE), 1);
    assert_int_equal(rows[0], 300);
}

/* Between a page and the next the log grows: nothing is seen twice, nothing of before is missed. */
static void a_page_goes_on_where_it_was_while_entries_arrive(void **state)
{
    struct rig *rig = with_log(state, 1000);
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    struct found found[64];
    struct page page = { .rows = found, .limit = 64, .cursor = { .before = { [CLASS_FLEET] = CURSOR_NEWEST } } };
    struct wanted wanted = { .to_ms = INT64_MAX, .agent = 3 };
    uint64_t expected = 992;
    wanted_terms(&wanted);
    do {
        struct problem problem;
        char text[CURSOR_BYTES];
        assert_int_equal(search_page(indexes, &wanted, NO_LIMIT, &page, &problem), 0);
        for (unsigned i = 0; i < page.n; i++, expected -= 10)
            assert_int_equal(found[i].sequence, expected);
        grow(rig, rig->fleet.size + 37);
        step(rig, UINT32_MAX);
        cursor_format(&page.cursor, text);
        assert_int_equal(page.more ? cursor_parse(text, &page.cursor) : 0, 0);
    } while (page.more);
    assert_int_equal(expected, UINT64_C(2) - 10);
}

static void a_search_out_of_time_says_where_it_goes_on(void **state)
{
    struct rig *rig = with_log(state, 1000);
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    static struct histogram histogram;
    struct found found[8];
    struct problem problem;
    struct page page = { .rows = found, .limit = 8, .cursor = { .before = { [CLASS_FLEET] = CURSOR_NEWEST } } };
    assert_int_equal(search_page(indexes, &all, clock_mono_ms() - 1, &page, &problem), 0);
    assert_int_equal(page.n, 0);
    assert_true(page.more);
    assert_int_equal(page.cursor.before[CLASS_FLEET], 1000);
    assert_int_equal(histogram_count(indexes, &all, clock_mono_ms() - 1, &histogram, &problem), 0);
    assert_true(histogram.cut);
    assert_int_equal(histogram.cut_ms, BEGIN_MS + 999000);
}

static void a_histogram_has_a_bucket_for_each_time(void **state)
{
    struct rig *rig = with_log(state, 600);
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    static struct histogram histogram;
    struct problem problem;
    histogram.bucket_ms = 100000;
    assert_int_equal(histogram_count(indexes, &all, NO_LIMIT, &histogram, &problem), 0);
    assert_int_equal(histogram.first_ms, BEGIN_MS);
    assert_int_equal(histogram.n, 6);
    for (unsigned i = 0; i < 6; i++) {
        for (int sev = 0; sev < BLOCK_SEVS; sev++)
            assert_int_equal(histogram.counts[i][sev], 25);
    }
    struct wanted wanted = { .from_ms = BEGIN_MS + 150000, .to_ms = BEGIN_MS + 249999, .least_sev = 1 };
    assert_int_equal(histogram_count(indexes, &wanted, NO_LIMIT, &histogram, &problem), 0);
    assert_int_equal(histogram.n, 2);
    assert_int_equal(histogram.counts[0][0] + histogram.counts[1][0], 25);
    histogram.bucket_ms = 1;
    assert_int_equal(histogram_count(indexes, &all, NO_LIMIT, &histogram, &problem), -1);
    assert_string_equal(problem.code, "bad-field");
}

static void the_partial_bundle_is_followed_entry_by_entry(void **state)
{
    struct rig *rig = with_log(state, 0);
    for (uint64_t size = 1; size <= 520; size += size % 256 > 250 || size < 4 ? 1 : 49) {
        grow(rig, size);
        step(rig, UINT32_MAX);
        assert_int_equal(index_indexed(rig->index), size);
        assert_int_equal(search(rig, all, 64, rows, SIZE), size);
    }
}

/* Stopped after any number of steps, it goes on from there, and checks what it has. */
static void killed_in_the_midst_it_goes_on(void **state)
{
    struct rig *rig = *state;
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, SIZE);
    for (unsigned steps = 1; steps < 12; steps++) {
        step(rig, steps);
        reopen(rig);
    }
    step(rig, UINT32_MAX);
    expect(rig, all, is_any);
    reopen(rig);
    /* The file, the checkpoint, five blocks, and that there are no more: no bundle is read twice. Then the partial one. */
    assert_int_equal(step(rig, 8), 8);
    assert_int_equal(index_indexed(rig->index), 5 * 256);
    assert_int_equal(step(rig, UINT32_MAX), 1);
    assert_int_equal(index_indexed(rig->index), SIZE);
}

/* A block that was half written, a byte that changed anywhere, a file cut off anywhere: found, and made anew. */
static void damage_is_made_good(void **state)
{
    struct rig *rig = with_log(state, SIZE);
    FILE *file = fopen(rig->file, "r+e");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long bytes = ftell(file);
    for (long at = 0; at < bytes; at += at < 200 ? 7 : 3571) {
        int byte;
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        byte = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
        assert_int_equal(fflush(file), 0);
        reopen(rig);
        step(rig, UINT32_MAX);
        expect(rig, (struct wanted){ .to_ms = INT64_MAX, .agent = 7 }, is_of_agent);
    }
    for (long size = bytes; size >= 0; size -= 4999) {
        assert_int_equal(truncate(rig->file, size), 0);
        reopen(rig);
        step(rig, UINT32_MAX);
        expect(rig, (struct wanted){ .to_ms = INT64_MAX, .agent = 7 }, is_of_agent);
    }
    fclose(file);
}

/* While it is in use: a search fails, the next one finds what there is, and soon everything. */
static void a_file_that_shrinks_in_use_is_made_good(void **state)
{
    struct rig *rig = with_log(state, SIZE);
    struct index *indexes[CLASS_COUNT] = { [CLASS_FLEET] = rig->index };
    struct found found[64];
    struct problem problem;
    struct page page = { .rows = found, .limit = 64, .cursor = { .before = { [CLASS_FLEET] = 700 } } };
    assert_int_equal(truncate(rig->file, 5000), 0);
    assert_int_equal(search_page(indexes, &all, NO_LIMIT, &page, &problem), -1);
    assert_string_equal(problem.code, "index");
    step(rig, UINT32_MAX);
    expect(rig, all, is_any);
}

static void without_a_place_for_the_file_it_is_tried_again(void **state)
{
    struct rig *rig = *state;
    struct problem problem;
    char folder[64];
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, SIZE);
    snprintf(folder, sizeof(folder), "%s/later", rig->folder);
    snprintf(rig->file, sizeof(rig->file), "%s/later/index", rig->folder);
    reopen(rig);
    assert_int_equal(index_step(rig->index, &problem), INDEX_FAILED);
    assert_int_equal(index_step(rig->index, &problem), INDEX_FAILED);
    assert_int_equal(mkdir(folder, 0700), 0);
    step(rig, UINT32_MAX);
    expect(rig, all, is_any);
}

/* Another origin, or the same log set back: nothing of what was there is found any more. */
static void another_log_is_indexed_anew(void **state)
{
    struct rig *rig = with_log(state, SIZE);
    log_rig_close(&rig->fleet);
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, 300);
    step(rig, UINT32_MAX);
    assert_int_equal(search(rig, all, 64, rows, SIZE), 300);
    reopen(rig);
    log_rig_close(&rig->fleet);
    log_rig_open(&rig->fleet, rig->log, CLASS_OPS);
    grow(rig, 260);
    step(rig, UINT32_MAX);
    assert_int_equal(search(rig, all, 64, rows, SIZE), 260);
    assert_int_equal(index_indexed(rig->index), 260);
}

static void bundles_that_retention_took_are_passed_by(void **state)
{
    struct rig *rig = *state;
    char path[128];
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, SIZE);
    snprintf(path, sizeof(path), "%s/tile/entries/000", rig->log);
    assert_int_equal(unlink(path), 0);
    step(rig, UINT32_MAX);
    assert_int_equal(search(rig, all, 64, rows, SIZE), SIZE - 256);
    assert_int_equal(count(rig, all), SIZE - 256);
    /* One that goes when it is indexed already is not found any more either. */
    snprintf(path, sizeof(path), "%s/tile/entries/001", rig->log);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(search(rig, all, 64, rows, SIZE), SIZE - 512);
}

static void the_log_needs_the_disk_more(void **state)
{
    struct rig *rig = *state;
    struct problem problem = { 0 };
    enum index_step did;
    log_rig_open(&rig->fleet, rig->log, CLASS_FLEET);
    grow(rig, SIZE);
    index_free(rig->index);
    rig->index = index_new(&(struct index_options){ rig->log, rig->file, UINT64_MAX });
    while ((did = index_step(rig->index, &problem)) == INDEX_WORKED)
        ;
    assert_int_equal(did, INDEX_FAILED);
    assert_string_equal(problem.code, "disk-low");
}

static void classes_are_merged_by_time(void **state)
{
    struct rig *rig = with_log(state, 700);
    struct log_rig ops;
    char log[64], file[64];
    struct problem problem;
    struct found found[64];
    struct page page = { .rows = found, .limit = 64 };
    snprintf(log, sizeof(log), "%s/ops", rig->folder);
    snprintf(file, sizeof(file), "%s/ops.index", rig->folder);
    log_rig_open(&ops, log, CLASS_OPS);
    while (ops.size < 400)
        add(&ops, ops.size);
    log_rig_checkpoint(&ops);
    struct rig other = { .index = index_new(&(struct index_options){ log, file, 0 }) };
    step(&other, UINT32_MAX);
    struct index *indexes[CLASS_COUNT] = { [CLASS_OPS] = other.index, [CLASS_FLEET] = rig->index };
    int64_t before_ms = INT64_MAX;
    unsigned n = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        page.cursor.before[class] = CURSOR_NEWEST;
    do {
        assert_int_equal(search_page(indexes, &all, NO_LIMIT, &page, &problem), 0);
        for (unsigned i = 0; i < page.n; i++, n++) {
            assert_true(found[i].glance.time_ms <= before_ms);
            before_ms = found[i].glance.time_ms;
        }
    } while (page.more);
    assert_int_equal(n, 1100);
    index_free(other.index);
    log_rig_close(&ops);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_filter_finds_what_it_should),
        TEST(a_word_is_found_rare_or_frequent),
        TEST(a_name_that_json_escapes_is_found),
        TEST(a_page_goes_on_where_it_was_while_entries_arrive),
        TEST(a_search_out_of_time_says_where_it_goes_on),
        TEST(a_histogram_has_a_bucket_for_each_time),
        TEST(the_partial_bundle_is_followed_entry_by_entry),
        TEST(killed_in_the_midst_it_goes_on),
        TEST(damage_is_made_good),
        TEST(a_file_that_shrinks_in_use_is_made_good),
        TEST(without_a_place_for_the_file_it_is_tried_again),
        TEST(another_log_is_indexed_anew),
        TEST(bundles_that_retention_took_are_passed_by),
        TEST(the_log_needs_the_disk_more),
        TEST(classes_are_merged_by_time),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
