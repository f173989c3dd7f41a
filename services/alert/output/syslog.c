/*
 * Syslog over TLS. Its receivers acknowledge nothing, so when is an event sure to have arrived? Marks are set in what
 * was written, one at a time, and a mark holds as soon as
 *
 *   - the receiver's TLS answered the KeyUpdate that was sent there: it has read everything before it; or,
 *     with TLS 1.2 and with those that answer only when they have something to say,
 *   - its TCP has acknowledged everything, and the connection was still whole SURE_MS later: a program that dies with
 *     bytes unread resets it at once.
 *
 * When a connection breaks, everything behind the last mark is sent again. docs/outputs.md says what that promises.
 */
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/tls.h"

#define SURE_MS 2000
#define ASK_PERIOD_MS 200 /* GnuTLS takes more than eight KeyUpdates a second for an attack */

struct mark {
    bool set, asked;
    int64_t written, at_ms; /* monotonic */
    unsigned answers;       /* before it */
};

struct sender {
    const struct output *output;
    const struct stop *stop;
    struct tls *tls;       /* NULL: not connected */
    int64_t written, sure; /* events since opening or the last failure */
    struct mark mark;
};

static struct sender *open_sender(const struct output *output, const struct stop *stop)
{
    struct sender *sender = calloc(1, sizeof(*sender));
    if (sender)
        *sender = (struct sender){ .output = output, .stop = stop };
    return sender;
}

static void disconnect(struct sender *sender)
{
    tls_free(sender->tls);
    sender->tls = NULL;
    sender->mark = (struct mark){ 0 };
}

static void close_sender(struct sender *sender)
{
    disconnect(sender);
    free(sender);
}

/* Nothing that is not sure counts as sent. */
static int give_up(struct sender *sender)
{
    disconnect(sender);
    sender->written = sender->sure = 0;
    return -1;
}

static int connect_sender(struct sender *sender, struct failure *failure)
{
    struct destination destination;
    struct problem problem;
    if (destination_parse(sender->output->kind, sender->output->destination, &destination, &problem))
        return sender_failed(failure, "%.190s", problem.reason);
    sender->tls = tls_connect(&destination, sender->output->ca, sender->stop, failure);
    return sender->tls ? 0 : -1;
}

static int send_event(struct sender *sender, const struct outgoing *event, struct failure *failure)
{
    if (sender->tls && tls_look(sender->tls, failure)) {
        if (sender->written > sender->sure)
            return give_up(sender);
        disconnect(sender); /* with nothing on its way that is no failure */
    }
    if ((!sender->tls && connect_sender(sender, failure)) || tls_write(sender->tls, event->data, event->bytes, failure))
        return give_up(sender);
    sender->written++;
    return 0;
}

static void set_mark(struct sender *sender, int64_t now_ms)
{
    sender->mark = (struct mark){
        .set = true,
        .written = sender->written,
        .at_ms = now_ms,
        .answers = tls_answers(sender->tls),
    };
    sender->mark.asked = !tls_ask(sender->tls);
}

static bool mark_holds(const struct sender *sender, int64_t now_ms)
{
    const struct mark *mark = &sender->mark;
    if (mark->asked && tls_answers(sender->tls) > mark->answers)
        return true;
    return now_ms - mark->at_ms >= SURE_MS && tls_is_acknowledged(sender->tls);
}

static int64_t sure(struct sender *sender, struct failure *failure)
{
    int64_t now_ms = clock_mono_ms();
    if (!sender->tls || sender->written == sender->sure)
        return sender->sure;
    if (tls_look(sender->tls, failure))
        return give_up(sender);
    if (sender->mark.set && mark_holds(sender, now_ms)) {
        sender->sure = sender->mark.written;
        sender->mark.set = false;
    }
    if (!sender->mark.set && sender->written > sender->sure && now_ms - sender->mark.at_ms >= ASK_PERIOD_MS)
        set_mark(sender, now_ms);
    return sender->sure;
}

static int64_t finish(struct sender *sender, struct failure *failure)
{
    sender_failed(failure, "it was sent, but the receiver did not end the connection in order");
    if (sender->tls && sender->written > sender->sure && !tls_end(sender->tls))
        sender->sure = sender->written;
    return sender->sure;
}

const struct sender_kind syslog_sender = { open_sender, close_sender, send_event, sure, finish };
