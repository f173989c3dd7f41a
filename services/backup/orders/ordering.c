#include "services/backup/orders/ordering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/repository/retention_trust.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/state.h"
#include "services/backup/orders/text.h"
#include "services/backup/plans/duties.h"
#include "services/backup/tell.h"

#define DUTIES_A_TURN 64
#define LATE_A_TICK 256
#define LATER_MS 5000 /* the log takes none: looked at again */
#define BUSY_MS 30000 /* the one before is still running */
#define LOG_WAIT_MS 5000
#define NEVER INT64_MAX

int64_t ordering_today(const struct plan *plan, int64_t now_ms)
{
    struct zone_span span;
    zone_span_at(plan->table.zone, now_ms / 1000, &span);
    return civil_day_of(now_ms / 1000 + span.offset_s);
}

static int ready(struct backup *backup, struct problem *problem)
{
    if (!own_trust_deployment(&backup->trusted.own))
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (bus_log_away_ms(backup->program.bus) > LOG_WAIT_MS || !bus_outbox_has_room(backup->program.bus, CLASS_OPS))
        return problem_set(
            problem, "log-unavailable", "", "the log takes no entries now, and nothing is done unrecorded");
    return 0;
}

static void fill(const struct plan *plan, const struct ordering *ordering, struct order *ret)
{
    const struct document_backup_plan *body = plan->body;
    uint8_t id[(BACKUP_BYTES - 1) / 2];
    int64_t now_ms = clock_wall_ms();
    *ret = (struct order){ .agent = ordering->agent,
        .version = body->head.version,
        .class = ordering->class,
        .slot = ordering->slot,
        .kept_until = retention_kept_until(&retention_rules.spans[ordering->class], ordering->slot),
        .ordered_ms = now_ms,
        .begin_by_ms = ordering->begin_by_ms,
        .expires_ms = now_ms + ORDERING_EXPIRES_MS,
        .state = BACKUP_STATE_ORDERED,
        .since_ms = now_ms,
        .sequence = -1 };
    crypto_random(id, sizeof(id));
    crypto_hex(id, sizeof(id), ret->backup);
    snprintf(ret->document, sizeof(ret->document), "%s", body->head.document);
    snprintf(ret->title, sizeof(ret->title), "%s", body->head.title);
    snprintf(ret->zone, sizeof(ret->zone), "%s", body->zone);
}

/* What the plan's other backups on this machine are to the next one: whether its week has its weekly one, and the
 * newest full, on which a differential rests ("": none). */
static void look_back(struct backup *backup, const struct plan *plan, uint32_t agent, int64_t slot, bool *ret_week_has,
    char ret_base[BACKUP_BYTES])
{
    struct retention_backup *all;
    int64_t newest_s = 0;
    size_t n = snapshots_retained(backup->records, agent, plan->body->head.document, &backup->plans.zones, &all);
    struct retention_verdict *verdicts = calloc(n + 1, sizeof(*verdicts));
    *ret_week_has = verdicts && !retention_judge(all, n, &retention_rules, clock_wall_ms() / 1000, verdicts) &&
                    !retention_promotes(all, verdicts, n, slot);
    ret_base[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        bool files = retention_set_of(all[i].class) == RETENTION_SET_FILES;
        if (!files || !retention_is_full(&all[i]) || all[i].stored_s < newest_s)
            continue;
        newest_s = all[i].stored_s;
        memcpy(ret_base, all[i].backup, BACKUP_BYTES);
    }
    free(verdicts);
    free(all);
}

static bool is_anchor(const struct plan *plan, enum backup_class class)
{
    for (size_t i = 0; i < plan->table.n; i++) {
        bool same = !strcmp(plan_class_words[plan->table.times[i].class], backup_class_words[class]);
        if (same && plan->table.times[i].anchor)
            return true;
    }
    return false;
}

int ordering_make(struct backup *backup, const struct plan *plan, const struct ordering *ordering, struct order *ret,
    struct problem *problem)
{
    struct agent_known agent;
    struct order order;
    struct buf text = { .limit_bytes = ORDER_TEXT_BYTES };
    bool week_has;
    if (ready(backup, problem))
        return -1;
    if (!agents_get(backup->records, ordering->agent, &agent))
        return problem_set(problem, "unknown-agent", "agent", "there is no agent %u", ordering->agent);
    fill(plan, ordering, &order);
    if (order.class == BACKUP_CLASS_DIFFERENTIAL)
        look_back(backup, plan, order.agent, order.slot, &week_has, order.base);
    if (order_text(&order, own_trust_deployment(&backup->trusted.own), agent.fingerprint, is_anchor(plan, order.class),
            &text)) {
        buf_free(&text);
        return problem_set(problem, "no-memory", "", "no memory for an order");
    }
    orders_add(backup->records, &order, text.data);
    buf_free(&text);
    backup->counts.ordered++;
    logging_go(backup);
    log_info("backup.ordered", LOG_TEXT("backup", order.backup), LOG_INT("agent", order.agent),
        LOG_TEXT("class", backup_class_words[order.class]));
    *ret = order;
    return 0;
}

void ordering_moved(struct backup *backup, const struct order *order)
{
    orders_move(backup->records, order);
    if (order_state_ended(order->state)) {
        running_end(&backup->running, order->backup);
        duties_look(backup->records, order->document, order->agent);
        backup_look(backup);
    }
    if (order->state != BACKUP_STATE_DONE)
        tell_order(backup, order);
    /* The alert that this raises would have nothing that ends it. */
    if (!plans_find(&backup->plans, order->document))
        tell_plan_ended(backup, order->document, *order->title ? order->title : NULL, order->agent);
}

static void miss(struct backup *backup, const struct plan *plan, const struct duty *duty, const struct turn *turn,
    const char *reason)
{
    struct order order;
    bool daily = turn->classes & 1u << PLAN_CLASS_DAILY, weekly = turn->classes & 1u << PLAN_CLASS_WEEKLY;
    enum backup_class class = daily ? BACKUP_CLASS_DAILY : weekly ? BACKUP_CLASS_WEEKLY : BACKUP_CLASS_DIFFERENTIAL;
    fill(plan, &(struct ordering){ duty->agent, class, turn->slot, turn->begin_by_ms }, &order);
    order.state = BACKUP_STATE_MISSED;
    snprintf(order.reason, sizeof(order.reason), "%s", reason);
    orders_add(backup->records, &order, "");
    ordering_moved(backup, &order);
}

static bool is_running(struct backup *backup, const struct duty *duty)
{
    struct order order;
    return orders_newest(backup->records, duty->document, duty->agent, &order) && order.state == BACKUP_STATE_RUNNING;
}

/* false: not now; it is looked at again. */
static bool order_turn(
    struct backup *backup, const struct plan *plan, struct duty *duty, const struct turn *turn, int64_t now_ms)
{
    struct order order;
    struct problem problem;
    char base[BACKUP_BYTES];
    bool week_has;
    if (is_running(backup, duty)) {
        duty->look_ms = now_ms + BUSY_MS;
        return false;
    }
    look_back(backup, plan, duty->agent, turn->slot, &week_has, base);
    int class = timetable_class(&plan->table, turn, week_has, *base);
    if (class < 0)
        return true;
    const struct ordering ordering = { duty->agent, (enum backup_class) class, turn->slot, turn->begin_by_ms };
    if (ordering_make(backup, plan, &ordering, &order, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "backup.not-ordered", &problem);
        duty->look_ms = now_ms + LATER_MS;
        return false;
    }
    return true;
}

static void deal(struct backup *backup, const struct plan *plan, struct duty *duty, int64_t now_ms)
{
    int64_t late_ms = timetable_late_ms(&plan->table, duty->document, duty->agent);
    struct turn turn, next;
    unsigned passed;
    /* What was due before this version of the plan was here is none of its turns. */
    int64_t dealt_ms = duty->dealt_ms > plan->kept_ms ? duty->dealt_ms : plan->kept_ms;
    enum due due = timetable_due(&plan->table, late_ms, dealt_ms, now_ms, &turn, &passed);
    if (due == DUE_ORDER && !order_turn(backup, plan, duty, &turn, now_ms))
        return;
    if (due == DUE_MISSED)
        miss(backup, plan, duty, &turn,
            is_running(backup, duty) ? "the backup before it was still running"
                                     : "it could not be ordered in time: the server or its log was away");
    if (due != DUE_NOTHING)
        duty->dealt_ms = turn.due_ms;
    int64_t after_ms = duty->dealt_ms > now_ms - TIMETABLE_BACK_MS ? duty->dealt_ms : now_ms - TIMETABLE_BACK_MS;
    duty->look_ms = timetable_next(&plan->table, late_ms, after_ms, &next) ? next.order_ms : NEVER;
}

/* What was not begun does not begin; what runs is the scheduler's to stop, with the plan. */
static void end_duty(struct backup *backup, const struct duty *duty, const char *title)
{
    struct order order;
    tell_plan_ended(backup, duty->document, title, duty->agent);
    if (!orders_newest(backup->records, duty->document, duty->agent, &order) || order_state_ended(order.state) ||
        order.state == BACKUP_STATE_RUNNING)
        return;
    if (order.state != BACKUP_STATE_ORDERED)
        sending_stop(backup, &order);
    order.state = BACKUP_STATE_FAILED;
    order.since_ms = clock_wall_ms();
    snprintf(order.code, sizeof(order.code), "plan-ended");
    snprintf(order.reason, sizeof(order.reason), "the plan is in force no more");
    orders_move(backup->records, &order);
}

struct ending {
    struct backup *backup;
    const char *title;
};

static void end_one(void *arg, const struct duty *duty)
{
    const struct ending *ending = arg;
    end_duty(ending->backup, duty, ending->title);
}

void ordering_end_plan(struct backup *backup, const struct plan *plan)
{
    struct ending ending = { backup, plan->body->head.title };
    duties_list(backup->records, plan->body->head.document, 0, end_one, &ending);
    plans_end(&backup->plans, plan->body->head.document);
}

static void look_at(struct backup *backup, struct duty *duty, int64_t now_ms)
{
    const struct plan *plan = plans_find(&backup->plans, duty->document);
    struct agent_known agent;
    bool is_for = plan && agents_get(backup->records, duty->agent, &agent) && plan_is_for(plan, &agent);
    if (!is_for || now_ms >= plan->body->head.expires) {
        end_duty(backup, duty, plan ? plan->body->head.title : NULL);
        duties_remove(backup->records, duty);
        return;
    }
    if (now_ms < plan->body->head.not_before) {
        duty->dealt_ms = duty->look_ms = plan->body->head.not_before;
        duties_dealt(backup->records, duty);
        return;
    }
    deal(backup, plan, duty, now_ms);
    duties_dealt(backup->records, duty);
}

void ordering_turn(struct backup *backup)
{
    struct duty duties[DUTIES_A_TURN];
    int64_t now_ms = clock_wall_ms();
    /* Agents that are not known yet would lose their duties. */
    if (!backup->roster.whole_ms)
        return;
    size_t n = duties_due(backup->records, now_ms, duties, DUTIES_A_TURN);
    for (size_t i = 0; i < n; i++)
        look_at(backup, &duties[i], now_ms);
    if (n == DUTIES_A_TURN)
        backup_look(backup);
}

/* Where it was when its time was over. */
static const char *const late_reasons[BACKUP_STATE_COUNT] = {
    [BACKUP_STATE_ORDERED] = "the log did not take its order in time",
    [BACKUP_STATE_SENT] = "the machine did not take its order in time: it was away, or trusts nobody yet (there: "
                          "vedette-agent trust adopt)",
    [BACKUP_STATE_TAKEN] = "the machine took its order and did not begin it in time",
    [BACKUP_STATE_WAITING] = "the machine waited for hours that its policy allows, or for a backup that ran, until it "
                             "was too late",
};

/* reason NULL: it was late. */
static void end(struct backup *backup, int64_t number, enum backup_state state, const char *code, const char *reason)
{
    struct order order;
    if (!orders_get(backup->records, number, &order) || !order_state_may(order.state, state))
        return;
    snprintf(order.code, sizeof(order.code), "%s", code);
    snprintf(order.reason, sizeof(order.reason), "%s", reason ? reason : late_reasons[order.state]);
    order.state = state;
    order.since_ms = clock_wall_ms();
    ordering_moved(backup, &order);
}

void ordering_tick(struct backup *backup)
{
    int64_t numbers[LATE_A_TICK], now_ms = clock_wall_ms();
    if (clock_mono_ms() < backup->judge_from_ms)
        return;
    size_t n = orders_late(backup->records, now_ms, numbers, LATE_A_TICK);
    for (size_t i = 0; i < n; i++)
        end(backup, numbers[i], BACKUP_STATE_MISSED, "", NULL);
    n = orders_expired(backup->records, now_ms, numbers, LATE_A_TICK);
    for (size_t i = 0; i < n; i++)
        end(backup, numbers[i], BACKUP_STATE_FAILED, "no-word", "nothing was heard of it for two days");
}
