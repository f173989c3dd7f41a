/* A server elsewhere: the REST API of its portal, with an API token, by libcurl (its only user here). One thread. */
#ifndef VEDETTE_CLI_REMOTE_H
#define VEDETTE_CLI_REMOTE_H

#include "cli/ask.h"

struct remote;

/* token_file NULL: the environment variable VEDETTE_TOKEN. ca NULL: the system's. NULL + problem. */
struct remote *remote_open(const char *url, const char *token_file, const char *ca, struct problem *);
void remote_free(struct remote *);

enum outcome remote_ask(
    struct remote *, enum call, const json_t *fields, unsigned deadline_ms, reply_taken *, void *arg, struct problem *);

#endif
