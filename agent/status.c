#include "agent/status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/counter.h"
#include "agent/options.h"
#include "agent/state.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"

#define NOT_RUNNING 3

static bool is_running(void)
{
    int fd = open(LOCK_FILE, O_RDONLY | O_CLOEXEC);
    bool running = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB);
    if (fd >= 0)
        close(fd);
    return running;
}

static void print_file_time(const char *what, const char *file, const char *otherwise)
{
    struct stat found;
    char time[RFC3339_BYTES];
    if (stat(file, &found)) {
        printf("%-12s %s\n", what, otherwise);
        return;
    }
    clock_rfc3339(time, (int64_t)found.st_mtime * 1000);
    printf("%-12s %s\n", what, time);
}

static void print_counters(void)
{
    struct counter counter;
    char *text;
    size_t bytes;
    if (file_read_secret(COUNTER_FILE, STATE_FILE_LIMIT_BYTES, &text, &bytes, NULL))
        return;
    if (!counter_parse(text, bytes, &counter, NULL))
        printf("%-12s reserved below %" PRIu64 "\n", "counters", counter.reserved);
    free(text);
}

int agent_status(const struct options *options, char **argv)
{
    (void)argv;
    struct identity identity;
    struct problem problem;
    if (state_enter(options->state, &problem) || keys_are_private(&problem) || identity_load(&identity, &problem))
        return say_problem(&problem);
    bool running = is_running();
    printf("%-12s %s\n", "process", running ? "running" : "not running");
    printf("%-12s %u, tenant %s, site %s%s\n", "agent", identity.agent, identity.tenant, identity.site,
        state_has(RETIRED_FILE) ? ", retired by the server" : "");
    printf("%-12s %s, heartbeats to UDP port %u\n", "server", identity.server, identity.beat_port);
    print_counters();
    print_file_time("inventory", INVENTORY_FILE, "never accepted yet");
    print_file_time("waiting", SPOOLED_INVENTORY_FILE, "nothing");
    return fflush(stdout) ? 1 : running ? 0 : NOT_RUNNING;
}
