/* Commits as they come, from agents or from whoever read them on a target: put together, verified, into the
 * catalogue. */
#ifndef BACKUP_COMMITS_H
#define BACKUP_COMMITS_H

#include <stdint.h>

struct backup;
struct problem;

#define COMMITS_PARTLY_MAX 4 /* of an agent: of more the oldest begun are forgotten */

struct commit_piece {
    const char *backup;
    uint32_t commit_bytes;
    uint64_t offset;
    const char *data; /* base64 */
};

/* With the last piece it is verified. 0: kept, or in the catalogue. -1 + problem: it is no commit of that agent. */
int commits_take(struct backup *, uint32_t agent, const struct commit_piece *, struct problem *);

#endif
