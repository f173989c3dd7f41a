/*
 * What is written in one turn of the loop is one transaction, and nobody is answered before that is on the disk: a
 * thousand envelopes that arrive together cost one sync.
 */
#ifndef INGEST_MAILBOX_TURN_H
#define INGEST_MAILBOX_TURN_H

#include <stdbool.h>
#include <stddef.h>

struct db;
struct loop;
struct loop_timer;
struct problem;

#define TURN_PROMISES_MAX 4096 /* as many requests as the bus leaves unanswered at a time */

/* failed NULL: it is durable. */
typedef void turn_kept(void *arg, const struct problem *failed);

struct turn {
    struct db *db;
    struct loop_timer *commit;
    bool begun;
    size_t n;
    struct {
        turn_kept *kept;
        void *arg;
    } promises[TURN_PROMISES_MAX];
};

int turn_open(struct turn *, struct db *, struct loop *, struct problem *);
/* Before each write. -1 + problem: then write nothing. */
int turn_begin(struct turn *, struct problem *);
/* After the writes of one request: kept is called when they are durable, or the whole turn failed. Once begun, a turn
 * has room for one more promise. */
void turn_promise(struct turn *, turn_kept *kept, void *arg);
/* Commit what is open now. -1: it was not written, and everybody was told. */
int turn_end(struct turn *);

#endif
