#include "lib/target/rights.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/directory.h"
#include "lib/target/remove.h"
#include "lib/target/s3.h"
#include "lib/target/sftp.h"

#define PROBE "vedette1/probe/"

static const char first[] = "This object was put to see whether it can be replaced or removed.\n";
static const char second[] = "It could be replaced: this is what stands in its place.\n";

bool target_is_write_once(const struct target_rights *rights)
{
    return rights->replace == TARGET_MAY_NOT && rights->remove == TARGET_MAY_NOT;
}

static enum target_may replace_file(struct target *target, const char *name, struct problem *problem)
{
    const char *base;
    int folder;
    if (directory_enter(target, name, false, &folder, &base, problem))
        return TARGET_MAY_NOT;
    /* With and without giving ourselves the right first. */
    int fd = -1;
    if (!fchmodat(folder, base, 0640, 0) || !faccessat(folder, base, W_OK, 0))
        fd = openat(folder, base, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    bool may = fd >= 0 && write(fd, second, sizeof(second) - 1) > 0;
    if (fd >= 0)
        close(fd);
    close(folder);
    return may ? TARGET_MAY : TARGET_MAY_NOT;
}

static enum target_may replace_by_sftp(struct target *target, const char *name, struct problem *problem)
{
    struct sftp *sftp = target->at;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    LIBSSH2_SFTP_ATTRIBUTES mode = { .flags = LIBSSH2_SFTP_ATTR_PERMISSIONS, .permissions = 0640 };
    if (sftp_enter(target, problem))
        return TARGET_MAY_NOT;
    sftp_path(target, name, path);
    SFTP_ASK(target, libssh2_sftp_stat_ex(sftp->sftp, path, (unsigned)strlen(path), LIBSSH2_SFTP_SETSTAT, &mode));
    LIBSSH2_SFTP_HANDLE *handle =
        sftp_open(target, path, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_TRUNC, 0640, LIBSSH2_SFTP_OPENFILE);
    if (!handle)
        return TARGET_MAY_NOT;
    bool may = SFTP_ASK(target, libssh2_sftp_write(handle, second, sizeof(second) - 1)) > 0;
    sftp_close(target, handle);
    return may ? TARGET_MAY : TARGET_MAY_NOT;
}

static enum target_may replace_in_bucket(struct target *target, const char *name, struct problem *problem)
{
    bool versioned;
    struct iovec part = { (void *)second, sizeof(second) - 1 };
    if (s3_replace(target, name, &part, false, &versioned, problem))
        return TARGET_MAY_NOT;
    return versioned ? TARGET_MAY_HIDE : TARGET_MAY;
}

/* Our own look at what is there, before a put to S3, is not asked: only what the server keeps. */
static bool keeps_condition(struct target *target, const char *name)
{
    bool versioned;
    struct problem refused;
    struct iovec part = { (void *)first, sizeof(first) - 1 };
    enum target_result result = target->conf.kind == TARGET_S3
                                    ? s3_replace(target, name, &part, true, &versioned, &refused)
                                    : target_put(target, name, &part, 1, &refused);
    return result == TARGET_EXISTS;
}

static enum target_may try_replacing(struct target *target, const char *name)
{
    static enum target_may (*const replaces[])(struct target *, const char *name, struct problem *) = {
        [TARGET_DIRECTORY] = replace_file, [TARGET_SFTP] = replace_by_sftp, [TARGET_S3] = replace_in_bucket
    };
    struct problem refused;
    return replaces[target->conf.kind](target, name, &refused);
}

/* Deleting a name and deleting one version of it are two permissions. */
static enum target_may try_removing(struct target *target, const char *name, bool *ret_left)
{
    struct problem refused;
    struct target_object found;
    bool hidden = target->conf.kind == TARGET_S3 && !s3_hide(target, name, &refused) &&
                  target_find(target, name, &found, &refused) == TARGET_ABSENT;
    bool removed = !target_remove(target, name, &refused);
    *ret_left = !removed;
    return removed ? TARGET_MAY : hidden ? TARGET_MAY_HIDE : TARGET_MAY_NOT;
}

static int see(void *arg, const struct target_object *object)
{
    (void)arg, (void)object;
    return 1;
}

static int compare(void *arg, const void *data, size_t bytes)
{
    const char **at = arg;
    if (strlen(*at) < bytes || memcmp(*at, data, bytes))
        return -1;
    *at += bytes;
    return 0;
}

enum target_result target_rights(struct target *target, struct target_rights *ret, struct problem *problem)
{
    uint8_t random[16];
    char hex[HEX_BYTES(sizeof(random))];
    const char *rest = first;
    struct iovec part = { (void *)first, sizeof(first) - 1 };
    *ret = (struct target_rights){ .list = TARGET_ABSENT, .get = TARGET_ABSENT };
    crypto_random(random, sizeof(random));
    crypto_hex(random, sizeof(random), hex);
    snprintf(ret->probe, sizeof(ret->probe), PROBE "%s", hex);

    ret->put = target_put(target, ret->probe, &part, 1, problem);
    if (ret->put)
        return ret->put;
    ret->left = true;
    struct problem why;
    ret->if_absent = keeps_condition(target, ret->probe);
    ret->list = target_list(target, PROBE, see, NULL, &why);
    if (ret->list == TARGET_STOPPED)
        ret->list = TARGET_DONE; /* by us, when there was one */
    ret->get = target_get(target, ret->probe, 0, UINT64_MAX, compare, &rest, &why);
    if (!ret->get && *rest)
        ret->get = TARGET_FAILED;
    ret->replace = try_replacing(target, ret->probe);
    ret->remove = try_removing(target, ret->probe, &ret->left);
    /* What can be removed can be put anew. */
    if (ret->remove == TARGET_MAY)
        ret->replace = TARGET_MAY;
    return TARGET_DONE;
}
