/*
 * vedette-fleet: real, authenticated beats of a simulated fleet, for demonstrations, tests and measurements.
 *
 *     vedette fleet register --count 1000 --tenant t --site s --json > fleet.json
 *     vedette-fleet --register fleet.json --server 127.0.0.1:7700
 *
 * Commands on standard input: `kill FIRST COUNT`, `revive FIRST COUNT`, `report`, `quit`; each is answered by a line.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/fleet/fleet.h"
#include "contract.h"
#include "lib/config.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define BATCH 512
/* Beats that the kernel takes as one, and cuts into datagrams behind most of the way to the receiver */
#define SEGMENTS 64
#define BEHIND_MOST_US 1000000 /* further behind, the beats in between are given up: a burst helps nobody */
#define WAIT_LEAST_US 1000
#define WAIT_MOST_US 50000
#define REGISTER_BYTES 4096

struct options {
    const char *registered, *server;
    uint32_t count;
    int64_t period_ms;
};

struct sender {
    struct fleet fleet;
    int fd;
    char counter_path[512];
    uint64_t reserved; /* on disk: counters below it may have been used */
    uint64_t sent, failed, given_up;
    unsigned together; /* beats a message: SEGMENTS, or 1 where the kernel cannot */
    struct mmsghdr messages[BATCH];
    struct iovec slots[BATCH];
    uint8_t bytes[BATCH][BEAT_BYTES];
};

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A block is on disk before its first counter is used, so that a restart never repeats one. */
static int reserve_counters(struct sender *sender, struct problem *problem)
{
    char text[32];
    if (sender->fleet.counter + 1 < sender->reserved)
        return 0;
    uint64_t reserved = sender->fleet.counter + BEAT_COUNTER_BLOCK;
    int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", reserved);
    if (file_write(sender->counter_path, text, (size_t)length, 0600, problem))
        return -1;
    sender->reserved = reserved;
    return 0;
}

static int open_counters(struct sender *sender, const char *registered, struct problem *problem)
{
    char *text;
    size_t bytes;
    snprintf(sender->counter_path, sizeof(sender->counter_path), "%s.counter", registered);
    sender->fleet.counter = 1;
    int status = file_read_if_any(sender->counter_path, 64, &text, &bytes, problem);
    if (status < 0)
        return -1;
    if (!status) {
        sender->fleet.counter = strtoull(text, NULL, 10);
        free(text);
    }
    return reserve_counters(sender, problem);
}

static int open_socket(struct sender *sender, const char *server, struct problem *problem)
{
    struct sockaddr_storage address;
    int length = config_address(server, &address, problem), bytes = BEAT_BYTES;
    if (length < 0)
        return -1;
    sender->fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender->fd < 0 || connect(sender->fd, (struct sockaddr *)&address, (socklen_t)length))
        return problem_errno(problem, "network", "server", "cannot send to %s", server);
    sender->together = setsockopt(sender->fd, IPPROTO_UDP, UDP_SEGMENT, &bytes, sizeof(bytes)) ? 1 : SEGMENTS;
    for (unsigned i = 0; i < BATCH; i++)
        sender->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &sender->slots[i], .msg_iovlen = 1 };
    return 0;
}

static int open_sender(struct sender *sender, const struct options *options, struct problem *problem)
{
    struct call_fleet_register_reply given;
    uint8_t secret[SECRET_BYTES];
    char *text;
    size_t bytes;
    if (file_read_secret(options->registered, REGISTER_BYTES, &text, &bytes, problem))
        return -1;
    json_t *json = message_parse(text, bytes, problem);
    int error = !json || message_decode(&call_fleet_register_reply_shape, json, &given, problem);
    if (!error && crypto_unhex(given.fleet_secret, secret, sizeof(secret)))
        error = problem_set(problem, "bad-field", "fleet_secret", "fleet_secret must be 64 hexadecimal digits");
    if (!error)
        error = fleet_make(&sender->fleet, given.first, options->count ? options->count : given.count, secret,
            options->period_ms * 1000, problem);
    json_decref(json);
    free(text);
    return error || open_counters(sender, options->registered, problem) ||
           open_socket(sender, options->server, problem);
}

/* What the network refuses is lost. While the server is away an attempt may instead tell of the beat before, and sends
 * nothing: then once more. */
static void send_batch(struct sender *sender, unsigned n)
{
    unsigned messages = 0;
    bool again = false;
    for (unsigned beat = 0; beat < n; beat += sender->together) {
        unsigned beats = n - beat < sender->together ? n - beat : sender->together;
        sender->slots[messages++] = (struct iovec){ sender->bytes[beat], beats * BEAT_BYTES };
    }
    for (unsigned i = 0; i < messages;) {
        int sent = sendmmsg(sender->fd, sender->messages + i, messages - i, 0);
        bool gone = sent <= 0 && (again || errno != ECONNREFUSED);
        again = sent <= 0 && !again;
        if (gone)
            sender->failed += sender->slots[i++].iov_len / BEAT_BYTES;
        for (; sent > 0; sent--)
            sender->sent += sender->slots[i++].iov_len / BEAT_BYTES;
    }
}

static int send_due(struct sender *sender, struct problem *problem)
{
    struct fleet *fleet = &sender->fleet;
    uint64_t due = fleet_due(fleet, now_us());
    uint64_t most = (uint64_t)(BEHIND_MOST_US * (int64_t)fleet->count / fleet->period_us) + 1;
    if (due - fleet->position > most) {
        sender->given_up += due - fleet->position;
        fleet->started_us += (int64_t)((due - fleet->position) * (uint64_t)fleet->period_us / fleet->count);
        due = fleet->position;
    }
    while (fleet->position < due && !stopping) {
        unsigned n = 0;
        while (fleet->position < due && n < BATCH)
            n += fleet_next(fleet, sender->bytes[n]);
        if (reserve_counters(sender, problem))
            return -1;
        send_batch(sender, n);
    }
    return 0;
}

static void obey(struct sender *sender, const char *line)
{
    uint32_t first, count;
    if (sscanf(line, "kill %" SCNu32 " %" SCNu32, &first, &count) == 2)
        fleet_set_dead(&sender->fleet, first, count, true);
    else if (sscanf(line, "revive %" SCNu32 " %" SCNu32, &first, &count) == 2)
        fleet_set_dead(&sender->fleet, first, count, false);
    else if (!strcmp(line, "quit\n"))
        stopping = 1;
    else if (strcmp(line, "report\n"))
        fprintf(stderr, "vedette-fleet: unknown command: %s", line);
    printf(
        "sent %" PRIu64 " failed %" PRIu64 " given_up %" PRIu64 "\n", sender->sent, sender->failed, sender->given_up);
    fflush(stdout);
}

/* Wait for a command or for the next beats; a fleet of ten sleeps long, one of ten million a millisecond. */
static void wait_a_little(struct sender *sender, bool *listening)
{
    int64_t gap_us = sender->fleet.period_us / sender->fleet.count;
    int64_t wait_us = gap_us < WAIT_LEAST_US ? WAIT_LEAST_US : gap_us > WAIT_MOST_US ? WAIT_MOST_US : gap_us;
    const struct timespec wait = { .tv_nsec = wait_us * 1000 };
    struct pollfd input = { .fd = *listening ? STDIN_FILENO : -1, .events = POLLIN };
    char line[128];
    if (ppoll(&input, 1, &wait, NULL) <= 0)
        return;
    if (fgets(line, sizeof(line), stdin))
        obey(sender, line);
    else
        *listening = false;
}

static int parse(int argc, char **argv, struct options *ret)
{
    static const struct option long_options[] = {
        { "register", required_argument, NULL, 'r' },
        { "server", required_argument, NULL, 's' },
        { "count", required_argument, NULL, 'c' },
        { "period-ms", required_argument, NULL, 'p' },
        { 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (option == 'r')
            ret->registered = optarg;
        else if (option == 's')
            ret->server = optarg;
        else if (option == 'c')
            ret->count = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'p')
            ret->period_ms = strtol(optarg, NULL, 10);
        else
            return -1;
    }
    return optind == argc && ret->registered && ret->server && ret->period_ms > 0 ? 0 : -1;
}

static int run(const struct options *options, struct problem *problem)
{
    static struct sender sender;
    bool listening = true;
    crypto_open();
    if (open_sender(&sender, options, problem))
        return -1;
    setvbuf(stdin, NULL, _IONBF, 0); /* poll must see every line that is not yet read */
    printf("beating first %" PRIu32 " count %" PRIu32 "\n", sender.fleet.first, sender.fleet.count);
    fflush(stdout);
    sender.fleet.started_us = now_us();
    int error = 0;
    while (!stopping && !error) {
        error = send_due(&sender, problem);
        wait_a_little(&sender, &listening);
    }
    fleet_free(&sender.fleet);
    return error;
}

int main(int argc, char **argv)
{
    struct options options = { .period_ms = BEAT_PERIOD_MS };
    struct problem problem;
    const struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (parse(argc, argv, &options)) {
        fprintf(stderr, "usage: vedette-fleet --register FILE --server HOST:PORT [--count N] [--period-ms N]\n"
                        "  --register FILE  what `vedette fleet register --json` printed\n"
                        "  --count N        only the first N agents of it\n");
        return 2;
    }
    if (run(&options, &problem)) {
        fprintf(stderr, "vedette-fleet: %s\n", problem.reason);
        return 1;
    }
    return 0;
}
