/* The words and the environment of a task's process: what its document says, and the little that any program needs. */
#ifndef VEDETTE_AGENT_WORK_ENVIRONMENT_H
#define VEDETTE_AGENT_WORK_ENVIRONMENT_H

#include "agent/work/runs/account.h"
#include "contract.h"

struct problem;

struct environment {
    const char **argv;      /* ended by NULL; of a script the interpreter, then /dev/fd/3 */
    const char **variables; /* NAME=value, ended by NULL */
    char *texts;            /* what the variables point to */
};

/* Borrows from task and account. */
int environment_make(const struct document_task *, const struct account *, struct environment *ret, struct problem *);
void environment_free(struct environment *);

#endif
