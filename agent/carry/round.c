/* Rounds of mail: envelopes in, envelopes out, the machine's report; again while the resident asks for it. */
#include "agent/carry/round.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/carrier.h"
#include "agent/carry/carriers.h"
#include "agent/carry/drop.h"
#include "agent/carry/envelopes.h"
#include "agent/carry/exchange.h"
#include "agent/carry/fetch.h"
#include "agent/carry/letter.h"
#include "agent/carry/post.h"
#include "agent/mail.h"
#include "agent/options.h"
#include "agent/outcome.h"
#include "lib/buf.h"
#include "lib/problem.h"

/* Whole lines in one write, so that the resident never sees half of one. */
static int say(const char *line, size_t bytes)
{
    return write(STDOUT_FILENO, line, bytes) == (ssize_t)bytes ? 0 : -1;
}

static void say_arrived(void)
{
    say("in\n", 3);
}

static int say_outcome(const struct outcome *outcome)
{
    struct buf line = { 0 };
    int error = outcome_encode(outcome, &line) || say(line.data, line.length);
    buf_free(&line);
    return error;
}

/* Envelopes first: a task waits for them. The letter says where the server is, and whether we are known to it. */
static int by_https(
    struct exchange *exchange, const struct options *options, struct outcome *ret, struct problem *problem)
{
    return envelopes_fetch(exchange, say_arrived, problem) || envelopes_put(exchange, problem) ||
                   fetch_wanted(exchange, say_arrived, problem) || letter_send(exchange, options, ret, problem)
               ? -1
               : 0;
}

static int by_parcel(const struct exchange *exchange, enum carrier_kind kind, const char *place, struct outcome *ret,
    struct problem *problem)
{
    bool arrived = false;
    int error = kind == CARRIER_DROP ? drop_visit(exchange, place, &arrived, problem)
                                     : post_visit(exchange, place, &arrived, problem);
    if (arrived)
        say_arrived();
    snprintf(ret->carried, sizeof(ret->carried), "%s", carrier_words[kind]);
    return error;
}

/* The first that works, each round anew: so a better one that is back is used again. If none does, why the first does
 * not; a server that has retired us is believed whatever else there is. */
static int make_round(struct exchange *exchange, const struct carriers *carriers, const struct options *options,
    struct outcome *ret, struct problem *problem)
{
    for (unsigned i = 0; i < carriers->n; i++) {
        struct outcome outcome = { 0 };
        struct problem why;
        enum carrier_kind kind = carriers->list[i].kind;
        if (kind == CARRIER_HTTPS ? !by_https(exchange, options, &outcome, &why)
                                  : !by_parcel(exchange, kind, carriers->list[i].place, &outcome, &why)) {
            *ret = outcome;
            mail_note_carrier(carrier_words[kind]);
            return 0;
        }
        if (!i || !strcmp(why.code, "retired"))
            *problem = why;
        if (!strcmp(why.code, "retired"))
            break;
    }
    return -1;
}

/* Rounds that were asked for meanwhile; 0: none within CARRY_LINGER_MS, or the resident has gone. */
static size_t wait_for_more(void)
{
    char asked[256];
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    if (poll(&input, 1, CARRY_LINGER_MS) <= 0)
        return 0;
    ssize_t count = read(STDIN_FILENO, asked, sizeof(asked));
    return count > 0 ? (size_t)count : 0;
}

static int make_rounds(struct exchange *exchange, const struct options *options, struct problem *problem)
{
    struct carriers carriers;
    size_t made = 0;
    if (carriers_load(&carriers, problem))
        return -1;
    for (size_t asked = 1; asked; asked = options->instance ? wait_for_more() : 0) {
        struct outcome outcome = { 0 };
        alarm(2 * CARRY_LIMIT_MS / 1000);
        if (make_round(exchange, &carriers, options, &outcome, problem) || say_outcome(&outcome))
            return -1;
        made += asked;
    }
    char line[32];
    say(line, (size_t)snprintf(line, sizeof(line), "end %zu\n", made));
    return 0;
}

int carry_mail(const struct options *options, char **argv)
{
    (void)argv;
    struct exchange exchange = { 0 };
    struct problem problem = { .code = "no-outcome" };
    int error = state_enter(options->state, &problem) || mail_open(&problem) || exchange_open(&exchange, &problem) ||
                make_rounds(&exchange, options, &problem);
    if (error) {
        struct outcome outcome = { 0 };
        snprintf(outcome.code, sizeof(outcome.code), "%s", problem.code);
        snprintf(outcome.reason, sizeof(outcome.reason), "%s", problem.reason);
        say_outcome(&outcome);
    }
    exchange_close(&exchange);
    return error ? 1 : 0;
}
