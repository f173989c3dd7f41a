/* Refused enrolments by address: who guesses tokens is slowed, and the log is not flooded. Pure. */
#ifndef INGEST_GUESSES_H
#define INGEST_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

#define GUESS_SLOTS 1024

struct guesses {
    struct {
        uint64_t network;               /* IPv4 address, or /64 of IPv6 */
        int64_t since_mono_ms;
        unsigned refused;
    } slots[GUESS_SLOTS];
};

/* address as text. Whether it had too many refusals within this minute. */
bool guesses_too_many(const struct guesses *, const char *address, int64_t mono_ms);
void guesses_add(struct guesses *, const char *address, int64_t mono_ms);

#endif
