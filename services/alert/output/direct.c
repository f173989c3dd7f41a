#include "services/alert/output/direct.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/text.h"
#include "services/alert/output/worker.h"

#define LIMIT_MS 8000 /* callers give up after 10 s */

struct direct {
    struct loop *loop;
    struct output output; /* our own: the real one may be removed meanwhile */
    struct stop stop;
    struct outgoing *message;
    struct loop_timer *limit;
    output_tested *sent; /* NULL: was called */
    void *arg;
    int64_t began_ms; /* monotonic */
    bool arrived;
    struct failure failure;
};

static unsigned n_directs;

static void direct_free(struct direct *direct)
{
    if (!direct)
        return;
    loop_timer_free(direct->limit);
    if (direct->stop.fd >= 0)
        close(direct->stop.fd);
    output_release(&direct->output);
    free(direct->message);
    free(direct);
}

static void answer(struct direct *direct, const char *failure)
{
    output_tested *sent = direct->sent;
    direct->sent = NULL;
    if (sent)
        sent(direct->arg, clock_mono_ms() - direct->began_ms, failure);
}

static void ended(void *arg)
{
    struct direct *direct = arg;
    n_directs--;
    answer(direct, direct->arrived ? NULL : direct->failure.reason);
    direct_free(direct);
}

/* The thread follows as soon as it can: a look-up of a name hears nothing. */
static void too_late(void *arg)
{
    struct direct *direct = arg;
    const uint64_t one = 1;
    atomic_store(&direct->stop.wanted, true);
    (void)!write(direct->stop.fd, &one, sizeof(one));
    answer(direct, "there was no answer within 8 s");
}

static void *run(void *arg)
{
    struct direct *direct = arg;
    const struct sender_kind *kind = sender_kind_of(&direct->output);
    struct sender *sender = kind->open(&direct->output, &direct->stop);
    if (!sender)
        sender_failed(&direct->failure, "no memory");
    else if (!kind->send(sender, direct->message, &direct->failure))
        direct->arrived = kind->finish(sender, &direct->failure) == 1;
    if (sender)
        kind->close(sender);
    loop_post(direct->loop, ended, direct);
    return NULL;
}

static struct outgoing *make_message(const struct output *output, const char *host, const struct buf *json)
{
    struct text text;
    if (json->failed || text_read(json->data, json->length, &text, NULL))
        return NULL;
    struct outgoing *message = outgoing_make(output, host, &text);
    text_free(&text);
    return message;
}

static int launch(struct direct *direct)
{
    pthread_t thread;
    if (direct->stop.fd < 0 || !direct->message || !direct->limit || pthread_create(&thread, NULL, run, direct))
        return -1;
    pthread_detach(thread);
    loop_timer_set(direct->limit, LIMIT_MS * 1000);
    n_directs++;
    return 0;
}

int direct_send(struct loop *loop, const struct output *output, const char *host, const struct buf *json,
    output_tested *sent, void *arg, struct problem *problem)
{
    if (n_directs == DIRECTS_MAX)
        return problem_set(problem, "too-many", "", "%d messages are under way", DIRECTS_MAX);
    struct direct *direct = calloc(1, sizeof(*direct));
    if (!direct)
        return problem_set(problem, "no-memory", "", "no memory");
    direct->loop = loop;
    direct->output = *output;
    direct->output.types = NULL;
    direct->output.ca = output->ca ? strdup(output->ca) : NULL;
    direct->message = make_message(output, host, json);
    direct->stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    direct->limit = loop_timer(loop, too_late, direct);
    direct->sent = sent;
    direct->arg = arg;
    direct->began_ms = clock_mono_ms();
    if ((output->ca && !direct->output.ca) || launch(direct)) {
        direct_free(direct);
        return problem_set(problem, "no-memory", "", "no memory for a message");
    }
    return 0;
}
