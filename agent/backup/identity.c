#include "agent/backup/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state.h"
#include "lib/files.h"
#include "lib/problem.h"

#define CHUNK_KEY_FILE "backup.key"

static int go(const char *folder, struct problem *problem)
{
    return chdir(folder) ? problem_errno(problem, "file", folder, "cannot enter %s", folder) : 0;
}

static int read_state(struct backup_identity *ret, struct problem *problem)
{
    struct identity identity;
    if (identity_load(&identity, problem))
        return -1;
    ret->agent = identity.agent;
    ret->sign = envelope_key_load(SIGN_KEY_FILE, problem);
    return ret->sign ? 0 : -1;
}

/* With no more rights than the directory's owner has, who may have put links there. */
static int take_state(const char *directory, struct backup_identity *ret, struct problem *problem)
{
    struct stat status;
    uid_t we = geteuid();
    if (go(directory, problem))
        return -1;
    if (stat(".", &status) || (!we && seteuid(status.st_uid)))
        return problem_errno(problem, "file", directory, "cannot read %s", directory);
    int error = read_state(ret, problem);
    if (!we && seteuid(we))
        return problem_errno(problem, "file", directory, "cannot be root again");
    return error;
}

/* Made at the first backup. Without it nothing is known again, and everything is stored anew. */
static int take_chunk_key(struct backup_identity *ret, struct problem *problem)
{
    char *data;
    size_t bytes;
    if (!file_absent(CHUNK_KEY_FILE)) {
        if (file_read_secret(CHUNK_KEY_FILE, sizeof(ret->chunk_key), &data, &bytes, problem))
            return -1;
        bool good = bytes == sizeof(ret->chunk_key);
        if (good)
            memcpy(ret->chunk_key, data, sizeof(ret->chunk_key));
        crypto_forget(data, bytes);
        free(data);
        return good ? 0 : problem_set(problem, "bad-state", CHUNK_KEY_FILE, CHUNK_KEY_FILE " is no key: remove it");
    }
    crypto_random(ret->chunk_key, sizeof(ret->chunk_key));
    return file_write(CHUNK_KEY_FILE, ret->chunk_key, sizeof(ret->chunk_key), 0400, problem);
}

static int add_recipient(const char *path, struct backup_identity *ret, struct problem *problem)
{
    if (ret->n_recipients == BULK_RECIPIENTS_MAX)
        return problem_set(problem, "usage", "recovery", "a target has at most %d recipients", BULK_RECIPIENTS_MAX);
    struct envelope_key *key = envelope_key_public_load(path, problem);
    if (key)
        ret->recipients[ret->n_recipients++] = key;
    return key ? 0 : -1;
}

static int take_recipients(const struct target_conf *conf, struct backup_identity *ret, struct problem *problem)
{
    for (unsigned i = 0; i < conf->recoveries; i++) {
        if (add_recipient(conf->recovery[i], ret, problem))
            return -1;
    }
    if (conf->restore_service[0] && add_recipient(conf->restore_service, ret, problem))
        return -1;
    return ret->n_recipients ? 0
                             : problem_set(problem, "usage", "recovery", "the target names nobody who could restore");
}

int identity_open(const struct backup_options *options, const struct target_conf *conf, struct backup_identity *ret,
    struct problem *problem)
{
    *ret = (struct backup_identity){ 0 };
    int error = take_recipients(conf, ret, problem) || take_state(options->state, ret, problem) ||
                go(options->home, problem) || take_chunk_key(ret, problem);
    if (error)
        identity_close(ret);
    return error ? -1 : 0;
}

void identity_close(struct backup_identity *identity)
{
    envelope_key_free(identity->sign);
    for (size_t i = 0; i < identity->n_recipients; i++)
        envelope_key_free(identity->recipients[i]);
    crypto_forget(identity, sizeof(*identity));
}
