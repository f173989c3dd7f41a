#include "lib/repository/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What was read is written again: so each name has one form only. */
static int read_increment(const char *name, struct object_name *ret)
{
    char folder[OBJECT_NAME_BYTES], again[OBJECT_NAME_BYTES], hash[HEX_BYTES(INCREMENT_HASH_BYTES)];
    struct object_name found = { .agent = ret->agent, .object = OBJECT_INCREMENT };
    name_folder(folder, ret->agent, OBJECT_INCREMENT);
    if (strncmp(name, folder, strlen(folder)) ||
        sscanf(name + strlen(folder), "%32[0-9a-f]-%8" SCNx32 "-%24[0-9a-f]", found.backup, &found.number, hash) != 3 ||
        strlen(found.backup) != BACKUP_BYTES - 1 || crypto_unhex(hash, found.sha256, INCREMENT_HASH_BYTES))
        return -1;
    name_increment(again, found.agent, found.backup, found.number, found.sha256);
    if (strcmp(again, name))
        return -1;
    *ret = found;
    return 0;
}

static int read_as(const char *name, enum object object, struct object_name *ret)
{
    char folder[OBJECT_NAME_BYTES], again[OBJECT_NAME_BYTES];
    if (object == OBJECT_INCREMENT)
        return read_increment(name, ret);
    name_folder(folder, ret->agent, object);
    const char *stem = name + strlen(folder);
    if (strncmp(name, folder, strlen(folder)))
        return -1;
    size_t digits = strcspn(stem, ".");
    if (digits != (object == OBJECT_SEGMENT ? 2 * SHA256_BYTES : BACKUP_BYTES - 1))
        return -1;
    char text[HEX_BYTES(SHA256_BYTES)];
    uint8_t bytes[SHA256_BYTES];
    memcpy(text, stem, digits);
    text[digits] = '\0';
    if (crypto_unhex(text, bytes, digits / 2))
        return -1;
    crypto_hex(bytes, digits / 2, text);
    snprintf(again, sizeof(again), "%s", folder);
    append(again, text, objects[object].ending);
    if (strcmp(again, name))
        return -1;
    ret->object = object;
    if (object == OBJECT_SEGMENT)
        memcpy(ret->sha256, bytes, sizeof(ret->sha256));
    else
        memcpy(ret->backup, text, sizeof(ret->backup));
    return 0;
}

int name_parse(const char *name, struct object_name *ret)
{
    struct object_name found = { 0 };
    size_t prefix = strlen(REPOSITORY_FORMAT "/");
    if (strncmp(name, REPOSITORY_FORMAT "/", prefix) || name[prefix] < '1' || name[prefix] > '9')
        return -1;
    found.agent = (uint32_t)strtoul(name + prefix, NULL, 10);
    for (int object = 0; object < OBJECT_COUNT; object++) {
        if (!read_as(name, (enum object)object, &found)) {
            *ret = found;
            return 0;
        }
    }
    return -1;
}
