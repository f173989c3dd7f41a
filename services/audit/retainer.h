/*
 * Retention at work, in the loop's thread, a few milliseconds at a time: finds out hourly which bundles are due, says
 * so in the log, and deletes them once that is posted, so that whoever verifies the log finds the absence explained in
 * it.
 */
#ifndef VEDETTE_AUDIT_RETAINER_H
#define VEDETTE_AUDIT_RETAINER_H

#include "lib/seal_keys.h"
#include "services/audit/ledger.h"
#include "services/audit/retention.h"
#include "services/audit/search/searcher.h"

struct retainer;

struct retainer_options {
    struct bus *bus;
    struct ledger *ledger;
    struct searcher *searcher; /* forgets what went */
    struct seal_keys *keys;    /* of personal fields */
    const char *file;          /* where its state is kept */
    const struct settings_audit *settings;
};

/* NULL + problem. */
struct retainer *retainer_open(const struct retainer_options *, struct problem *);
void retainer_free(struct retainer *);

/* Each second. */
void retainer_look(void *retainer);

/* The first entry of the class that is still kept. */
uint64_t retainer_kept_from(const struct retainer *, enum class);

#endif
