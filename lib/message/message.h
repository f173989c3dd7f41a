/*
 * The one codec of the contract: JSON to a typed struct and back, by its shape (contract/shape.h).
 *
 * Decoding is strict: JSON per RFC 8259 with no duplicate keys, no unknown field, every limit of fields.def kept.
 * Whoever holds a decoded struct may rely on all of it.
 */
#ifndef VEDETTE_MESSAGE_H
#define VEDETTE_MESSAGE_H

#include <jansson.h>

#include "contract/shape.h"
#include "lib/words.h"

struct buf;
struct problem;

/* Parse text wholly: an object, or a list; no duplicate keys, no deeper than 2,048 (jansson). The caller owns the
 * result (json_decref). NULL + problem: "bad-json"; "no-memory". Nothing else calls jansson's own, which may leave
 * characters out (lib/memory.h). */
json_t *message_parse(const char *text, size_t bytes, struct problem *);
json_t *message_parse_list(const char *text, size_t bytes, struct problem *);
/* JSON as text, with the flags of json_dumps, which may leave a key out likewise. The caller's to free; NULL: no
 * memory. */
char *message_text(const json_t *, size_t flags);
/* Set a text, unless it is NULL; json_pack's "s*" would leave it out for lack of memory, too. -1: no memory. */
int message_put(json_t *object, const char *name, const char *text);

/* Decode json into *ret (shape->size bytes). Text and objects in it are borrowed from json; rows are allocated and
 * released by message_free. Codes: "unknown-field", "missing-field", "bad-field". *ret is untouched on failure. */
int message_decode(const struct shape *, const json_t *json, void *ret, struct problem *);
void message_free(const struct shape *, void *message);

/* Append the struct as JSON. Columns are arrays of equal length, with null for what is absent. -1: did not fit. */
int message_encode(const struct shape *, const void *message, struct buf *);
/* The same without secrets: for the log. */
int message_encode_public(const struct shape *, const void *message, struct buf *);

/* One field, for who has places of their own for them. Decoded where value is given: NULL or null is absent. */
bool message_has(const struct field *, const void *message);
/* May a field of text hold this, of that length before its NUL? */
bool message_text_fits(const struct field *, const char *text, size_t length);
int message_encode_field(const struct field *, const void *message, struct buf *);
int message_decode_field(const struct field *, const json_t *value, void *message, struct problem *);

/* Build a request from loose texts, as from a URL or a command line: parses numbers, booleans, times. */
int message_set_text(const struct shape *, json_t *object, const char *name, const char *value, struct problem *);

#endif
