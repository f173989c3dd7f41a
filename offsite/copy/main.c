/*
 * vedette-copy: copies what one service owns, sealed, into the spool of the server's own backup (docs/decisions/0047).
 * Trusted with: what that service's user may read anyway. It has no network, hears nobody, and seals for the owner's
 * recovery keys alone, so that what leaves it can be carried by anybody.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/config.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/message/message.h"
#include "lib/metrics.h"
#include "lib/problem.h"
#include "lib/sandbox/sandbox.h"
#include "offsite/copy/copier.h"

#define LOOK_EVERY_MS 1000
#define AFTER_FAILURE_MS 10000
#define PATH_BYTES 64

struct copying {
    const char *state;
    enum server_set set;
    struct settings settings;
    struct loop *loop;
    struct loop_timer *timer;
    struct copier copier;
    bool failing;
    int64_t behind_ms; /* a gauge */
};

static int usage(void)
{
    fprintf(stderr, "usage: vedette-copy [--state DIR] SET\n"
                    "  SET  configuration, audit, ingest, portal, scheduler, backup or alert\n");
    return 2;
}

static int parse(int argc, char **argv, struct copying *ret)
{
    static const struct option options[] = { { "state", required_argument, NULL, 's' }, { 0 } };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 's')
            return -1;
        ret->state = optarg;
    }
    if (optind + 1 != argc)
        return -1;
    for (int i = 0; i < SERVER_ACCESS; i++) {
        if (!strcmp(argv[optind], server_set_words[i])) {
            ret->set = (enum server_set)i;
            return 0;
        }
    }
    return -1;
}

static const char *user_of(const struct copying *copying)
{
    const struct settings *settings = &copying->settings;
    const char *const users[SERVER_SET_COUNT] = {
        [SERVER_CONFIGURATION] = "", /* root's own */
        [SERVER_AUDIT] = settings->audit.user,
        [SERVER_INGEST] = settings->ingest.user,
        [SERVER_PORTAL] = settings->portal.user,
        [SERVER_SCHEDULER] = settings->scheduler.user,
        [SERVER_BACKUP] = settings->backup.user,
        [SERVER_ALERT] = settings->alert.user,
        [SERVER_ACCESS] = settings->audit.user,
    };
    return users[copying->set];
}

/* Before confinement: keys, and for whom */

static int add_recipient(const char *path, struct copy_keys *keys, struct problem *problem)
{
    struct envelope_key *key = envelope_key_public_load(path, problem);
    if (!key)
        return -1;
    for (size_t i = 0; i < keys->n; i++) {
        if (!strcmp(envelope_key_fingerprint(keys->recipients[i]), envelope_key_fingerprint(key))) {
            envelope_key_free(key);
            return 0;
        }
    }
    if (keys->n == TARGET_RECIPIENTS_MAX) {
        envelope_key_free(key);
        return problem_set(
            problem, "usage", path, "all targets together name at most %d recovery keys", TARGET_RECIPIENTS_MAX);
    }
    keys->recipients[keys->n++] = key;
    return 0;
}

/* Other ones lack what was copied, or could not read it. */
static void note_whom(const struct target_confs *confs, struct copier *copier)
{
    struct sha256 sha256;
    sha256_begin(&sha256);
    for (unsigned i = 0; i < confs->n; i++) {
        const struct target_conf *conf = &confs->all[i];
        const char *const words[] = { conf->name, conf->user, conf->host, conf->bucket, conf->path };
        for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
            sha256_add(&sha256, words[j], strlen(words[j]) + 1);
        sha256_add(&sha256, &conf->port, sizeof(conf->port));
    }
    for (size_t i = 0; i < copier->keys.n; i++)
        sha256_add(&sha256, envelope_key_fingerprint(copier->keys.recipients[i]), FINGERPRINT_HEX_BYTES);
    sha256_end(&sha256, copier->whom);
}

/* Recovery keys alone: a restore key service is for agents' files, and must not open the server's secrets. */
static int take_targets(struct copying *copying, struct problem *problem)
{
    struct target_confs confs;
    if (!*copying->settings.offsite.targets)
        return problem_set(problem, "usage", "offsite.targets", "there is no file of targets to copy for");
    if (target_confs_load(copying->settings.offsite.targets, &confs, problem))
        return -1;
    int error = 0;
    for (unsigned i = 0; i < confs.n && !error; i++) {
        for (unsigned j = 0; j < confs.all[i].recoveries && !error; j++)
            error = add_recipient(confs.all[i].recovery[j], &copying->copier.keys, problem);
    }
    note_whom(&confs, &copying->copier);
    error = error || spool_open(copying->set, &confs, &copying->copier.spool, problem);
    if (!error && copying->set == SERVER_AUDIT)
        error = spool_open(SERVER_ACCESS, &confs, &copying->copier.access, problem);
    target_confs_free(&confs);
    return error ? -1 : 0;
}

static int take_keys(struct copying *copying, struct problem *problem)
{
    copying->copier.keys.sign = envelope_key_load(server_set_keys[copying->set], problem);
    return copying->copier.keys.sign ? 0 : -1;
}

/* A database is read with its owner's locks, which means to write in its folder. */
static int confine(const struct copying *copying, struct problem *problem)
{
    char own[PATH_BYTES];
    snprintf(own, sizeof(own), SERVER_COPIES "/%s", server_set_words[copying->set]);
    const bool root = copying->set == SERVER_CONFIGURATION, audit = copying->set == SERVER_AUDIT;
    const char *const writable[] = { own, root ? NULL : server_set_words[copying->set],
        audit ? SERVER_COPIES "/access" : NULL, NULL };
    const char *const readable[] = { root ? "." : SERVER_COPIES, audit ? "log" : NULL,
        audit && !access("checkpoints", F_OK) ? "checkpoints" : NULL, NULL };
    const struct sandbox sandbox = { .writable = writable, .readable = readable };
    return sandbox_become(user_of(copying), problem) || sandbox_confine(&sandbox, problem) ? -1 : 0;
}

/* Whoever carries the copies sees by it that somebody copies. */
static void note_copied(enum server_set set)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), SERVER_COPIES "/%s/" SERVER_COPIED, server_set_words[set]);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0) {
        (void)futimens(fd, NULL);
        close(fd);
    }
}

static void look(void *arg)
{
    struct copying *copying = arg;
    struct copier *copier = &copying->copier;
    struct problem problem;
    const uint64_t backups = copier->backups;
    bool failed = copier_look(copier, &problem);
    if (failed && !copying->failing)
        log_problem(LOG_LEVEL_WARNING, "copy.failed", &problem);
    if (!failed && copier->backups != backups)
        log_info("copy.begun", LOG_TEXT("backup", copier->last.backup), LOG_INT("files", copier->held.n),
            LOG_INT("took_ms", clock_wall_ms() - copier->backed_up_ms));
    if (!failed)
        note_copied(copying->set);
    if (!failed && copying->set == SERVER_AUDIT)
        note_copied(SERVER_ACCESS);
    copying->failing = failed;
    loop_timer_set(copying->timer, (failed ? AFTER_FAILURE_MS : LOOK_EVERY_MS) * INT64_C(1000));
}

static void measure(void *arg)
{
    struct copying *copying = arg;
    copying->behind_ms = clock_wall_ms() - copying->copier.looked_ms;
}

/* What the service wrote last is copied, too: it was stopped before. */
static void stop(void *arg)
{
    struct copying *copying = arg;
    look(copying);
    loop_stop(copying->loop);
}

static int serve_metrics(struct copying *copying, struct problem *problem)
{
    char path[PATH_BYTES];
    const struct copier *copier = &copying->copier;
    metric_gauge("behind_ms", NULL, "Since when nothing was copied into the spool.", &copying->behind_ms);
    metric_counter("backups_total", NULL, "Whole backups.", &copier->backups);
    metric_counter("increments_total", NULL, "Increments.", &copier->increments);
    metric_counter("failures_total", NULL, "Looks that failed; the next one begins anew.", &copier->failures);
    snprintf(path, sizeof(path), SERVER_COPIES "/%s/metrics.sock", server_set_words[copying->set]);
    return metrics_serve(copying->loop, "copy", path, problem);
}

static int run(struct copying *copying, struct problem *problem)
{
    if (chdir(copying->state))
        return problem_errno(problem, "file", copying->state, "cannot enter the state directory %s", copying->state);
    if (config_load("vedette.conf", NULL, 0, &copying->settings, problem))
        return -1;
    copying->loop = loop_new();
    if (!copying->loop)
        return problem_errno(problem, "loop", "", "cannot make the event loop");
    copying->copier.deployment = copying->settings.common.deployment;
    if (take_keys(copying, problem) || take_targets(copying, problem) || confine(copying, problem) ||
        serve_metrics(copying, problem))
        return -1;
    copier_remember(&copying->copier);
    copying->timer = loop_timer(copying->loop, look, copying);
    if (!copying->timer)
        return problem_set(problem, "no-memory", "", "no memory");
    loop_signal(copying->loop, SIGTERM, stop, copying);
    loop_signal(copying->loop, SIGINT, stop, copying);
    loop_every(copying->loop, LOOK_EVERY_MS, measure, copying);
    loop_timer_set(copying->timer, 1);
    loop_run(copying->loop);
    copier_close(&copying->copier);
    return 0;
}

int main(int argc, char **argv)
{
    struct copying copying = { .state = "./var" };
    struct problem problem;
    log_open("copy", LOG_LEVEL_INFO);
    if (parse(argc, argv, &copying))
        return usage();
    umask(027); /* the group of a spool is that of vedette-ship */
    crypto_open();
    if (run(&copying, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "copy.ended", &problem);
        return 1;
    }
    return 0;
}
