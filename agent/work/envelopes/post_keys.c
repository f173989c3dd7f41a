#include "agent/work/envelopes/post_keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/state.h"
#include "agent/work/place.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

#define PREFIX_DIGITS 16
#define SIGN_END ".sign"
#define SEAL_END ".seal"
#define MAIL_LIFE_MS (INT64_C(100) * 86400000) /* no envelope waits longer at the server */
#define KNOWN_FROM 3 /* the pair before this one was known everywhere when this one was made */

static const char *path_of(
    const struct post_keys *keys, const char *time, const char *end, char ret[POST_KEY_PATH_BYTES])
{
    snprintf(ret, POST_KEY_PATH_BYTES, KEYS_DIR "/%s%s%s", keys->prefix, time, end);
    return ret;
}

static int load_pair(const char *sign, const char *seal, struct post_pair *ret, struct problem *problem)
{
    ret->sign = envelope_key_load(sign, problem);
    ret->seal = ret->sign ? envelope_key_load(seal, problem) : NULL;
    if (ret->seal)
        return 0;
    envelope_key_free(ret->sign);
    return -1;
}

static int load_enrolled(int state, struct post_keys *keys, struct problem *problem)
{
    int home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
    if (home < 0 || fchdir(state))
        error = problem_errno(problem, "bad-state", "", "cannot enter the state directory");
    else
        error = load_pair(SIGN_KEY_FILE, SEAL_KEY_FILE, &keys->pairs[0], problem);
    if (home < 0)
        return -1;
    if (fchdir(home))
        abort(); /* everything else is done there */
    close(home);
    keys->n = !error;
    return error;
}

static int load_made(struct post_keys *keys, const char *time, struct problem *problem)
{
    char sign[POST_KEY_PATH_BYTES], seal[POST_KEY_PATH_BYTES];
    struct post_pair *pair = &keys->pairs[keys->n];
    if (keys->n == POST_PAIRS_MAX)
        return problem_set(
            problem, "too-many", KEYS_DIR, "%s holds more than %d pairs of keys", KEYS_DIR, POST_PAIRS_MAX);
    if (load_pair(path_of(keys, time, SIGN_END, sign), path_of(keys, time, SEAL_END, seal), pair, problem))
        return -1;
    strcpy(pair->time, time);
    keys->n++;
    return 0;
}

/* The time in the name of a signing key of ours; false: it is something else. */
static bool is_ours(const struct post_keys *keys, const char *name, char ret_time[POST_TIME_BYTES])
{
    size_t prefix = strlen(keys->prefix);
    if (strncmp(name, keys->prefix, prefix) || strspn(name + prefix, "0123456789") != POST_TIME_DIGITS ||
        strcmp(name + prefix + POST_TIME_DIGITS, SIGN_END))
        return false;
    snprintf(ret_time, POST_TIME_BYTES, "%.*s", POST_TIME_DIGITS, name + prefix);
    return true;
}

/* Sorted by name, which is by age. */
static int load_all(struct post_keys *keys, struct problem *problem)
{
    struct dirent **names;
    char time[POST_TIME_BYTES];
    int n = scandir(KEYS_DIR, &names, NULL, alphasort), error = 0;
    if (n < 0)
        return problem_errno(problem, "bad-state", KEYS_DIR, "cannot read %s", KEYS_DIR);
    for (int i = 0; i < n; i++) {
        if (!error && is_ours(keys, names[i]->d_name, time))
            error = load_made(keys, time, problem);
        free(names[i]);
    }
    free(names);
    return error;
}

static void list_own(struct post_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        keys->own[i] = keys->pairs[keys->n - 1 - i].seal;
}

int post_keys_load(int state, const char *deployment, struct post_keys *ret, struct problem *problem)
{
    struct post_keys keys = { 0 };
    if (load_enrolled(state, &keys, problem))
        return -1;
    snprintf(keys.prefix, sizeof(keys.prefix), "%.*s-%.*s-", PREFIX_DIGITS, deployment, PREFIX_DIGITS,
        envelope_key_fingerprint(keys.pairs[0].sign));
    if (load_all(&keys, problem)) {
        post_keys_free(&keys);
        return -1;
    }
    list_own(&keys);
    *ret = keys;
    return 0;
}

static void free_pair(struct post_pair *pair)
{
    envelope_key_free(pair->sign);
    envelope_key_free(pair->seal);
}

void post_keys_free(struct post_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        free_pair(&keys->pairs[i]);
    *keys = (struct post_keys){ 0 };
}

const struct post_pair *post_keys_find(const struct post_keys *keys, const char *fingerprint)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (!strcmp(envelope_key_fingerprint(keys->pairs[i].sign), fingerprint))
            return &keys->pairs[i];
    }
    return NULL;
}

const struct post_pair *post_keys_newest(const struct post_keys *keys)
{
    return &keys->pairs[keys->n - 1];
}

bool post_pair_is_enrolled(const struct post_pair *pair)
{
    return !*pair->time;
}

const char *post_keys_seal_path(
    const struct post_keys *keys, const struct post_pair *pair, char ret[POST_KEY_PATH_BYTES])
{
    if (!post_pair_is_enrolled(pair))
        return path_of(keys, pair->time, SEAL_END, ret);
    strcpy(ret, SEAL_KEY_FILE);
    return ret;
}

/* What was sealed for it was sealed before the pair after it was known, and so before the next one was made. */
static int drop_oldest(struct post_keys *keys, int64_t wall_ms, struct problem *problem)
{
    char path[POST_KEY_PATH_BYTES];
    const char *time = keys->pairs[1].time;
    if (strtoll(keys->pairs[KNOWN_FROM].time, NULL, 10) + MAIL_LIFE_MS > wall_ms)
        return problem_set(problem, "too-soon", "",
            "%d pairs of keys are kept, and mail may be under way that only the oldest opens", POST_PAIRS_MAX);
    unlink(path_of(keys, time, SIGN_END, path));
    unlink(path_of(keys, time, SEAL_END, path));
    free_pair(&keys->pairs[1]);
    keys->n--;
    memmove(&keys->pairs[1], &keys->pairs[2], (keys->n - 1) * sizeof(*keys->pairs));
    return 0;
}

static int make(const char *path, struct problem *problem)
{
    struct buf pem = { 0 };
    int error =
        envelope_key_make(ENVELOPE_KEY_P256, &pem, problem) || file_write(path, pem.data, pem.length, 0400, problem)
            ? -1
            : 0;
    if (pem.data)
        crypto_forget(pem.data, pem.length);
    buf_free(&pem);
    return error;
}

int post_keys_make(struct post_keys *keys, int64_t wall_ms, struct problem *problem)
{
    char time[POST_TIME_BYTES], path[POST_KEY_PATH_BYTES];
    const char *newest = post_keys_newest(keys)->time;
    snprintf(time, sizeof(time), "%0*lld", POST_TIME_DIGITS, (long long)wall_ms);
    if (wall_ms < 0 || strcmp(time, newest) <= 0)
        return problem_set(problem, "bad-clock", "",
            "the newest keys are from %s ms, and this machine's clock is before that", newest);
    if (keys->n == POST_PAIRS_MAX && drop_oldest(keys, wall_ms, problem))
        return -1;
    /* The signing key last: where it is, there is a pair. */
    if (make(path_of(keys, time, SEAL_END, path), problem) || make(path_of(keys, time, SIGN_END, path), problem) ||
        load_made(keys, time, problem))
        return -1;
    list_own(keys);
    return 0;
}
