/* The objects of an SFTP target, folder by folder: one open folder a level is all that it keeps. */
#include <string.h>

#include "lib/target/sftp.h"
#include "lib/target/walk.h"

#define ENTRY_BYTES 1024 /* no file system knows names of more than 255 */

static enum target_result walk_folder(struct walk *, size_t length, struct problem *);

static enum target_result walk_entry(
    struct walk *walk, const char *base, const LIBSSH2_SFTP_ATTRIBUTES *found, size_t length, struct problem *problem)
{
    const unsigned long needed = LIBSSH2_SFTP_ATTR_SIZE | LIBSSH2_SFTP_ATTR_PERMISSIONS | LIBSSH2_SFTP_ATTR_ACMODTIME;
    if (!walk_look(walk, length, base) || (found->flags & needed) != needed)
        return TARGET_DONE;
    if (LIBSSH2_SFTP_S_ISREG(found->permissions))
        return walk_tell(walk, found->filesize, (int64_t)found->mtime);
    size_t deeper = LIBSSH2_SFTP_S_ISDIR(found->permissions) ? walk_enter(walk) : 0;
    return deeper ? walk_folder(walk, deeper, problem) : TARGET_DONE;
}

/* The folder of the first length characters of the name. */
static enum target_result walk_folder(struct walk *walk, size_t length, struct problem *problem)
{
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES], base[ENTRY_BYTES];
    LIBSSH2_SFTP_ATTRIBUTES found;
    ssize_t count = 0;
    sftp_path(walk->target, walk->name, path);
    LIBSSH2_SFTP_HANDLE *handle = sftp_open(walk->target, path, 0, 0, LIBSSH2_SFTP_OPENDIR);
    if (!handle)
        return sftp_error(walk->target, "read the folder", walk->name, problem);
    enum target_result result = TARGET_DONE;
    while (!result) {
        count = SFTP_ASK(walk->target, libssh2_sftp_readdir_ex(handle, base, sizeof(base), NULL, 0, &found));
        if (count <= 0)
            break;
        base[count < (ssize_t)sizeof(base) ? count : (ssize_t)sizeof(base) - 1] = '\0';
        result = walk_entry(walk, base, &found, length, problem);
    }
    if (!result && count < 0)
        result = sftp_error(walk->target, "read the folder", walk->folder, problem);
    sftp_close(walk->target, handle);
    return result;
}

static enum target_result list_once(struct target *target, void *arg, struct problem *problem)
{
    struct walk *walk = arg;
    struct sftp *sftp = target->at;
    enum target_result result = sftp_enter(target, problem);
    if (result)
        return result;
    strcpy(walk->name, walk->folder);
    LIBSSH2_SFTP_ATTRIBUTES found;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    sftp_path(target, walk->folder, path);
    /* A folder that is not there has no objects; a target that is not there is another matter. */
    if (*walk->folder &&
        SFTP_ASK(target, libssh2_sftp_stat_ex(sftp->sftp, path, (unsigned)strlen(path), LIBSSH2_SFTP_LSTAT, &found))) {
        result = sftp_error(target, "look at", walk->folder, problem);
        return result == TARGET_ABSENT ? TARGET_DONE : result;
    }
    return walk_folder(walk, strlen(walk->name), problem);
}

enum target_result sftp_list(
    struct target *target, const char *folder, target_lister lister, void *arg, struct problem *problem)
{
    struct walk walk = { target, lister, arg, folder, "" };
    return tries(target, list_once, &walk, problem);
}
