/* Restores in scheduler.db: documents of that kind, each with its one run and how far that is, as its agent told last. */
#ifndef SCHEDULER_RESTORES_H
#define SCHEDULER_RESTORES_H

#include "contract.h"
#include "lib/records.h"

struct restore_told {
    int64_t reported_ms; /* 0: nothing was told yet */
    uint64_t files, content_bytes, expected_files, expected_bytes, same_files, failed_files;
    int64_t rate_bytes_s, left_s; /* -1: nobody can say */
};

/* The document with that number, and what was told of it; texts are valid within the call. */
struct restore_row {
    const char *document, *title, *maker, *dsse, *name; /* name: the agent's; NULL: it is not known */
    uint32_t version;
    enum document_state state;
    int64_t made_ms;
    uint32_t agent; /* 0: it has no run yet, as the next three */
    enum run_state run_state;
    int64_t since_ms, started_ms, ended_ms; /* 0: not yet */
    const char *code, *reason;              /* NULL: nothing said */
    struct restore_told told;
};

struct restores_wanted {
    const char *tenant, *document; /* NULL: any */
    uint32_t agent;                /* 0: any */
    bool open;                     /* those alone that have not ended */
    uint32_t limit;
};

void restores_note(struct records *, int64_t number, const struct envelope_restore_run *);
/* Those that were signed, newest first. */
void restores_each(struct records *, const struct restores_wanted *,
    void (*each)(void *arg, const struct restore_row *), void *arg);

#endif
