#include "tests/unit/ingest/kept.h"

#include "services/ingest/memory/snapshot.h"

#define AGENTS (PAGE_AGENTS + 100)

static struct kept kept;
static struct pair files;

static int set_up(void **state)
{
    (void)state;
    struct problem problem;
    kept_open(&kept, AGENTS);
    return pair_open(&files, kept.folder, "pulses", &problem);
}

static int tear_down(void **state)
{
    (void)state;
    pair_close(&files);
    kept_close(&kept);
    return 0;
}

static void write_with(uint64_t generation, uint64_t counter)
{
    for (uint32_t agent = 1; agent <= kept.hot.highest; agent++) {
        kept.hot.pulse[agent].counter = counter + agent;
        kept.hot.pulse[agent].seen = (uint16_t)agent;
    }
    assert_int_equal(snapshot_write(&files, generation, &kept.hot), 0);
}

static uint64_t load(uint32_t highest)
{
    kept_forget(&kept, highest);
    return snapshot_load(&files, &kept.hot);
}

static void test_the_newest_comes_back(void **state)
{
    (void)state;
    assert_int_equal(load(AGENTS), 0);
    for (uint64_t generation = 1; generation <= 3; generation++) {
        write_with(generation, generation * 1000000);
        assert_int_equal(load(AGENTS), generation);
        for (uint32_t agent = 1; agent <= AGENTS; agent++) {
            assert_int_equal(kept.hot.pulse[agent].counter, generation * 1000000 + agent);
            assert_int_equal(kept.hot.pulse[agent].seen, agent);
        }
    }
}

static void test_one_that_is_not_whole_is_passed_over(void **state)
{
    (void)state;
    const off_t places[] = { 0, 17, 20, 24, 32, SNAPSHOT_HEADER_BYTES, SNAPSHOT_HEADER_BYTES + 8 * AGENTS };
    write_with(4, 100);
    write_with(5, 200);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        kept_spoil(&kept, "pulses.1", places[i]);
        assert_int_equal(load(AGENTS), 4);
        assert_int_equal(kept.hot.pulse[AGENTS].counter, 100 + AGENTS);
        kept_spoil(&kept, "pulses.1", places[i]);
    }
    assert_int_equal(load(AGENTS), 5);
    assert_int_equal(truncate(kept_path(&kept, "pulses.1"), SNAPSHOT_HEADER_BYTES + 1000), 0);
    assert_int_equal(load(AGENTS), 4);
    assert_int_equal(truncate(kept_path(&kept, "pulses.0"), 10), 0);
    assert_int_equal(load(AGENTS), 0);
}

/* The registry was restored from an older copy: who is registered anew begins at 0. */
static void test_knows_only_registered_agents(void **state)
{
    (void)state;
    write_with(1, 100);
    assert_int_equal(load(10), 1);
    assert_int_equal(kept.hot.pulse[10].counter, 110);
    assert_int_equal(kept.hot.pulse[11].counter, 0);
    assert_int_equal(load(KEPT_ROOM), 1);
    assert_int_equal(kept.hot.pulse[AGENTS].counter, 100 + AGENTS);
    assert_int_equal(kept.hot.pulse[AGENTS + 1].counter, 0);
}

static void test_tells_of_a_full_disk(void **state)
{
    (void)state;
    const struct pair full = { { open("/dev/full", O_RDWR), -1 } };
    assert_int_equal(snapshot_write(&full, 2, &kept.hot), -1);
    assert_int_equal(errno, ENOSPC);
    close(full.fd[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_newest_comes_back),
        TEST(test_one_that_is_not_whole_is_passed_over),
        TEST(test_knows_only_registered_agents),
        TEST(test_tells_of_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
