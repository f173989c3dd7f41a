/* alert.list, rule.list and rule.set. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/problem.h"
#include "services/alert/alert.h"
#include "services/alert/alerts.h"
#include "services/alert/kept.h"
#include "services/alert/watch.h"

#define LIMITS_MAX 10000 /* tenants in one answer */

static struct watch *watch_of(struct bus_request *request)
{
    const struct alert *alert = bus_request_context(request);
    return alert->watch;
}

static void no_memory(struct bus_request *request)
{
    struct problem problem;
    problem_set(&problem, "no-memory", "", "no memory");
    bus_refuse(request, &problem);
}

static struct call_alert_list_reply_row row_of(const struct alert_record *alert)
{
    return (struct call_alert_list_reply_row){
        .alert = alert->alert,
        .kind = alert->kind,
        .sev = (uint32_t)alert->sev,
        .open = !alert->resolved_ms,
        .tenant = *alert->tenant ? alert->tenant : NULL,
        .site = *alert->site ? alert->site : NULL,
        .has_agent = alert->agent,
        .agent = alert->agent,
        .reason = alert->reason,
        .opened_at = alert->opened_ms,
        .has_resolved_at = alert->resolved_ms,
        .resolved_at = alert->resolved_ms,
    };
}

void serve_alert_list(struct bus_request *request, const struct call_alert_list *in)
{
    struct alert_record *alerts = calloc(ALERTS_LISTED_MAX, sizeof(*alerts));
    struct call_alert_list_reply_row *rows = calloc(ALERTS_LISTED_MAX, sizeof(*rows));
    if (alerts && rows) {
        struct records *records = watch_records(watch_of(request));
        size_t n = alerts_list(records, in->tenant, in->has_open ? in->open : -1, alerts, ALERTS_LISTED_MAX);
        for (size_t i = 0; i < n; i++)
            rows[i] = row_of(&alerts[i]);
        const struct call_alert_list_reply reply = { n, rows };
        answer_alert_list(request, &reply);
    } else {
        no_memory(request);
    }
    free(rows);
    free(alerts);
}

struct limits {
    size_t n;
    char tenants[LIMITS_MAX][SLUG_BYTES];
    struct call_rule_list_reply_row rows[LIMITS_MAX];
};

static void add_limit(void *arg, const char *tenant, uint32_t after_s)
{
    struct limits *limits = arg;
    if (limits->n == LIMITS_MAX)
        return;
    char *copy = limits->tenants[limits->n];
    snprintf(copy, SLUG_BYTES, "%s", tenant);
    limits->rows[limits->n++] = (struct call_rule_list_reply_row){ .tenant = copy, .offline_after_s = after_s };
}

void serve_rule_list(struct bus_request *request, const struct call_rule_list *in)
{
    struct limits *limits = calloc(1, sizeof(*limits));
    if (!limits) {
        no_memory(request);
        return;
    }
    kept_each_limit(watch_records(watch_of(request)), in->tenant, add_limit, limits);
    const struct call_rule_list_reply reply = { limits->n, limits->rows };
    answer_rule_list(request, &reply);
    free(limits);
}

void serve_rule_set(struct bus_request *request, const struct call_rule_set *in)
{
    struct watch *watch = watch_of(request);
    uint32_t old_s = rules_limit_s(watch_rules(watch), in->tenant);
    bus_request_old(request, old_s ? json_pack("{s:i}", "offline_after_s", (int)old_s) : NULL);
    if (rules_limit(watch_rules(watch), in->tenant, in->offline_after_s)) {
        no_memory(request);
        return;
    }
    kept_limit(watch_records(watch), in->tenant, in->offline_after_s);
    records_settle(watch_records(watch));
    const struct call_rule_set_reply reply = { 0 };
    answer_rule_set(request, &reply);
}
