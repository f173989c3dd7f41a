/*
 * An order's way into the log and back: it is stored before backup.ordered is in the outbox, the log says where it
 * stands (follow.c), and its receipt is asked for. Only then is it sealed: a kill in between repeats what is harmless,
 * and nothing is ordered twice or forgotten.
 */
#ifndef BACKUP_LOGGING_H
#define BACKUP_LOGGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/exchange/proving.h"

struct backup;

struct logging {
    struct proving proving;
    int64_t told;     /* orders up to this number are from before this start, or their event is in the outbox */
    int64_t before;   /* of those up to this one the log may lack some; */
    unsigned settled; /* for so many ticks it has had everything that was in the outbox */
    bool recovered;   /* what it does not have of them was told again */
};

void logging_start(struct backup *);
/* Orders were stored in this turn: tell the log as soon as that is durable. */
void logging_go(struct backup *);
/* The log has it. */
void logging_found(struct backup *, int64_t number, uint64_t sequence);
/* Each second. */
void logging_tick(struct backup *);

#endif
