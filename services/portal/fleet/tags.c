/* tag.add and tag.remove. */
#include "services/portal/fleet/tags.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "services/portal/feed/feed.h"
#include "services/portal/fleet/fleet.h"
#include "services/portal/fleet/ranges.h"
#include "services/portal/portal.h"

#define TAGS_MAX 16   /* of an agent: they stand in a column */
#define TELL_MS 3000 /* a browser then loads the whole list, 12 MB of a large fleet */

int tags_load(struct portal *portal, struct problem *problem)
{
    struct db_rows *rows = db_query(portal->db, problem,
        "SELECT agent, group_concat(tag, ' ') FROM (SELECT agent, tag FROM tags ORDER BY agent, tag) GROUP BY agent",
        "");
    if (!rows)
        return -1;
    while (db_next(rows))
        fleet_take_tags(portal->fleet, (uint32_t)db_int(rows, 0), db_text(rows, 1));
    return db_rows_free(rows);
}

void tags_tell(struct portal *portal)
{
    int64_t now_ms = clock_mono_ms();
    if (portal->tagged == portal->tagged_told || now_ms - portal->tagged_told_ms < TELL_MS)
        return;
    portal->tagged_told = portal->tagged;
    portal->tagged_told_ms = now_ms;
    feed_reset(portal->feed);
}

/* A change that is asked for: these agents get the tag, or lose it. */
struct tagging {
    struct portal *portal;
    const char *tag;
    const char *tenant; /* whose agents may be changed; NULL: all */
    bool on;
    size_t n;
    uint32_t agents[RANGES_AGENTS_MAX];
    uint32_t changed;
};

static size_t count_tags(const struct fleet_agent *agent)
{
    size_t n = agent->tags != NULL;
    for (const char *at = agent->tags; at && (at = strchr(at, ' ')); at++)
        n++;
    return n;
}

static int check(const struct tagging *tagging, uint32_t id, struct problem *problem)
{
    const struct fleet_agent *agent = fleet_find(tagging->portal->fleet, id);
    if (!agent || (tagging->tenant && strcmp(agent->tenant, tagging->tenant)))
        return problem_set(problem, "not-found", "agent_ranges", "there is no agent %u", id);
    if (tagging->on && !fleet_tagged(agent, tagging->tag) && count_tags(agent) >= TAGS_MAX)
        return problem_set(problem, "too-many", "tag", "agent %u has %d tags already", id, TAGS_MAX);
    return 0;
}

static int store(struct tagging *tagging, struct problem *problem)
{
    struct db *db = tagging->portal->db;
    if (db_begin(db, problem))
        return -1;
    for (size_t i = 0; i < tagging->n; i++) {
        int64_t agent = tagging->agents[i];
        int changed =
            tagging->on
                ? db_run(db, problem, "INSERT OR IGNORE INTO tags (agent, tag) VALUES (?, ?)", "is", agent, tagging->tag)
                : db_run(db, problem, "DELETE FROM tags WHERE agent = ? AND tag = ?", "is", agent, tagging->tag);
        if (changed < 0) {
            db_rollback(db);
            return -1;
        }
        tagging->changed += (uint32_t)changed;
    }
    if (!db_commit(db, problem))
        return 0;
    db_rollback(db);
    return -1;
}

/* What is stored now, into the mirror. */
static int show(const struct tagging *tagging, struct problem *problem)
{
    for (size_t i = 0; i < tagging->n; i++) {
        struct db_rows *rows = db_query(tagging->portal->db, problem,
            "SELECT group_concat(tag, ' ') FROM (SELECT tag FROM tags WHERE agent = ? ORDER BY tag)", "i",
            (int64_t)tagging->agents[i]);
        if (!rows)
            return -1;
        if (db_next(rows))
            fleet_take_tags(tagging->portal->fleet, tagging->agents[i], db_text(rows, 0));
        if (db_rows_free(rows))
            return -1;
    }
    return 0;
}

static int carry_out(struct tagging *tagging, const char *agents, struct problem *problem)
{
    tagging->n = ranges_parse(agents, tagging->agents);
    if (!tagging->n)
        return problem_set(problem, "bad-field", "agent_ranges",
            "agents are numbers and ranges of them, as 3,17-204, of at most %d in all", RANGES_AGENTS_MAX);
    for (size_t i = 0; i < tagging->n; i++) {
        if (check(tagging, tagging->agents[i], problem))
            return -1;
    }
    if (store(tagging, problem) || show(tagging, problem))
        return -1;
    tagging->portal->tagged += tagging->changed;
    return 0;
}

/* false: the request is refused. */
static bool change(struct bus_request *request, const char *tag, const char *tenant, const char *agents, bool on,
    uint32_t *ret_changed)
{
    struct problem problem;
    struct tagging *tagging = calloc(1, sizeof(*tagging));
    int error = tagging ? 0 : problem_set(&problem, "no-memory", "", "out of memory");
    if (!error) {
        *tagging = (struct tagging){ .portal = portal_of(request), .tag = tag, .tenant = tenant, .on = on };
        error = carry_out(tagging, agents, &problem);
        *ret_changed = tagging->changed;
    }
    free(tagging);
    if (error)
        bus_refuse(request, &problem);
    return !error;
}

void serve_tag_add(struct bus_request *request, const struct call_tag_add *in)
{
    struct call_tag_add_reply reply;
    if (change(request, in->tag, in->tenant, in->agent_ranges, true, &reply.agents))
        answer_tag_add(request, &reply);
}

void serve_tag_remove(struct bus_request *request, const struct call_tag_remove *in)
{
    struct call_tag_remove_reply reply;
    if (change(request, in->tag, in->tenant, in->agent_ranges, false, &reply.agents))
        answer_tag_remove(request, &reply);
}
