#include "cli/log/remote.h"

#include <stdlib.h>
#include <string.h>

#include "cli/remote.h"
#include "lib/buf.h"

struct log_remote {
    struct remote *remote;
    struct buf tile; /* read last */
};

struct log_remote *log_remote_open(const struct cli *cli, const char *url, struct problem *problem)
{
    struct log_remote *log = calloc(1, sizeof(*log));
    if (!log) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    log->remote = remote_open(url, cli->options.token_file, cli->options.ca, TOKEN_IF_GIVEN, problem);
    if (!log->remote) {
        free(log);
        return NULL;
    }
    return log;
}

void log_remote_free(struct log_remote *log)
{
    if (!log)
        return;
    remote_free(log->remote);
    buf_free(&log->tile);
    free(log);
}

int log_remote_text(struct log_remote *log, const char *name, size_t limit_bytes, char **ret_data, size_t *ret_bytes,
    struct problem *problem)
{
    struct buf text = { .limit_bytes = limit_bytes };
    if (remote_get(log->remote, name, &text, problem) != OUTCOME_OK ||
        (!text.length && problem_set(problem, "absent", name, "%s is empty", name))) {
        buf_free(&text);
        return -1;
    }
    *ret_data = text.data;
    *ret_bytes = text.length;
    return 0;
}

static int get_tile(struct log_remote *log, const struct tlog_tile *tile, struct problem *problem)
{
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    buf_clear(&log->tile);
    log->tile.limit_bytes = tile->level == TLOG_BUNDLE ? TLOG_BUNDLE_BYTES : TLOG_TILE_BYTES;
    return remote_get(log->remote, path, &log->tile, problem) == OUTCOME_OK ? 0 : -1;
}

static int read_tile(
    void *arg, const struct tlog_tile *tile, const uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    struct log_remote *log = arg;
    struct tlog_tile full = *tile;
    full.width = TLOG_TILE_WIDTH;
    if (get_tile(log, tile, problem) &&
        (strcmp(problem->code, "absent") || tile->width == full.width || get_tile(log, &full, problem)))
        return -1;
    *ret = (const uint8_t *)log->tile.data;
    *ret_bytes = log->tile.length;
    return 0;
}

struct tlog_source log_remote_source(struct log_remote *log, uint64_t size)
{
    return (struct tlog_source){ size, read_tile, log };
}
