/* The filter of words, and what can be searched of an entry. */
#include "tests/unit/unit.h"

#include "lib/buf.h"
#include "lib/event/event.h"
#include "lib/problem.h"
#include "services/audit/search/cursor.h"
#include "services/audit/search/glance.h"
#include "services/audit/search/wanted.h"

static bool maybe(const struct words *words, size_t bytes, const char *phrase)
{
    struct phrase read;
    struct terms terms = { .n = 0 };
    assert_int_equal(phrase_read(phrase, &read, NULL), 0);
    terms_add(&terms, read.text, read.bytes);
    for (unsigned i = 0; i < terms.n; i++) {
        if (!words_maybe(words->bits + words_line(terms.hash[i], bytes), terms.hash[i]))
            return false;
    }
    return true;
}

/* However many there are, and of those that are not there only some. */
static void a_filter_has_every_word_and_pair(void **state)
{
    (void)state;
    static struct words words;
    for (int count = 1; count <= 60000; count *= 60) {
        char text[64];
        unsigned wrong = 0;
        words_clear(&words);
        for (int i = 0; i < count; i++) {
            int length = snprintf(text, sizeof(text), "{\"host\":\"SRV-%d.example\"}", i);
            words_add(&words, text, (size_t)length);
        }
        size_t bytes = words_fold(&words);
        assert_true(bytes >= 64 && bytes <= WORDS_BYTES_MAX && !(bytes & (bytes - 1)));
        for (int i = 0; i < count; i++) {
            snprintf(text, sizeof(text), "srv-%d.example", i);
            assert_true(maybe(&words, bytes, text));
            snprintf(text, sizeof(text), "%dx%d", i, i);
            wrong += maybe(&words, bytes, text);
        }
        assert_true(wrong <= (unsigned)count / 20);
    }
}

static struct buf entry(const struct bus_event *event)
{
    struct buf text = { 0 };
    assert_int_equal(event_compose(&text, event, "ingest", (const uint8_t[EVENT_SALT_BYTES]){ 7 }), 0);
    return text;
}

static const struct event_agent_late late = { 17, 1700000000000, 1700000000000 };

static void glance_at(const struct bus_event *event, struct glance *ret)
{
    struct buf text = entry(event);
    assert_int_equal(glance_read(text.data, text.length, ret), 0);
    buf_free(&text);
}

static void all_that_is_searched_is_seen_at_a_glance(void **state)
{
    (void)state;
    struct glance glance;
    struct bus_event event = { CLASS_FLEET, 7, EVENT_AGENT_LATE, 1700000012345, 2, "acme", "agent/17", "user:alice",
        &late, NULL, 0 };
    glance_at(&event, &glance);
    assert_int_equal(glance.time_ms, 1700000012345);
    assert_int_equal(glance.sev, 2);
    assert_int_equal(glance.agent, 17);
    assert_string_equal(glance.type, "vedette.agent.late.v1");
    assert_string_equal(glance.tenant, "acme");
    assert_string_equal(glance.subject, "agent/17");
    assert_string_equal(glance.actor, "user:alice");

    event.tenant = event.actor = NULL;
    event.subject = "rule/agent/17";
    glance_at(&event, &glance);
    assert_int_equal(glance.agent, 0);
    assert_string_equal(glance.tenant, "");
    assert_string_equal(glance.actor, "");
}

/* What is not as we write it is parsed. */
static void an_escape_and_another_order_are_seen_as_well(void **state)
{
    (void)state;
    struct glance glance;
    struct bus_event event = { CLASS_FLEET, 7, EVENT_AGENT_LATE, 1700000012345, 2, "acme", NULL, "user:\"al\\ice\"",
        &late, NULL, 0 };
    glance_at(&event, &glance);
    assert_string_equal(glance.actor, "user:\"al\\ice\"");
    assert_string_equal(glance.tenant, "acme");
    const char *other =
        "{ \"type\":\"vedette.new.thing.v9\",\"id\":\"ops-3\",\"sev\":1,\"time\":\"2023-11-14T22:13:20.000Z\","
        "\"tenant\":\"acme\",\"subject\":\"agent/4\"}";
    assert_int_equal(glance_read(other, strlen(other), &glance), 0);
    assert_string_equal(glance.type, "vedette.new.thing.v9");
    assert_int_equal(glance.agent, 4);
    assert_int_equal(glance.sev, 1);
    assert_int_equal(glance_read("{}", 2, &glance), -1);
    assert_int_equal(glance_read("", 0, &glance), -1);
}

/* Else ten million of them take minutes. What is parsed cannot have a number 1x. */
static void an_entry_as_we_write_it_is_not_parsed(void **state)
{
    (void)state;
    struct glance glance;
    struct bus_event event = { CLASS_FLEET, 7, EVENT_AGENT_LATE, 1700000012345, 2, "acme", "agent/17", "user:alice",
        &late, NULL, 0 };
    for (int i = 0; i < 2; i++) {
        struct buf text = entry(&event);
        char *number = strstr(text.data, "\"start_time\":17");
        assert_non_null(number);
        number[strlen("\"start_time\":1")] = 'x';
        assert_int_equal(glance_read(text.data, text.length, &glance), 0);
        assert_int_equal(glance.agent, i ? 0 : 17);
        buf_free(&text);
        event.tenant = event.subject = event.actor = NULL;
    }
}

static void a_cursor_says_where_each_class_goes_on(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "ops", "ops=", "ops=1 ", "ops=1  fleet=2", "ops=1,fleet=2", "ops=1 ops=2",
        "other=1", "ops=-1", " ops=1", "ops=1111111111111111111", "ops=1x" };
    struct cursor cursor = { { 5, 0, 1200, CURSOR_NEWEST } };
    char text[CURSOR_BYTES];
    cursor_format(&cursor, text);
    assert_string_equal(text, "ops=5 fleet=1200 alert=18446744073709551615");
    assert_int_equal(cursor_parse("fleet=1200 ops=5", &cursor), 0);
    assert_int_equal(cursor.before[CLASS_OPS], 5);
    assert_int_equal(cursor.before[CLASS_FLEET], 1200);
    assert_int_equal(cursor.before[CLASS_ALERT], 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(cursor_parse(wrong[i], &cursor), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_has_every_word_and_pair),
        cmocka_unit_test(all_that_is_searched_is_seen_at_a_glance),
        cmocka_unit_test(an_escape_and_another_order_are_seen_as_well),
        cmocka_unit_test(an_entry_as_we_write_it_is_not_parsed),
        cmocka_unit_test(a_cursor_says_where_each_class_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
