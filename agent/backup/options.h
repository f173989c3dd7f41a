/* What vedette-agent-backup is told: by hand, or by vedette-agent-work from a plan and an order. */
#ifndef VEDETTE_AGENT_BACKUP_OPTIONS_H
#define VEDETTE_AGENT_BACKUP_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/backup/walk.h"
#include "lib/repository/commit.h"

#define DATABASES_MAX 64
#define DUMPS_MAX 16
#define ABSENT_MAX (WALK_PATHS_MAX + DATABASES_MAX)

struct backup_options {
    char state[PATH_MAX], home[PATH_MAX]; /* absolute */
    const char *targets, *target;
    char deployment[DEPLOYMENT_ID_BYTES], backup[BACKUP_BYTES], base[BACKUP_BYTES];
    enum backup_class class;
    int64_t slot, kept_until;
    char zone[ZONE_NAME_BYTES]; /* "": nobody said */
    bool anchor;
    size_t n_paths, n_excluded;
    /* Absolute, in one form; paths as the walk wants them. There is room for what databases and dumps add. */
    char *paths[WALK_PATHS_MAX + DATABASES_MAX + 1], *excluded[WALK_PATHS_MAX + 3 * DATABASES_MAX];
    size_t n_databases, n_dumps;
    char *databases[DATABASES_MAX];
    const char *dumps[DUMPS_MAX]; /* names */

    /* By an order: it says on standard output how far it is, and goes on where it was cut off. */
    bool ordered;
    char plan[BACKUP_BYTES]; /* whose cache it uses; "": that of all that have no plan */
    const char *commit_to;   /* where the commit goes before it goes to the target; NULL: nowhere */
    int64_t commit_by_s;     /* 0: whenever it is done */
    int64_t bandwidth_bytes_s;
    int64_t cpu_percent; /* of all processors; both 0: without limit */
    bool confined;       /* to what stands within these: */
    size_t n_within, n_absent;
    char *within[WALK_PATHS_MAX];
    char *absent[ABSENT_MAX]; /* paths that are not there */
};

/* -1: something is wrong, or help was wanted, and was said. The paths are the caller's to free (paths.h). */
int options_parse(int argc, char **argv, struct backup_options *ret);

#endif
