/* Runs in scheduler.db: one agent carrying out one occurrence of a task. */
#ifndef SCHEDULER_RUNS_H
#define SCHEDULER_RUNS_H

#include "contract.h"
#include "lib/records.h"
#include "services/scheduler/delivery/rollout.h"

#define RUN_CODE_BYTES 65
#define RUN_REASON_BYTES 201
#define RUN_CHAIN_BYTES 65

struct run {
    int64_t run; /* 0: not stored yet */
    int64_t number;
    uint32_t agent;
    uint64_t occurrence;
    uint32_t ring;
    enum run_state state;
    int64_t since_ms, started_ms, ended_ms; /* 0: not yet */
    bool has_exit_status, has_signal;
    uint32_t exit_status, signal;
    char code[RUN_CODE_BYTES], reason[RUN_REASON_BYTES]; /* "": nothing said */
    uint64_t output_bytes;
    bool output_cut;
    uint64_t chain_link; /* of its end, in the chain of the agent's runs of the document; 0: none was told */
    char chain[RUN_CHAIN_BYTES];
};

/* Queued, unless it is there. */
void runs_add(struct records *, int64_t number, uint32_t agent, uint64_t occurrence, uint32_t ring, int64_t now_ms);
bool runs_find(struct records *, int64_t number, uint32_t agent, uint64_t occurrence, struct run *ret);
/* All but its place. */
void runs_update(struct records *, const struct run *);
/* Those of a document that are still queued, of agents to whom it was not sent, end so. How many there were. */
int runs_end_unsent(struct records *, int64_t number, enum run_state, int64_t now_ms);

struct runs_count {
    uint64_t runs, open, done, failed;
};
void runs_count(struct records *, int64_t number, struct runs_count *ret);
/* For the rollout, up to a ring. */
void runs_seen(struct records *, int64_t number, uint32_t ring, struct rollout_seen *ret);

/* With agent's name and site; a document's: behind an agent, of a state (-1: any). */
typedef void runs_each(void *arg, const struct run *, const char *name, const char *site);
void runs_of_document(
    struct records *, int64_t number, int state, uint32_t after, uint32_t limit, runs_each *, void *arg);
/* Newest first; the document's id, version and title instead of name and site. */
typedef void runs_each_document(
    void *arg, const struct run *, const char *document, uint32_t version, const char *title);
void runs_of_agent(struct records *, uint32_t agent, uint32_t limit, runs_each_document *, void *arg);

/* Runs that have not begun, of tasks that are done once and expired before a time, oldest first: at most n. */
size_t runs_expired(struct records *, int64_t before_ms, struct run *ret, size_t n);

#endif
