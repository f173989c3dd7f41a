#include "services/audit/tell.h"

#include <stdio.h>

#include "lib/log.h"
#include "lib/metrics.h"
#include "services/audit/audit.h"

void tell_disk(void *arg)
{
    struct audit *audit = arg;
    uint64_t free_bytes;
    enum disk_state before = audit->disk.state;
    if (disk_look(JOURNAL_DIRECTORY, &free_bytes))
        return;
    audit->behind_bytes = (int64_t)ledger_behind(audit->ledger);
    bool worse = disk_note(&audit->disk, free_bytes);
    audit->free_bytes = (int64_t)free_bytes;
    if (worse) {
        const struct event_disk_low data = { .free_bytes = free_bytes };
        const struct event_about about = { 0 };
        log_error(audit->disk.state == DISK_STOP ? "disk.full" : "disk.low", LOG_INT("free_bytes", free_bytes));
        emit_disk_low(audit->bus, &about, &data, NULL, NULL); /* when it is full, the log line and the metric remain */
    } else if (audit->disk.state < before) {
        log_info("disk.recovered", LOG_INT("free_bytes", free_bytes));
    }
}

static void tell_refusals(struct audit *audit)
{
    const char *reason;
    uint64_t count;
    for (unsigned i = 0; count = bus_spine_refusals(audit->bus, i, &reason), reason; i++) {
        const struct event_bus_refused data = { .code = reason, .count = (uint32_t)(count - audit->reported[i]) };
        const struct event_about about = { 0 };
        if (data.count && !emit_bus_refused(audit->bus, &about, &data, NULL, NULL))
            audit->reported[i] = count;
    }
}

/* A sign that a producer is broken, or somebody's: each minute in which it was held back, once. */
static void tell_quotas(struct audit *audit)
{
    const struct event_about about = { 0 };
    for (int producer = 0; producer < QUOTA_PRODUCERS; producer++) {
        for (int class = 0; class < CLASS_COUNT; class ++) {
            const uint64_t refused = audit->quota.refused[producer][class];
            const struct event_quota_exceeded data = { .service = producer, .class = class };
            if (refused != audit->reported_over[producer][class] &&
                !emit_quota_exceeded(audit->bus, &about, &data, NULL, NULL))
                audit->reported_over[producer][class] = refused;
        }
    }
}

void tell_held_back(void *audit)
{
    tell_refusals(audit);
    tell_quotas(audit);
}

void tell_index(void *arg)
{
    struct audit *audit = arg;
    struct searcher_state state;
    searcher_state(audit->searcher, &state);
    audit->indexed = (int64_t)state.indexed;
    audit->behind = (int64_t)state.behind;
    audit->search_fails = state.failing;
}

static void count_quotas(const struct audit *audit)
{
    static char labels[QUOTA_PRODUCERS][CLASS_COUNT][48];
    for (int producer = 0; 1u << producer <= PEER_ALERT; producer++) {
        for (int class = 0; class < CLASS_COUNT; class ++) {
            snprintf(labels[producer][class], sizeof(labels[producer][class]), "service=\"%s\",class=\"%s\"",
                service_words[producer], class_words[class]);
            metric_counter("over_quota_total", labels[producer][class], "times that events had to wait for their quota",
                &audit->quota.refused[producer][class]);
        }
    }
}

void tell_metrics(const struct audit *audit)
{
    metric_counter("events_stored_total", NULL, "events made durable", &audit->stored);
    metric_counter("events_repeated_total", NULL, "events that were sent again and already there", &audit->repeated);
    metric_counter("commits_total", NULL, "group commits: one fdatasync each", &audit->commits);
    metric_counter("events_replayed_total", NULL, "events sent to subscribers who were away", &audit->replayed);
    metric_gauge("index_entries", NULL, "entries of the log that can be searched", &audit->indexed);
    metric_gauge("index_behind_entries", NULL, "entries of the log that cannot be searched yet", &audit->behind);
    metric_gauge("disk_free_bytes", NULL, "free space for the journal", &audit->free_bytes);
    metric_gauge(
        "behind_bytes", NULL, "bytes of the journal that are not posted to the trees yet", &audit->behind_bytes);
    count_quotas(audit);
}
