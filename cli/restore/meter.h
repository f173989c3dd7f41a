/* How far a restore is, on a terminal: one line, once a second. Where standard error is none, nothing is said. */
#ifndef VEDETTE_CLI_RESTORE_METER_H
#define VEDETTE_CLI_RESTORE_METER_H

#include "lib/restore/extract.h"

struct meter {
    bool shows;
    int64_t began_ms, told_ms; /* monotonic */
};

void meter_begin(struct meter *);
/* struct extract_job's progress; arg is the meter. */
void meter_progress(void *arg, const struct extracted *);
void meter_end(struct meter *);

#endif
