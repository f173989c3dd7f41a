#include "tests/unit/ingest/kept.h"

#include "services/ingest/memory/recent.h"
#include "services/ingest/presence/presence.h"

#define FRAME_BYTES(beats) (sizeof(struct recent_frame) + (beats) * sizeof(struct recent_beat))

static struct kept kept;
static struct recent recent;

static int set_up(void **state)
{
    (void)state;
    struct problem problem;
    kept_open(&kept, 100);
    recent = (struct recent){ .hot = &kept.hot, .generation = 7, .most_bytes = 1 << 20 };
    return pair_open(&recent.files, kept.folder, "recent", &problem);
}

static int tear_down(void **state)
{
    (void)state;
    pair_close(&recent.files);
    kept_close(&kept);
    return 0;
}

static void write_beats(uint64_t tick, uint32_t agents, uint64_t counter)
{
    for (uint32_t agent = 1; agent <= agents; agent++)
        recent_add(&recent, agent, counter);
    recent_write(&recent, tick);
}

/* As after a kill -9 since the snapshot of this generation, in which every counter was 5. */
static void restart(uint64_t snapshot)
{
    kept_forget(&kept, 100);
    for (uint32_t agent = 1; agent <= 100; agent++)
        kept.hot.pulse[agent].counter = 5;
    recent.generation = recent.position = 0;
    recent_restore(&recent, snapshot, &kept.hot);
}

static void test_finds_every_beat_again(void **state)
{
    (void)state;
    write_beats(0x12345, 60, 8);
    write_beats(0x12346, 3, 9);
    write_beats(0x12347, 4, 2); /* older than what is known by now: changes nothing */
    restart(7);
    assert_int_equal(kept.hot.pulse[3].counter, 9);
    assert_int_equal(kept.hot.pulse[3].seen, 0x2346);
    assert_int_equal(kept.hot.pulse[4].counter, 8);
    assert_int_equal(kept.hot.pulse[4].seen, 0x2345);
    assert_int_equal(kept.hot.pulse[61].counter, 5);
    assert_int_equal(recent.position, FRAME_BYTES(60) + FRAME_BYTES(3) + FRAME_BYTES(4));
    /* It goes on behind them. */
    write_beats(0x12350, 1, 10);
    restart(7);
    assert_int_equal(kept.hot.pulse[1].counter, 10);
    assert_int_equal(kept.hot.pulse[2].counter, 9);
}

/* We ended while the next snapshot was being written: both generations count. */
static void test_two_generations(void **state)
{
    (void)state;
    write_beats(1, 10, 8);
    recent_next(&recent);
    write_beats(2, 5, 9);
    restart(7);
    assert_int_equal(kept.hot.pulse[10].counter, 8);
    assert_int_equal(kept.hot.pulse[5].counter, 9);
    assert_int_equal(recent.generation, 8);
    assert_int_equal(recent.position, FRAME_BYTES(5));
    /* The generation before the last is written over, and what is left of it does not count. */
    recent_next(&recent);
    write_beats(3, 1, 11);
    restart(9);
    assert_int_equal(kept.hot.pulse[1].counter, 11);
    assert_int_equal(kept.hot.pulse[2].counter, 5);
    assert_int_equal(recent.generation, 9);
}

static void test_a_torn_frame_ends_it(void **state)
{
    (void)state;
    write_beats(1, 10, 8);
    write_beats(2, 10, 9);
    write_beats(3, 10, 10);
    const off_t places[] = { FRAME_BYTES(10) + 8, FRAME_BYTES(10) + 24, FRAME_BYTES(10) + FRAME_BYTES(5) };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        kept_spoil(&kept, "recent.1", places[i]);
        restart(7);
        assert_int_equal(kept.hot.pulse[10].counter, 8);
        assert_int_equal(recent.position, FRAME_BYTES(10));
        kept_spoil(&kept, "recent.1", places[i]);
    }
    assert_int_equal(truncate(kept_path(&kept, "recent.1"), (off_t)FRAME_BYTES(10) * 2 - 1), 0);
    restart(7);
    assert_int_equal(kept.hot.pulse[10].counter, 8);
}

static void test_counts_what_finds_no_room(void **state)
{
    (void)state;
    recent.most_bytes = FRAME_BYTES(10) * 2;
    write_beats(1, 10, 8);
    write_beats(1, 20, 9);
    assert_int_equal(recent.unwritten, 20);
    assert_int_not_equal(recent.error, 0);
    write_beats(1, 10, 10);
    assert_int_equal(recent.unwritten, 20);
    recent_next(&recent);
    assert_int_equal(recent.error, 0);
    close(recent.files.fd[0]);
    recent.files.fd[0] = open("/dev/full", O_RDWR);
    write_beats(1, 10, 11);
    assert_int_equal(recent.unwritten, 30);
    assert_int_equal(recent.error, ENOSPC);
}

static void test_knows_only_registered_agents(void **state)
{
    (void)state;
    recent_add(&recent, 101, 9);
    recent_add(&recent, UINT32_MAX, 9);
    recent_add(&recent, 0, 9);
    recent_add(&recent, 100, 9);
    recent_write(&recent, 1);
    restart(7);
    assert_int_equal(kept.hot.pulse[101].counter, 0);
    assert_int_equal(kept.hot.pulse[0].counter, 0);
    assert_int_equal(kept.hot.pulse[100].counter, 9);
}

static void change(uint32_t agent, uint8_t byte, int64_t since_ms)
{
    kept.hot.cold[agent] = (struct cold){ .state = byte, .since_ms = since_ms };
    recent_changed(&recent, agent);
}

static void test_finds_every_change_again(void **state)
{
    (void)state;
    change(1, STATE_ONLINE, 10);
    recent_add(&recent, 2, 8);
    change(2, STATE_ONLINE, 20);
    recent_write(&recent, 1);
    change(1, STATE_LATE, 30);
    recent_write(&recent, 2);
    recent_next(&recent);
    change(2, STATE_OFFLINE, 40);
    change(100, STATE_GOODBYE, 50);
    recent_write(&recent, 3);
    restart(7);
    assert_int_equal(kept.hot.cold[1].since_ms, 30);
    assert_int_equal(kept.hot.pulse[1].state, STATE_LATE);
    assert_int_equal(kept.hot.pulse[2].counter, 8);
    assert_int_equal(kept.hot.pulse[2].state, STATE_OFFLINE);
    assert_int_equal(kept.hot.cold[100].since_ms, 50);
    assert_int_equal(kept.hot.cold[3].since_ms, 0);
    /* And they still have to reach ingest/cold. */
    assert_int_equal(hot_flush(&kept.hot), 0);
    kept_forget(&kept, 100);
    assert_int_equal(kept.hot.cold[1].since_ms, 30);
}

static void test_the_registry_knows_better(void **state)
{
    (void)state;
    change(1, STATE_ONLINE | PRESENCE_MAINTENANCE, 10);
    change(2, STATE_RETIRED, 20);
    change(3, STATE_ONLINE, 30);
    change(101, STATE_ONLINE, 40);
    recent_write(&recent, 1);
    kept_forget(&kept, 100);
    kept.hot.pulse[3].state = STATE_RETIRED;
    recent.generation = recent.position = 0;
    recent_restore(&recent, 7, &kept.hot);
    assert_int_equal(kept.hot.pulse[1].state, STATE_ONLINE);
    assert_int_equal(presence_truth(kept.hot.pulse[2].state), STATE_NEVER);
    assert_int_equal(presence_truth(kept.hot.pulse[3].state), STATE_RETIRED);
    assert_int_equal(kept.hot.cold[101].since_ms, 0);
}

/* More changes than a batch has room for, with beats among them: a full batch is written on the way. */
static void test_more_changes_than_a_batch(void **state)
{
    (void)state;
    recent.most_bytes = 10 << 20;
    recent_add(&recent, 5, 9);
    for (uint32_t lap = 1; lap <= 2 * RECENT_BATCH / 100 + 1; lap++)
        for (uint32_t agent = 1; agent <= 100; agent++)
            change(agent, STATE_ONLINE, lap);
    recent_write(&recent, 1);
    assert_int_equal(recent.unwritten, 0);
    restart(7);
    assert_int_equal(kept.hot.pulse[5].counter, 9);
    for (uint32_t agent = 1; agent <= 100; agent++)
        assert_int_equal(kept.hot.cold[agent].since_ms, 2 * RECENT_BATCH / 100 + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_finds_every_beat_again),
        TEST(test_two_generations),
        TEST(test_a_torn_frame_ends_it),
        TEST(test_counts_what_finds_no_room),
        TEST(test_knows_only_registered_agents),
        TEST(test_finds_every_change_again),
        TEST(test_the_registry_knows_better),
        TEST(test_more_changes_than_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
