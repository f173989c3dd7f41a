/* A cursor and a phrase from outside: what is taken says the same when it is written and read again, and finds
 * itself. */
#include "tests/fuzz/fuzz.h"

#include "services/audit/search/cursor.h"
#include "services/audit/search/wanted.h"

static void check_cursor(const char *text)
{
    struct cursor cursor, again;
    char written[CURSOR_BYTES];
    if (cursor_parse(text, &cursor))
        return;
    cursor_format(&cursor, written);
    if (written[0] && (cursor_parse(written, &again) || memcmp(&cursor, &again, sizeof(cursor))))
        abort();
}

static void check_phrase(const char *text)
{
    struct phrase phrase;
    static struct words words;
    struct wanted wanted = { .phrase = &phrase };
    if (phrase_read(text, &phrase, NULL))
        return;
    if (!phrase_in(&phrase, phrase.text, phrase.bytes))
        abort();
    words_clear(&words);
    words_add(&words, phrase.text, phrase.bytes);
    size_t bytes = words_fold(&words);
    wanted_terms(&wanted);
    for (unsigned i = 0; i < wanted.terms.n; i++) {
        if (!words_maybe(words.bits + words_line(wanted.terms.hash[i], bytes), wanted.terms.hash[i]))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    check_cursor(text);
    check_phrase(text);
    free(text);
    return 0;
}
