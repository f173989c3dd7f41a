/*
 * The words (lib/phrase.h) of a bundle's entries as a Bloom filter. Two words with one other character between them are
 * in it as a pair, too: by numbers alone addresses could hardly be told apart. Pure.
 */
#ifndef VEDETTE_AUDIT_WORDS_H
#define VEDETTE_AUDIT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A power of two: beyond some 90,000 distinct words it tells less, and is still right */
#define WORDS_BYTES_MAX (128 << 10)

#define WORDS_LINE_BYTES 64 /* all that a filter says of a term stands in one line of the cache */

#define WORDS_KNOWN 2048 /* a power of two */

struct words {
    uint8_t bits[WORDS_BYTES_MAX];
    uint64_t known[WORDS_KNOWN]; /* terms that were added: most words of an entry stand in the one before, too */
};

void words_clear(struct words *);
void words_add(struct words *, const char *text, size_t bytes);
/* Make it as small as it may be: its first bytes then, as many as are returned. Nothing may be added any more. */
size_t words_fold(struct words *);

#define TERMS_MAX 512

/* Hashes of what is looked for: an entry that has it has them all. Pairs come before words, being rarer. */
struct terms {
    uint64_t hash[TERMS_MAX];
    unsigned n;
};

/* What does not fit any more is left out. */
void terms_add(struct terms *, const char *text, size_t bytes);
/* Where in a folded filter a term's line is, and whether the term may be in it. */
size_t words_line(uint64_t term, size_t filter_bytes);
bool words_maybe(const uint8_t line[WORDS_LINE_BYTES], uint64_t term);

#endif
