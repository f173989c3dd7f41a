#include "services/portal/log/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/tlog/bundle.h"
#include "lib/tlog/note.h"
#include "services/portal/web.h"

#define PATH_BYTES 128 /* "log/", a class, a tile's path */

/* What of a log's folder is sent, and how. */
struct wanted {
    int class;
    const char *name, *type, *caching;
    off_t limit_bytes;
};

static int not_found(struct problem *problem)
{
    return problem_set(problem, "not-found", "", "the log has no such file");
}

/* Its descriptor, or -1 + problem. An empty file was torn by a power cut, and audit will write it again. */
static int open_file(const struct wanted *wanted, size_t *ret_bytes, struct problem *problem)
{
    char path[PATH_BYTES];
    struct stat found;
    snprintf(path, sizeof(path), LOG_FOLDER "/%s/%s", class_words[wanted->class], wanted->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return not_found(problem);
    if (fd >= 0 && !fstat(fd, &found) && S_ISREG(found.st_mode) && found.st_size > 0 &&
        found.st_size <= wanted->limit_bytes) {
        *ret_bytes = (size_t)found.st_size;
        return fd;
    }
    if (fd < 0) {
        problem_errno(problem, "log-unavailable", path, "the log's file cannot be opened");
    } else {
        problem_set(problem, "log-unavailable", path, "the log's file is none, empty or too long");
        close(fd);
    }
    log_problem(LOG_LEVEL_WARNING, "log-file.unreadable", problem);
    return -1;
}

static void send_file(struct web *web, const struct wanted *wanted)
{
    struct problem problem;
    size_t bytes = 0;
    int fd = open_file(wanted, &bytes, &problem);
    if (fd < 0) {
        web_refuse(web, &problem);
        return;
    }
    const char *const headers[] = { wanted->caching, NULL };
    http_answer(web->http,
        &(struct http_answer){ .status = 200, .type = wanted->type, .bytes = bytes, .fd = fd, .headers = headers });
    web_free(web);
}

void web_log_file(struct web *web, const void *in)
{
    const struct call_log_file *asked = in;
    send_file(web, &(struct wanted){ .class = asked->class,
                       .name = log_file_words[asked->log_file],
                       .type = "text/plain; charset=utf-8",
                       .caching = "Cache-Control: no-store", /* an old one looks like a log that was set back */
                       .limit_bytes = TLOG_NOTE_BYTES });
}

/* The rest of the path is a tile as C2SP writes it and nothing else, of the kind that the route is for. */
static void send_tile(struct web *web, int class, const char *prefix, const char *rest)
{
    char path[2 * TLOG_PATH_BYTES];
    struct tlog_tile tile;
    struct problem problem;
    snprintf(path, sizeof(path), "%s%s", prefix, rest);
    bool bundles = !strcmp(prefix, "tile/entries/");
    if (tlog_tile_parse(path, &tile) || (tile.level == TLOG_BUNDLE) != bundles) {
        not_found(&problem);
        web_refuse(web, &problem);
        return;
    }
    /* A full one never changes; a partial one neither, but it goes once there is the full one. */
    send_file(web, &(struct wanted){ .class = class,
                       .name = path,
                       .type = "application/octet-stream",
                       .caching = tile.width == TLOG_TILE_WIDTH ? "Cache-Control: private, max-age=31536000, immutable"
                                                                : "Cache-Control: private, max-age=60",
                       .limit_bytes = bundles ? TLOG_BUNDLE_BYTES : TLOG_TILE_BYTES });
}

void web_log_tile(struct web *web, const void *in)
{
    const struct call_log_tile *asked = in;
    send_tile(web, asked->class, "tile/", asked->tile);
}

void web_log_bundle(struct web *web, const void *in)
{
    const struct call_log_bundle *asked = in;
    send_tile(web, asked->class, "tile/entries/", asked->tile);
}
