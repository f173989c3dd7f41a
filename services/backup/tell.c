#include "services/backup/tell.h"

#include <stdio.h>

#include "services/backup/backup.h"
#include "services/backup/catalogue/proofs.h"

#define SUBJECT_BYTES 24

struct about {
    struct agent_known agent;
    char subject[SUBJECT_BYTES];
    struct event_about event;
};

static void fill(struct backup *backup, uint32_t agent, int64_t time_ms, struct about *ret)
{
    bool known = agents_get(backup->records, agent, &ret->agent);
    snprintf(ret->subject, sizeof(ret->subject), "agent/%u", agent);
    ret->event =
        (struct event_about){ .tenant = known ? ret->agent.tenant : NULL, .subject = ret->subject, .time_ms = time_ms };
}

static const char *said(const char *text)
{
    return *text ? text : NULL;
}

int tell_ordered(struct backup *backup, const struct order *order)
{
    struct about about;
    char slot[DATE_BYTES];
    fill(backup, order->agent, order->ordered_ms, &about);
    civil_text(order->slot, slot);
    const struct event_backup_ordered data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .backup_class = order->class,
        .slot = slot,
        .order_sha256 = order->sha256,
    };
    return emit_backup_ordered(backup->program.bus, &about.event, &data, NULL, NULL);
}

static void tell_started(struct bus *bus, const struct event_about *about, const struct order *order, const char *slot)
{
    const struct event_backup_started data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .title = said(order->title),
        .backup_class = order->class,
        .slot = slot,
        .since = order->started_ms,
    };
    emit_backup_started(bus, about, &data, NULL, NULL);
}

static void tell_failed(struct bus *bus, const struct event_about *about, const struct order *order, const char *slot)
{
    const struct event_backup_failed data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .title = said(order->title),
        .backup_class = order->class,
        .slot = slot,
        .until = order->since_ms,
        .code = *order->code ? order->code : "failed",
        .reason = said(order->reason),
    };
    emit_backup_failed(bus, about, &data, NULL, NULL);
}

static void tell_refused(struct bus *bus, const struct event_about *about, const struct order *order, const char *slot)
{
    const struct event_backup_refused data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .title = said(order->title),
        .backup_class = order->class,
        .slot = slot,
        .code = *order->code ? order->code : "refused",
        .reason = said(order->reason),
    };
    emit_backup_refused(bus, about, &data, NULL, NULL);
}

static void tell_missed(struct bus *bus, const struct event_about *about, const struct order *order, const char *slot)
{
    const struct event_backup_missed data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .title = said(order->title),
        .backup_class = order->class,
        .slot = slot,
        .reason = order->reason,
    };
    emit_backup_missed(bus, about, &data, NULL, NULL);
}

void tell_order(struct backup *backup, const struct order *order)
{
    static void (*const tellers[BACKUP_STATE_COUNT])(
        struct bus *, const struct event_about *, const struct order *, const char *slot) = {
        [BACKUP_STATE_RUNNING] = tell_started,
        [BACKUP_STATE_FAILED] = tell_failed,
        [BACKUP_STATE_REFUSED] = tell_refused,
        [BACKUP_STATE_MISSED] = tell_missed,
    };
    struct about about;
    char slot[DATE_BYTES];
    backup->counts.ended[order->state]++;
    if (!tellers[order->state])
        return;
    fill(backup, order->agent, order->since_ms, &about);
    civil_text(order->slot, slot);
    tellers[order->state](backup->program.bus, &about.event, order, slot);
}

void tell_done(struct backup *backup, const struct snapshot *snapshot, const struct order *order)
{
    struct about about;
    char slot[DATE_BYTES];
    fill(backup, snapshot->agent, snapshot->ended_ms, &about);
    civil_text(snapshot->slot, slot);
    const struct event_backup_done data = {
        .agent = snapshot->agent,
        .backup = snapshot->backup,
        .document = order ? order->document : NULL,
        .has_document_version = order,
        .document_version = order ? order->version : 0,
        .title = order ? said(order->title) : NULL,
        .backup_class = snapshot->class,
        .slot = slot,
        .until = snapshot->ended_ms,
        .files = snapshot->files,
        .content_bytes = snapshot->content_bytes,
        .new_bytes = snapshot->new_bytes,
        .commit_sha256 = snapshot->commit_sha256,
    };
    backup->counts.ended[BACKUP_STATE_DONE]++;
    emit_backup_done(backup->program.bus, &about.event, &data, NULL, NULL);
}

void tell_doubtful(struct backup *backup, const struct order *order, enum doubt doubt, const char *reason)
{
    struct about about;
    char slot[DATE_BYTES];
    fill(backup, order->agent, order->since_ms, &about);
    civil_text(order->slot, slot);
    const struct event_backup_doubtful data = {
        .agent = order->agent,
        .backup = order->backup,
        .document = order->document,
        .document_version = order->version,
        .title = said(order->title),
        .backup_class = order->class,
        .slot = slot,
        .doubt = doubt,
        .reason = reason,
    };
    emit_backup_doubtful(backup->program.bus, &about.event, &data, NULL, NULL);
}

void tell_plan_ended(struct backup *backup, const char *document, const char *title, uint32_t agent)
{
    struct about about;
    fill(backup, agent, 0, &about);
    const struct event_plan_ended data = { .agent = agent, .document = document, .title = title };
    emit_plan_ended(backup->program.bus, &about.event, &data, NULL, NULL);
}

void tell_proof(struct backup *backup, const struct call_proof_report *proof, const char *actor)
{
    struct about about;
    fill(backup, proof->agent, proof->time, &about);
    about.event.actor = actor;
    const struct event_backup_proven proven = {
        .agent = proof->agent,
        .backup = proof->backup,
        .proof = proof->proof,
        .until = proof->time,
        .has_files = proof->has_files,
        .files = proof->files,
        .has_bytes = proof->has_bytes,
        .bytes = proof->bytes,
        .backup_target = proof->backup_target,
        .has_next_by = proof->has_next_by,
        .next_by = proof->next_by,
    };
    const struct event_backup_unproven unproven = {
        .agent = proof->agent,
        .backup = proof->backup,
        .proof = proof->proof,
        .until = proof->time,
        .reason = proof->reason ? proof->reason : "it is not what it was",
        .backup_target = proof->backup_target,
    };
    if (proof->proven)
        emit_backup_proven(backup->program.bus, &about.event, &proven, NULL, NULL);
    else
        emit_backup_unproven(backup->program.bus, &about.event, &unproven, NULL, NULL);
}

int tell_proof_late(struct backup *backup, const struct proof_late *late)
{
    struct about about;
    fill(backup, late->agent, late->next_by_ms, &about);
    const struct event_proof_late data = {
        .agent = late->agent,
        .proof = late->proof,
        .backup_target = said(late->target),
        .next_by = late->next_by_ms,
    };
    return emit_proof_late(backup->program.bus, &about.event, &data, NULL, NULL);
}

void tell_pruned(struct backup *backup, const struct call_prune_report *said, const char *actor)
{
    struct about about;
    fill(backup, said->agent, said->time, &about);
    about.event.actor = actor;
    const struct event_prune_stopped stopped = { .agent = said->agent,
        .backup_target = said->backup_target,
        .stopped_by = said->stopped_by,
        .reason = said->reason };
    const struct event_prune_resumed resumed = { .agent = said->agent, .backup_target = said->backup_target };
    if (said->has_stopped_by)
        emit_prune_stopped(backup->program.bus, &about.event, &stopped, NULL, NULL);
    else
        emit_prune_resumed(backup->program.bus, &about.event, &resumed, NULL, NULL);
}
