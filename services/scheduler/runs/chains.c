#include "services/scheduler/runs/chains.h"

#include <stdio.h>
#include <string.h>

#include "lib/exchange/agents.h"
#include "lib/log.h"
#include "lib/run_chain.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/scheduler.h"

#define SUBJECT_BYTES 24

static struct run_chain load(struct records *records, uint32_t agent, const char *document)
{
    struct run_chain chain = { 0 };
    struct db_rows *rows = records_query(
        records, "SELECT links, head FROM chain WHERE agent = ? AND document = ?", "is", (int64_t)agent, document);
    if (db_next(rows) && !crypto_unhex(db_text(rows, 1), chain.head, sizeof(chain.head)))
        chain.links = (uint64_t)db_int(rows, 0);
    records_finish(rows);
    return chain;
}

static void store(struct records *records, struct run *run, const struct envelope_run *said)
{
    run->chain_link = said->chain_link;
    snprintf(run->chain, sizeof(run->chain), "%s", said->chain);
    records_run(records, "INSERT OR REPLACE INTO chain (agent, document, links, head) VALUES (?, ?, ?, ?)", "isis",
        (int64_t)run->agent, said->document, (int64_t)said->chain_link, said->chain);
}

static void tell_broken(struct scheduler *scheduler, const struct paper *paper, uint32_t agent,
    const struct envelope_run *said, uint64_t missing)
{
    struct agent_known known;
    char subject[SUBJECT_BYTES];
    bool found = agents_get(scheduler->records, agent, &known);
    snprintf(subject, sizeof(subject), "agent/%u", agent);
    const struct event_about about = {
        .tenant = found ? known.tenant : NULL, .subject = subject, .time_ms = said->time
    };
    const struct event_chain_broken data = {
        .agent = agent,
        .document = paper->document,
        .document_version = paper->version,
        .occurrence = said->occurrence,
        .chain_link = said->chain_link,
        .links_missing = missing,
    };
    log_error("chain.broken", LOG_INT("agent", agent), LOG_TEXT("document", paper->document),
        LOG_INT("link", said->chain_link), LOG_INT("missing", missing));
    emit_chain_broken(scheduler->program.bus, &about, &data, NULL, NULL);
}

bool run_chains_take(
    struct scheduler *scheduler, const struct paper *paper, struct run *run, const struct envelope_run *said)
{
    uint64_t missing;
    if (!said->has_chain_link || !said->chain)
        return false;
    const struct run_chain chain = load(scheduler->records, run->agent, paper->document);
    enum run_chain_verdict verdict = run_chain_judge(&chain, said, &missing);
    /* Of an older number: that run has it, or the agent begins again from a state of before. */
    if (verdict == RUN_CHAIN_KNOWN || (verdict == RUN_CHAIN_OLD && !strcmp(run->chain, said->chain)))
        return false;
    if (verdict != RUN_CHAIN_FOLLOWS)
        tell_broken(scheduler, paper, run->agent, said, missing);
    store(scheduler->records, run, said);
    return true;
}
