/* Members of a trust file, from the options of `trust init` and `trust rotate`. */
#ifndef VEDETTE_CLI_SIGN_PEOPLE_H
#define VEDETTE_CLI_SIGN_PEOPLE_H

#include <jansson.h>

#include "cli/cli.h"

/* A key as a trust file has it, from a file: a public key in PEM, an SSH public key, or what the local page wrote of a
 * passkey. A new object; NULL + problem. */
json_t *people_key(const struct cli *, const char *file, struct problem *);

/* NAME=FILE, as often as there are keys, into the member `people`. Somebody new is added, and a key to who is there. */
int people_add(const struct cli *, json_t *payload, const char *text, struct problem *);
/* "no-person": there is none of that name. */
int people_remove(json_t *payload, const char *name, struct problem *);

/* N for every kind that wants a threshold, or KIND=N. */
int people_threshold(json_t *payload, const char *text, struct problem *);

#endif
