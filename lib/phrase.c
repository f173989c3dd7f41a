#include "lib/phrase.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/bundle.h"

int phrase_read(const char *text, struct phrase *ret, struct problem *problem)
{
    struct phrase phrase = { 0 };
    struct buf json = { .limit_bytes = sizeof(phrase.text) + 2 };
    /* Entries are JSON: what is looked for must be escaped alike. */
    if (strlen(text) > PHRASE_TEXT_MAX || buf_json_string(&json, text, strlen(text))) {
        buf_free(&json);
        return problem_set(problem, "bad-field", "text", "text has more than %d bytes", PHRASE_TEXT_MAX);
    }
    phrase.bytes = json.length - 2;
    for (size_t j = 0; j < phrase.bytes; j++)
        phrase.text[j] = (char)phrase_small((unsigned char)json.data[1 + j]);
    buf_free(&json);
    size_t i = 0;
    while (i < phrase.bytes && !phrase_letter((unsigned char)phrase.text[i]))
        i++;
    if (i == phrase.bytes)
        return problem_set(problem, "bad-field", "text", "text needs a letter or a digit");
    *ret = phrase;
    return 0;
}

/* In steps of a fixed length, which the compiler makes vector instructions of. */
static void make_small(const char *text, size_t bytes, char *ret)
{
    enum { STEP = 64 };
    size_t i = 0;
    for (; i + STEP <= bytes; i += STEP) {
        for (size_t j = 0; j < STEP; j++)
            ret[i + j] = (char)phrase_small((unsigned char)text[i + j]);
    }
    for (; i < bytes; i++)
        ret[i] = (char)phrase_small((unsigned char)text[i]);
}

/* Whether a word goes on over the border between a and b. */
static bool withphrase_letter(char a, char b)
{
    return phrase_letter((unsigned char)a) && phrase_letter((unsigned char)b);
}

bool phrase_in(const struct phrase *phrase, const char *text, size_t bytes)
{
    char folded[TLOG_ENTRY_BYTES];
    if (bytes > sizeof(folded))
        return false;
    make_small(text, bytes, folded);
    const char *at = folded, *end = folded + bytes;
    while ((at = memmem(at, (size_t)(end - at), phrase->text, phrase->bytes))) {
        const char *behind = at + phrase->bytes;
        if (!(at > folded && withphrase_letter(at[-1], at[0])) &&
            !(behind < end && withphrase_letter(behind[-1], behind[0])))
            return true;
        at++;
    }
    return false;
}
