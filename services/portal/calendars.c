/* The next times of a calendar, as agents keep them: so that whoever writes one sees what it says. */
#include <stdlib.h>

#include "lib/calendar/calendar.h"
#include "lib/calendar/zone.h"
#include "lib/clock.h"
#include "services/portal/web.h"

#define TIMES_INITIAL 10
#define TIMES_MAX 100 /* a page shows fewer */

static void answer(
    struct web *web, const struct call_calendar_next *in, const struct calendar *calendar, const struct zone *zone)
{
    struct call_calendar_next_reply_row rows[TIMES_MAX];
    struct call_calendar_next_reply reply = { .rows = rows };
    size_t wanted = in->has_limit ? in->limit : TIMES_INITIAL;
    int64_t at = in->has_from ? in->from : clock_wall_ms();
    while (reply.n_rows < wanted && reply.n_rows < TIMES_MAX) {
        at = calendar_next(calendar, zone, at);
        if (at == INT64_MAX)
            break;
        rows[reply.n_rows++].time = at;
    }
    web_answer(web, &reply, NULL);
}

void web_calendar_next(struct web *web, const void *in)
{
    const struct call_calendar_next *request = in;
    struct problem problem;
    struct calendar calendar;
    struct zone *zone = zone_load(request->zone, &problem);
    if (!zone || calendar_parse(request->calendar, &calendar, &problem))
        web_refuse(web, &problem);
    else
        answer(web, request, &calendar, zone);
    zone_free(zone);
}
