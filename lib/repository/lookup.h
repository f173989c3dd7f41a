/* Which of an agent's segments stand in its target: asked for by one listing, whatever their number. */
#ifndef VEDETTE_REPOSITORY_LOOKUP_H
#define VEDETTE_REPOSITORY_LOOKUP_H

#include "lib/crypto.h"
#include "lib/target/target.h"

struct lookup {
    struct target *target;
    uint32_t agent;
    uint32_t n;            /* so many are looked for */
    const uint8_t *sha256; /* of the first; that of the next is `stride` bytes behind it */
    size_t stride;
    void (*found)(void *arg, uint32_t number, const struct target_object *); /* maybe more than once */
    void *arg;
};

/* -1 + problem: the target cannot be asked, or there is no memory. */
int lookup_segments(const struct lookup *, struct problem *);

#endif
