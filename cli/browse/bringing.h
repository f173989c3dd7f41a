/* Files that are brought back here and now, in a thread of their own; one such work at a time. */
#ifndef VEDETTE_CLI_BROWSE_BRINGING_H
#define VEDETTE_CLI_BROWSE_BRINGING_H

#include "cli/browse/shelf.h"
#include "lib/problem.h"
#include "lib/restore/extract.h"

#define BRINGING_PATHS_MAX 256 /* as of a document */

enum bringing_state { BRINGING_NOTHING, BRINGING_READS, BRINGING_WRITES, BRINGING_DONE, BRINGING_FAILED };

/* What is known of it at a moment. */
struct bringing_seen {
    enum bringing_state state;
    char backup[BACKUP_BYTES], to[PATH_MAX];
    struct extracted extracted;
    int64_t began_ms, ended_ms; /* monotonic, of its writing; 0: not yet */
    struct problem problem;     /* of one that failed */
};

struct bringing {
    const struct shelf *shelf;
    pthread_mutex_t lock; /* of seen */
    struct bringing_seen seen;
    char *paths[BRINGING_PATHS_MAX];
    size_t n_paths;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
};

void bringing_make(struct bringing *, const struct shelf *);
/* Waits until what is under way has stopped. */
void bringing_close(struct bringing *);
/* Paths of a backup, into a folder. The paths become its own, whatever comes of it. -1 + problem: "busy", … */
int bringing_start(
    struct bringing *, const char *backup, char **paths, size_t n, const char *to, struct problem *);
void bringing_stop(struct bringing *);
void bringing_look(struct bringing *, struct bringing_seen *ret);

#endif
