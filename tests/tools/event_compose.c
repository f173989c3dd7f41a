/* Produced events, one a line, as audit would store them: each as entry 0 of its class, salted with zeros, from the first
 * producer of its row, 4 ms after it happened. What a producer may not say ends it with status 1. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/bus/keys.h"
#include "lib/event/event.h"

static int compose(const char *line, size_t bytes)
{
    static const uint8_t salt[EVENT_SALT_BYTES];
    struct event_read read;
    struct problem problem;
    struct buf stored = { 0 };
    if (event_read_produced(line, bytes, &read, &problem)) {
        fprintf(stderr, "event_compose: %s: %s\n", problem.code, problem.reason);
        return -1;
    }
    read.event.recorded_ms = read.event.time_ms + 4;
    unsigned producers = event_rows[read.event.event].producers, first = producers & -producers;
    int error = event_compose(&stored, &read.event, bus_peer_name(first), salt);
    if (!error)
        puts(stored.data);
    buf_free(&stored);
    event_free(&read);
    return error;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t got;
    while ((got = getline(&line, &room, stdin)) > 0) {
        if (compose(line, (size_t)got))
            return 1;
    }
    free(line);
    return 0;
}
