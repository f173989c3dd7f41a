#include "lib/follow.h"

static void set_cursor(struct follow *follow, enum class class, uint64_t next)
{
    records_run(follow->records, "INSERT OR REPLACE INTO cursor (class, next) VALUES (?, ?)", "si", class_words[class],
        (int64_t)next);
}

static uint64_t cursor(struct follow *follow, enum class class)
{
    struct db_rows *rows =
        records_query(follow->records, "SELECT next FROM cursor WHERE class = ?", "s", class_words[class]);
    uint64_t next = db_next(rows) ? (uint64_t)db_int(rows, 0) : BUS_FROM_NOW;
    records_finish(rows);
    return next;
}

static void take(void *arg, const struct bus_event *event)
{
    struct follow *follow = arg;
    if (event) {
        follow->take(follow->arg, event);
        set_cursor(follow, event->class, event->place + 1);
        return;
    }
    follow->caught_up = true;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (follow->classes & 1u << class)
            set_cursor(follow, (enum class) class, bus_subscription_next(follow->subscription, (enum class) class));
    }
}

int follow_start(struct follow *follow, struct bus *bus, const struct bus_filter *filter, struct problem *problem)
{
    uint64_t from[CLASS_COUNT] = { 0 };
    follow->classes = filter->classes;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (follow->classes & 1u << class)
            from[class] = cursor(follow, (enum class) class);
    }
    follow->subscription = bus_subscribe(bus, filter, from, take, follow, problem);
    return follow->subscription ? 0 : -1;
}
