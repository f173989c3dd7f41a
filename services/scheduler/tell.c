#include "services/scheduler/tell.h"

#include <stdio.h>

#include "lib/exchange/agents.h"
#include "services/scheduler/scheduler.h"

#define SUBJECT_BYTES 48

static struct event_about about_paper(const struct paper *paper, const char *actor, char subject[SUBJECT_BYTES])
{
    snprintf(subject, SUBJECT_BYTES, "document/%s", paper->document);
    return (struct event_about){
        .tenant = paper->tenant[0] ? paper->tenant : NULL,
        .subject = subject,
        .actor = actor,
    };
}

static const char *said(const char *text)
{
    return text[0] ? text : NULL;
}

static void tell_begun(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_started data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .since = run->started_ms,
    };
    emit_task_started(bus, about, &data, NULL, NULL);
}

static void tell_done(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_done data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .until = run->ended_ms,
        .has_exit_status = run->has_exit_status,
        .exit_status = run->exit_status,
        .has_output_bytes = true,
        .output_bytes = run->output_bytes,
        .has_chain_link = run->chain_link,
        .chain_link = run->chain_link,
        .chain = said(run->chain),
    };
    emit_task_done(bus, about, &data, NULL, NULL);
}

static void tell_failed(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_failed data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .until = run->ended_ms,
        .has_exit_status = run->has_exit_status,
        .exit_status = run->exit_status,
        .has_signal = run->has_signal,
        .signal = run->signal,
        .code = said(run->code),
        .reason = said(run->reason),
        .has_output_bytes = true,
        .output_bytes = run->output_bytes,
        .has_chain_link = run->chain_link,
        .chain_link = run->chain_link,
        .chain = said(run->chain),
    };
    emit_task_failed(bus, about, &data, NULL, NULL);
}

static void tell_not_begun(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_refused data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .code = run->code[0] ? run->code : "refused",
        .reason = said(run->reason),
        .has_chain_link = run->chain_link,
        .chain_link = run->chain_link,
        .chain = said(run->chain),
    };
    emit_task_refused(bus, about, &data, NULL, NULL);
}

static void tell_interrupted(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_interrupted data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .until = run->ended_ms,
        .has_chain_link = run->chain_link,
        .chain_link = run->chain_link,
        .chain = said(run->chain),
    };
    emit_task_interrupted(bus, about, &data, NULL, NULL);
}

static void tell_expired(
    struct bus *bus, const struct event_about *about, const struct paper *paper, const struct run *run)
{
    const struct event_task_expired data = {
        .agent = run->agent,
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .occurrence = run->occurrence,
        .has_chain_link = run->chain_link,
        .chain_link = run->chain_link,
        .chain = said(run->chain),
    };
    emit_task_expired(bus, about, &data, NULL, NULL);
}

void tell_run(struct scheduler *scheduler, const struct paper *paper, const struct run *run)
{
    static void (*const tellers[RUN_STATE_COUNT])(
        struct bus *, const struct event_about *, const struct paper *, const struct run *) = {
        [RUN_STATE_RUNNING] = tell_begun,
        [RUN_STATE_DONE] = tell_done,
        [RUN_STATE_FAILED] = tell_failed,
        [RUN_STATE_REFUSED] = tell_not_begun,
        [RUN_STATE_INTERRUPTED] = tell_interrupted,
        [RUN_STATE_EXPIRED] = tell_expired,
    };
    struct agent_known agent;
    char subject[SUBJECT_BYTES];
    if (!tellers[run->state])
        return;
    bool known = agents_get(scheduler->records, run->agent, &agent);
    snprintf(subject, sizeof(subject), "agent/%u", run->agent);
    const struct event_about about = {
        .tenant = known ? agent.tenant : NULL, .subject = subject, .time_ms = run->since_ms
    };
    tellers[run->state](scheduler->program.bus, &about, paper, run);
}

void tell_drafted(struct scheduler *scheduler, const struct paper *paper)
{
    char subject[SUBJECT_BYTES];
    const struct event_about about = about_paper(paper, paper->maker, subject);
    const struct event_document_drafted data = {
        .document = paper->document,
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_sha256 = paper->sha256,
        .title = paper->title,
    };
    emit_document_drafted(scheduler->program.bus, &about, &data, NULL, NULL);
}

void tell_signed(struct scheduler *scheduler, const struct paper *paper, const char *actor)
{
    char subject[SUBJECT_BYTES];
    const struct event_about about = about_paper(paper, actor, subject);
    const struct event_document_signed data = {
        .document = paper->document,
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_sha256 = paper->sha256,
        .signers = paper->signers,
    };
    emit_document_signed(scheduler->program.bus, &about, &data, NULL, NULL);
}

int tell_logged(struct scheduler *scheduler, const struct paper *paper)
{
    char subject[SUBJECT_BYTES];
    const struct event_about about = about_paper(paper, paper->maker, subject);
    const struct event_document_logged data = {
        .document = paper->document,
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_sha256 = paper->sha256,
        .title = paper->title,
        .signers = paper->signers,
    };
    return emit_document_logged(scheduler->program.bus, &about, &data, NULL, NULL);
}

void tell_refused(struct scheduler *scheduler, const struct problem *problem, const char *actor)
{
    const struct event_about about = { .actor = actor };
    const struct event_document_refused data = {
        .code = problem->code,
        .reason = problem->reason[0] ? problem->reason : NULL,
    };
    scheduler->counts.refused++;
    emit_document_refused(scheduler->program.bus, &about, &data, NULL, NULL);
}

void tell_stopped(struct scheduler *scheduler, const struct paper *paper, uint32_t failed)
{
    char subject[SUBJECT_BYTES], reason[160];
    const struct event_about about = about_paper(paper, NULL, subject);
    snprintf(reason, sizeof(reason), "%u agents failed, and the document stops at %u", failed, paper->stop_failures);
    const struct event_rollout_stopped data = {
        .document = paper->document,
        .document_version = paper->version,
        .title = paper->title,
        .runs_failed = failed,
        .reason = reason,
    };
    emit_rollout_stopped(scheduler->program.bus, &about, &data, NULL, NULL);
}
