/* The server's "you have mail", 24 bytes of UDP (lib/beat.h). */
#ifndef VEDETTE_AGENT_WAKE_H
#define VEDETTE_AGENT_WAKE_H

#include <stdint.h>

#include "lib/crypto.h"

enum wake {
    WAKE_NONE,     /* not authentic, not for us, or not newer than the last one taken */
    WAKE_GREETING, /* the server hears us, and we it */
    WAKE_MAIL,
};

/* *last is the counter of the last wake that was taken, and becomes that of this one. */
enum wake wake_take(
    const uint8_t *bytes, unsigned length, uint32_t agent, const uint8_t key[BEAT_KEY_BYTES], uint64_t *last);

#endif
