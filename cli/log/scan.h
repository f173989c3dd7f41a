/* Entries of a log in a folder, looked at one by one: what matches is printed, in the log's order. */
#ifndef VEDETTE_CLI_LOG_SCAN_H
#define VEDETTE_CLI_LOG_SCAN_H

#include "cli/log/open.h"
#include "lib/bus/bus.h"
#include "lib/phrase.h"

/* What is looked for; what is not given matches everything. */
struct log_wanted {
    const char *type, *tenant, *subject, *actor;
    const struct phrase *phrase;
    int64_t from_ms, to_ms;
    int least_sev;
};

struct log_scan {
    struct log_wanted wanted;
    uint64_t from; /* sequence */
    uint64_t left; /* how many are printed at most */
    bool json;
};

/* LOG as on the command line. left is counted down. */
int log_scan(
    struct cli *, const struct command *, const struct given *, const char *name, struct log_scan *, struct problem *);

/* As text for people, or as it is stored. */
void log_print(const struct bus_event *, bool json);

/* An option's whole number; *ret is left alone if it was not given. */
int log_number(const struct command *, const struct given *, const char *name, uint64_t *ret, struct problem *);

#endif
