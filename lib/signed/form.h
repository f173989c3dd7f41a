/*
 * The codec of documents: JSON to the structs of documents.def (contract.h), by their tables. As strict as
 * lib/message/message.h, whose fields these are, but parts and lists may stand in one another.
 */
#ifndef VEDETTE_SIGNED_FORM_H
#define VEDETTE_SIGNED_FORM_H

#include <jansson.h>

#include "contract/shape.h"

struct problem;

/* ret: part->size bytes. Texts are borrowed from json; lists and parts are allocated, form_free's. *ret is untouched on
 * failure. Codes: "unknown-field", "missing-field", "bad-field", with the path of the member. */
int form_decode(const struct part *, const json_t *json, void *ret, struct problem *);
void form_free(const struct part *, void *decoded);

/* The member of that name; NULL: there is none. */
const struct member *form_member(const struct part *, const char *name);

#endif
