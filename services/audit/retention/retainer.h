/*
 * Retention at work, in the loop's thread, a few milliseconds at a time: finds out hourly which bundles are due, says
 * so in the log, and deletes them once that is posted, so that whoever verifies the log finds the absence explained in
 * it.
 */
#ifndef VEDETTE_AUDIT_RETAINER_H
#define VEDETTE_AUDIT_RETAINER_H

#include "lib/loop.h"
#include "lib/seal/seal.h"
#include "services/audit/ledger.h"
#include "services/audit/retention/retention.h"
#include "services/audit/search/searcher.h"

struct retainer;

struct retainer_options {
    struct loop *loop;
    struct bus *bus;
    struct ledger *ledger;
    struct searcher *searcher; /* forgets what went */
    struct seal_keys *keys;    /* of personal fields */
    struct seal *seal;         /* the loop's */
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

/* On request, of days that are over for long enough, everybody's or one person's: logged with who and why, done, then
 * answered. */
struct bus_request;
void retainer_erase(struct retainer *, struct bus_request *, const struct call_log_erase *);

/* What would go at a time, of what there is now. */
struct retention_forecast {
    uint64_t keeps_from, bytes; /* bytes: of some files, so about */
    uint32_t keys;
    bool has_due;
    int64_t due_ms; /* of the oldest bundle that is kept now */
};
int retainer_forecast(
    struct retainer *, enum class, int64_t as_of_ms, struct retention_forecast *ret, struct problem *);
uint32_t retainer_days(const struct retainer *, enum class);

#endif
