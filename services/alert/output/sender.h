/*
 * How events travel: one sender an output, used by one thread, which it may block until its limits or until `stop`.
 *
 * A sender promises order. It does not promise that what was sent has arrived: `sure` says how much has. After a
 * failure nothing that was not sure counts as sent.
 */
#ifndef ALERT_OUTPUT_SENDER_H
#define ALERT_OUTPUT_SENDER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "services/alert/output/backoff.h"
#include "services/alert/output/output.h"

/* From the thread that wants a sender's thread to end. fd becomes readable at the same time. */
struct stop {
    atomic_bool wanted;
    int fd;
};

/* An event ready to go. */
struct outgoing {
    struct outgoing *next;
    enum class class;
    uint64_t place;
    char id[32]; /* "fleet-17" */
    size_t bytes;
    char data[];
};

struct sender;

struct sender_kind {
    /* The output and stop must live as long as the sender. NULL: no memory. */
    struct sender *(*open)(const struct output *, const struct stop *);
    void (*close)(struct sender *);
    /* -1 + failure. */
    int (*send)(struct sender *, const struct outgoing *, struct failure *);
    /* How many of those sent since opening or the last failure are sure to have arrived. -1 + failure. */
    int64_t (*sure)(struct sender *, struct failure *);
    /* No more will be sent: make sure of the rest while there is time. The same answer. */
    int64_t (*finish)(struct sender *, struct failure *);
};

extern const struct sender_kind webhook_sender, syslog_sender;

const struct sender_kind *sender_kind_of(const struct output *);
/* Write a failure's reason and return -1. */
int sender_failed(struct failure *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
