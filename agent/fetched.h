/*
 * Files that documents name by their hash: work says which it wants, carry fetches them. Paths are relative to the
 * state directory. Nothing in here is believed: whoever uses a file compares its hash with what was signed.
 *
 *     files/<sha256>.wanted    its size in decimal, until it is here
 *     files/<sha256>.part      what has come of it; the next delivery goes on from there
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

int fetched_open(struct problem *);
/* end: "", ".part" or ".wanted". */
void fetched_path(const char *sha256, const char *end, char ret[FETCHED_PATH_BYTES]);
bool fetched_has(const char *sha256);
void fetched_want(const char *sha256, uint64_t bytes);
/* It, and what has come of it, is needed no more. */
void fetched_forget(const char *sha256);

/* Which are wanted, at most FETCHED_WANTED_MAX; how many. */
size_t fetched_wanted(char ret[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES]);
/* All of it has come. */
int fetched_complete(const char *sha256, struct problem *);

#endif
