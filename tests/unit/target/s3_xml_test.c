/* What S3 servers answer, and what others may in their place. */
#include "lib/target/s3_xml.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define SPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
#define ENTRY                                                                                                          \
    "<Contents>\n<Key>a/b%20c</Key><LastModified>2026-01-31T23:59:59.000Z</LastModified><ETag>&quot;x&quot;</ETag>"    \
    "<Size>17</Size><Owner><ID>1</ID></Owner><StorageClass>STANDARD</StorageClass></Contents>"

struct seen {
    unsigned n, stop_at;
    struct s3_entry last;
    char key[64], version[64];
};

static int see(void *arg, const struct s3_entry *entry)
{
    struct seen *seen = arg;
    seen->last = *entry;
    snprintf(seen->key, sizeof(seen->key), "%s", entry->key);
    snprintf(seen->version, sizeof(seen->version), "%s", entry->version);
    return ++seen->n == seen->stop_at;
}

static int parse(const char *text, struct seen *seen, struct s3_page *page)
{
    return s3_xml_list(text, strlen(text), see, seen, page);
}

static void a_page_is_read(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct s3_page page;
    assert_int_equal(parse(HEAD "<ListBucketResult" SPACE "><Name>b</Name><Prefix>a/</Prefix><KeyCount>2</KeyCount>"
                                "<IsTruncated>true</IsTruncated>" ENTRY ENTRY
                                "<NextContinuationToken>1/t+=</NextContinuationToken></ListBucketResult>",
                         &seen, &page),
        0);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.key, "a/b%20c");
    assert_string_equal(seen.version, "");
    assert_int_equal(seen.last.bytes, 17);
    assert_int_equal(seen.last.modified_s, 1769903999);
    assert_true(page.more);
    assert_string_equal(page.token, "1/t+=");
    assert_int_equal(s3_decode(seen.key), 0);
    assert_string_equal(seen.key, "a/b c");
}

static void versions_and_markers_are_read(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct s3_page page;
    assert_int_equal(parse("<ListVersionsResult><IsTruncated>false</IsTruncated><DeleteMarker><Key>k</Key>"
                           "<VersionId>2</VersionId><LastModified>2026-01-31T23:59:59Z</LastModified></DeleteMarker>"
                           "<Version><Key>k</Key><VersionId>1</VersionId><LastModified>2026-01-31T23:59:59Z"
                           "</LastModified><Size>0</Size></Version></ListVersionsResult>",
                         &seen, &page),
        0);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.version, "1");
    assert_false(page.more);
}

static void what_is_no_page_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "<", "<html>hello</html>", "<ListBucketResult>", "<ListBucketResult/>x",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><ListBucketResult>&x;</ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size><LastModified>2026-01-31T23:59:59Z</LastModified>"
        "</Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key><Size>1</Size><LastModified>today</LastModified></Contents>"
        "</ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a></ListBucketResult>" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct seen seen = { 0 };
        struct s3_page page;
        assert_int_equal(parse(bad[i], &seen, &page), -1);
    }
}

static void a_key_without_end_is_refused(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct s3_page page;
    char *text = malloc(100000);
    int length = sprintf(text, "<ListBucketResult><Contents><Key>");
    memset(text + length, 'a', 90000);
    strcpy(text + length + 90000, "</Key></Contents></ListBucketResult>");
    assert_int_equal(parse(text, &seen, &page), -1);
    free(text);
}

static void whoever_looks_may_stop(void **state)
{
    (void)state;
    struct seen seen = { .stop_at = 1 };
    struct s3_page page;
    assert_int_equal(parse("<ListBucketResult>" ENTRY ENTRY "</ListBucketResult>", &seen, &page), -2);
    assert_int_equal(seen.n, 1);
}

static void an_error_has_a_code(void **state)
{
    (void)state;
    struct s3_error error;
    const char text[] = HEAD "<Error><Code>NoSuchBucket</Code><Message>It is &lt;gone&gt;</Message></Error>";
    assert_int_equal(s3_xml_error(text, strlen(text), &error), 0);
    assert_string_equal(error.code, "NoSuchBucket");
    assert_string_equal(error.message, "It is <gone>");
    assert_int_equal(s3_xml_error("<Error/>", 8, &error), -1);
    assert_int_equal(s3_xml_error("<html/>", 7, &error), -1);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    char good[] = "a%2Fb%41+", stray[] = "a%2", none[] = "%zz", nul[] = "a%00b";
    assert_int_equal(s3_decode(good), 0);
    assert_string_equal(good, "a/bA ");
    assert_int_equal(s3_decode(stray), -1);
    assert_int_equal(s3_decode(none), -1);
    assert_int_equal(s3_decode(nul), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_read),
        cmocka_unit_test(versions_and_markers_are_read),
        cmocka_unit_test(what_is_no_page_is_none),
        cmocka_unit_test(a_key_without_end_is_refused),
        cmocka_unit_test(whoever_looks_may_stop),
        cmocka_unit_test(an_error_has_a_code),
        cmocka_unit_test(escapes_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
