/* The carrier with a shell script in the place of vedette-agent-carry, beside this test's own executable. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/carrier.h"
#include "lib/buf.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define NONCE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define DELIVERED "{\"address\":\"192.0.2.1\",\"counter\":7,\"nonce\":\"" NONCE "\"}"

static struct {
    struct loop *loop;
    struct carrier carrier;
    struct outcome outcome;
    unsigned done, arrived, ended;
    bool again;
} all;

static void done(void *arg, const struct outcome *outcome)
{
    (void)arg;
    all.outcome = *outcome;
    all.done++;
}

static void arrived(void *arg)
{
    (void)arg;
    all.arrived++;
}

static void ended(void *arg, bool again)
{
    (void)arg;
    all.ended++;
    all.again = again;
    loop_stop(all.loop);
}

static const char *script_path(void)
{
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
    assert_true(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/') + 1, "vedette-agent-carry");
    return path;
}

static int begin(void **state)
{
    if (enter_place(state))
        return -1;
    memset(&all, 0, sizeof(all));
    all.loop = loop_new();
    all.carrier.done = done;
    all.carrier.arrived = arrived;
    all.carrier.ended = ended;
    all.carrier.input = -1;
    return 0;
}

static int end(void **state)
{
    carrier_close(&all.carrier);
    loop_timer_free(all.carrier.limit);
    loop_free(all.loop);
    unlink(script_path());
    return leave_place(state);
}

static void start(const char *script, const char *nonce)
{
    struct problem problem;
    char text[1024];
    snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
    put(script_path(), text, 0755);
    assert_int_equal(carrier_open(&all.carrier, all.loop, &problem), 0);
    assert_false(carrier_busy(&all.carrier));
    if (carrier_start(&all.carrier, "0123456789abcdef0123456789abcdef", nonce, &problem))
        fail_msg("%s", problem.reason);
    assert_true(carrier_busy(&all.carrier));
}

static void test_delivered(void **state)
{
    (void)state;
    char *words;
    size_t bytes;
    start("echo \"$@\" > words; echo in; echo '" DELIVERED "'; echo end 1", NONCE);
    loop_run(all.loop);
    assert_int_equal(all.done, 1);
    assert_int_equal(all.arrived, 1);
    assert_int_equal(all.ended, 1);
    assert_false(all.again);
    assert_true(all.outcome.delivered);
    assert_int_equal(all.outcome.counter, 7);
    assert_false(carrier_busy(&all.carrier));
    assert_int_equal(file_read("words", 1000, &words, &bytes, NULL), 0);
    assert_string_equal(words, "mail --state . --instance 0123456789abcdef0123456789abcdef --nonce " NONCE "\n");
    free(words);
}

static void test_one_that_says_nothing_or_nonsense(void **state)
{
    (void)state;
    static const char *const scripts[] = { "exit 1", "echo nonsense", "kill -9 $$", "head -c 3000 /dev/zero" };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        start(scripts[i], NULL);
        loop_run(all.loop);
        assert_int_equal(all.done, i + 1);
        assert_false(all.outcome.delivered);
        assert_string_equal(all.outcome.code, "no-outcome");
        loop_timer_free(all.carrier.limit);
    }
    all.carrier.limit = NULL;
}

/* Each line that it reads is a round that it was asked for. */
static void test_asked_for_another_round(void **state)
{
    (void)state;
    start("echo '" DELIVERED "'; read line; echo '" DELIVERED "'; echo end 2", NULL);
    carrier_nudge(&all.carrier);
    loop_run(all.loop);
    assert_int_equal(all.done, 2);
    assert_false(all.again);
}

static void test_asked_too_late(void **state)
{
    (void)state;
    start("echo '" DELIVERED "'; exec 0<&-; echo end 1", NULL);
    carrier_nudge(&all.carrier);
    loop_run(all.loop);
    assert_int_equal(all.done, 1);
    assert_true(all.again);
}

/* What it told was the round before: the one that was asked for since is not made. */
static void test_killed_behind_its_outcome(void **state)
{
    (void)state;
    start("echo '" DELIVERED "'; read line; kill -9 $$", NULL);
    carrier_nudge(&all.carrier);
    loop_run(all.loop);
    assert_int_equal(all.done, 1);
    assert_true(all.outcome.delivered);
    assert_true(all.again);
}

static void test_dismissed(void **state)
{
    (void)state;
    start("echo '" DELIVERED "'; cat; echo end 1", NULL);
    carrier_dismiss(&all.carrier);
    loop_run(all.loop);
    assert_int_equal(all.done, 1);
    assert_int_equal(all.ended, 1);
}

/* It must be able to die of SIGTERM and SIGPIPE, which the loop has blocked and ignored. */
static void test_signals_are_as_usual(void **state)
{
    (void)state;
    start("kill -TERM $$; echo '" DELIVERED "'", NULL);
    loop_run(all.loop);
    assert_string_equal(all.outcome.code, "no-outcome");
}

static void test_closed_while_under_way(void **state)
{
    (void)state;
    start("exec sleep 60", NULL);
    pid_t pid = all.carrier.pid;
    carrier_close(&all.carrier);
    assert_int_equal(all.done, 0);
    assert_false(carrier_busy(&all.carrier));
    assert_int_equal(kill(pid, 0), -1);
    carrier_close(&all.carrier);
}

static void test_missing_program(void **state)
{
    (void)state;
    struct problem problem;
    unlink(script_path());
    if (access("/usr/lib/vedette/vedette-agent-carry", X_OK) == 0)
        skip();
    assert_int_equal(carrier_open(&all.carrier, all.loop, &problem), -1);
    assert_string_equal(problem.code, "no-helper");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delivered, begin, end),
        cmocka_unit_test_setup_teardown(test_one_that_says_nothing_or_nonsense, begin, end),
        cmocka_unit_test_setup_teardown(test_asked_for_another_round, begin, end),
        cmocka_unit_test_setup_teardown(test_asked_too_late, begin, end),
        cmocka_unit_test_setup_teardown(test_killed_behind_its_outcome, begin, end),
        cmocka_unit_test_setup_teardown(test_dismissed, begin, end),
        cmocka_unit_test_setup_teardown(test_signals_are_as_usual, begin, end),
        cmocka_unit_test_setup_teardown(test_closed_while_under_way, begin, end),
        cmocka_unit_test_setup_teardown(test_missing_program, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
