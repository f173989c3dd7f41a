/* What vedette-agent-work keeps, written and read again; and the lines that it says to the resident. */
#include <sys/stat.h>
#include <unistd.h>

#include "agent/work/envelopes/streams.h"
#include "agent/work/held.h"
#include "agent/work/home.h"
#include "agent/work/place.h"
#include "agent/work/progress.h"
#include "agent/work/socket.h"
#include "agent/worker.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define ID "00112233445566778899aabbccddeeff"

static void test_progress(void **state)
{
    (void)state;
    struct progress kept = { .version = 4294967295u,
        .sha256 = { 1 },
        .keep_until_ms = 9,
        .since_ms = 8,
        .last_ms = 7,
        .begun = true,
        .told = true,
        .asked_ms = 6,
        .occurrence = 5,
        .runs = 4,
        .chain = { 3, { 3 } } },
                    read;
    struct problem problem;
    strcpy(kept.document, ID);
    strcpy(kept.telling, "{\"reason\":\"a \\\"word\\\"\"}");
    assert_int_equal(mkdir(PROGRESS_DIR, 0700), 0);
    assert_int_equal(progress_save(&kept, &problem), 0);
    assert_int_equal(progress_load(ID, &read, &problem), 0);
    assert_memory_equal(&kept, &read, sizeof(kept));
    /* Another document's is not taken for it. */
    assert_int_equal(rename(PROGRESS_DIR "/" ID, PROGRESS_DIR "/ff112233445566778899aabbccddeeff"), 0);
    assert_int_equal(progress_load("ff112233445566778899aabbccddeeff", &read, &problem), -1);
    assert_int_equal(progress_load(ID, &read, &problem), -1);
}

/* A new version begins anew, but is known for as long as any version might come again. */
static void test_new_version(void **state)
{
    (void)state;
    struct progress progress = {
        .version = 1, .keep_until_ms = 100, .last_ms = 7, .begun = true, .over = true, .runs = 3, .chain = { 2, { 9 } }
    };
    struct document_head head = { .document = ID, .version = 2, .expires = 50 };
    progress_begin(&progress, &head, (const uint8_t[SHA256_BYTES]){ 5 }, 60);
    assert_int_equal(progress.version, 2);
    assert_int_equal(progress.keep_until_ms, 100);
    assert_int_equal(progress.since_ms, 60);
    assert_false(progress.begun || progress.over || progress.last_ms);
    assert_int_equal(progress.runs, 3);
    assert_int_equal(progress.chain.head[0], 9);
    assert_int_equal(progress.chain.links, 2);
    assert_int_equal(progress.sha256[0], 5);
}

static void test_home_and_streams(void **state)
{
    (void)state;
    struct home home = { .deployment = ID, .pin = { 7 }, .tenant = "acme", .site = "" }, read_home;
    struct streams streams = { .in = { { UINT64_MAX, 3, 1 } }, .out = { { { 5, UINT64_MAX } } } }, read;
    struct problem problem;
    assert_false(home_exists());
    assert_int_equal(home_load(&read_home, &problem), -1);
    assert_string_equal(problem.code, "no-trust");
    assert_int_equal(home_save(&home, &problem), 0);
    assert_int_equal(home_load(&read_home, &problem), 0);
    assert_memory_equal(&home, &read_home, sizeof(home));
    assert_int_equal(streams_load(&read, &problem), 0);
    assert_int_equal(read.out[0].last.counter, 0);
    assert_int_equal(streams_save(&streams, &problem), 0);
    assert_int_equal(streams_load(&read, &problem), 0);
    assert_memory_equal(&streams, &read, sizeof(streams));
    /* By which of our own keys each is signed stands there only where it is not the enrolment's. */
    strcpy(streams.ours[ADDRESSEE_BACKUP], "ab");
    strcpy(streams.next[ADDRESSEE_SCHEDULER], "cd");
    assert_int_equal(streams_save(&streams, &problem), 0);
    assert_int_equal(streams_load(&read, &problem), 0);
    assert_memory_equal(&streams, &read, sizeof(streams));
    /* Another key is another stream; the same is the same. */
    streams_signed_by(&read, ADDRESSEE_SCHEDULER, "ab");
    assert_int_equal(read.in[ADDRESSEE_SCHEDULER].incarnation, 0);
    read.in[ADDRESSEE_SCHEDULER].next = 7;
    streams_signed_by(&read, ADDRESSEE_SCHEDULER, "ab");
    assert_int_equal(read.in[ADDRESSEE_SCHEDULER].next, 7);
    assert_int_equal(read.out[ADDRESSEE_SCHEDULER].last.counter, UINT64_MAX);
}

static void test_lines(void **state)
{
    (void)state;
    int64_t next_ms = 0;
    assert_int_equal(worker_line("out", &next_ms), WORKER_SAYS_OUT);
    assert_int_equal(worker_line("update", &next_ms), WORKER_SAYS_UPDATE);
    assert_int_equal(next_ms, 0);
    assert_int_equal(worker_line("idle", &next_ms), WORKER_SAYS_NEXT);
    assert_int_equal(next_ms, INT64_MAX);
    assert_int_equal(worker_line("next 1767225600000", &next_ms), WORKER_SAYS_NEXT);
    assert_int_equal(next_ms, INT64_C(1767225600000));
    static const char *const bad[] = { "", "next", "next ", "next -1", "next 1x", "next 1234567890123456789", "outx",
        "OUT" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(worker_line(bad[i], &next_ms), WORKER_SAYS_NOTHING);
    assert_int_equal(next_ms, INT64_C(1767225600000));
}

static int request(const char *text)
{
    const char *words[SOCKET_WORDS];
    char line[SOCKET_REQUEST_BYTES];
    snprintf(line, sizeof(line), "%s", text);
    return socket_request(line, words);
}

/* What the agent's user may ask root's work for, and nothing like it; no option among it. */
static void test_requests(void **state)
{
    (void)state;
    assert_int_equal(request("run"), 1);
    assert_int_equal(request("script 0123456789abcdef0123456789abcdef queue"), 3);
    static const char *const bad[] = { "", " ", "runs", "run now", "script", "script a", "script a b c", "freeze",
        "trust adopt a", "--state=/tmp run", "script --state /tmp", "script -a b" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(request(bad[i]), -1);
}

/* However many tasks a server has had people sign, a freeze finds room. */
static void test_room(void **state)
{
    (void)state;
    assert_true(held_has_room(HELD_MAX - HELD_STOPPING - 1, DOCUMENT_KIND_TASK));
    assert_false(held_has_room(HELD_MAX - HELD_STOPPING, DOCUMENT_KIND_TASK));
    assert_false(held_has_room(HELD_MAX - HELD_STOPPING, DOCUMENT_KIND_SETTING));
    assert_true(held_has_room(HELD_MAX - 1, DOCUMENT_KIND_FREEZE) && held_has_room(HELD_MAX - 1, DOCUMENT_KIND_UNFREEZE));
    assert_false(held_has_room(HELD_MAX, DOCUMENT_KIND_FREEZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_progress),
        cmocka_unit_test(test_new_version),
        in_place(test_home_and_streams),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
