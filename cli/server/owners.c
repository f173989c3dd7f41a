#include "cli/server/owners.h"

#include <ftw.h>
#include <unistd.h>

#include "cli/init/init.h"

#define FOLDERS_OPEN 16

/* nftw has no argument of its own. */
static struct owner giving;

static int give_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)where;
    return kind == FTW_NS || lchown(path, giving.uid, giving.gid);
}

static int give(const char *folder, const struct owner *owner, struct problem *problem)
{
    giving = *owner;
    if (access(folder, F_OK))
        return 0;
    return nftw(folder, give_one, FOLDERS_OPEN, FTW_PHYS)
               ? problem_errno(problem, "file", folder, "cannot give %s to its user", folder)
               : 0;
}

int owners_give(struct problem *problem)
{
    struct layout layout;
    if (geteuid())
        return 0;
    if (init_conf(NULL, 0, &layout, problem))
        return -1;
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (give(folder_names[i], &layout.owners[i], problem))
            return -1;
    }
    const struct owner log = { layout.owners[FOLDER_AUDIT].uid, layout.owners[FOLDER_PORTAL].gid };
    return give("checkpoints", &layout.owners[FOLDER_AUDIT], problem) || give("log", &log, problem) ? -1 : 0;
}
