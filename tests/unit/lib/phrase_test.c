/* Phrases: where they are found. */
#include "tests/unit/unit.h"

#include "lib/phrase.h"
#include "lib/problem.h"

static bool found(const char *phrase, const char *text)
{
    struct phrase read;
    struct problem problem;
    assert_int_equal(phrase_read(phrase, &read, &problem), 0);
    return phrase_in(&read, text, strlen(text));
}

static void a_phrase_stands_from_the_beginning_of_a_word_to_the_end_of_one(void **state)
{
    (void)state;
    const char *text = "{\"address\":\"10.0.0.12\",\"name\":\"DB-Primary_07\",\"who\":\"Zo\xc3\xab\"}";
    assert_true(found("10.0.0.12", text));
    assert_false(found("10.0.0.1", text));
    assert_true(found("0.12", text));
    assert_true(found("db-primary_07", text));
    assert_true(found("PRIMARY", text));
    assert_false(found("prim", text));
    assert_true(found("-primary_", text));
    assert_true(found("Zo\xc3\xab", text));
    assert_false(found("Zo", text));
    assert_true(found("address", text));
    assert_false(found("absent", text));
}

static void what_json_escapes_is_found(void **state)
{
    (void)state;
    assert_true(found("say \"now\"", "{\"text\":\"say \\\"now\\\" twice\"}"));
    assert_true(found("c:\\tmp", "{\"path\":\"C:\\\\tmp\"}"));
}

static void a_phrase_needs_a_word_and_an_end(void **state)
{
    (void)state;
    char longest[PHRASE_TEXT_MAX + 2];
    struct phrase phrase;
    memset(longest, 'a', sizeof(longest));
    longest[PHRASE_TEXT_MAX + 1] = '\0';
    assert_int_equal(phrase_read(longest, &phrase, NULL), -1);
    longest[PHRASE_TEXT_MAX] = '\0';
    assert_int_equal(phrase_read(longest, &phrase, NULL), 0);
    assert_int_equal(phrase_read("--", &phrase, NULL), -1);
    assert_int_equal(phrase_read("", &phrase, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phrase_stands_from_the_beginning_of_a_word_to_the_end_of_one),
        cmocka_unit_test(what_json_escapes_is_found),
        cmocka_unit_test(a_phrase_needs_a_word_and_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
