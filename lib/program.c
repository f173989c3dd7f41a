#include "lib/program.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/envelope/key.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/sandbox/sandbox.h"
#include "lib/version.h"

#define OVERRIDES_MAX 32
#define DRAIN_LIMIT_US 5000000 /* a supervisor kills after 8 s */

struct options {
    const char *state, *config;
    const char *overrides[OVERRIDES_MAX];
    size_t n_overrides;
};

static int usage(const char *name)
{
    fprintf(stderr,
        "usage: vedette-%s [--state DIR] [--config FILE] [--set section.key=value]…\n"
        "  --state DIR    where keys, settings and data are (default ./var)\n"
        "  --config FILE  settings (default DIR/vedette.conf)\n"
        "  --set …        one setting more, over those of the file\n",
        name);
    return 2;
}

static int parse(const struct program *program, int argc, char **argv, struct options *ret)
{
    static const struct option long_options[] = {
        { "state", required_argument, NULL, 's' },
        { "config", required_argument, NULL, 'c' },
        { "set", required_argument, NULL, 'o' },
        { "version", no_argument, NULL, 'v' },
        { 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (option == 's')
            ret->state = optarg;
        else if (option == 'c')
            ret->config = optarg;
        else if (option == 'o' && ret->n_overrides < OVERRIDES_MAX)
            ret->overrides[ret->n_overrides++] = optarg;
        else if (option == 'v')
            exit(printf("vedette-%s %s\n", program->name, vedette_version) < 0);
        else
            return -1;
    }
    return optind == argc ? 0 : -1;
}

/* Those services that send envelopes have a pair for each end; without one nothing is noted. */
static void note_envelope_key(struct program *program, const char *file, const char *name)
{
    char path[64];
    uint8_t sha256[SHA256_BYTES];
    snprintf(path, sizeof(path), "%s/%s", program->name, file);
    struct envelope_key *key = envelope_key_load(path, NULL);
    if (key && !crypto_unhex(envelope_key_fingerprint(key), sha256, sizeof(sha256)))
        standing_key(&program->standing, name, sha256);
    envelope_key_free(key);
}

/* The certificate of those services that have one. Who is who on the bus is told by audit, once for all. */
static void note_files(struct program *program)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/tls.crt", program->name);
    standing_certificate(&program->standing, "tls", path);
    note_envelope_key(program, ENVELOPE_SIGN_KEY, "sign");
    note_envelope_key(program, ENVELOPE_SEAL_KEY, "seal");
    if (program->peer == PEER_AUDIT)
        standing_file(&program->standing, "bus.keys", "bus.keys");
}

static void reload(void *arg)
{
    struct program *program = arg;
    log_info("service.reloading");
    if (program->reload)
        program->reload(program);
    note_files(program);
    standing_tell(&program->standing, program->bus);
}

static void end(void *arg)
{
    struct program *program = arg;
    loop_stop(program->loop);
}

static void drain_late(void *arg)
{
    log_warning("service.drain-cut", LOG_INT("after_us", DRAIN_LIMIT_US));
    end(arg);
}

static void announce_stop(struct program *program)
{
    const struct event_service_stopped stopped = { .service = program->service };
    const struct event_about about = { 0 };
    emit_service_stopped(program->bus, &about, &stopped, NULL, NULL);
}

static void drain(void *arg)
{
    struct program *program = arg;
    log_info("service.stopping");
    announce_stop(program);
    struct loop_timer *limit = loop_timer(program->loop, drain_late, program);
    if (limit)
        loop_timer_set(limit, DRAIN_LIMIT_US);
    program->drain(program);
}

/* The last events, `service.stopped` among them, go out first. */
void program_drained(struct program *program)
{
    bus_when_sent(program->bus, end, program);
}

static bool tell_health(void *arg, char *reason)
{
    struct program *program = arg;
    return !program->healthy || program->healthy(program, reason);
}

/* A text setting by its name, for those that every service has. */
static const char *setting(const struct program *program, const char *section, const char *key)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (!strcmp(setting_rows[i].section, section) && !strcmp(setting_rows[i].key, key))
            return *(const char *const *)((const char *)&program->settings + setting_rows[i].offset);
    }
    abort(); /* settings.def has a row of each for every service */
}

static int open_bus(struct program *program, struct problem *problem)
{
    char own_key[64], outbox[64];
    snprintf(own_key, sizeof(own_key), "%s/bus.key", program->name);
    snprintf(outbox, sizeof(outbox), "%s/outbox", program->name);
    const struct bus_options options = {
        .loop = program->loop,
        .settings = &program->settings,
        .peer = program->peer,
        .own_key = own_key,
        .keys = "bus.keys",
        .outbox = outbox,
        .listen = setting(program, "bus", program->name),
        .handlers = program->handlers,
        .health = tell_health,
        .health_arg = program,
    };
    program->bus = bus_open(&options, problem);
    if (!program->bus)
        return -1;
    bus_set_context(program->bus, program);
    return 0;
}

/* Settings and keys as they are now. */
static int open_standing(struct program *program, struct problem *problem)
{
    uint8_t sha256[SHA256_BYTES];
    const char *key = bus_own_key(program->bus);
    if (standing_open(&program->standing, program->name, &program->settings, problem))
        return -1;
    crypto_sha256(key, strlen(key), sha256);
    standing_key(&program->standing, "bus", sha256);
    note_files(program);
    return 0;
}

/* The outboxes and the metrics socket were made by root: give them to the user, or a later start without root fails. Without
 * root they are the user's own, and service managers do not let it ask. */
static int give_away(const struct program *program, const char *user, struct problem *problem)
{
    static const char *const names[] = { "outbox", "outbox.ops", "metrics.sock" };
    const struct passwd *account = *user && !geteuid() ? getpwnam(user) : NULL;
    for (size_t i = 0; account && i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/%s", program->name, names[i]);
        if (lchown(path, account->pw_uid, account->pw_gid) && errno != ENOENT)
            return problem_errno(problem, "file", path, "cannot give %s to %s", path, user);
    }
    return 0;
}

static int confine(struct program *program, struct problem *problem)
{
    const char *user = setting(program, program->name, "user");
    const char *const writable[] = { program->name, program->writable[0], program->writable[1], NULL };
    const char *const readable[] = { "bus.keys", "ca.pem", program->readable[0], program->readable[1], NULL };
    /* Between containers the bus itself is TCP. */
    bool tcp_bus = !strncmp(setting(program, "bus", program->name), "tcp://", strlen("tcp://"));
    const struct sandbox sandbox = {
        .writable = writable,
        .readable = readable,
        .network = program->needs_network || tcp_bus,
    };
    return give_away(program, user, problem) || sandbox_become(user, problem) || sandbox_confine(&sandbox, problem);
}

static int run(struct program *program, const struct options *options, struct problem *problem)
{
    const char *config = options->config ? realpath(options->config, NULL) : "vedette.conf";
    if (!config)
        return problem_errno(problem, "file", options->config, "cannot find %s", options->config);
    if (chdir(options->state))
        return problem_errno(problem, "file", options->state, "cannot enter the state directory %s", options->state);
    if (config_load(config, options->overrides, options->n_overrides, &program->settings, problem))
        return -1;
    log_open(program->name, (enum log_level)program->settings.common.log_level);
    program->loop = loop_new();
    if (!program->loop)
        return problem_errno(problem, "loop", "", "cannot make the event loop");
    char metrics[64];
    snprintf(metrics, sizeof(metrics), "%s/metrics.sock", program->name);
    if (program->open(program, problem) || open_bus(program, problem) ||
        metrics_serve(program->loop, program->name, metrics, problem) || confine(program, problem) ||
        open_standing(program, problem) || program->start(program, problem))
        return -1;
    loop_signal(program->loop, SIGTERM, drain, program);
    loop_signal(program->loop, SIGINT, drain, program);
    loop_signal(program->loop, SIGHUP, reload, program);
    const struct event_service_started started = { .service = program->service, .version = vedette_version };
    const struct event_about about = { 0 };
    emit_service_started(program->bus, &about, &started, NULL, NULL);
    standing_tell(&program->standing, program->bus);
    log_info("service.started", LOG_TEXT("version", vedette_version), LOG_INT("pid", getpid()));
    loop_run(program->loop);
    if (program->close)
        program->close(program);
    bus_free(program->bus);
    standing_close(&program->standing);
    log_info("service.stopped");
    return 0;
}

int program_main(struct program *program, int argc, char **argv)
{
    struct options options = { .state = "./var" };
    struct problem problem;
    log_open(program->name, LOG_LEVEL_INFO);
    if (parse(program, argc, argv, &options))
        return usage(program->name);
    umask(077);
    crypto_open();
    if (run(program, &options, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "service.failed", &problem);
        return 1;
    }
    return 0;
}
