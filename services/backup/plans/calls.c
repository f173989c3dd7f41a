/* plan.list and backup.now. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/copies.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/proofs.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/ordering.h"
#include "services/backup/plans/duties.h"

#define LISTED 10000 /* machines with their plans in one answer */

static void refuse(struct bus_request *request, const char *code, const char *field, const char *reason)
{
    struct problem problem;
    problem_set(&problem, code, field, "%s", reason);
    bus_refuse(request, &problem);
}

struct listing {
    struct backup *backup;
    const char *tenant;
    struct copies copies;
    struct call_plan_list_reply_row *rows;
    size_t n, limit;
    int64_t now_ms;
};

static void add_next(
    const struct plan *plan, const struct duty *duty, int64_t now_ms, struct call_plan_list_reply_row *row)
{
    struct turn turn;
    int64_t after_ms = duty->dealt_ms > now_ms - TIMETABLE_BACK_MS ? duty->dealt_ms : now_ms - TIMETABLE_BACK_MS;
    row->has_next_at = timetable_next(&plan->table, 0, after_ms, &turn);
    row->next_at = row->has_next_at ? turn.due_ms : 0;
}

/* How the newest order is, and what was done and proven last. */
static void add_past(struct listing *listing, const struct duty *duty, struct call_plan_list_reply_row *row)
{
    struct records *records = listing->backup->records;
    struct snapshot done;
    struct order order;
    char slot[DATE_BYTES];
    if (orders_newest(records, duty->document, duty->agent, &order)) {
        row->backup = copies_add(&listing->copies, order.backup);
        row->has_backup_state = row->has_since = true;
        row->backup_state = order.state;
        row->since = order.since_ms;
    }
    if (snapshots_newest(records, duty->document, duty->agent, &done)) {
        civil_text(done.slot, slot);
        row->has_done_at = row->has_content_bytes = true;
        row->done_at = done.ended_ms;
        row->slot = copies_add(&listing->copies, slot);
        row->content_bytes = done.content_bytes;
    }
    row->proven_at = proofs_newest(records, duty->agent, NULL);
    row->has_proven_at = row->proven_at > 0;
    row->verified_at = proofs_verified(records, duty->agent);
    row->has_verified_at = row->verified_at > 0;
}

static void list_duty(void *arg, const struct duty *duty)
{
    struct listing *listing = arg;
    const struct plan *plan = plans_find(&listing->backup->plans, duty->document);
    struct agent_known agent;
    if (listing->n == listing->limit || !plan || !agents_get(listing->backup->records, duty->agent, &agent) ||
        (listing->tenant && strcmp(listing->tenant, agent.tenant)))
        return;
    struct call_plan_list_reply_row *row = &listing->rows[listing->n++];
    *row = (struct call_plan_list_reply_row){
        .document = copies_add(&listing->copies, duty->document),
        .document_version = plan->body->head.version,
        .title = plan->body->head.title,
        .agent = duty->agent,
        .name = copies_add(&listing->copies, agent.name),
        .tenant = copies_add(&listing->copies, agent.tenant),
        .site = copies_add(&listing->copies, agent.site),
        .backup_target = plan->body->target,
        .zone = plan->body->zone,
    };
    add_next(plan, duty, listing->now_ms, row);
    add_past(listing, duty, row);
}

void serve_plan_list(struct bus_request *request, const struct call_plan_list *in)
{
    struct listing listing = { .backup = backup_of(request),
        .tenant = in->tenant,
        .limit = in->has_limit && in->limit < LISTED ? in->limit : LISTED,
        .now_ms = clock_wall_ms() };
    listing.rows = calloc(listing.limit, sizeof(*listing.rows));
    if (!listing.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    duties_list(listing.backup->records, in->document, in->has_agent ? in->agent : 0, list_duty, &listing);
    answer_plan_list(request, &(struct call_plan_list_reply){ listing.n, listing.rows });
    free(listing.rows);
    copies_free(&listing.copies);
}

struct finding {
    const struct plans *plans;
    const struct plan *plan;
    unsigned n;
};

static void find_one(void *arg, const struct duty *duty)
{
    struct finding *finding = arg;
    finding->plan = plans_find(finding->plans, duty->document);
    finding->n += finding->plan != NULL;
}

struct answering {
    struct bus_request *request;
    char backup[BACKUP_BYTES];
};

static void answer_ordered(void *arg)
{
    struct answering *answering = arg;
    answer_backup_now(answering->request, &(struct call_backup_now_reply){ .backup = answering->backup });
    free(answering);
}

static void order_now(struct bus_request *request, const struct plan *plan, const struct call_backup_now *in)
{
    struct backup *backup = backup_of(request);
    int64_t now_ms = clock_wall_ms();
    struct answering *answering = malloc(sizeof(*answering));
    struct order order;
    struct problem problem;
    int error = answering ? 0 : problem_set(&problem, "no-memory", "", "no memory");
    const struct ordering ordering = {
        .agent = in->agent,
        .class = in->has_backup_class ? (enum backup_class)in->backup_class : BACKUP_CLASS_MANUAL,
        .slot = ordering_today(plan, now_ms),
        .begin_by_ms = now_ms + plan->table.window_ms,
    };
    if (!error)
        error = ordering_make(backup, plan, &ordering, &order, &problem);
    if (!error) {
        answering->request = request;
        memcpy(answering->backup, order.backup, sizeof(order.backup));
        error = records_then(backup->records, answer_ordered, answering)
                    ? problem_set(&problem, "no-memory", "", "no memory")
                    : 0;
    }
    if (!error)
        return;
    free(answering);
    bus_refuse(request, &problem);
}

void serve_backup_now(struct bus_request *request, const struct call_backup_now *in)
{
    struct backup *backup = backup_of(request);
    struct finding finding = { .plans = &backup->plans };
    enum backup_class class = in->has_backup_class ? (enum backup_class)in->backup_class : BACKUP_CLASS_MANUAL;
    duties_list(backup->records, in->document, in->agent, find_one, &finding);
    if (class == BACKUP_CLASS_SERVER || class == BACKUP_CLASS_ACCESS)
        refuse(request, "bad-field", "backup_class", "of that class are backups of the server itself");
    else if (!finding.n)
        refuse(request, "no-plan", "agent",
            "there is no such plan in force for this agent; one that was signed just now is in a few seconds");
    else if (finding.n > 1)
        refuse(request, "which-plan", "document", "the agent has several plans: name one");
    else
        order_now(request, finding.plan, in);
}

void serve_backup_keys(struct bus_request *request, const struct call_backup_keys *in)
{
    struct own_keys_offer offer;
    struct problem problem;
    (void)in;
    if (own_keys_offer(backup_of(request)->program.name, &offer, &problem))
        bus_refuse(request, &problem);
    else
        answer_backup_keys(request, &(struct call_backup_keys_reply){ offer.sign_key, offer.seal_key });
}
