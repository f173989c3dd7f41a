/*
 * Text of others on a terminal: host names, what machines wrote, refusals of a server that may be a thief's. What steers a
 * terminal, is not seen, or shows characters elsewhere than they stand is named: <U+202E>; what is no UTF-8 as <9B>.
 */
#ifndef VEDETTE_HARMLESS_H
#define VEDETTE_HARMLESS_H

#include <stddef.h>

struct buf;

/* Ends of lines and tabs stay. -1: no memory. */
int harmless_append(struct buf *out, const char *text, size_t bytes);

#endif
