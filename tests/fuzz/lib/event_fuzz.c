/* Any bytes as an event from a producer and from the log: what a producer may say can be stored, and read again. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/event/data.h"
#include "lib/event/event.h"
#include "lib/event/head.h"
#include "lib/event/plain.h"
#include "lib/message/message.h"

/* Where a head can be read, it says what parsing all of it says. */
static void compare_head(const char *text, size_t bytes, const struct bus_event *event)
{
    struct event_head head;
    if (!event_head_read(text, bytes, &head) &&
        (head.event != event->event || head.sev != event->sev ||
            strcmp(head.tenant, event->tenant ? event->tenant : "")))
        abort();
}

/* Whatever OCSF makes of them, the fields and the actor come back. */
static bool says_the_same(const struct bus_event *one, const struct bus_event *other)
{
    struct buf a = { 0 }, b = { 0 };
    bool same = !message_encode(event_rows[one->event].data, one->data, &a) &&
                !message_encode(event_rows[other->event].data, other->data, &b) && !strcmp(a.data, b.data) &&
                !strcmp(one->actor ? one->actor : "", other->actor ? other->actor : "");
    buf_free(&a);
    buf_free(&b);
    return same;
}

static bool is_equal(const char *one, const char *other)
{
    return one && other ? !strcmp(one, other) : one == other;
}

/* What can be read plainly is JSON, and says the same when it is parsed; a blank before it, and it is not plain. */
static void compare_plain(const char *text, size_t bytes)
{
    struct event_read plain, parsed;
    char *blank = malloc(bytes + 1);
    if (event_read_plain(text, bytes, &plain)) {
        free(blank);
        return;
    }
    blank[0] = ' ';
    memcpy(blank + 1, text, bytes);
    if (event_read_produced(blank, bytes + 1, &parsed, NULL) || !parsed.json ||
        plain.event.event != parsed.event.event || plain.event.time_ms != parsed.event.time_ms ||
        plain.event.sev != parsed.event.sev || plain.event.class != parsed.event.class ||
        !is_equal(plain.event.tenant, parsed.event.tenant) || !is_equal(plain.event.subject, parsed.event.subject) ||
        !says_the_same(&plain.event, &parsed.event))
        abort();
    event_free(&plain);
    event_free(&parsed);
    free(blank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event_head head;
    event_head_read((const char *)data, size, &head);
    struct event_read read, again;
    static const uint8_t salt[EVENT_SALT_BYTES];
    struct buf text = { 0 };
    if (!event_read_stored((const char *)data, size, &read, NULL)) {
        json_decref(event_data_fields(read.event.event, json_object_get(read.json, "data")));
        event_free(&read);
    }
    compare_plain((const char *)data, size);
    if (size > EVENT_PRODUCED_BYTES_MAX || event_read_produced((const char *)data, size, &read, NULL))
        return 0;
    read.event.sequence = 1;
    if (!event_compose(&text, &read.event, "ingest", salt)) {
        if (event_read_stored(text.data, text.length, &again, NULL) || again.event.event != read.event.event ||
            again.event.time_ms != read.event.time_ms || !says_the_same(&read.event, &again.event))
            abort();
        compare_head(text.data, text.length, &again.event);
        event_free(&again);
    }
    buf_free(&text);
    event_free(&read);
    return 0;
}
