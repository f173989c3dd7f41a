/* A request in S3's terms, and what an answer means. */
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/s3.h"

void s3_header(struct s3_request *request, const char *format, ...)
{
    va_list arguments;
    assert(request->n_headers < S3_HEADERS_MAX);
    va_start(arguments, format);
    int length = vsnprintf(request->headers[request->n_headers++], S3_HEADER_BYTES, format, arguments);
    va_end(arguments);
    assert(length > 0 && length < S3_HEADER_BYTES);
    (void)length;
}

void s3_key(const struct target *target, const char *name, char ret[S3_KEY_BYTES])
{
    const char *path = target->conf.path;
    snprintf(ret, S3_KEY_BYTES, "%s%s%s", path, *path ? "/" : "", name);
}

const char *s3_name(const struct target *target, char *key)
{
    size_t length = strlen(target->conf.path);
    if (s3_decode(key) || strncmp(key, target->conf.path, length) || (length && key[length] != '/'))
        return NULL;
    const char *name = key + length + (length > 0);
    return target_is_name(name) ? name : NULL;
}

int s3_query(struct buf *query, const char *name, const char *value)
{
    int error = buf_format(query, "%s%s=", query->length ? "&" : "", name);
    for (; *value && !error; value++) {
        unsigned char byte = (unsigned char)*value;
        bool plain = isalnum(byte) || strchr("-._~", byte);
        error = plain ? buf_append(query, value, 1) : buf_format(query, "%%%02X", byte);
    }
    return error;
}

static enum target_result meaning_of(const struct s3_answer *answer)
{
    static const struct {
        const char *code; /* that of the error, or NULL: any */
        long status;      /* or 0: any */
        enum target_result result;
    } meanings[] = {
        { "NoSuchBucket", 0, TARGET_CHANGED },
        { "QuotaExceeded", 0, TARGET_FULL },
        { "XMinioStorageFull", 0, TARGET_FULL },
        { "SlowDown", 0, TARGET_UNREACHED },
        { "RequestTimeout", 0, TARGET_UNREACHED },
        { "BadDigest", 0, TARGET_UNREACHED }, /* it was spoilt on its way */
        { "XAmzContentSHA256Mismatch", 0, TARGET_UNREACHED },
        { "NotImplemented", 0, TARGET_REFUSED },
        { NULL, 401, TARGET_REFUSED },
        { NULL, 403, TARGET_REFUSED },
        { NULL, 404, TARGET_ABSENT },
        { NULL, 408, TARGET_UNREACHED },
        { NULL, 409, TARGET_UNREACHED }, /* somebody else puts or removes it at this moment */
        { NULL, 412, TARGET_EXISTS },
        { NULL, 429, TARGET_UNREACHED },
        { NULL, 501, TARGET_REFUSED },
        { NULL, 507, TARGET_FULL },
    };
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
        if ((!meanings[i].code || !strcmp(meanings[i].code, answer->error.code)) &&
            (!meanings[i].status || meanings[i].status == answer->status))
            return meanings[i].result;
    }
    switch (answer->status / 100) {
    case 2:
        return TARGET_DONE;
    case 3:
        return TARGET_CHANGED; /* sent elsewhere, where nobody pinned anything */
    case 5:
        return TARGET_UNREACHED;
    default:
        return TARGET_FAILED;
    }
}

static enum target_result ask(struct target *target, const struct s3_request *request, struct s3_answer *answer,
    const char *what, struct problem *problem)
{
    enum target_result result = s3_http(target, request, answer, problem);
    if (result)
        return result;
    if (answer->body.data)
        s3_xml_error(answer->body.data, answer->body.length, &answer->error);
    result = meaning_of(answer);
    if (result)
        problem_set(problem, target_result_word(result), target->conf.name, "cannot %s %s%s%s: %ld %s %s", what,
            target->conf.bucket, *request->key ? "/" : "", request->key, answer->status, answer->error.code,
            answer->error.message);
    return result;
}

/* Before anything is sent: is the bucket there, and does it still belong to the account that was pinned? */
static enum target_result check_bucket(struct target *target, struct problem *problem)
{
    struct s3 *s3 = target->at;
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_HEAD, .key = "", .query = "" };
    if (s3->bucket_checked)
        return TARGET_DONE;
    enum target_result result = ask(target, &request, &answer, "look at the bucket", problem);
    buf_free(&answer.body);
    /* A credential that may not list cannot be asked that, unless an owner is to be confirmed. */
    if (result == TARGET_REFUSED && !*target->conf.bucket_owner)
        result = TARGET_DONE;
    s3->bucket_checked = !result;
    if (result != TARGET_REFUSED && result != TARGET_ABSENT)
        return result;
    problem_set(problem, "changed", target->conf.name, "the bucket %s is gone, or not that of %s, or may not be listed",
        target->conf.bucket, *target->conf.bucket_owner ? target->conf.bucket_owner : "its owner");
    return TARGET_CHANGED;
}

enum target_result s3_ask(struct target *target, const struct s3_request *request, struct s3_answer *answer,
    const char *what, struct problem *problem)
{
    enum target_result result = check_bucket(target, problem);
    return result ? result : ask(target, request, answer, what, problem);
}
