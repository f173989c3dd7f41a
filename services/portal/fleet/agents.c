/* agents.list and agents.live: from the mirror, never from another process. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/ids.h"
#include "services/portal/fleet/fleet.h"
#include "services/portal/fleet/json.h"
#include "services/portal/web.h"

#define LIST_LIMIT_BYTES (96u << 20)
#define CACHE_MS 1000

/* A list as text, shared by the requests that it answers: the last reference frees it, in whatever thread. */
struct list {
    atomic_int references;
    struct buf text;
    /* What it is of: */
    uint64_t version;
    int64_t made_ms;
    char key[256];
};

static struct list *cached; /* the latest one; the loop's thread only */

static void list_release(void *arg)
{
    struct list *list = arg;
    if (list && atomic_fetch_sub(&list->references, 1) == 1) {
        buf_free(&list->text);
        free(list);
    }
}

static struct list *list_make(const struct fleet *fleet, const struct call_agents_list *in)
{
    struct list *list = calloc(1, sizeof(*list));
    uint32_t next, *ids = malloc(FLEET_LIST_MAX * sizeof(*ids));
    if (list && ids) {
        list->references = 1;
        list->text.limit_bytes = LIST_LIMIT_BYTES;
        size_t count = fleet_select(fleet, in, ids, &next);
        /* Room for all of it at once: growing by doubling would copy as much again. */
        buf_reserve(&list->text, 1024 + count * 160);
        fleet_json(fleet, ids, count, next, clock_wall_ms(), &list->text);
    }
    free(ids);
    if (list && !list->text.failed && list->text.length > 0)
        return list;
    list_release(list);
    return NULL;
}

/* The cached list if it is the same question and still true, else a new one. The caller gets a reference. */
static struct list *list_for(const struct fleet *fleet, const struct call_agents_list *in)
{
    char key[sizeof(cached->key)];
    int64_t now_ms = clock_mono_ms();
    snprintf(key, sizeof(key), "%s|%s|%u|%u|%s", in->tenant ? in->tenant : "", in->tag ? in->tag : "",
        in->has_after ? in->after : 0, in->has_limit ? in->limit : FLEET_LIST_MAX, in->q ? in->q : "");
    if (!cached || strcmp(cached->key, key) || cached->version != fleet_version(fleet) ||
        now_ms - cached->made_ms > CACHE_MS) {
        struct list *list = list_make(fleet, in);
        if (!list)
            return NULL;
        memcpy(list->key, key, sizeof(key));
        list->version = fleet_version(fleet);
        list->made_ms = now_ms;
        list_release(cached);
        cached = list;
    }
    atomic_fetch_add(&cached->references, 1);
    return cached;
}

void web_agents_list(struct web *web, const void *arg)
{
    struct list *list = list_for(web->portal->fleet, arg);
    struct problem problem;
    if (!list) {
        problem_set(&problem, "no-memory", "", "the list does not fit");
        web_refuse(web, &problem);
        return;
    }
    static const char *const headers[] = { "Cache-Control: no-store", NULL };
    http_answer(web->http, &(struct http_answer){ .status = 200,
                               .type = "application/json",
                               .data = list->text.data,
                               .bytes = list->text.length,
                               .headers = headers,
                               .gzip = true,
                               .owner = list,
                               .owner_free = list_release });
    web_free(web);
}

void serve_agents_list(struct bus_request *request, const struct call_agents_list *in)
{
    const struct fleet *fleet = portal_of(request)->fleet;
    uint32_t *ids = malloc(FLEET_LIST_MAX * sizeof(*ids));
    struct call_agents_list_reply reply = { .now = clock_wall_ms() };
    size_t count = ids ? fleet_select(fleet, in, ids, &reply.next) : 0;
    reply.rows = calloc(count + 1, sizeof(*reply.rows));
    if (!ids || !reply.rows) {
        struct problem problem;
        problem_set(&problem, "no-memory", "", "out of memory");
        bus_refuse(request, &problem);
        free(ids);
        free(reply.rows);
        return;
    }
    for (reply.n_rows = 0; reply.n_rows < count; reply.n_rows++) {
        uint32_t id = ids[reply.n_rows];
        const struct fleet_agent *agent = fleet_find(fleet, id);
        int64_t last_seen_ms = fleet_last_seen(fleet, agent, reply.now);
        reply.rows[reply.n_rows] = (struct call_agents_list_reply_row){ .agent = id,
            .name = agent->name,
            .tenant = agent->tenant,
            .site = agent->site,
            .state = agent->state,
            .since = agent->since_ms,
            .has_last_seen = last_seen_ms > 0,
            .last_seen = last_seen_ms,
            .hostname = agent->hostname,
            .os = agent->os,
            .address = agent->address,
            .tags = agent->tags };
    }
    answer_agents_list(request, &reply);
    free(ids);
    free(reply.rows);
}

void web_agents_live(struct web *web, const void *arg)
{
    const struct call_agents_live *in = arg;
    const struct fleet *fleet = web->portal->fleet;
    uint32_t ids[IDS_MAX];
    struct call_agents_live_reply_row rows[IDS_MAX];
    struct call_agents_live_reply reply = { .now = clock_wall_ms(), .rows = rows };
    struct problem problem;
    size_t count = ids_parse(in->ids, ids);
    if (count == 0) {
        problem_set(&problem, "bad-field", "ids", "ids are agent ids separated by commas, at most %d", IDS_MAX);
        web_refuse(web, &problem);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct fleet_agent *agent = fleet_find(fleet, ids[i]);
        if (!agent || (in->tenant && strcmp(agent->tenant, in->tenant)))
            continue;
        int64_t last_seen_ms = fleet_last_seen(fleet, agent, reply.now);
        rows[reply.n_rows++] = (struct call_agents_live_reply_row){ .agent = ids[i],
            .state = agent->state,
            .has_age_ms = last_seen_ms > 0,
            .age_ms = (uint64_t)(last_seen_ms < reply.now ? reply.now - last_seen_ms : 0) };
    }
    web_answer(web, &reply, NULL);
}
