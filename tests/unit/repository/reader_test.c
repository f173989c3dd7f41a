/* What a reader makes of a piece: its content, if that is what the machine read. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "lib/problem.h"
#include "lib/repository/reader.h"
#include "lib/repository/sum.h"

#define CONTENT "one file, and another one"

static struct reader reader;
static char frame[512];

/* A reader with a segment open that is one frame. */
static int set_up(void **state)
{
    (void)state;
    struct packer *packer = packer_make();
    size_t bytes = frame_pack(packer, FRAME_CHECKED, CONTENT, strlen(CONTENT), frame, sizeof(frame));
    packer_free(packer);
    if (!bytes || reader_make(&reader, NULL, NULL, NULL))
        return -1;
    reader.plain = (struct segment_plain){ (const uint8_t *)frame, bytes, 0 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reader_free(&reader);
    return 0;
}

static struct node_piece piece(uint32_t skip, const char *read)
{
    return (struct node_piece){ .skip = skip, .length = strlen(read), .sum = sum_of(read, strlen(read)) };
}

static const char *refused(const struct node_piece *wanted)
{
    static struct problem problem;
    const uint8_t *content = NULL;
    assert_int_equal(reader_piece(&reader, wanted, &content, &problem), -1);
    assert_null(content);
    return problem.code;
}

static void a_piece_is_what_was_read(void **state)
{
    (void)state;
    const uint8_t *content;
    const struct node_piece one = piece(0, "one file"), whole = piece(0, CONTENT);
    assert_int_equal(reader_piece(&reader, &one, &content, NULL), 0);
    assert_memory_equal(content, "one file", 8);
    assert_int_equal(reader_piece(&reader, &whole, &content, NULL), 0);
}

static void what_was_stored_wrong_is_told(void **state)
{
    (void)state;
    const struct node_piece beside = piece(1, "one file"), other = piece(0, "two file"), shorter = piece(0, "one fil");
    struct node_piece longer = shorter;
    longer.length++;
    assert_string_equal(refused(&beside), "wrong-content");
    assert_string_equal(refused(&other), "wrong-content");
    assert_string_equal(refused(&longer), "wrong-content");
}

static void a_piece_ends_in_its_frame(void **state)
{
    (void)state;
    struct node_piece beyond = piece(0, CONTENT);
    beyond.length++;
    assert_string_equal(refused(&beyond), "bad-tree");
    beyond = (struct node_piece){ .skip = UINT32_MAX, .length = 1 };
    assert_string_equal(refused(&beyond), "bad-tree");
    beyond = (struct node_piece){ .skip = 1, .length = UINT64_MAX };
    assert_string_equal(refused(&beyond), "bad-tree");
}

/* As anybody makes it: xxhsum -H3 */
static void a_sum_is_the_end_of_xxh3(void **state)
{
    (void)state;
    char long_data[5000];
    memset(long_data, 'a', sizeof(long_data));
    assert_int_equal(sum_of("abc", 3), 0x892f3950);
    assert_int_equal(sum_of(long_data, sizeof(long_data)), 0xa5d8f5e9);
}

#define with_reader(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_reader(a_piece_is_what_was_read),
        with_reader(what_was_stored_wrong_is_told),
        with_reader(a_piece_ends_in_its_frame),
        with_reader(a_sum_is_the_end_of_xxh3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
