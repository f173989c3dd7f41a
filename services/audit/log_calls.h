/* log.checkpoint, log.consistency and log.prove, in the loop's thread. */
#ifndef VEDETTE_LOG_CALLS_H
#define VEDETTE_LOG_CALLS_H

#include <stdint.h>

#include "contract.h"

#define LOG_CALLS_WAITING_MAX 256 /* each for a moment: a round of posting */

struct audit;
struct bus_request;

struct log_calls_waiting {
    struct bus_request *request;
    enum class class;
    uint64_t sequence;
};

/* Who asked for the receipt of an entry whose tiles are not there yet. */
struct log_calls {
    struct log_calls_waiting waiting[LOG_CALLS_WAITING_MAX];
    unsigned n_waiting;
};

/* A round of posting is over: who waited for it is answered. */
void log_calls_posted(struct audit *);

#endif
