/* What an event says that matters to the rules. One shape for what comes from the log and from our own database. */
#ifndef ALERT_OBSERVATION_H
#define ALERT_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"

#define OBSERVED_NAME_BYTES 48
#define OBSERVED_TEXT_BYTES 201 /* of a reason in fields.def, and NUL */

struct bus_event;

enum observed {
    OBSERVED_ENROLLED, /* agent belongs to tenant and site */
    OBSERVED_STATE,    /* agent is in state since time */
    OBSERVED_CLONE,    /* two machines used agent's identity at time */
    OBSERVED_SILENT,   /* every agent of the site fell silent together */
    OBSERVED_RETURNED, /* the site is heard again */
    OBSERVED_WATCH,    /* a watch of the agent came to a level */
    OBSERVED_FORKED,   /* the agent was shown two histories of the log */
    OBSERVED_AGREED,   /* the agent follows one log again */
    OBSERVED_BROKEN,   /* what it tells of its runs does not follow from what it told before */
};

/* Texts are borrowed; NULL if the event does not say. */
struct observation {
    enum observed what;
    uint32_t agent;
    enum state state;
    int64_t time_ms;
    const char *tenant, *site;
    const char *watch; /* OBSERVED_WATCH: its name, or that of what else is watched (watches.h), which is in name */
    char name[OBSERVED_NAME_BYTES];
    enum level level;
    char text[OBSERVED_TEXT_BYTES]; /* what is wrong with it */
};

/* false: the event does not matter here. */
bool observe(const struct bus_event *, struct observation *ret);

#endif
