#include "services/ingest/mailbox/forward.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "services/ingest/mailbox/base64.h"
#include "services/ingest/mailbox/box.h"
#include "services/ingest/mailbox/turn.h"

#define ANSWER_LIMIT_MS 10000
#define AGAIN_US 1000000

/* n_put_off: it is not among them. */
static unsigned find_put_off(const struct forward *forward, uint32_t agent)
{
    unsigned i = 0;
    while (i < forward->n_put_off && forward->put_off[i].agent != agent)
        i++;
    return i;
}

static void begin_anew(void *arg)
{
    struct forward *forward = arg;
    forward->asked = 0;
    forward->paused = false;
    forward_go(forward);
}

static void try_put_off(void *arg)
{
    struct forward *forward = arg;
    for (unsigned i = 0; i < forward->n_put_off; i++)
        forward->put_off[i].may_try = true;
    forward->asked = 0;
    forward_go(forward);
    if (forward->n_put_off)
        loop_timer_set(forward->try, AGAIN_US);
}

/* Nothing more is sent, and when nothing is on its way any more it is begun anew, after a while. */
static void pause_now(struct forward *forward, const struct problem *problem)
{
    if (!forward->away)
        log_problem(LOG_LEVEL_WARNING, "mailbox.not-forwarded", problem);
    forward->away = forward->paused = true;
}

static void rest_or_go(struct forward *forward)
{
    if (!forward->paused)
        forward_go(forward);
    else if (!forward->on_the_way)
        loop_timer_set(forward->again, AGAIN_US);
}

/* A crash before this is on the disk forwards it once more, and the addressee knows it by its place. */
static void forget(struct forward *forward, uint64_t number)
{
    struct problem problem;
    forward->away = false;
    forward->forwarded++;
    if (turn_begin(forward->turn, &problem) || box_taken(forward->box, number, &problem))
        pause_now(forward, &problem);
}

static void put_off(struct forward *forward, uint32_t agent, const struct problem *why)
{
    if (find_put_off(forward, agent) < forward->n_put_off)
        return;
    if (forward->n_put_off == FORWARD_PUT_OFF) {
        pause_now(forward, why);
        return;
    }
    if (!forward->n_put_off)
        loop_timer_set(forward->try, AGAIN_US);
    forward->put_off[forward->n_put_off++] = (struct forward_agent){ .agent = agent };
}

/* One of its envelopes was taken: the others go on, too. */
static void put_off_no_more(struct forward *forward, uint32_t agent)
{
    unsigned found = find_put_off(forward, agent);
    if (found == forward->n_put_off)
        return;
    forward->put_off[found] = forward->put_off[--forward->n_put_off];
    forward->asked = 0;
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    (void)reply;
    struct forward_parcel *place = arg;
    const struct forward_parcel parcel = *place;
    struct forward *forward = parcel.forward;
    place->number = 0;
    forward->on_the_way--;
    if (!refused) {
        put_off_no_more(forward, parcel.agent);
        forget(forward, parcel.number);
    } else if (!strcmp(refused->field, "agent")) {
        put_off(forward, parcel.agent, refused);
    } else {
        pause_now(forward, refused);
    }
    rest_or_go(forward);
}

/* To whoever it is for. */
static void ask(const struct forward *forward, uint32_t agent, const char *envelope, struct forward_parcel *parcel)
{
    if (forward->addressee == ADDRESSEE_BACKUP)
        ask_backup_take(forward->bus, NULL, &(struct call_backup_take){ .agent = agent, .envelope = envelope },
            ANSWER_LIMIT_MS, answered, parcel);
    else
        ask_envelope_take(forward->bus, NULL, &(struct call_envelope_take){ .agent = agent, .envelope = envelope },
            ANSWER_LIMIT_MS, answered, parcel);
}

static struct forward_parcel *find_place(struct forward *forward)
{
    struct forward_parcel *parcel = forward->parcels;
    while (parcel->number)
        parcel++;
    return parcel; /* there is one: on_the_way is less than their number */
}

static int send_parcel(struct forward *forward, uint64_t number, uint32_t agent, const struct buf *envelope)
{
    char *text = envelope_encode(envelope->data, envelope->length);
    if (!text)
        return -1;
    struct forward_parcel *parcel = find_place(forward);
    unsigned tried = find_put_off(forward, agent);
    *parcel = (struct forward_parcel){ forward, number, agent };
    if (tried < forward->n_put_off)
        forward->put_off[tried].may_try = false;
    forward->asked = number;
    forward->on_the_way++;
    ask(forward, agent, text, parcel);
    free(text);
    return 0;
}

static bool may_go(const void *arg, uint64_t number, uint32_t agent)
{
    const struct forward *forward = arg;
    unsigned waits = find_put_off(forward, agent);
    for (unsigned i = 0; i < FORWARD_ON_THE_WAY; i++) {
        if (forward->parcels[i].number == number)
            return false;
    }
    return waits == forward->n_put_off || forward->put_off[waits].may_try;
}

void forward_go(struct forward *forward)
{
    struct problem problem;
    int found = forward->addressee != ADDRESSEE_KEYSERVER; /* that comes for them (keyserver.c) */
    while (found > 0 && !forward->paused && forward->on_the_way < FORWARD_ON_THE_WAY) {
        struct buf envelope = { 0 };
        uint64_t number;
        uint32_t agent;
        found = box_next(
            forward->box, forward->addressee, forward->asked, may_go, forward, &number, &agent, &envelope, &problem);
        if (found > 0 && send_parcel(forward, number, agent, &envelope))
            found = problem_set(&problem, "no-memory", "", "no memory to forward an envelope");
        buf_free(&envelope);
    }
    if (found < 0) {
        pause_now(forward, &problem);
        rest_or_go(forward);
    }
}

int forward_open(struct forward *forward, struct loop *loop, struct problem *problem)
{
    forward->again = loop_timer(loop, begin_anew, forward);
    forward->try = loop_timer(loop, try_put_off, forward);
    return forward->again && forward->try ? 0 : problem_errno(problem, "loop", "", "no timer for mailboxes");
}
