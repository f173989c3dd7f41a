#include "services/ingest/mailbox/forward.h"

#include <stdlib.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "services/ingest/mailbox/box.h"
#include "services/ingest/mailbox/turn.h"

#define ANSWER_LIMIT_MS 10000
#define AGAIN_US 1000000

/* One that is on its way. */
struct parcel {
    struct forward *forward;
    uint64_t number;
};

static void begin_anew(void *arg)
{
    struct forward *forward = arg;
    forward->asked = 0;
    forward->paused = false;
    forward_go(forward);
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

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    (void)reply;
    struct parcel *parcel = arg;
    struct forward *forward = parcel->forward;
    forward->on_the_way--;
    if (refused)
        pause_now(forward, refused);
    else
        forget(forward, parcel->number);
    free(parcel);
    rest_or_go(forward);
}

/* To whoever it is for. */
static void ask(const struct forward *forward, uint32_t agent, const char *envelope, struct parcel *parcel)
{
    if (forward->addressee == ADDRESSEE_BACKUP)
        ask_backup_take(forward->bus, NULL, &(struct call_backup_take){ .agent = agent, .envelope = envelope },
            ANSWER_LIMIT_MS, answered, parcel);
    else
        ask_envelope_take(forward->bus, NULL, &(struct call_envelope_take){ .agent = agent, .envelope = envelope },
            ANSWER_LIMIT_MS, answered, parcel);
}

static int send_parcel(struct forward *forward, uint64_t number, uint32_t agent, const struct buf *envelope)
{
    struct parcel *parcel = malloc(sizeof(*parcel));
    char *text = malloc(BASE64_BYTES(envelope->length));
    if (!parcel || !text) {
        free(parcel);
        free(text);
        return -1;
    }
    *parcel = (struct parcel){ forward, number };
    crypto_base64(envelope->data, envelope->length, text);
    forward->asked = number;
    forward->on_the_way++;
    ask(forward, agent, text, parcel);
    free(text);
    return 0;
}

void forward_go(struct forward *forward)
{
    struct problem problem;
    int found = forward->addressee != ADDRESSEE_KEYSERVER; /* that comes for them (keyserver.c) */
    while (found > 0 && !forward->paused && forward->on_the_way < FORWARD_ON_THE_WAY) {
        struct buf envelope = { 0 };
        uint64_t number;
        uint32_t agent;
        found = box_next(forward->box, forward->addressee, forward->asked, &number, &agent, &envelope, &problem);
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
    return forward->again ? 0 : problem_errno(problem, "loop", "", "no timer for mailboxes");
}
