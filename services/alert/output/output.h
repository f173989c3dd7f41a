/* An output as it is kept: a receiver outside, what it gets, and how far it is. */
#ifndef ALERT_OUTPUT_OUTPUT_H
#define ALERT_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "lib/crypto.h"

#define OUTPUTS_MAX 16 /* each has a thread, a queue and a subscription */
#define OUTPUT_NAME_BYTES 33
#define OUTPUT_DESTINATION_BYTES 513

struct output {
    int64_t id; /* of its row */
    char name[OUTPUT_NAME_BYTES];
    enum output_kind kind;
    char destination[OUTPUT_DESTINATION_BYTES];
    unsigned classes;               /* 1 << enum class */
    char tenant[OUTPUT_NAME_BYTES]; /* "": all */
    int least_sev;
    char *types; /* as on the wire, separated by blanks; NULL: all */
    enum format format;
    char *ca;                     /* PEM; NULL: the system's */
    uint8_t secret[SECRET_BYTES]; /* of a webhook */
    bool enabled;
    bool told_failing;          /* output.failing is in the log, output.recovered is not */
    uint64_t next[CLASS_COUNT]; /* the cursor: next place to deliver; BUS_FROM_NOW: not begun */
};

/* Forget the secret, free the texts. */
void output_release(struct output *);

#endif
