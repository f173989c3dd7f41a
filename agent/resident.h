/*
 * The resident and its two halves: run.c beats and begins and ends; mailing.c has mail fetched and follows its outcome.
 */
#ifndef VEDETTE_AGENT_RESIDENT_H
#define VEDETTE_AGENT_RESIDENT_H

#include "agent/beat.h"
#include "agent/carrier.h"
#include "agent/counter.h"
#include "agent/plan.h"
#include "agent/policy.h"
#include "agent/state.h"
#include "agent/watch/watching.h"
#include "agent/worker.h"

struct loop;
struct loop_timer;

struct resident {
    struct loop *loop;
    struct identity identity;
    struct agent_keys keys;
    struct counter counter;
    struct policy policy;
    const char *policy_path, *targets_path;
    char instance[INSTANCE_BYTES]; /* random for each start: two at a time are a copied identity */
    char address[64];              /* "" until mail arrived once */
    struct heart heart;
    struct carrier carrier;
    struct worker worker;
    struct plan plan;
    struct watching watching;
    struct loop_timer *beat_due, *mail_due;
    unsigned beats, goodbyes;
    bool leaving, retired, proving;          /* proving: the mail under way answers a nonce */
    bool guarded, updates;                   /* an update is tried, and we are it; we leave for one */
    bool came;                               /* the round under way brought something */
    bool introduced;                         /* the second beat of a start is out */
    char nonce[NONCE_BYTES];                 /* to be proved with when the carrier has ended; "": none */
    char mail_trouble[65], beat_trouble[65]; /* code of the last failure: the same is not logged again and again */
};

/* For the plan, which is pure. */
static inline uint32_t dice(void)
{
    uint32_t number;
    crypto_random(&number, sizeof(number));
    return number;
}

/* run.c. One beat; the first of a start. */
void resident_beat(struct resident *, uint8_t flags);
void resident_hello(struct resident *);

/* mailing.c. */
int mailing_open(struct resident *, struct problem *);
void mailing_close(struct resident *);
/* Have the timer follow the plan. */
void mailing_set(struct resident *);
/* Envelopes wait in mail/out/; arg is the resident. */
void mailing_outgoing(void *arg);
/* Whether envelopes wait of which nobody has told: a work that outlived the resident it belonged to tells nobody. */
void mailing_look(struct resident *);
/* Spool the inventory if it changed, or anyway, and plan to send it. */
void mailing_news(struct resident *, bool anyway);
/* The server has retired us: beat no more, now and after the next start. */
void mailing_retired(struct resident *);
/* What the heart hears; arg is the resident. */
void mailing_woken(void *arg);
void mailing_greeted(void *arg);
void mailing_unreachable(void *arg);

#endif
