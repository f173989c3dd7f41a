#include "agent/backup/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/backup/names.h"
#include "lib/problem.h"

/* Without links on the way, so that the walk, which follows none, gets there. */
static const char *add(const char *text, char **list, size_t *n)
{
    if (*n == WALK_PATHS_MAX)
        return "too many paths";
    char *path = text[0] == '/' ? realpath(text, NULL) : NULL;
    if (!path)
        return "no absolute path of something that is there";
    if (!strcmp(path, "/"))
        path[0] = '\0';
    list[(*n)++] = path;
    return NULL;
}

/* In an order it may be absent: the plan was written for many machines. */
const char *paths_add(struct backup_options *options, const char *text)
{
    if (!options->ordered || *text != '/' || !access(text, F_OK))
        return add(text, options->paths, &options->n_paths);
    char *path = options->n_absent < ABSENT_MAX ? strdup(text) : NULL;
    if (!path)
        return "too many paths";
    options->absent[options->n_absent++] = path;
    return NULL;
}

/* Where its name stands. A link there is itself left out, and not what it leads to: whoever may lay one would have
 * anybody's folder left out. By an order one that is not there is no mistake. */
const char *paths_add_excluded(struct backup_options *options, const char *text)
{
    const char *name = strrchr(text, '/');
    char *folder = *text == '/' ? strndup(text, (size_t)(name - text)) : NULL, *path = NULL;
    if (options->n_excluded == WALK_PATHS_MAX || !folder || !name[1] || !strcmp(name, "/.") || !strcmp(name, "/..")) {
        free(folder);
        return "no absolute path, or too many";
    }
    char *whole = realpath(*folder ? folder : "/", NULL);
    free(folder);
    if (!whole)
        return options->ordered ? NULL : "no absolute path of something that is there";
    int length = asprintf(&path, "%s%s", whole[1] ? whole : "", name);
    free(whole);
    if (length < 0)
        return "no memory";
    options->excluded[options->n_excluded++] = path;
    return NULL;
}

/* One that is not there is treated like any path that is not. */
const char *paths_add_database(struct backup_options *options, const char *text)
{
    if (options->n_databases == DATABASES_MAX)
        return "too many databases";
    return options->ordered && access(text, F_OK) ? paths_add(options, text)
                                                  : add(text, options->databases, &options->n_databases);
}

/* What the owner lets be backed up may be missing. */
const char *paths_add_within(struct backup_options *options, const char *text)
{
    options->confined = true;
    return access(text, F_OK) ? NULL : add(text, options->within, &options->n_within);
}

static int compare(const void *a, const void *b)
{
    const char *one = *(const char *const *)a, *other = *(const char *const *)b;
    return path_compare(one, strlen(one), other, strlen(other));
}

void paths_order(struct backup_options *options)
{
    size_t n = 0;
    qsort(options->paths, options->n_paths, sizeof(options->paths[0]), compare);
    for (size_t i = 0; i < options->n_paths; i++) {
        if (n && path_is_within(options->paths[i], options->paths[n - 1]))
            free(options->paths[i]);
        else
            options->paths[n++] = options->paths[i];
    }
    options->n_paths = n;
}

static bool is_within(const struct backup_options *options, const char *path)
{
    size_t i = 0;
    while (i < options->n_within && !path_is_within(path, options->within[i]))
        i++;
    return !options->confined || i < options->n_within;
}

static int check(const struct backup_options *options, char *const *paths, size_t n, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_within(options, paths[i]))
            return problem_set(problem, "policy-path", "", "%.200s is outside of what may be backed up here", paths[i]);
    }
    return 0;
}

/* A link on the way to a path may have led out of what the endpoint's owner lets be backed up. */
int paths_check(const struct backup_options *options, struct problem *problem)
{
    if (check(options, options->paths, options->n_paths, problem) ||
        check(options, options->databases, options->n_databases, problem))
        return -1;
    return options->n_paths || options->n_databases || options->n_dumps
               ? 0
               : problem_set(problem, "nothing-there", "", "nothing of what the plan names is there");
}

static void free_all(char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
}

void paths_free(struct backup_options *options)
{
    free_all(options->paths, options->n_paths);
    free_all(options->excluded, options->n_excluded);
    free_all(options->databases, options->n_databases);
    free_all(options->within, options->n_within);
    free_all(options->absent, options->n_absent);
}
