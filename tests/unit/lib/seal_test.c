#include "tests/unit/folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/seal/seal.h"
#include "lib/seal/text.h"

#define DAY_MS INT64_C(86400000)
#define MARKER "Zo\xc3\xab \"Q\" Vermeer"

static char folder[FOLDER_BYTES], master[80];
static struct seal_keys *keys;
static struct seal *seal;
static const uint8_t salt[EVENT_SALT_BYTES] = { 1, 2, 3 };

static int open_all(void **state)
{
    (void)state;
    crypto_open();
    folder_make(folder);
    snprintf(master, sizeof(master), "%s.key", folder);
    FILE *file = fopen(master, "w");
    for (int i = 0; i < 64; i++)
        fputc('7', file);
    fclose(file);
    chmod(master, 0400);
    keys = seal_keys_open(folder, master, true, NULL);
    seal = seal_new(keys);
    return keys && seal ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    seal_free(seal);
    seal_keys_free(keys);
    folder_remove(folder);
    return unlink(master);
}

/* A failed log-in of a day as audit stores it. */
static void compose(struct buf *out, int64_t recorded_ms)
{
    struct event_login_failed data = { .user = MARKER, .code = "bad-password", .address = "192.0.2.7" };
    struct bus_event event = {
        .class = CLASS_ACCESS,
        .sequence = 5,
        .event = EVENT_LOGIN_FAILED,
        .time_ms = recorded_ms,
        .recorded_ms = recorded_ms,
        .sev = 3,
        .actor = "user:" MARKER,
        .data = &data,
    };
    struct problem problem;
    buf_clear(out);
    assert_int_equal(seal_event(seal, &event, salt, &problem), 0);
    assert_true(seal_found(seal));
    assert_int_equal(event_compose(out, &event, "portal", salt), 0);
}

static void what_is_personal_is_sealed_and_opened_for_who_has_the_key(void **state)
{
    (void)state;
    struct buf text = { 0 };
    const char *opened;
    size_t bytes;
    struct event_read read;
    compose(&text, 10 * DAY_MS);
    assert_null(strstr(text.data, "Vermeer"));
    assert_null(strstr(text.data, "192.0.2.7"));
    assert_non_null(strstr(text.data, "\"sealed:1970-01-11:0:actor:"));
    assert_non_null(strstr(text.data, "bad-password"));
    assert_int_equal(seal_open(seal, CLASS_ACCESS, text.data, text.length, &opened, &bytes), 0);
    assert_int_equal(event_read_stored(opened, bytes, &read, NULL), 0);
    const struct event_login_failed *data = read.event.data;
    assert_non_null(data);
    assert_string_equal(data->user, MARKER);
    assert_string_equal(data->address, "192.0.2.7");
    assert_string_equal(read.event.actor, "user:" MARKER);
    event_free(&read);
    buf_free(&text);
}

static void without_keys_it_reads_as_one_word(void **state)
{
    (void)state;
    struct buf text = { 0 };
    struct event_read read;
    compose(&text, 10 * DAY_MS);
    assert_int_equal(event_read_stored(text.data, text.length, &read, NULL), 0);
    const struct event_login_failed *data = read.event.data;
    assert_non_null(data);
    assert_string_equal(data->user, SEAL_UNREADABLE);
    assert_string_equal(read.event.actor, "user:" SEAL_UNREADABLE);
    assert_ptr_equal(read.event.json, text.data);
    event_free(&read);
    buf_free(&text);
}

static void nothing_that_was_moved_opens(void **state)
{
    (void)state;
    struct buf text = { 0 };
    const char *opened;
    size_t bytes;
    compose(&text, 10 * DAY_MS);
    /* Into another class, another entry, another field, another day; and with a bit changed. */
    assert_int_equal(seal_open(seal, CLASS_OPS, text.data, text.length, &opened, &bytes), 0);
    assert_null(strstr(opened, "Vermeer"));
    const char *const from[] = { "\"salt\":\"01", ":1:user:", "sealed:1970-01-11:1:", ":1:user:" };
    const char *const to[] = { "\"salt\":\"02", ":1:usex:", "sealed:1970-01-12:1:", ":2:user:" };
    for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++) {
        compose(&text, 10 * DAY_MS);
        char *at = strstr(text.data, from[i]);
        assert_non_null(at);
        memcpy(at, to[i], strlen(to[i]));
        assert_int_equal(seal_open(seal, CLASS_ACCESS, text.data, text.length, &opened, &bytes), 0);
        assert_non_null(strstr(opened, "\"erased\""));
    }
    buf_free(&text);
}

static void erased_is_erased_and_only_that_day(void **state)
{
    (void)state;
    struct buf text = { 0 }, other = { 0 };
    const char *opened;
    size_t bytes, n;
    struct problem problem;
    uint32_t *days;
    compose(&text, 12 * DAY_MS - 1);
    compose(&other, 12 * DAY_MS);
    uint64_t erasures = seal_keys_erasures(keys);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, 11, false, &problem), 0);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, 11, false, &problem), 0);
    assert_true(seal_keys_erasures(keys) > erasures);
    assert_int_equal(seal_open(seal, CLASS_ACCESS, text.data, text.length, &opened, &bytes), 0);
    assert_null(strstr(opened, "Vermeer"));
    assert_non_null(strstr(opened, "\"erased\""));
    assert_int_equal(seal_open(seal, CLASS_ACCESS, other.data, other.length, &opened, &bytes), 0);
    assert_non_null(strstr(opened, "Vermeer"));
    /* A key that is made anew for that day opens nothing of before. */
    compose(&other, 12 * DAY_MS - 1);
    assert_int_equal(seal_open(seal, CLASS_ACCESS, text.data, text.length, &opened, &bytes), 0);
    assert_null(strstr(opened, "Vermeer"));
    assert_int_equal(seal_keys_days(keys, CLASS_ACCESS, &days, &n, &problem), 0);
    assert_true(n >= 2);
    free(days);
    buf_free(&text);
    buf_free(&other);
}

static void arguments_of_calls_are_sealed_by_their_names(void **state)
{
    (void)state;
    struct buf text = { 0 };
    const char *opened;
    size_t bytes;
    struct problem problem;
    json_t *arguments =
        json_pack("{s:s, s:s, s:{s:[s, s]}}", "user", MARKER, "tenant", "acme", "rows", "name", "Ann", "Bo");
    struct event_operation_requested data = { .call = "user.add", .arguments = arguments };
    struct bus_event event = {
        .class = CLASS_OPS,
        .event = EVENT_OPERATION_REQUESTED,
        .recorded_ms = 10 * DAY_MS,
        .sev = 4,
        .actor = "portal",
        .data = &data,
    };
    assert_int_equal(seal_event(seal, &event, salt, &problem), 0);
    assert_int_equal(event_compose(&text, &event, "portal", salt), 0);
    assert_null(strstr(text.data, "Vermeer"));
    assert_null(strstr(text.data, "Ann"));
    assert_non_null(strstr(text.data, "\"tenant\":\"acme\""));
    assert_non_null(strstr(text.data, "\"name\":\"portal\""));
    assert_int_equal(seal_open(seal, CLASS_OPS, text.data, text.length, &opened, &bytes), 0);
    assert_non_null(strstr(opened, "{\"user\":\"Zo\xc3\xab \\\"Q\\\" Vermeer\",\"tenant\":\"acme\","
                                   "\"rows\":{\"name\":[\"Ann\",\"Bo\"]}}"));
    json_decref(arguments);
    buf_free(&text);
}

static void what_only_looks_sealed_does_no_harm(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "sealed:",
        "\"sealed:\"",
        "{\"salt\":\"00\",\"x\":\"sealed:2026-11-22:0:user:\"}",
        "{\"a\":1,\"salt\":\"01020300000000000000000000000000\",\"x\":\"sealed:2026-11-22:0:user:!!!!\"}",
        "{\"a\":1,\"salt\":\"01020300000000000000000000000000\",\"x\":\"sealed:2026-13-22:0:user:AAAA\"}",
        "\"sealed:2026-11-22:99999:user:AAAA\"", "\"sealed:2026-11-22:-1:user:AAAA\"",
        "\"sealed:2026-11-22:0:user:AAAA",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const char *opened;
        size_t bytes;
        assert_int_equal(seal_open(seal, CLASS_OPS, texts[i], strlen(texts[i]), &opened, &bytes), 0);
    }
}

/* Who may choose a text that is not personal could have what is behind it read as something else, or not at all. */
static void a_text_that_looks_sealed_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const char *const texts[] = { "sealed:1970-01-02:0:user:", "sealed:2026-11-22:0:user:AAAA\" }, \"", "a sealed:" };
    static const char *const in_json[] = { "sealed:1970-01-02:0:user:", "sealed:2026-11-22:0:user:AAAA\\\" }, \\\"", "a sealed:" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct buf text = { 0 };
        const char *opened;
        size_t bytes;
        struct event_read read;
        struct problem problem;
        json_t *arguments = json_pack("{s:s}", "tenant", texts[i]);
        struct event_operation_requested data = { .call = "tenant.add", .arguments = arguments };
        struct event_alert_opened alert = { .reason = texts[i] };
        struct bus_event events[] = {
            { .class = CLASS_OPS, .event = EVENT_OPERATION_REQUESTED, .recorded_ms = 10 * DAY_MS, .sev = 4, .data = &data },
            { .class = CLASS_ALERT, .event = EVENT_ALERT_OPENED, .recorded_ms = 10 * DAY_MS, .sev = 4, .data = &alert },
        };
        for (size_t k = 0; k < 2; k++) {
            buf_clear(&text);
            assert_int_equal(seal_event(seal, &events[k], salt, &problem), 0);
            assert_int_equal(event_compose(&text, &events[k], "portal", salt), 0);
            assert_int_equal(seal_open(seal, events[k].class, text.data, text.length, &opened, &bytes), 0);
            assert_int_equal(event_read_stored(opened, bytes, &read, NULL), 0);
            assert_non_null(read.data);
            assert_non_null(strstr(opened, in_json[i]));
            event_free(&read);
        }
        json_decref(arguments);
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_personal_is_sealed_and_opened_for_who_has_the_key),
        cmocka_unit_test(without_keys_it_reads_as_one_word),
        cmocka_unit_test(nothing_that_was_moved_opens),
        cmocka_unit_test(erased_is_erased_and_only_that_day),
        cmocka_unit_test(arguments_of_calls_are_sealed_by_their_names),
        cmocka_unit_test(what_only_looks_sealed_does_no_harm),
        cmocka_unit_test(a_text_that_looks_sealed_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
