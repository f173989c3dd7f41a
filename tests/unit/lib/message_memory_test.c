/*
 * Jansson's memory runs out at its nth allocation, for every n, once and from there on: what is read then is what was
 * written, and the other way round. Jansson 2.14 itself leaves out characters and keys, and calls it a success
 * (lib/memory.h).
 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"

static const char text[] =
    "{\"command\": \"remove all that is below /tmp/cache, and nothing else\", \"n\": 12345678901234567,"
    " \"list\": [1, 2.5, true, \"\\u00e4\"], \"a name of some length that has to grow\": null}";

static unsigned long asked, refused_from, refused_until;
static json_malloc_t real_get;

static void *get(size_t bytes)
{
    return real_get(++asked >= refused_from && asked < refused_until ? PTRDIFF_MAX : bytes);
}

/* Whether all was tried. */
static bool starve_text(const json_t *json, const char *wanted, unsigned long from, unsigned long count)
{
    asked = 0;
    refused_from = from;
    refused_until = from + count;
    char *found = message_text(json, JSON_COMPACT);
    refused_until = 0;
    if (found)
        assert_string_equal(found, wanted);
    free(found);
    return asked < from;
}

/* The same. */
static bool starve(const json_t *wanted, unsigned long from, unsigned long count)
{
    struct problem problem;
    asked = 0;
    refused_from = from;
    refused_until = from + count;
    json_t *found = message_parse(text, strlen(text), &problem);
    refused_until = 0;
    if (!found)
        assert_string_equal(problem.code, "no-memory");
    else
        assert_true(json_equal(found, wanted));
    json_decref(found);
    return asked < from;
}

static void what_is_read_is_what_was_written(void **state)
{
    (void)state;
    json_t *wanted = message_parse(text, strlen(text), NULL);
    assert_non_null(wanted);
    unsigned long once = 1, lasting = 1;
    while (!starve(wanted, once, 1))
        once++;
    while (!starve(wanted, lasting, 1000000))
        lasting++;
    assert_true(once > 20 && lasting > 20);
    json_decref(wanted);
}

static void what_is_written_is_what_was_meant(void **state)
{
    (void)state;
    json_t *json = message_parse(text, strlen(text), NULL);
    char *wanted = message_text(json, JSON_COMPACT);
    assert_non_null(wanted);
    unsigned long once = 1, lasting = 1;
    while (!starve_text(json, wanted, once, 1))
        once++;
    while (!starve_text(json, wanted, lasting, 1000000))
        lasting++;
    assert_true(once > 5 && lasting > 5);
    json_decref(json);
    free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_what_was_written),
        cmocka_unit_test(what_is_written_is_what_was_meant),
    };
    json_free_t give_back;
    json_get_alloc_funcs(&real_get, &give_back);
    json_set_alloc_funcs(get, give_back);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
