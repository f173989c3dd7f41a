#include "offsite/copy/spool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/target/target.h"

void spool_folder(enum server_set set, const char *target, char ret[SPOOL_FOLDER_BYTES])
{
    snprintf(ret, SPOOL_FOLDER_BYTES, SERVER_COPIES "/%s/%s", server_set_words[set], target);
}

int spool_open(enum server_set set, const struct target_confs *confs, struct spool *ret, struct problem *problem)
{
    *ret = (struct spool){ .set = set };
    for (unsigned i = 0; i < confs->n; i++) {
        struct target_conf conf = { .kind = TARGET_DIRECTORY };
        spool_folder(set, confs->all[i].name, ret->folders[i]);
        strcpy(conf.path, ret->folders[i]);
        ret->targets[i] = target_open(&conf, &(struct target_manner){ 0 }, problem);
        if (!ret->targets[i]) {
            spool_close(ret);
            return -1;
        }
        ret->n++;
    }
    return 0;
}

void spool_close(struct spool *spool)
{
    while (spool->n)
        target_close(spool->targets[--spool->n]);
}

int spool_put(struct spool *spool, const char *name, const struct iovec *parts, size_t n, struct problem *problem)
{
    for (unsigned i = 0; i < spool->n; i++) {
        enum target_result result = target_put(spool->targets[i], name, parts, n, problem);
        if (result != TARGET_DONE && result != TARGET_EXISTS)
            return -1;
    }
    return 0;
}

bool spool_wants_anew(const struct spool *spool)
{
    bool wanted = false;
    for (unsigned i = 0; i < spool->n; i++) {
        char path[SPOOL_FOLDER_BYTES + 8];
        snprintf(path, sizeof(path), "%s/" SPOOL_ANEW, spool->folders[i]);
        wanted |= !unlink(path);
    }
    return wanted;
}
