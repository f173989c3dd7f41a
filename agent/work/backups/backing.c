#include "agent/work/backups/backing.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/helper.h"
#include "agent/work/runs/runner.h"
#include "agent/work/work.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define MEMORY_BYTES (INT64_C(512) << 20) /* it takes 100 MiB; dumps and copies of databases are its children */
#define SPACE_BYTES (INT64_C(8) << 30)    /* of addresses, without a control group: the cache is mapped */
#define PROCESSES 256                     /* threads count */
#define ARGV_MAX (64 + 2 * (2 * 256 + 64 + 16) + POLICY_PATHS * 2)

struct backing {
    struct work *work;
    struct backing_told told;
    struct runner runner;
    struct cgroup cgroup;
    struct loop_watch *of_output, *of_result;
    struct backup_said expected, last; /* last: done or failed, once it was said */
    bool stopped;
    struct said_lines lines;
};

struct words {
    size_t n;
    const char *all[ARGV_MAX + 1];
    char numbers[3][24];
};

static void add(struct words *words, const char *option, const char *value)
{
    words->all[words->n++] = option;
    if (value)
        words->all[words->n++] = value;
}

static void add_all(struct words *words, const char *option, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(words, option, values[i]);
}

static const char *number(char ret[24], uint64_t value)
{
    snprintf(ret, 24, "%" PRIu64, value);
    return ret;
}

/* What people signed. */
static void add_plan(struct words *words, const struct document_backup_plan *plan)
{
    add(words, "--target", plan->target);
    add(words, "--plan", plan->head.document);
    add_all(words, "--exclude", plan->excluded, plan->n_excluded);
    add_all(words, "--database", plan->databases, plan->n_databases);
    add_all(words, "--dump", plan->dumps, plan->n_dumps);
    if (plan->has_bandwidth_bytes_s)
        add(words, "--bandwidth", number(words->numbers[0], plan->bandwidth_bytes_s));
    if (plan->has_cpu_percent)
        add(words, "--cpu", number(words->numbers[1], plan->cpu_percent));
}

/* What the server may say. */
static void add_order(struct words *words, const struct backup_order *order)
{
    add(words, "--deployment", order->deployment);
    add(words, "--backup", order->backup);
    add(words, "--class", backup_class_words[order->backup_class]);
    add(words, "--slot", order->slot);
    add(words, "--kept-until", order->kept_until);
    add(words, "--zone", order->zone);
    if (order->base)
        add(words, "--base", order->base);
    if (order->anchor)
        add(words, "--anchor", NULL);
    add(words, "--commit-by", number(words->numbers[2], (uint64_t)(order->expires / 1000)));
}

static void add_policy(struct words *words, const struct policy *policy)
{
    for (size_t i = 0; i < policy->backup_paths.count; i++)
        add(words, "--within", policy->backup_paths.paths[i]);
}

static void fill_words(struct words *words, const struct work *work, const struct document_backup_plan *plan,
    const struct ordered *ordered, const char *program, const char *home, const char *commit)
{
    *words = (struct words){ 0 };
    add(words, program, NULL);
    add(words, "--ordered", NULL);
    add(words, "--state", work->state_path);
    add(words, "--home", home);
    add(words, "--commit-to", commit);
    if (work->targets_path)
        add(words, "--targets", work->targets_path);
    add_plan(words, plan);
    add_order(words, &ordered->order.body);
    add_policy(words, &work->policy);
    add(words, "--", NULL);
    for (size_t i = 0; i < plan->n_paths; i++)
        add(words, plan->paths[i], NULL);
}

static void take_line(void *arg, const char *line)
{
    struct backing *backing = arg;
    struct backup_said said;
    backup_line(line, &said);
    if (said.word == BACKUP_SAYS_EXPECT)
        backing->expected = said;
    else if (said.word == BACKUP_SAYS_PROGRESS)
        backing->told.progress(backing->told.arg, &said, &backing->expected);
    else if (said.word != BACKUP_SAYS_NOTHING)
        backing->last = said;
}

static void output_ready(void *arg, uint32_t events)
{
    struct backing *backing = arg;
    char part[4096];
    ssize_t count;
    if (events & EPOLLIN && (count = read(backing->runner.output, part, sizeof(part))) > 0) {
        said_lines_add(&backing->lines, part, (size_t)count, take_line, backing);
    } else if (!(events & EPOLLIN)) {
        loop_unwatch(backing->of_output);
        backing->of_output = NULL;
    }
}

static void release(struct backing *backing)
{
    loop_unwatch(backing->of_output);
    loop_unwatch(backing->of_result);
    close(backing->runner.output);
    close(backing->runner.result);
    waitpid(backing->runner.pid, NULL, 0);
    cgroup_remove(&backing->cgroup);
    free(backing);
}

static void say_failed(struct backup_said *said, const char *code, const char *reason)
{
    *said = (struct backup_said){ .word = BACKUP_SAYS_FAILED };
    snprintf(said->code, sizeof(said->code), "%s", code);
    snprintf(said->reason, sizeof(said->reason), "%s", reason);
}

/* Its own last word counts only if it ended as that says. */
static void judge_end(struct backing *backing, const struct run_end *end)
{
    struct backup_said *last = &backing->last;
    bool well = end->how == RUN_EXITED && end->number == 0;
    if (end->how == RUN_TIMED_OUT)
        say_failed(last, "timeout", "it was not done before its order expired");
    else if (end->how == RUN_NOT_STARTED)
        say_failed(last, "not-started", strerror(end->number));
    else if (end->how == RUN_STOPPED)
        say_failed(last, "stopped", "it was stopped while it ran");
    else if (last->word == BACKUP_SAYS_NOTHING || well != (last->word == BACKUP_SAYS_DONE))
        say_failed(last, "broken-off", "the program that backs up ended without saying how");
}

static void result_ready(void *arg, uint32_t events)
{
    (void)events;
    struct backing *backing = arg;
    struct run_end end;
    char part[4096];
    ssize_t count = read(backing->runner.result, &end, sizeof(end));
    if (count < 0 && errno == EAGAIN)
        return;
    bool stopped = count != sizeof(end) || end.how == RUN_STOPPED;
    if (count != sizeof(end))
        end = (struct run_end){ RUN_STOPPED, 0 };
    while ((count = read(backing->runner.output, part, sizeof(part))) > 0)
        said_lines_add(&backing->lines, part, (size_t)count, take_line, backing);
    judge_end(backing, &end);
    backing->told.ended(backing->told.arg, &backing->last, stopped);
    release(backing);
}

/* Ourselves: root where the agent is installed. */
static int find_self(struct account *ret, struct problem *problem)
{
    const struct passwd *self = getpwuid(geteuid());
    if (!self)
        return problem_errno(problem, "no-user", "", "this machine has no name for user %u", geteuid());
    return account_find(self->pw_name, ret, problem);
}

static int launch(struct backing *backing, const struct words *words, const struct ordered *ordered,
    const char *home, struct problem *problem)
{
    static const char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8", NULL };
    struct account account;
    char name[64];
    int64_t left_ms = ordered->order.body.expires - knowledge_now(&backing->work->knowledge, clock_wall_ms());
    if (find_self(&account, problem))
        return -1;
    snprintf(name, sizeof(name), "%.8s-%.32s", post_fingerprint(backing->work->post), ordered->order.body.backup);
    cgroup_make(name, MEMORY_BYTES, PROCESSES, &backing->cgroup);
    const struct errand errand = { .argv = words->all,
        .environment = environment,
        .own_errors = true,
        .folder = home,
        .account = &account,
        .cgroup = &backing->cgroup,
        .timeout_ms = left_ms > 0 ? left_ms : 1,
        .memory_bytes = backing->cgroup.memory ? MEMORY_BYTES : SPACE_BYTES,
        .processes = backing->cgroup.processes || !geteuid() ? PROCESSES : 4096 };
    return runner_start(&errand, &backing->runner, problem);
}

static int start(struct backing *backing, const struct held *plan, const struct ordered *ordered,
    struct problem *problem)
{
    char program[PATH_MAX], home[PATH_MAX - ORDERED_PATH_BYTES], commit[PATH_MAX], file[ORDERED_PATH_BYTES];
    struct words *words = malloc(sizeof(*words));
    if (!words)
        return problem_set(problem, "no-memory", "", "no memory for a backup");
    int error = helper_find("vedette-agent-backup", program, problem);
    if (!error && !getcwd(home, sizeof(home)))
        error = problem_errno(problem, "bad-state", "", "cannot tell where we are");
    if (!error) {
        ordered_commit_path(ordered, file);
        snprintf(commit, sizeof(commit), "%s/%s", home, file);
        fill_words(words, backing->work, &plan->document.body.backup_plan, ordered, program, home, commit);
        error = launch(backing, words, ordered, home, problem);
    }
    free(words);
    return error ? -1 : 0;
}

struct backing *backing_start(struct work *work, const struct held *plan, const struct ordered *ordered,
    const struct backing_told *told, struct problem *problem)
{
    struct backing *backing = calloc(1, sizeof(*backing));
    if (!backing) {
        problem_set(problem, "no-memory", "", "no memory for a backup");
        return NULL;
    }
    backing->work = work;
    backing->told = *told;
    if (start(backing, plan, ordered, problem)) {
        cgroup_remove(&backing->cgroup);
        free(backing);
        return NULL;
    }
    backing->of_output = loop_watch(work->loop, backing->runner.output, EPOLLIN, output_ready, backing);
    backing->of_result = loop_watch(work->loop, backing->runner.result, EPOLLIN, result_ready, backing);
    if (backing->of_output && backing->of_result)
        return backing;
    runner_stop(&backing->runner);
    release(backing);
    problem_set(problem, "no-memory", "", "cannot watch a backup");
    return NULL;
}

void backing_stop(struct backing *backing)
{
    runner_stop(&backing->runner);
}
