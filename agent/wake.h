/* The server's "you have mail", 24 bytes of UDP (lib/beat.h). */
#ifndef VEDETTE_AGENT_WAKE_H
#define VEDETTE_AGENT_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypto.h"

/* Is it for this agent, authentic, and newer than the last one taken (*last, which then becomes its counter)? */
bool wake_take(const uint8_t *bytes, unsigned length, uint32_t agent, const uint8_t key[BEAT_KEY_BYTES], uint64_t *last);

#endif
