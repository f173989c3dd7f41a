/*
 * A phrase that is looked for in the text of entries of the log. Pure.
 *
 * A word is a run of letters, digits and bytes beyond ASCII; ASCII's capitals count as small letters. A phrase is found
 * where it stands in the text from the beginning of a word to the end of one: "10.0.0.1" is no part of "10.0.0.12".
 */
#ifndef VEDETTE_PHRASE_H
#define VEDETTE_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

struct problem;

#define PHRASE_TEXT_MAX 128 /* bytes; of the field `text` */

struct phrase {
    char text[2 * PHRASE_TEXT_MAX + 1]; /* small letters, escaped as JSON does */
    size_t bytes;
};

/* "bad-field": it has no word, or is too long. */
int phrase_read(const char *text, struct phrase *ret, struct problem *);
/* text: an entry of the log, in JSON. */
bool phrase_in(const struct phrase *, const char *text, size_t bytes);

static inline unsigned char phrase_small(unsigned char c)
{
    return (unsigned char)(c + ((unsigned char)(c - 'A') < 26) * ('a' - 'A'));
}

/* c as it counts in a word; 0: it is in none. */
static inline unsigned char phrase_letter(unsigned char c)
{
    c = phrase_small(c);
    return (unsigned char)(c - 'a') < 26 || (unsigned char)(c - '0') < 10 || c >= 0x80 ? c : 0;
}

#endif
