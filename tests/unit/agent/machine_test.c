#include "agent/machine.h"
#include "tests/unit/unit.h"

static void expect(const char *text, const char *fact)
{
    char got[FACT_BYTES];
    fact_take(text, got);
    assert_string_equal(got, fact);
}

static void test_facts_suit_the_contract(void **state)
{
    (void)state;
    char text[200];
    expect("web-1", "web-1");
    expect("", "unknown");
    expect("a\tb\x7f", "a b ");
    expect("caf\xc3\xa9", "caf\xc3\xa9");
    expect("caf\xe9", "unknown"); /* Latin-1 */
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    expect(text, text + sizeof(text) - FACT_BYTES);
    /* A character of two and one of four bytes across the limit go wholly. */
    strcpy(text + FACT_BYTES - 2, "\xc3\xa9 and more");
    char cut[FACT_BYTES];
    memset(cut, 'x', sizeof(cut));
    cut[FACT_BYTES - 2] = '\0';
    expect(text, cut);
    strcpy(text + FACT_BYTES - 4, "\xf0\x9f\x98\x80 and more");
    cut[FACT_BYTES - 4] = '\0';
    expect(text, cut);
    /* One that just fits stays. */
    strcpy(text + FACT_BYTES - 5, "\xf0\x9f\x98\x80");
    expect(text, text);
}

static void test_every_fact_is_something(void **state)
{
    (void)state;
    void (*const facts[])(char ret[FACT_BYTES]) = { machine_hostname, machine_os, machine_kernel, machine_cpu };
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
        char fact[FACT_BYTES] = "";
        facts[i](fact);
        assert_true(strlen(fact) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_suit_the_contract),
        cmocka_unit_test(test_every_fact_is_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
