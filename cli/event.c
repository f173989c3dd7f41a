#include "cli/event.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/harmless.h"
#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/message/message.h"

void event_print(const struct bus_event *event)
{
    char time[RFC3339_BYTES];
    struct buf data = { 0 };
    clock_rfc3339(time, event->time_ms);
    if (event->event >= 0)
        message_encode(event_rows[event->event].data, event->data, &data);
    struct buf line = { 0 }, shown = { 0 };
    buf_format(&line, "%s %s %" PRIu64 " sev=%d %s tenant=%s subject=%s by=%s ", time, class_words[event->class],
        event->sequence, event->sev, event->event >= 0 ? event_rows[event->event].type : "?",
        event->tenant ? event->tenant : "-", event->subject ? event->subject : "-", event->actor ? event->actor : "-");
    buf_text(&line, data.length ? data.data : event->json);
    if (!line.failed && !harmless_append(&shown, line.data, line.length))
        puts(shown.data);
    buf_free(&data);
    buf_free(&line);
    buf_free(&shown);
}
