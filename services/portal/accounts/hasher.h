/* Argon2id off the loop: two threads, a bounded queue. One hash takes 36 ms and 19 MiB. */
#ifndef VEDETTE_PORTAL_HASHER_H
#define VEDETTE_PORTAL_HASHER_H

#include <stdbool.h>

struct hasher;
struct loop;
struct problem;

/* The outcome, in the loop's thread: matches for hasher_verify; hash (NULL: no memory) for hasher_make. */
typedef void hasher_done(void *arg, bool matches, const char *hash);

struct hasher *hasher_start(struct loop *, struct problem *);
/* Texts are copied, and forgotten when done. -1: the queue is full ("busy"). */
int hasher_verify(struct hasher *, const char *hash, const char *password, hasher_done *, void *arg, struct problem *);
int hasher_make(struct hasher *, const char *password, hasher_done *, void *arg, struct problem *);

#endif
