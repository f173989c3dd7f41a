/*
 * What makes counters and presence outlive us. At start, the newest snapshot and the beats since then. From then on
 * every 30 s, or as soon as the recent beats fill half their room, a new generation of recent beats begins and a thread
 * writes the snapshot that makes the older ones superfluous, so that the loop never waits for the disk's syncing.
 *
 * If the disk fails, the generation goes on and the snapshot is tried again: nothing that is needed is written over. Once
 * the recent beats have used up their room too, beats count without being recorded: presence goes on, and the price, said
 * by health, log and metric, is that a kill -9 before the next snapshot lets beats recorded since come again once.
 */
#ifndef INGEST_FLUSH_H
#define INGEST_FLUSH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "services/ingest/memory/pair.h"
#include "services/ingest/memory/recent.h"

struct hot;
struct problem;

struct flush {
    struct hot *hot;            /* NULL: not open */
    struct recent recent;
    struct pair snapshots;
    uint64_t written;           /* generation of the newest snapshot, 0: none; the thread's while busy */
    int64_t began_ms;           /* the last snapshot, monotonic */
    int64_t took_ms;            /* it, or so far; known to a tick */
    int64_t recent_bytes;
    bool told_unwritten;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, stopping;     /* stopping: guarded by lock */
    atomic_bool busy;           /* a snapshot is wanted or being written */
    _Atomic int failed;         /* errno of the last attempt; 0: it went well */
};

/* Open the files in folder and restore the registered agents' counters and `seen`; written tells whether there were. */
int flush_open(struct flush *, struct hot *, const char *folder, struct problem *);
int flush_start(struct flush *, int64_t mono_ms, struct problem *);
/* From the loop, at every tick. */
void flush_tick(struct flush *, int64_t mono_ms);
/* Write once more and end. */
void flush_stop(struct flush *);

#endif
