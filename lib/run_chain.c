#include "lib/run_chain.h"

#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"

static void line(struct buf *text, const char *value)
{
    buf_format(text, "%s\n", value ? value : "");
}

static void number(struct buf *text, bool said, uint64_t value)
{
    if (said)
        buf_format(text, "%" PRIu64, value);
    buf_text(text, "\n");
}

struct run_chain run_chain_next(const struct run_chain *chain, const struct envelope_run *run)
{
    struct run_chain next = { .links = chain->links + 1 };
    struct buf text = { 0 };
    buf_append(&text, chain->head, sizeof(chain->head));
    line(&text, "vedette-run-v1");
    line(&text, run->document);
    number(&text, true, run->document_version);
    number(&text, true, run->occurrence);
    line(&text, run_state_words[run->run_state]);
    number(&text, true, (uint64_t)run->time);
    number(&text, true, next.links);
    line(&text, run->code);
    line(&text, run->reason);
    number(&text, run->has_exit_status, run->exit_status);
    number(&text, run->has_signal, run->signal);
    number(&text, run->has_output_bytes, run->output_bytes);
    number(&text, run->has_output_cut, run->output_cut);
    /* Without memory for a few lines the hash is one that nothing follows from, and the chain is seen to break. */
    crypto_sha256(text.data, text.length, next.head);
    buf_free(&text);
    return next;
}

bool run_chain_of(const struct envelope_run *run, struct run_chain *ret)
{
    struct run_chain chain = { .links = run->chain_link };
    if (!run->has_chain_link || !run->chain || crypto_unhex(run->chain, chain.head, sizeof(chain.head)))
        return false;
    *ret = chain;
    return true;
}

enum run_chain_verdict run_chain_judge(
    const struct run_chain *chain, const struct envelope_run *run, uint64_t *ret_missing)
{
    struct run_chain said, next = run_chain_next(chain, run);
    *ret_missing = 0;
    if (!run_chain_of(run, &said) || !said.links)
        return RUN_CHAIN_BROKEN;
    if (said.links < chain->links)
        return RUN_CHAIN_OLD;
    if (said.links == chain->links)
        return memcmp(said.head, chain->head, sizeof(said.head)) ? RUN_CHAIN_BROKEN : RUN_CHAIN_KNOWN;
    if (said.links == next.links)
        return memcmp(said.head, next.head, sizeof(said.head)) ? RUN_CHAIN_BROKEN : RUN_CHAIN_FOLLOWS;
    *ret_missing = said.links - next.links;
    return RUN_CHAIN_BROKEN;
}
