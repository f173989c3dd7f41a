#include "agent/work/backups/order.h"

#include <stdlib.h>
#include <string.h>

#include "lib/calendar/civil.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/repository/retention.h"

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-order", "", "%s", reason);
}

static int take(struct order *order, struct problem *problem)
{
    const struct backup_order *body = &order->body;
    if (civil_parse(body->slot, &order->slot) || civil_parse(body->kept_until, &order->kept_until))
        return bad(problem, "an order's dates are none");
    if (body->expires - body->ordered_at > ORDER_LIFE_MS || body->begin_by < body->ordered_at ||
        body->begin_by > body->expires)
        return bad(problem, "an order is good for 48 hours at most, and is begun before that");
    return 0;
}

int order_parse(const char *text, size_t bytes, struct order *ret, struct problem *problem)
{
    struct order order = { 0 };
    struct problem why;
    order.json = bytes <= ORDER_BYTES_MAX ? message_parse(text, bytes, &why) : NULL;
    if (!order.json)
        return bad(problem, "an order is no line of JSON, or too long");
    if (message_decode(&backup_order_shape, order.json, &order.body, &why)) {
        json_decref(order.json);
        return problem_set(problem, "bad-order", why.field, "an order: %s", why.reason);
    }
    if (take(&order, problem)) {
        json_decref(order.json);
        return -1;
    }
    *ret = order;
    return 0;
}

void order_free(struct order *order)
{
    json_decref(order->json);
    order->json = NULL;
}

static int check_time(const struct order *order, int64_t now_ms, struct problem *problem)
{
    int64_t apart = order->slot - civil_day_of(order->body.ordered_at / 1000);
    if (order->body.ordered_at > now_ms + ORDER_AHEAD_MS)
        return bad(problem, "an order is of a time that is still to come");
    if (now_ms > order->body.begin_by)
        return problem_set(problem, "late-order", "", "the order came when it was too late to begin");
    if (apart < -ORDER_SLOT_DAYS || apart > ORDER_SLOT_DAYS)
        return bad(problem, "the date of a backup is not about the day of its order");
    return 0;
}

/* A weekly is the first full of its week, so a plan of daily fulls has weeklies, too. */
static bool has_class(const struct document_backup_plan *plan, int class)
{
    if (class == BACKUP_CLASS_MANUAL)
        return true;
    for (size_t i = 0; i < plan->n_classes; i++) {
        const char *word = plan_class_words[plan->classes[i].class];
        if (!strcmp(word, backup_class_words[class]) ||
            (class == BACKUP_CLASS_WEEKLY && plan->classes[i].class == PLAN_CLASS_DAILY))
            return true;
    }
    return false;
}

static int check_plan(const struct order *order, const struct document_backup_plan *plan, struct problem *problem)
{
    const struct backup_order *body = &order->body;
    if (body->document_version != plan->head.version)
        return problem_set(problem, "other-version", "",
            "the order is by version %u of the plan, and this machine has %u", body->document_version,
            plan->head.version);
    if (!has_class(plan, body->backup_class))
        return problem_set(problem, "other-class", "", "the plan has no backups of class %s",
            backup_class_words[body->backup_class]);
    if (strcmp(body->zone, plan->zone))
        return bad(problem, "the order counts days in another zone than the plan");
    /* A last date that is earlier than usual would be a way to have backups deleted. */
    if (order->kept_until < retention_kept_until(&retention_rules.spans[body->backup_class], order->slot))
        return bad(problem, "the order keeps the backup for a shorter time than its class");
    return 0;
}

int order_judge(const struct order *order, const struct order_for *ours, const struct document_backup_plan *plan,
    int64_t now_ms, struct problem *problem)
{
    const struct backup_order *body = &order->body;
    if (strcmp(body->deployment, ours->deployment))
        return problem_set(problem, "other-deployment", "", "the order is of another deployment");
    if (strcmp(body->fingerprint, ours->fingerprint))
        return problem_set(problem, "not-a-target", "", "the order is for another agent");
    return check_time(order, now_ms, problem) || check_plan(order, plan, problem) ? -1 : 0;
}
