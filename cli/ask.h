/* One call of calls.def, made wherever the global options point: over the bus on the server's host, or over REST. */
#ifndef VEDETTE_CLI_ASK_H
#define VEDETTE_CLI_ASK_H

#include <jansson.h>

#include "cli/cli.h"
#include "contract.h"

/* reply: the call's reply struct, valid during the call. */
typedef void reply_taken(void *arg, const void *reply);

/* fields: the request as JSON, checked here by its shape. OUTCOME_OK after taken was called once, else a problem. */
enum outcome ask(
    struct cli *, enum call, const json_t *fields, unsigned deadline_ms, reply_taken *, void *arg, struct problem *);

/* The request of a command's call, from the arguments that were given. The caller's to json_decref; NULL + problem. */
json_t *ask_fields(const struct command *, const struct given *, struct problem *);

/* The server on this host, opened when first needed; NULL + problem. */
struct local *ask_local(struct cli *, struct problem *);

#endif
