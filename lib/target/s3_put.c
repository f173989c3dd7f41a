/* Putting into a bucket: looked for first, and put on the condition that there is none. */
#include <time.h>

#include "lib/problem.h"
#include "lib/sha256.h"
#include "lib/target/s3.h"

#define DAY_S 86400

/* A put is believed when it came from an object server, and the object is there with its size: there are 200s on the
 * way that mean nothing. A credential that may not look cannot be asked that. */
static enum target_result confirm(
    struct target *target, const char *name, const struct cargo *cargo, bool tagged, struct problem *problem)
{
    struct target_object found = { 0 };
    enum target_result result = s3_find(target, name, &found, problem);
    if (result == TARGET_REFUSED && tagged)
        return TARGET_DONE;
    if (result != TARGET_ABSENT && (result || (found.bytes == cargo->bytes && tagged)))
        return result;
    problem_set(problem, "bad-answer", target->conf.name, "%s took %s, but does not have it", target->conf.host, name);
    return TARGET_UNREACHED;
}

/* What stands under the name. ABSENT: nothing, or this credential may not look. */
static enum target_result look(
    struct target *target, const char *name, const struct cargo *cargo, struct problem *problem)
{
    struct target_object found = { 0 };
    enum target_result result = s3_find(target, name, &found, problem);
    if (result)
        return result == TARGET_REFUSED ? TARGET_ABSENT : result;
    bool same = found.bytes == cargo->bytes;
    problem_set(
        problem, same ? "exists" : "broken", name, same ? "%s is there" : "%s is there, and something else", name);
    return same ? TARGET_EXISTS : TARGET_BROKEN;
}

static void add_lock(const struct target *target, struct s3_request *request)
{
    char until[32];
    struct tm utc;
    time_t end = time(NULL) + (time_t)target->conf.lock_days * DAY_S;
    if (!target->conf.lock_days)
        return;
    strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &utc));
    s3_header(request, "x-amz-object-lock-mode: COMPLIANCE");
    s3_header(request, "x-amz-object-lock-retain-until-date: %s", until);
}

static void hash_cargo(const struct cargo *cargo, uint8_t ret[SHA256_BYTES])
{
    struct sha256 hash;
    sha256_begin(&hash);
    for (size_t i = 0; i < cargo->n_parts; i++)
        sha256_add(&hash, cargo->parts[i].iov_base, cargo->parts[i].iov_len);
    sha256_end(&hash, ret);
}

/* Put on the condition that nothing is there. */
static enum target_result put(
    struct target *target, const char *name, struct cargo *cargo, bool *ret_tagged, struct problem *problem)
{
    char key[S3_KEY_BYTES], base64[BASE64_BYTES(SHA256_BYTES)];
    uint8_t hash[SHA256_BYTES];
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_PUT, .key = key, .query = "", .cargo = cargo, .hash = hash };
    s3_key(target, name, key);
    hash_cargo(cargo, hash);
    crypto_base64(hash, sizeof(hash), base64);
    s3_header(&request, "content-type: application/octet-stream");
    s3_header(&request, "if-none-match: *");
    /* Buckets with Object Lock demand a checksum; to all others it tells what was spoilt on its way. */
    s3_header(&request, "x-amz-checksum-sha256: %s", base64);
    s3_header(&request, "x-amz-sdk-checksum-algorithm: SHA256");
    add_lock(target, &request);
    enum target_result result = s3_ask(target, &request, &answer, "put", problem);
    buf_free(&answer.body);
    *ret_tagged = answer.tagged;
    return result;
}

enum target_result s3_put(struct target *target, const char *name, struct cargo *cargo, struct problem *problem)
{
    bool tagged;
    /* There are servers that do not keep the condition in a bucket with versions (Ceph 16); and what was put, of which
     * the answer was lost, need not be sent again to learn that. */
    enum target_result result = look(target, name, cargo, problem);
    if (result != TARGET_ABSENT)
        return result;
    result = put(target, name, cargo, &tagged, problem);
    if (!result)
        return confirm(target, name, cargo, tagged, problem);
    if (result != TARGET_EXISTS)
        return result;
    result = look(target, name, cargo, problem);
    return result == TARGET_ABSENT ? TARGET_EXISTS : result;
}
