#include <stdio.h>
#include <string.h>

#include "agent/work/backups/backups.h"
#include "agent/work/backups/restoring.h"
#include "agent/work/envelopes/rekeying.h"
#include "agent/work/runs/files.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"

/* Documents of these kinds are kept once they were judged. Others are followed, or not known to this version. */
#define HELD_KINDS                                                                                                     \
    (1u << DOCUMENT_KIND_TASK | 1u << DOCUMENT_KIND_WATCH | 1u << DOCUMENT_KIND_FREEZE |                               \
        1u << DOCUMENT_KIND_UNFREEZE | 1u << DOCUMENT_KIND_SUCCESSION | 1u << DOCUMENT_KIND_UPDATE |                   \
        1u << DOCUMENT_KIND_SETTING | 1u << DOCUMENT_KIND_MOVE | 1u << DOCUMENT_KIND_BACKUP_PLAN |                     \
        1u << DOCUMENT_KIND_RESTORE)

/* Of what is not held. */
static void note_plain(const char *what, const char *about, const char *detail)
{
    char line[512];
    snprintf(line, sizeof(line), "%s: %.300s", about, detail);
    telling_note(NULL, what, NULL, line);
}

static void note_refused(const char *about, const struct problem *problem)
{
    telling_note_refused(NULL, about, problem);
}

/* What is followed: trust, revocation, status. */

static int follow_trust(struct work *work, const char *text, struct problem *problem)
{
    char detail[64];
    if (knowledge_trust(&work->knowledge, text, strlen(text), problem) ||
        post_trust(work->post, work->knowledge.trust, problem))
        return -1;
    snprintf(detail, sizeof(detail), "version %u of the trust file", work->knowledge.trust->body->head.version);
    note_plain("trusts", "trust", detail);
    return 0;
}

/* What was withdrawn is begun no more, and ended where it runs. */
static void stop_revoked(struct work *work)
{
    struct trust_revoked revoked = knowledge_revoked(&work->knowledge);
    for (size_t i = 0; i < work->n_held; i++) {
        struct held *held = work->held[i];
        if (!revocation_names(revoked, held_head(held)) || held->progress.over)
            continue;
        telling_note(work, "revoked", held, NULL);
        running_stop(work, held);
        backups_end_plan(work, held, "revoked", "its plan was withdrawn while it ran");
    }
}

static int follow_revocation(struct work *work, const struct dsse *dsse, const char *text, struct problem *problem)
{
    if (knowledge_revocation(&work->knowledge, dsse, text, problem))
        return -1;
    note_plain("revokes", "revocation", work->knowledge.revocation.body.head.title);
    stop_revoked(work);
    return 0;
}

/* True: it is one of these kinds, and was dealt with. */
static bool follow(struct work *work, const struct dsse *dsse, const char *text)
{
    struct problem problem;
    int error;
    if (dsse->kind == DOCUMENT_KIND_TRUST)
        error = follow_trust(work, text, &problem);
    else if (dsse->kind == DOCUMENT_KIND_REVOCATION)
        error = follow_revocation(work, dsse, text, &problem);
    else if (dsse->kind == DOCUMENT_KIND_STATUS)
        error = knowledge_status(&work->knowledge, dsse, text, &problem);
    else
        return false;
    /* A repeat is no news. */
    if (error && strcmp(problem.code, "same-version"))
        note_refused(document_kind_words[dsse->kind], &problem);
    if (!error)
        work->report_due = true;
    return true;
}

/* What is held: tasks, watches, freezes. */

static void replace(struct work *work, struct held *old, struct held *held)
{
    for (size_t i = 0; i < work->n_held; i++) {
        if (work->held[i] == old)
            work->held[i] = held;
    }
    held_free(old);
}

/* It is on disk when this returns: the document first, then that it is its version that counts. */
static int keep(struct work *work, struct held *held, struct held *old, struct problem *problem)
{
    if (!old && !held_has_room(work->n_held, (enum document_kind)held_head(held)->kind))
        return problem_set(problem, "too-many", "", "this machine holds %zu documents already", work->n_held);
    if (old)
        held->progress = old->progress;
    else if (progress_exists(held_head(held)->document) &&
             progress_load(held_head(held)->document, &held->progress, problem))
        return -1;
    if (held->progress.version != held_head(held)->version)
        progress_begin(&held->progress, held_head(held), held->dsse.sha256, clock_wall_ms());
    if (held_save(held, problem) || progress_save(&held->progress, problem))
        return -1;
    if (old)
        replace(work, old, held);
    else
        work->held[work->n_held++] = held;
    return 0;
}

static void begin_freeze(struct work *work)
{
    for (size_t i = 0; i < work->n_held; i++)
        running_stop(work, work->held[i]);
    backups_freeze(work);
}

/* Judged and kept; what is not good before some time is judged again then. other_log: what is wrong with the log that
 * its receipt shows; NULL: nothing. */
static int admit(
    struct work *work, struct held *held, struct held *old, const struct problem *other_log, struct problem *problem)
{
    struct judgement judgement;
    struct signers signers;
    enum document_kind kind = (enum document_kind)held_head(held)->kind;
    bool later = false;
    if (old && !document_same(held_head(old), held_head(held)))
        return problem_set(problem, "other-kind", "", "a document of kind %s has this id here",
            document_kind_words[held_head(old)->kind]);
    if (judging_judge(work, held, &judgement, problem)) {
        /* What is not begun has its effect, or takes another's away, as soon as it is kept. */
        later = (kind == DOCUMENT_KIND_TASK || kind == DOCUMENT_KIND_UPDATE || kind == DOCUMENT_KIND_RESTORE) &&
                !strcmp(problem->code, "not-yet");
        if (!later)
            return -1;
    }
    if (other_log && kind_rows[kind].needs & NEEDS_RECEIPT) {
        *problem = *other_log;
        return -1;
    }
    if (!(HELD_KINDS >> kind & 1))
        return problem_set(
            problem, "not-supported", "", "this agent carries out no documents of kind %s", document_kind_words[kind]);
    if (!verify_signers(&held->dsse, work->knowledge.trust, knowledge_revoked(&work->knowledge), &signers, NULL))
        signers_text(&signers, work->knowledge.trust, held->signers, sizeof(held->signers));
    if (old)
        running_replace(work, old); /* the new version says what is to be done now */
    if (keep(work, held, old, problem))
        return -1;
    telling_note(work, "accepted", held, later ? "for later" : NULL);
    return 0;
}

/* A document that nobody signed whom we know is read no further: from here on its payload is parsed with our rights. */
static int check_signatures(const struct work *work, const struct dsse *dsse, struct problem *problem)
{
    struct signers signers = { 0 };
    struct problem why;
    if (!verify_signers(dsse, work->knowledge.trust, knowledge_revoked(&work->knowledge), &signers, &why) ||
        signers.count)
        return 0;
    *problem = why;
    return -1;
}

/* All that is known of it is what it says of itself. */
static void refuse_unread(struct work *work, const struct opened *opened, const struct problem *problem)
{
    char about[64], reason[REASON_BYTES];
    snprintf(about, sizeof(about), "document %.8s v%u", opened->document, opened->version);
    note_refused(*opened->document ? about : "a document", problem);
    if (!*opened->document || !opened->version)
        return;
    telling_sentence(reason, problem->reason);
    telling_send(work, ENVELOPE_RUN,
        &(struct envelope_run){ .document = opened->document,
            .document_version = opened->version,
            .run_state = RUN_STATE_REFUSED,
            .time = clock_wall_ms(),
            .code = problem->code,
            .reason = *reason ? reason : NULL });
}

/* other_log: as for admit. */
static void take_held(struct work *work, const struct envelope_document *message, const struct problem *other_log)
{
    struct problem problem;
    struct held *held = held_read(message->dsse, message->entry, message->receipt, &problem);
    if (!held) {
        note_refused("a document", &problem);
        return;
    }
    struct held *old = work_find(work, held_head(held)->document);
    if (old && !memcmp(old->dsse.sha256, held->dsse.sha256, SHA256_BYTES)) {
        held_free(held); /* brought again */
        return;
    }
    if (admit(work, held, old, other_log, &problem)) {
        telling_refused(work, held, &problem);
        held_free(held);
        return;
    }
    if (held_head(held)->kind == DOCUMENT_KIND_FREEZE)
        begin_freeze(work);
    if (held_head(held)->kind == DOCUMENT_KIND_SUCCESSION)
        following_succeeded(work, held);
}

static void take_document(struct work *work, const struct opened *opened)
{
    const struct envelope_document *message = opened->message;
    struct dsse dsse;
    struct problem problem, log;
    /* Before all else, and whatever comes of the document: the server counts on it (decision 37). */
    bool other_log = following_receipt(work, message->receipt, message->consistency, &log);
    if (dsse_parse(message->dsse, strlen(message->dsse), &dsse, &problem)) {
        note_refused("a document", &problem);
        return;
    }
    if (check_signatures(work, &dsse, &problem))
        refuse_unread(work, opened, &problem);
    else if (!follow(work, &dsse, message->dsse))
        take_held(work, message, other_log ? &log : NULL);
    dsse_free(&dsse);
}

/* A setting only restricts: without it more would be permitted. An update that lies ready is tried to its end. */
static bool may_be_stopped(const struct held *held)
{
    int kind = held_head(held)->kind;
    return kind != DOCUMENT_KIND_SETTING && !(kind == DOCUMENT_KIND_UPDATE && held->progress.begun);
}

/* The server may stop what does something: that needs no signature. */
static void take_stop(struct work *work, const struct envelope_stop *message)
{
    struct problem problem;
    struct held *held = work_find(work, message->document);
    if (!held || held->progress.over || !may_be_stopped(held))
        return;
    held->progress.over = true;
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    telling_note(work, "stopped", held, "by the server");
    backups_end_plan(work, held, "cancelled", "its plan was stopped by the server while it ran");
    problem_set(&problem, "cancelled", "", "it was stopped before it began");
    if (held->run)
        running_stop(work, held);
    else
        ending_without_run(work, held, 0, RUN_STATE_CANCELLED, &problem);
}

/* A piece of a file that is not wanted does no harm: it came late, or twice. */
static void take_piece(struct work *work, const struct envelope_file *message)
{
    struct problem problem;
    if (files_take(work->post, message, &problem))
        log_problem(LOG_LEVEL_DEBUG, "work.piece-not-taken", &problem);
}

void taking_deal(void *arg, const struct opened *opened)
{
    struct work *work = arg;
    if (opened->is_wrong)
        note_refused("a document", &opened->why);
    else if (opened->purpose == ENVELOPE_DOCUMENT)
        take_document(work, opened);
    else if (opened->purpose == ENVELOPE_STOP)
        take_stop(work, opened->message);
    else if (opened->purpose == ENVELOPE_CHECKPOINT)
        following_checkpoint(work, opened->message);
    else if (opened->purpose == ENVELOPE_FILE)
        take_piece(work, opened->message);
    else if (opened->purpose == ENVELOPE_BACKUP_ORDER)
        backups_order(work, opened->message);
    else if (opened->purpose == ENVELOPE_BACKUP_STOP)
        backups_stop(work, opened->message);
    else if (opened->purpose == ENVELOPE_KEYS || opened->purpose == ENVELOPE_KEYS_REFUSED)
        restoring_take(work, opened);
    else if (opened->purpose == ENVELOPE_REKEYED || opened->purpose == ENVELOPE_BACKUP_REKEYED)
        rekeying_known(work, opened);
    work_look(work);
}

void taking_refused(void *arg, const struct problem *problem)
{
    (void)arg;
    note_refused("an envelope", problem);
    log_problem(LOG_LEVEL_WARNING, "work.envelope-refused", problem);
}
