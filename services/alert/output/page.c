#include "services/alert/output/page.h"

#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "services/alert/output/direct.h"
#include "services/alert/output/follower.h"
#include "services/alert/records.h"

#define AGAIN_MS 30000 /* a receiver that is down for a moment is not asked more often than that */

static bool wants(const struct output *output)
{
    return output->enabled && output->classes & 1u << CLASS_ALERT && !*output->tenant &&
           (!output->types || strstr(output->types, "vedette.alert.opened.v1"));
}

/* As `alert.opened` will be, but for its id, which is of no class of the log. */
static void compose(struct buf *json, const struct alert_record *alert)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, alert->opened_ms);
    buf_format(json,
        "{\"specversion\":\"1.0\",\"id\":\"page-%" PRIu64 "\",\"source\":\"/vedette/alert\",\"type\":"
        "\"vedette.alert.opened.v1\",\"subject\":\"%s\",\"time\":\"%s\",\"sev\":%d,\"data\":{\"unmapped\":{"
        "\"alert\":%" PRIu64 ",\"kind\":\"%s\",\"opened_at\":\"%s\",\"reason\":",
        alert->alert, alert->subject, time, alert->sev, alert->alert, kind_words[alert->kind], time);
    buf_json_string(json, alert->reason, strlen(alert->reason));
    buf_text(json, "}}}");
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
