#include "services/alert/output/trial.h"

#include <inttypes.h>
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

struct trial {
    struct loop *loop;
    struct output output; /* our own: the real one may be removed meanwhile */
    struct stop stop;
    struct outgoing *message;
    struct loop_timer *limit;
    output_tested *tested; /* NULL: was called */
    void *arg;
    int64_t began_ms; /* monotonic */
    bool arrived;
    struct failure failure;
};

static unsigned n_trials;

static void trial_free(struct trial *trial)
{
    if (!trial)
        return;
    loop_timer_free(trial->limit);
    if (trial->stop.fd >= 0)
        close(trial->stop.fd);
    output_release(&trial->output);
    free(trial->message);
    free(trial);
}

static void answer(struct trial *trial, const char *failure)
{
    output_tested *tested = trial->tested;
    trial->tested = NULL;
    if (tested)
        tested(trial->arg, clock_mono_ms() - trial->began_ms, failure);
}

static void ended(void *arg)
{
    struct trial *trial = arg;
    n_trials--;
    answer(trial, trial->arrived ? NULL : trial->failure.reason);
    trial_free(trial);
}

/* The thread follows as soon as it can: a look-up of a name hears nothing. */
static void too_late(void *arg)
{
    struct trial *trial = arg;
    const uint64_t one = 1;
    atomic_store(&trial->stop.wanted, true);
    (void)!write(trial->stop.fd, &one, sizeof(one));
    answer(trial, "there was no answer within 8 s");
}

static void *run(void *arg)
{
    struct trial *trial = arg;
    const struct sender_kind *kind = sender_kind_of(&trial->output);
    struct sender *sender = kind->open(&trial->output, &trial->stop);
    if (!sender)
        sender_failed(&trial->failure, "no memory");
    else if (!kind->send(sender, trial->message, &trial->failure))
        trial->arrived = kind->finish(sender, &trial->failure) == 1;
    if (sender)
        kind->close(sender);
    loop_post(trial->loop, ended, trial);
    return NULL;
}

/* Like an event of the log, but for its id, which is of no class. */
static struct outgoing *make_message(const struct output *output, const char *host)
{
    struct buf json = { 0 };
    struct text text;
    struct outgoing *message = NULL;
    char time[RFC3339_BYTES];
    int64_t now_ms = clock_wall_ms();
    clock_rfc3339(time, now_ms);
    buf_format(&json,
        "{\"specversion\":\"1.0\",\"id\":\"test-%" PRId64 "\",\"source\":\"/vedette/alert\",\"type\":"
        "\"vedette.output.test.v1\",\"subject\":\"output/%s\",\"time\":\"%s\",\"sev\":4,\"data\":{\"unmapped\":{}}}",
        now_ms, output->name, time);
    if (!json.failed && !text_read(json.data, json.length, &text, NULL)) {
        message = outgoing_make(output, host, &text);
        text_free(&text);
    }
    buf_free(&json);
    return message;
}

static int launch(struct trial *trial)
{
    pthread_t thread;
    if (trial->stop.fd < 0 || !trial->message || !trial->limit || pthread_create(&thread, NULL, run, trial))
        return -1;
    pthread_detach(thread);
    loop_timer_set(trial->limit, LIMIT_MS * 1000);
    n_trials++;
    return 0;
}

int trial_start(struct loop *loop, const struct output *output, const char *host, output_tested *tested, void *arg,
    struct problem *problem)
{
    if (n_trials == TRIALS_MAX)
        return problem_set(problem, "too-many", "", "%d tests are under way", TRIALS_MAX);
    struct trial *trial = calloc(1, sizeof(*trial));
    if (!trial)
        return problem_set(problem, "no-memory", "", "no memory");
    trial->loop = loop;
    trial->output = *output;
    trial->output.types = NULL;
    trial->output.ca = output->ca ? strdup(output->ca) : NULL;
    trial->message = make_message(output, host);
    trial->stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    trial->limit = loop_timer(loop, too_late, trial);
    trial->tested = tested;
    trial->arg = arg;
    trial->began_ms = clock_mono_ms();
    if ((output->ca && !trial->output.ca) || launch(trial)) {
        trial_free(trial);
        return problem_set(problem, "no-memory", "", "no memory for a test");
    }
    return 0;
}
