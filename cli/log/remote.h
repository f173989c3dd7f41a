/* A log read over HTTPS as c2sp.org/tlog-tiles lays it out below a URL: of a portal, or of any web server with a
 * copy. */
#ifndef VEDETTE_CLI_LOG_REMOTE_H
#define VEDETTE_CLI_LOG_REMOTE_H

#include "cli/cli.h"
#include "lib/tlog/bundle.h"

struct log_remote;

/* With the options' token and CA. NULL + problem. */
struct log_remote *log_remote_open(const struct cli *, const char *url, struct problem *);
void log_remote_free(struct log_remote *);

/* `checkpoint` or `vkey`, at most limit_bytes; *ret_data is ended by NUL and the caller's to free. */
int log_remote_text(
    struct log_remote *, const char *name, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *);

/* Its tiles as they come: believed by nobody before they were verified (lib/tlog/verified.h). */
struct tlog_source log_remote_source(struct log_remote *, uint64_t size);

#endif
