/* A user of this machine, as far as somebody who becomes it must know. */
#ifndef VEDETTE_AGENT_WORK_ACCOUNT_H
#define VEDETTE_AGENT_WORK_ACCOUNT_H

#include <stddef.h>
#include <sys/types.h>

struct problem;

#define ACCOUNT_NAME_BYTES 33
#define ACCOUNT_GROUPS 64 /* more are left out: a task does not need them, and NFS takes 16 */

struct account {
    char name[ACCOUNT_NAME_BYTES], home[256];
    uid_t uid;
    gid_t gid;
    size_t n_groups;
    gid_t groups[ACCOUNT_GROUPS];
};

/* -1 + problem "no-user" if there is none of that name. */
int account_find(const char *name, struct account *ret, struct problem *);
/* For the rest of this process's life. Only root can become another user. 0, or -1 and errno. */
int account_become(const struct account *);

#endif
