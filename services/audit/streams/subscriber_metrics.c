/* How far behind each subscriber is, and when it was last heard of, as metrics: labels come and go with the
 * subscribers. */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/metrics.h"
#include "services/audit/audit.h"

static struct {
    char labels[SUBSCRIBERS_MAX][2 * SUBSCRIBER_NAME_BYTES + 16]; /* "": nobody, not shown */
    int64_t lag[SUBSCRIBERS_MAX], silent_s[SUBSCRIBERS_MAX];
} shown;

/* A label's value in the text format: quotes and backslashes escaped. */
static void set_label(char *ret, const char *name)
{
    char *to = ret + sprintf(ret, "subscriber=\"");
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            *to++ = '\\';
        *to++ = *name;
    }
    strcpy(to, "\"");
}

void subscriber_metrics_open(void)
{
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++)
        metric_gauge("subscriber_lag", shown.labels[i], "entries of the log not dealt with yet", &shown.lag[i]);
    for (size_t i = 0; i < SUBSCRIBERS_MAX; i++)
        metric_gauge("subscriber_silent_seconds", shown.labels[i], "since it was last heard of, or was added",
            &shown.silent_s[i]);
}

uint64_t subscriber_lag(const struct audit *audit, const struct subscriber *subscriber)
{
    uint64_t sum = 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const uint64_t head = place_sequence(audit->heads[class]),
                       at = successions_sequence(&audit->successions[class], subscriber->cursor[class]);
        if (subscriber->grant.classes & 1u << class && head > at)
            sum += head - at;
    }
    return sum;
}

void subscriber_metrics_update(const struct audit *audit)
{
    size_t n, used = 0;
    int64_t now_ms = clock_wall_ms();
    const struct subscriber *all = subscribers_all(audit->subscribers, &n);
    for (size_t i = 0; i < n; i++) {
        int64_t heard_ms = all[i].contact_ms ? all[i].contact_ms : all[i].created_ms;
        if (all[i].revoked_ms)
            continue;
        set_label(shown.labels[used], all[i].name);
        shown.lag[used] = (int64_t)subscriber_lag(audit, &all[i]);
        shown.silent_s[used++] = (now_ms - heard_ms) / 1000;
    }
    while (used < SUBSCRIBERS_MAX && shown.labels[used][0])
        shown.labels[used++][0] = '\0';
}
