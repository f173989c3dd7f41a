/* Any bytes as a header and as a part of a URL: what is decoded is clean text and never longer. */
#include "tests/fuzz/fuzz.h"

#include "lib/http/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    size_t before = strlen(text);
    struct http_facts facts = { 0 };
    size_t name = strcspn(text, ":");
    http_facts_add(&facts, text, name, text + name);
    http_facts_ambiguous(&facts, true);
    http_accepts_gzip(text);
    if (http_decode(text) == 0) {
        if (strlen(text) > before)
            abort();
        for (const char *p = text; *p; p++)
            if ((unsigned char)*p < ' ')
                abort();
    }
    free(text);
    return 0;
}
