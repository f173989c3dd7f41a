#include "cli/keyserver/commits.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

void commits_free(struct commits *commits)
{
    for (size_t i = 0; i < COMMITS_MAX; i++)
        buf_free(&commits->all[i].object);
}

/* This agent's, or the place of the one that was used least lately. */
static struct commits_one *place_for(struct commits *commits, const char *agent)
{
    struct commits_one *oldest = &commits->all[0];
    for (size_t i = 0; i < COMMITS_MAX; i++) {
        struct commits_one *one = &commits->all[i];
        if (!strcmp(one->agent, agent))
            return one;
        if (one->used < oldest->used)
            oldest = one;
    }
    return oldest;
}

static void begin(struct commits_one *one, const char *agent, const struct envelope_keys_commit *piece)
{
    buf_free(&one->object);
    *one = (struct commits_one){ .bytes = piece->commit_bytes, .object.limit_bytes = piece->commit_bytes + 1 };
    memcpy(one->agent, agent, sizeof(one->agent));
    memcpy(one->sha256, piece->commit_sha256, sizeof(one->sha256));
}

static int append(struct commits_one *one, const char *text)
{
    size_t length = strlen(text), bytes;
    uint8_t *data = malloc(length + 1);
    int error = !data || crypto_unbase64(text, length, data, length, &bytes) || !bytes ||
                bytes > one->bytes - one->object.length || buf_append(&one->object, data, bytes);
    free(data);
    return error ? -1 : 0;
}

int commits_add(
    struct commits *commits, const char *agent, const struct envelope_keys_commit *piece, struct problem *problem)
{
    struct commits_one *one = place_for(commits, agent);
    if (!piece->offset)
        begin(one, agent, piece);
    one->used = ++commits->turn;
    if (strcmp(one->agent, agent) || strcmp(one->sha256, piece->commit_sha256) || one->bytes != piece->commit_bytes ||
        one->object.length != piece->offset || append(one, piece->data))
        return problem_set(problem, "bad-commit", "offset", "the piece does not follow those that came before");
    return 0;
}

const struct buf *commits_find(struct commits *commits, const char *agent, const char *sha256)
{
    struct commits_one *one = place_for(commits, agent);
    if (strcmp(one->agent, agent) || strcmp(one->sha256, sha256) || one->object.length != one->bytes)
        return NULL;
    one->used = ++commits->turn;
    return &one->object;
}
