#include "lib/sandbox/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/sandbox/parts.h"

static int find_user(const char *user, uid_t *ret_uid, gid_t *ret_gid, struct problem *problem)
{
    errno = 0;
    const struct passwd *found = getpwnam(user);
    if (found == NULL && errno != 0)
        return problem_errno(problem, "no-user", "user", "cannot look up user %s", user);
    if (found == NULL)
        return problem_set(problem, "no-user", "user", "there is no user %s on this machine", user);
    if (found->pw_uid == 0)
        return problem_set(problem, "no-user", "user", "user %s is root: nothing would be given up", user);
    *ret_uid = found->pw_uid;
    *ret_gid = found->pw_gid;
    return 0;
}

/* The kernel must refuse the way back, or a bug here would go unnoticed for years. */
static bool is_for_good(uid_t uid, gid_t gid)
{
    uid_t real_uid, effective_uid, saved_uid;
    gid_t real_gid, effective_gid, saved_gid;
    if (getresuid(&real_uid, &effective_uid, &saved_uid) != 0 || getresgid(&real_gid, &effective_gid, &saved_gid) != 0)
        return false;
    return real_uid == uid && effective_uid == uid && saved_uid == uid && real_gid == gid && effective_gid == gid &&
           saved_gid == gid && setuid(0) != 0 && setgid(0) != 0;
}

int sandbox_become(const char *user, struct problem *problem)
{
    if (user == NULL || *user == '\0')
        return 0;
    uid_t uid = (uid_t)-1;
    gid_t gid = (gid_t)-1;
    if (find_user(user, &uid, &gid, problem) != 0)
        return -1;
    if (geteuid() == 0) {
        /* Only the user's own group: by others (docker, disk, adm) a service would have more than it was given. */
        if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
            return problem_errno(problem, "no-user", "user", "cannot become %s", user);
    } else if (geteuid() != uid) {
        return problem_set(problem, "no-user", "user", "only root can become %s; leave the user setting empty", user);
    }
    if (!is_for_good(uid, gid))
        return problem_set(problem, "no-user", "user", "became %s, but could return: refusing to go on", user);
    return 0;
}

int sandbox_confine(const struct sandbox *sandbox, struct problem *problem)
{
    const struct rlimit none = { 0, 0 };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return problem_errno(problem, "sandbox", "no_new_privs", "cannot set no_new_privs");
    /* A core file would hold keys. Not dumpable also keeps other processes of the same user out of /proc/PID/mem. */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return problem_errno(problem, "sandbox", "core", "cannot forbid core dumps");
    if (sandbox_files(sandbox, problem) != 0)
        return -1;
    return sandbox_calls(sandbox, problem);
}
