/*
 * The keys of sealed fields: one for each class of the log and UTC day, in a file each, FOLDER/<class>/<day>, wrapped
 * under the service's master key. Whoever has the log and not this folder reads no personal field; when a day's file is
 * gone, nobody does. From any thread.
 */
#ifndef VEDETTE_SEAL_KEYS_H
#define VEDETTE_SEAL_KEYS_H

#include <stdbool.h>

#include "contract.h"
#include "lib/crypto.h"

struct problem;
struct seal_keys;

#define SEAL_KEYS_FOLDER "audit/sealing"
#define SEAL_KEYS_MASTER "audit/master.key"

/* folder must outlive it. makes: for the one who seals, who may make folders and keys. NULL + problem. */
struct seal_keys *seal_keys_open(const char *folder, const char *master_key_file, bool makes, struct problem *);
void seal_keys_free(struct seal_keys *);

/* 1: there is none; it was erased, or never made. */
int seal_keys_find(struct seal_keys *, enum class, uint32_t day, uint8_t ret[SECRET_BYTES]);
/* Durable before it is used: made if there is none. */
int seal_keys_make(struct seal_keys *, enum class, uint32_t day, uint8_t ret[SECRET_BYTES], struct problem *);
/* Written over, unlinked and the folder synced, also if it was gone already: a kill in between may have left that. */
int seal_keys_erase(struct seal_keys *, enum class, uint32_t day, struct problem *);
/* Rises with each that is erased; never 0. */
uint64_t seal_keys_erasures(const struct seal_keys *);

/* The days that have a key, in no order; *ret is the caller's. */
int seal_keys_days(const struct seal_keys *, enum class, uint32_t **ret, size_t *ret_n, struct problem *);

#endif
