/*
 * Names of the objects of a repository, below a target:
 *
 *     vedette1/<agent>/s/<SHA-256 of the object>.p7m     segments
 *     vedette1/<agent>/m/<backup>.p7m                    manifests
 *     vedette1/<agent>/c/<backup>.p7s                    commits
 *     vedette1/<agent>/i/<backup>-<number>-<hash>.p7m    increments: what changed since that backup (increment.h)
 */
#ifndef VEDETTE_REPOSITORY_NAME_H
#define VEDETTE_REPOSITORY_NAME_H

#include <stdint.h>

#include "lib/crypto.h"

#define REPOSITORY_FORMAT "vedette1"
#define OBJECT_NAME_BYTES 104 /* vedette1/4294967295/s/, 64 digits, .p7m and NUL make 91 */
#define BACKUP_BYTES 33       /* 32 hexadecimal digits, and NUL */

enum object { OBJECT_SEGMENT, OBJECT_MANIFEST, OBJECT_COMMIT, OBJECT_INCREMENT, OBJECT_COUNT };

void name_segment(char ret[OBJECT_NAME_BYTES], uint32_t agent, const uint8_t sha256[SHA256_BYTES]);
/* Of a manifest or commit. */
void name_of_backup(char ret[OBJECT_NAME_BYTES], uint32_t agent, enum object, const char *backup);
/* Numbers begin with 1, and are written as eight hexadecimal digits; of the object's SHA-256 the first bytes stand in
 * the name, so that anybody sees whether it is whole. */
#define INCREMENT_HASH_BYTES 12
void name_increment(char ret[OBJECT_NAME_BYTES], uint32_t agent, const char *backup, uint32_t number,
    const uint8_t sha256[INCREMENT_HASH_BYTES]);
/* The folder in which they all stand, as target_list takes it. */
void name_folder(char ret[OBJECT_NAME_BYTES], uint32_t agent, enum object);

struct object_name {
    uint32_t agent;
    enum object object;
    uint8_t sha256[SHA256_BYTES]; /* OBJECT_SEGMENT; OBJECT_INCREMENT: as much as stands in the name */
    char backup[BACKUP_BYTES];    /* else */
    uint32_t number;              /* OBJECT_INCREMENT */
};
/* -1: no name of an object, in its one form. */
int name_parse(const char *name, struct object_name *ret);

#endif
