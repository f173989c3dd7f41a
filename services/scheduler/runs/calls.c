/* task.list, show, runs, output and cancel. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/copies.h"
#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/documents/state.h"
#include "services/scheduler/runs/output.h"
#include "services/scheduler/runs/runs.h"
#include "services/scheduler/runs/state.h"
#include "services/scheduler/scheduler.h"

#define LISTED 1000          /* tasks in one answer, unless fewer are asked for */
#define RUNS_LISTED 10000    /* runs; a page of them */
#define CANCELLED_AT_ONCE 64 /* versions of one document, of which all but the newest were replaced */
#define OUTPUT_BYTES OUTPUT_PIECE_BYTES

static void refuse(struct bus_request *request, const char *code, const char *field, const char *reason)
{
    struct problem problem;
    problem_set(&problem, code, field, "%s", reason);
    bus_refuse(request, &problem);
}

/* A version of a task, or of what else agents hold, if who asks may see it; else the request is refused. */
static bool find_task(struct scheduler *scheduler, struct bus_request *request, const char *document, uint32_t version,
    const char *tenant, struct paper *ret)
{
    if (documents_meant(scheduler->records, document, version, ret) && (!tenant || !strcmp(tenant, ret->tenant)))
        return true;
    refuse(request, "not-found", "document", "there is no such document");
    return false;
}

static uint32_t at_most(bool has, uint32_t limit, uint32_t most)
{
    return has && limit < most ? limit : most;
}

struct tasks {
    struct scheduler *scheduler;
    struct copies copies;
    struct call_task_list_reply_row *rows;
    size_t n;
};

static void list_task(void *arg, const struct paper *paper)
{
    struct tasks *tasks = arg;
    struct runs_count count;
    runs_count(tasks->scheduler->records, paper->number, &count);
    tasks->rows[tasks->n++] = (struct call_task_list_reply_row){
        .document = copies_add(&tasks->copies, paper->document),
        .document_version = paper->version,
        .document_state = paper->state,
        .title = copies_add(&tasks->copies, paper->title),
        .maker = copies_add(&tasks->copies, paper->maker),
        .made_at = paper->made_ms,
        .expires = paper->expires_ms,
        .recurring = paper->recurring,
        .runs = (uint32_t)count.runs,
        .runs_open = (uint32_t)count.open,
        .runs_done = (uint32_t)count.done,
        .runs_failed = (uint32_t)count.failed,
    };
}

void serve_task_list(struct bus_request *request, const struct call_task_list *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct tasks tasks = { .scheduler = scheduler, .rows = calloc(LISTED, sizeof(*tasks.rows)) };
    if (!tasks.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    documents_each(scheduler->records, in->tenant, DOCUMENT_KIND_TASK, -1, at_most(in->has_limit, in->limit, LISTED),
        list_task, &tasks);
    const struct call_task_list_reply reply = { tasks.n, tasks.rows };
    answer_task_list(request, &reply);
    free(tasks.rows);
    copies_free(&tasks.copies);
}

struct shown {
    struct copies copies;
    struct call_task_show_reply_row *rows;
    size_t n;
};

static void show_run(void *arg, const struct run *run, const char *name, const char *site)
{
    struct shown *shown = arg;
    shown->rows[shown->n++] = (struct call_task_show_reply_row){
        .agent = run->agent,
        .name = copies_add(&shown->copies, name),
        .site = copies_add(&shown->copies, site),
        .run_state = run->state,
        .ring = run->ring,
        .occurrence = run->occurrence,
        .since = run->since_ms,
        .has_started_at = run->started_ms,
        .started_at = run->started_ms,
        .has_ended_at = run->ended_ms,
        .ended_at = run->ended_ms,
        .has_exit_status = run->has_exit_status,
        .exit_status = run->exit_status,
        .has_signal = run->has_signal,
        .signal = run->signal,
        .code = run->code[0] ? copies_add(&shown->copies, run->code) : NULL,
        .reason = run->reason[0] ? copies_add(&shown->copies, run->reason) : NULL,
        .output_bytes = run->output_bytes,
        .output_cut = run->output_cut,
    };
}

void serve_task_show(struct bus_request *request, const struct call_task_show *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct shown shown = { 0 };
    struct paper paper;
    struct runs_count count;
    if (!find_task(scheduler, request, in->document, in->document_version, in->tenant, &paper))
        return;
    uint32_t limit = at_most(in->has_limit, in->limit, RUNS_LISTED);
    shown.rows = calloc(limit, sizeof(*shown.rows));
    if (!shown.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    runs_count(scheduler->records, paper.number, &count);
    runs_of_document(scheduler->records, paper.number, in->has_run_state ? in->run_state : -1,
        in->has_after ? in->after : 0, limit, show_run, &shown);
    const struct call_task_show_reply reply = {
        .document = paper.document,
        .document_version = paper.version,
        .document_state = paper.state,
        .title = paper.title,
        .document_sha256 = paper.sha256,
        .maker = paper.maker,
        .made_at = paper.made_ms,
        .expires = paper.expires_ms,
        .recurring = paper.recurring,
        .signers = paper.signers,
        .runs = (uint32_t)count.runs,
        .runs_open = (uint32_t)count.open,
        .runs_done = (uint32_t)count.done,
        .runs_failed = (uint32_t)count.failed,
        .n_rows = shown.n,
        .rows = shown.rows,
    };
    answer_task_show(request, &reply);
    free(shown.rows);
    copies_free(&shown.copies);
}

struct history {
    struct copies copies;
    struct call_task_runs_reply_row *rows;
    size_t n;
};

static void add_past(void *arg, const struct run *run, const char *document, uint32_t version, const char *title)
{
    struct history *history = arg;
    history->rows[history->n++] = (struct call_task_runs_reply_row){
        .document = copies_add(&history->copies, document),
        .document_version = version,
        .title = copies_add(&history->copies, title),
        .run_state = run->state,
        .occurrence = run->occurrence,
        .since = run->since_ms,
        .has_started_at = run->started_ms,
        .started_at = run->started_ms,
        .has_ended_at = run->ended_ms,
        .ended_at = run->ended_ms,
        .has_exit_status = run->has_exit_status,
        .exit_status = run->exit_status,
        .has_signal = run->has_signal,
        .signal = run->signal,
        .code = run->code[0] ? copies_add(&history->copies, run->code) : NULL,
        .reason = run->reason[0] ? copies_add(&history->copies, run->reason) : NULL,
        .output_bytes = run->output_bytes,
    };
}

void serve_task_runs(struct bus_request *request, const struct call_task_runs *in)
{
    struct history history = { .rows = calloc(LISTED, sizeof(*history.rows)) };
    if (!history.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    runs_of_agent(
        scheduler_of(request)->records, in->agent, at_most(in->has_limit, in->limit, LISTED), add_past, &history);
    const struct call_task_runs_reply reply = { history.n, history.rows };
    answer_task_runs(request, &reply);
    free(history.rows);
    copies_free(&history.copies);
}

static void answer_output(
    struct scheduler *scheduler, struct bus_request *request, const struct run *run, uint64_t offset)
{
    char *data = malloc(OUTPUT_BYTES), *text = malloc(BASE64_BYTES(OUTPUT_BYTES));
    if (data && text) {
        size_t bytes = output_read(scheduler->records, run->run, offset, data, OUTPUT_BYTES);
        crypto_base64(data, bytes, text);
        const struct call_task_output_reply reply = {
            .offset = offset,
            .data = text,
            .output_bytes = run->output_bytes,
            .output_cut = run->output_cut,
            .ended = run_state_ended(run->state),
        };
        answer_task_output(request, &reply);
    } else {
        refuse(request, "no-memory", "", "no memory");
    }
    free(data);
    free(text);
}

void serve_task_output(struct bus_request *request, const struct call_task_output *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct paper paper;
    struct run run;
    if (!find_task(scheduler, request, in->document, in->document_version, in->tenant, &paper))
        return;
    if (runs_find(scheduler->records, paper.number, in->agent, in->has_occurrence ? in->occurrence : 0, &run))
        answer_output(scheduler, request, &run, in->has_offset ? in->offset : 0);
    else
        refuse(request, "not-found", "agent", "the agent has no such run of this task");
}

/* Why there is nothing left to end; NULL: there is. What agents hold in force ends when they are told so. */
static const char *nothing_left(struct records *records, const struct paper *paper)
{
    struct runs_count count;
    runs_count(records, paper->number, &count);
    if (count.open)
        return NULL;
    if (paper->state == DOCUMENT_STATE_CANCELLED)
        return "it was cancelled already, and nothing of it runs";
    if (paper->state == DOCUMENT_STATE_EXPIRED)
        return "its time is over, and nothing of it runs";
    return count.runs && !paper->recurring && paper->kind != DOCUMENT_KIND_SETTING ? "all its runs have ended already"
                                                                                   : NULL;
}

/* What stops things, or says who may sign, is not: it may have the number of what is. */
static bool is_cancellable(const struct paper *paper)
{
    return kind_rows[paper->kind].needs & NEEDS_UNFROZEN;
}

static bool is_any_left(struct records *records, const int64_t *numbers, size_t n)
{
    struct paper paper;
    for (size_t i = 0; i < n; i++) {
        if (documents_get(records, numbers[i], &paper) && is_cancellable(&paper) && !nothing_left(records, &paper))
            return true;
    }
    return false;
}

static void answer_cancelled(void *request)
{
    answer_task_cancel(request, &(struct call_task_cancel_reply){ 0 });
}

static void cancel(struct records *records, int64_t number)
{
    struct paper paper;
    if (!documents_get(records, number, &paper) || !is_cancellable(&paper))
        return;
    deliveries_withdraw(records, number);
    deliveries_stop(records, number);
    runs_end_unsent(records, number, RUN_STATE_CANCELLED, clock_wall_ms());
    documents_state(records, number, document_state_cancelled(paper.state));
}

/* Without a version all of them: who wants it stopped must not be misled by a newer draft. */
void serve_task_cancel(struct bus_request *request, const struct call_task_cancel *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct records *records = scheduler->records;
    struct paper paper;
    int64_t numbers[CANCELLED_AT_ONCE];
    if (!find_task(scheduler, request, in->document, in->document_version, in->tenant, &paper))
        return;
    if (!is_cancellable(&paper)) {
        refuse(request, "other-kind", "document", "what stops things, or says who may sign, is not cancelled");
        return;
    }
    size_t n = documents_going_on(records, in->document, in->document_version, numbers, CANCELLED_AT_ONCE);
    const char *why_not = nothing_left(records, &paper);
    if (why_not && !is_any_left(records, numbers, n)) {
        refuse(request, "ended", "document", why_not);
        return;
    }
    bus_request_old(request, json_pack("{s:s}", "document_state", document_state_words[paper.state]));
    for (size_t i = 0; i < n; i++)
        cancel(records, numbers[i]);
    scheduler_look(scheduler);
    if (records_then(records, answer_cancelled, request))
        refuse(request, "no-memory", "", "no memory");
}
