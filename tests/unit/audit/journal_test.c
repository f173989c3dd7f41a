#include "tests/unit/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/audit/journal/journal.h"

#define SEGMENT_BYTES (1u << 20)
#define CHAIN 7u /* any outbox id */

static char directory[FOLDER_BYTES];
static const uint64_t none[CLASS_COUNT];

static struct journal *open_here(void)
{
    struct problem problem;
    struct journal *journal = journal_open(directory, SEGMENT_BYTES, none, &problem);
    if (!journal)
        print_error("%s\n", problem.reason);
    assert_non_null(journal);
    return journal;
}

static void commit(struct journal *journal)
{
    struct problem problem;
    struct frame frame;
    assert_int_equal(journal_compose(journal, &frame, &problem), 0);
    assert_int_equal(journal_write(journal, &problem), 0);
    assert_int_equal(journal_sync(journal, &problem), 0);
}

static void stage(struct journal *journal, enum class class, size_t bytes)
{
    static char text[60000];
    int length = snprintf(text, sizeof(text), "%d-%llu ", (int)class, (unsigned long long)journal_next(journal, class));
    memset(text + length, 'x', sizeof(text) - (size_t)length);
    if (journal_room(journal, bytes) == JOURNAL_COMMIT_FIRST) {
        commit(journal);
        assert_int_equal(journal_room(journal, bytes), JOURNAL_ROOM);
    }
    assert_int_equal(journal_stage(journal, class, text, bytes), 0);
}

struct check {
    enum class class;
    uint64_t next, until;
};

static bool check_entry(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct check *check = arg;
    char start[32];
    int length = snprintf(start, sizeof(start), "%d-%llu ", (int)check->class, (unsigned long long)sequence);
    assert_int_equal(sequence, check->next);
    assert_true(bytes >= (size_t)length);
    assert_memory_equal(text, start, length);
    return ++check->next < check->until;
}

/* Everything of a class from `from` to the last of `size`, in order, and no more. */
static void reads(struct journal *journal, enum class class, uint64_t from, uint64_t size)
{
    struct problem problem;
    struct check check = { class, from, UINT64_MAX };
    assert_int_equal(journal_size(journal, class), size);
    assert_int_equal(journal_read(journal, class, from, check_entry, &check, &problem), 0);
    assert_int_equal(check.next, from > size ? from : size);
}

static void starts_empty_and_counts_from_zero(void **state)
{
    (void)state;
    struct journal *journal = open_here();
    assert_int_equal(journal_size(journal, CLASS_OPS), 0);
    reads(journal, CLASS_OPS, 0, 0);
    stage(journal, CLASS_OPS, 100);
    reads(journal, CLASS_OPS, 0, 0); /* not before it is durable */
    commit(journal);
    reads(journal, CLASS_OPS, 0, 1);
    journal_free(journal);
}

static void gives_back_across_frames_segments_and_starts(void **state)
{
    (void)state;
    struct journal *journal = open_here();
    uint64_t fleet = 0, ops = 0;
    for (int round = 0; round < 900; round++) {
        for (int i = 0; i < 9; i++, fleet++)
            stage(journal, CLASS_FLEET, 300 + (size_t)(fleet % 200));
        if (round % 3 == 0)
            stage(journal, CLASS_OPS, 500), ops++;
        commit(journal);
        if (round % 100 == 50) {
            journal_free(journal);
            journal = open_here();
            assert_int_equal(journal_cut(journal), 0);
        }
    }
    for (uint64_t from = 0; from <= fleet + 1; from += 977)
        reads(journal, CLASS_FLEET, from, fleet);
    reads(journal, CLASS_OPS, 0, ops);
    reads(journal, CLASS_OPS, ops - 1, ops);
    reads(journal, CLASS_ALERT, 0, 0);
    struct check few = { CLASS_FLEET, 4000, 4003 };
    assert_int_equal(journal_read(journal, CLASS_FLEET, 4000, check_entry, &few, NULL), 0);
    assert_int_equal(few.next, 4003);
    journal_free(journal);
}

static void takes_entries_of_the_greatest_length(void **state)
{
    (void)state;
    struct journal *journal = open_here();
    for (int i = 0; i < 60; i++)
        stage(journal, CLASS_OPS, 59999);
    commit(journal);
    reads(journal, CLASS_OPS, 0, 60);
    journal_free(journal);
}

static void remembers_how_far_each_producer_was_taken(void **state)
{
    (void)state;
    struct journal *journal = open_here();
    for (uint64_t i = 1; i <= 3000; i++) { /* over more than one segment */
        struct mark *mark = journal_mark(journal, PEER_INGEST, CHAIN + i % 3);
        mark->through = i;
        journal_touch(journal, mark);
        stage(journal, CLASS_FLEET, 600);
        if (i % 10 == 0)
            commit(journal);
    }
    struct mark *unsaid = journal_mark(journal, PEER_INGEST, CHAIN);
    unsaid->through = 9999;
    journal_free(journal);
    journal = open_here();
    for (uint64_t i = 2998; i <= 3000; i++)
        assert_int_equal(journal_mark(journal, PEER_INGEST, CHAIN + i % 3)->through, i);
    assert_int_equal(journal_mark(journal, PEER_PORTAL, CHAIN)->through, 0);
    journal_free(journal);
}

static void segment_path(char path[96], unsigned number)
{
    snprintf(path, 96, "%s/%08u.segment", directory, number);
}

static off_t last_frame(int fd)
{
    static char content[SEGMENT_BYTES];
    ssize_t bytes = pread(fd, content, sizeof(content), 0);
    const char *last = NULL;
    for (const char *at = content; (at = memmem(at, (size_t)(content + bytes - at), "VDF2", 4)); at++)
        last = at;
    return last - content;
}

/* Whatever part of the last frame did not reach the disk, the frames before it are there, and work goes on. */
static void cuts_a_torn_tail_wherever_it_tore(void **state)
{
    (void)state;
    char path[96];
    segment_path(path, 1);
    for (off_t torn_at = 0; torn_at < 400; torn_at += 23) {
        struct journal *journal = open_here();
        uint64_t before = journal_size(journal, CLASS_FLEET);
        stage(journal, CLASS_FLEET, 100);
        commit(journal);
        stage(journal, CLASS_FLEET, 400);
        commit(journal);
        journal_free(journal);
        int fd = open(path, O_RDWR);
        char zeros[600] = { 0 };
        assert_int_equal(pwrite(fd, zeros, sizeof(zeros), last_frame(fd) + torn_at), sizeof(zeros));
        close(fd);
        journal = open_here();
        assert_int_equal(journal_cut(journal) > 0, torn_at > 0);
        reads(journal, CLASS_FLEET, 0, before + 1);
        stage(journal, CLASS_FLEET, 50);
        commit(journal);
        journal_free(journal);
        journal = open_here();
        assert_int_equal(journal_cut(journal), 0);
        reads(journal, CLASS_FLEET, 0, before + 2);
        journal_free(journal);
    }
}

static void refuses_damage_in_front_of_whole_frames(void **state)
{
    (void)state;
    char path[96];
    struct problem problem;
    struct journal *journal = open_here();
    for (int i = 0; i < 10; i++) {
        stage(journal, CLASS_FLEET, 100);
        commit(journal);
    }
    journal_free(journal);
    segment_path(path, 1);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "!", 1, 700), 1);
    close(fd);
    assert_null(journal_open(directory, SEGMENT_BYTES, none, &problem));
    assert_string_equal(problem.code, "journal-damaged");
}

static void refuses_a_missing_or_foreign_segment(void **state)
{
    (void)state;
    char path[96], other[96];
    struct problem problem;
    struct journal *journal = open_here();
    for (int i = 0; i < 3000; i++) {
        stage(journal, CLASS_FLEET, 1000);
        commit(journal);
    }
    journal_free(journal);
    segment_path(path, 2);
    segment_path(other, 3);
    assert_int_equal(unlink(path), 0);
    assert_null(journal_open(directory, SEGMENT_BYTES, none, &problem));
    assert_string_equal(problem.code, "journal-damaged");
    assert_int_equal(rename(other, path), 0); /* closes the gap, breaks the chain */
    segment_path(other, 4);
    unlink(other);
    assert_null(journal_open(directory, SEGMENT_BYTES, none, &problem));
    assert_string_equal(problem.code, "journal-damaged");
}

static void finishes_seals_that_a_kill_or_the_disk_prevented(void **state)
{
    (void)state;
    char path[96];
    struct journal *journal = open_here();
    uint64_t n = 0;
    for (; n < 2500; n++)
        stage(journal, CLASS_FLEET, 1000);
    commit(journal);
    journal_free(journal);
    for (unsigned number = 1; number < 3; number++) {
        segment_path(path, number);
        assert_int_equal(truncate(path, SEGMENT_BYTES), 0);
    }
    journal = open_here();
    reads(journal, CLASS_FLEET, 0, n);
    journal_free(journal);
}

/* Commits entries until the journal has come to this segment; drops what it may on the way. */
static void go_on_to(struct journal *journal, uint32_t segment)
{
    while (journal_end(journal).segment < segment) {
        stage(journal, CLASS_FLEET, 1000);
        commit(journal);
        journal_drop(journal, journal_end(journal).segment);
    }
}

static ino_t inode_of(unsigned number)
{
    char path[96];
    struct stat status;
    segment_path(path, number);
    assert_int_equal(stat(path, &status), 0);
    return status.st_ino;
}

static void uses_files_again_without_reading_what_they_held(void **state)
{
    (void)state;
    struct journal *journal = open_here();
    go_on_to(journal, 2);
    ino_t first = inode_of(1);
    go_on_to(journal, 4);
    assert_int_equal(inode_of(4), first);
    for (uint32_t next = 5; next < 12; next++) {
        for (unsigned i = 0; i < next * 13; i++) {
            stage(journal, CLASS_FLEET, 1000);
            commit(journal);
        }
        uint64_t size = journal_size(journal, CLASS_FLEET), from = journal_first(journal, CLASS_FLEET);
        journal_free(journal);
        journal = open_here();
        assert_int_equal(journal_cut(journal), 0);
        assert_int_equal(journal_first(journal, CLASS_FLEET), from);
        reads(journal, CLASS_FLEET, from, size);
        go_on_to(journal, next);
    }
    journal_free(journal);
}

/* A journal whose newest segment holds frames of its own and, behind them, those of an older one. */
static int open_used_again(char path[96])
{
    struct journal *journal = open_here();
    go_on_to(journal, 4);
    for (int i = 0; i < 10; i++) {
        stage(journal, CLASS_FLEET, 900);
        commit(journal);
    }
    journal_free(journal);
    segment_path(path, 4);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

/* Where the n-th frame begins. */
static off_t frame_at(int fd, unsigned n)
{
    static uint8_t content[SEGMENT_BYTES];
    struct frame frame;
    size_t at = 0;
    ssize_t bytes = pread(fd, content, sizeof(content), 0);
    for (; n; n--, at += frame.length)
        assert_int_equal(frame_check(content + at, (size_t)bytes - at, &frame), 0);
    return (off_t)at;
}

static void cuts_a_torn_tail_in_front_of_old_frames(void **state)
{
    (void)state;
    char path[96], junk[300];
    memset(junk, '!', sizeof(junk));
    int fd = open_used_again(path);
    assert_true(last_frame(fd) > frame_at(fd, 12)); /* there are old ones */
    assert_int_equal(pwrite(fd, junk, sizeof(junk), frame_at(fd, 11) + 600), sizeof(junk));
    struct journal *journal = open_here();
    uint64_t from = journal_first(journal, CLASS_FLEET), size = journal_size(journal, CLASS_FLEET);
    assert_true(journal_cut(journal) > 0);
    reads(journal, CLASS_FLEET, from, size);
    stage(journal, CLASS_FLEET, 900);
    commit(journal);
    journal_free(journal);
    journal = open_here();
    assert_int_equal(journal_cut(journal), 0);
    reads(journal, CLASS_FLEET, from, size + 1);
    journal_free(journal);
    close(fd);
}

static void refuses_damage_in_front_of_new_frames_among_old_ones(void **state)
{
    (void)state;
    char path[96];
    struct problem problem;
    int fd = open_used_again(path);
    assert_int_equal(pwrite(fd, "!", 1, frame_at(fd, 9) + 600), 1);
    assert_null(journal_open(directory, SEGMENT_BYTES, none, &problem));
    assert_string_equal(problem.code, "journal-damaged");
    /* So too if nothing at all is left of how it began. */
    assert_int_equal(pwrite(fd, (char[8]){ 0 }, 8, frame_at(fd, 9)), 8);
    assert_null(journal_open(directory, SEGMENT_BYTES, none, &problem));
    assert_string_equal(problem.code, "journal-damaged");
    close(fd);
}

static void ends_an_unsealed_segment_where_its_chain_does(void **state)
{
    (void)state;
    char path[96];
    static char old[2000];
    int fd = open_used_again(path);
    assert_int_equal(pread(fd, old, sizeof(old), frame_at(fd, 3)), sizeof(old));
    close(fd);
    segment_path(path, 3);
    fd = open(path, O_RDWR | O_APPEND);
    assert_int_equal(write(fd, old, sizeof(old)), sizeof(old)); /* whole frames, of somewhere else */
    close(fd);
    struct journal *journal = open_here();
    reads(journal, CLASS_FLEET, journal_first(journal, CLASS_FLEET), journal_size(journal, CLASS_FLEET));
    journal_free(journal);
}

static void keeps_nothing_of_what_was_rolled_away(void **state)
{
    (void)state;
    char path[96];
    struct journal *journal = open_here();
    go_on_to(journal, 4);
    for (int i = 0; i < 2; i++) {
        stage(journal, CLASS_OPS, 100);
        commit(journal);
        assert_int_equal(journal_roll(journal, NULL), 0);
        journal_drop(journal, journal_end(journal).segment);
    }
    assert_int_equal(journal_first(journal, CLASS_FLEET), journal_size(journal, CLASS_FLEET));
    journal_free(journal);
    snprintf(path, sizeof(path), "grep -rq '2-[0-9]* xxx' %s", directory);
    assert_int_not_equal(system(path), 0);
}

static void tells_when_it_cannot_make_a_segment(void **state)
{
    (void)state;
    char path[96];
    struct journal *journal = open_here();
    snprintf(path, sizeof(path), "%s/new", directory);
    assert_int_equal(mkdir(path, 0700), 0); /* stands in for a full disk: the file cannot be made */
    while (journal_room(journal, 50000) == JOURNAL_ROOM)
        assert_int_equal(journal_stage(journal, CLASS_OPS, path, 50), 0), commit(journal);
    assert_int_equal(journal_room(journal, 50000), JOURNAL_FULL);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(journal_room(journal, 50000), JOURNAL_ROOM);
    journal_free(journal);
}

static void ops_has_the_last_of_the_preallocated_space(void **state)
{
    (void)state;
    char spare[96], new[96];
    struct journal *journal = open_here();
    snprintf(spare, sizeof(spare), "%s/spare.reserved", directory);
    snprintf(new, sizeof(new), "%s/new", directory);
    assert_int_equal(mkdir(spare, 0700), 0); /* stand in for a full disk: no file can be made */
    assert_int_equal(mkdir(new, 0700), 0);
    unsigned n = 0, reserved = 0;
    for (; journal_room(journal, 1000) == JOURNAL_ROOM; n++) {
        stage(journal, CLASS_FLEET, 1000);
        commit(journal);
    }
    assert_in_range(n, 800, SEGMENT_BYTES / 1000);
    assert_int_equal(journal_room(journal, 1000), JOURNAL_FULL);
    for (; journal_room_with_reserve(journal, 1000) == JOURNAL_ROOM; reserved++) {
        static const char text[1000];
        assert_int_equal(journal_stage(journal, CLASS_OPS, text, sizeof(text)), 0);
        commit(journal);
    }
    assert_in_range(reserved, SEGMENT_BYTES / 16 / 1300, SEGMENT_BYTES / 16 / 1000 + 2);
    assert_int_equal(journal_room_with_reserve(journal, 1000), JOURNAL_FULL);
    /* Room on the disk, and both go on. */
    assert_int_equal(rmdir(spare), 0);
    assert_int_equal(rmdir(new), 0);
    stage(journal, CLASS_FLEET, 1000);
    commit(journal);
    assert_int_equal(journal_size(journal, CLASS_FLEET), n + 1);
    assert_int_equal(journal_size(journal, CLASS_OPS), reserved);
    journal_free(journal);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(starts_empty_and_counts_from_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_back_across_frames_segments_and_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_entries_of_the_greatest_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(remembers_how_far_each_producer_was_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_a_torn_tail_wherever_it_tore, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_damage_in_front_of_whole_frames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_missing_or_foreign_segment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finishes_seals_that_a_kill_or_the_disk_prevented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uses_files_again_without_reading_what_they_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_a_torn_tail_in_front_of_old_frames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_damage_in_front_of_new_frames_among_old_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_an_unsealed_segment_where_its_chain_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_nothing_of_what_was_rolled_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ops_has_the_last_of_the_preallocated_space, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_when_it_cannot_make_a_segment, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
