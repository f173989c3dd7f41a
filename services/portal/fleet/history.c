#include "services/portal/fleet/history.h"

#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "services/portal/fleet/intern.h"
#include "services/portal/portal.h"

#define BATCH_MAX 4096
#define FLUSH_MS 1000
#define KEPT_MS (30 * 86400000LL)
#define FORGET_MS 60000 /* how often, and at most so many rows each time: no long transaction */
#define FORGET_ROWS 20000
#define ROWS_MAX 10000 /* of one answer: an agent that flaps every minute, for a week */

struct transition {
    uint32_t agent;
    int state;
    int64_t time_ms;
};

/* Where an agent was enrolled: a place that exists, whoever named it first. */
struct arrival {
    const char *tenant, *site; /* interned */
};

struct history {
    struct db *db;
    struct transition batch[BATCH_MAX];
    size_t n_batch;
    struct arrival arrivals[BATCH_MAX];
    size_t n_arrivals;
    uint64_t next, stored;  /* sequences of class fleet: next to take; before which everything is stored */
    bool failing;           /* the last attempt to store was in vain; it is made again */
    bool missed;            /* there was no room for what came meanwhile */
    int64_t forgotten_ms;
};

static int store_arrival(struct db *db, const struct arrival *arrival, struct problem *problem)
{
    return db_run(db, problem, "INSERT OR IGNORE INTO tenants VALUES (?)", "s", arrival->tenant) < 0 ||
                   db_run(db, problem, "INSERT OR IGNORE INTO sites VALUES (?, ?)", "ss", arrival->tenant,
                       arrival->site) < 0
               ? -1
               : 0;
}

static int store(struct history *history, struct problem *problem)
{
    struct db *db = history->db;
    if (db_begin(db, problem))
        return -1;
    for (size_t i = 0; i < history->n_arrivals; i++)
        if (store_arrival(db, &history->arrivals[i], problem))
            goto fail;
    for (size_t i = 0; i < history->n_batch; i++) {
        const struct transition *one = &history->batch[i];
        if (db_run(db, problem, "INSERT OR IGNORE INTO presence VALUES (?, ?, ?)", "iii", (int64_t)one->agent,
                one->time_ms, (int64_t)one->state) < 0)
            goto fail;
    }
    if (db_run(db, problem, "INSERT OR REPLACE INTO cursors VALUES (?, ?)", "ii", (int64_t)CLASS_FLEET,
            (int64_t)history->next) < 0 ||
        db_commit(db, problem))
        goto fail;
    return 0;
fail:
    db_rollback(db);
    return -1;
}

void history_flush(struct history *history)
{
    struct problem problem;
    if (history->next == history->stored)
        return;
    if (store(history, &problem)) {
        if (!history->failing)
            log_problem(LOG_LEVEL_ERROR, "history.not-stored", &problem);
        history->failing = true;
        return;
    }
    history->failing = false;
    history->stored = history->next;
    history->n_batch = history->n_arrivals = 0;
}

bool history_failing(const struct history *history)
{
    return history->failing;
}

bool history_missed(struct history *history)
{
    bool missed = history->missed && !history->failing;
    if (missed)
        history->missed = false;
    return missed;
}

static void turn(void *arg)
{
    struct history *history = arg;
    int64_t now_ms = clock_wall_ms();
    history_flush(history);
    if (now_ms - history->forgotten_ms < FORGET_MS)
        return;
    history->forgotten_ms = now_ms;
    /* The newest transition of an agent stays: it says since when the present state has lasted. */
    db_run(history->db, NULL,
        "DELETE FROM presence WHERE (agent, time_ms, state) IN (SELECT agent, time_ms, state FROM presence p "
        "WHERE time_ms < ?1 AND EXISTS (SELECT 1 FROM presence n WHERE n.agent = p.agent AND n.time_ms > p.time_ms) "
        "LIMIT ?2)",
        "ii", now_ms - KEPT_MS, (int64_t)FORGET_ROWS);
}

struct history *history_new(struct loop *loop, struct db *db)
{
    struct history *history = calloc(1, sizeof(*history));
    if (!history)
        return NULL;
    history->db = db;
    struct db_rows *rows =
        db_query(db, NULL, "SELECT next FROM cursors WHERE class = ?", "i", (int64_t)CLASS_FLEET);
    if (rows && db_next(rows))
        history->next = history->stored = (uint64_t)db_int(rows, 0);
    if (rows)
        db_rows_free(rows);
    loop_every(loop, FLUSH_MS, turn, history);
    return history;
}

uint64_t history_next(struct history *history)
{
    return history->stored;
}

int history_state(const struct bus_event *event, uint32_t *ret_agent, int64_t *ret_since_ms)
{
    static const struct {
        int event, state;
    } states[] = {
        { EVENT_AGENT_ONLINE, STATE_ONLINE },
        { EVENT_AGENT_LATE, STATE_LATE },
        { EVENT_AGENT_OFFLINE, STATE_OFFLINE },
        { EVENT_AGENT_GOODBYE, STATE_GOODBYE },
        { EVENT_AGENT_UPDATING, STATE_UPDATING },
        { EVENT_AGENT_MAINTENANCE, STATE_MAINTENANCE },
        { EVENT_AGENT_RETIRED, STATE_RETIRED },
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (states[i].event != event->event)
            continue;
        /* Every transition's data begins with agent and since. */
        const struct event_agent_online *data = event->data;
        *ret_agent = data->agent;
        *ret_since_ms = data->since;
        return states[i].state;
    }
    return -1;
}

/* Most agents join where one has joined just before. */
static void take_arrival(struct history *history, const struct event_agent_enrolled *data)
{
    const struct arrival arrival = { intern(data->tenant), intern(data->site) };
    for (size_t i = history->n_arrivals; i > 0 && i + 8 > history->n_arrivals; i--)
        if (history->arrivals[i - 1].tenant == arrival.tenant && history->arrivals[i - 1].site == arrival.site)
            return;
    history->arrivals[history->n_arrivals++] = arrival;
}

void history_take(struct history *history, const struct bus_event *event)
{
    uint32_t agent;
    int64_t since_ms;
    int state = history_state(event, &agent, &since_ms);
    if (event->place < history->next)
        return;
    if (history->n_batch == BATCH_MAX || history->n_arrivals == BATCH_MAX || history->missed) {
        history->missed = true; /* the cursor stays: the log will be asked again from there */
        return;
    }
    if (state >= 0)
        history->batch[history->n_batch++] = (struct transition){ agent, state, since_ms };
    if (event->event == EVENT_AGENT_ENROLLED)
        take_arrival(history, event->data);
    history->next = event->place + 1;
    if (history->n_batch == BATCH_MAX || history->n_arrivals == BATCH_MAX)
        history_flush(history);
}

void serve_agent_history(struct bus_request *request, const struct call_agent_history *in)
{
    struct portal *portal = portal_of(request);
    struct problem problem;
    struct call_agent_history_reply reply = { .rows = calloc(ROWS_MAX, sizeof(*reply.rows)) };
    history_flush(portal->history);
    problem_set(&problem, "no-memory", "", "out of memory");
    /* With the transition before the period, which says how it began. */
    struct db_rows *rows =
        reply.rows
            ? db_query(portal->db, &problem,
                  "SELECT time_ms, state FROM presence WHERE agent = ?1 AND time_ms <= ?3 AND time_ms >= "
                  "coalesce((SELECT "
                  "max(time_ms) FROM presence WHERE agent = ?1 AND time_ms <= ?2), 0) ORDER BY time_ms DESC LIMIT ?4",
                  "iiii", (int64_t)in->agent, in->has_from ? in->from : 0, in->has_to ? in->to : INT64_MAX,
                  (int64_t)ROWS_MAX)
            : NULL;
    while (rows && db_next(rows))
        reply.rows[reply.n_rows++] =
            (struct call_agent_history_reply_row){ .time = db_int(rows, 0), .state = (int)db_int(rows, 1) };
    /* The newest were asked for first, should there be too many; they are told in the order in which they came. */
    for (size_t i = 0; i < reply.n_rows / 2; i++) {
        struct call_agent_history_reply_row row = reply.rows[i];
        reply.rows[i] = reply.rows[reply.n_rows - 1 - i];
        reply.rows[reply.n_rows - 1 - i] = row;
    }
    if (rows && db_rows_free(rows) == 0)
        answer_agent_history(request, &reply);
    else
        bus_refuse(request, &problem);
    free(reply.rows);
}
