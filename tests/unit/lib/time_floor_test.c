/* The time that it is at least, over clocks that are put back and starts of the machine. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"
#include "lib/time_floor.h"
#include "tests/unit/folder.h"

#define SIGNED_MS INT64_C(1767268800000)
#define DAY_MS INT64_C(86400000)

static int64_t at(const struct time_floor *floor, const char *boot, int64_t running_ms)
{
    struct time_floor now = { .running_ms = running_ms };
    snprintf(now.boot, sizeof(now.boot), "%s", boot);
    return time_floor_at(floor, &now);
}

static void it_goes_with_the_machine(void **state)
{
    (void)state;
    const struct time_floor floor = { SIGNED_MS, 1000, "a" }, unknown = { SIGNED_MS, 0, "" }, nothing = { 0, 0, "a" };
    assert_int_equal(at(&floor, "a", 1000), SIGNED_MS);
    assert_int_equal(at(&floor, "a", 1000 + 8 * DAY_MS), SIGNED_MS + 8 * DAY_MS);
    /* Started anew: as long as it runs since, at the least. */
    assert_int_equal(at(&floor, "b", DAY_MS), SIGNED_MS + DAY_MS);
    /* Never back, and nothing out of nothing. */
    assert_int_equal(at(&floor, "a", 0), SIGNED_MS);
    assert_int_equal(at(&floor, "", DAY_MS), SIGNED_MS);
    assert_int_equal(at(&unknown, "a", DAY_MS), SIGNED_MS);
    assert_int_equal(at(&nothing, "a", DAY_MS), 0);
}

static struct time_floor load(const char *path)
{
    struct time_floor floor;
    struct problem problem;
    assert_int_equal(time_floor_load(path, &floor, &problem), 0);
    return floor;
}

static void it_is_kept(void **state)
{
    (void)state;
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8];
    struct problem problem;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/time", folder);
    struct time_floor floor = load(path);
    assert_int_equal(time_floor_now(&floor), 0);
    assert_int_equal(time_floor_raise(&floor, path, 0, &problem), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(time_floor_raise(&floor, path, SIGNED_MS, &problem), 0);
    struct time_floor kept = load(path);
    assert_true(time_floor_now(&kept) >= SIGNED_MS && time_floor_now(&kept) < SIGNED_MS + DAY_MS);
    /* What was signed before that changes nothing; a later one does. */
    assert_int_equal(time_floor_raise(&floor, path, SIGNED_MS - DAY_MS, &problem), 0);
    assert_true(time_floor_now(&floor) >= SIGNED_MS);
    assert_int_equal(time_floor_raise(&floor, path, SIGNED_MS + DAY_MS, &problem), 0);
    kept = load(path);
    assert_true(time_floor_now(&kept) >= SIGNED_MS + DAY_MS);
    /* Of another start of the machine: from there on, and no further by the next look. */
    strcpy(kept.boot, "00000000-0000-0000-0000-000000000000");
    int64_t by_now_ms = time_floor_now(&kept);
    assert_int_equal(time_floor_raise(&kept, path, 0, &problem), 0);
    kept = load(path);
    assert_true(time_floor_now(&kept) >= by_now_ms && time_floor_now(&kept) < by_now_ms + DAY_MS);
    folder_remove(folder);
}

static void what_cannot_be_read_is_not_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "1", "1 2\n", "-1 2 a\n", "1 2 a", "1 2 a\nb", "1 2 x\n" };
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8];
    struct time_floor floor;
    struct problem problem;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/time", folder);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(file_write(path, bad[i], strlen(bad[i]), 0600, &problem), 0);
        assert_int_equal(time_floor_load(path, &floor, &problem), -1);
    }
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_with_the_machine),
        cmocka_unit_test(it_is_kept),
        cmocka_unit_test(what_cannot_be_read_is_not_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
