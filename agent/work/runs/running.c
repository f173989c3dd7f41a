#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/work/backups/restoring.h"
#include "agent/work/runs/cgroup.h"
#include "agent/work/runs/environment.h"
#include "agent/work/runs/files.h"
#include "agent/work/runs/output.h"
#include "agent/work/runs/runner.h"
#include "agent/work/work.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define REPLACE_LIMIT_MS 20000

struct run {
    struct work *work;
    struct held *held;
    int64_t occurrence;
    struct runner runner;
    struct cgroup cgroup;
    struct account account;
    char folder[PATH_MAX];       /* with the task's files; "": it has none */
    struct restoring *restoring; /* of a restore */
    struct loop_watch *of_output, *of_result;
    struct run_output output;
    bool cancelled;
    struct run_end end;
};

static bool is_task(const struct held *held)
{
    return held_head(held)->kind == DOCUMENT_KIND_TASK;
}

static void release(struct run *run)
{
    if (run->of_output)
        loop_unwatch(run->of_output);
    if (run->of_result)
        loop_unwatch(run->of_result);
    close(run->runner.output);
    close(run->runner.result);
    waitpid(run->runner.pid, NULL, 0);
    cgroup_remove(&run->cgroup);
    if (*run->folder)
        files_clear(run->folder, &run->account);
    restoring_free(run->restoring);
    run_output_close(&run->output);
    run->held->run = NULL;
    run->work->n_runs--;
    free(run);
}

static enum run_state state_of(const struct run *run, struct problem *problem)
{
    const struct run_end *end = &run->end;
    problem->code = NULL;
    if (run->cancelled && end->how == RUN_STOPPED) {
        problem_set(problem, "cancelled", "", "it was stopped while it ran");
        return RUN_STATE_CANCELLED;
    }
    if (end->how == RUN_STOPPED) {
        problem_set(problem, "interrupted", "", "the agent was stopped while it ran");
        return RUN_STATE_INTERRUPTED;
    }
    if (end->how == RUN_TIMED_OUT)
        problem_set(problem, "timeout", "", "it took longer than its document allows, and was ended");
    else if (end->how == RUN_NOT_STARTED)
        problem_set(problem, "not-started", "", "it could not be started: %s", strerror(end->number));
    else if (end->how == RUN_SIGNALLED)
        problem_set(problem, "signal", "", "it was ended by signal %d (%s)", end->number, strsignal(end->number));
    else if (end->number && (!run->restoring || !restoring_why(run->restoring, problem)))
        problem_set(problem, "exit", "", "it ended with status %d", end->number);
    else if (!end->number)
        return RUN_STATE_DONE;
    return RUN_STATE_FAILED;
}

/* What the server is told beside how it ended. */
static void add_figures(const struct run *run, struct envelope_run *message)
{
    const struct run_end *end = &run->end;
    message->has_exit_status = end->how == RUN_EXITED;
    message->exit_status = (uint32_t)end->number;
    message->has_signal = end->how == RUN_SIGNALLED;
    message->signal = (uint32_t)end->number;
    message->has_output_bytes = message->has_output_cut = true;
    message->output_bytes = run->output.bytes;
    message->output_cut = run->output.cut;
}

/* That it ended is on disk before it is told: a crash in between repeats the message and never calls it interrupted. */
static void finish(struct run *run)
{
    struct work *work = run->work;
    struct held *held = run->held;
    struct problem problem;
    char reason[REASON_BYTES], rest[BASE64_BYTES(RUN_OUTPUT_REST_BYTES)];
    size_t rest_bytes = run_output_rest(&run->output, rest);
    enum run_state state = state_of(run, &problem);
    struct envelope_run message =
        telling_of(held, run->occurrence, state, state == RUN_STATE_DONE ? NULL : &problem, reason);
    add_figures(run, &message);
    message.has_offset = rest_bytes > 0;
    message.offset = run->output.bytes - rest_bytes;
    message.data = rest_bytes ? rest : NULL;
    held->progress.running = false;
    ending_tell(work, held, &message);
    telling_note(work, run_state_words[state], held, *reason ? reason : NULL);
    if (is_task(held) && !held->plan.recurring)
        files_forget_all(work->post, &held->document.body.task);
    release(run);
    work_look(work);
}

static void read_output(struct run *run, bool all)
{
    if (run->restoring)
        restoring_read(run->restoring, run->runner.output, &run->output);
    else
        run_output_read(&run->output, run->runner.output, all);
}

static void output_ready(void *arg, uint32_t events)
{
    struct run *run = arg;
    if (events & EPOLLIN) {
        read_output(run, false);
    } else {
        loop_unwatch(run->of_output); /* all have closed it, and what they wrote was read */
        run->of_output = NULL;
    }
}

/* The runner has ended, and all of the task with it: what it wrote stands in the pipe. */
static void result_ready(void *arg, uint32_t events)
{
    (void)events;
    struct run *run = arg;
    ssize_t count = read(run->runner.result, &run->end, sizeof(run->end));
    if (count < 0 && errno == EAGAIN)
        return;
    if (count != sizeof(run->end))
        run->end = (struct run_end){ RUN_STOPPED, 0 };
    read_output(run, true);
    finish(run);
}

static int64_t least(bool said, uint64_t wanted, int64_t limit)
{
    return said && (int64_t)wanted < limit ? (int64_t)wanted : limit;
}

static int launch_task(struct run *run, struct problem *problem)
{
    struct work *work = run->work;
    const struct document_task *task = &run->held->document.body.task;
    struct environment environment;
    char name[64];
    int64_t memory_bytes =
        least(task->has_memory_limit_bytes, task->memory_limit_bytes, work->policy.memory_limit_bytes);
    int64_t processes = least(task->has_processes_limit, task->processes_limit, work->policy.processes_limit);
    if (account_find(task->user, &run->account, problem) ||
        (task->n_files && files_lay_out(work->post, task, &run->account, run->folder, problem)) ||
        environment_make(task, &run->account, &environment, problem))
        return -1;
    /* Two agents may share a group, where neither has one of its own. */
    snprintf(name, sizeof(name), "%.8s-%.32s", post_fingerprint(work->post), task->head.document);
    cgroup_make(name, memory_bytes, processes, &run->cgroup);
    const struct errand errand = { .argv = environment.argv,
        .environment = environment.variables,
        .script = task->script ? task->script->body : NULL,
        .script_bytes = task->script ? strlen(task->script->body) : 0,
        .folder = *run->folder ? run->folder : NULL,
        .account = &run->account,
        .cgroup = &run->cgroup,
        .timeout_ms = (int64_t)task->timeout_s * 1000,
        .memory_bytes = memory_bytes,
        .processes = processes };
    int error = runner_start(&errand, &run->runner, problem);
    environment_free(&environment);
    return error;
}

static int launch(struct run *run, struct problem *problem)
{
    if (is_task(run->held))
        return launch_task(run, problem);
    run->restoring = restoring_start(run->work, run->held, &run->cgroup, &run->runner, problem);
    return run->restoring ? 0 : -1;
}

static int watch(struct run *run, struct problem *problem)
{
    run->of_output = loop_watch(run->work->loop, run->runner.output, EPOLLIN, output_ready, run);
    run->of_result = loop_watch(run->work->loop, run->runner.result, EPOLLIN, result_ready, run);
    return !run_output_open(&run->output) && run->of_output && run->of_result
               ? 0
               : problem_set(problem, "no-memory", "", "cannot watch a run");
}

/* Durable before anything is begun. */
static int write_down(struct held *held, int64_t occurrence, struct problem *problem)
{
    struct progress before = held->progress, *progress = &held->progress;
    progress->begun = true;
    progress->running = true;
    progress->delivered = true;
    progress->occurrence = occurrence;
    progress->last_ms = occurrence ? occurrence : progress->last_ms;
    progress->asked_ms = 0;
    progress->runs++;
    if (!progress_save(progress, problem))
        return 0;
    *progress = before;
    return -1;
}

static void not_begun(struct work *work, struct run *run, const struct problem *problem)
{
    telling_note(work, "failed", run->held, problem->reason);
    run->held->progress.running = false;
    ending_without_run(work, run->held, run->occurrence, RUN_STATE_FAILED, problem);
    cgroup_remove(&run->cgroup);
    free(run);
}

int running_start(struct work *work, struct held *held, int64_t occurrence)
{
    struct problem problem;
    struct run *run = calloc(1, sizeof(*run));
    if (!run || write_down(held, occurrence, &problem)) {
        if (run)
            log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
        free(run);
        return -1;
    }
    *run = (struct run){ .work = work,
        .held = held,
        .occurrence = occurrence,
        .output = { work, held, occurrence,
            .limit_bytes = is_task(held) ? held->document.body.task.output_limit_bytes : RESTORING_OUTPUT_BYTES } };
    if (launch(run, &problem)) {
        not_begun(work, run, &problem);
        return 0;
    }
    held->run = run;
    work->n_runs++;
    telling_note(work, "started", held, NULL);
    telling_run(work, held, occurrence, RUN_STATE_RUNNING, NULL);
    if (watch(run, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.not-watched", &problem);
        runner_stop(&run->runner);
        waitpid(run->runner.pid, NULL, 0);
        finish(run);
    }
    return 0;
}

void running_stop(struct work *work, struct held *held)
{
    (void)work;
    if (!held->run)
        return;
    held->run->cancelled = true;
    runner_stop(&held->run->runner);
}

void running_replace(struct work *work, struct held *held)
{
    if (!held->run)
        return;
    struct pollfd result = { held->run->runner.result, POLLIN, 0 };
    running_stop(work, held);
    /* The runner gives its task a grace, then some time to go; one that hangs is killed, which ends its pipe. */
    if (poll(&result, 1, REPLACE_LIMIT_MS) != 1)
        kill(held->run->runner.pid, SIGKILL);
    fcntl(held->run->runner.result, F_SETFL, 0);
    result_ready(held->run, EPOLLIN);
}

void running_interrupted(struct work *work)
{
    struct problem problem;
    for (size_t i = 0; i < work->n_held; i++) {
        struct held *held = work->held[i];
        ending_send(work, held);
        if (!held->progress.running)
            continue;
        problem_set(&problem, "interrupted", "", "the machine or its agent went down while it ran; it is not repeated");
        telling_note(work, "interrupted", held, problem.reason);
        held->progress.running = false;
        ending_without_run(work, held, held->progress.occurrence, RUN_STATE_INTERRUPTED, &problem);
    }
}

/* They end by themselves when we do; the next start finds what was cut off. */
void running_leave(struct work *work)
{
    for (size_t i = 0; i < work->n_held; i++) {
        if (work->held[i]->run)
            runner_stop(&work->held[i]->run->runner);
    }
}
