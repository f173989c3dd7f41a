#include "tests/unit/ingest/kept.h"

#include "services/ingest/recent.h"

#define FRAME_BYTES(beats) (sizeof(struct recent_frame) + (beats) * sizeof(struct recent_beat))

static struct kept kept;
static struct recent recent;

static int set_up(void **state)
{
    (void)state;
    struct problem problem;
    kept_open(&kept, 100);
    recent = (struct recent){ .generation = 7, .most_bytes = 1 << 20 };
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_finds_every_beat_again),
        TEST(test_two_generations),
        TEST(test_a_torn_frame_ends_it),
        TEST(test_counts_what_finds_no_room),
        TEST(test_knows_only_registered_agents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
