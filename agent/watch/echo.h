/* ICMP echo packets (RFC 792, RFC 4443). Pure but for echo_cancel. */
#ifndef VEDETTE_WATCH_ECHO_H
#define VEDETTE_WATCH_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECHO_TOKEN_BYTES 16
#define ECHO_BYTES (8 + ECHO_TOKEN_BYTES)

struct loop_watch;

/* Zeroed: there is none. */
struct echo {
    struct loop_watch *watch; /* NULL: none */
    int fd;
    bool v6, raw;
    uint8_t token[ECHO_TOKEN_BYTES]; /* random: by it we know our own, whatever id a ping socket gave it */
};

void echo_request(const struct echo *, uint8_t ret[ECHO_BYTES]);
bool echo_is_reply(const struct echo *, const uint8_t *packet, size_t bytes);
/* Harmless when there is none. */
void echo_cancel(struct echo *);

#endif
