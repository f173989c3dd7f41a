/*
 * vedette-agent-work as a whole, and its rooms:
 *
 *     serve.c      begins, sleeps, ends
 *     carrying.c   what is due: carried out, waited with, passed over
 *     taking.c     what envelopes bring: judged, kept, followed, stopped
 *     judging.c    may this be done, here and now
 *     following.c  the log: is what it shows one history
 *     envelopes/   what comes in is opened and put into order, what goes out is sealed; other keys for our mail
 *     runs/        one occurrence of a task, from "started" on disk to its end: running.c, runner.c, ending.c
 *     backups/     backups that were ordered by plans, restores that people signed
 *     people/      consent of the people at the machine
 *     telling.c    what is said of it: to the server, and in the activity log
 *     reporting.c  what this machine holds and allows, to the server
 *     effects.c    settings and moves, which change what this machine takes
 *     updating.c   another version of the agent, up to where the guard has it
 */
#ifndef VEDETTE_AGENT_WORK_WORK_H
#define VEDETTE_AGENT_WORK_WORK_H

#include "agent/policy.h"
#include "agent/work/backups/backup_line.h"
#include "agent/work/backups/ordered.h"
#include "agent/work/envelopes/post.h"
#include "agent/work/held.h"
#include "agent/work/knowledge.h"
#include "lib/signed/successors.h"

struct backing;
struct loop;
struct loop_timer;
struct people;

#define RUNS_MAX 4    /* at a time; the others wait */

/* Orders, and the one that runs. */
struct backup_work {
    size_t n;
    struct ordered *all[ORDERED_MAX];
    struct ordered *running; /* NULL: none */
    struct backing *backing;
    const char *stopped_code, *stopped_reason; /* why we end it; code NULL: we do not */
    int64_t began_ms, told_ms;                 /* monotonic */
    struct backup_pace pace;
};

struct work {
    struct loop *loop;
    struct loop_timer *due;
    const char *policy_path, *targets_path; /* NULL: the default */
    const char *state_path;                 /* whole */
    struct policy policy;
    int state; /* the state directory */
    struct knowledge knowledge;
    struct post *post;
    struct people *people;
    size_t n_held;
    struct held *held[HELD_MAX]; /* in the order in which they were taken */
    size_t n_unread;             /* documents that are here and cannot be read */
    bool unread_freeze;          /* one of them may be a freeze */
    size_t n_runs; /* the backup among them */
    struct backup_work backup;
    int inotify; /* tells of mail */
    bool leaving;
    bool report_due;   /* what was told last is old */
    bool installed;    /* by root: state.h's state_is_installed */
    bool updating;     /* another version of the agent lies ready, or is tried: nothing begins */
    bool update_waits; /* one is due, and begins when nothing runs */
    bool handed_over;  /* to the guard */
};

/* serve.c */

#define WORK_LOOK_MS (60 * 1000) /* while something runs: hours, freezes by hand and clocks change without a sign */

/* Look for what is due, soon: something has changed. */
void work_look(struct work *);
/* NULL: it is not held. */
struct held *work_find(struct work *, const char *document);
/* It and its files; it must not run. Its progress stays while an older version might come again. */
void work_drop(struct work *, struct held *);

/* carrying.c */

/* Carry out the task, update or restore if it is due. Returns when to look again; INT64_MAX: something else will say.
 */
int64_t carrying_look(struct work *, struct held *, int64_t now_ms);

/* judging.c */

/* The policy of now: read before every judgement, so that a change holds at once. One that cannot be read allows
 * nothing. */
int judging_policy(struct work *, struct problem *);
/* May it be acted on now? ret may be NULL. */
int judging_judge(struct work *, const struct held *, struct judgement *ret, struct problem *);
/* How long until these hours are open, by this machine's own clock; INT64_MAX: never. */
int64_t judging_hours_away_ms(const struct hours *, int64_t now_ms);
/* Does a freeze cover this machine, signed or local? */
bool judging_frozen(const struct work *, struct problem *);

/* By documents that are held and were not revoked since. */
void judging_successors(const struct work *, struct successors *ret);

/* following.c */

/* Has a log shown two histories, and does no other take its place? */
bool following_forked(const struct work *);
/* The log as a receipt shows it. consistency: the proof that came with it, or NULL. 0: of the history that is
 * remembered, or no receipt by the log at all; -1 + "fork" or "no-consistency". The server is told how far we are. */
int following_receipt(struct work *, const char *receipt, const char *consistency, struct problem *);
void following_checkpoint(struct work *, const struct envelope_checkpoint *);
/* Tell the server what is remembered. */
void following_tell(struct work *);
/* A succession is in force. */
void following_succeeded(struct work *, const struct held *succession);

/* taking.c */

post_deal taking_deal;
post_refused taking_refused;

/* running.c */

/* Carry out an occurrence: written down before it is begun. Whatever happens is told. -1: it cannot be written down. */
int running_start(struct work *, struct held *, int64_t occurrence);
/* End what runs of it; as "cancelled". */
void running_stop(struct work *, struct held *);
/* The same, and wait until it has ended and was told: a new version takes its place. */
void running_replace(struct work *, struct held *);
/* At the start: what was cut off. */
void running_interrupted(struct work *);
/* Before the process ends. */
void running_leave(struct work *);

/* ending.c */

/* The end of a run of a held document, or of an occurrence that had none. It gets its place in the chain; that and all
 * else that the caller changed in the progress is on disk before it is told. */
void ending_tell(struct work *, struct held *, struct envelope_run *);
void ending_without_run(struct work *, struct held *, int64_t occurrence, enum run_state, const struct problem *);
/* What was not told yet, as far as the mail takes it. */
void ending_send(struct work *, struct held *);

/* telling.c */

#define REASON_BYTES 201 /* fields.def, and NUL */
/* A sentence cut off where it must end, between two characters. */
void telling_sentence(char ret[REASON_BYTES], const char *reason);
/* A line in the activity log. */
void telling_note(const struct work *, const char *what, const struct held *, const char *detail);
/* What the server is told of an occurrence. problem may be NULL; reason is room for its sentence, and outlives the
 * message. */
struct envelope_run telling_of(
    const struct held *, int64_t occurrence, enum run_state, const struct problem *, char reason[REASON_BYTES]);
/* And a message to the server. problem may be NULL. */
void telling_run(struct work *, const struct held *, int64_t occurrence, enum run_state, const struct problem *);
/* That it is here, if it was neither begun nor ended when that was to be told. */
void telling_delivered(struct work *, struct held *);
/* A refusal, in the activity log alone; held NULL: of what is no document that could be read. And to the server, of a
 * document that is not held. */
void telling_note_refused(const struct held *, const char *what, const struct problem *);
void telling_refused(struct work *, const struct held *, const struct problem *);
/* The carrier should go. */
void telling_out(void);
/* Any message; what cannot be sent is logged. 0 or -1. */
int telling_send(struct work *, enum envelope purpose, const void *message);

/* reporting.c */

/* Tell the server what this machine holds (documents, trust, policy) if that is something else than was told last, or
 * report_due. */
void reporting_look(struct work *);

/* asking.c */

enum asking { ASKING_GO, ASKING_WAIT, ASKING_NO };
/* Tell or ask people, as document and policy want it. WAIT: *ret_again_ms is when to look again. NO + problem. */
enum asking asking_for(
    struct work *, struct held *, int64_t occurrence, int64_t now_ms, int64_t *ret_again_ms, struct problem *);
/* An answer by a button. */
void asking_answered(void *arg, const char *document, bool allow, uid_t by);

#endif
