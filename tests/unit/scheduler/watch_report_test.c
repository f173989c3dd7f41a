/* What is taken of an agent's word on its watches: it may be a thief's. */
#define DATABASE_SCHEMA scheduler_schema
#include "tests/unit/database.h"

#include <stdio.h>

#include "lib/exchange/agents.h"
#include "lib/problem.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/records.h"
#include "services/scheduler/watches/report.h"

#define AGENT 7
#define ROWS 200

static struct scheduler scheduler;
static char names[ROWS][24];

static void note_agent(void)
{
    const struct call_agent_keys_reply_row agent = { .agent = AGENT,
        .fingerprint = "0000000000000000000000000000000000000000000000000000000000000000",
        .sign_key = "sign",
        .seal_key = "seal",
        .tenant = "acme",
        .site = "hq",
        .name = "web" };
    agents_note(records, &agent);
    scheduler.records = records;
}

/* Watches that it has, and changes of others. Well all of them, so that there is nothing to tell. */
static void take(size_t n_standing, size_t n_changed)
{
    struct envelope_watches_row rows[ROWS];
    struct problem problem;
    for (size_t i = 0; i < n_standing + n_changed; i++) {
        snprintf(names[i], sizeof(names[i]), "w%zu", i);
        rows[i] = (struct envelope_watches_row){ .report_row = i < n_standing ? REPORT_ROW_STANDING : REPORT_ROW_CHANGE,
            .watch = names[i],
            .watch_kind = WATCH_KIND_CPU,
            .has_level = true,
            .level = LEVEL_OK };
    }
    const struct envelope_watches report = { .n_rows = n_standing + n_changed, .rows = rows };
    assert_int_equal(watch_report_take(&scheduler, AGENT, &report, &problem), 0);
}

static void count(void *arg, const struct watch_record *watch, const char *tenant)
{
    (void)watch, (void)tenant;
    ++*(size_t *)arg;
}

static size_t known(void)
{
    size_t n = 0;
    watch_records_list(records, AGENT, NULL, -1, 10000, count, &n);
    return n;
}

static void test_an_agent_has_so_many_watches_and_no_more(void **state)
{
    (void)state;
    note_agent();
    take(ROWS, 0);
    assert_int_equal(known(), WATCHES_MAX);
}

static void test_changes_are_of_watches_that_it_has(void **state)
{
    (void)state;
    note_agent();
    take(3, ROWS - 3);
    assert_int_equal(known(), 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, database_begin, database_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_agent_has_so_many_watches_and_no_more),
        CASE(test_changes_are_of_watches_that_it_has),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
