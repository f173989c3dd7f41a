#include "lib/utf8.h"

#include "tests/unit/unit.h"

/* The form of RFC 3629 §3; returns its length. */
static int encode(int32_t character, int more, char ret[4])
{
    static const uint8_t leads[] = { 0x00, 0xc0, 0xe0, 0xf0 };
    for (int i = more; i > 0; i--, character >>= 6)
        ret[i] = (char)(0x80 | (character & 0x3f));
    ret[0] = (char)(leads[more] | character);
    return more + 1;
}

static void every_character_has_one_form(void **state)
{
    (void)state;
    static const int32_t most[] = { 0x7f, 0x7ff, 0xffff, 0x1fffff };
    for (int32_t character = 0; character <= 0x1fffff; character++) {
        bool is_one = character <= 0x10ffff && (character < 0xd800 || character > 0xdfff), shorter = false;
        for (int more = 0; more < 4; more++) {
            char bytes[4];
            if (character > most[more])
                continue;
            const char *at = bytes, *end = bytes + encode(character, more, bytes);
            int32_t expected = is_one && !shorter ? character : -1;
            if (utf8_next(&at, end) != expected || at != (expected < 0 ? bytes : end))
                fail_msg("character %#x in %d bytes", (unsigned)character, more + 1);
            at = bytes;
            if (more && utf8_next(&at, end - 1) != -1)
                fail_msg("character %#x cut off", (unsigned)character);
            shorter = true;
        }
    }
}

static void bytes_that_begin_nothing_are_refused(void **state)
{
    (void)state;
    for (int lead = 0x80; lead < 0x100; lead++) {
        const char bytes[] = { (char)lead, (char)0xc0, (char)0xc0, (char)0xc0, (char)0xc0 };
        const char *at = bytes;
        assert_int_equal(utf8_next(&at, bytes + sizeof(bytes)), -1);
    }
}

static void what_would_mislead_is_hidden(void **state)
{
    (void)state;
    static const int32_t hidden[] = { 0, 0x1b, '\r', 0x7f, 0x9b, 0x200b, 0x202e, 0x2066, 0xfeff, 0xe0041 };
    static const int32_t shown[] = { '\n', '\t', ' ', '~', 0xa0, 0xe4, 0x5d0, 0x1f600 };
    for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
        assert_true(utf8_is_hidden(hidden[i]));
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
        assert_false(utf8_is_hidden(shown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_has_one_form),
        cmocka_unit_test(bytes_that_begin_nothing_are_refused),
        cmocka_unit_test(what_would_mislead_is_hidden),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
