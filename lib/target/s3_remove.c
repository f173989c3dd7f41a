/* Taking an object out of a bucket: every version of it, since a mere delete only hides it where there are versions. */
#include <stdio.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/s3.h"

#define ROUNDS_MAX 16 /* of a thousand versions each; what was put on condition has one */

struct removal {
    struct target *target;
    const char *key;
    unsigned removed;
    enum target_result result;
    struct problem *problem;
};

static int remove_version(void *arg, const struct s3_entry *entry)
{
    struct removal *removal = arg;
    char key[S3_TEXT_BYTES];
    struct buf query = { 0 };
    struct s3_answer answer = { 0 };
    snprintf(key, sizeof(key), "%s", entry->key);
    if (s3_decode(key) || strcmp(key, removal->key))
        return 0;
    struct s3_request request = { .method = S3_DELETE, .key = removal->key, .query = "" };
    if (*entry->version && !s3_query(&query, "versionId", entry->version))
        request.query = query.data;
    removal->result = s3_ask(removal->target, &request, &answer, "remove", removal->problem);
    removal->removed += !removal->result;
    buf_free(&answer.body);
    buf_free(&query);
    return removal->result;
}

/* Remove what the first page of versions shows. */
static enum target_result remove_page(struct removal *removal)
{
    struct buf query = { 0 };
    struct s3_answer answer = { 0 };
    struct s3_page page;
    enum target_result result = TARGET_FAILED;
    if (!s3_query(&query, "encoding-type", "url") && !s3_query(&query, "prefix", removal->key) &&
        !s3_query(&query, "versions", "")) {
        struct s3_request request = { .method = S3_GET, .key = "", .query = query.data };
        result = s3_ask(removal->target, &request, &answer, "list versions in", removal->problem);
    }
    if (!result) {
        const char *text = answer.body.data ? answer.body.data : "";
        int error = s3_xml_list(text, answer.body.length, remove_version, removal, &page);
        result = error == -2 ? removal->result : error ? TARGET_FAILED : TARGET_DONE;
        if (error == -1)
            problem_set(removal->problem, "bad-answer", removal->target->conf.name, "%s answered with no list",
                removal->target->conf.host);
    }
    buf_free(&answer.body);
    buf_free(&query);
    return result;
}

enum target_result s3_remove(struct target *target, const char *name, struct problem *problem)
{
    char key[S3_KEY_BYTES];
    struct removal removal = { .target = target, .key = key, .problem = problem };
    enum target_result result = TARGET_DONE;
    s3_key(target, name, key);
    for (unsigned round = 0; round < ROUNDS_MAX && !result; round++) {
        removal.removed = 0;
        result = remove_page(&removal);
        if (!result && !removal.removed)
            return TARGET_DONE;
    }
    return result;
}
