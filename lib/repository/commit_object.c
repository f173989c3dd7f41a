#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/bulk.h"
#include "lib/problem.h"
#include "lib/repository/commit.h"

int commit_sign(const struct commit *commit, const struct envelope_key *key, struct buf *ret, struct problem *problem)
{
    struct buf text = { .limit_bytes = OBJECT_BYTES_MAX };
    int error = commit_text(commit, &text) ? problem_set(problem, "no-memory", "", "no memory for a commit")
                                           : envelope_statement_sign(key, text.data, text.length, ret, problem);
    buf_free(&text);
    return error;
}

int commit_read(const void *object, size_t bytes, struct commit *ret, char ret_signer[FINGERPRINT_HEX_BYTES],
    struct problem *problem)
{
    struct buf text = { .limit_bytes = OBJECT_BYTES_MAX };
    struct problem why;
    int error = envelope_statement_open(object, bytes, &text, ret_signer, &why) ||
                commit_parse(text.data, text.length, ret, &why);
    buf_free(&text);
    const char *code = error && problem_is(&why, "no-memory") ? why.code : "bad-commit";
    return error ? problem_set(problem, code, "", "%s", why.reason) : 0;
}

int commit_open(const void *object, size_t bytes, uint32_t agent, const char *backup, struct commit *ret,
    char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
    struct commit commit;
    if (commit_read(object, bytes, &commit, ret_signer, problem)) {
        if (problem)
            snprintf(problem->field, sizeof(problem->field), "%s", backup);
        return -1;
    }
    if (commit.agent != agent || strcmp(commit.backup, backup)) {
        commit_free(&commit);
        return problem_set(problem, "bad-commit", backup, "the commit belongs to another backup or agent");
    }
    *ret = commit;
    return 0;
}
