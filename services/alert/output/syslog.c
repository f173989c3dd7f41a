/*
 * Syslog over TLS. Its receivers acknowledge nothing, so when is an event sure to have arrived? Marks are set in what
 * is written, and a mark holds as soon as
 *
 *   - the receiver's TLS has answered the question that was put there: it has read everything before; or,
 *     with TLS 1.2 and with one that has never answered (GnuTLS, as it never writes),
 *   - its TCP has acknowledged everything before, and the connection is still whole SURE_MS later: a program that dies
 *     with bytes unread resets it at once.
 *
 * When a connection breaks, everything behind the last mark that held is sent again. docs/outputs.md says what that
 * promises.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/tls.h"

#define SURE_MS 2000
#define MARK_PERIOD_MS 400     /* of two questions each: GnuTLS takes more than eight a second for an attack */
#define ANSWERED_PERIOD_MS 100 /* for those that answer: they are not GnuTLS */
#define ANSWER_LIMIT_MS 30000
#define MARKS_MAX 8 /* more than fit into SURE_MS */

struct mark {
    int64_t written, at_ms; /* monotonic */
    unsigned answers;       /* that say so; 0: none will */
    uint64_t bytes;         /* that TCP must have acknowledged otherwise */
};

struct sender {
    const struct output *output;
    const struct stop *stop;
    struct tls *tls;              /* NULL: not connected */
    int64_t written, sure;        /* events since opening or the last failure */
    struct mark marks[MARKS_MAX]; /* oldest first */
    unsigned n_marks;
    bool answers;      /* the receiver does: then nothing but an answer counts, on later connections too */
    int64_t marked_ms; /* monotonic; when the newest was set */
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
    sender->n_marks = 0;
    sender->marked_ms = 0;
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
    struct mark *mark = &sender->marks[sender->n_marks++];
    *mark = (struct mark){ .written = sender->written, .at_ms = now_ms };
    mark->answers = tls_ask(sender->tls);
    mark->bytes = tls_written(sender->tls);
    sender->marked_ms = now_ms;
}

static bool mark_holds(const struct sender *sender, const struct mark *mark, int64_t now_ms)
{
    if (mark->answers && tls_answers(sender->tls) >= mark->answers)
        return true;
    return !sender->answers && now_ms - mark->at_ms >= SURE_MS && tls_is_acknowledged(sender->tls, mark->bytes);
}

static void drop_marks(struct sender *sender, unsigned n)
{
    sender->n_marks -= n;
    memmove(sender->marks, sender->marks + n, sender->n_marks * sizeof(sender->marks[0]));
}

/* It answered before and does not now: it hangs, or is another one by now. A new connection will tell. */
static bool is_mute(const struct sender *sender, int64_t now_ms)
{
    return sender->answers && sender->n_marks && now_ms - sender->marks[0].at_ms >= ANSWER_LIMIT_MS;
}

static int64_t sure(struct sender *sender, struct failure *failure)
{
    int64_t now_ms = clock_mono_ms();
    unsigned held = 0;
    if (!sender->tls || sender->written == sender->sure)
        return sender->sure;
    if (tls_look(sender->tls, failure))
        return give_up(sender);
    sender->answers = sender->answers || tls_answers(sender->tls);
    while (held < sender->n_marks && mark_holds(sender, &sender->marks[held], now_ms))
        sender->sure = sender->marks[held++].written;
    drop_marks(sender, held);
    if (is_mute(sender, now_ms)) {
        sender->answers = false;
        sender_failed(failure, "the receiver has read nothing for %d s", ANSWER_LIMIT_MS / 1000);
        return give_up(sender);
    }
    bool marked = sender->n_marks && sender->marks[sender->n_marks - 1].written == sender->written;
    int64_t period_ms = sender->answers ? ANSWERED_PERIOD_MS : MARK_PERIOD_MS;
    if (!marked && sender->written > sender->sure && sender->n_marks < MARKS_MAX &&
        now_ms - sender->marked_ms >= period_ms)
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
