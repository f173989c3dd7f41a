/* Changes of increments, done to files beneath a folder; nothing outside of it is touched, whatever they say. */
#ifndef VEDETTE_CLI_SERVER_APPLY_H
#define VEDETTE_CLI_SERVER_APPLY_H

#include <stddef.h>
#include <stdint.h>

struct problem;

/* folder: open. -1 + problem. */
int apply_changes(int folder, const uint8_t *changes, size_t bytes, struct problem *);

#endif
