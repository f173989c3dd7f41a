#include "services/ingest/mailbox/delivery.h"

#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/base64.h"
#include "services/ingest/mailbox/drop.h"

struct delivery {
    struct ingest *ingest;
    struct bus_request *request;
    delivery_answer *answer;
    uint32_t agent;
    uint64_t number;
};

static void put_kept(void *arg, const struct problem *failed)
{
    struct delivery *delivery = arg;
    struct mailboxes *mailboxes = &delivery->ingest->mailboxes;
    if (failed) {
        bus_refuse(delivery->request, failed);
    } else {
        delivery->answer(delivery->request, delivery->number);
        mailboxes->put++;
        mailboxes_rouse(mailboxes, delivery->agent);
        drop_news(delivery->ingest, delivery->agent);
    }
    free(delivery);
}

static int put(struct delivery *delivery, const char *text, struct problem *problem)
{
    struct mailboxes *mailboxes = &delivery->ingest->mailboxes;
    uint8_t *envelope;
    size_t bytes;
    if (envelope_decode(text, &envelope, &bytes, problem))
        return -1;
    int error = turn_begin(&mailboxes->turn, problem) ||
                box_put(&mailboxes->box, delivery->agent, envelope, bytes, clock_wall_ms(), &delivery->number, problem);
    free(envelope);
    return error ? -1 : 0;
}

void envelope_deliver(struct bus_request *request, uint32_t agent, const char *envelope, delivery_answer *answer)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    if (!agent_is_there(ingest, request, agent))
        return;
    struct delivery *delivery = malloc(sizeof(*delivery));
    if (!delivery) {
        problem_set(&problem, "no-memory", "", "no memory for an envelope");
        bus_refuse(request, &problem);
        return;
    }
    *delivery = (struct delivery){ .ingest = ingest, .request = request, .answer = answer, .agent = agent };
    if (put(delivery, envelope, &problem)) {
        bus_refuse(request, &problem);
        free(delivery);
        return;
    }
    turn_promise(&ingest->mailboxes.turn, put_kept, delivery);
}
