/*
 * A message of the contract between two of our own processes that do not trust each other: its fields one after
 * another, in the order of its shape, read without a grammar. Every limit of fields.def is checked, as by the JSON
 * codec.
 *
 * A field is a byte, whether it is there; then 8 bytes of a number, or 4 bytes of length and a text with a NUL behind
 * it. Numbers are in the machine's own order: both ends are one machine.
 */
#ifndef VEDETTE_MESSAGE_FLAT_H
#define VEDETTE_MESSAGE_FLAT_H

#include <stddef.h>

#include "contract/shape.h"

struct buf;
struct problem;

/* Append it. -1: it has rows or an object, which none of these messages has, or there is no memory. */
int message_flatten(const struct shape *, const void *message, struct buf *);
/* All of the bytes. Texts in *ret point into data. -1 + "bad-message", *ret untouched. */
int message_unflatten(const struct shape *, const void *data, size_t bytes, void *ret, struct problem *);

#endif
