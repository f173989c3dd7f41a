/*
 * Heartbeat and wake, 24 bytes each, network order:
 *
 *     version u8 · flags u8 · reserved u16 (0) · agent u32 · counter u64 · MAC u64
 *
 * A wake with the flag BEAT_HELLO says nothing but "I hear you", in answer to BEAT_PROBE; without it, that there is mail.
 * MAC = SipHash-2-4 of the first 16 bytes under the agent's beat key (wake: its wake key).
 */
#ifndef VEDETTE_BEAT_H
#define VEDETTE_BEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypto.h"

#define BEAT_BYTES 24
#define BEAT_VERSION 1
#define BEAT_PERIOD_MS 15000
#define BEAT_LATE_MS 20000
#define BEAT_OFFLINE_MS 45000
#define BEAT_COUNTER_BLOCK 4096     /* counters an agent reserves on disk at a time */
#define BEAT_UNHEARD 0x80           /* beside a state in Redis (keys.def): maintenance covers one that is not heard */

enum beat_flag {
    BEAT_HELLO = 1 << 0,            /* first beat of a start */
    BEAT_GOODBYE = 1 << 1,          /* stopped cleanly */
    BEAT_UPDATING = 1 << 2,
    BEAT_MAIL_WANTED = 1 << 3,      /* asks for a wake when there is mail */
    BEAT_PROBE = 1 << 4,            /* asks for an answer now, to see that wakes arrive: a poll without a TLS handshake */
};

struct beat {
    uint8_t flags;
    uint32_t agent;
    uint64_t counter;
};

/* HKDF labels under which an agent's 32-byte secret gives its keys. */
#define BEAT_KEY_LABEL "vedette beat v1"
#define WAKE_KEY_LABEL "vedette wake v1"
#define CARRY_KEY_LABEL "vedette carry v1"      /* 32 bytes: HMAC-SHA-256 of mail requests */

void beat_encode(const struct beat *, const uint8_t key[BEAT_KEY_BYTES], uint8_t ret[BEAT_BYTES]);
/* Layout only (length, version, reserved, id): 0 or -1; the MAC is checked by beat_authentic under the key of ret->agent. */
int beat_decode(const uint8_t *bytes, unsigned length, struct beat *ret);
bool beat_authentic(const uint8_t bytes[BEAT_BYTES], const uint8_t key[BEAT_KEY_BYTES]);

#endif
