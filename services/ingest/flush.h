/* A thread that writes the mapped files to the disk every 30 s, so that the loop never waits for it. */
#ifndef INGEST_FLUSH_H
#define INGEST_FLUSH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hot;
struct problem;

struct flush {
    const struct hot *hot;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, stopping;     /* stopping: guarded by lock */
    _Atomic int failed;         /* errno of the last attempt; 0: it went well */
};

int flush_start(struct flush *, const struct hot *, struct problem *);
/* Write once more and end. */
void flush_stop(struct flush *);

#endif
