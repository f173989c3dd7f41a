/* The retainer's inside: retainer.c looks for what is due and removes it, retainer_tell.c says so in the log and does
 * what the log says, retainer_person.c prepares that one person's fields go, retainer_forecast.c tells what would go.
 */
#ifndef VEDETTE_AUDIT_RETAINER_INSIDE_H
#define VEDETTE_AUDIT_RETAINER_INSIDE_H

#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/tlog/directory.h"
#include "services/audit/retention/retainer.h"
#include "services/audit/tiles/tile_files.h"

struct scan {
    bool keys; /* are to be looked at */
    bool running;
    uint64_t next;     /* bundles before it are due */
    int64_t newest_ms; /* of their entries */
};

/* What is under way for one person. */
struct person {
    struct bus_request *request; /* NULL: nothing */
    enum class class;
    uint32_t first, last, from; /* from: what is before it is read */
    bool reading;               /* of a day: its entries, from next on */
    uint32_t day;
    uint64_t next;
    unsigned left;     /* entries in this turn */
    bool over, failed; /* the turn: behind the day; problem says why */
    struct problem *problem;
    struct seal_kept kept;
    uint64_t n_kept, n_entries; /* values that stay; entries with the name */
    char name[97], reason[201]; /* fields.def */
};

struct retainer {
    struct retainer_options options;
    uint32_t days[CLASS_COUNT];
    struct retention state;
    struct tlog_directory directories[CLASS_COUNT];
    struct tile_files files[CLASS_COUNT];
    struct scan scans[CLASS_COUNT];
    int64_t looked_ms;         /* monotonic; 0: not yet */
    int64_t look_at_ms;        /* monotonic: for what is due */
    bool held;                 /* by the clock, and that was logged */
    bool telling, failing;     /* an event is on its way; the last try failed, and that was logged */
    struct bus_request *asked; /* for what is being told; NULL: nobody */
    uint64_t telling_at;       /* where in ops it will stand, or a little behind */
    struct person person;
    struct loop_timer *person_timer;
};

/* How many entries the directory's own checkpoint has. */
uint64_t retainer_posted(const struct retainer *, enum class);
/* What fails is tried again; it is logged once. */
void retainer_note(struct retainer *, bool failed, const struct problem *);
void retainer_save(struct retainer *);
/* When the newest entry of a bundle was recorded. -1: it cannot be read, or some entry has no time. */
int retainer_newest_of(struct retainer *, enum class, uint64_t bundle, int64_t *ret, struct problem *);

/* What the log says from there on, into the state; and what it says is to be erased, is erased. */
int retainer_read_log(struct retainer *, uint64_t from, struct problem *);
void retainer_tell_rules(struct retainer *);
/* What the class's scan has found. */
void retainer_tell_deleting(struct retainer *, enum class);
/* The keys of the days from first to last, both included. */
void retainer_tell_erasing(struct retainer *, enum class, uint32_t first, uint32_t last);

/* -1: it could not be told. The answer follows what is told. */
int retainer_tell_person(struct retainer *);

/* The answer comes when it is done, or refused. */
int retainer_person_begin(struct retainer *, struct bus_request *, const struct call_log_erase *, uint32_t first,
    uint32_t last, struct problem *);
void retainer_person_step(void *retainer);

#endif
