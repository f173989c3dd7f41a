/* At which times a stolen agent may say that it carried out a recurring task. */
#define DATABASE_SCHEMA scheduler_schema
#include "tests/unit/database.h"

#include <stdio.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/signed/dsse.h"
#include "services/scheduler/runs/occurrence.h"
#include "tests/signed_rig.h"

#define DAY INT64_C(86400000)
#define NOON (INT64_C(20000) * DAY + DAY / 2) /* of some day, UTC */
#define SCHEDULE "{\"schedule\":{\"calendar\":\"*-*-* 12:00:00\",\"zone\":\"UTC\",\"missed\":\"skip\"}}"

static struct paper paper;

static void add_task(const char *changed)
{
    struct dsse dsse;
    struct buf text = { 0 };
    char *payload = rig_payload("task", RIG_TASK, changed);
    assert_int_equal(dsse_make(DOCUMENT_KIND_TASK, payload, strlen(payload), &dsse, NULL), 0);
    assert_int_equal(dsse_format(&dsse, &text) | buf_append(&text, "", 1), 0);
    paper = (struct paper){ .document = "00112233445566778899aabbccddeeff",
        .version = 1,
        .kind = DOCUMENT_KIND_TASK,
        .title = "a task",
        .maker = "user:alice",
        .recurring = changed,
        .not_before_ms = NOON - 10 * DAY,
        .expires_ms = NOON + 10 * DAY };
    documents_add(records, &paper, text.data);
    dsse_free(&dsse);
    buf_free(&text);
    free(payload);
}

static bool is_due(int64_t occurrence)
{
    return occurrence_is_due(records, &paper, (uint64_t)occurrence, NOON + 1);
}

static void test_a_task_by_a_calendar(void **state)
{
    (void)state;
    add_task(SCHEDULE);
    assert_true(is_due(0));
    assert_true(is_due(NOON));
    assert_true(is_due(NOON - 3 * DAY));
    assert_false(is_due(NOON + 1));
    assert_false(is_due(NOON - 1000));
    assert_false(is_due(NOON + DAY));
    assert_false(is_due(NOON - 11 * DAY));
    assert_false(is_due(-1));
}

static void test_a_task_that_is_done_once(void **state)
{
    (void)state;
    add_task(NULL);
    assert_true(is_due(0));
    assert_false(is_due(NOON));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, database_begin, database_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_task_by_a_calendar),
        CASE(test_a_task_that_is_done_once),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
