#include "agent/work/runs/account.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"

#define ENTRY_BYTES 4096 /* of a line in passwd; beyond it the user is not found */

int account_find(const char *name, struct account *ret, struct problem *problem)
{
    struct passwd entry, *found;
    struct account account = { 0 };
    char texts[ENTRY_BYTES];
    int groups = ACCOUNT_GROUPS;
    if (getpwnam_r(name, &entry, texts, sizeof(texts), &found) || !found || strlen(name) >= sizeof(account.name) ||
        strlen(entry.pw_dir) >= sizeof(account.home))
        return problem_set(problem, "no-user", "user", "this machine has no user %.40s", name);
    strcpy(account.name, name);
    strcpy(account.home, entry.pw_dir);
    account.uid = entry.pw_uid;
    account.gid = entry.pw_gid;
    /* -1: there are more, of which it gave as many as there is room for. */
    if (getgrouplist(name, entry.pw_gid, account.groups, &groups) < 0)
        groups = ACCOUNT_GROUPS;
    account.n_groups = (size_t)groups;
    *ret = account;
    return 0;
}

int account_become(const struct account *account)
{
    if (geteuid() == account->uid && geteuid() != 0)
        return 0;
    return setgroups(account->n_groups, account->groups) || setresgid(account->gid, account->gid, account->gid) ||
                   setresuid(account->uid, account->uid, account->uid)
               ? -1
               : 0;
}
