/* What a pruner remembers is read as it was written, and nothing else is. */
#include "cli/prune/memory.h"
#include "lib/buf.h"
#include "lib/problem.h"
#include "tests/unit/unit.h"

#define ONE "00112233445566778899aabbccddeeff"
#define OTHER "10112233445566778899aabbccddeeff"

static void is_read_as_written(void **state)
{
    struct prune_memory memory = { 0 }, back;
    struct buf text = { 0 };
    uint8_t segment[SHA256_BYTES] = { 1, 2 }, backup[SHA256_BYTES] = { 3 };
    (void)state;
    assert_int_equal(prune_memory_condemn(&memory, OBJECT_SEGMENT, segment, 1764000000), 0);
    assert_int_equal(prune_memory_condemn(&memory, OBJECT_COMMIT, backup, 1764000001), 0);
    assert_int_equal(prune_memory_weigh(&memory, ONE, RETENTION_COUNTS), 0);
    assert_int_equal(prune_memory_weigh(&memory, OTHER, RETENTION_SMALL), 0);
    assert_int_equal(prune_memory_text(&memory, &text), 0);
    assert_int_equal(prune_memory_parse(text.data, text.length, &back, NULL), 0);
    assert_int_equal(prune_memory_since(&back, OBJECT_SEGMENT, segment), 1764000000);
    assert_int_equal(prune_memory_since(&back, OBJECT_COMMIT, backup), 1764000001);
    assert_int_equal(prune_memory_since(&back, OBJECT_MANIFEST, backup), 0);
    assert_int_equal(prune_memory_weight(&back, ONE), RETENTION_COUNTS);
    assert_int_equal(prune_memory_weight(&back, OTHER), RETENTION_SMALL);
    assert_int_equal(prune_memory_weight(&back, "20112233445566778899aabbccddeeff"), RETENTION_UNWEIGHED);
    prune_memory_free(&memory);
    prune_memory_free(&back);
    buf_free(&text);
}

static void refuses_what_it_has_not_written(void **state)
{
    static const char *const texts[] = {
        "",
        "vedette prune 2\n",
        "vedette prune 1",
        "vedette prune 1\ncondemned 0 c " ONE "\n",
        "vedette prune 1\ncondemned 5 x " ONE "\n",
        "vedette prune 1\ncondemned 5 s " ONE "\n",
        "vedette prune 1\ncondemned 5 c " OTHER "\ncondemned 5 c " ONE "\n",
        "vedette prune 1\ncondemned 5 c " ONE,
        "vedette prune 1\nunweighed " ONE "\n",
        "vedette prune 1\ncounts " ONE "\ncounts " ONE "\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct prune_memory memory;
        struct problem problem;
        assert_int_equal(prune_memory_parse(texts[i], strlen(texts[i]), &memory, &problem), -1);
        assert_string_equal(problem.code, "bad-state");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_written),
        cmocka_unit_test(refuses_what_it_has_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
