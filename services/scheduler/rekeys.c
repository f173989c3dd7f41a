#include "services/scheduler/rekeys.h"

#include <stdio.h>
#include <string.h>

#include "lib/envelope/envelope.h"
#include "lib/exchange/agents.h"
#include "lib/log.h"
#include "services/scheduler/scheduler.h"

#define SUBJECT_BYTES 24

static void tell(struct scheduler *scheduler, const struct agent_known *agent)
{
    char subject[SUBJECT_BYTES];
    snprintf(subject, sizeof(subject), "agent/%u", agent->agent);
    const struct event_about about = { .tenant = agent->tenant, .subject = subject };
    const struct event_agent_rekeyed data = { .agent = agent->agent,
        .fingerprint = agent->fingerprint,
        .key_sha256 = agent->signer,
        .key_sha256_before = agent->signer_before };
    emit_agent_rekeyed(scheduler->program.bus, &about, &data, NULL, NULL);
}

/* It waits for the answer, and asks for it again: what is known already is answered once more. */
void rekeys_take(struct scheduler *scheduler, uint32_t agent, const struct envelope_opened *opened)
{
    const struct envelope_rekey *said = opened->message;
    const struct envelope_rekeyed answer = { .sign_key = said->sign_key };
    struct agent_known before, known;
    struct problem problem;
    if (!agents_get(scheduler->records, agent, &before))
        return;
    if (agents_rekey(scheduler->records, &before, opened->from, said->sign_key, said->seal_key, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "rekey.refused", &problem);
        return;
    }
    if (agents_get(scheduler->records, agent, &known) && strcmp(known.signer, before.signer))
        tell(scheduler, &known);
    if (dispatch_send(&scheduler->dispatch, agent, ENVELOPE_REKEYED, &answer, &problem))
        log_problem(LOG_LEVEL_WARNING, "rekey.not-answered", &problem);
}
