/* What a backup never does, and whoever holds its credential might: see rights.h. */
#include "lib/sha256.h"
#include "lib/target/s3.h"

/* One attempt at a time, as the other calls make theirs. */
struct trial {
    const struct s3_request *request;
    struct s3_answer *answer;
    const char *what;
};

static enum target_result once(struct target *target, void *arg, struct problem *problem)
{
    struct trial *trial = arg;
    buf_free(&trial->answer->body);
    *trial->answer = (struct s3_answer){ 0 };
    return s3_ask(target, trial->request, trial->answer, trial->what, problem);
}

enum target_result s3_replace(struct target *target, const char *name, const struct iovec *part, bool condition,
    bool *ret_versioned, struct problem *problem)
{
    char key[S3_KEY_BYTES];
    uint8_t hash[SHA256_BYTES];
    struct cargo cargo = { .parts = part, .n_parts = 1, .bytes = part->iov_len };
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_PUT, .key = key, .query = "", .cargo = &cargo, .hash = hash };
    struct sha256 state;
    s3_key(target, name, key);
    sha256_begin(&state);
    sha256_add(&state, part->iov_base, part->iov_len);
    sha256_end(&state, hash);
    if (condition)
        s3_header(&request, "if-none-match: *");
    enum target_result result = tries(target, once, &(struct trial){ &request, &answer, "replace" }, problem);
    buf_free(&answer.body);
    *ret_versioned = answer.versioned;
    return result;
}

enum target_result s3_hide(struct target *target, const char *name, struct problem *problem)
{
    char key[S3_KEY_BYTES];
    struct s3_answer answer = { 0 };
    struct s3_request request = { .method = S3_DELETE, .key = key, .query = "" };
    s3_key(target, name, key);
    enum target_result result = tries(target, once, &(struct trial){ &request, &answer, "hide" }, problem);
    buf_free(&answer.body);
    return result;
}
