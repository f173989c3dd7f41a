#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"

/* Of one document: 3,000 ends, or 150 with output, while the server is away and the mail is full */
#define UNTOLD_BYTES (1 << 20)
#define PATH_BYTES (sizeof(UNTOLD_DIR) + DOCUMENT_ID_BYTES + 1)

/* What could not be told yet: a file of lines a document. */

static void path_of(const struct held *held, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, UNTOLD_DIR "/%s", held->progress.document);
}

static bool is_behind(const struct held *held)
{
    char path[PATH_BYTES];
    path_of(held, path);
    return !file_absent(path);
}

/* Beyond the limit it is left out, which the chain shows. */
static int put_behind(const struct held *held, struct problem *problem)
{
    char path[PATH_BYTES];
    struct stat found;
    struct buf line = { 0 };
    path_of(held, path);
    buf_format(&line, "%s\n", held->progress.telling);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600), error = 0;
    if (fd < 0 || fstat(fd, &found) ||
        (found.st_size < UNTOLD_BYTES &&
            (line.failed || write(fd, line.data, line.length) != (ssize_t)line.length || fdatasync(fd))))
        error = problem_errno(problem, "file", path, "cannot keep %s", path);
    if (fd >= 0)
        close(fd);
    buf_free(&line);
    return error;
}

static int send_text(struct work *work, const char *text, size_t length)
{
    struct envelope_run message;
    struct problem problem;
    int unsent = 0;
    json_t *json = message_parse(text, length, &problem);
    if (!json || message_decode(&envelope_run_shape, json, &message, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.not-told", &problem);
    else
        unsent = telling_send(work, ENVELOPE_RUN, &message);
    json_decref(json);
    return unsent;
}

/* As many as the mail takes. A crash in between tells some again, which the server knows by their numbers. */
static void catch_up(struct work *work, const struct held *held)
{
    char path[PATH_BYTES], *text, *stop;
    struct problem problem;
    size_t bytes;
    path_of(held, path);
    if (file_read(path, UNTOLD_BYTES + PROGRESS_TELLING_BYTES, &text, &bytes, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.not-told", &problem);
        return;
    }
    char *line = text;
    while ((stop = strchr(line, '\n')) && !send_text(work, line, (size_t)(stop - line)))
        line = stop + 1;
    if (!stop)
        unlink(path);
    else if (line != text && file_write(path, line, strlen(line), 0600, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    free(text);
}

/* The end of a run. */

static void save(const struct held *held)
{
    struct problem problem;
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
}

/* In the order of the chain: nothing overtakes what is behind. */
void ending_send(struct work *work, struct held *held)
{
    struct progress *progress = &held->progress;
    struct problem problem;
    bool behind = is_behind(held);
    if (*progress->telling && behind && put_behind(held, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.not-told", &problem);
        return;
    }
    if (*progress->telling && (behind || !send_text(work, progress->telling, strlen(progress->telling)))) {
        *progress->telling = '\0';
        save(held);
    }
    if (behind)
        catch_up(work, held);
}

void ending_tell(struct work *work, struct held *held, struct envelope_run *message)
{
    struct progress *progress = &held->progress;
    struct problem problem;
    struct buf text = { .limit_bytes = PROGRESS_TELLING_BYTES - 1 };
    char head[HEX_BYTES(SHA256_BYTES)];
    if (*progress->telling && put_behind(held, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.not-told", &problem);
    progress->delivered = true;
    progress->chain = run_chain_next(&progress->chain, message);
    crypto_hex(progress->chain.head, sizeof(progress->chain.head), head);
    message->has_chain_link = true;
    message->chain_link = progress->chain.links;
    message->chain = head;
    *progress->telling = '\0';
    if (!message_encode(&envelope_run_shape, message, &text))
        memcpy(progress->telling, text.data, text.length + 1);
    buf_free(&text);
    save(held);
    ending_send(work, held);
}

void ending_without_run(
    struct work *work, struct held *held, int64_t occurrence, enum run_state state, const struct problem *problem)
{
    char reason[REASON_BYTES];
    struct envelope_run message = telling_of(held, occurrence, state, problem, reason);
    ending_tell(work, held, &message);
}
