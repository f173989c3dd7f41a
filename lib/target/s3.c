#include "lib/target/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/problem.h"

#define CREDENTIALS_LIMIT_BYTES 4096

/* "name = value" in the text of the credentials' file. */
static int take_value(const char *text, const char *name, char *ret, size_t room)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strlen(name);
        const char *at = line + strspn(line, " \t");
        if (strncmp(at, name, length))
            continue;
        at += length + strspn(at + length, " \t");
        if (*at++ != '=')
            continue;
        at += strspn(at, " \t");
        length = strcspn(at, " \t\r\n");
        if (!length || length >= room)
            return -1;
        snprintf(ret, room, "%.*s", (int)length, at);
        return 0;
    }
    return -1;
}

static int open_s3(struct target *target, struct problem *problem)
{
    char *text;
    size_t bytes;
    const char *path = target->conf.credentials;
    struct s3 *s3 = calloc(1, sizeof(*s3));
    if (!s3)
        return problem_set(problem, "no-memory", "", "no memory");
    if (file_read_secret(path, CREDENTIALS_LIMIT_BYTES, &text, &bytes, problem)) {
        free(s3);
        return -1;
    }
    int error = 0;
    if (take_value(text, "access_key", s3->access_key, sizeof(s3->access_key)) ||
        take_value(text, "secret_key", s3->secret_key, sizeof(s3->secret_key)))
        error = problem_set(problem, "bad-targets", path, "%s: wants access_key = … and secret_key = …", path);
    crypto_forget(text, bytes);
    free(text);
    if (!error)
        error = s3_http_open(s3, &target->conf, problem);
    if (error) {
        crypto_forget(s3, sizeof(*s3));
        free(s3);
    }
    target->at = s3;
    return error;
}

static void close_s3(struct target *target)
{
    struct s3 *s3 = target->at;
    s3_http_close(s3);
    crypto_forget(s3, sizeof(*s3));
    free(s3);
}

/* libcurl makes its connections anew by itself. */
static void hang_up(struct target *target)
{
    (void)target;
}

enum target_result s3_find(struct target *target, const char *name, struct target_object *ret, struct problem *problem)
{
    char key[S3_KEY_BYTES];
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_HEAD, .key = key, .query = "" };
    s3_key(target, name, key);
    enum target_result result = s3_ask(target, &request, &answer, "look at", problem);
    buf_free(&answer.body);
    ret->bytes = answer.bytes;
    ret->modified_s = answer.modified_s;
    return result;
}

static enum target_result get(
    struct target *target, const char *name, struct fetching *fetching, struct problem *problem)
{
    char key[S3_KEY_BYTES];
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_GET, .key = key, .query = "", .fetching = fetching };
    if (!fetching->left)
        return TARGET_DONE;
    s3_key(target, name, key);
    enum target_result result = s3_ask(target, &request, &answer, "get", problem);
    buf_free(&answer.body);
    /* From the end on there is nothing. */
    return result == TARGET_FAILED && answer.status == 416 ? TARGET_DONE : result;
}

const struct transport transport_s3 = { s3_put, get, s3_find, s3_list, open_s3, hang_up, close_s3 };
