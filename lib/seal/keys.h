/*
 * The keys of sealed fields: one for each class of the log and UTC day, in a file each, FOLDER/<class>/<day>, wrapped
 * under the service's master key. Whoever has the log and not this folder reads no personal field; when a day's file is
 * gone, nobody does, but for single values whose keys were kept in FOLDER/<class>/<day>.kept. From any thread.
 */
#ifndef VEDETTE_SEAL_KEYS_H
#define VEDETTE_SEAL_KEYS_H

#include <stdbool.h>

#include "contract.h"
#include "lib/crypto.h"
#include "lib/seal/kept.h"

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
/* The key of one value, which its place (lib/seal/seal.c) tells from all others: derived from its day's, or kept. 1:
 * neither. */
int seal_keys_value(
    struct seal_keys *, enum class, uint32_t day, const void *place, size_t bytes, uint8_t ret[SECRET_BYTES]);

/* The same to be kept, and all that are to be of a day: durable beside its key, and used once that is erased. */
int seal_keys_wrap(
    struct seal_keys *, enum class, uint32_t day, const void *place, size_t bytes, struct seal_kept_value *ret);
int seal_keys_keep(struct seal_keys *, enum class, uint32_t day, struct seal_kept *, struct problem *);
/* What seal_keys_keep wrote is not to be used. */
void seal_keys_keep_not(struct seal_keys *, enum class, uint32_t day);

/* Written over, unlinked and the folder synced, also if it was gone already: a kill in between may have left that.
 * keeps: the values of the last seal_keys_keep stay, or of the one before; else none. */
int seal_keys_erase(struct seal_keys *, enum class, uint32_t day, bool keeps, struct problem *);
/* Rises with each that is erased; never 0. */
uint64_t seal_keys_erasures(const struct seal_keys *);

/* The days that have a key, or kept some, in no order; *ret is the caller's. */
int seal_keys_days(const struct seal_keys *, enum class, uint32_t **ret, size_t *ret_n, struct problem *);

#endif
