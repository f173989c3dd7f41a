/* Any bytes as what an S3 server answers: a page of a list, an error. */
#include "tests/fuzz/fuzz.h"

#include "lib/target/s3_xml.h"

static int see(void *arg, const struct s3_entry *entry)
{
    char key[S3_TEXT_BYTES];
    unsigned *n = arg;
    if (!*entry->key || strlen(entry->key) >= sizeof(key) || strlen(entry->version) >= S3_TEXT_BYTES)
        abort();
    strcpy(key, entry->key);
    if (!s3_decode(key) && strlen(key) > strlen(entry->key))
        abort();
    return ++*n == 50;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s3_page page = { 0 };
    struct s3_error error;
    unsigned n = 0;
    if (!s3_xml_list((const char *)data, size, see, &n, &page) && page.more && !*page.token && !*page.key_marker)
        abort();
    if (!s3_xml_error((const char *)data, size, &error) && !*error.code)
        abort();
    return 0;
}
