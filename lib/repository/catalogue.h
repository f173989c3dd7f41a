/*
 * What stands in one agent's repository: its objects as the target lists them, its backups as their commits say, and
 * which backup needs which object. Filled in three steps: everything is listed, then sorted, then each commit is taken
 * in.
 *
 * In memory: 40 bytes an object, 4 for each object that a backup needs.
 */
#ifndef VEDETTE_REPOSITORY_CATALOGUE_H
#define VEDETTE_REPOSITORY_CATALOGUE_H

#include "lib/repository/commit.h"
#include "lib/repository/retention.h"

struct problem;
struct target;
struct zones;

#define CATALOGUE_OBJECTS_MAX (1u << 24) /* 256 TiB of full segments, in 640 MiB of memory */
#define CATALOGUE_NEEDS_MAX (1u << 25)   /* 128 MiB: 50 backups of 10 TiB; what a flood of commits can cost */

/* A segment, a manifest or an increment. */
struct catalogue_object {
    uint8_t
        key[SHA256_BYTES]; /* a segment's hash; a manifest's backup, then zeros; an increment's backup, number, hash */
    uint32_t bytes;
    enum object kind;
};

/* A commit, before anybody read it. */
struct catalogue_commit {
    char backup[BACKUP_BYTES];
    uint64_t bytes;
    int64_t stored_s;
};

struct catalogue {
    uint32_t agent;
    struct catalogue_object *objects; /* by kind and key */
    struct catalogue_commit *commits; /* by name: those that are good are backups, the others unread */
    struct retention_backup *backups; /* by name, as retention_judge wants them */
    size_t *ends;                     /* of backup i, the objects are needs[ends[i - 1]] to needs[ends[i] - 1] */
    uint32_t *needs;                  /* indices of objects */
    struct catalogue_commit *unread;  /* commits that cannot be read, or are not what they should be */
    uint32_t *starts;                 /* of the segments whose keys begin with each number of 16 bits */
    size_t n_objects, n_commits, n_backups, n_needs, n_unread;
    size_t objects_room, commits_room, needs_room;
    uint64_t stored_bytes; /* of all objects */
    size_t n_strangers;    /* names that no object of a repository has */
};
void catalogue_free(struct catalogue *);

/* Take in an object of the agent, with the size and time that the target has for it. -1 + problem: "no-memory",
 * "too-many". */
int catalogue_list(struct catalogue *, const char *name, uint64_t bytes, int64_t stored_s, struct problem *);
/* Once all are listed; what was listed twice is there once. -1 + problem: "no-memory". */
int catalogue_sort(struct catalogue *, struct problem *);

/* Whose signature is good for an agent's commits, and in which zone dates are if a commit says nothing of it. */
struct catalogue_reader {
    bool (*trusts)(void *arg, uint32_t agent, const char *signer);
    void *arg;
    const struct zone *zone; /* NULL: unknown */
    struct zones *zones;     /* backups borrow from it */
};
/* Take in a commit that was read, in the order of names. -1 + problem: "no-memory", "too-many", or of its zone, which
 * cannot be read now. */
int catalogue_add(struct catalogue *, const struct catalogue_commit *, const struct commit *, const char *signer,
    const struct catalogue_reader *, struct problem *);

/* Index of a segment or manifest; SIZE_MAX: there is none. */
size_t catalogue_find(const struct catalogue *, enum object, const uint8_t key[SHA256_BYTES]);
/* The key of a backup's manifest. */
void catalogue_manifest_key(const char *backup, uint8_t ret[SHA256_BYTES]);
void catalogue_name(const struct catalogue *, const struct catalogue_object *, char ret[OBJECT_NAME_BYTES]);

/* All of it from a target. A commit that cannot be fetched is an error, one that makes no sense is `unread`. */
int catalogue_read(
    struct target *, uint32_t agent, const struct catalogue_reader *, struct catalogue *ret, struct problem *);
/* The agents that have anything there, in ascending order, and when the target took the last of it (0: there is
 * nothing). The caller frees. */
#define CATALOGUE_AGENTS_MAX 100000
int catalogue_agents(struct target *, uint32_t **ret, size_t *ret_count, int64_t *ret_newest_s, struct problem *);

#endif
