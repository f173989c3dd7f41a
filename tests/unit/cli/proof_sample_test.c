/* What a test restore draws: within its limits, by its seed alone, and everything has its turn. */
#include "cli/prove/sample.h"
#include "tests/unit/unit.h"

#define FILES 200
#define LARGE (FILES + 1) /* the node of one that is as large as all others together */

/* A folder with files of 100 bytes, one large one, and what is never drawn. */
static struct node all[FILES + 4];
static const struct nodes nodes = { .n = FILES + 4, .all = all };

static int make(void **state)
{
    (void)state;
    all[0] = (struct node){ .entry = { .type = ENTRY_FOLDER, .mode = 0500 }, .parent = NODE_NONE };
    for (uint32_t i = 1; i <= FILES; i++)
        all[i] =
            (struct node){ .entry = { .type = ENTRY_FILE, .size = 100, .mode = 06755, .uid = 5, .xattrs_bytes = 9 } };
    all[LARGE] = (struct node){ .entry = { .type = ENTRY_FILE, .size = 100 * FILES } };
    all[LARGE + 1] = (struct node){ .entry = { .type = ENTRY_CHARACTER }, .parent = NODE_NONE };
    all[LARGE + 2] = (struct node){ .entry = { .type = ENTRY_HARD_LINK, .number = 1 }, .parent = NODE_NONE };
    return 0;
}

static uint8_t *draw(uint8_t seed, uint32_t files, uint64_t bytes, uint32_t *ret_files, uint64_t *ret_bytes)
{
    const uint8_t seeds[SAMPLE_SEED_BYTES] = { seed };
    const struct sample_limits limits = { files, bytes };
    uint8_t *chosen = sample_draw(&nodes, seeds, &limits, ret_files, ret_bytes);
    assert_non_null(chosen);
    return chosen;
}

static void keeps_its_limits(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        uint32_t files, found = 0;
        uint64_t bytes, sum = 0;
        uint8_t *chosen = draw((uint8_t)seed, 10, 1000, &files, &bytes);
        for (uint32_t i = 1; i <= LARGE; i++) {
            found += chosen[i];
            sum += chosen[i] ? all[i].entry.size : 0;
        }
        assert_int_equal(found, files);
        assert_int_equal(sum, bytes);
        assert_int_equal(files, 10);
        assert_true(bytes <= 1000 && chosen[0] && !chosen[LARGE] && !chosen[LARGE + 1] && !chosen[LARGE + 2]);
        free(chosen);
    }
}

static void everything_has_its_turn(void **state)
{
    (void)state;
    unsigned times[LARGE + 1] = { 0 };
    for (unsigned seed = 0; seed < 250; seed++) {
        uint32_t files;
        uint64_t bytes;
        uint8_t *chosen = draw((uint8_t)seed, 10, UINT64_MAX, &files, &bytes);
        for (uint32_t i = 1; i <= LARGE; i++)
            times[i] += chosen[i];
        free(chosen);
    }
    assert_true(times[LARGE] > 200); /* half of all bytes */
    for (uint32_t i = 1; i <= FILES; i++)
        assert_in_range(times[i], 1, 40);
}

static void is_the_seeds_alone(void **state)
{
    (void)state;
    uint32_t files;
    uint64_t bytes;
    uint8_t *one = draw(1, 10, 5000, &files, &bytes), *same = draw(1, 10, 5000, &files, &bytes),
            *other = draw(2, 10, 5000, &files, &bytes);
    assert_memory_equal(one, same, nodes.n);
    assert_int_not_equal(memcmp(one, other, nodes.n), 0);
    free(one);
    free(same);
    free(other);
    uint8_t *none = draw(1, 10, 50, &files, &bytes); /* nothing has room */
    assert_int_equal(files, 0);
    free(none);
    uint8_t *whole = draw(1, 1000, UINT64_MAX, &files, &bytes);
    assert_true(files > FILES / 2); /* draws are bounded, and it may draw what it has */
    free(whole);
}

static void what_is_drawn_can_do_nothing(void **state)
{
    (void)state;
    uint32_t files;
    uint64_t bytes;
    uint8_t *chosen = draw(3, 5, 5000, &files, &bytes);
    sample_disarm((struct nodes *)&nodes, chosen, 1000, 1001);
    for (uint32_t i = 0; i <= LARGE; i++) {
        if (chosen[i])
            assert_true(all[i].entry.uid == 1000 && all[i].entry.gid == 1001 && !all[i].entry.xattrs_bytes &&
                        all[i].entry.mode == (i ? 0600 : 0700));
        else if (i && i != LARGE)
            assert_int_equal(all[i].entry.mode, 06755);
    }
    free(chosen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keeps_its_limits, make),
        cmocka_unit_test_setup(everything_has_its_turn, make),
        cmocka_unit_test_setup(is_the_seeds_alone, make),
        cmocka_unit_test_setup(what_is_drawn_can_do_nothing, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
