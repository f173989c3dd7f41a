/*
 * vedette-ship: carries the sealed copies of the server's state to the owner's targets, each in a thread of its own, so
 * that one that is away holds up no other. Trusted with: the credentials of those targets. It reads nothing of the
 * server but what is sealed for keys that are elsewhere; taken over, it can lose and withhold copies, which is seen.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/sandbox/sandbox.h"
#include "offsite/ship/carrier.h"
#include "offsite/ship/status.h"

#define LOOK_EVERY_MS 250
#define AFTER_FAILURE_MS 2000
#define STATUS_EVERY_MS 1000
#define AUTHORITIES "/etc/ssl/certs" /* of S3 servers, where the target names none */

/* The thread of a target. */
struct line {
    const struct target_conf *conf;
    pthread_t thread;
    bool runs;
    struct carrier carrier;
    pthread_mutex_t lock; /* of what follows */
    struct line_status status;
    char labels[TARGET_WORD_BYTES + 16]; /* of metrics, which these are for: */
    int64_t behind_ms, waiting_objects, waiting_bytes;
    uint64_t objects, bytes;
};

struct shipping {
    const char *state;
    struct settings settings;
    struct target_confs confs;
    struct line *lines;
    struct loop *loop;
};

static atomic_bool stopping;

static bool stopped(void *arg)
{
    (void)arg;
    return stopping;
}

static void rest(int64_t ms)
{
    for (const int64_t until = clock_mono_ms() + ms; !stopping && clock_mono_ms() < until;)
        usleep(20000);
}

/* How it stands with one set, known from now on. */
static void note(struct line *line, enum server_set set, const struct waiting *waiting, const struct problem *problem)
{
    pthread_mutex_lock(&line->lock);
    if (problem && strcmp(problem->reason, line->status.problem))
        log_problem(LOG_LEVEL_WARNING, "ship.failed", problem);
    line_note(&line->status, set, waiting, problem, clock_wall_ms());
    line->objects = line->carrier.objects;
    line->bytes = line->carrier.bytes;
    pthread_mutex_unlock(&line->lock);
}

static bool look(struct line *line)
{
    bool failed = false;
    for (int set = 0; set < SERVER_SET_COUNT && !stopping; set++) {
        struct waiting waiting;
        struct problem problem;
        bool bad = carrier_look(&line->carrier, (enum server_set)set, &waiting, &problem);
        note(line, (enum server_set)set, &waiting, bad ? &problem : NULL);
        failed |= bad;
    }
    return failed;
}

static void *carry(void *arg)
{
    struct line *line = arg;
    while (!stopping)
        rest(look(line) ? AFTER_FAILURE_MS : LOOK_EVERY_MS);
    return NULL;
}

/* The main thread: says how it stands */

static void tell(void *arg)
{
    struct shipping *shipping = arg;
    struct ship_status status = { .time_ms = clock_wall_ms(), .n = shipping->confs.n };
    for (unsigned i = 0; i < shipping->confs.n; i++) {
        struct line *line = &shipping->lines[i];
        pthread_mutex_lock(&line->lock);
        status.lines[i] = line->status;
        pthread_mutex_unlock(&line->lock);
        struct waiting all = line_waiting(&status.lines[i]);
        line->behind_ms = line_behind_ms(&status.lines[i], status.time_ms);
        line->waiting_objects = (int64_t)all.objects;
        line->waiting_bytes = (int64_t)all.bytes;
    }
    struct problem problem;
    if (ship_status_write(&status, &problem))
        log_problem(LOG_LEVEL_WARNING, "status.failed", &problem);
}

static void stop(void *arg)
{
    struct shipping *shipping = arg;
    loop_stop(shipping->loop);
}

static int serve_metrics(struct shipping *shipping, struct problem *problem)
{
    for (unsigned i = 0; i < shipping->confs.n; i++) {
        struct line *line = &shipping->lines[i];
        snprintf(line->labels, sizeof(line->labels), "target=\"%s\"", shipping->confs.all[i].name);
        metric_gauge(
            "behind_ms", line->labels, "For how long something has waited to be in this target.", &line->behind_ms);
        metric_gauge("waiting_objects", line->labels, "Copies that it has not got.", &line->waiting_objects);
        metric_gauge("waiting_bytes", line->labels, "Their bytes.", &line->waiting_bytes);
        metric_counter("objects_total", line->labels, "Copies carried there.", &line->objects);
        metric_counter("bytes_total", line->labels, "Bytes carried there.", &line->bytes);
    }
    return metrics_serve(shipping->loop, "ship", SERVER_COPIES "/ship/metrics.sock", problem);
}

static int begin_line(struct line *line, const struct target_conf *conf, struct problem *problem)
{
    const struct target_manner manner = { .stopped = stopped };
    line->conf = conf;
    line_begin(&line->status, conf->name, clock_wall_ms());
    pthread_mutex_init(&line->lock, NULL);
    if (carrier_open(conf, &manner, &line->carrier, problem))
        return -1;
    line->runs = !pthread_create(&line->thread, NULL, carry, line);
    return line->runs ? 0 : problem_set(problem, "no-memory", "", "no memory for a thread");
}

/* What still waits in a spool is durable, and goes with the next run. */
static void end_lines(struct shipping *shipping)
{
    stopping = true;
    for (unsigned i = 0; i < shipping->confs.n; i++) {
        if (shipping->lines[i].runs)
            pthread_join(shipping->lines[i].thread, NULL);
    }
}

/* Its spools, targets that are folders, and what says who it is and whom it speaks to. */
static int confine(const struct shipping *shipping, struct problem *problem)
{
    const char *writable[TARGETS_MAX + 2] = { SERVER_COPIES }, *readable[2 * TARGETS_MAX + 2] = { NULL };
    size_t n_writable = 1, n_readable = 0;
    if (!access(AUTHORITIES, F_OK))
        readable[n_readable++] = AUTHORITIES;
    for (unsigned i = 0; i < shipping->confs.n; i++) {
        const struct target_conf *conf = &shipping->confs.all[i];
        if (conf->kind == TARGET_DIRECTORY)
            writable[n_writable++] = conf->path;
        if (conf->ca[0])
            readable[n_readable++] = conf->ca;
        if (conf->credentials[0])
            readable[n_readable++] = conf->credentials;
    }
    const struct sandbox sandbox = { .writable = writable, .readable = readable, .network = true };
    return sandbox_become(shipping->settings.offsite.user, problem) || sandbox_confine(&sandbox, problem) ? -1 : 0;
}

static int run(struct shipping *shipping, struct problem *problem)
{
    if (chdir(shipping->state))
        return problem_errno(problem, "file", shipping->state, "cannot enter the state directory %s", shipping->state);
    if (config_load("vedette.conf", NULL, 0, &shipping->settings, problem))
        return -1;
    if (!*shipping->settings.offsite.targets)
        return problem_set(problem, "usage", "offsite.targets", "there is no file of targets to ship to");
    shipping->loop = loop_new();
    if (!shipping->loop)
        return problem_errno(problem, "loop", "", "cannot make the event loop");
    if (target_confs_load(shipping->settings.offsite.targets, &shipping->confs, problem))
        return -1;
    shipping->lines = calloc(shipping->confs.n, sizeof(*shipping->lines));
    if (!shipping->lines)
        return problem_set(problem, "no-memory", "", "no memory");
    if (confine(shipping, problem) || serve_metrics(shipping, problem))
        return -1;
    for (unsigned i = 0; i < shipping->confs.n; i++) {
        if (begin_line(&shipping->lines[i], &shipping->confs.all[i], problem))
            return -1;
    }
    loop_signal(shipping->loop, SIGTERM, stop, shipping);
    loop_signal(shipping->loop, SIGINT, stop, shipping);
    loop_every(shipping->loop, STATUS_EVERY_MS, tell, shipping);
    loop_run(shipping->loop);
    end_lines(shipping);
    tell(shipping);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "state", required_argument, NULL, 's' }, { 0 } };
    struct shipping shipping = { .state = "./var" };
    struct problem problem;
    log_open("ship", LOG_LEVEL_INFO);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 's') {
            fprintf(stderr, "usage: vedette-ship [--state DIR]\n");
            return 2;
        }
        shipping.state = optarg;
    }
    umask(027);
    crypto_open();
    if (run(&shipping, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "ship.ended", &problem);
        return 1;
    }
    return 0;
}
