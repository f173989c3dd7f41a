#include "agent/work/runs/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/runs/runner.h"
#include "lib/problem.h"

#define PATH_OF_ALL "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define OWN_MAX 6 /* PATH, LANG, HOME, USER, LOGNAME, VEDETTE_DOCUMENT */

static const char **words_of(const struct document_task *task)
{
    static const char script[] = "/dev/fd/3";
    _Static_assert(RUNNER_SCRIPT_FD == 3, "where the script is");
    size_t n = task->script ? task->script->n_interpreter + 1 : task->n_argv;
    const char **argv = calloc(n + 1, sizeof(*argv));
    if (!argv)
        return NULL;
    if (task->script) {
        memcpy(argv, task->script->interpreter, task->script->n_interpreter * sizeof(*argv));
        argv[n - 1] = script;
    } else {
        memcpy(argv, task->argv, n * sizeof(*argv));
    }
    return argv;
}

/* Append NAME=value to the texts and say where it stands. */
static void put(struct environment *environment, size_t *n, char **at, const char *name, const char *value)
{
    environment->variables[(*n)++] = *at;
    *at += sprintf(*at, "%s=%s", name, value) + 1;
}

static size_t texts_bytes(const struct document_task *task, const struct account *account)
{
    size_t bytes = 2 * strlen(account->name) + strlen(account->home) + strlen(task->head.document) + 64;
    for (size_t i = 0; i < task->n_environment; i++)
        bytes += strlen(task->environment[i].name) + strlen(task->environment[i].value) + 2;
    return bytes;
}

/* The document's come first: of a name that stands twice programs take the first. */
static void fill(struct environment *environment, const struct document_task *task, const struct account *account)
{
    size_t n = 0;
    char *at = environment->texts;
    for (size_t i = 0; i < task->n_environment; i++)
        put(environment, &n, &at, task->environment[i].name, task->environment[i].value);
    put(environment, &n, &at, "HOME", account->home);
    put(environment, &n, &at, "USER", account->name);
    put(environment, &n, &at, "LOGNAME", account->name);
    put(environment, &n, &at, "VEDETTE_DOCUMENT", task->head.document);
    environment->variables[n++] = PATH_OF_ALL;
    environment->variables[n] = "LANG=C.UTF-8";
}

int environment_make(
    const struct document_task *task, const struct account *account, struct environment *ret, struct problem *problem)
{
    struct environment environment = { .argv = words_of(task),
        .variables = calloc(task->n_environment + OWN_MAX + 1, sizeof(*environment.variables)),
        .texts = malloc(texts_bytes(task, account)) };
    if (!environment.argv || !environment.variables || !environment.texts) {
        environment_free(&environment);
        return problem_set(problem, "no-memory", "", "no memory for an environment");
    }
    fill(&environment, task, account);
    *ret = environment;
    return 0;
}

void environment_free(struct environment *environment)
{
    free(environment->argv);
    free(environment->variables);
    free(environment->texts);
}
