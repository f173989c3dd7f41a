/* What may wait in the mailboxes, of one agent and of all: questions to a restore key service that nobody comes for
 * take no room from anybody else. */
#include "tests/unit/folder.h"

#include "lib/buf.h"
#include "lib/problem.h"
#include "services/ingest/mailbox/box.h"
#include "services/ingest/mailbox/questions.h"

#define NOW INT64_C(1700000000000)
#define ENVELOPE (512u << 10)
#define ALL (64u << 20)

static char folder[FOLDER_BYTES], path[FOLDER_BYTES + 16];
static uint8_t envelope[ENVELOPE];
static struct box box;

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/mail.db", folder);
    return box_open(&box, path, ALL, NOW, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    box_close(&box);
    folder_remove(folder);
    return 0;
}

static const char *take(uint32_t agent, enum addressee addressee, size_t bytes)
{
    static struct problem problem;
    return box_take(&box, agent, addressee, envelope, bytes, NOW, &problem) ? problem.code : "";
}

static unsigned waiting(enum addressee addressee)
{
    uint64_t number = 0;
    uint32_t agent;
    unsigned n = 0;
    struct buf out = { .limit_bytes = 256u << 20 };
    while (box_next(&box, addressee, number, NULL, NULL, &number, &agent, &out, NULL) > 0)
        n++;
    buf_free(&out);
    return n;
}

static void oldest(enum addressee addressee, uint64_t *ret_number, uint32_t *ret_agent)
{
    struct buf out = { 0 };
    assert_int_equal(box_next(&box, addressee, 0, NULL, NULL, ret_number, ret_agent, &out, NULL), 1);
    buf_free(&out);
}

static void questions_of_all_take_a_quarter(void **state)
{
    (void)state;
    uint64_t number;
    uint32_t agent;
    unsigned room = ALL / QUESTIONS_SHARE / ENVELOPE;
    for (uint32_t i = 1; i <= room + 5; i++)
        assert_string_equal(take(i, ADDRESSEE_KEYSERVER, ENVELOPE), "");
    assert_int_equal(waiting(ADDRESSEE_KEYSERVER), room);
    assert_int_equal(box.question_bytes, ALL / QUESTIONS_SHARE);
    assert_int_equal(box.bytes, box.question_bytes);
    oldest(ADDRESSEE_KEYSERVER, &number, &agent);
    assert_int_equal(agent, 6);
    assert_string_equal(take(1, ADDRESSEE_SCHEDULER, ENVELOPE), "");
    /* The service comes, and all is given back. */
    assert_int_equal(box_taken_through(&box, ADDRESSEE_KEYSERVER, UINT32_MAX, NULL), 0);
    assert_int_equal(box.question_bytes, 0);
    assert_int_equal(box.bytes, ENVELOPE);
}

static void questions_of_one_leave_it_room_for_the_rest(void **state)
{
    (void)state;
    uint64_t first, number;
    uint32_t agent;
    assert_string_equal(take(7, ADDRESSEE_KEYSERVER, 64), "");
    oldest(ADDRESSEE_KEYSERVER, &first, &agent);
    for (int i = 0; i < QUESTIONS_AGENT_MAX; i++)
        assert_string_equal(take(7, ADDRESSEE_KEYSERVER, 64), "");
    assert_int_equal(waiting(ADDRESSEE_KEYSERVER), QUESTIONS_AGENT_MAX);
    oldest(ADDRESSEE_KEYSERVER, &number, &agent);
    assert_true(number > first);
    for (int i = 0; i < BOX_ENVELOPES_MAX - QUESTIONS_AGENT_MAX; i++)
        assert_string_equal(take(7, ADDRESSEE_BACKUP, 64), "");
    assert_string_equal(take(7, ADDRESSEE_BACKUP, 64), "mailbox-full");
}

static void what_nobody_comes_for_goes_after_its_time(void **state)
{
    (void)state;
    assert_string_equal(take(7, ADDRESSEE_KEYSERVER, 100), "");
    assert_string_equal(take(7, ADDRESSEE_SCHEDULER, 100), "");
    assert_int_equal(box_sweep(&box, NOW + QUESTIONS_KEPT_MS, NULL), 0);
    assert_int_equal(waiting(ADDRESSEE_KEYSERVER), 1);
    assert_int_equal(box_sweep(&box, NOW + QUESTIONS_KEPT_MS + 1, NULL), 0);
    assert_int_equal(waiting(ADDRESSEE_KEYSERVER), 0);
    assert_int_equal(waiting(ADDRESSEE_SCHEDULER), 1);
    assert_int_equal(box.question_bytes, 0);
    assert_int_equal(box.bytes, 100);
}

/* Counted as before after a restart. */
static void counts_come_from_the_disk(void **state)
{
    (void)state;
    assert_string_equal(take(7, ADDRESSEE_KEYSERVER, 100), "");
    assert_string_equal(take(7, ADDRESSEE_SCHEDULER, 10), "");
    box_close(&box);
    assert_int_equal(box_open(&box, path, ALL, NOW, NULL), 0);
    assert_int_equal(box.question_bytes, 100);
    assert_int_equal(box.bytes, 110);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(questions_of_all_take_a_quarter),
        TEST(questions_of_one_leave_it_room_for_the_rest),
        TEST(what_nobody_comes_for_goes_after_its_time),
        TEST(counts_come_from_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
