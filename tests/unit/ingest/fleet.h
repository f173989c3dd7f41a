/* A small fleet in memory for tests of presence: arrays in a temporary folder, a clock that the test moves. */
#ifndef INGEST_TEST_FLEET_H
#define INGEST_TEST_FLEET_H

#include "tests/unit/folder.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/ingest/presence/presence.h"

struct test_fleet {
    struct hot hot;
    struct presence_clock clock;
    struct sites sites;
    struct presence presence;
    int64_t mono_ms, wall_ms;
    char folder[FOLDER_BYTES];
};

static inline void fleet_open(struct test_fleet *fleet, uint32_t agents)
{
    struct problem problem;
    folder_make(fleet->folder);
    assert_int_equal(hot_reserve(&fleet->hot, 1024, &problem), 0);
    assert_int_equal(hot_open(&fleet->hot, fleet->folder, &problem), 0);
    fleet->mono_ms = 1000;
    fleet->wall_ms = 1700000000000;
    presence_clock_resume(&fleet->clock, fleet->hot.clock, fleet->mono_ms, fleet->wall_ms);
    fleet->clock.judged_from_ms = 0;
    fleet->presence = (struct presence){ .hot = &fleet->hot, .clock = &fleet->clock, .sites = &fleet->sites };
    sites_add(&fleet->sites, 0, "", "");
    sites_add(&fleet->sites, 1, "acme", "hq");
    for (uint32_t agent = 1; agent <= agents; agent++) {
        fleet->hot.site[agent] = 1;
        presence_add(&fleet->presence, agent, fleet->wall_ms);
        fleet->hot.highest = agent;
    }
}

static inline void fleet_close(struct test_fleet *fleet)
{
    hot_close(&fleet->hot);
    sites_free(&fleet->sites);
    folder_remove(fleet->folder);
}

/* Let time pass, with the scans in it. */
static inline void fleet_pass(struct test_fleet *fleet, int64_t ms)
{
    for (int64_t end = fleet->mono_ms + ms; fleet->mono_ms < end;) {
        fleet->mono_ms += 25;
        fleet->wall_ms += 25;
        presence_clock_advance(&fleet->clock, fleet->mono_ms, fleet->wall_ms);
        presence_scan(&fleet->presence, fleet->wall_ms);
    }
}

static inline enum state fleet_state(const struct test_fleet *fleet, uint32_t agent)
{
    return presence_shown(fleet->hot.pulse[agent].state);
}

#endif
