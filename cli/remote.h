/* A server elsewhere: the REST API of its portal, with an API token, by libcurl (its only user here). One thread. */
#ifndef VEDETTE_CLI_REMOTE_H
#define VEDETTE_CLI_REMOTE_H

#include "cli/ask.h"

struct buf;
struct remote;

/* A copy of a log may be anybody's to read; the REST API is not. */
enum remote_token { TOKEN_NEEDED, TOKEN_IF_GIVEN };
/* token_file NULL: the environment variable VEDETTE_TOKEN. ca NULL: the system's. NULL + problem. */
struct remote *remote_open(
    const char *url, const char *token_file, const char *ca, enum remote_token, struct problem *);
void remote_free(struct remote *);

enum outcome remote_ask(
    struct remote *, enum call, const json_t *fields, unsigned deadline_ms, reply_taken *, void *arg, struct problem *);

/* Append the file at url/path, up to the buffer's limit; a problem with code "absent": there is none (404). */
enum outcome remote_get(struct remote *, const char *path, struct buf *ret, struct problem *);

#endif
