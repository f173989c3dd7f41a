#include "agent/state.h"

#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/beat.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"

/* Root who looks after an agent of another user works as that user: nothing then belongs to root that the agent must
 * write, and a link that the user put there leads no further than its own rights. */
static int become_owner(const struct stat *directory)
{
    if (geteuid() != 0 || directory->st_uid == 0)
        return 0;
    return setgroups(1, &directory->st_gid) || setresgid(directory->st_gid, directory->st_gid, directory->st_gid) ||
           setresuid(directory->st_uid, directory->st_uid, directory->st_uid);
}

int state_enter(const char *directory, struct problem *problem)
{
    struct stat found;
    if (stat(directory, &found))
        return problem_errno(problem, "not-enrolled", directory, "cannot enter the state directory %s", directory);
    if (S_ISDIR(found.st_mode) && become_owner(&found))
        return problem_errno(problem, "bad-state", directory, "cannot become the user that owns %s", directory);
    if (!S_ISDIR(found.st_mode) || found.st_mode & 077 || (found.st_uid != geteuid() && found.st_uid != 0))
        return problem_set(problem, "loose-permissions", directory,
            "%s must be a directory of this user with mode 0700; it is %04o of user %u", directory,
            found.st_mode & 07777, found.st_uid);
    if (chdir(directory))
        return problem_errno(problem, "bad-state", directory, "cannot enter the state directory %s", directory);
    return 0;
}

int state_make(const char *directory, struct problem *problem)
{
    struct stat found;
    /* One that exists keeps its mode: loose permissions are for people to explain, not for us to mend. */
    if (stat(directory, &found) && dir_make(directory, 0700, problem))
        return -1;
    return state_enter(directory, problem);
}

bool state_is_installed(const char *directory)
{
    struct stat found, installed;
    return !stat(directory, &found) && !stat(STATE_DEFAULT, &installed) && found.st_dev == installed.st_dev &&
           found.st_ino == installed.st_ino && access(WORK_INSTALLED, F_OK) == 0;
}

bool state_has(const char *file)
{
    return !file_absent(file);
}

/* Copy text that fits its field; the check against its limit is here. */
static int take_text(const char *name, const char *text, char *ret, size_t room, struct problem *problem)
{
    size_t length = strlen(text);
    if (!length || length >= room)
        return problem_set(problem, "bad-state", name, "%s must have 1 to %zu bytes", name, room - 1);
    memcpy(ret, text, length + 1);
    return 0;
}

static int identity_take(json_t *json, struct identity *ret, struct problem *problem)
{
    const char *tenant, *site, *server;
    json_int_t agent, beat_port;
    json_error_t error;
    if (json_unpack_ex(json, &error, JSON_STRICT, "{s:I, s:s, s:s, s:s, s:I}", "agent", &agent, "tenant", &tenant,
            "site", &site, "server", &server, "beat_port", &beat_port))
        return problem_set(problem, "bad-state", IDENTITY_FILE, "%s: %s", IDENTITY_FILE, error.text);
    if (agent < 1 || agent > UINT32_MAX - 1)
        return problem_set(problem, "bad-state", "agent", "%s: agent must be 1 to 4294967294", IDENTITY_FILE);
    if (beat_port < 1 || beat_port > 65535)
        return problem_set(problem, "bad-state", "beat_port", "%s: beat_port must be 1 to 65535", IDENTITY_FILE);
    struct identity found = { .agent = (uint32_t)agent, .beat_port = (uint16_t)beat_port };
    if (take_text("tenant", tenant, found.tenant, sizeof(found.tenant), problem) ||
        take_text("site", site, found.site, sizeof(found.site), problem) ||
        take_text("server", server, found.server, sizeof(found.server), problem))
        return -1;
    *ret = found;
    return 0;
}

int identity_parse(const char *text, size_t bytes, struct identity *ret, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    if (!json)
        return -1;
    int error = identity_take(json, ret, problem);
    json_decref(json);
    return error;
}

int identity_load(struct identity *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (!state_has(IDENTITY_FILE))
        return problem_set(problem, "not-enrolled", IDENTITY_FILE, "not enrolled yet: run vedette-agent enrol");
    if (file_read_secret(IDENTITY_FILE, STATE_FILE_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = identity_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

int identity_save(const struct identity *identity, struct problem *problem)
{
    json_t *json =
        json_pack("{s:I, s:s, s:s, s:s, s:I}", "agent", (json_int_t)identity->agent, "tenant", identity->tenant, "site",
            identity->site, "server", identity->server, "beat_port", (json_int_t)identity->beat_port);
    return json_file_write(IDENTITY_FILE, json, JSON_INDENT(1), 0600, problem);
}

int secret_load(uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    char *hex;
    size_t bytes;
    if (file_read_secret(SECRET_FILE, 2 * SECRET_BYTES + 1, &hex, &bytes, problem))
        return -1;
    hex[strcspn(hex, "\n")] = '\0';
    int error = crypto_unhex(hex, ret, SECRET_BYTES);
    crypto_forget(hex, bytes);
    free(hex);
    return error ? problem_set(problem, "bad-state", SECRET_FILE, "%s must hold 64 hexadecimal digits", SECRET_FILE)
                 : 0;
}

int secret_save(const uint8_t secret[SECRET_BYTES], struct problem *problem)
{
    char hex[HEX_BYTES(SECRET_BYTES) + 1];
    crypto_hex(secret, SECRET_BYTES, hex);
    hex[2 * SECRET_BYTES] = '\n';
    int error = file_write(SECRET_FILE, hex, 2 * SECRET_BYTES + 1, 0400, problem);
    crypto_forget(hex, sizeof(hex));
    return error;
}

int keys_load(struct agent_keys *ret, struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    if (secret_load(secret, problem))
        return -1;
    crypto_hkdf(secret, BEAT_KEY_LABEL, ret->beat, sizeof(ret->beat));
    crypto_hkdf(secret, WAKE_KEY_LABEL, ret->wake, sizeof(ret->wake));
    crypto_hkdf(secret, CARRY_KEY_LABEL, ret->carry, sizeof(ret->carry));
    crypto_forget(secret, sizeof(secret));
    return 0;
}

int keys_are_private(struct problem *problem)
{
    const char *const files[] = { SECRET_FILE, SIGN_KEY_FILE, SEAL_KEY_FILE };
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        struct stat found;
        if (stat(files[i], &found))
            continue;
        if (!S_ISREG(found.st_mode) || found.st_mode & 077 || (found.st_uid != geteuid() && found.st_uid != 0))
            return problem_set(problem, "loose-permissions", files[i],
                "%s holds a key and must belong to this user or root with mode 0400; it is %04o of user %u", files[i],
                found.st_mode & 07777, found.st_uid);
    }
    return 0;
}
