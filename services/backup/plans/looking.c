#include "services/backup/plans/looking.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "services/backup/backup.h"
#include "services/backup/orders/ordering.h"
#include "services/backup/plans/duties.h"

#define DEADLINE_MS 10000
#define SOON_US 300000 /* the scheduler hears from the log at the same moment that a document stands there */
#define AGAIN_US 2000000
#define PERIOD_US 60000000

static void finish(struct looking *looking, const struct problem *refused)
{
    looking->asking = false;
    if (refused)
        log_problem(LOG_LEVEL_WARNING, "plans.not-told", refused);
    else
        looking->whole = true;
    loop_timer_set(looking->timer, looking->again ? SOON_US : refused ? AGAIN_US : PERIOD_US);
    looking->again = false;
    backup_look(looking->backup);
}

/* Logs that follow others, and plans. */

static void keep_succession(struct looking *looking, const char *dsse)
{
    struct document document;
    struct problem problem;
    if (trusted_document(&looking->backup->trusted, DOCUMENT_KIND_SUCCESSION, dsse, &document, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "succession.not-followed", &problem);
        return;
    }
    successors_add(&looking->coming, &document);
    document_free(&document);
}

static void keep_plan(struct backup *backup, const char *dsse)
{
    struct document document;
    struct problem problem;
    int64_t now_ms = clock_wall_ms();
    char name[BACKUP_BYTES];
    if (trusted_document(&backup->trusted, DOCUMENT_KIND_BACKUP_PLAN, dsse, &document, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "plan.not-kept", &problem);
        return;
    }
    snprintf(name, sizeof(name), "%s", document.body.head.document);
    if (plans_keep(&backup->plans, &document, dsse, now_ms, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "plan.not-kept", &problem);
        document_free(&document);
        return;
    }
    duties_resolve(backup->records, plans_find(&backup->plans, name), now_ms);
}

static void fetch_next(struct looking *looking);

static void take_document(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    const struct call_document_get_reply *reply = in;
    if (refused) {
        finish(looking, refused);
        return;
    }
    if (looking->wants == DOCUMENT_KIND_SUCCESSION)
        keep_succession(looking, reply->dsse);
    else
        keep_plan(looking->backup, reply->dsse);
    fetch_next(looking);
}

static void ask_plans(struct looking *looking);

static void fetch_next(struct looking *looking)
{
    if (!looking->n_wanted && looking->wants == DOCUMENT_KIND_SUCCESSION) {
        looking->backup->trusted.successors = looking->coming;
        ask_plans(looking);
        return;
    }
    if (!looking->n_wanted) {
        finish(looking, NULL);
        return;
    }
    looking->n_wanted--;
    const struct call_document_get request = { .document = looking->wanted[looking->n_wanted].document,
        .has_document_kind = true,
        .document_kind = (int)looking->wants,
        .has_document_version = true,
        .document_version = looking->wanted[looking->n_wanted].version };
    ask_document_get(looking->backup->program.bus, NULL, &request, DEADLINE_MS, take_document, looking);
}

/* Drafts are of no effect; of the others the newest version says it. */
static const struct call_document_list_reply_row *newest(
    const struct call_document_list_reply *list, const char *document)
{
    const struct call_document_list_reply_row *found = NULL;
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct call_document_list_reply_row *row = &list->rows[i];
        bool counts = row->document_state != DOCUMENT_STATE_DRAFT && row->document_state != DOCUMENT_STATE_SIGNED;
        if (counts && !strcmp(row->document, document) && (!found || row->document_version > found->document_version))
            found = row;
    }
    return found;
}

static void end_others(struct looking *looking, const struct call_document_list_reply *list)
{
    struct plans *plans = &looking->backup->plans;
    for (size_t i = plans->n; i-- > 0;) {
        const char *document = plans->all[i]->body->head.document;
        const struct call_document_list_reply_row *row = newest(list, document);
        if (!row || row->document_state != DOCUMENT_STATE_LOGGED)
            ordering_end_plan(looking->backup, plans->all[i]);
    }
}

static void want(struct looking *looking, const struct call_document_list_reply_row *row)
{
    snprintf(looking->wanted[looking->n_wanted].document, BACKUP_BYTES, "%s", row->document);
    looking->wanted[looking->n_wanted++].version = row->document_version;
}

static void want_plans(struct looking *looking, const struct call_document_list_reply *list)
{
    looking->wants = DOCUMENT_KIND_BACKUP_PLAN;
    looking->n_wanted = 0;
    for (size_t i = 0; i < list->n_rows && looking->n_wanted < PLANS_MAX; i++) {
        const struct call_document_list_reply_row *row = &list->rows[i];
        const struct plan *plan = plans_find(&looking->backup->plans, row->document);
        if (row != newest(list, row->document) || row->document_state != DOCUMENT_STATE_LOGGED ||
            (plan && plan->body->head.version >= row->document_version))
            continue;
        want(looking, row);
    }
}

static void take_plans(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    if (refused) {
        finish(looking, refused);
        return;
    }
    end_others(looking, in);
    want_plans(looking, in);
    fetch_next(looking);
}

static void ask_plans(struct looking *looking)
{
    const struct call_document_list request = { .has_document_kind = true, .document_kind = DOCUMENT_KIND_BACKUP_PLAN };
    ask_document_list(looking->backup->program.bus, NULL, &request, DEADLINE_MS, take_plans, looking);
}

static void take_successions(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    const struct call_document_list_reply *list = in;
    if (refused) {
        finish(looking, refused);
        return;
    }
    looking->wants = DOCUMENT_KIND_SUCCESSION;
    looking->n_wanted = looking->coming.n = 0;
    for (size_t i = 0; i < list->n_rows && looking->n_wanted < SUCCESSORS_MAX; i++)
        want(looking, &list->rows[i]);
    fetch_next(looking);
}

static void ask_successions(struct looking *looking)
{
    const struct call_document_list request = { .has_document_kind = true,
        .document_kind = DOCUMENT_KIND_SUCCESSION,
        .has_document_state = true,
        .document_state = DOCUMENT_STATE_LOGGED,
        .has_limit = true,
        .limit = SUCCESSORS_MAX };
    ask_document_list(looking->backup->program.bus, NULL, &request, DEADLINE_MS, take_successions, looking);
}

/* Trust, and what can only stop plans: before them. */

static void review(struct backup *backup)
{
    const struct plan *plan;
    while ((plan = plans_unverified(&backup->plans, &backup->trusted)))
        ordering_end_plan(backup, plan);
}

static void take_revocation(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    struct backup *backup = looking->backup;
    const struct call_document_get_reply *reply = in;
    struct problem problem;
    if (refused) {
        finish(looking, refused);
        return;
    }
    if (!trusted_revoke(&backup->trusted, backup->records, reply->dsse, &problem))
        review(backup);
    else if (strcmp(problem.code, "same-version"))
        log_problem(LOG_LEVEL_WARNING, "revocation.not-followed", &problem);
    ask_successions(looking);
}

static void take_revocations(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    const struct call_document_list_reply *list = in;
    if (refused) {
        finish(looking, refused);
        return;
    }
    if (!list->n_rows || list->rows[0].document_version <= trusted_revocation(&looking->backup->trusted)) {
        ask_successions(looking);
        return;
    }
    const struct call_document_get request = {
        .document = list->rows[0].document, .has_document_kind = true, .document_kind = DOCUMENT_KIND_REVOCATION
    };
    ask_document_get(looking->backup->program.bus, NULL, &request, DEADLINE_MS, take_revocation, looking);
}

static int follow_trust(struct backup *backup, const char *dsse, struct problem *problem)
{
    char before[FINGERPRINT_HEX_BYTES];
    memcpy(before, backup->trusted.own.sign_key, sizeof(before));
    /* It may name a key that was made since we began. */
    if (own_keys_load(&backup->own_keys, backup->program.name, problem) ||
        trusted_follow(&backup->trusted, backup->records, dsse, problem))
        return -1;
    if (*before && strcmp(before, backup->trusted.own.sign_key))
        sending_key_changed(backup);
    return 0;
}

static void take_trust(void *arg, const struct problem *refused, const void *in)
{
    struct looking *looking = arg;
    struct backup *backup = looking->backup;
    const struct call_trust_get_reply *chain = in;
    uint32_t before = trusted_version(&backup->trusted);
    struct problem problem;
    if (refused) {
        finish(looking, refused);
        return;
    }
    for (size_t i = 0; i < chain->n_rows; i++) {
        if (chain->rows[i].trust_version > trusted_version(&backup->trusted) &&
            follow_trust(backup, chain->rows[i].dsse, &problem)) {
            finish(looking, &problem);
            return;
        }
    }
    if (before && before != trusted_version(&backup->trusted))
        review(backup);
    const struct call_document_list request = { .has_document_kind = true,
        .document_kind = DOCUMENT_KIND_REVOCATION,
        .has_document_state = true,
        .document_state = DOCUMENT_STATE_LOGGED,
        .has_limit = true,
        .limit = 1 };
    if (trusted_version(&backup->trusted))
        ask_document_list(backup->program.bus, NULL, &request, DEADLINE_MS, take_revocations, looking);
    else
        finish(looking, NULL);
}

static void begin(void *arg)
{
    struct looking *looking = arg;
    uint32_t held = trusted_version(&looking->backup->trusted);
    const struct call_trust_get request = { .has_trust_version = true, .trust_version = held ? held : 1 };
    if (looking->asking)
        return;
    looking->asking = true;
    ask_trust_get(looking->backup->program.bus, NULL, &request, DEADLINE_MS, take_trust, looking);
}

int looking_start(struct looking *looking, struct backup *backup)
{
    *looking = (struct looking){ .backup = backup };
    looking->timer = loop_timer(backup->program.loop, begin, looking);
    if (!looking->timer)
        return -1;
    begin(looking);
    return 0;
}

void looking_look(struct looking *looking)
{
    looking->again = looking->asking;
    if (!looking->asking)
        loop_timer_set(looking->timer, SOON_US);
}
