#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/outbox.h"
#include "lib/problem.h"

#define ROOM 65536

static char path[64];

static struct outbox *open_here(size_t bytes)
{
    struct problem problem;
    struct outbox *outbox = outbox_open(path, bytes, &problem);
    if (!outbox)
        print_error("%s\n", problem.reason);
    assert_non_null(outbox);
    return outbox;
}

static uint64_t put(struct outbox *outbox, uint32_t number, size_t bytes)
{
    char data[8192];
    uint64_t sequence;
    memset(data, (int)number, bytes);
    assert_int_equal(outbox_put(outbox, data, bytes, &sequence), 0);
    return sequence;
}

/* The sequences that wait, as text. */
static const char *waiting(const struct outbox *outbox)
{
    static char text[4096];
    struct outbox_place place = outbox_oldest(outbox);
    struct outbox_record record;
    text[0] = '\0';
    while (!outbox_read(outbox, &place, &record))
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llu ", (unsigned long long)record.sequence);
    return text;
}

static void keeps_what_was_put_and_forgets_what_was_acknowledged(void **state)
{
    (void)state;
    struct outbox *outbox = open_here(ROOM);
    for (uint32_t i = 1; i <= 5; i++)
        assert_int_equal(put(outbox, i, 100), i);
    outbox_forget(outbox, 2);
    uint64_t id = outbox_id(outbox);
    outbox_free(outbox);

    outbox = open_here(ROOM);
    assert_int_equal(outbox_id(outbox), id);
    assert_string_equal(waiting(outbox), "3 4 5 ");
    assert_int_equal(outbox_waiting(outbox), 3);
    assert_int_equal(put(outbox, 6, 100), 6);
    outbox_forget(outbox, 6);
    assert_int_equal(outbox_waiting_bytes(outbox), 0);
    outbox_free(outbox);

    outbox = open_here(ROOM);
    assert_string_equal(waiting(outbox), "");
    assert_int_equal(put(outbox, 7, 100), 7);
    outbox_free(outbox);
}

static void refuses_and_counts_what_does_not_fit(void **state)
{
    (void)state;
    struct outbox *outbox = open_here(ROOM);
    uint64_t sequence, n = 0;
    char data[1000] = { 0 };
    while (!outbox_put(outbox, data, sizeof(data), &sequence))
        n++;
    assert_in_range(n, 55, 60);
    assert_int_equal(outbox_put(outbox, data, sizeof(data), &sequence), -1);
    assert_int_equal(outbox_dropped(outbox), 2);
    outbox_forget(outbox, 1);
    assert_int_equal(outbox_put(outbox, data, sizeof(data), &sequence), 0);
    outbox_dropped_said(outbox, 2);
    outbox_free(outbox);
    outbox = open_here(ROOM);
    assert_int_equal(outbox_dropped(outbox), 0);
    outbox_free(outbox);
}

/* Many laps of all sizes, closed and opened at random: always exactly what was put and not forgotten. */
static void wraps_round_for_ever(void **state)
{
    (void)state;
    srand(7);
    struct outbox *outbox = open_here(ROOM);
    uint64_t first = 1, next = 1;
    for (int step = 0; step < 20000; step++) {
        char data[3000];
        size_t bytes = (size_t)rand() % sizeof(data);
        uint64_t sequence;
        memset(data, (int)next, bytes);
        if (!outbox_put(outbox, data, bytes, &sequence))
            assert_int_equal(sequence, next++);
        else
            outbox_forget(outbox, first += (uint64_t)rand() % (next - first));
        if (rand() % 50 == 0) {
            outbox_forget(outbox, first);
            outbox_free(outbox);
            outbox = open_here(ROOM);
        }
        assert_true(outbox_waiting(outbox) <= next - 1);
    }
    struct outbox_place place = outbox_oldest(outbox);
    struct outbox_record record;
    for (uint64_t expected = first + 1; !outbox_read(outbox, &place, &record); expected++) {
        assert_int_equal(record.sequence, expected);
        for (size_t i = 0; i < record.bytes; i++)
            assert_int_equal(((const char *)record.data)[i], (char)expected);
    }
    assert_int_equal(record.sequence, next - 1);
    outbox_free(outbox);
}

static void survives_kill_9_of_its_process(void **state)
{
    (void)state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct outbox *outbox = outbox_open(path, ROOM, NULL);
        for (uint32_t i = 1; i <= 100; i++)
            put(outbox, i, 64);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    struct outbox *outbox = open_here(ROOM);
    assert_int_equal(outbox_waiting(outbox), 100);
    outbox_free(outbox);
}

static void one_process_at_a_time(void **state)
{
    (void)state;
    struct problem problem;
    struct outbox *outbox = open_here(ROOM);
    assert_null(outbox_open(path, ROOM, &problem));
    outbox_free(outbox);
}

static void damage(off_t at, const char *bytes, size_t count)
{
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, bytes, count, at), count);
    close(fd);
}

static void a_damaged_record_ends_the_walk_and_the_rest_counts_as_dropped(void **state)
{
    (void)state;
    struct outbox *outbox = open_here(ROOM);
    for (uint32_t i = 1; i <= 5; i++)
        put(outbox, i, 100);
    outbox_free(outbox);
    damage(4096 + 2 * 128 + 50, "?", 1); /* within the third record */
    for (int again = 0; again < 2; again++) {
        outbox = open_here(ROOM);
        assert_string_equal(waiting(outbox), "1 2 ");
        assert_int_equal(outbox_dropped(outbox), 3);
        outbox_free(outbox);
    }
    outbox = open_here(ROOM);
    assert_true(put(outbox, 6, 100) > 5); /* never a sequence that audit may have seen */
    outbox_free(outbox);
}

static void what_is_no_outbox_is_set_aside(void **state)
{
    (void)state;
    char aside[80];
    struct outbox *outbox = open_here(ROOM);
    uint64_t id = outbox_id(outbox);
    put(outbox, 1, 100);
    outbox_free(outbox);
    damage(0, "garbage!", 8);
    outbox = open_here(ROOM);
    assert_string_equal(waiting(outbox), "");
    assert_int_not_equal(outbox_id(outbox), id);
    outbox_free(outbox);
    snprintf(aside, sizeof(aside), "%s.damaged", path);
    assert_int_equal(unlink(aside), 0);
}

static void takes_another_size_once_nothing_waits(void **state)
{
    (void)state;
    struct outbox *outbox = open_here(ROOM);
    uint64_t id = outbox_id(outbox);
    put(outbox, 1, 100);
    outbox_free(outbox);
    outbox = open_here(2 * ROOM);
    assert_string_equal(waiting(outbox), "1 ");
    outbox_forget(outbox, 1);
    outbox_free(outbox);
    outbox = open_here(2 * ROOM);
    assert_int_equal(outbox_id(outbox), id);
    for (uint32_t i = 0; i < 100; i++)
        put(outbox, i, 1000);
    outbox_free(outbox);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/outbox-test-%d", (int)getpid());
    unlink(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_what_was_put_and_forgets_what_was_acknowledged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_and_counts_what_does_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wraps_round_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_kill_9_of_its_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_process_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_record_ends_the_walk_and_the_rest_counts_as_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_outbox_is_set_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_another_size_once_nothing_waits, set_up, tear_down),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
