#include "cli/keyserver/streams.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sign/home.h"
#include "lib/files.h"

#define STREAMS "streams"
#define FILE_BYTES 128 /* five numbers of twenty digits */

static int path_of(const struct cli *cli, const char *agent, char ret[PATH_MAX], struct problem *problem)
{
    char name[128];
    snprintf(name, sizeof(name), STREAMS "/%.64s", agent);
    return home_path(cli, STREAMS, ret, problem) || dir_make(ret, 0700, problem) || home_path(cli, name, ret, problem)
               ? -1
               : 0;
}

int agent_streams_load(
    const struct cli *cli, const char *agent, struct agent_streams *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    int end = 0;
    struct agent_streams found = { 0 };
    if (path_of(cli, agent, path, problem))
        return -1;
    int status = file_read_if_any(path, FILE_BYTES, &text, &bytes, problem);
    if (status > 0)
        *ret = found;
    if (status)
        return status > 0 ? 0 : -1;
    int n = sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n", &found.in.incarnation,
        &found.in.next, &found.in.skipped, &found.out.last.incarnation, &found.out.last.counter, &end);
    bool whole = n == 5 && !strcmp(text + end, "\n");
    free(text);
    if (!whole)
        return problem_set(problem, "bad-state", path, "%s does not hold places of envelopes", path);
    *ret = found;
    return 0;
}

int agent_streams_save(
    const struct cli *cli, const char *agent, const struct agent_streams *streams, struct problem *problem)
{
    char path[PATH_MAX], text[FILE_BYTES];
    int bytes = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
        streams->in.incarnation, streams->in.next, streams->in.skipped, streams->out.last.incarnation,
        streams->out.last.counter);
    return path_of(cli, agent, path, problem) || file_write(path, text, (size_t)bytes, 0600, problem) ? -1 : 0;
}
