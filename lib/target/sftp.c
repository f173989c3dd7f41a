#include "lib/target/sftp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"

#define KEY_LIMIT_BYTES 16384 /* the largest RSA key takes 13 kB */
#define CLOSE_TRIES 64        /* what had come before the line was cut is read first */

unsigned long sftp_word(const struct sftp *sftp)
{
    return sftp->sftp && libssh2_session_last_errno(sftp->session) == LIBSSH2_ERROR_SFTP_PROTOCOL
               ? libssh2_sftp_last_error(sftp->sftp)
               : 0;
}

static enum target_result meaning_of(unsigned long word)
{
    switch (word) {
    case LIBSSH2_FX_NO_SUCH_FILE:
    case LIBSSH2_FX_NO_SUCH_PATH:
        return TARGET_ABSENT;
    case LIBSSH2_FX_PERMISSION_DENIED:
    case LIBSSH2_FX_WRITE_PROTECT:
    case LIBSSH2_FX_OP_UNSUPPORTED:
        return TARGET_REFUSED;
    case LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM:
    case LIBSSH2_FX_QUOTA_EXCEEDED:
        return TARGET_FULL;
    case LIBSSH2_FX_CONNECTION_LOST:
    case LIBSSH2_FX_NO_CONNECTION:
    case 0:
        return TARGET_UNREACHED;
    default:
        return TARGET_FAILED;
    }
}

enum target_result sftp_error(struct target *target, const char *doing, const char *name, struct problem *problem)
{
    struct sftp *sftp = target->at;
    unsigned long word = sftp_word(sftp);
    char *why = "the line was cut";
    if (sftp->session)
        libssh2_session_last_error(sftp->session, &why, NULL, 0);
    enum target_result result = meaning_of(word);
    problem_set(
        problem, target_result_word(result), target->conf.name, "cannot %s %s: %s (%lu)", doing, name, why, word);
    if (result != TARGET_UNREACHED)
        return result;
    sftp_break(sftp);
    enum target_result may = target_may_go_on(target);
    return may ? may : result;
}

void sftp_path(const struct target *target, const char *name, char ret[TARGET_PATH_BYTES + TARGET_NAME_BYTES])
{
    snprintf(ret, TARGET_PATH_BYTES + TARGET_NAME_BYTES, "%s/%s", target->conf.path, name);
}

LIBSSH2_SFTP_HANDLE *sftp_open(struct target *target, const char *path, unsigned long flags, long mode, int type)
{
    struct sftp *sftp = target->at;
    LIBSSH2_SFTP_HANDLE *handle;
    do
        handle = libssh2_sftp_open_ex(sftp->sftp, path, (unsigned)strlen(path), flags, mode, type);
    while (!handle && libssh2_session_last_errno(sftp->session) == LIBSSH2_ERROR_EAGAIN && sftp_wait(target));
    return handle;
}

int sftp_close(struct target *target, LIBSSH2_SFTP_HANDLE *handle)
{
    struct sftp *sftp = target->at;
    int answer = (int)SFTP_ASK(target, libssh2_sftp_close_handle(handle));
    /* It is freed only once it is over; on a line that is cut that takes no waiting. */
    if (answer == LIBSSH2_ERROR_EAGAIN) {
        sftp_break(sftp);
        for (int n = 0; n < CLOSE_TRIES && libssh2_sftp_close_handle(handle) == LIBSSH2_ERROR_EAGAIN; n++)
            ;
    }
    return answer;
}

static int open_sftp(struct target *target, struct problem *problem)
{
    struct sftp *sftp = calloc(1, sizeof(*sftp));
    if (!sftp || libssh2_init(0)) {
        free(sftp);
        return problem_set(problem, "no-memory", "", "cannot set up libssh2");
    }
    sftp->fd = -1;
    target->at = sftp;
    if (!file_read_secret(target->conf.credentials, KEY_LIMIT_BYTES, &sftp->key, &sftp->key_bytes, problem))
        return 0;
    libssh2_exit();
    free(sftp);
    return -1;
}

static void close_sftp(struct target *target)
{
    struct sftp *sftp = target->at;
    sftp_hang_up(target);
    libssh2_exit();
    crypto_forget(sftp->key, sftp->key_bytes);
    free(sftp->key);
    free(sftp);
}

static enum target_result find(
    struct target *target, const char *name, struct target_object *ret, struct problem *problem)
{
    struct sftp *sftp = target->at;
    LIBSSH2_SFTP_ATTRIBUTES found;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    enum target_result result = sftp_enter(target, problem);
    if (result)
        return result;
    sftp_path(target, name, path);
    if (SFTP_ASK(target, libssh2_sftp_stat_ex(sftp->sftp, path, (unsigned)strlen(path), LIBSSH2_SFTP_LSTAT, &found)))
        return sftp_error(target, "look at", name, problem);
    if (!(found.flags & LIBSSH2_SFTP_ATTR_SIZE) || !(found.flags & LIBSSH2_SFTP_ATTR_PERMISSIONS) ||
        !LIBSSH2_SFTP_S_ISREG(found.permissions)) {
        problem_set(problem, "target", name, "%s is not a file", name);
        return TARGET_FAILED;
    }
    ret->bytes = found.filesize;
    ret->modified_s = found.flags & LIBSSH2_SFTP_ATTR_ACMODTIME ? (int64_t)found.mtime : 0;
    return TARGET_DONE;
}

static enum target_result get(
    struct target *target, const char *name, struct fetching *fetching, struct problem *problem)
{
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    enum target_result result = sftp_enter(target, problem);
    if (result)
        return result;
    sftp_path(target, name, path);
    char *piece = malloc(TARGET_PIECE_BYTES);
    if (!piece) {
        problem_set(problem, "no-memory", "", "no memory");
        return TARGET_FAILED;
    }
    LIBSSH2_SFTP_HANDLE *handle = sftp_open(target, path, LIBSSH2_FXF_READ, 0, LIBSSH2_SFTP_OPENFILE);
    if (!handle) {
        free(piece);
        return sftp_error(target, "open", name, problem);
    }
    libssh2_sftp_seek64(handle, fetching->from);
    while (!result && fetching->left) {
        ssize_t count = SFTP_ASK(target, libssh2_sftp_read(handle, piece, TARGET_PIECE_BYTES));
        if (!count)
            break;
        result = count < 0 ? sftp_error(target, "read", name, problem)
                           : fetching_give(target, fetching, piece, (size_t)count);
    }
    free(piece);
    /* Stopped in the middle: answers are on their way that nobody wants. */
    if (result)
        sftp_break(target->at);
    sftp_close(target, handle);
    return result;
}

const struct transport transport_sftp = { sftp_put, get, find, sftp_list, open_sftp, sftp_hang_up, close_sftp };
