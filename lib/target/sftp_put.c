/*
 * Putting by SFTP. There is no rename that could be allowed without allowing to move old objects away, so that an
 * object is written under its name: created only if there is none, and by a cut left shorter than it should be. Where
 * the server lets us we finish what we ourselves began; on a write-once server nobody can, and the caller is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/sftp.h"

#define FOLDER_MODE 0750
#define OBJECT_MODE 0640       /* a write-once server makes 0440 of it */
#define AHEAD_BYTES (4u << 20) /* on its way at a time: 320 Mbit/s at 100 ms */

/* The folders above, each that is missing. Whether there was one to make. */
static bool make_folders(struct target *target, const char *name)
{
    struct sftp *sftp = target->at;
    bool made = false;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        char folder[TARGET_NAME_BYTES], path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        sftp_path(target, folder, path);
        made |= !SFTP_ASK(target, libssh2_sftp_mkdir_ex(sftp->sftp, path, (unsigned)strlen(path), FOLDER_MODE));
    }
    return made;
}

/* A server tells no more than "failure" when its disk is full. */
static enum target_result full_or(struct target *target, enum target_result otherwise, struct problem *problem)
{
    struct sftp *sftp = target->at;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    sftp_path(target, "", path);
    LIBSSH2_SFTP_STATVFS room;
    if (otherwise != TARGET_FAILED || SFTP_ASK(target, libssh2_sftp_statvfs(sftp->sftp, path, strlen(path), &room)) ||
        (room.f_bavail * room.f_frsize >= TARGET_OBJECT_BYTES_MAX && room.f_favail))
        return otherwise;
    problem_set(problem, "full", target->conf.name, "there is no room left on %s", target->conf.host);
    return TARGET_FULL;
}

/* What stands under the name already, and how long it is. ABSENT: nothing does, and creating failed for another
 * reason. */
static enum target_result there_is_one(
    struct target *target, const char *name, const struct cargo *cargo, uint64_t *ret_bytes, struct problem *problem)
{
    struct target_object found = { .bytes = UINT64_MAX }; /* no file at all */
    struct problem looked;
    enum target_result result = target->transport->find(target, name, &found, &looked);
    if (result == TARGET_UNREACHED || result == TARGET_STOPPED) {
        *problem = looked;
        return result;
    }
    if (result == TARGET_ABSENT || result == TARGET_REFUSED)
        return TARGET_ABSENT;
    if (!result && found.bytes == cargo->bytes) {
        problem_set(problem, "exists", name, "%s is there", name);
        return TARGET_EXISTS;
    }
    *ret_bytes = found.bytes;
    problem_set(problem, "broken", name, "%s is there, but does not have our %zu bytes, and cannot be replaced", name,
        cargo->bytes);
    return TARGET_BROKEN;
}

/* Created, or opened again if an earlier attempt of this very call had begun it. */
static enum target_result create(struct target *target, const char *name, const char *path, struct cargo *cargo,
    LIBSSH2_SFTP_HANDLE **ret, struct problem *problem)
{
    const unsigned long flags = LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL;
    bool asked = cargo->asked;
    cargo->asked = true;
    *ret = sftp_open(target, path, flags, OBJECT_MODE, LIBSSH2_SFTP_OPENFILE);
    if (!*ret && sftp_word(target->at) == LIBSSH2_FX_NO_SUCH_FILE && make_folders(target, name))
        *ret = sftp_open(target, path, flags, OBJECT_MODE, LIBSSH2_SFTP_OPENFILE);
    if (*ret)
        return TARGET_DONE;
    enum target_result result = sftp_error(target, "create", name, problem);
    if (result != TARGET_REFUSED && result != TARGET_FAILED)
        return result;
    uint64_t bytes;
    enum target_result there = there_is_one(target, name, cargo, &bytes, problem);
    if (there == TARGET_ABSENT)
        return full_or(target, result, problem);
    if (there == TARGET_BROKEN && (cargo->sent || (asked && bytes == 0)) &&
        (*ret = sftp_open(target, path, LIBSSH2_FXF_WRITE, OBJECT_MODE, LIBSSH2_SFTP_OPENFILE)))
        return TARGET_DONE;
    return there;
}

/* All of it, several packets ahead of their acknowledgements. */
static enum target_result write_cargo(struct target *target, LIBSSH2_SFTP_HANDLE *handle, const char *name,
    const char *data, size_t bytes, struct problem *problem)
{
    enum target_result result = TARGET_DONE;
    for (size_t at = 0; at < bytes && !result;) {
        size_t ahead = bytes - at < AHEAD_BYTES ? bytes - at : AHEAD_BYTES;
        ssize_t count = SFTP_ASK(target, libssh2_sftp_write(handle, data + at, ahead));
        if (count < 0)
            return sftp_error(target, "write", name, problem);
        at += (size_t)count;
        result = target_moved(target, (uint64_t)count);
    }
    return result;
}

/* Servers that cannot, or are told not to, have it durable when they please. */
static enum target_result make_durable(
    struct target *target, LIBSSH2_SFTP_HANDLE *handle, const char *name, struct problem *problem)
{
    if (!SFTP_ASK(target, libssh2_sftp_fsync(handle)))
        return TARGET_DONE;
    enum target_result result = sftp_error(target, "make durable", name, problem);
    return result == TARGET_REFUSED ? TARGET_DONE : result;
}

static enum target_result put_data(
    struct target *target, const char *name, struct cargo *cargo, const char *data, struct problem *problem)
{
    LIBSSH2_SFTP_HANDLE *handle;
    char path[TARGET_PATH_BYTES + TARGET_NAME_BYTES];
    sftp_path(target, name, path);
    enum target_result result = create(target, name, path, cargo, &handle, problem);
    if (result)
        return result;
    cargo->sent = true;
    result = write_cargo(target, handle, name, data, cargo->bytes, problem);
    if (!result)
        result = make_durable(target, handle, name, problem);
    /* Stopped in the middle: packets are on their way, and it is to be none of those. */
    if (result == TARGET_STOPPED)
        sftp_break(target->at);
    if (sftp_close(target, handle) && !result)
        result = sftp_error(target, "close", name, problem);
    return full_or(target, result, problem);
}

enum target_result sftp_put(struct target *target, const char *name, struct cargo *cargo, struct problem *problem)
{
    enum target_result result = sftp_enter(target, problem);
    if (result || cargo->n_parts == 1)
        return result ? result : put_data(target, name, cargo, cargo->parts[0].iov_base, problem);
    /* libssh2 wants what is ahead in one piece. */
    char *data = malloc(cargo->bytes);
    if (!data) {
        problem_set(problem, "no-memory", "", "no memory");
        return TARGET_FAILED;
    }
    cargo_read(cargo, 0, data, cargo->bytes);
    result = put_data(target, name, cargo, data, problem);
    free(data);
    return result;
}
