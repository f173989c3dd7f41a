/*
 * What rules know, kept in alert.db for the next start: limits, what the log's events said of agents, sites and
 * watches, and how far the log was read.
 */
#ifndef ALERT_KEPT_H
#define ALERT_KEPT_H

#include "lib/records.h"
#include "services/alert/observation.h"
#include "services/alert/rules.h"

/* Everything that rules must know at start. -1 + problem. */
int kept_load(struct records *, struct rules *, const struct instant *now, struct problem *);

uint64_t kept_cursor(struct records *, enum class);
void kept_set_cursor(struct records *, enum class, uint64_t next);
void kept_observe(struct records *, const struct observation *);

void kept_limit(struct records *, const char *tenant, uint32_t after_s);
/* Call each(arg, tenant, after_s) for each limit, or that of one tenant, by tenant. */
void kept_each_limit(
    struct records *, const char *tenant, void (*each)(void *arg, const char *tenant, uint32_t after_s), void *arg);

#endif
