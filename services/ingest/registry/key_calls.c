/* The call agent.keys: whose public keys are whose, for those who seal to agents and verify what agents signed. */
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/ids.h"
#include "services/ingest/ingest.h"

#define KEYS_USUAL 1000
#define KEYS_MOST 20000
#define KEYS_LOOKED_AT 20000 /* agents in one call: nobody else is served meanwhile */

struct listing {
    struct ingest *ingest;
    const struct call_agent_keys *in;
    struct call_agent_keys_reply reply;
    size_t limit;
    uint32_t last; /* listed or passed over */
    bool no_memory;
};

static bool is_wanted(const struct listing *listing, const struct agent_row *row)
{
    const struct call_agent_keys *in = listing->in;
    const struct site *site = &listing->ingest->sites.all[row->site];
    return row->sign_key && row->seal_key && row->fingerprint &&
           presence_truth(listing->ingest->hot.pulse[row->agent].state) != STATE_RETIRED &&
           (!in->fingerprint || !strcmp(in->fingerprint, row->fingerprint)) &&
           (!in->tenant || !strcmp(in->tenant, site->tenant)) && (!in->site || !strcmp(in->site, site->name));
}

static void list(void *arg, const struct agent_row *row)
{
    struct listing *listing = arg;
    struct call_agent_keys_reply *reply = &listing->reply;
    const struct site *site = &listing->ingest->sites.all[row->site];
    if (reply->n_rows == listing->limit || listing->no_memory)
        return;
    listing->last = row->agent;
    if (!is_wanted(listing, row))
        return;
    struct call_agent_keys_reply_row one = {
        .agent = row->agent,
        .fingerprint = strdup(row->fingerprint),
        .sign_key = strdup(row->sign_key),
        .seal_key = strdup(row->seal_key),
        .tenant = site->tenant,
        .site = site->name,
        .name = strdup(row->name),
    };
    reply->rows[reply->n_rows++] = one;
    listing->no_memory = !one.fingerprint || !one.sign_key || !one.seal_key || !one.name;
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->reply.n_rows; i++) {
        const struct call_agent_keys_reply_row *row = &listing->reply.rows[i];
        free((char *)row->fingerprint);
        free((char *)row->sign_key);
        free((char *)row->seal_key);
        free((char *)row->name);
    }
    free(listing->reply.rows);
}

static int fill_named(struct listing *listing, struct problem *problem)
{
    struct ingest *ingest = listing->ingest;
    uint32_t ids[IDS_MAX];
    size_t count = ids_parse(listing->in->ids, ids);
    if (!count)
        return problem_set(problem, "bad-field", "ids", "ids are agent ids separated by commas, at most %d", IDS_MAX);
    for (size_t i = 0; i < count; i++)
        if (ids[i] <= ingest->hot.highest && registry_each(&ingest->registry, ids[i], ids[i], list, listing, problem))
            return -1;
    return 0;
}

/* Where to look: one agent, or all behind the last one that was given. */
static int fill(struct listing *listing, struct problem *problem)
{
    struct ingest *ingest = listing->ingest;
    const struct call_agent_keys *in = listing->in;
    uint32_t from = in->has_after ? in->after + 1 : 1, to = ingest->hot.highest;
    uint32_t found = 0;
    if (in->fingerprint && registry_find(&ingest->registry, in->fingerprint, &found, problem) < 0)
        return -1;
    if (in->has_agent || in->fingerprint)
        from = to = in->has_agent ? in->agent : found;
    else if (from <= to && to - from >= KEYS_LOOKED_AT)
        to = from + KEYS_LOOKED_AT - 1;
    listing->limit = in->has_limit && in->limit < KEYS_MOST ? in->limit : in->has_limit ? KEYS_MOST : KEYS_USUAL;
    listing->reply.rows = calloc(listing->limit, sizeof(*listing->reply.rows));
    if (!listing->reply.rows)
        return problem_set(problem, "no-memory", "", "no memory for the keys");
    if (in->ids)
        return fill_named(listing, problem);
    if (from && from <= to && to <= ingest->hot.highest &&
        registry_each(&ingest->registry, from, to, list, listing, problem))
        return -1;
    bool one = in->has_agent || in->fingerprint;
    listing->reply.next = !one && listing->last && listing->last < ingest->hot.highest ? listing->last : 0;
    return listing->no_memory ? problem_set(problem, "no-memory", "", "no memory for the keys") : 0;
}

void serve_agent_keys(struct bus_request *request, const struct call_agent_keys *in)
{
    struct listing listing = { .ingest = ingest_of(request), .in = in };
    struct problem problem;
    if (fill(&listing, &problem))
        bus_refuse(request, &problem);
    else
        answer_agent_keys(request, &listing.reply);
    listing_free(&listing);
}
