/*
 * What a pruner remembers of one agent's repository: since when something is condemned, and what became of backups
 * when they were weighed. Text, a line each; made anew with each run. Lost, the 72 hours begin again and doubts are
 * raised again.
 */
#ifndef VEDETTE_CLI_PRUNE_MEMORY_H
#define VEDETTE_CLI_PRUNE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/repository/retention.h"

struct buf;
struct problem;

#define PRUNE_MEMORY_LIMIT_BYTES (256u << 20) /* three million condemned segments: 48 TiB */

struct prune_condemned {
    uint8_t key[SHA256_BYTES]; /* as in a catalogue: a segment's hash, or a backup and zeros */
    int64_t since_s;
    enum object kind;
};

/* A backup that was weighed when it was first seen (retention.h): that does not change when others go. */
struct prune_weighed {
    char backup[BACKUP_BYTES];
    enum retention_weight weight;
};

struct prune_memory {
    struct prune_condemned *condemned; /* by kind and key */
    struct prune_weighed *weighed;     /* by name */
    size_t n_condemned, n_weighed, condemned_room, weighed_room;
};
void prune_memory_free(struct prune_memory *);

/* -1: no memory. In the order in which they are kept. */
int prune_memory_condemn(struct prune_memory *, enum object, const uint8_t key[SHA256_BYTES], int64_t since_s);
int prune_memory_weigh(struct prune_memory *, const char *backup, enum retention_weight);

/* 0: it is not condemned. */
int64_t prune_memory_since(const struct prune_memory *, enum object, const uint8_t key[SHA256_BYTES]);
enum retention_weight prune_memory_weight(const struct prune_memory *, const char *backup);

int prune_memory_text(const struct prune_memory *, struct buf *ret);
/* -1 + problem "bad-state" for whatever this program has not written. */
int prune_memory_parse(const char *text, size_t bytes, struct prune_memory *ret, struct problem *);

#endif
