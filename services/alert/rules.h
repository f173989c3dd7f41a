/*
 * The rules: which alerts should be open, from what is known of the fleet and the time. Pure: observations and times
 * come in, changes go out; the caller makes them durable and tells the world.
 *
 * Deadlines run on the monotonic clock, so that a step of the wall clock raises nothing. Judging is by state and not by
 * event: what came and went while nobody looked raises nothing either.
 */
#ifndef ALERT_RULES_H
#define ALERT_RULES_H

#include "services/alert/known.h"
#include "services/alert/observation.h"
#include "services/alert/watches.h"

#define CLONE_QUIET_MS 3600000   /* so long without a sign of it, and an identity is its agent's own again */
#define BROKEN_SHOWN_MS 86400000 /* so long is a broken chain shown: nothing mends it */
#define AUDIT_STEADY_MS 5000 /* so long must audit take events to count as back: one that flaps is as good as gone */
#define SITE_RETURN_MS 60000 /* four heartbeats for every agent of a site that returned */
#define CHANGES_MAX 1024     /* of one judgement; the rest comes with the next */
#define TOUCHED_MAX 4096     /* agents to judge after events; beyond, all are judged */
#define SUBJECT_BYTES 80     /* site/, two slugs of 32 bytes, a slash */
#define TENANT_RULES_MAX 65536
#define RULES_NEVER_MS INT64_MAX

struct instant {
    int64_t wall_ms, mono_ms;
};

/* An alert to open or to resolve. */
struct change {
    bool opened;
    enum kind kind;
    char subject[SUBJECT_BYTES]; /* "agent/7" */
    uint32_t agent;              /* 0: none */
    const struct place *place;   /* NULL: none */
    int64_t after_s;             /* agent-offline: the limit that was passed */
    const char *text; /* of a watch: what is wrong; NULL: the kind says it all; valid until the next judgement */
};

struct changes {
    size_t n;
    struct change items[CHANGES_MAX];
};

struct tenant_rule_row {
    char tenant[SLUG_BYTES];
    int64_t offline_after_ms;
};

struct rules {
    struct known known;
    int64_t default_after_ms, audit_silent_ms;
    struct tenant_rule_row *tenants;
    size_t n_tenants;
    uint32_t touched[TOUCHED_MAX];
    size_t n_touched;
    bool places_touched;
    int64_t next_due_ms;   /* monotonic; no deadline of any agent is before it */
    int64_t audit_gone_ms; /* monotonic; since when audit takes nothing, or not steadily; 0: it does */
    int64_t audit_back_ms; /* monotonic; since when it takes again; 0: it does not */
    bool audit_open;       /* an alert is open */
    struct watches watches;
};

void rules_open(struct rules *, uint32_t default_after_s, uint32_t audit_silent_s);
void rules_free(struct rules *);

/* A tenant's limit, for agents known and yet to come. -1: no memory, or too many tenants. */
int rules_limit(struct rules *, const char *tenant, uint32_t after_s);
/* The limit it has of its own; 0: none. */
uint32_t rules_limit_s(const struct rules *, const char *tenant);
/* -1: an agent or site beyond the limits; it is not watched. */
int rules_observe(struct rules *, const struct observation *, const struct instant *now);
/* Said at start for each alert that is open. */
int rules_restore(struct rules *, enum kind, const char *subject, uint32_t agent, const char *tenant, const char *site);

/* judge.c: what must be opened and resolved now. true: there is more; judge again. */
bool rules_judge(struct rules *, int64_t mono_ms, struct changes *ret);
/* The same for audit itself, which must be judged even while nothing else can be. */
void rules_judge_audit(struct rules *, bool takes, int64_t mono_ms, struct changes *ret);

#endif
