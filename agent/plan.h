/*
 * When to fetch mail next: pure, the clock and the dice are passed in.
 *
 * Mail costs a TLS handshake, some 4 kB and 20 ms of CPU; every 15 minutes it would be more than all beats together.
 * The poll of every 15 minutes is therefore a probe: beats ask for an answer, 24 bytes each way. Only if none comes,
 * wakes would not arrive either, and mail is fetched without being asked. While fetches fail every beat is a probe: the
 * first answer after silence says that the server is back.
 */
#ifndef VEDETTE_AGENT_PLAN_H
#define VEDETTE_AGENT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAN_START_MS 3000 /* a whole site that gets its power back must not shake hands at once */
#define PLAN_NEWS_MS 5000  /* something to report: within */
#define PLAN_APART_MS 1000 /* between two fetches at least, whatever is asked of us */
#define PLAN_POLL_MS (15 * 60 * 1000)
#define PLAN_PROBE_MS 50000                 /* a probe is asked by three or four beats: one or two may be lost */
#define PLAN_SELDOM_MS (6 * 60 * 60 * 1000) /* fetch although wakes arrive: names and certificates change too */
#define PLAN_CARRIED_MS 60000               /* by carriers that cannot wake us: look again … */
#define PLAN_TALK_MS 2000  /* … and so soon while there is something to say, by half more each time */
#define PLAN_BACK_MS 5000  /* the server answers again: within, or a whole fleet would come at once */
#define PLAN_RETRY_MS 5000 /* after a failure: doubling up to PLAN_POLL_MS */

struct plan {
    bool may_wake;      /* else there is no probe, and every poll is mail */
    int64_t due_ms;     /* monotonic: fetch mail */
    int64_t unheard_ms; /* fetch mail unless we are greeted before; INT64_MAX: no probe is under way */
    int64_t probe_ms;   /* next probe */
    int64_t last_ms;    /* when the last fetch began */
    unsigned failures;  /* in a row */
    int64_t talk_ms;    /* by carriers that cannot wake us: until the next look */
    bool asked, silent; /* while fetches fail: a beat asked for an answer; one before it got none */
};

void plan_start(struct plan *, bool may_wake, int64_t now_ms, uint32_t random);
/* A beat is about to go: should it ask for an answer? */
bool plan_probes(struct plan *, int64_t now_ms, uint32_t random);
/* When mail is to be fetched, as things stand; INT64_MAX: while it is being fetched nothing more is due. */
int64_t plan_mail_ms(const struct plan *);

void plan_greeted(struct plan *, int64_t now_ms, uint32_t random);
/* At once: the server does not wake more at a time than it can answer. */
void plan_woken(struct plan *, int64_t now_ms, uint32_t random);
/* Envelopes wait to be sent. */
void plan_outgoing(struct plan *, int64_t now_ms);
/* There is something to report. */
void plan_news(struct plan *, int64_t now_ms, uint32_t random);
/* The network says that nobody takes our beats: the server may have moved, and mail finds it again. */
void plan_lost(struct plan *, int64_t now_ms);

void plan_begun(struct plan *, int64_t now_ms);
void plan_delivered(struct plan *, int64_t now_ms, uint32_t random);
/* By another carrier than HTTPS. came: it brought something. */
void plan_carried(struct plan *, bool came, int64_t now_ms, uint32_t random);
void plan_failed(struct plan *, int64_t now_ms, uint32_t random);

#endif
