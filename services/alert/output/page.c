#include "services/alert/output/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/event/data.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "services/alert/alerts.h"
#include "services/alert/output/direct.h"
#include "services/alert/output/follower.h"

#define AGAIN_MS 30000 /* a receiver that is down for a moment is not asked more often than that */

static bool wants(const struct output *output)
{
    return output->enabled && output->classes & 1u << CLASS_ALERT && !*output->tenant &&
           (!output->types || strstr(output->types, "vedette.alert.opened.v1"));
}

/* As `alert.opened` will be, but for its id, which is of no class of the log. */
static void compose(struct buf *json, const struct alert_record *alert)
{
    char time[RFC3339_BYTES], id[32];
    const struct event_alert_opened data = {
        .alert = alert->alert,
        .kind = (int)alert->kind,
        .opened_at = alert->opened_ms,
        .reason = alert->reason,
    };
    const struct bus_event event = {
        .event = EVENT_ALERT_OPENED,
        .time_ms = alert->opened_ms,
        .sev = alert->sev,
        .subject = alert->subject,
        .data = &data,
    };
    clock_rfc3339(time, alert->opened_ms);
    snprintf(id, sizeof(id), "page-%" PRIu64, alert->alert);
    buf_format(json,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/vedette/alert\",\"type\":\"vedette.alert.opened.v1\","
        "\"subject\":\"%s\",\"time\":\"%s\",\"sev\":%d,",
        id, alert->subject, time, alert->sev);
    event_data_write(json, &event, id);
    buf_text(json, "}");
}

static void sent(void *arg, int64_t took_ms, const char *failure)
{
    struct page_way *way = arg;
    way->under_way = false;
    way->arrived = !failure;
    if (failure)
        log_warning("alert.page_failed", LOG_INT("alert", way->alert), LOG_TEXT("reason", failure));
    else
        log_info("alert.paged", LOG_INT("alert", way->alert), LOG_INT("took_ms", took_ms));
}

static void send(struct page *page, struct page_way *way, const struct alert_record *alert, const struct output *output)
{
    struct buf json = { 0 };
    struct problem problem;
    compose(&json, alert);
    if (direct_send(page->loop, output, page->host, &json, sent, way, &problem))
        log_problem(LOG_LEVEL_WARNING, "alert.page_failed", &problem);
    else
        way->under_way = true;
    buf_free(&json);
}

void page_tick(
    struct page *page, const struct alert_record *alert, struct follower *const followers[OUTPUTS_MAX], int64_t mono_ms)
{
    for (int i = 0; alert && i < OUTPUTS_MAX; i++) {
        struct page_way *way = &page->ways[i];
        const struct output *output = followers[i] ? &followers[i]->output : NULL;
        if (!output || !wants(output) || way->under_way)
            continue;
        if (way->output != output->id || way->alert != alert->alert)
            *way = (struct page_way){ .output = output->id, .alert = alert->alert };
        if (way->arrived || mono_ms < way->next_ms)
            continue;
        way->next_ms = mono_ms + AGAIN_MS;
        send(page, way, alert, output);
    }
}
