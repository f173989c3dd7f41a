#include "tests/unit/unit.h"

#include "lib/buf.h"
#include "lib/event/event.h"
#include "lib/event/head.h"
#include "lib/place.h"

static const struct event_agent_offline offline = { .agent = 17, .since = 1700000000123, .last_seen = 1700000000000 };
static const struct event_about about = {
    .time_ms = 1700000001000, .tenant = "acme", .subject = "agent/17", .actor = "user:\"al\"ice",
};

static const uint8_t salt[EVENT_SALT_BYTES] = { 0x0a, 0xff };

static void goes_from_producer_to_subscriber_unchanged(void **state)
{
    (void)state;
    struct buf produced = { 0 }, stored = { 0 };
    struct event_read read, again;
    struct problem problem;
    assert_int_equal(event_produce(&produced, EVENT_AGENT_OFFLINE, &about, &offline), 0);
    assert_string_equal(produced.data, "{\"type\":\"agent.offline\",\"time\":\"2023-11-14T22:13:21.000Z\",\"tenant\":\"acme\","
                                       "\"subject\":\"agent/17\",\"actor\":\"user:\\\"al\\\"ice\",\"sev\":3,\"data\":{"
                                       "\"agent\":17,\"since\":\"2023-11-14T22:13:20.123Z\","
                                       "\"last_seen\":\"2023-11-14T22:13:20.000Z\"}}");
    assert_int_equal(event_read_produced(produced.data, produced.length, &read, &problem), 0);
    read.event.sequence = 42;
    assert_int_equal(event_compose(&stored, &read.event, "ingest", salt), 0);
    assert_int_equal(event_read_stored(stored.data, stored.length, &again, &problem), 0);
    assert_int_equal(again.event.class, CLASS_FLEET);
    assert_int_equal(again.event.sequence, 42);
    assert_int_equal(again.event.event, EVENT_AGENT_OFFLINE);
    assert_int_equal(again.event.sev, 3);
    assert_int_equal(again.event.time_ms, about.time_ms);
    assert_string_equal(again.event.tenant, "acme");
    assert_string_equal(again.event.subject, "agent/17");
    assert_string_equal(again.event.actor, "user:\"al\"ice");
    assert_memory_equal(again.event.data, &offline, sizeof(offline));
    event_free(&read);
    event_free(&again);
    buf_free(&produced);
    buf_free(&stored);
}

/* As event_produce writes it, it is not parsed; in any other form it is, and comes to the same. */
static void a_plain_event_is_not_parsed(void **state)
{
    (void)state;
    struct buf produced = { 0 };
    struct event_read plain, parsed;
    struct problem problem;
    struct event_about ordinary = about;
    ordinary.actor = "user:alice";
    assert_int_equal(event_produce(&produced, EVENT_AGENT_OFFLINE, &ordinary, &offline), 0);
    assert_int_equal(event_read_produced(produced.data, produced.length, &plain, &problem), 0);
    assert_null(plain.json);
    assert_int_equal(buf_append(&produced, " ", 1), 0);
    assert_int_equal(event_read_produced(produced.data, produced.length, &parsed, &problem), 0);
    assert_non_null(parsed.json);
    for (const struct event_read *read = &plain; read; read = read == &plain ? &parsed : NULL) {
        assert_int_equal(read->event.event, EVENT_AGENT_OFFLINE);
        assert_int_equal(read->event.class, CLASS_FLEET);
        assert_int_equal(read->event.time_ms, about.time_ms);
        assert_int_equal(read->event.sev, 3);
        assert_string_equal(read->event.tenant, "acme");
        assert_string_equal(read->event.subject, "agent/17");
        assert_string_equal(read->event.actor, "user:alice");
        assert_memory_equal(read->event.data, &offline, sizeof(offline));
    }
    event_free(&plain);
    event_free(&parsed);
    buf_free(&produced);
}

static int reads(const char *text)
{
    struct event_read read;
    int error = event_read_produced(text, strlen(text), &read, NULL);
    if (!error)
        event_free(&read);
    return error;
}

#define LATE(rest) "{\"type\":\"agent.late\",\"time\":\"2023-11-14T22:13:21.000Z\"" rest
#define LATE_DATA(agent) \
    ",\"sev\":3,\"data\":{\"agent\":" agent ",\"since\":\"2023-11-14T22:13:20Z\",\"last_seen\":\"2023-11-14T22:13:20Z\"}}"

/* Limits are the same whichever way it is read. */
static void plain_or_not_the_limits_hold(void **state)
{
    (void)state;
    static const char *const good[] = { LATE(LATE_DATA("17")), LATE(",\"tenant\":\"a\"" LATE_DATA("17")),
        LATE(",\"tenant\":\"\\u00e5\"" LATE_DATA("17")), LATE(",\"actor\":\"b\",\"tenant\":\"a\"" LATE_DATA("17")) };
    static const char *const bad[] = { LATE(LATE_DATA("017")), LATE(LATE_DATA("0")), LATE(LATE_DATA("4294967296")), LATE(LATE_DATA("1.0")),
        LATE(LATE_DATA("-1")), LATE(LATE_DATA("\"17\"")), LATE(LATE_DATA("null")), LATE(",\"tenant\":\"\"" LATE_DATA("17")),
        LATE(",\"tenant\":\"a\",\"tenant\":\"b\"" LATE_DATA("17")), LATE(",\"other\":\"a\"" LATE_DATA("17")),
        LATE(LATE_DATA("17") "}"), LATE(",\"sev\":3,\"data\":{\"agent\":17}}"), LATE(",\"sev\":5,\"data\":{}}") };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(reads(good[i]), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(reads(bad[i]), -1);
}

static void after_a_succession_the_id_names_the_log(void **state)
{
    (void)state;
    struct buf stored = { 0 };
    struct event_read again;
    struct problem problem;
    const struct bus_event event = {
        .class = CLASS_FLEET, .sequence = 7, .place = UINT64_C(2) << PLACE_SEQUENCE_BITS | 7,
        .event = EVENT_AGENT_OFFLINE, .time_ms = 1700000001000, .sev = 2, .data = &offline,
    };
    assert_int_equal(event_compose(&stored, &event, "ingest", salt), 0);
    assert_non_null(strstr(stored.data, "\"id\":\"fleet.3-7\""));
    assert_int_equal(event_read_stored(stored.data, stored.length, &again, &problem), 0);
    assert_int_equal(again.event.class, CLASS_FLEET);
    assert_int_equal(again.event.sequence, 7);
    assert_true(again.event.place == event.place);
    event_free(&again);
    for (const char *const *bad = (const char *const[]){ "fleet.1-7", "fleet.-7", "fleet.02-7", "fleet.2", "fleet.1001-7", NULL };
         *bad; bad++) {
        char *at = strstr(stored.data, "\"id\":\"") + 6, *copy = strdup(stored.data);
        snprintf(copy + (at - stored.data), 64, "%s\"%s", *bad, at + strlen("fleet.3-7") + 1);
        assert_int_equal(event_read_stored(copy, strlen(copy), &again, NULL), -1);
        free(copy);
    }
    buf_free(&stored);
}

static void is_stored_as_cloudevents_with_ocsf(void **state)
{
    (void)state;
    struct buf stored = { 0 };
    const struct bus_event event = {
        .class = CLASS_FLEET, .sequence = 7, .event = EVENT_AGENT_OFFLINE, .time_ms = 1700000001000, .sev = 2,
        .tenant = "acme", .subject = "agent/17", .data = &offline,
    };
    assert_int_equal(event_compose(&stored, &event, "ingest", salt), 0);
    assert_string_equal(stored.data,
        "{\"specversion\":\"1.0\",\"id\":\"fleet-7\",\"source\":\"/vedette/ingest\",\"type\":\"vedette.agent.offline.v1\","
        "\"subject\":\"agent/17\",\"time\":\"2023-11-14T22:13:21.000Z\",\"sequence\":\"00000000000000000007\",\"sev\":2,"
        "\"authtype\":\"service_account\",\"authid\":\"ingest\",\"tenant\":\"acme\",\"salt\":\"0aff0000000000000000000000000000\","
        "\"data\":{\"class_uid\":5001,\"category_uid\":5,\"activity_id\":2,\"type_uid\":500102,\"status_id\":99,"
        "\"status\":\"offline\",\"severity_id\":4,\"time\":1700000001000,"
        "\"metadata\":{\"version\":\"1.1.0\",\"product\":{\"name\":\"Vedette\",\"vendor_name\":\"Vedette\"},"
        "\"uid\":\"fleet-7\",\"tenant_uid\":\"acme\"},\"start_time\":1700000000123,"
        "\"device\":{\"type_id\":0,\"uid\":\"17\",\"last_seen_time\":1700000000000}}}");
    buf_free(&stored);
}

/* An object of OCSF is there when a field of it is, or when OCSF wants it. */
static void what_is_not_known_is_left_out_or_said_so(void **state)
{
    (void)state;
    struct buf stored = { 0 };
    const struct event_login_failed nobody = { .code = "bad-key" };
    const struct event_api_refused stranger = { .call = "agent.rename", .code = "no-session" };
    struct bus_event event = { .class = CLASS_ACCESS, .event = EVENT_LOGIN_FAILED, .sev = 3, .data = &nobody };
    assert_int_equal(event_compose(&stored, &event, "portal", salt), 0);
    assert_non_null(strstr(stored.data, "\"user\":{\"uid\":\"unknown\"}"));
    assert_non_null(strstr(stored.data, "\"service\":{\"name\":\"Vedette\"}"));
    assert_null(strstr(stored.data, "src_endpoint"));
    assert_null(strstr(stored.data, "actor"));
    buf_clear(&stored);
    event.event = EVENT_API_REFUSED;
    event.data = &stranger;
    assert_int_equal(event_compose(&stored, &event, "portal", salt), 0);
    assert_non_null(strstr(stored.data, "\"actor\":{\"user\":{\"uid\":\"unknown\"}}"));
    assert_non_null(strstr(stored.data, "\"src_endpoint\":{\"name\":\"unknown\"}"));
    buf_free(&stored);
}

static void its_head_says_what_it_says(void **state)
{
    (void)state;
    struct bus_event event = {
        .class = CLASS_FLEET, .event = EVENT_AGENT_OFFLINE, .time_ms = 1, .sev = 2, .tenant = "acme",
        .subject = "agent/17", .data = &offline,
    };
    struct event_head head;
    struct buf text = { 0 };
    assert_int_equal(event_compose(&text, &event, "ingest", salt), 0);
    assert_int_equal(event_head_read(text.data, text.length, &head), 0);
    assert_int_equal(head.event, EVENT_AGENT_OFFLINE);
    assert_int_equal(head.sev, 2);
    assert_string_equal(head.tenant, "acme");
    for (const char *data = strstr(text.data, "\"data\""); data > text.data; data--)
        assert_int_equal(event_head_read(text.data, (size_t)(data - text.data), &head), -1);
    buf_clear(&text);
    event.tenant = NULL;
    assert_int_equal(event_compose(&text, &event, "ingest", salt), 0);
    assert_int_equal(event_head_read(text.data, text.length, &head), 0);
    assert_string_equal(head.tenant, "");
    /* What is not plain, or could say something else in its data, has to be parsed. */
    static const char *const others[] = {
        "", "{", "{}", "{\"type\":\"vedette.agent.late.v1\",\"data\":{\"sev\":1}}", "{\"sev\":1,\"data\":{}}",
        "{\"sev\":1,\"type\":\"a\",\"tenant\":\"\\u0061\",\"data\":{}}",
        "{\"sev\":1,\"type\":\"a\",\"x\":{},\"data\":{}}",
        "{\"sev\":5,\"type\":\"a\",\"data\":{}}", "{\"sev\":1, \"type\":\"a\",\"data\":{}}",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(event_head_read(others[i], strlen(others[i]), &head), -1);
    buf_free(&text);
}

static void refuses(const char *text, const char *code)
{
    struct event_read read;
    struct problem problem;
    assert_int_equal(event_read_produced(text, strlen(text), &read, &problem), -1);
    assert_string_equal(problem.code, code);
}

#define TIME "\"time\":\"2026-01-01T00:00:00Z\""
#define DATA "\"data\":{\"agent\":1,\"since\":\"2026-01-01T00:00:00Z\"}"

static void takes_only_what_the_table_has(void **state)
{
    (void)state;
    refuses("", "bad-json");
    refuses("[]", "bad-json");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"sev\":4," DATA "}", "bad-json");
    refuses("{\"type\":\"agent.flying\"," TIME ",\"sev\":4," DATA "}", "unknown-event");
    refuses("{" TIME ",\"sev\":4," DATA "}", "unknown-event");
    refuses("{\"type\":\"agent.online\",\"sev\":4," DATA "}", "bad-field");
    refuses("{\"type\":\"agent.online\",\"time\":\"yesterday\",\"sev\":4," DATA "}", "bad-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":5," DATA "}", "bad-field");
    refuses("{\"type\":\"agent.online\"," TIME "," DATA "}", "bad-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4}", "missing-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"data\":{\"agent\":1}}", "missing-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"data\":{\"agent\":0,\"since\":\"2026-01-01T00:00:00Z\"}}", "bad-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"sequence\":1," DATA "}", "unknown-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"tenant\":\"\"," DATA "}", "bad-field");
    refuses("{\"type\":\"agent.online\"," TIME ",\"sev\":4,\"subject\":\"a\\nb\"," DATA "}", "bad-field");
}

static void a_stored_event_of_another_version_still_has_its_text(void **state)
{
    (void)state;
    static const char text[] = "{\"id\":\"ops-0\",\"type\":\"vedette.moon.landed.v1\"," TIME ",\"sev\":1,\"data\":{\"unmapped\":{}}}";
    static const char less[] = "{\"id\":\"fleet-3\",\"type\":\"vedette.agent.online.v1\"," TIME
                               ",\"sev\":1,\"data\":{\"start_time\":1,\"device\":{\"uid\":\"1x\"}}}";
    static const char more[] = "{\"id\":\"fleet-3\",\"type\":\"vedette.agent.online.v1\"," TIME
                               ",\"sev\":1,\"data\":{\"start_time\":1,\"device\":{\"uid\":\"1\",\"mood\":\"good\"}}}";
    struct event_read read;
    struct problem problem;
    assert_int_equal(event_read_stored(text, sizeof(text) - 1, &read, &problem), 0);
    assert_int_equal(read.event.event, -1);
    assert_null(read.event.data);
    assert_int_equal(read.event.sequence, 0);
    event_free(&read);
    assert_int_equal(event_read_stored(less, sizeof(less) - 1, &read, &problem), 0);
    assert_int_equal(read.event.event, -1);
    assert_null(read.event.data);
    event_free(&read);
    assert_int_equal(event_read_stored(more, sizeof(more) - 1, &read, &problem), 0);
    assert_int_equal(read.event.event, EVENT_AGENT_ONLINE);
    event_free(&read);
}

static void knows_types_by_their_name_on_the_wire(void **state)
{
    (void)state;
    assert_int_equal(event_by_type("vedette.agent.online.v1"), EVENT_AGENT_ONLINE);
    assert_int_equal(event_by_type("agent.online"), -1);
    assert_int_equal(event_by_type("vedette..v1"), -1);
    assert_int_equal(event_by_type("vedette.v1"), -1);
    assert_int_equal(event_by_type("vedette.agent.online.v2"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_from_producer_to_subscriber_unchanged),
        cmocka_unit_test(its_head_says_what_it_says),
        cmocka_unit_test(a_plain_event_is_not_parsed),
        cmocka_unit_test(plain_or_not_the_limits_hold),
        cmocka_unit_test(after_a_succession_the_id_names_the_log),
        cmocka_unit_test(is_stored_as_cloudevents_with_ocsf),
        cmocka_unit_test(what_is_not_known_is_left_out_or_said_so),
        cmocka_unit_test(takes_only_what_the_table_has),
        cmocka_unit_test(a_stored_event_of_another_version_still_has_its_text),
        cmocka_unit_test(knows_types_by_their_name_on_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
