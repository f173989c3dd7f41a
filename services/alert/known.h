/*
 * What is known of every agent and site, in memory: dense by agent id in pages, places (tenant and site) sorted by
 * name. Pure. Everything in here can be made again from the database.
 */
#ifndef ALERT_KNOWN_H
#define ALERT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#define SLUG_BYTES 33          /* of fields.def, and NUL */
#define KNOWN_PAGE_AGENTS 4096 /* 160 KiB a page, made when its first agent is heard of */
#define KNOWN_PAGES 4096       /* 16,777,216 agents: the most that ingest takes */
#define KNOWN_PLACES_MAX 65536 /* sites of all tenants */

/* A tenant's site; site "" stands for agents of the tenant whose site was never said. */
struct place {
    char tenant[SLUG_BYTES], site[SLUG_BYTES];
    int64_t offline_after_ms;
    uint32_t offline;   /* agents of it that are offline */
    int64_t settled_ms; /* monotonic; none of its agents is due before; 0: it never returned */
    bool silent;        /* all of them fell silent together */
    bool silent_open;   /* an alert is open */
};

struct agent {
    struct place *place;                                      /* NULL: nobody said */
    int64_t offline_at_ms;                                    /* monotonic; when it went offline */
    int64_t cloned_until_ms;                                  /* monotonic; 0: its identity is its own */
    int64_t broken_until_ms;                                  /* monotonic; 0: what it tells of its runs is whole */
    uint8_t state;                                            /* enum state */
    bool forked;                                              /* it was shown two histories of the log */
    bool offline_open, cloned_open, forked_open, broken_open; /* an alert is open */
    bool touched;                                             /* to be judged with the next events */
};

struct known {
    struct agent *pages[KNOWN_PAGES];
    struct place **places; /* sorted by tenant, then site */
    size_t n_places, room;
};

void known_free(struct known *);

/* The agent, made if it was unknown. NULL: the id is beyond the limit, or no memory. */
struct agent *known_agent(struct known *, uint32_t id);
/* The place; *ret_made says whether it was made just now. NULL: limit or memory. */
struct place *known_place(struct known *, const char *tenant, const char *site, bool *ret_made);

#endif
