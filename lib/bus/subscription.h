/* A subscription's inside, for subscribe.c (its connections) and subscribe_take.c (what is asked and heard). */
#ifndef VEDETTE_BUS_SUBSCRIPTION_H
#define VEDETTE_BUS_SUBSCRIPTION_H

#include "lib/bus/internal.h"
#include "lib/bus/resume.h"
#include "lib/bus/verdict.h"

#define SILENCE_MS 3000  /* audit sends a heartbeat each second */
#define ANSWER_MS 3000   /* for an answer to a request */
#define RECONNECT_MS 100 /* pause before connecting anew */
#define REFUSED_MS 5000  /* pause after a refusal: it takes a person to change that */

enum stage { STAGE_CONNECTING, STAGE_ASKING, STAGE_REPLAYING, STAGE_LIVE };

struct class_cursor {
    bool wanted, placed;      /* placed: next is known */
    char id[RESUME_ID_BYTES]; /* of the granted filter; "": not granted yet */
    uint64_t next;            /* every place before it was delivered; not placed: BUS_FROM_NOW or BUS_FROM_CURSOR */
    uint64_t said;            /* what audit was last told of that */
    bool behind;              /* something from next on is known to be missing here */
};

struct bus_subscription {
    struct bus *bus;
    struct bus_subscription *next;
    int least_sev;
    char tenant[33];
    struct resume_types types;
    bool undecoded;
    bus_event_taken *taken;
    void (*refused)(void *arg, const struct problem *);
    void *arg;

    enum stage stage;
    struct bus_socket *live, *replay;
    struct bus_verdict *verdict; /* on our key, at the replay socket */
    unsigned keys_refused;       /* in a row */
    struct class_cursor classes[CLASS_COUNT];
    bool asked; /* a request is on its way, about class `current` */
    int current;
    int64_t silent_at_ms; /* if nothing comes by then, audit counts as gone */
    int64_t heard_ms;     /* when something last came; 0: never */
    int64_t connect_at_ms;
    int64_t say_at_ms; /* when audit is told next how far we are */
    bool connected;    /* audit's replay endpoint was reached */
    bool caught_up;    /* said since the connection was made */
    bool ended;
    struct resume_room room;
};

/* subscribe.c */
void subscription_disconnect(struct bus_subscription *, int64_t pause_ms);
/* Tell whom it concerns, and pause. */
void subscription_refused(struct bus_subscription *, const struct problem *);

/* subscribe_take.c */
void subscription_ask(struct bus_subscription *); /* for what is missing; nothing: go on to the next stage */
void subscription_say(struct bus_subscription *); /* how far we are, where that changed */
void subscription_read_answers(struct bus_subscription *);
void subscription_read_live(struct bus_subscription *);

#endif
