/* The script of a watch, run like a task, but by itself: nothing of it is written down, and its output is a line for
 * the resident. */
#include <errno.h>
#include <poll.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/work/home.h"
#include "agent/work/loading.h"
#include "agent/work/place.h"
#include "agent/work/runs/environment.h"
#include "agent/work/runs/runner.h"
#include "agent/work/socket.h"
#include "agent/work/watches.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define SCRIPT_TIMEOUT_S 30
#define OUTPUT_BYTES 4096 /* its first line is what counts */
#define SLACK_MS 5000     /* the runner ends it before */

static const struct document_watched *find_watch(const struct held *held, const char *name)
{
    const struct document_watch *watch = &held->document.body.watch;
    for (size_t i = 0; i < watch->n_watches; i++) {
        if (watch->watches[i].kind == WATCH_KIND_SCRIPT && !strcmp(watch->watches[i].name, name))
            return &watch->watches[i];
    }
    return NULL;
}

static int64_t timeout_ms(const struct document_watched *watch)
{
    return 1000 * (int64_t)(watch->has_timeout_s ? watch->timeout_s : SCRIPT_TIMEOUT_S);
}

static int start(const struct work *work, const struct held *held, const struct document_watched *watch,
    struct runner *ret, struct problem *problem)
{
    const struct document_task task = {
        .head = *held_head(held), .n_argv = watch->n_argv, .argv = watch->argv, .script = watch->script
    };
    struct account account;
    struct environment environment;
    struct cgroup none = { 0 };
    if (account_find(watch->user ? watch->user : "nobody", &account, problem) ||
        environment_make(&task, &account, &environment, problem))
        return -1;
    const struct errand errand = { .argv = environment.argv,
        .environment = environment.variables,
        .script = watch->script ? watch->script->body : NULL,
        .script_bytes = watch->script ? strlen(watch->script->body) : 0,
        .account = &account,
        .cgroup = &none,
        .timeout_ms = timeout_ms(watch),
        .memory_bytes = work->policy.memory_limit_bytes,
        .processes = work->policy.processes_limit };
    int error = runner_start(&errand, ret, problem);
    environment_free(&environment);
    return error;
}

/* What it writes, until nobody of it is left; the rest is thrown away. */
static void read_output(const struct runner *runner, int64_t limit_ms, char text[OUTPUT_BYTES])
{
    int64_t until_ms = clock_mono_ms() + limit_ms;
    size_t length = 0;
    char beyond[OUTPUT_BYTES];
    for (;;) {
        struct pollfd output = { runner->output, POLLIN, 0 };
        int64_t left_ms = until_ms - clock_mono_ms();
        if (left_ms <= 0 || poll(&output, 1, (int)left_ms) < 1)
            break;
        bool full = length == OUTPUT_BYTES - 1;
        ssize_t count = full ? read(runner->output, beyond, sizeof(beyond))
                             : read(runner->output, text + length, OUTPUT_BYTES - 1 - length);
        if (!count || (count < 0 && errno != EAGAIN))
            break;
        length += count > 0 && !full ? (size_t)count : 0;
    }
    text[length] = '\0';
}

static struct run_end wait_end(const struct runner *runner)
{
    struct run_end end = { RUN_STOPPED, 0 };
    struct pollfd result = { runner->result, POLLIN, 0 };
    if (poll(&result, 1, SLACK_MS) != 1 || read(runner->result, &end, sizeof(end)) != sizeof(end))
        end.how = RUN_STOPPED;
    runner_stop(runner);
    waitpid(runner->pid, NULL, 0);
    return end;
}

/* Without characters that steer a terminal or a log. */
static void print_line(const char *text)
{
    for (; *text && *text != '\n'; text++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

/* As monitoring plugins have always said it: 0 ok, 1 warning, 2 critical, else unknown. */
static int say(const struct run_end *end, const char *text)
{
    static const enum level levels[] = { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL };
    size_t digits = strspn(text, "0123456789.");
    bool has_value = digits && (!text[digits] || strchr(" \t\n", text[digits]));
    if (end->how == RUN_EXITED) {
        enum level level = end->number < 3 ? levels[end->number] : LEVEL_UNKNOWN;
        printf("%s %s", level_words[level], has_value ? "" : "- ");
        print_line(text);
    } else if (end->how == RUN_TIMED_OUT) {
        printf("unknown - the script took too long and was ended");
    } else if (end->how == RUN_NOT_STARTED) {
        printf("unknown - the script could not be started: %s", strerror(end->number));
    } else {
        printf("unknown - the script was ended");
    }
    putchar('\n');
    return fflush(stdout) ? 1 : 0;
}

static int refuse(const struct problem *problem)
{
    printf("unknown - not run: %.160s\n", problem->reason);
    return fflush(stdout) ? 1 : 0;
}

/* Where the agent's user may not judge, ask by the socket, which gives the same answer. */
static int have_it_run(const struct options *options)
{
    char request[SOCKET_REQUEST_BYTES];
    struct problem problem;
    snprintf(request, sizeof(request), "script %.64s %.64s\n", options->words[1], options->words[2]);
    return socket_ask(request, &problem) ? refuse(&problem) : 0;
}

int watches_script(const struct options *options, char **argv)
{
    (void)argv;
    static struct work work;
    static char policy[PATH_MAX];
    struct problem problem;
    struct runner runner;
    char text[OUTPUT_BYTES];
    if (options->n_words != 3) {
        problem_set(&problem, "bad-option", "", "script DOCUMENT WATCH");
        return say_problem(&problem);
    }
    if (socket_is_between(options))
        return have_it_run(options);
    work.policy_path = options_whole(options->policy, policy);
    if (place_enter(options, &work.state, &problem))
        return refuse(&problem);
    if (!home_exists()) {
        problem_set(&problem, "no-trust", "", "this machine trusts nobody yet");
        return refuse(&problem);
    }
    if (loading_load(&work, &problem))
        return refuse(&problem);
    struct held *held = work_find(&work, options->words[1]);
    const struct document_watched *watch =
        held && held_head(held)->kind == DOCUMENT_KIND_WATCH ? find_watch(held, options->words[2]) : NULL;
    if (!watch || held->progress.over) {
        problem_set(&problem, "not-found", "", "no document held here has this watch");
        return refuse(&problem);
    }
    if (judging_judge(&work, held, NULL, &problem) || start(&work, held, watch, &runner, &problem))
        return refuse(&problem);
    read_output(&runner, timeout_ms(watch) + SLACK_MS, text);
    struct run_end end = wait_end(&runner);
    post_close(work.post);
    return say(&end, text);
}
