#include "tests/unit/ingest/kept.h"

#include <sys/wait.h>
#include <time.h>

#include "services/ingest/memory/flush.h"

#define AGENTS 50

static struct kept kept;
static struct flush flush;
static struct problem problem;

static int set_up(void **state)
{
    (void)state;
    kept_open(&kept, AGENTS);
    flush = (struct flush){ 0 };
    return flush_open(&flush, &kept.hot, kept.folder, &problem);
}

static int tear_down(void **state)
{
    (void)state;
    flush_stop(&flush);
    kept_close(&kept);
    return 0;
}

static void beat(uint32_t agent, uint64_t counter)
{
    kept.hot.pulse[agent].counter = counter;
    recent_add(&flush.recent, agent, counter);
    recent_write(&flush.recent, counter);
}

/* What the memory held is gone, without a last word. */
static void killed(void)
{
    pair_close(&flush.snapshots);
    pair_close(&flush.recent.files);
    flush = (struct flush){ 0 };
    kept_forget(&kept, AGENTS);
    assert_int_equal(flush_open(&flush, &kept.hot, kept.folder, &problem), 0);
}

static void wait_idle(void)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    for (int i = 0; i < 10000 && flush.busy; i++)
        nanosleep(&nap, NULL);
    assert_false(flush.busy);
}

static void test_a_kill_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t counter = 1; counter <= 5; counter++) {
        beat(1, counter);
        beat((uint32_t)counter + 1, 100);
        killed();
        assert_int_equal(kept.hot.pulse[1].counter, counter);
        assert_int_equal(kept.hot.pulse[1].seen, counter);
        assert_int_equal(kept.hot.pulse[counter + 1].counter, 100);
        assert_int_equal(kept.hot.pulse[counter + 2].counter, 0);
    }
}

static void change(uint32_t agent, int64_t since_ms)
{
    kept.hot.cold[agent].since_ms = since_ms;
    hot_changed(&kept.hot, agent);
    recent_write(&flush.recent, 1);
}

/* Agents 1 and `agent` change, before, while or after a snapshot is written, and the process ends without a word. */
static void change_and_die(uint32_t agent, int64_t since_ms)
{
    change(1, since_ms - 1);
    if (agent % 3) {
        flush_start(&flush, 0, &problem);
        flush_tick(&flush, 0);
    }
    change(1, since_ms);
    if (agent % 3 == 1)
        wait_idle();
    change(agent, since_ms);
    _exit(0);
}

/* A change is in the log or in ingest/cold, whenever the kill comes. */
static void test_a_kill_loses_no_change(void **state)
{
    (void)state;
    for (int64_t since_ms = 1; since_ms <= 9; since_ms++) {
        pid_t child = fork();
        if (!child)
            change_and_die((uint32_t)since_ms + 1, since_ms);
        assert_int_equal(waitpid(child, NULL, 0), child);
        killed();
        assert_int_equal(kept.hot.cold[1].since_ms, since_ms);
        assert_int_equal(kept.hot.cold[since_ms + 1].since_ms, since_ms);
        assert_int_equal(kept.hot.cold[since_ms + 2].since_ms, 0);
    }
}

static void test_a_clean_end_leaves_a_snapshot(void **state)
{
    (void)state;
    assert_int_equal(flush_start(&flush, 0, &problem), 0);
    beat(1, 7);
    flush_stop(&flush);
    unlink(kept_path(&kept, "recent.0"));
    unlink(kept_path(&kept, "recent.1"));
    kept_forget(&kept, AGENTS);
    flush = (struct flush){ 0 };
    assert_int_equal(flush_open(&flush, &kept.hot, kept.folder, &problem), 0);
    assert_int_equal(flush.written, 1);
    assert_int_equal(kept.hot.pulse[1].counter, 7);
}

static void test_a_snapshot_at_once_and_each_period(void **state)
{
    (void)state;
    int64_t now_ms = 1000000;
    assert_int_equal(flush_start(&flush, now_ms, &problem), 0);
    for (uint64_t generation = 1; generation <= 4; generation++) {
        flush_tick(&flush, now_ms);
        beat(1, generation * 10); /* may be in the snapshot or not */
        wait_idle();
        assert_int_equal(flush.written, generation);
        assert_int_equal(flush.recent.generation, generation);
        flush_tick(&flush, now_ms + 29000);
        assert_false(flush.busy);
        now_ms += 30000;
    }
    flush_stop(&flush);
}

/* The disk fails: the generation goes on, and neither it nor what the last snapshot needs is written over. */
static void test_a_failing_disk(void **state)
{
    (void)state;
    assert_int_equal(flush_start(&flush, 0, &problem), 0);
    flush_tick(&flush, 0);
    wait_idle();
    beat(1, 5);
    int good = dup(flush.snapshots.fd[0]), full = open("/dev/full", O_RDWR);
    dup2(full, flush.snapshots.fd[0]);
    close(full);
    for (int64_t now_ms = 30000; now_ms <= 90000; now_ms += 30000) {
        flush_tick(&flush, now_ms);
        wait_idle();
        assert_int_equal(flush.failed, ENOSPC);
        assert_int_equal(flush.written, 1);
        assert_int_equal(flush.recent.generation, 2);
        beat(2, (uint64_t)now_ms);
    }
    dup2(good, flush.snapshots.fd[0]);
    close(good);
    flush_tick(&flush, 120000);
    wait_idle();
    assert_int_equal(flush.failed, 0);
    assert_int_equal(flush.written, 2);
    flush_stop(&flush);
    kept_forget(&kept, AGENTS);
    flush = (struct flush){ 0 };
    assert_int_equal(flush_open(&flush, &kept.hot, kept.folder, &problem), 0);
    assert_int_equal(kept.hot.pulse[1].counter, 5);
    assert_int_equal(kept.hot.pulse[2].counter, 90000);
}

static void test_full_room_is_flushed_early(void **state)
{
    (void)state;
    flush.recent.most_bytes = 100;
    assert_int_equal(flush_start(&flush, 0, &problem), 0);
    flush_tick(&flush, 0);
    wait_idle();
    beat(1, 5);
    beat(2, 5);
    assert_int_equal(flush.recent.unwritten, 1);
    flush_tick(&flush, 4999);
    assert_false(flush.busy);
    assert_int_equal(flush.written, 1);
    flush_tick(&flush, 5000);
    wait_idle();
    assert_int_equal(flush.written, 2);
    assert_int_equal(flush.recent.error, 0);
}

static void test_old_files_do_not_matter(void **state)
{
    (void)state;
    static const char text[] = "vedette hot\n of another layout";
    for (int i = 0; i < 2; i++) {
        const char *path = kept_path(&kept, i ? "recent.0" : "pulses.0");
        int fd = open(path, O_WRONLY);
        assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
        close(fd);
    }
    killed();
    assert_int_equal(flush.written, 0);
    beat(1, 9);
    killed();
    assert_int_equal(kept.hot.pulse[1].counter, 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_kill_loses_nothing),
        TEST(test_a_kill_loses_no_change),
        TEST(test_a_clean_end_leaves_a_snapshot),
        TEST(test_a_snapshot_at_once_and_each_period),
        TEST(test_a_failing_disk),
        TEST(test_full_room_is_flushed_early),
        TEST(test_old_files_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
