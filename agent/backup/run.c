#include "agent/backup/run.h"

#include <stdlib.h>

#include "agent/backup/confine.h"
#include "agent/backup/paths.h"
#include "agent/backup/running.h"
#include "lib/clock.h"
#include "lib/descriptors.h"
#include "lib/problem.h"

#define OTHER_DESCRIPTORS 256 /* connections, the cache, pipes; generously */

static int back_up(struct run *run, struct commit *ret, struct problem *problem)
{
    const struct backup_options *options = run->options;
    if (walk_all(&run->walk, problem) || feed_end(&run->feed, problem))
        return -1;
    walk_name_unread(&run->walk, (const char *const *)options->absent, options->n_absent);
    return ending_put(run, ret, problem);
}

/* Databases are copied and commands executed before it is confined; threads begin afterwards. */
static int make(struct run *run, struct commit *ret, struct problem *problem)
{
    struct backup_options *options = run->options;
    return dumps_make(options, run->manner.stopped, run, &run->dumps, problem) ||
                   confine(&run->conf, options->home, *run->dumps.copies, problem) || parts_open_past(run, problem) ||
                   parts_make(run, problem) || back_up(run, ret, problem)
               ? -1
               : 0;
}

/* An order that was cut off in its last steps is only brought to its end. */
static int make_or_end(struct run *run, struct commit *ret, struct problem *problem)
{
    if (paths_check(run->options, problem) || parts_open_target(run, problem))
        return -1;
    int known = ending_put_again(run, ret, problem);
    return known < 0 ? -1 : known ? 0 : make(run, ret, problem);
}

int backup_run(struct backup_options *options, bool (*stopped)(void), struct commit *ret, struct problem *problem)
{
    struct run *run = calloc(1, sizeof(*run));
    struct commit commit = { .began_ms = clock_wall_ms() };
    if (!run)
        return problem_set(problem, "no-memory", "", "no memory to back up with");
    run->options = options;
    run->stopped = stopped;
    run->report.wanted = options->ordered;
    run->effort.percent = (unsigned)options->cpu_percent;
    descriptors_allow(WALK_DESCRIPTORS_MAX + OTHER_DESCRIPTORS);
    int error = make_or_end(run, &commit, problem);
    if (error)
        report_failed(&run->report, problem);
    else
        report_done(&run->report, &commit);
    parts_close(run);
    free(run);
    if (error)
        commit_free(&commit);
    else
        *ret = commit;
    return error;
}
