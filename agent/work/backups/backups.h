/*
 * Backups that a server orders by plans that people signed: taken once each, begun one after another, and what becomes
 * of them told to the server and to the people of this machine. One that a kill cut off is taken up again: of one id at
 * most one commit can ever be put.
 */
#ifndef VEDETTE_AGENT_WORK_BACKUPS_H
#define VEDETTE_AGENT_WORK_BACKUPS_H

#include <stdint.h>

struct envelope_backup_order;
struct envelope_backup_stop;
struct held;
struct ordered;
struct work;

/* At the start: those that are on disk. */
void backups_load(struct work *);
void backups_free(struct work *);

/* What envelopes bring. */
void backups_order(struct work *, const struct envelope_backup_order *); /* accepting.c */
void backups_stop(struct work *, const struct envelope_backup_stop *);

/* The one of this id; NULL: none. */
struct ordered *backups_find(const struct work *, const char *backup);

/* Begin what may begin, tell what is to be told. Returns when to look again; INT64_MAX: something else will say. */
int64_t backups_look(struct work *, int64_t now_ms);

/* The plan is good no more: what runs by it ends. What waits is judged when its turn comes. Both words are constants. */
void backups_end_plan(struct work *, const struct held *plan, const char *code, const char *reason);
/* A freeze ends what runs. */
void backups_freeze(struct work *);
/* Before the process ends. What was cut off is taken up by the next. */
void backups_leave(struct work *);

#endif
