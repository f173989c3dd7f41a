#include "tests/unit/unit.h"

#include "lib/buf.h"
#include "services/alert/output/text.h"

static const char entry[] =
    "{\"specversion\":\"1.0\",\"id\":\"access-42\",\"source\":\"/vedette/portal\",\"type\":\"vedette.login.odd.v1\","
    "\"subject\":\"user/"
    "a]\\\"b\\\\\",\"time\":\"2026-01-31T23:59:59.123Z\",\"sequence\":\"00000000000000000042\",\"sev\":3,"
    "\"tenant\":\"acme\",\"data\":{\"actor\":{\"user\":{\"type\":\"user\",\"name\":\"al|i=ce\\\\\"}},\"unmapped\":{\"user\":\"o="
    "b\\\\|\","
    "\"code\":\"bad\\tkey\",\"address\":\"192.0.2.7\",\"reason\":\"one\\ntwo\\r\\u00e9\",\"count\":3}}}";

static struct buf out;

static void read_entry(const char *json, struct text *ret)
{
    assert_int_equal(text_read(json, strlen(json), ret, NULL), 0);
}

static void expect(int error, const char *want)
{
    assert_int_equal(error, 0);
    assert_string_equal(out.data, want);
    buf_clear(&out);
}

static void an_entry_is_read(void **state)
{
    (void)state;
    struct text text;
    read_entry(entry, &text);
    assert_string_equal(text.id, "access-42");
    assert_string_equal(text.class, "access");
    assert_int_equal(text.sequence, 42);
    assert_string_equal(text.type, "login.odd");
    assert_int_equal(text.sev, 3);
    assert_string_equal(text.tenant, "acme");
    assert_string_equal(text_meaning(&text), "login.odd");
    assert_string_equal(text.actor, "user:al|i=ce\\");
    text_free(&text);
}

/* Wherever OCSF wants them. */
static void its_fields_have_our_names(void **state)
{
    (void)state;
    struct text text;
    read_entry("{\"id\":\"fleet-0\",\"type\":\"vedette.agent.late.v1\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":4,\"data\":{"
               "\"start_time\":1700000000123,\"device\":{\"uid\":\"17\",\"last_seen_time\":1700000000000}}}",
        &text);
    assert_int_equal(text_value(text.fields, &out), 0);
    assert_string_equal(out.data,
        "{\"agent\":17,\"last_seen\":\"2023-11-14T22:13:20.000Z\",\"since\":\"2023-11-14T22:13:20.123Z\"}");
    assert_string_equal(text_meaning(&text), "no heartbeat for 20 s");
    assert_string_equal(text.actor, "");
    buf_clear(&out);
    text_free(&text);
}

static void what_is_no_entry_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "[]", "{}",
        "{\"id\":\"fleet\",\"type\":\"a\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":1}",
        "{\"id\":\"-1\",\"type\":\"a\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":1}",
        "{\"id\":\"fleet-1x\",\"type\":\"a\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":1}",
        "{\"id\":\"fleet-1\",\"type\":\"a b\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":1}",
        "{\"id\":\"fleet-1\",\"type\":\"a\",\"time\":\"yesterday\",\"sev\":1}",
        "{\"id\":\"fleet-1\",\"type\":\"a\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":5}" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct text text;
        assert_int_equal(text_read(bad[i], strlen(bad[i]), &text, NULL), -1);
    }
}

/* The extension's values escape \ and = and the ends of lines, the header's \ and |. */
static void cef_escapes(void **state)
{
    (void)state;
    struct text text;
    read_entry(entry, &text);
    expect(text_cef(&text, "1|0\\", &out),
        "CEF:0|Vedette|Vedette|1\\|0\\\\|login.odd|login.odd|5|rt=1769903999123 externalId=access-42"
        " cat=access suser=user:al|i\\=ce\\\\ duser=o\\=b\\\\| reason=one\\ntwo\\r\303\251 src=192.0.2.7"
        " cs1Label=tenant cs1=acme cs2Label=subject cs2=user/a]\"b\\\\ cs3Label=fields"
        " cs3={\"address\":\"192.0.2.7\",\"code\":\"bad\\\\tkey\",\"count\":3,\"reason\":\"one\\\\ntwo\\\\r\303\251\","
        "\"user\":\"o\\=b\\\\\\\\|\"} cn1Label=sequence cn1=42");
    text_free(&text);
}

static void leef_has_no_escape_and_loses_no_pair(void **state)
{
    (void)state;
    struct text text;
    read_entry(entry, &text);
    expect(text_leef(&text, "1|0", &out),
        "LEEF:2.0|Vedette|Vedette|1 0|login.odd|x09|cat=access\tsev=5\tdevTime=2026-01-31T23:59:59.123Z"
        "\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX\tid=access-42\tsequence=42\tusrName=user:al|i=ce\\\ttenant=acme"
        "\tsubject=user/a]\"b\\\tuser=o=b\\|\tcode=bad key\tsrc=192.0.2.7\treason=one two \303\251\tcount=3");
    text_free(&text);
}

static void syslog_has_class_and_sequence_and_counts_its_bytes(void **state)
{
    (void)state;
    struct text text;
    read_entry(entry, &text);
    assert_int_equal(text_syslog(&text, FORMAT_JSON, "log host\303\251.example.org", "1", &out), 0);
    static const char head[] = "<132>1 2026-01-31T23:59:59.123Z log_host__.example.org vedette - login.odd"
                               " [vedette@32473 class=\"access\" sequence=\"42\" tenant=\"acme\""
                               " subject=\"user/a\\]\\\"b\\\\\"] ";
    char *message;
    size_t bytes = strtoul(out.data, &message, 10);
    assert_int_equal(bytes, strlen(message + 1));
    assert_int_equal(strlen(head) + strlen(entry), bytes);
    assert_memory_equal(message + 1, head, strlen(head));
    assert_string_equal(message + 1 + strlen(head), entry);
    buf_clear(&out);
    text_free(&text);
}

static void severities_are_those_of_the_design(void **state)
{
    (void)state;
    static const char *const heads[] = { "<130>1 ", "<131>1 ", "<132>1 ", "<133>1 " };
    static const char *const cefs[] = { "|10|", "|8|", "|5|", "|3|" };
    for (int sev = 1; sev <= 4; sev++) {
        char json[256];
        struct text text;
        snprintf(json, sizeof(json),
            "{\"id\":\"fleet-0\",\"type\":\"vedette.from.elsewhere.v9\",\"time\":\"2026-01-01T00:00:00Z\",\"sev\":%d}",
            sev);
        read_entry(json, &text);
        assert_int_equal(text_syslog(&text, FORMAT_CEF, "", "1", &out), 0);
        const char *message = strchr(out.data, ' ') + 1;
        assert_memory_equal(message, heads[sev - 1], 7);
        assert_non_null(strstr(message, "Z - vedette - vedette.from.elsewhere.v9 [vedette@"));
        assert_non_null(strstr(message, cefs[sev - 1]));
        buf_clear(&out);
        text_free(&text);
    }
}

static void a_long_type_is_cut_to_what_a_msgid_may_be(void **state)
{
    (void)state;
    struct text text;
    read_entry("{\"id\":\"fleet-0\",\"type\":\"0123456789012345678901234567890123456789\",\"time\":"
               "\"2026-01-01T00:00:00Z\",\"sev\":1}",
        &text);
    assert_int_equal(text_syslog(&text, FORMAT_JSON, "h", "1", &out), 0);
    assert_non_null(strstr(out.data, " vedette - 01234567890123456789012345678901 ["));
    buf_clear(&out);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_read), cmocka_unit_test(its_fields_have_our_names),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(cef_escapes),
        cmocka_unit_test(leef_has_no_escape_and_loses_no_pair),
        cmocka_unit_test(syslog_has_class_and_sequence_and_counts_its_bytes),
        cmocka_unit_test(severities_are_those_of_the_design),
        cmocka_unit_test(a_long_type_is_cut_to_what_a_msgid_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
