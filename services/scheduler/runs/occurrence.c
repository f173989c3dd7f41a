#include "services/scheduler/runs/occurrence.h"

#include "lib/calendar/calendar.h"
#include "lib/calendar/zone.h"
#include "lib/problem.h"
#include "lib/signed/document.h"

#define AHEAD_MS (10 * 60000) /* an agent's clock may be so much before ours */

/* A zone that is not known here says nothing against it. */
static bool is_on_calendar(const struct document_schedule *schedule, int64_t occurrence_ms)
{
    struct calendar calendar;
    struct problem problem;
    struct zone *zone = zone_load(schedule->zone, &problem);
    bool due = !zone || (!calendar_parse(schedule->calendar, &calendar, &problem) &&
                            calendar_next(&calendar, zone, occurrence_ms - 1) == occurrence_ms);
    zone_free(zone);
    return due;
}

bool occurrence_is_due(struct records *records, const struct paper *paper, uint64_t occurrence, int64_t now_ms)
{
    struct paper_texts texts;
    struct document document;
    struct problem problem;
    if (!occurrence)
        return true;
    if (!paper->recurring || occurrence < (uint64_t)paper->not_before_ms || occurrence > (uint64_t)now_ms + AHEAD_MS)
        return false;
    documents_texts(records, paper->number, &texts);
    bool due = texts.dsse && !document_open(texts.dsse, &document, &problem);
    if (due) {
        due = document.body.task.schedule && is_on_calendar(document.body.task.schedule, (int64_t)occurrence);
        document_free(&document);
    }
    documents_texts_free(&texts);
    return due;
}
