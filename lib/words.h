/* Lists of words, as contract.h has one for each enum: NULL-terminated, in the order of its values. */
#ifndef VEDETTE_WORDS_H
#define VEDETTE_WORDS_H

#include <stddef.h>

/* -1: it is none of them. */
int word_index(const char *const *words, const char *word);
/* "alert fleet" → a bit for the index of each; -1: none, one that is not there, or not one blank between them. */
int word_set(const char *const *words, const char *text, unsigned *ret);
/* The other way; what does not fit into room bytes is left out. */
void word_set_text(const char *const *words, unsigned set, char *ret, size_t room);

#endif
