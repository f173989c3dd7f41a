/*
 * The agent's state directory (0700) and what stands in it:
 *
 *     identity       who we are and where the server is     address         where beats go: where mail last arrived
 *     secret         beat, wake and carry keys come of it   counter         counters reserved, wakes taken
 *     sign.key       P-256, PEM                             inventory.json  what the server has of us
 *     seal.key       P-256, PEM                             spool/          what it does not have yet
 *     ca.pem         the only authority we trust            retired         the server has retired us
 *     lock           held by the one that runs              mail/           envelopes (mail.h)
 *     updating       an update is under way (health.h)      health         of the version that is tried
 *     trust.chain    trust files as the server has them, believed by nobody before they are verified
 *     adopted        root has taken one: work looks at the mail anew
 *
 * Every program works inside the directory (state_enter), so that paths are the names below.
 */
#ifndef VEDETTE_AGENT_STATE_H
#define VEDETTE_AGENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct problem;

#define STATE_DEFAULT "/var/lib/vedette-agent"
#define WORK_INSTALLED "/var/lib/vedette-agent-work"

#define IDENTITY_FILE "identity"
#define SECRET_FILE "secret"
#define SIGN_KEY_FILE "sign.key"
#define SEAL_KEY_FILE "seal.key"
#define CA_FILE "ca.pem"
#define ADDRESS_FILE "address"
#define COUNTER_FILE "counter"
#define INVENTORY_FILE "inventory.json"
#define TRUST_CHAIN_FILE "trust.chain"
#define ADOPTED_FILE "adopted"
#define SPOOL_DIR "spool"
#define SPOOLED_INVENTORY_FILE SPOOL_DIR "/inventory.json"
#define RETIRED_FILE "retired"
#define LOCK_FILE "lock"

#define STATE_FILE_LIMIT_BYTES 4096 /* identity, counters, address: a few hundred in fact */

struct identity {
    uint32_t agent;
    char tenant[33], site[33];
    char server[300]; /* https://host:port */
    uint16_t beat_port;
};

struct agent_keys {
    uint8_t beat[BEAT_KEY_BYTES], wake[BEAT_KEY_BYTES], carry[SECRET_BYTES];
};

/* Work in the directory from now on, root as the user who owns it. Refuses one that others may enter or that belongs to
 * somebody else. */
int state_enter(const char *directory, struct problem *);
/* The same, making it first if it is not there (enrolment). */
int state_make(const char *directory, struct problem *);

/* Is it the one of an installed agent, whose documents and trust are kept by root in WORK_INSTALLED? */
bool state_is_installed(const char *directory);

bool state_has(const char *file);

/* 0; -1 + problem "not-enrolled" if there is none, "bad-state" if it cannot be used. */
int identity_load(struct identity *ret, struct problem *);
int identity_parse(const char *text, size_t bytes, struct identity *ret, struct problem *);
int identity_save(const struct identity *, struct problem *);

int secret_load(uint8_t ret[SECRET_BYTES], struct problem *);
int secret_save(const uint8_t secret[SECRET_BYTES], struct problem *);
/* The keys of this agent; the secret itself is forgotten again. */
int keys_load(struct agent_keys *ret, struct problem *);

/* Every file of keys that is there belongs to us or root with mode 0400 or 0600; the problem names the first that does
 * not. */
int keys_are_private(struct problem *);

#endif
