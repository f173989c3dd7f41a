#include "agent/work/effects.h"

#include <stdio.h>

#include "agent/policy_settings.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/signed/status.h"

#define DETAIL_BYTES 300

/* Of the owner's policy alone: the version before of the same document may have been stricter. */
static int allow_setting(const struct work *work, const struct document_setting *setting, struct problem *problem)
{
    struct policy policy;
    return policy_find(work->policy_path, &policy, problem) ? -1 : policy_settle(&policy, setting, problem);
}

/* A server that holds one back could bring it after the next, and undo that. */
static int allow_move(const struct work *work, const struct document_move *move, struct problem *problem)
{
    if (move->head.made_at >= work->knowledge.home.moved_ms)
        return 0;
    return problem_set(problem, "old-version", "", "this machine was moved by a document that was signed later");
}

int effects_allow(const struct work *work, const struct document *document, struct problem *problem)
{
    if (document->body.head.kind == DOCUMENT_KIND_SETTING)
        return allow_setting(work, &document->body.setting, problem);
    return document->body.head.kind == DOCUMENT_KIND_MOVE ? allow_move(work, &document->body.move, problem) : 0;
}

static bool is_in_force(const struct work *work, const struct held *held)
{
    const struct document_head *head = held_head(held);
    const struct home *home = &work->knowledge.home;
    return head->kind == DOCUMENT_KIND_SETTING && !revocation_names(knowledge_revoked(&work->knowledge), head) &&
           knowledge_now(&work->knowledge, clock_wall_ms()) < head->expires &&
           document_is_for(&held->document, post_fingerprint(work->post), home->tenant, home->site);
}

/* Where the owner has made it stricter since, the stricter rule holds. */
void effects_restrict(struct work *work)
{
    for (size_t i = 0; i < work->n_held; i++) {
        if (is_in_force(work, work->held[i]))
            policy_settle(&work->policy, &work->held[i]->document.body.setting, NULL);
    }
}

static void tell_done(struct work *work, struct held *held, const char *what, const char *detail)
{
    const struct problem none = { 0 };
    held->progress.begun = true;
    held->progress.over = held_head(held)->kind == DOCUMENT_KIND_MOVE;
    telling_note(work, what, held, detail);
    ending_without_run(work, held, 0, RUN_STATE_DONE, &none);
    work->report_due = true;
}

static void set(struct work *work, struct held *held)
{
    const struct document_setting *setting = &held->document.body.setting;
    char detail[DETAIL_BYTES] = "";
    size_t length = 0;
    for (size_t i = 0; i < setting->n_settings && length < sizeof(detail); i++)
        length += (size_t)snprintf(detail + length, sizeof(detail) - length, "%s%s = %s", i ? ", " : "",
            setting->settings[i].name, setting->settings[i].value);
    tell_done(work, held, "set", detail);
}

/* On disk before it is told; a kill in between does it again. */
static void move(struct work *work, struct held *held)
{
    const struct document_move *document = &held->document.body.move;
    struct home home = work->knowledge.home;
    struct problem problem;
    char detail[DETAIL_BYTES];
    snprintf(detail, sizeof(detail), "%s/%s to %s/%s", home.tenant, home.site, document->to_tenant, document->to_site);
    snprintf(home.tenant, sizeof(home.tenant), "%s", document->to_tenant);
    snprintf(home.site, sizeof(home.site), "%s", document->to_site);
    home.moved_ms = document->head.made_at;
    if (home_save(&home, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
        return;
    }
    work->knowledge.home = home;
    tell_done(work, held, "moved", detail);
}

void effects_look(struct work *work, struct held *held)
{
    enum document_kind kind = (enum document_kind)held_head(held)->kind;
    struct problem problem;
    if ((kind != DOCUMENT_KIND_SETTING && kind != DOCUMENT_KIND_MOVE) || held->progress.begun || held->progress.over)
        return;
    if (judging_judge(work, held, NULL, &problem)) {
        held->progress.over = true;
        telling_note_refused(held, NULL, &problem);
        ending_without_run(work, held, 0, RUN_STATE_REFUSED, &problem);
    } else if (kind == DOCUMENT_KIND_SETTING) {
        set(work, held);
    } else {
        move(work, held);
    }
}
