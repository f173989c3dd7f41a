#include "services/portal/feed/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/message/message.h"
#include "services/portal/feed/feed.h"

#define DEADLINE_MS 5000
#define BUSY_MS 2000      /* agents tell every few seconds */
#define IDLE_MS 20000     /* while nothing is known to be under way */
#define WOKEN_MS 60000    /* from an order, or a signed document, until its machine has begun */
#define TENANTS_MAX 64    /* asked for apart; people of more have to ask themselves */
#define SAID_BYTES 131072 /* some 500 backups, to every browser, every two seconds */

enum what { BACKUPS, RESTORES, WHATS };

/* Streams that are bound to one tenant; "": to none. */
struct asked {
    struct progress *progress;
    char tenant[FEED_TENANT_BYTES];
    bool asking[WHATS], some[WHATS]; /* an answer is awaited; the last had rows */
};

struct progress {
    struct bus *bus;
    struct feed *feed;
    struct asked asked[TENANTS_MAX];
    size_t n_asked;
    bool woken; /* since the last tick */
    int64_t asked_ms, woken_ms;
};

struct progress *progress_new(struct bus *bus, struct feed *feed)
{
    struct progress *progress = calloc(1, sizeof(*progress));
    if (progress)
        *progress = (struct progress){ .bus = bus, .feed = feed, .asked_ms = -IDLE_MS, .woken_ms = -WOKEN_MS };
    return progress;
}

/* The end of the last one is told once: without rows. */
static void take(struct asked *one, enum what what, const struct problem *refused, const struct shape *shape,
    const void *reply, size_t n_rows)
{
    static const char *const names[WHATS] = { "running", "restoring" };
    struct buf json = { 0 };
    one->asking[what] = false;
    if (refused)
        return;
    if (n_rows || one->some[what]) {
        bool fits = !message_encode(shape, reply, &json) && json.length <= SAID_BYTES;
        feed_say(one->progress->feed, one->tenant, names[what], fits ? json.data : "{}", fits ? json.length : 2);
    }
    one->some[what] = n_rows;
    buf_free(&json);
}

static void backups_answered(void *arg, const struct problem *refused, const void *reply)
{
    const struct call_backup_running_reply *running = reply;
    take(arg, BACKUPS, refused, &call_backup_running_reply_shape, reply, refused ? 0 : running->n_rows);
}

static void restores_answered(void *arg, const struct problem *refused, const void *reply)
{
    const struct call_restore_list_reply *open = reply;
    take(arg, RESTORES, refused, &call_restore_list_reply_shape, reply, refused ? 0 : open->n_rows);
}

static struct asked *asked_of(struct progress *progress, const char *tenant)
{
    for (size_t i = 0; i < progress->n_asked; i++)
        if (!strcmp(progress->asked[i].tenant, tenant))
            return &progress->asked[i];
    if (progress->n_asked == TENANTS_MAX)
        return NULL;
    struct asked *one = &progress->asked[progress->n_asked++];
    one->progress = progress;
    snprintf(one->tenant, sizeof(one->tenant), "%s", tenant);
    return one;
}

static void ask(void *arg, const char *tenant)
{
    struct progress *progress = arg;
    struct asked *one = asked_of(progress, tenant);
    const char *of = *tenant ? tenant : NULL;
    if (!one)
        return;
    if (!one->asking[BACKUPS]) {
        const struct call_backup_running request = { .tenant = of };
        one->asking[BACKUPS] = true;
        ask_backup_running(progress->bus, NULL, &request, DEADLINE_MS, backups_answered, one);
    }
    if (!one->asking[RESTORES]) {
        const struct call_restore_list request = { .tenant = of, .has_open = true, .open = true };
        one->asking[RESTORES] = true;
        ask_restore_list(progress->bus, NULL, &request, DEADLINE_MS, restores_answered, one);
    }
}

static bool is_busy(const struct progress *progress, int64_t now_ms)
{
    bool busy = now_ms < progress->woken_ms + WOKEN_MS;
    for (size_t i = 0; i < progress->n_asked; i++)
        busy |= progress->asked[i].some[BACKUPS] || progress->asked[i].some[RESTORES];
    return busy;
}

void progress_tick(struct progress *progress, int64_t now_ms)
{
    if (progress->woken)
        progress->woken_ms = now_ms;
    progress->woken = false;
    if (now_ms < progress->asked_ms + (is_busy(progress, now_ms) ? BUSY_MS : IDLE_MS))
        return;
    progress->asked_ms = now_ms;
    feed_each_tenant(progress->feed, ask, progress);
}

void progress_take(struct progress *progress, const struct bus_event *event)
{
    if (event->event == EVENT_BACKUP_ORDERED || event->event == EVENT_BACKUP_STARTED ||
        event->event == EVENT_DOCUMENT_LOGGED)
        progress->woken = true;
}
