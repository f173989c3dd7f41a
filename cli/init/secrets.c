#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/init/init.h"
#include "lib/buf.h"
#include "lib/crypto.h"

/* Live state only: nothing on disk, no eviction (an answer that lies is worse than a refusal). A bucket of 128 agents'
 * records of ~150 bytes stays one packed list, a third of the memory of a hash table. Paths are relative to the state
 * directory, where Redis is started. */
static const char redis_conf[] = "# Made by `vedette init`, anew each time.\n"
                                 "port 0\n"
                                 "unixsocket redis/redis.sock\n"
                                 "unixsocketperm 666\n"
                                 "aclfile redis/users.acl\n"
                                 "daemonize no\n"
                                 "databases 1\n"
                                 "save \"\"\n"
                                 "appendonly no\n"
                                 "maxmemory-policy noeviction\n"
                                 "hash-max-listpack-entries 128\n"
                                 "hash-max-listpack-value 256\n";

static void make_hex(char *ret, size_t bytes)
{
    uint8_t random[SECRET_BYTES];
    char hex[HEX_BYTES(SECRET_BYTES)];
    crypto_random(random, sizeof(random));
    crypto_hex(random, sizeof(random), hex);
    snprintf(ret, bytes, "%s\n", hex);
    crypto_forget(random, sizeof(random));
    crypto_forget(hex, sizeof(hex));
}

static int keep_key(enum folder folder, const char *name, const struct layout *layout, struct problem *problem)
{
    char path[32];
    snprintf(path, sizeof(path), "%s/%s", folder_names[folder], name);
    char *key = keep_secret(path, &layout->owners[folder], make_hex, problem);
    if (!key)
        return -1;
    crypto_forget(key, strlen(key));
    free(key);
    return 0;
}

/* One line of the ACL file. Redis sees only the hash, so that its files hold nothing worth stealing. */
static int add_redis_user(
    const struct redis_user *user, const struct owner *owner, struct buf *acl, struct problem *problem)
{
    char path[32], hash[HEX_BYTES(SHA256_BYTES)];
    uint8_t digest[SHA256_BYTES];
    snprintf(path, sizeof(path), "%s/redis.pass", user->service);
    char *password = keep_secret(path, owner, make_hex, problem);
    if (!password)
        return -1;
    crypto_sha256(password, strlen(password), digest);
    crypto_hex(digest, sizeof(digest), hash);
    crypto_forget(password, strlen(password));
    free(password);
    /* The rules begin by taking everything away, the password too: it comes after them. */
    return buf_format(acl, "user %s on %s #%s\n", user->service, user->rules, hash);
}

static const struct owner *owner_of_folder(const struct layout *layout, const char *name)
{
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (!strcmp(folder_names[i], name))
            return &layout->owners[i];
    }
    return &layout->us;
}

int init_secrets(const struct layout *layout, struct problem *problem)
{
    struct buf acl = { 0 };
    int error = keep_key(FOLDER_INGEST, "master.key", layout, problem) ||
                keep_key(FOLDER_PORTAL, "master.key", layout, problem) ||
                keep_key(FOLDER_ALERT, "master.key", layout, problem) ||
                keep_key(FOLDER_AUDIT, "log.key", layout, problem) ||
                keep_key(FOLDER_AUDIT, "master.key", layout, problem) ||
                buf_text(&acl, "user default off resetpass resetkeys -@all\n");
    for (const struct redis_user *user = redis_users; user->service && !error; user++)
        error = add_redis_user(user, owner_of_folder(layout, user->service), &acl, problem);
    /* The command line asks Redis only whether it lives. */
    const struct redis_user cli = { "cli", "resetkeys resetchannels -@all +ping" };
    error = error || add_redis_user(&cli, &layout->us, &acl, problem) ||
            keep_write("redis/users.acl", acl.data, 0400, &layout->redis, problem) ||
            keep_write("redis/redis.conf", redis_conf, 0400, &layout->redis, problem);
    buf_free(&acl);
    return error ? -1 : 0;
}
