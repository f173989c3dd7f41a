/*
 * How many events a second does the real vedette-audit make durable and acknowledge for 256 producers over CURVE?
 *
 * The producers are 256 buses with an outbox each in this one process, each keeping 64 events waiting; audit runs beside
 * it on the same machine, so producers' and audit's CPU come out of the same cores.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/bus.h"
#include "lib/clock.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"

#define PRODUCERS 256
#define WAITING 64          /* events of a producer between emitted and acknowledged */
#define ROUNDS 7
#define ROUND_MS 2000
#define WARM_UP_MS 2000

struct producer {
    struct bus *bus;
    uint32_t agent;
};

static struct producer producers[PRODUCERS];
static struct loop *loop;
static uint64_t acked;
static double rounds[ROUNDS];
static int round_now = -1;
static int64_t round_began_ms;
static uint64_t round_acked;

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "%s: %s\n", what, problem ? problem->reason : strerror(0));
    exit(1);
}

static void stored(void *arg, const struct problem *refused);

static void emit_one(struct producer *producer)
{
    char subject[32];
    const struct event_agent_late data = { producer->agent, 1700000000000, 1700000000000 };
    const struct event_about about = { .tenant = "acme", .subject = subject };
    snprintf(subject, sizeof(subject), "agent/%u", producer->agent);
    if (emit_agent_late(producer->bus, &about, &data, stored, producer))
        die("the outbox is full", NULL);
}

static void stored(void *arg, const struct problem *refused)
{
    if (refused)
        die("audit refused an event", refused);
    acked++;
    emit_one(arg);
}

static void write_file(const char *path, mode_t mode, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd))
        die(path, NULL);
}

/* A state directory with keys for two roles. */
static void make_state(const char *state)
{
    char table[256] = "", secret[BUS_KEY_BYTES], public[BUS_KEY_BYTES];
    static const char *const roles[] = { "ingest", "audit" };
    if (chdir(state))
        die(state, NULL);
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        mkdir(roles[i], 0700);
        bus_make_key(secret);
        bus_public_key(secret, public);
        snprintf(path, sizeof(path), "%s/bus.key", roles[i]);
        write_file(path, 0400, secret);
        snprintf(table + strlen(table), sizeof(table) - strlen(table), "%s %s\n", roles[i], public);
    }
    write_file("bus.keys", 0644, table);
    write_file("audit/log.key", 0400, "00000000000000000000000000000000000000000000000000000000000000ff\n");
    if (mkdir("log", 0700) || mkdir("checkpoints", 0700))
        die("log", NULL);
    write_file("ca.pem", 0644, "");
    write_file("vedette.conf", 0644, "common.soc_live = ipc://live.sock\ncommon.soc_replay = ipc://replay.sock\n"
                                     "common.deployment = bench\nbus.outbox_bytes = 262144\n"
                                     "bus.outbox_ops_bytes = 131072\naudit.agent_burst_bytes = 1048576\n"
                                     "audit.disk_low_bytes = 0\n");
}

static pid_t start_audit(const char *program)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(program, program, "--state", ".", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void open_producers(const struct settings *settings)
{
    struct problem problem;
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        char outbox[64];
        snprintf(outbox, sizeof(outbox), "ingest/outbox%u", i);
        const struct bus_options options = {
            .loop = loop,
            .settings = settings,
            .peer = PEER_INGEST,
            .own_key = "ingest/bus.key",
            .keys = "bus.keys",
            .outbox = outbox,
        };
        producers[i].agent = i + 1;
        producers[i].bus = bus_open(&options, &problem);
        if (!producers[i].bus)
            die("bus_open", &problem);
        for (unsigned n = 0; n < WAITING; n++)
            emit_one(&producers[i]);
    }
}

static void next_round(void *arg)
{
    struct loop_timer **timer = arg;
    int64_t now_ms = clock_mono_ms();
    if (round_now >= 0)
        rounds[round_now] = (double)(acked - round_acked) * 1000 / (double)(now_ms - round_began_ms);
    if (++round_now == ROUNDS) {
        loop_stop(loop);
        return;
    }
    round_began_ms = now_ms;
    round_acked = acked;
    loop_timer_set(*timer, ROUND_MS * 1000);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

int main(void)
{
    static struct settings settings;
    static struct loop_timer *timer;
    struct problem problem;
    char state[] = "/tmp/vedette-bench-XXXXXX", *program = realpath("build/vedette-audit", NULL), command[64];
    log_open("bench", LOG_LEVEL_WARNING);
    crypto_open();
    if (!program || !mkdtemp(state))
        die("build/vedette-audit or a temporary directory", NULL);
    make_state(state);
    if (config_load("vedette.conf", NULL, 0, &settings, &problem))
        die("vedette.conf", &problem);
    pid_t audit = start_audit(program);
    loop = loop_new();
    open_producers(&settings);
    timer = loop_timer(loop, next_round, &timer);
    loop_timer_set(timer, WARM_UP_MS * 1000);
    loop_run(loop);
    kill(audit, SIGTERM);
    waitpid(audit, NULL, 0);
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    printf("bus.acked_events_per_s\t%.0f\t1/s\t%.0f\t%.0f\t%d\t%d producers over CURVE, one process; real vedette-audit "
           "on the same machine, fdatasync before each acknowledgement, %d events waiting a producer\n",
        rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1], ROUNDS, PRODUCERS, WAITING);
    snprintf(command, sizeof(command), "rm -rf %s", state);
    return system(command) != 0;
}
