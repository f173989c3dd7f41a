/* What is remembered of a machine's backups between two looks is read as it was written, and nothing else is. */
#include "cli/prove/state.h"
#include "lib/buf.h"
#include "lib/problem.h"
#include "tests/unit/folder.h"

#define BACKUP "00112233445566778899aabbccddeeff"
#define SIGNER "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void make(struct proof_memory *ret)
{
    *ret = (struct proof_memory){ .round = { .began_ms = 5, .read = true, .before_ms = 3, .took_ms = 2 },
        .next = { 1, 2, 3 },
        .objects = 7,
        .bytes = UINT64_C(1) << 40,
        .signer = SIGNER,
        .newest = BACKUP,
        .newest_ms = 4,
        .has_word = true,
        .word = { .backup = BACKUP, .time_ms = 6, .files = 1, .reason = "it is \"not\" as it was written" } };
    assert_int_equal(proof_memory_bad(ret, "vedette1/7/m/" BACKUP ".p7m"), 0);
    assert_int_equal(proof_memory_bad(ret, BACKUP), 0);
    assert_int_equal(proof_memory_bad(ret, BACKUP), 0);
    assert_int_equal(ret->n_bad, 2);
}

static void is_read_as_written(void **state)
{
    (void)state;
    struct proof_memory memory, back;
    struct buf text = { 0 }, again = { 0 };
    make(&memory);
    assert_int_equal(proof_memory_text(&memory, &text), 0);
    assert_int_equal(proof_memory_parse(text.data, text.length, &back, NULL), 0);
    assert_int_equal(proof_memory_text(&back, &again), 0);
    assert_string_equal(again.data, text.data);
    assert_true(back.round.read && back.has_word && proof_memory_is_bad(&back, BACKUP));
    assert_string_equal(back.word.reason, memory.word.reason);
    assert_int_equal(back.next[2], 3);
    proof_memory_free(&memory);
    proof_memory_free(&back);
    buf_free(&text);
    buf_free(&again);
}

static void refuses_what_it_has_not_written(void **state)
{
    (void)state;
    static const char whole[] = "{\"began\":0,\"read\":false,\"before\":0,\"took\":0,\"next\":"
                                "\"0000000000000000000000000000000000000000000000000000000000000000\",\"objects\":0,"
                                "\"bytes\":0,\"signer\":\"\","
                                "\"newest\":\"\",\"newest_time\":0,\"bad\":[],\"word\":null}";
    static const char *const wrong[][2] = { { "\"began\":0", "\"began\":\"0\"" }, { "\"began\":0,", "" },
        { "\"objects\":0", "\"objects\":-1" }, { "\"signer\":\"\"", "\"signer\":\"0123\"" },
        { "\"newest\":\"\"", "\"newest\":\"XX112233445566778899aabbccddeeff\"" }, { "\"bad\":[]", "\"bad\":[7]" },
        { "\"bad\":[]", "\"bad\":{}" }, { "null}", "{}}" }, { "null}", "null,\"more\":1}" } };
    struct proof_memory memory;
    struct problem problem;
    assert_int_equal(proof_memory_parse(whole, strlen(whole), &memory, &problem), 0);
    proof_memory_free(&memory);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[600];
        const char *at = strstr(whole, wrong[i][0]);
        assert_non_null(at);
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - whole), whole, wrong[i][1], at + strlen(wrong[i][0]));
        assert_int_equal(proof_memory_parse(text, strlen(text), &memory, &problem), -1);
        assert_string_equal(problem.code, "bad-state");
    }
}

static int note(void *arg, uint32_t agent)
{
    *(uint32_t *)arg += agent;
    return 0;
}

static void stands_in_a_folder_by_machine_and_way(void **state)
{
    (void)state;
    char folder[FOLDER_BYTES];
    struct proof_state bytes, restores, second;
    struct proof_memory memory, back;
    struct problem problem;
    uint32_t sum = 0;
    folder_make(folder);
    make(&memory);
    assert_int_equal(proof_state_open(&bytes, folder, PROOF_BYTES, &problem), 0);
    assert_int_equal(proof_state_open(&restores, folder, PROOF_RESTORE, &problem), 0);
    assert_int_equal(proof_state_open(&second, folder, PROOF_BYTES, &problem), -1);
    assert_string_equal(problem.code, "busy");
    assert_int_equal(proof_state_write(&bytes, 7, &memory, &problem), 0);
    assert_int_equal(proof_state_write(&bytes, 4000000000, &memory, &problem), 0);
    assert_int_equal(proof_state_each(&bytes, note, &sum, &problem), 0);
    assert_int_equal(sum, 4000000007);
    assert_int_equal(proof_state_read(&restores, 7, &back, &problem), 0);
    assert_false(back.has_word);
    assert_int_equal(proof_state_read(&bytes, 7, &back, &problem), 0);
    assert_true(back.has_word);
    proof_memory_free(&back);
    proof_memory_free(&memory);
    proof_state_close(&bytes);
    proof_state_close(&restores);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_written),
        cmocka_unit_test(refuses_what_it_has_not_written),
        cmocka_unit_test(stands_in_a_folder_by_machine_and_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
