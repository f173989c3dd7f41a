#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/loop.h"

static struct loop *loop;
static int count;

static int set_up(void **state)
{
    (void)state;
    count = 0;
    loop = loop_new();
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static void stop_at_ten(void *arg)
{
    (void)arg;
    if (++count == 10)
        loop_stop(loop);
}

static void *post_ten(void *arg)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(loop_post(loop, stop_at_ten, arg), 0);
    return NULL;
}

static void other_threads_hand_over(void **state)
{
    (void)state;
    pthread_t thread;
    pthread_create(&thread, NULL, post_ten, NULL);
    loop_run(loop);
    pthread_join(thread, NULL);
    assert_int_equal(count, 10);
}

static void posts_have_a_limit(void **state)
{
    (void)state;
    for (int i = 0; i < 65536; i++)
        assert_int_equal(loop_post(loop, stop_at_ten, NULL), 0);
    assert_int_equal(loop_post(loop, stop_at_ten, NULL), -1);
}

static void periods_repeat(void **state)
{
    (void)state;
    loop_every(loop, 1, stop_at_ten, NULL);
    loop_run(loop);
    assert_int_equal(count, 10);
}

static struct loop_timer *first, *second;

static void clear_the_other(void *arg)
{
    loop_timer_clear(arg == &first ? second : first);
    count++;
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

/* Both are due in one turn: the one that comes first takes the other's deadline away. */
static void a_cleared_timer_is_not_due(void **state)
{
    (void)state;
    first = loop_timer(loop, clear_the_other, &first);
    second = loop_timer(loop, clear_the_other, &second);
    struct loop_timer *last = loop_timer(loop, stop, NULL);
    loop_timer_set(first, 0);
    loop_timer_set(second, 0);
    loop_timer_set(last, 20000);
    usleep(1000);
    loop_run(loop);
    assert_int_equal(count, 1);
    loop_timer_free(first);
    loop_timer_free(second);
    loop_timer_free(last);
}

static struct loop_watch *watches[2];

static void unwatch_both(void *arg, uint32_t events)
{
    (void)arg, (void)events;
    loop_unwatch(watches[0]);
    loop_unwatch(watches[1]);
    count++;
    loop_stop(loop);
}

static void a_watch_may_end_another_of_the_same_turn(void **state)
{
    (void)state;
    int pipes[2][2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        assert_int_equal(write(pipes[i][1], "x", 1), 1);
        watches[i] = loop_watch(loop, pipes[i][0], EPOLLIN, unwatch_both, NULL);
    }
    loop_run(loop);
    assert_int_equal(count, 1);
    for (int i = 0; i < 2; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static bool asked;

static void ask_of_the_first(void *arg)
{
    (void)arg;
    asked = true;
    loop_again(loop);
}

static void stop_when_asked(void *arg)
{
    (void)arg;
    if (asked)
        loop_stop(loop);
}

/* Nothing else would wake it. */
static void a_call_before_waiting_may_have_the_others_called_again(void **state)
{
    (void)state;
    loop_before_wait(loop, stop_when_asked, NULL);
    loop_before_wait(loop, ask_of_the_first, NULL);
    loop_run(loop);
    assert_true(asked);
}

static void signals_arrive(void **state)
{
    (void)state;
    loop_signal(loop, SIGTERM, stop, NULL);
    raise(SIGTERM);
    loop_run(loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(other_threads_hand_over),
        TEST(posts_have_a_limit),
        TEST(periods_repeat),
        TEST(a_cleared_timer_is_not_due),
        TEST(a_watch_may_end_another_of_the_same_turn),
        TEST(a_call_before_waiting_may_have_the_others_called_again),
        TEST(signals_arrive),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
