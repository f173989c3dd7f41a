#include "services/audit/search/words.h"

#include <string.h>

#include "lib/phrase.h"

#define PROBES 8 /* with at most half of the bits set, 1 of 256 bundles is looked at in vain */
#define WORDS_BYTES_MIN 64
#define FNV_OFFSET 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* FNV's low bits know little of a word's beginning. */
static inline uint64_t mixed(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    return hash ^ hash >> 33;
}

typedef void take_term(void *arg, uint64_t term);

/* Every pair, and every word. */
static inline void each_term(const char *text, size_t bytes, take_term *take_pair, take_term *take_word, void *arg)
{
    uint64_t before = 0; /* the word whose end is one character away; 0: none */
    for (size_t i = 0; i < bytes; i++) {
        uint64_t hash = FNV_OFFSET;
        size_t start = i;
        for (unsigned char c; i < bytes && (c = phrase_letter((unsigned char)text[i])); i++)
            hash = (hash ^ c) * FNV_PRIME;
        if (i == start) {
            before = 0;
            continue;
        }
        hash = mixed(hash);
        take_word(arg, hash);
        if (before)
            take_pair(arg, mixed(before * FNV_PRIME ^ hash));
        /* `i` is at the character behind the word, which the loop passes by. */
        before = i < bytes ? hash + (unsigned char)text[i] : 0;
    }
}

size_t words_line(uint64_t term, size_t filter_bytes)
{
    return ((uint32_t)term & (filter_bytes / WORDS_LINE_BYTES - 1)) * WORDS_LINE_BYTES;
}

static inline unsigned probe(uint64_t term, unsigned i)
{
    return ((unsigned)(term >> 32) + i * ((unsigned)(term >> 41) | 1)) % (8 * WORDS_LINE_BYTES);
}

static inline void set_bits(void *arg, uint64_t term)
{
    struct words *words = arg;
    uint64_t *known = &words->known[term % WORDS_KNOWN];
    if (*known == term)
        return;
    *known = term;
    uint8_t *line = words->bits + words_line(term, sizeof(words->bits));
    for (unsigned i = 0; i < PROBES; i++)
        line[probe(term, i) / 8] |= (uint8_t)(1 << probe(term, i) % 8);
}

bool words_maybe(const uint8_t line[WORDS_LINE_BYTES], uint64_t term)
{
    for (unsigned i = 0; i < PROBES; i++) {
        if (!(line[probe(term, i) / 8] & 1 << probe(term, i) % 8))
            return false;
    }
    return true;
}

void words_clear(struct words *words)
{
    memset(words, 0, sizeof(*words));
}

void words_add(struct words *words, const char *text, size_t bytes)
{
    each_term(text, bytes, set_bits, set_bits, words);
}

/* How many bits are set if the upper half is laid over the lower one. */
static size_t count_folded(const struct words *words, size_t half_bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < half_bytes; i += sizeof(uint64_t)) {
        uint64_t low, high;
        memcpy(&low, words->bits + i, sizeof(low));
        memcpy(&high, words->bits + half_bytes + i, sizeof(high));
        count += (size_t)__builtin_popcountll(low | high);
    }
    return count;
}

size_t words_fold(struct words *words)
{
    size_t bytes = WORDS_BYTES_MAX;
    /* Lines are taken modulo their number, a power of two: halves can be laid over each other. */
    while (bytes > WORDS_BYTES_MIN && count_folded(words, bytes / 2) <= 8 * (bytes / 2) / 2) {
        bytes /= 2;
        for (size_t i = 0; i < bytes; i++)
            words->bits[i] |= words->bits[bytes + i];
    }
    return bytes;
}

static inline void keep_term(void *arg, uint64_t term)
{
    struct terms *terms = arg;
    if (terms->n < TERMS_MAX)
        terms->hash[terms->n++] = term;
}

static inline void pass_by(void *arg, uint64_t term)
{
    (void)arg, (void)term;
}

void terms_add(struct terms *terms, const char *text, size_t bytes)
{
    each_term(text, bytes, keep_term, pass_by, terms);
    each_term(text, bytes, pass_by, keep_term, terms);
}
