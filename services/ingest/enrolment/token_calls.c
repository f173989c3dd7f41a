/* Calls about enrolment tokens. Each has been logged before it gets here. */
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "services/ingest/enrolment/tokens.h"
#include "services/ingest/ingest.h"

#define TOKENS_LISTED 1000

void serve_token_create(struct bus_request *request, const struct call_token_create *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    char token[TOKEN_BYTES];
    uint32_t id;
    int64_t expires = clock_wall_ms() + (int64_t)in->ttl_s * 1000;
    uint32_t site = registry_site(&ingest->registry, &ingest->sites, in->tenant, in->site, &problem);
    if (!site || token_make(&ingest->registry, site, in->uses, expires, token, &id, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    answer_token_create(request, &(struct call_token_create_reply){ id, token, expires });
    crypto_forget(token, sizeof(token));
}

void serve_token_list(struct bus_request *request, const struct call_token_list *in)
{
    struct ingest *ingest = ingest_of(request);
    struct call_token_list_reply reply;
    struct problem problem;
    if (tokens_list(&ingest->registry, in->tenant, clock_wall_ms(), TOKENS_LISTED, &reply, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    answer_token_list(request, &reply);
    tokens_free(&reply);
}

void serve_token_revoke(struct bus_request *request, const struct call_token_revoke *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    int done = token_revoke(&ingest->registry, in->token_id, clock_wall_ms(), &problem);
    if (!done)
        problem_set(&problem, "not-found", "token_id", "there is no enrolment token %u", in->token_id);
    if (done > 0)
        answer_token_revoke(request, &(struct call_token_revoke_reply){ 0 });
    else
        bus_refuse(request, &problem);
}
