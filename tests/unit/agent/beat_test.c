/* The heart's socket against a server on the loopback. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "agent/beat.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static struct {
    struct loop *loop;
    struct identity identity;
    struct agent_keys keys;
    struct counter counter;
    struct heart heart;
    unsigned woken, greeted, unreachable;
    int server, stranger;
} all;

static void count(void *arg)
{
    ++*(unsigned *)arg;
    loop_stop(all.loop);
}

static void woken(void *arg)
{
    (void)arg;
    count(&all.woken);
}

static void greeted(void *arg)
{
    (void)arg;
    count(&all.greeted);
}

static void unreachable(void *arg)
{
    (void)arg;
    count(&all.unreachable);
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(all.loop);
}

static int open_server(uint16_t *ret_port)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof(here);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &bytes), 0);
    *ret_port = ntohs(here.sin_port);
    return fd;
}

static int begin(void **state)
{
    uint16_t unused;
    if (enter_place(state))
        return -1;
    memset(&all, 0, sizeof(all));
    all.loop = loop_new();
    crypto_random(&all.keys, sizeof(all.keys));
    all.server = open_server(&all.identity.beat_port);
    all.stranger = open_server(&unused);
    all.identity.agent = 7;
    all.heart = (struct heart){ .loop = all.loop,
        .identity = &all.identity,
        .keys = &all.keys,
        .counter = &all.counter,
        .woken = woken,
        .greeted = greeted,
        .unreachable = unreachable,
        .fd = -1 };
    return counter_open(&all.counter, NULL);
}

static int end(void **state)
{
    heart_close(&all.heart);
    loop_free(all.loop);
    close(all.server);
    close(all.stranger);
    return leave_place(state);
}

/* One beat as the server hears it; where it came from. */
static struct sockaddr_in hear(struct beat *ret)
{
    uint8_t bytes[100];
    struct sockaddr_in from;
    socklen_t from_bytes = sizeof(from);
    ssize_t length = recvfrom(all.server, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_bytes);
    assert_int_equal(beat_decode(bytes, (unsigned)length, ret), 0);
    assert_true(beat_authentic(bytes, all.keys.beat));
    return from;
}

static void wake(int from, const struct sockaddr_in *to, uint64_t counter, uint8_t flags)
{
    uint8_t bytes[BEAT_BYTES];
    beat_encode(&(struct beat){ flags, 7, counter }, all.keys.wake, bytes);
    assert_int_equal(sendto(from, bytes, sizeof(bytes), 0, (const struct sockaddr *)to, sizeof(*to)), BEAT_BYTES);
}

/* Until something was counted, or 50 ms. */
static void run(void)
{
    struct loop_timer *limit = loop_timer(all.loop, stop, NULL);
    loop_timer_set(limit, 50000);
    loop_run(all.loop);
    loop_timer_free(limit);
}

static void test_beats_go_and_wakes_come(void **state)
{
    (void)state;
    struct beat beat;
    struct problem problem;
    assert_int_equal(heart_beat(&all.heart, 0, &problem), 0); /* nobody to send to: no beat, no counter */
    assert_int_equal(heart_aim(&all.heart, "not an address", &problem), -1);
    assert_int_equal(heart_aim(&all.heart, "127.0.0.1", &problem), 0);
    assert_int_equal(heart_beat(&all.heart, BEAT_HELLO, &problem), 0);
    struct sockaddr_in agent = hear(&beat);
    assert_int_equal(beat.counter, 1);
    assert_int_equal(beat.agent, 7);
    assert_int_equal(beat.flags, BEAT_HELLO);

    wake(all.server, &agent, 5, 0);
    run();
    assert_int_equal(all.woken, 1);
    wake(all.server, &agent, 6, BEAT_HELLO);
    run();
    assert_int_equal(all.greeted, 1);
    assert_int_equal(all.counter.woken, 6);
}

static void test_strangers_and_replays_are_ignored(void **state)
{
    (void)state;
    struct beat beat;
    assert_int_equal(heart_aim(&all.heart, "127.0.0.1", NULL), 0);
    assert_int_equal(heart_beat(&all.heart, 0, NULL), 0);
    struct sockaddr_in agent = hear(&beat);
    wake(all.stranger, &agent, 5, 0); /* authentic, but recorded elsewhere and sent from another place */
    run();
    assert_int_equal(all.woken, 0);
    wake(all.server, &agent, 5, 0);
    run();
    wake(all.server, &agent, 5, 0);
    run();
    assert_int_equal(all.woken, 1);
    /* Of many at a time, mail counts more than greetings. */
    for (uint64_t counter = 10; counter < 15; counter++)
        wake(all.server, &agent, counter, counter == 12 ? 0 : BEAT_HELLO);
    run();
    assert_int_equal(all.woken, 2);
    assert_int_equal(all.greeted, 0);
}

static void test_network_says_that_nobody_is_there(void **state)
{
    (void)state;
    assert_int_equal(heart_aim(&all.heart, "127.0.0.1", NULL), 0);
    close(all.server);
    all.server = -1;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(heart_beat(&all.heart, 0, NULL), 0);
        run();
    }
    /* Told each time, and not a hundred times: the error queue was drained. */
    assert_int_equal(all.unreachable, 3);
    run();
    assert_int_equal(all.unreachable, 3);
}

static void test_server_moves_to_the_other_family(void **state)
{
    (void)state;
    struct beat beat;
    assert_int_equal(heart_aim(&all.heart, "::1", NULL), 0);
    assert_int_equal(heart_aim(&all.heart, "127.0.0.1", NULL), 0);
    assert_int_equal(heart_beat(&all.heart, 0, NULL), 0);
    hear(&beat);
    assert_int_equal(beat.counter, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_beats_go_and_wakes_come, begin, end),
        cmocka_unit_test_setup_teardown(test_strangers_and_replays_are_ignored, begin, end),
        cmocka_unit_test_setup_teardown(test_network_says_that_nobody_is_there, begin, end),
        cmocka_unit_test_setup_teardown(test_server_moves_to_the_other_family, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
