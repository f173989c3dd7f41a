/*
 * What came of trying a target's rights (rights.h), kept beside the owner's file as FILE.tried: so that the machine can
 * tell people who could delete its backups. It is told and shown, and decides nothing.
 */
#ifndef VEDETTE_TARGET_TRIED_H
#define VEDETTE_TARGET_TRIED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/target/rights.h"

/* "no", "hide", "yes": of enum target_may. */
extern const char *const target_may_words[];

/* In the place of what came of it before. write_once: target_is_write_once() of these rights, which programs that only
 * tell do not link. */
int target_tried_keep(const char *targets, const char *name, const struct target_rights *, bool write_once,
    int64_t now_ms, struct problem *);

/*
 * The owner's targets by name: {kind, tried_at?, write_once?, replace?, remove?}; what was not tried has the first
 * alone. The caller's. NULL: there is no such file, or it cannot be read.
 */
json_t *target_tried_tell(const char *targets);

#endif
