#include "lib/target/remove.h"

#include <string.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/target/directory.h"
#include "lib/target/s3.h"
#include "lib/target/sftp.h"

static enum target_result remove_file(struct target *target, const char *name, struct problem *problem)
{
    const char *base;
    int folder;
    enum target_result result = directory_enter(target, name, false, &folder, &base, problem);
    if (result)
        return result;
    if (unlinkat(folder, base, 0) || fsync(folder))
        result = directory_error("remove", name, problem);
    close(folder);
    return result;
}

static enum target_result remove_by_sftp(struct target *target, const char *name, struct problem *problem)
{
    struct sftp *sftp = target->at;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    enum target_result result = sftp_enter(target, problem);
    if (result)
        return result;
    sftp_path(target, name, path);
    return SFTP_ASK(target, libssh2_sftp_unlink_ex(sftp->sftp, path, (unsigned)strlen(path)))
               ? sftp_error(target, "remove", name, problem)
               : TARGET_DONE;
}

static enum target_result remove_once(struct target *target, void *arg, struct problem *problem)
{
    static enum target_result (*const removes[])(struct target *, const char *name, struct problem *) = {
        [TARGET_DIRECTORY] = remove_file, [TARGET_SFTP] = remove_by_sftp, [TARGET_S3] = s3_remove
    };
    enum target_result result = removes[target->conf.kind](target, arg, problem);
    return result == TARGET_ABSENT ? TARGET_DONE : result;
}

enum target_result target_remove(struct target *target, const char *name, struct problem *problem)
{
    char copy[TARGET_NAME_BYTES];
    if (!target_is_name(name)) {
        problem_set(problem, "bad-name", "", "%.100s is no object's name", name);
        return TARGET_FAILED;
    }
    strcpy(copy, name);
    return tries(target, remove_once, copy, problem);
}
