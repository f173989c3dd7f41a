/*
 * The mailboxes at work: what is written is durable before anybody is answered (turn.h), who has mail is woken
 * (rouse.h), what agents hand over goes on to its addressees (forward.h). Everything in the loop's thread.
 */
#ifndef INGEST_MAILBOX_MAILBOXES_H
#define INGEST_MAILBOX_MAILBOXES_H

#include "services/ingest/mailbox/box.h"
#include "services/ingest/mailbox/forward.h"
#include "services/ingest/mailbox/rouse.h"
#include "services/ingest/mailbox/turn.h"

struct bus;
struct loop;
struct loop_timer;
struct problem;
struct wakes;

struct mailboxes {
    struct box box;
    struct turn turn;
    struct rouse rouse;
    struct forward forward[ADDRESSEE_COUNT];
    struct wakes *wakes;
    struct loop_timer *wake_due;
    uint64_t put, fetched, taken;
};

int mailboxes_open(struct mailboxes *, struct loop *, struct bus *, struct wakes *, uint32_t agents_max,
    uint64_t bytes_max, struct problem *);
/* What was written is still committed. */
void mailboxes_close(struct mailboxes *);

/* Something that was put is durable: wake its agent. */
void mailboxes_rouse(struct mailboxes *, uint32_t agent);
/* An agent can be woken that could not be before: if something waits for it, it is. */
void mailboxes_reachable(void *mailboxes, uint32_t agent);

#endif
