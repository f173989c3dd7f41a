#include <stdio.h>
#include <unistd.h>

#include "agent/work/people/answer.h"
#include "agent/work/people/people.h"
#include "agent/work/work.h"
#include "lib/log.h"
#include "lib/problem.h"

#define LOOK_MS 1000 /* for an answer that was typed */

static int level(const struct work *work, const struct held *held)
{
    int kind = held_head(held)->kind, wanted = kind == DOCUMENT_KIND_TASK      ? held->document.body.task.consent
                                               : kind == DOCUMENT_KIND_RESTORE ? held->document.body.restore.consent
                                                                               : CONSENT_NONE;
    return wanted > work->policy.consent ? wanted : work->policy.consent;
}

/* What it is, in a few words. */
static void describe(const struct held *held, char *ret, size_t room)
{
    const struct document_task *task = &held->document.body.task;
    if (held_head(held)->kind == DOCUMENT_KIND_UPDATE)
        snprintf(ret, room, "Version %.32s of this agent", held->document.body.update.package->version);
    else if (held_head(held)->kind == DOCUMENT_KIND_RESTORE)
        snprintf(ret, room, "Files of a backup into %.40s", held->document.body.restore.into);
    else
        snprintf(ret, room, "%s as %.32s", task->script ? "A script" : "A program", task->user);
}

static void announce(struct work *work, const struct held *held, const char *id)
{
    char text[600], what[80];
    describe(held, what, sizeof(what));
    snprintf(text, sizeof(text), "%.200s\n%s, signed by %.150s.", held_head(held)->title, what, held->signers);
    people_tell(work->people, id, id ? "May this be done on this machine?" : "This is done on this machine", text);
}

/* Once a version: what recurs is not announced each time. */
static enum asking notify(struct work *work, struct held *held)
{
    struct problem problem;
    if (held->progress.told)
        return ASKING_GO;
    held->progress.told = true;
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_WARNING, "work.cannot-keep", &problem);
    announce(work, held, NULL);
    return ASKING_GO;
}

static void note_answer(const struct work *work, const struct held *held, bool allow, uid_t by)
{
    char detail[64];
    snprintf(detail, sizeof(detail), "by user %u", by);
    telling_note(work, allow ? "allowed" : "denied", held, detail);
}

enum asking asking_for(struct work *work, struct held *held, int64_t occurrence, int64_t now_ms, int64_t *ret_again_ms,
    struct problem *problem)
{
    (void)occurrence;
    const char *id = held_head(held)->document;
    bool allow;
    uid_t by;
    int wanted = level(work, held);
    if (wanted == CONSENT_NONE)
        return ASKING_GO;
    if (wanted == CONSENT_NOTIFY)
        return notify(work, held);
    if (!held->progress.asked_ms) {
        answer_forget(id);
        held->progress.asked_ms = now_ms;
        if (progress_save(&held->progress, problem))
            return ASKING_NO;
        telling_note(work, "asked", held, NULL);
        announce(work, held, id);
    }
    if (answer_take(id, &allow, &by)) {
        note_answer(work, held, allow, by);
        return allow ? ASKING_GO
                     : (problem_set(problem, "consent-denied", "", "somebody at the machine said no"), ASKING_NO);
    }
    if (now_ms >= held->progress.asked_ms + work->policy.consent_wait_s * 1000) {
        problem_set(problem, "consent-unanswered", "", "nobody at the machine answered in time");
        return ASKING_NO;
    }
    *ret_again_ms = now_ms + LOOK_MS;
    return ASKING_WAIT;
}

void asking_answered(void *arg, const char *document, bool allow, uid_t by)
{
    struct work *work = arg;
    struct problem problem;
    if (!people_may_answer(by))
        return;
    if (answer_give(document, allow, by, &problem))
        log_problem(LOG_LEVEL_WARNING, "work.no-answer", &problem);
    work_look(work);
}
