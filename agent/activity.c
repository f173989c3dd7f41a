#include "agent/activity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/options.h"
#include "agent/state.h"
#include "lib/problem.h"

#define TIME_BYTES 20 /* 2026-01-01T12:00:00Z */
#define ACTIVITY_INSTALLED "/var/log/vedette-agent/" ACTIVITY_FILE

/* Lines of a log, those of the one before it first; each begins with its time. */
struct lines {
    FILE *files[2];
    char *line; /* NULL: there is no more */
    size_t room;
};

static void next_line(struct lines *lines)
{
    for (int i = 0; i < 2; i++) {
        if (lines->files[i] && getline(&lines->line, &lines->room, lines->files[i]) > 0)
            return;
    }
    free(lines->line);
    lines->line = NULL;
}

/* -1: it is there, and cannot be read. */
static int open_lines(const char *path, struct lines *ret)
{
    char older[PATH_MAX + 2];
    snprintf(older, sizeof(older), "%s.1", path);
    *ret = (struct lines){ { fopen(older, "re"), fopen(path, "re") }, NULL, 0 };
    if (!ret->files[1] && errno != ENOENT)
        return -1;
    next_line(ret);
    return 0;
}

static void close_lines(struct lines *lines)
{
    for (int i = 0; i < 2; i++) {
        if (lines->files[i])
            fclose(lines->files[i]);
    }
    free(lines->line);
}

void activity_path(const struct options *options, char ret[PATH_MAX])
{
    if (state_is_installed(options->state))
        snprintf(ret, PATH_MAX, ACTIVITY_INSTALLED);
    else
        snprintf(ret, PATH_MAX, "%s/work/" ACTIVITY_FILE, options->state);
}

static void print_lines(struct lines *done, struct lines *refused)
{
    while (done->line || refused->line) {
        bool first = done->line && (!refused->line || strncmp(done->line, refused->line, TIME_BYTES) <= 0);
        fputs(first ? done->line : refused->line, stdout);
        next_line(first ? done : refused);
    }
}

int agent_activity(const struct options *options, char **argv)
{
    (void)argv;
    char path[PATH_MAX], refused_path[PATH_MAX];
    struct lines done, refused = { 0 };
    struct problem problem;
    activity_path(options, path);
    snprintf(refused_path, sizeof(refused_path), "%.*s" REFUSED_FILE, (int)(strrchr(path, '/') + 1 - path), path);
    if (open_lines(path, &done) || open_lines(refused_path, &refused)) {
        problem_errno(&problem, "no-activity", path, "cannot print %s", path);
        return say_problem(&problem);
    }
    if (!done.line && !refused.line)
        printf("Nothing was asked of this machine yet.\n");
    print_lines(&done, &refused);
    close_lines(&done);
    close_lines(&refused);
    return fflush(stdout) ? 1 : 0;
}
