/* The key that signs the log's checkpoints, and the names that it has: one of each class. */
#ifndef VEDETTE_LOG_KEY_H
#define VEDETTE_LOG_KEY_H

#include "contract.h"
#include "lib/tlog/key.h"

#define LOG_KEY_PATH "audit/log.key" /* the seed in hexadecimal and a line end */

int log_key_load(const char *path, uint8_t ret_seed[ED25519_SEED_BYTES], struct problem *);
/* The signer's name is the log's origin: vedette/<deployment>/<class>, followed by /<generation> in logs that succeed
 * the first one (generation 2 and up). */
int log_key_signer(const uint8_t seed[ED25519_SEED_BYTES], const char *deployment, enum class, unsigned generation,
    struct tlog_signer *ret, struct problem *);

#endif
