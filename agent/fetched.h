/*
 * Files that documents name by their hash: work says which it wants, carry fetches them; where carry cannot (parcels),
 * work asks for them in an envelope, and they come in envelopes. Paths are relative to the state directory. Nothing in
 * here is believed: whoever uses a file compares its hash with what was signed.
 *
 *     files/<sha256>.wanted    its size in decimal, until it is here
 *     files/<sha256>.part      what has come of it, by whatever way; the next piece goes on from there
 *     files/<sha256>.asked     up to where it was asked for in an envelope; its time is when
 *     files/<sha256>           whole
 */
#ifndef VEDETTE_AGENT_FETCHED_H
#define VEDETTE_AGENT_FETCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct problem;

#define FETCHED_DIR "files"
#define FETCHED_FILE_BYTES_MAX (64u << 20) /* the server keeps none that is larger */
#define FETCHED_HASH_BYTES HEX_BYTES(SHA256_BYTES)
#define FETCHED_PATH_BYTES (sizeof(FETCHED_DIR) + FETCHED_HASH_BYTES + 8)
#define FETCHED_WANTED_MAX 256
#define FETCHED_ASK_BYTES (360u << 10) /* at a time: one parcel full, so that what stops something waits for no more   \
                                        */
#define FETCHED_ASK_AGAIN_MS (10 * 60 * 1000) /* what was asked for and did not come */

int fetched_open(struct problem *);
/* end: "", ".part" or ".wanted". */
void fetched_path(const char *sha256, const char *end, char ret[FETCHED_PATH_BYTES]);
bool fetched_has(const char *sha256);
void fetched_want(const char *sha256, uint64_t bytes);
/* It, and what has come of it, is needed no more. */
void fetched_forget(const char *sha256);

/* Which are wanted, at most FETCHED_WANTED_MAX; how many. */
size_t fetched_wanted(char ret[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES]);
/* How much of it is wanted, 0: nothing; and how much of that has come. */
uint64_t fetched_bytes(const char *sha256);
uint64_t fetched_offset(const char *sha256);
/* A piece in base64; one that does not follow what is here changes nothing. "bad-piece": it is none of a file that is
 * wanted. */
int fetched_append(const char *sha256, uint64_t offset, const char *base64, struct problem *);
/* All of it has come, which is durable. */
int fetched_complete(const char *sha256, struct problem *);

/* Of a file that has not all come: may it be asked for in an envelope now, from *ret_offset on? */
bool fetched_may_ask(const char *sha256, int64_t now_ms, uint64_t *ret_offset);
void fetched_asked(const char *sha256, uint64_t until);

#endif
