#include "services/scheduler/reports.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/copies.h"
#include "lib/envelope/envelope.h"
#include "lib/exchange/agents.h"
#include "lib/ids.h"
#include "lib/message/message.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/scheduler.h"

static const struct shape *const shape = &envelope_report_shape;

void reports_take(struct scheduler *scheduler, uint32_t agent, const struct envelope_opened *opened)
{
    struct buf body = { 0 };
    if (!message_encode(shape, opened->message, &body))
        records_run(scheduler->records, "INSERT OR REPLACE INTO report (agent, time_ms, body) VALUES (?, ?, ?)", "iis",
            (int64_t)agent, clock_wall_ms(), body.data);
    buf_free(&body);
    const struct envelope_report *report = opened->message;
    const struct trust *newest = scheduler->trusted.own.newest;
    /* By its owner's word perhaps, and without what was sealed for it. */
    if (newest && report->has_trust_version && report->trust_version == newest->body->head.version)
        handover_known_by(&scheduler->dispatch.handover, agent, scheduler->trusted.own.sign_key);
}

void reports_forget(struct scheduler *scheduler, uint32_t agent)
{
    records_run(scheduler->records, "DELETE FROM report WHERE agent = ?", "i", (int64_t)agent);
}

/* When it came; 0: there is none. One of another version of us, which cannot be read any more, is none. *ret_json is
 * the caller's, and *ret borrows from it. */
static int64_t find(struct records *records, uint32_t agent, json_t **ret_json, struct envelope_report *ret)
{
    struct problem problem;
    int64_t time_ms = 0;
    struct db_rows *rows =
        records_query(records, "SELECT time_ms, body FROM report WHERE agent = ?", "i", (int64_t)agent);
    const char *body = db_next(rows) ? db_text(rows, 1) : NULL;
    *ret_json = body ? message_parse(body, strlen(body), &problem) : NULL;
    if (*ret_json && !message_decode(shape, *ret_json, ret, &problem))
        time_ms = db_int(rows, 0);
    records_finish(rows);
    return time_ms;
}

/* The agent knows documents by their ids; their titles are ours. */
static void name(struct records *records, const struct envelope_report_row *held, struct copies *copies,
    struct call_agent_report_reply_row *ret)
{
    struct paper paper;
    *ret =
        (struct call_agent_report_reply_row){ .document = held->document, .document_version = held->document_version };
    if (!documents_find(records, held->document, -1, held->document_version, &paper))
        return;
    ret->has_document_kind = true;
    ret->document_kind = paper.kind;
    ret->title = copies_add(copies, paper.title);
}

static int add_report(struct records *records, int64_t time_ms, const struct envelope_report *report,
    struct copies *copies, struct call_agent_report_reply *ret)
{
    struct call_agent_report_reply_row *rows = calloc(report->n_rows + 1, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < report->n_rows; i++)
        name(records, &report->rows[i], copies, &rows[i]);
    *ret = (struct call_agent_report_reply){ .has_reported_at = true,
        .reported_at = time_ms,
        .version = report->version,
        .has_trust_version = report->has_trust_version,
        .trust_version = report->trust_version,
        .policy = report->policy,
        .has_frozen = report->has_frozen,
        .frozen = report->frozen,
        .own_targets = report->own_targets,
        .n_rows = report->n_rows,
        .rows = rows };
    return 0;
}

static void add_log(const struct remembered_word *said, struct call_agent_report_reply *ret)
{
    ret->log_origin = said->origin;
    ret->has_held_size = ret->has_forked = true;
    ret->held_size = said->size;
    ret->forked = said->forked;
    ret->held_checkpoint = said->held;
    ret->seen_checkpoint = said->seen;
}

void serve_agent_report(struct bus_request *request, const struct call_agent_report *in)
{
    struct records *records = scheduler_of(request)->records;
    struct call_agent_report_reply reply = { 0 };
    struct remembered_word said = { 0 };
    struct envelope_report report;
    struct copies copies = { 0 };
    struct problem problem;
    json_t *json;
    int64_t time_ms = find(records, in->agent, &json, &report);
    bool failed = time_ms && add_report(records, time_ms, &report, &copies, &reply);
    if (remembered_word(records, in->agent, &said))
        add_log(&said, &reply);
    if (failed) {
        problem_set(&problem, "no-memory", "", "no memory");
        bus_refuse(request, &problem);
    } else {
        answer_agent_report(request, &reply);
    }
    if (time_ms)
        message_free(shape, &report);
    free(reply.rows);
    free(said.held);
    free(said.seen);
    copies_free(&copies);
    json_decref(json);
}

struct policies {
    size_t n;
    struct call_agent_policies_reply_row rows[IDS_MAX];
    struct agent_known agents[IDS_MAX];
    json_t *told[IDS_MAX]; /* the rows borrow from it */
};

static void add_policy(struct scheduler *scheduler, uint32_t id, const char *tenant, struct policies *policies)
{
    struct agent_known *agent = &policies->agents[policies->n];
    struct envelope_report report;
    json_t **told = &policies->told[policies->n];
    if (!agents_get(scheduler->records, id, agent) || (tenant && strcmp(tenant, agent->tenant)))
        return;
    int64_t time_ms = find(scheduler->records, id, told, &report);
    if (!time_ms) {
        json_decref(*told);
        return;
    }
    policies->rows[policies->n++] = (struct call_agent_policies_reply_row){ .agent = id,
        .tenant = agent->tenant,
        .reported_at = time_ms,
        .has_frozen = report.has_frozen,
        .frozen = report.frozen,
        .policy = report.policy,
        .own_targets = report.own_targets };
    message_free(shape, &report);
}

void serve_agent_policies(struct bus_request *request, const struct call_agent_policies *in)
{
    uint32_t ids[IDS_MAX];
    struct problem problem;
    size_t n = ids_parse(in->ids, ids);
    struct policies *policies = n ? calloc(1, sizeof(*policies)) : NULL;
    if (!policies) {
        problem_set(&problem, n ? "no-memory" : "bad-field", n ? "" : "ids",
            "ids are agent ids separated by commas, at most %d", IDS_MAX);
        bus_refuse(request, &problem);
        return;
    }
    for (size_t i = 0; i < n; i++)
        add_policy(scheduler_of(request), ids[i], in->tenant, policies);
    answer_agent_policies(request, &(struct call_agent_policies_reply){ policies->n, policies->rows });
    for (size_t i = 0; i < policies->n; i++)
        json_decref(policies->told[i]);
    free(policies);
}
