#include "lib/repository/name.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/repository/digits.h"
#include "lib/wire.h"

static const struct {
    const char *folder, *ending;
} objects[OBJECT_COUNT] = {
    [OBJECT_SEGMENT] = { "s", ".p7m" },
    [OBJECT_MANIFEST] = { "m", ".p7m" },
    [OBJECT_COMMIT] = { "c", ".p7s" },
    [OBJECT_INCREMENT] = { "i", ".p7m" },
};

void name_folder(char ret[OBJECT_NAME_BYTES], uint32_t agent, enum object object)
{
    snprintf(ret, OBJECT_NAME_BYTES, REPOSITORY_FORMAT "/%" PRIu32 "/%s/", agent, objects[object].folder);
}

static void append(char name[OBJECT_NAME_BYTES], const char *stem, const char *ending)
{
    size_t length = strlen(name);
    snprintf(name + length, OBJECT_NAME_BYTES - length, "%s%s", stem, ending);
}

void name_segment(char ret[OBJECT_NAME_BYTES], uint32_t agent, const uint8_t sha256[SHA256_BYTES])
{
    char hex[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(sha256, SHA256_BYTES, hex);
    name_folder(ret, agent, OBJECT_SEGMENT);
    append(ret, hex, objects[OBJECT_SEGMENT].ending);
}

void name_of_backup(char ret[OBJECT_NAME_BYTES], uint32_t agent, enum object object, const char *backup)
{
    name_folder(ret, agent, object);
    append(ret, backup, objects[object].ending);
}

void name_increment(char ret[OBJECT_NAME_BYTES], uint32_t agent, const char *backup, uint32_t number,
    const uint8_t sha256[INCREMENT_HASH_BYTES])
{
    char hash[HEX_BYTES(INCREMENT_HASH_BYTES)], stem[BACKUP_BYTES + 16 + sizeof(hash)];
    crypto_hex(sha256, INCREMENT_HASH_BYTES, hash);
    snprintf(stem, sizeof(stem), "%s-%08" PRIx32 "-%s", backup, number, hash);
    name_of_backup(ret, agent, OBJECT_INCREMENT, stem);
}

/* Behind a number from 1 on, in its one form; NULL: there is none. */
static const char *read_agent(const char *at, uint32_t *ret)
{
    uint64_t value = 0;
    if (*at == '0')
        return NULL;
    while (*at >= '0' && *at <= '9' && value <= UINT32_MAX)
        value = value * 10 + (uint64_t)(*at++ - '0');
    if (!value || value > UINT32_MAX)
        return NULL;
    *ret = (uint32_t)value;
    return at;
}

/* "-<number>-<hash>"; behind it, or NULL. */
static const char *read_increment(const char *at, struct object_name *ret)
{
    uint8_t number[sizeof(ret->number)];
    const char *hash = at + 1 + 2 * sizeof(number) + 1;
    if (*at != '-' || digits_read(at + 1, number, sizeof(number)) || hash[-1] != '-' ||
        digits_read(hash, ret->sha256, INCREMENT_HASH_BYTES))
        return NULL;
    struct wire_reader reader = { number, sizeof(number), false };
    ret->number = wire_u32(&reader);
    return hash + 2 * INCREMENT_HASH_BYTES;
}

/* What stands between folder and ending; behind it, or NULL. */
static const char *read_stem(const char *at, struct object_name *ret)
{
    uint8_t backup[(BACKUP_BYTES - 1) / 2];
    if (ret->object == OBJECT_SEGMENT)
        return digits_read(at, ret->sha256, SHA256_BYTES) ? NULL : at + 2 * SHA256_BYTES;
    if (digits_read(at, backup, sizeof(backup)))
        return NULL;
    memcpy(ret->backup, at, BACKUP_BYTES - 1);
    at += BACKUP_BYTES - 1;
    return ret->object == OBJECT_INCREMENT ? read_increment(at, ret) : at;
}

int name_parse(const char *name, struct object_name *ret)
{
    struct object_name found = { 0 };
    size_t prefix = strlen(REPOSITORY_FORMAT "/");
    const char *at = strncmp(name, REPOSITORY_FORMAT "/", prefix) ? NULL : read_agent(name + prefix, &found.agent);
    if (!at || *at++ != '/')
        return -1;
    while (found.object < OBJECT_COUNT && *at != *objects[found.object].folder)
        found.object++;
    if (found.object == OBJECT_COUNT || at[1] != '/')
        return -1;
    at = read_stem(at + 2, &found);
    if (!at || strcmp(at, objects[found.object].ending))
        return -1;
    *ret = found;
    return 0;
}
