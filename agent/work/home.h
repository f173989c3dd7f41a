/* To whom this machine belongs: typed by its root when it began to trust, changed by a signed `move` alone. What the
 * server says of tenant and site is for its own books. */
#ifndef VEDETTE_AGENT_WORK_HOME_H
#define VEDETTE_AGENT_WORK_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct problem;

struct home {
    char deployment[33];
    uint8_t pin[SHA256_BYTES]; /* of the trust file that root typed */
    char tenant[33], site[33]; /* "": not said */
    int64_t moved_ms;          /* when the last `move` that was followed was signed; 0: none was */
};

bool home_exists(void);
int home_parse(const char *text, size_t bytes, struct home *ret, struct problem *);
int home_load(struct home *ret, struct problem *);
int home_save(const struct home *, struct problem *);

#endif
