/*
 * Between vedette-agent-restore, which has the target, and vedette-agent-work, which has the mail: messages in files of a
 * folder of theirs, `out/` towards the restore key service and `in/` from it. A file is a purpose of envelopes.def, a line
 * feed, and its body in JSON, as far as the one that writes it knows it. Names are numbers that rise; a file that has its
 * name is whole. Both may be killed at any moment: what is asked for twice is answered twice.
 */
#ifndef VEDETTE_AGENT_EXCHANGE_H
#define VEDETTE_AGENT_EXCHANGE_H

#include <jansson.h>
#include <stdint.h>

#include "contract.h"

struct problem;

#define EXCHANGE_OUT "out"
#define EXCHANGE_IN "in"
#define EXCHANGE_NAME_BYTES 21
#define EXCHANGE_BYTES_MAX (1 << 20) /* of a file: a body of the longest envelope */

/* The folder, and both in it; what an earlier run left there is taken away. */
int exchange_make(const char *folder, struct problem *);
/* With all that is in it. */
int exchange_remove(const char *folder, struct problem *);
/* Lay a message into one of the two. */
int exchange_put(
    const char *folder, const char *way, uint64_t number, enum envelope purpose, const char *body, struct problem *);

struct exchanged {
    char name[EXCHANGE_NAME_BYTES];
    enum envelope purpose;
    json_t *body; /* the caller's */
};
/* The one with the lowest number: 1; 0: there is none; -1 + problem: what stands there is no message, and is gone. */
int exchange_next(const char *folder, const char *way, struct exchanged *ret, struct problem *);
/* It was dealt with. */
void exchange_drop(const char *folder, const char *way, const struct exchanged *);

#endif
