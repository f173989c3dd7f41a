/*
 * Settings: vedette.conf and `--set section.key=value`, read wholly and checked by contract/settings.def.
 * A problem names file, line, key and the allowed range, and nothing is used.
 */
#ifndef VEDETTE_CONFIG_H
#define VEDETTE_CONFIG_H

#include "contract.h"

struct problem;

/* Defaults, then the file, then the n overrides ("section.key=value"). Texts live as long as the process. */
int config_load(const char *path, const char *const *overrides, size_t n_overrides, struct settings *ret,
                struct problem *);

struct sockaddr_storage;
/* "host:port", "[v6]:port" with a numeric host. Returns the length for bind(), or -1 + problem. */
int config_address(const char *address, struct sockaddr_storage *ret, struct problem *);

#endif
