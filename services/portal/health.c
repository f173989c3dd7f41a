/* system.health: ask every process at once, and Redis; answer when all have, or their deadline is over. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/store.h"
#include "services/portal/web.h"

#define DEADLINE_MS 2000

struct asking {
    struct web *web;
    unsigned open; /* answers to come */
    struct call_system_health_reply_row rows[SERVICE_COUNT];
    char versions[SERVICE_COUNT][33], reasons[SERVICE_COUNT][201];
};

struct question {
    struct asking *asking;
    enum service service;
};

static void answered_one(struct asking *asking)
{
    if (--asking->open > 0)
        return;
    const struct call_system_health_reply reply = { .n_rows = SERVICE_COUNT, .rows = asking->rows };
    web_answer(asking->web, &reply, NULL);
    free(asking);
}

static void set_reason(struct question *question, const char *reason)
{
    char *text = question->asking->reasons[question->service];
    snprintf(text, 201, "%.200s", reason);
    question->asking->rows[question->service].reason = text[0] ? text : NULL;
}

static void service_answered(void *arg, const struct problem *refused, const void *in)
{
    struct question *question = arg;
    struct asking *asking = question->asking;
    struct call_system_health_reply_row *row = &asking->rows[question->service];
    const struct call_health_reply *reply = in;
    if (refused) {
        set_reason(question, refused->reason);
    } else {
        snprintf(asking->versions[question->service], 33, "%.32s", reply->version);
        row->version = asking->versions[question->service];
        row->has_uptime_s = true;
        row->uptime_s = reply->uptime_s;
        row->ok = reply->ok;
        set_reason(question, reply->reason ? reply->reason : "");
    }
    answered_one(asking);
    free(question);
}

static void redis_answered(void *arg, const struct store_reply *reply)
{
    struct question *question = arg;
    question->asking->rows[question->service].ok = reply && reply->type != STORE_ERROR;
    if (!reply || reply->type == STORE_ERROR)
        set_reason(question, "Redis does not answer: live state and sessions cannot be read");
    answered_one(question->asking);
    free(question);
}

static void ask(struct asking *asking, enum service service)
{
    static const unsigned peers[SERVICE_COUNT] = { [SERVICE_INGEST] = PEER_INGEST,
        [SERVICE_PORTAL] = PEER_PORTAL,
        [SERVICE_SCHEDULER] = PEER_SCHEDULER,
        [SERVICE_BACKUP] = PEER_BACKUP,
        [SERVICE_AUDIT] = PEER_AUDIT,
        [SERVICE_ALERT] = PEER_ALERT };
    static const struct store_word ping = { "PING", 4 };
    struct portal *portal = asking->web->portal;
    struct question *question = malloc(sizeof(*question));
    if (!question)
        abort();
    *question = (struct question){ asking, service };
    asking->rows[service].service = service;
    asking->open++;
    if (service != SERVICE_REDIS)
        bus_call_health(portal->program.bus, peers[service], DEADLINE_MS, service_answered, question);
    else if (store_command(portal->store, &ping, 1, redis_answered, question))
        redis_answered(question, NULL);
}

void web_system_health(struct web *web, const void *arg)
{
    (void)arg;
    struct asking *asking = calloc(1, sizeof(*asking));
    if (!asking)
        abort();
    asking->web = web;
    asking->open = 1; /* until all have been asked: one may answer at once */
    for (int service = 0; service < SERVICE_COUNT; service++)
        ask(asking, (enum service)service);
    answered_one(asking);
}
