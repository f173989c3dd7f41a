/* Calls about mailboxes: an envelope for an agent, and trust files to offer. */
#include "lib/bus/bus.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/delivery.h"

static void answer_put(struct bus_request *request, uint64_t number)
{
    answer_mailbox_put(request, &(struct call_mailbox_put_reply){ number });
}

void serve_mailbox_put(struct bus_request *request, const struct call_mailbox_put *in)
{
    envelope_deliver(request, in->agent, in->envelope, answer_put);
}

static void trust_kept(void *arg, const struct problem *failed)
{
    if (failed)
        bus_refuse(arg, failed);
    else
        answer_trust_keep(arg, &(struct call_trust_keep_reply){ 0 });
}

void serve_trust_keep(struct bus_request *request, const struct call_trust_keep *in)
{
    struct mailboxes *mailboxes = &ingest_of(request)->mailboxes;
    struct problem problem;
    if (turn_begin(&mailboxes->turn, &problem) ||
        box_trust_keep(&mailboxes->box, in->trust_version, in->dsse, &problem))
        bus_refuse(request, &problem);
    else
        turn_promise(&mailboxes->turn, trust_kept, request);
}
